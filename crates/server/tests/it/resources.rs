//! Manifests in, results out.

use http::StatusCode;
use serde_json::json;

use crate::harness::Harness;

const STAGE: &str = "
apiVersion: kargo.akuity.io/v1alpha1
kind: Stage
metadata: { name: extra, namespace: demo }
spec:
  requestedFreight:
  - origin: { kind: Warehouse, name: api }
    sources: { direct: true }
";

#[tokio::test]
async fn create_update_delete() {
    let (harness, admin) = Harness::with_pipeline().await;
    let send = async |method: &'static str, query: &str, body: &str| {
        harness.send(method, &format!("/v1beta1/resources{query}"), &admin, body).await
    };
    let answer = send("PUT", "", STAGE).await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", answer.body);
    let answer = send("POST", "", STAGE).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let created = &answer.json()["results"][0]["createdResourceManifest"];
    assert_eq!(created["metadata"]["name"], "extra");
    let answer = send("POST", "", STAGE).await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.body);
    let changed = STAGE.replace("name: extra,", "name: extra, labels: { tier: one },");
    let answer = send("PUT", "?upsert=true", &changed).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let updated = &answer.json()["results"][0]["updatedResourceManifest"];
    assert_eq!(updated["metadata"]["labels"]["tier"], "one");
    let answer = send("DELETE", "", STAGE).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let deleted = &answer.json()["results"][0]["deletedResourceManifest"];
    assert_eq!(deleted["kind"], "Stage");
}

#[tokio::test]
async fn of_several_manifests_each_has_its_own_result() {
    let (harness, admin) = Harness::with_pipeline().await;
    let wrong = STAGE.replace("extra", "wrong").replace("kind: Stage", "kind: Stadium");
    let body = format!("{STAGE}---{wrong}");
    let answer = harness.send("POST", "/v1beta1/resources", &admin, &body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let results = answer.json()["results"].clone();
    assert!(results[0]["createdResourceManifest"].is_object(), "{results}");
    assert!(results[1]["error"].as_str().unwrap().contains("Stadium"), "{results}");
}

#[tokio::test]
async fn what_admission_says_reaches_the_user() {
    let (harness, admin) = Harness::with_pipeline().await;
    let twice = json!({
        "apiVersion": "kargo.akuity.io/v1alpha1",
        "kind": "Stage",
        "metadata": { "name": "twice", "namespace": "demo" },
        "spec": { "requestedFreight": [
            { "origin": { "kind": "Warehouse", "name": "api" }, "sources": { "direct": true } },
            { "origin": { "kind": "Warehouse", "name": "api" }, "sources": { "direct": true } },
        ] },
    });
    let answer = harness.send("POST", "/v1beta1/resources", &admin, &twice.to_string()).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", answer.body);
    assert!(answer.body.contains("requestedFreight"), "{}", answer.body);
    let used = harness.freight(&admin, "1.1.0").await;
    let stage = json!({ "freightHistory": [{
        "id": "x", "items": { "Warehouse/api": { "name": used } },
    }] });
    harness.status("stages", "test", stage).await;
    let path = "/v1beta1/projects/demo/freight/wise-fox";
    let answer = harness.send("DELETE", path, &admin, "").await;
    assert!(!answer.status.is_success(), "{}", answer.body);
    assert!(answer.body.contains("test"), "{}", answer.body);
}

#[tokio::test]
async fn projects_are_listed_with_their_number() {
    let (harness, admin) = Harness::with_pipeline().await;
    let more =
        r#"{"apiVersion":"kargo.akuity.io/v1alpha1","kind":"Project","metadata":{"name":"other"}}"#;
    let answer = harness.send("POST", "/v1beta1/resources", &admin, more).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let list = harness.send("GET", "/v1beta1/projects?pageSize=1", &admin, "").await.json();
    assert_eq!((&list["total"], list["items"].as_array().unwrap().len()), (&json!(2), 1));
    let list = harness.send("GET", "/v1beta1/projects?filter=OTH", &admin, "").await.json();
    assert_eq!(list["items"][0]["metadata"]["name"], "other");
}
