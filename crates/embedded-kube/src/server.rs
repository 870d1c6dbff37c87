//! What all requests share, and the way from a request to the verb that answers it.
use crate::admission::Admission;
use crate::authorization::Policies;
use crate::call::{Call, Path};
use crate::identity::Identity;
use crate::query::Query;
use crate::registry::{Registries, Registry};
use crate::reply;
use crate::status::Status;
use crate::store::Store;
use crate::tokens::Tokens;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{Method, Request};
use parking_lot::RwLock;
use std::sync::{Arc, OnceLock};

/// Bodies above this are refused, as a real API server does.
pub(crate) const BODY_LIMIT: usize = 3 << 20;

/// The clock of the server: movable in tests.
pub type Now = Arc<dyn Fn() -> jiff::Timestamp + Send + Sync>;

pub(crate) struct Server {
    pub(crate) store: Arc<Store>,
    pub(crate) registries: Registries,
    pub(crate) policies: Policies,
    pub(crate) tokens: OnceLock<Tokens>,
    pub(crate) now: Now,
    pub(crate) admission: RwLock<Option<Arc<dyn Admission>>>,
}

impl Server {
    /// Answers any request; refusals become `Status` answers.
    pub(crate) async fn handle(self: Arc<Self>, request: Request<Body>) -> Response {
        self.dispatch(request).await.unwrap_or_else(|status| reply::refusal(&status))
    }

    async fn dispatch(self: &Arc<Self>, request: Request<Body>) -> Result<Response, Status> {
        let (parts, body) = request.into_parts();
        let identity = self.authenticate(&parts)?;
        let path = parts.uri.path();
        let registry = self.registries.current();
        let Some(target) = Path::parse(path) else {
            self.authorize_url(&identity, &parts.method, path)?;
            return self.describe(&registry, &parts);
        };
        if let Some(review) = self.review_kind(&target, &parts.method) {
            self.authorize_path(&identity, "create", &target)?;
            let body = read_body(body).await?;
            return self.review(review, &target, &identity, &parts.headers, &body);
        }
        let query = Query::parse(parts.uri.query().unwrap_or_default())?;
        let verb = verb(&parts.method, &target, &query);
        self.authorize_path(&identity, verb, &target)?;
        let call = find(&registry, target, query, identity, &parts.headers)?;
        self.perform(&parts.method, call, body).await
    }

    async fn perform(
        self: &Arc<Self>,
        method: &Method,
        call: Call,
        body: Body,
    ) -> Result<Response, Status> {
        if call.subresource.as_deref() == Some("token") {
            let body = read_body(body).await?;
            return self.request_token(&call, &body);
        }
        let answer = match (method.as_str(), &call.name) {
            _ if !call.resource.stored => Err(Status::not_allowed()),
            ("GET", _) if call.query.watch => return self.watch(self.watched(call)?),
            ("GET", Some(_)) => self.get(&call),
            ("GET", None) => self.list(&call),
            ("POST", None) => {
                let body = read_body(body).await?;
                self.create(&call, &body).await
            }
            ("PUT", Some(_)) => {
                let body = read_body(body).await?;
                self.update(&call, &body).await
            }
            ("PATCH", Some(_)) => {
                let body = read_body(body).await?;
                self.patch(&call, &body).await
            }
            ("DELETE", Some(_)) => {
                let body = read_body(body).await?;
                self.delete(&call, &body).await
            }
            ("DELETE", None) => {
                let body = read_body(body).await?;
                self.delete_collection(&call, &body).await
            }
            _ => Err(Status::not_allowed()),
        };
        let mut response = answer?;
        reply::warn(&mut response, &call.warnings.lock());
        Ok(response)
    }

    /// Watching one object by its path is watching its collection with a selector.
    fn watched(&self, mut call: Call) -> Result<Call, Status> {
        if let Some(name) = call.name.take() {
            if call.subresource.is_some() {
                return Err(Status::no_such_resource());
            }
            call.query.field_selector = format!("metadata.name={name}");
        }
        Ok(call)
    }

    pub(crate) fn timestamp(&self) -> String {
        rfc3339((self.now)())
    }
}

/// Times in objects have whole seconds.
pub(crate) fn rfc3339(time: jiff::Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

fn verb(method: &Method, target: &Path, query: &Query) -> &'static str {
    match (method.as_str(), &target.name) {
        ("GET" | "HEAD", _) if query.watch => "watch",
        ("GET" | "HEAD", Some(_)) => "get",
        ("GET" | "HEAD", None) => "list",
        ("POST", _) => "create",
        ("PUT", _) => "update",
        ("PATCH", _) => "patch",
        ("DELETE", Some(_)) => "delete",
        ("DELETE", None) => "deletecollection",
        _ => "",
    }
}

fn find(
    registry: &Registry,
    target: Path,
    query: Query,
    identity: Arc<Identity>,
    headers: &http::HeaderMap,
) -> Result<Call, Status> {
    let found = registry.find(&target.group, &target.version, &target.plural);
    let resource = found.ok_or_else(Status::no_such_resource)?.clone();
    let fits = match (&target.namespace, resource.namespaced) {
        (Some(_), false) => false,
        (None, true) => target.name.is_none(),
        _ => true,
    };
    let known = match target.subresource.as_deref() {
        None => true,
        Some("status") => resource.has_status,
        Some("finalize") => resource.plural == "namespaces" && resource.group.is_empty(),
        Some("token") => resource.plural == "serviceaccounts" && resource.group.is_empty(),
        Some(_) => false,
    };
    if fits && !known && resource.custom.is_some() {
        // The real server has one handler for all custom objects, and that one says it so.
        let name = target.name.as_deref().unwrap_or_default();
        return Err(Status::not_found(&resource.group, &resource.plural, name));
    }
    if !fits || !known {
        return Err(Status::no_such_resource());
    }
    Call::new(resource, target, query, identity, headers)
}

pub(crate) async fn read_body(body: Body) -> Result<Bytes, Status> {
    axum::body::to_bytes(body, BODY_LIMIT).await.map_err(|error| {
        let cause: &dyn std::error::Error = &error;
        if cause.source().is_some_and(|inner| inner.to_string().contains("length limit")) {
            let message = format!("Request entity too large: limit is {BODY_LIMIT}");
            return Status::new(413, "RequestEntityTooLarge", message);
        }
        Status::bad_request("the request body could not be read")
    })
}
