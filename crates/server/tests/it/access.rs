//! Rights: what a viewer sees and may not do.

use http::StatusCode;
use serde_json::{Value, json};

use crate::harness::Harness;

fn viewer() -> Value {
    json!([{ "apiGroups": ["kargo.akuity.io"], "resources": ["*"], "verbs": ["get", "list", "watch"] }])
}

fn promoter() -> Value {
    json!([
        { "apiGroups": ["kargo.akuity.io"], "resources": ["*"], "verbs": ["get", "list", "watch"] },
        { "apiGroups": ["kargo.akuity.io"], "resources": ["promotions"], "verbs": ["create"] },
        { "apiGroups": ["kargo.akuity.io"], "resources": ["stages"], "verbs": ["promote"], "resourceNames": ["test"] },
    ])
}

#[tokio::test]
async fn a_viewer_reads_everything_and_changes_nothing() {
    let (harness, admin) = Harness::with_pipeline().await;
    let token = harness.caller("viewer", viewer()).await;
    for path in ["stages", "stages/test", "warehouses", "freight", "promotions", "ui/board"] {
        let answer = harness.get(path, &token).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    }
    let freight = harness.freight(&admin, "1.1.0").await;
    let promote = json!({ "freight": freight });
    for (path, body) in [
        ("stages/test/promotions", promote.clone()),
        ("stages/test/promotions/downstream", promote),
        ("stages/test/refresh", json!({})),
        ("warehouses/api/refresh", json!({})),
        ("freight/wise-fox/approve?stage=prod", json!({})),
    ] {
        let answer = harness.post(path, &token, body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}: {}", answer.body);
        assert!(answer.json()["error"].as_str().unwrap().len() > 10, "{}", answer.body);
    }
    let path = "/v1beta1/projects/demo/stages/test";
    assert_eq!(harness.send("DELETE", path, &token, "").await.status, StatusCode::FORBIDDEN);
    let promotions = harness.get("promotions", &admin).await.json();
    assert_eq!(promotions["items"], json!([]));
    let permissions = harness.get("ui/permissions", &token).await.json();
    assert_eq!(permissions["promote"], json!([]));
    assert_eq!(permissions["refreshStages"], json!(false));
}

#[tokio::test]
async fn a_promoter_promotes_where_they_may_by_any_door() {
    let (harness, admin) = Harness::with_pipeline().await;
    let token = harness.caller("promoter", promoter()).await;
    let freight = harness.freight(&admin, "1.1.0").await;
    let answer =
        harness.post("stages/test/promotions", &token, json!({ "freight": freight })).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let actor = &answer.json()["metadata"]["annotations"]["kargo.akuity.io/create-actor"];
    assert_eq!(actor, "kubernetes:system:serviceaccount:demo:promoter");
    harness.status("freights", &freight, json!({ "verifiedIn": { "test": {} } })).await;
    let answer =
        harness.post("stages/prod/promotions", &token, json!({ "freight": freight })).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    // The manifest door asks the same question.
    let manifest = json!({
        "apiVersion": "kargo.akuity.io/v1alpha1",
        "kind": "Promotion",
        "metadata": { "namespace": "demo", "generateName": "x-" },
        "spec": { "stage": "prod", "freight": freight, "steps": [] },
    });
    let body = manifest.to_string();
    let answer = harness.send("POST", "/v1beta1/resources", &token, &body).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.body);
    let permissions = harness.get("ui/permissions", &token).await.json();
    assert_eq!(permissions["promote"], json!(["test"]));
}

#[tokio::test]
async fn somebody_without_rights_sees_nothing() {
    let (harness, _) = Harness::with_pipeline().await;
    let token = harness.caller("nobody", json!([])).await;
    let paths =
        ["stages", "freight", "ui/board", "ui/stream", "ui/eligibility", "stages/test/explain"];
    for path in paths {
        let answer = harness.get(path, &token).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}: {}", answer.body);
    }
    let answer = harness.send("GET", "/v1beta1/ui/session", &token, "").await.json();
    assert_eq!(answer["actor"], "kubernetes:system:serviceaccount:demo:nobody");
    assert_eq!(answer["admin"], false);
}

#[tokio::test]
async fn a_token_that_was_made_up_opens_nothing() {
    let (harness, _) = Harness::with_pipeline().await;
    let answer = harness.get("stages", "eyJhbGciOiJub25lIn0.eyJpc3MiOiJrYXJnbyJ9.").await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}
