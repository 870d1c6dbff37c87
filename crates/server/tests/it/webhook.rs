//! Admission as a webhook of a real cluster: the same judgement, as a JSON patch or a refusal.

use std::sync::Arc;

use axum::body::Body;
use http::{Request, StatusCode, header};
use http_body_util::BodyExt;
use integrations::clock::SystemClock;
use serde_json::{Value, json};
use server::admission::{Admission, AdmissionConfig};
use tower::ServiceExt;

use crate::harness::Harness;

async fn ask(harness: &Harness, path: &str, user: &str, object: Value) -> Value {
    let admission = Admission::new(AdmissionConfig {
        client: harness.kube.client(),
        clock: Arc::new(SystemClock),
        is_control_plane: Arc::new(|_| false),
        is_external_webhooks: Arc::new(|_| false),
        cache_by_tag: rules::admission::CacheByTagPolicy::Allow,
    });
    let kind = object["kind"].clone();
    let review = json!({
        "apiVersion": "admission.k8s.io/v1",
        "kind": "AdmissionReview",
        "request": {
            "uid": "u1",
            "kind": { "group": "kargo.akuity.io", "version": "v1alpha1", "kind": kind },
            "resource": { "group": "kargo.akuity.io", "version": "v1alpha1", "resource": "any" },
            "name": object["metadata"]["name"],
            "namespace": "demo",
            "operation": "CREATE",
            "userInfo": { "username": user, "groups": ["system:authenticated"] },
            "object": object,
        },
    });
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Body::from(review.to_string()))
        .unwrap();
    let response = server::admission::router(admission).oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let review: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(review["response"]["uid"], "u1", "{review}");
    review["response"].clone()
}

fn warehouse(subscriptions: Value) -> Value {
    json!({
        "apiVersion": "kargo.akuity.io/v1alpha1",
        "kind": "Warehouse",
        "metadata": { "name": "w", "namespace": "demo" },
        "spec": { "interval": "5m0s", "subscriptions": subscriptions },
    })
}

#[tokio::test]
async fn defaults_travel_as_a_patch_and_mistakes_as_a_refusal() {
    let (harness, _) = Harness::with_pipeline().await;
    let good = warehouse(json!([{ "image": { "repoURL": "registry.example.com/a" } }]));
    let answer = ask(&harness, "/mutate", "ana", good.clone()).await;
    assert_eq!((&answer["allowed"], &answer["patchType"]), (&json!(true), &json!("JSONPatch")));
    let answer = ask(&harness, "/validate", "ana", good).await;
    assert_eq!((&answer["allowed"], &answer["patch"]), (&json!(true), &Value::Null), "{answer}");
    let twice = json!([
        { "image": { "repoURL": "registry.example.com/a" } },
        { "image": { "repoURL": "registry.example.com/a" } },
    ]);
    for path in ["/mutate", "/validate"] {
        let answer = ask(&harness, path, "ana", warehouse(twice.clone())).await;
        assert_eq!((&answer["allowed"], &answer["status"]["code"]), (&json!(false), &json!(422)));
    }
}

#[tokio::test]
async fn a_user_without_the_verb_is_refused_and_other_groups_pass() {
    let (harness, admin) = Harness::with_pipeline().await;
    let freight = harness.freight(&admin, "1.1.0").await;
    let promotion = json!({
        "apiVersion": "kargo.akuity.io/v1alpha1",
        "kind": "Promotion",
        "metadata": { "name": "x", "namespace": "demo" },
        "spec": { "stage": "test", "freight": freight },
    });
    let answer = ask(&harness, "/mutate", "ana", promotion).await;
    assert_eq!((&answer["allowed"], &answer["status"]["code"]), (&json!(false), &json!(403)));
    let other = json!({ "apiVersion": "v1", "kind": "Pod", "metadata": { "name": "x" } });
    let answer = ask(&harness, "/mutate", "ana", other).await;
    assert_eq!(answer["allowed"], json!(true));
}
