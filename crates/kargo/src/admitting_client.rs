//! Admission in front of a cluster that does not call our webhooks: every write of Kargo's kinds that this process makes,
//! for itself or for a caller, is judged before it is sent. What others write directly is not.

use std::sync::Arc;

use anyhow::Context;
use http::request::Parts;
use http::{Method, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use integrations::clock::Clock;
use kube::Client;
use kube::client::Body;
use kube::core::Status;
use rules::admission::Operation;
use serde_json::{Value, json};
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
    let (parts, body) = request.into_parts();
    let body = http_body_util::Limited::new(body, LARGEST_BODY).collect().await?.to_bytes();
    let sent: Value = match target.operation {
        Operation::Delete => Value::Null,
        _ => serde_json::from_slice(&body).context("the body is no JSON")?,
    };
    let old = match target.operation {
        Operation::Create => None,
        Operation::Update | Operation::Delete => known(client, &parts).await?,
    };
    let operation = match (target.patch, &old) {
        // Applying what is not there creates it. Nothing else can come of what is not there: the API says so.
        (Some(PatchKind::Apply), None) => Operation::Create,
        (_, None) if target.operation != Operation::Create => {
            return forward(client, parts, body.to_vec()).await;
        }
        _ => target.operation,
    };
    let object = match (operation, target.patch) {
        (Operation::Delete, _) => None,
        (Operation::Update, Some(_)) => match patched(client, &parts, &body).await? {
            Ok(object) => Some(object),
            Err(status) => return refused(&status),
        },
        _ => Some(sent.clone()),
    };
    let write = write_of(operation, target.namespace, &parts, object.clone(), old);
    match judge.judge(write).await {
        Err(status) => refused(&status),
        Ok(None) => forward(client, parts, body.to_vec()).await,
        Ok(Some(mut changed)) => {
            let body = match (target.patch, object) {
                (Some(kind), Some(object)) if operation == Operation::Update => {
                    keep_what_is_empty(&object, &mut changed);
                    kind.extended(sent, &object, &changed)?
                }
                _ => changed,
            };
            forward(client, parts, serde_json::to_vec(&body)?).await
        }
    }
}

async fn forward(
    client: &Client,
    mut parts: Parts,
    body: Vec<u8>,
) -> Result<Response<Body>, BoxError> {
    parts.headers.remove(header::CONTENT_LENGTH);
    Ok(client.send(Request::from_parts(parts, Body::from(body))).await?)
}

