//! Rights: what a viewer sees and may not do.

use http::StatusCode;
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use server::{Access, ROUTES, Rule};

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

const STAGE: &str = r#"{"apiVersion":"kargo.akuity.io/v1alpha1","kind":"Stage","metadata":{"name":"made","namespace":"demo"},
    "spec":{"requestedFreight":[{"origin":{"kind":"Warehouse","name":"api"},"sources":{"direct":true}}]}}"#;

/// The path with names of what exists in the pipeline, and something for the parameters that must be given.
fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| match part {
        "{project}" => "demo",
        "{stage}" => "test",
        "{warehouse}" => "api",
        "{freight-name-or-alias}" => "wise-fox",
        part if part.starts_with('{') => "some",
        part => part,
    });
    format!("{}?stage=test&newAlias=other", parts.collect::<Vec<_>>().join("/"))
}

/// Something that every operation with a body can read.
const BODY: &str = r#"{"freightAlias":"wise-fox","name":"some","type":"git","repoUrl":"https://git.example.com/some",
    "username":"u","password":"p","data":{"key":"value"}}"#;

fn body_of(access: Access) -> &'static str {
    if matches!(access, Access::InBody) { STAGE } else { BODY }
}

#[tokio::test]
async fn whoever_has_no_rights_is_refused_on_every_route() {
    let (harness, _) = Harness::with_pipeline().await;
    let token = harness.caller("nobody", json!([])).await;
    for route in ROUTES {
        if matches!(route.access, Access::Public | Access::Identified) {
            continue;
        }
        let (method, path) = (route.verb.as_str(), filled(route.path));
        let response = harness.response(method, &path, &token, body_of(route.access)).await;
        assert_eq!(response.status(), StatusCode::FORBIDDEN, "{method} {path}");
    }
}

/// The rights that the table names, in all namespaces.
fn rights(rules: &[Rule]) -> Value {
    let rules = rules.iter().map(|rule| {
        json!({ "apiGroups": [rule.group], "resources": [rule.resource], "verbs": [rule.verb] })
    });
    rules.collect()
}

#[tokio::test]
async fn the_rights_that_the_table_names_are_enough() {
    let (harness, admin) = Harness::with_pipeline().await;
    let mut missing = Vec::new();
    for (index, route) in ROUTES.iter().enumerate() {
        let (Access::AsCaller(rules) | Access::Reviewed(rules)) = route.access else { continue };
        let name = format!("caller-{index}");
        let token = harness.caller(&name, json!([])).await;
        let subject = json!({ "kind": "ServiceAccount", "name": name, "namespace": "demo" });
        let group = "rbac.authorization.k8s.io";
        let objects = json!([
            { "apiVersion": format!("{group}/v1"), "kind": "ClusterRole", "metadata": { "name": name }, "rules": rights(rules) },
            { "apiVersion": format!("{group}/v1"), "kind": "ClusterRoleBinding", "metadata": { "name": name },
              "roleRef": { "apiGroup": group, "kind": "ClusterRole", "name": name }, "subjects": [subject] },
        ]);
        let made = harness.send("POST", "/v1beta1/resources", &admin, &objects.to_string()).await;
        assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
        // What is asked for may be gone by now, or be wrong; it is not forbidden.
        let (method, path) = (route.verb.as_str(), filled(route.path));
        if route.operation.id.starts_with("Delete") && path.contains("/demo?") {
            continue;
        }
        let response = harness.response(method, &path, &token, body_of(route.access)).await;
        if response.status() == StatusCode::FORBIDDEN {
            let bytes = response.into_body().collect().await.unwrap().to_bytes();
            missing.push(format!("{method} {path}: {}", String::from_utf8_lossy(&bytes)));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n"));
}
