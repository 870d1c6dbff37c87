//! Admission in front of a cluster that does not call our webhooks: every write of Kargo's kinds that this process makes,
//! for itself or for a caller, is judged before it is sent. What others write directly is not.

use std::sync::Arc;

use anyhow::Context;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use integrations::clock::Clock;
use kube::Client;
use kube::client::Body;
use rules::admission::Operation;
use serde_json::Value;
use server::admission::{Admission, Write};
use tower::BoxError;

use crate::admission;

const PREFIX: &str = "/apis/kargo.akuity.io/v1alpha1/";
/// What a Kubernetes API takes at most.
const LARGEST_BODY: usize = 3 << 20;

/// A client that judges, then sends through `client`.
pub(crate) fn wrap(client: Client, clock: Arc<dyn Clock>) -> Client {
    let judge = Arc::new(Admission::new(admission::config(client.clone(), clock)));
    let namespace = client.default_namespace().to_owned();
    let service = tower::service_fn(move |request: Request<Body>| {
        let (client, judge) = (client.clone(), judge.clone());
        async move { send(&client, &judge, request).await }
    });
    Client::new(service, namespace)
}

async fn send(
    client: &Client,
    judge: &Admission,
    request: Request<Body>,
) -> Result<Response<Body>, BoxError> {
    let Some(target) = Target::of(&request) else { return Ok(client.send(request).await?) };
    let (mut parts, body) = request.into_parts();
    let body = http_body_util::Limited::new(body, LARGEST_BODY).collect().await?.to_bytes();
    let object: Option<Value> = match target.operation {
        Operation::Delete => None,
        Operation::Create | Operation::Update => {
            Some(serde_json::from_slice(&body).context("the body is no JSON object")?)
        }
    };
    let old_object = match target.operation {
        Operation::Create => None,
        Operation::Update | Operation::Delete => {
            let known = Request::get(parts.uri.path())
                .body(Vec::new())
                .context("cannot build a request")?;
            Some(client.request::<Value>(known).await?)
        }
    };
    let text = |value: Option<&Value>, pointer: &str| {
        value
            .and_then(|value| value.pointer(pointer))
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let shown = object.as_ref().or(old_object.as_ref());
    let (user, groups) = caller(&parts.headers);
    let write = Write {
        operation: target.operation,
        user,
        groups,
        group: "kargo.akuity.io".to_owned(),
        kind: text(shown, "/kind"),
        namespace: target.namespace,
        name: text(shown, "/metadata/name"),
        subresource: None,
        object: object.clone(),
        old_object,
        dry_run: parts.uri.query().is_some_and(|query| query.contains("dryRun=All")),
    };
    match judge.judge(write).await {
        Err(status) => Ok(refused(&status)?),
        Ok(changed) => {
            let body = match changed {
                Some(object) => serde_json::to_vec(&object)?,
                None => body.to_vec(),
            };
            parts.headers.remove(header::CONTENT_LENGTH);
            Ok(client.send(Request::from_parts(parts, Body::from(body))).await?)
        }
    }
}

/// On whose behalf the request is made. What nobody asked for is done by this process itself, which may promote: the
/// cluster does not know its name, so the group says so.
fn caller(headers: &http::HeaderMap) -> (String, Vec<String>) {
    match impersonated(headers, "impersonate-user").next() {
        Some(user) => {
            let groups = impersonated(headers, "impersonate-group").map(str::to_owned);
            (user.to_owned(), groups.collect())
        }
        None => (admission::OWN_USER.to_owned(), vec![admission::OWN_GROUP.to_owned()]),
    }
}

/// A write of a whole object of ours.
struct Target {
    operation: Operation,
    namespace: Option<String>,
}

impl Target {
    fn of(request: &Request<Body>) -> Option<Self> {
        let path = request.uri().path().strip_prefix(PREFIX)?;
        let parts: Vec<&str> = path.split('/').collect();
        let (namespace, rest) = match parts.as_slice() {
            ["namespaces", namespace, rest @ ..] => (Some((*namespace).to_owned()), rest),
            rest => (None, rest),
        };
        let operation = match (request.method(), rest) {
            (&Method::POST, [_]) => Operation::Create,
            (&Method::PUT, [_, _]) => Operation::Update,
            (&Method::DELETE, [_, _]) => Operation::Delete,
            _ => return None,
        };
        Some(Self { operation, namespace })
    }
}

fn impersonated<'a>(headers: &'a http::HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
}

fn refused(status: &kube::core::Status) -> Result<Response<Body>, BoxError> {
    let code = StatusCode::from_u16(status.code).unwrap_or(StatusCode::FORBIDDEN);
    let body = Body::from(serde_json::to_vec(status)?);
    Ok(Response::builder()
        .status(code)
        .header(header::CONTENT_TYPE, "application/json")
        .body(body)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(method: Method, path: &str, expected: Option<(Operation, Option<&str>)>) {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).unwrap();
        let found = Target::of(&request).map(|target| (target.operation, target.namespace));
        assert_eq!(
            found,
            expected.map(|(operation, namespace)| (operation, namespace.map(str::to_owned))),
            "{path}"
        );
    }

    #[test]
    fn whole_objects_of_ours_are_judged_and_nothing_else() {
        let stages = "/apis/kargo.akuity.io/v1alpha1/namespaces/demo/stages";
        check(Method::POST, stages, Some((Operation::Create, Some("demo"))));
        check(Method::PUT, &format!("{stages}/prod"), Some((Operation::Update, Some("demo"))));
        check(Method::DELETE, &format!("{stages}/prod"), Some((Operation::Delete, Some("demo"))));
        check(
            Method::POST,
            "/apis/kargo.akuity.io/v1alpha1/projects",
            Some((Operation::Create, None)),
        );
        check(Method::PATCH, &format!("{stages}/prod/status"), None);
        check(Method::GET, stages, None);
        check(Method::POST, "/api/v1/namespaces/demo/secrets", None);
    }
}