/// The object as it is. Read with our own rights: the write itself is checked by the cluster.
async fn known(client: &Client, parts: &Parts) -> Result<Option<Value>, BoxError> {
    let request = Request::get(parts.uri.path()).body(Vec::new());
    match client.request::<Value>(request.context("cannot build a request")?).await {
        Ok(object) => Ok(Some(object)),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What a patch would make of the object: the cluster computes it, with the caller's rights, and stores nothing.
async fn patched(
    client: &Client,
    parts: &Parts,
    body: &[u8],
) -> Result<kube::Result<Value, Box<Status>>, BoxError> {
    let mut uri = parts.uri.path().to_owned();
    let query = parts.uri.query().unwrap_or_default();
    uri.push_str(&format!("?{query}&dryRun=All").replace("?&", "?"));
    let mut request = Request::patch(uri);
    if let Some(headers) = request.headers_mut() {
        headers.clone_from(&parts.headers);
        headers.remove(header::CONTENT_LENGTH);
    }
    match client.request::<Value>(request.body(body.to_vec())?).await {
        Ok(object) => Ok(Ok(object)),
        Err(kube::Error::Api(status)) => Ok(Err(status)),
        Err(error) => Err(error.into()),
    }
}

fn write_of(
    operation: Operation,
    namespace: Option<String>,
    parts: &Parts,
    object: Option<Value>,
    old_object: Option<Value>,
) -> Write {
    let shown = object.as_ref().or(old_object.as_ref());
    let text = |pointer: &str| {
        let found = shown.and_then(|value| value.pointer(pointer)).and_then(Value::as_str);
        found.unwrap_or_default().to_owned()
    };
    let (user, groups) = caller(&parts.headers);
    Write {
        operation,
        user,
        groups,
        group: "kargo.akuity.io".to_owned(),
        kind: text("/kind"),
        namespace,
        name: text("/metadata/name"),
        subresource: None,
        dry_run: parts.uri.query().is_some_and(|query| query.contains("dryRun=All")),
        object,
        old_object,
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

/// How a patch says what shall change; strategic patches do not exist for kinds that a definition brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum PatchKind {
    Apply,
    Json,
    Merge,
}

impl PatchKind {
    fn of(headers: &http::HeaderMap) -> Option<Self> {
        match headers.get(header::CONTENT_TYPE)?.to_str().ok()? {
            "application/apply-patch+yaml" => Some(Self::Apply),
            "application/json-patch+json" => Some(Self::Json),
            "application/merge-patch+json" => Some(Self::Merge),
            _ => None,
        }
    }

    /// The patch, and after it what admission changed in its result.
    fn extended(self, patch: Value, result: &Value, admitted: &Value) -> Result<Value, BoxError> {
        let difference = json_patch::diff(result, admitted);
        match self {
            Self::Json => {
                let mut operations: Vec<Value> = serde_json::from_value(patch)?;
                for operation in difference.iter() {
                    operations.push(serde_json::to_value(operation)?);
                }
                Ok(operations.into())
            }
            Self::Apply | Self::Merge => {
                let mut patch = patch;
                overlay(&mut patch, result, admitted, self == Self::Merge);
                Ok(patch)
            }
        }
    }
}

/// Admission reads objects as types, which leave out what is empty; that is no change.
fn keep_what_is_empty(before: &Value, after: &mut Value) {
    let (Some(old), Some(new)) = (before.as_object(), after.as_object_mut()) else { return };
    for (name, value) in old {
        match new.get_mut(name) {
            Some(known) => keep_what_is_empty(value, known),
            None if [json!(null), json!([]), json!({}), json!("")].contains(value) => {
                new.insert(name.clone(), value.clone());
            }
            None => {}
        }
    }
}

/// Writes into `patch` what differs between two objects; what went is said with a null where `nulls` mean that.
fn overlay(patch: &mut Value, before: &Value, after: &Value, nulls: bool) {
    let (Some(old), Some(new)) = (before.as_object(), after.as_object()) else {
        *patch = after.clone();
        return;
    };
    if !patch.is_object() {
        *patch = Value::Object(serde_json::Map::new());
    }
    let Some(fields) = patch.as_object_mut() else { return };
    for name in old.keys().filter(|name| !new.contains_key(*name)) {
        if nulls {
            fields.insert(name.clone(), Value::Null);
        } else {
            fields.remove(name);
        }
    }
    for (name, value) in new.iter().filter(|(name, value)| old.get(*name) != Some(value)) {
        let before = old.get(name).unwrap_or(&Value::Null);
        overlay(fields.entry(name.clone()).or_insert(Value::Null), before, value, nulls);
    }
}

/// A write of an object of ours.
#[derive(Debug, PartialEq)]
struct Target {
    operation: Operation,
    namespace: Option<String>,
    patch: Option<PatchKind>,
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
            // A patch of a form that is not known here is refused by the API.
            (&Method::PATCH, [_, _]) => {
                let patch = Some(PatchKind::of(request.headers())?);
                return Some(Self { operation: Operation::Update, namespace, patch });
            }
            _ => return None,
        };
        Some(Self { operation, namespace, patch: None })
    }
}

fn impersonated<'a>(headers: &'a http::HeaderMap, name: &str) -> impl Iterator<Item = &'a str> {
    headers.get_all(name).iter().filter_map(|value| value.to_str().ok())
}

