//! What a user of kubectl is told, in the words and with the codes of a real server.
use crate::support::{in_memory, widget, widgets};
use http::Request;
use kube::Client;
use kube::core::Status;
use serde_json::{Value, json};

const WIDGETS: &str = "/apis/tests.example.com/v1/namespaces/default/widgets";
const MAPS: &str = "/api/v1/namespaces/default/configmaps";
const MERGE: &str = "application/merge-patch+json";

async fn ask(
    client: &Client,
    method: &str,
    path: &str,
    content: &str,
    body: &Value,
) -> kube::Result<Value> {
    let request = Request::builder().method(method).uri(path).header("content-type", content);
    client.request(request.body(serde_json::to_vec(body).unwrap()).unwrap()).await
}

async fn refused(
    client: &Client,
    method: &str,
    path: &str,
    content: &str,
    body: &Value,
) -> Box<Status> {
    match ask(client, method, path, content, body).await {
        Err(kube::Error::Api(status)) => status,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

#[tokio::test]
async fn a_patch_cannot_make_another_object() {
    let embedded = in_memory().await;
    let client = embedded.client();
    widgets(&client).create(&Default::default(), &widget("one", 1)).await.unwrap();
    let path = format!("{WIDGETS}/one");
    let cases = [
        (
            json!({"metadata": {"name": "two"}}),
            400,
            "the name of the object (two) does not match the name on the URL (one)",
        ),
        (
            json!({"metadata": {"name": null}}),
            400,
            "the name of the object (one based on URL) was undeterminable: name must be provided",
        ),
        (
            json!({"metadata": {"uid": "else"}}),
            422,
            "Widget.tests.example.com \"one\" is invalid: metadata.uid: Invalid value: \"else\": field is immutable",
        ),
        (
            json!({"metadata": {"resourceVersion": null}}),
            422,
            "widgets.tests.example.com \"one\" is invalid: metadata.resourceVersion: Invalid value: 0: must be specified for an update",
        ),
        (
            json!({"kind": "Gear"}),
            422,
            "Gear.tests.example.com \"one\" is invalid: kind: Invalid value: \"Gear\": must be Widget",
        ),
        (
            json!([1]),
            400,
            "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
        ),
    ];
    for (body, code, message) in cases {
        let status = refused(&client, "PATCH", &path, MERGE, &body).await;
        assert_eq!((status.code, status.message.as_str()), (code, message), "{body}");
    }
}

#[tokio::test]
async fn what_exists_elsewhere_is_not_created_again() {
    let embedded = in_memory().await;
    let client = embedded.client();
    let copy = json!({"metadata": {"name": "copy", "resourceVersion": "7"}});
    let status = refused(&client, "POST", MAPS, "application/json", &copy).await;
    let message = "resourceVersion should not be set on objects to be created";
    assert_eq!((status.code, status.message.as_str()), (500, message));
    for (method, path) in [("POST", "/api/v1/configmaps"), ("DELETE", "/api/v1/namespaces")] {
        let body = json!({"metadata": {"name": "x"}});
        let status = refused(&client, method, path, "application/json", &body).await;
        assert_eq!((status.code, status.reason.as_str()), (405, "MethodNotAllowed"), "{path}");
    }
}

#[tokio::test]
async fn an_applied_configuration_fits_its_type() {
    let embedded = in_memory().await;
    let client = embedded.client();
    let apply = |fields: Value| {
        let mut object = json!({
            "apiVersion": "tests.example.com/v1", "kind": "Widget",
            "metadata": {"name": "one", "namespace": "default"}, "spec": {"size": 1},
        });
        for (name, value) in fields.as_object().unwrap() {
            object["spec"][name] = value.clone();
        }
        object
    };
    let path = format!("{WIDGETS}/one?fieldManager=tests");
    let content = "application/apply-patch+yaml";
    let begin =
        "failed to create typed patch object (default/one; tests.example.com/v1, Kind=Widget): ";
    for (fields, complaint) in [
        (json!({"weight": 3}), ".spec.weight: field not declared in schema"),
        (json!({"parts": "none"}), ".spec.parts: expected map, got &{none}"),
        (
            json!({"weight": 3, "height": 4}),
            "errors:\n  .spec.height: field not declared in schema\n  .spec.weight: field not declared in schema",
        ),
    ] {
        let status = refused(&client, "PATCH", &path, content, &apply(fields)).await;
        assert_eq!(status.message, format!("{begin}{complaint}"));
    }
    ask(&client, "PATCH", &path, content, &apply(json!({"parts": {"a": "b"}}))).await.unwrap();
}

#[tokio::test]
async fn a_version_with_stored_objects_stays_in_its_definition() {
    let embedded = in_memory().await;
    let client = embedded.client();
    let path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.tests.example.com";
    let next = json!([
        {"op": "replace", "path": "/spec/versions/0/name", "value": "v2"},
    ]);
    let status = refused(&client, "PATCH", path, "application/json-patch+json", &next).await;
    assert_eq!(status.code, 422);
    assert!(
        status.message.contains(
            "status.storedVersions[0]: Invalid value: \"v1\": missing from spec.versions"
        )
    );
}

#[tokio::test]
async fn short_finalizers_of_custom_objects_are_warned_of() {
    let embedded = in_memory().await;
    let mut object = serde_json::to_value(widget("held", 1)).unwrap();
    object["metadata"] = json!({"name": "held", "finalizers": ["hold", "example.com/hold"]});
    let request = Request::post(WIDGETS).header("content-type", "application/json");
    let body = kube::client::Body::from(serde_json::to_vec(&object).unwrap());
    let answer = embedded.client().send(request.body(body).unwrap()).await.unwrap();
    let warnings: Vec<&str> =
        answer.headers().get_all("warning").iter().filter_map(|one| one.to_str().ok()).collect();
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].contains("\\\"hold\\\": prefer a domain-qualified finalizer name"));
}