fn refused(status: &Status) -> Result<Response<Body>, BoxError> {
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
        let request = Request::builder().method(method).uri(path);
        let request = request.header(header::CONTENT_TYPE, "application/merge-patch+json");
        let request = request.body(Body::empty()).unwrap();
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
        check(Method::PATCH, &format!("{stages}/prod"), Some((Operation::Update, Some("demo"))));
        check(Method::GET, stages, None);
        check(Method::POST, "/api/v1/namespaces/demo/secrets", None);
    }

    /// A client in front of an API that asks nobody, with a Project and a Stage.
    async fn cluster() -> (embedded_kube::EmbeddedKube, Client) {
        let options = embedded_kube::Options::in_memory().with_crds(api::crds());
        let embedded = embedded_kube::EmbeddedKube::open(options).await.unwrap();
        let clock = Arc::new(integrations::clock::SystemClock);
        let client = wrap(embedded.client(), clock);
        let namespace = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {
            "name": "shop", "labels": {"kargo.akuity.io/project": "true"},
        }});
        apply(&client, "/api/v1/namespaces/shop", namespace).await.unwrap();
        let project = json!({"apiVersion": KARGO, "kind": "Project", "metadata": {"name": "shop"}});
        apply(&client, &format!("{PREFIX}projects/shop"), project).await.unwrap();
        apply(&client, STAGE, stage(json!([origin("app")]))).await.unwrap();
        (embedded, client)
    }

    const KARGO: &str = "kargo.akuity.io/v1alpha1";
    const STAGE: &str = "/apis/kargo.akuity.io/v1alpha1/namespaces/shop/stages/prod";

    fn origin(name: &str) -> Value {
        json!({"origin": {"kind": "Warehouse", "name": name}, "sources": {"direct": true}})
    }

    fn stage(requested: Value) -> Value {
        json!({
            "apiVersion": KARGO, "kind": "Stage", "metadata": {"name": "prod"},
            "spec": {"shard": "east", "requestedFreight": requested},
        })
    }

    async fn apply(client: &Client, path: &str, object: Value) -> kube::Result<Value> {
        let path = format!("{path}?fieldManager=tests");
        patch(client, &path, "application/apply-patch+yaml", object).await
    }

    async fn patch(client: &Client, path: &str, kind: &str, body: Value) -> kube::Result<Value> {
        let request = Request::patch(path).header(header::CONTENT_TYPE, kind);
        client.request(request.body(serde_json::to_vec(&body).unwrap()).unwrap()).await
    }

    #[tokio::test]
    async fn patches_are_judged_by_what_they_make_of_the_object() {
        let (_embedded, client) = cluster().await;
        let twice = json!([origin("app"), origin("app")]);
        let patches = [
            ("application/merge-patch+json", json!({"spec": {"requestedFreight": twice}})),
            (
                "application/json-patch+json",
                json!([{"op": "add", "path": "/spec/requestedFreight/-", "value": origin("app")}]),
            ),
            ("application/apply-patch+yaml", stage(twice.clone())),
        ];
        for (kind, body) in patches {
            let path = format!("{STAGE}?fieldManager=tests");
            let Err(kube::Error::Api(status)) = patch(&client, &path, kind, body).await else {
                panic!("{kind} was let through");
            };
            assert_eq!(status.code, 422, "{kind}: {status:?}");
            assert!(status.message.contains("requested twice"), "{kind}: {}", status.message);
        }
        let stored: Value =
            client.request(Request::get(STAGE).body(vec![]).unwrap()).await.unwrap();
        assert_eq!(stored["spec"]["requestedFreight"], json!([origin("app")]));
    }

    #[tokio::test]
    async fn what_admission_changes_is_part_of_the_patch() {
        let (_embedded, client) = cluster().await;
        let label = |stage: &Value| stage["metadata"]["labels"][api::labels::SHARD].clone();
        let stored: Value =
            client.request(Request::get(STAGE).body(vec![]).unwrap()).await.unwrap();
        assert_eq!(label(&stored), "east");
        let west = json!({"spec": {"shard": "west"}});
        let stored = patch(&client, STAGE, "application/merge-patch+json", west).await.unwrap();
        assert_eq!(label(&stored), "west");
        let north = json!([{"op": "replace", "path": "/spec/shard", "value": "north"}]);
        let stored = patch(&client, STAGE, "application/json-patch+json", north).await.unwrap();
        assert_eq!(label(&stored), "north");
        let none = json!({"spec": {"shard": null}});
        let stored = patch(&client, STAGE, "application/merge-patch+json", none).await.unwrap();
        assert_eq!(label(&stored), Value::Null);
    }

    #[test]
    fn what_types_leave_out_is_no_change() {
        let before = json!({"spec": {"policies": [], "shard": "a", "gone": 1}});
        let mut after = json!({"spec": {"shard": "b"}});
        keep_what_is_empty(&before, &mut after);
        let applied = json!({"spec": {"policies": [], "shard": "a"}});
        let extended = PatchKind::Apply.extended(applied, &before, &after).unwrap();
        assert_eq!(extended, json!({"spec": {"policies": [], "shard": "b"}}));
    }

    #[tokio::test]
    async fn what_is_not_there_is_answered_by_the_api() {
        let (_embedded, client) = cluster().await;
        let path = STAGE.replace("prod", "gone");
        let merge = patch(&client, &path, "application/merge-patch+json", json!({})).await;
        assert!(matches!(merge, Err(kube::Error::Api(status)) if status.code == 404));
    }
}
