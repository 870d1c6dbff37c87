//! Promoting, approving and stopping.

use http::StatusCode;
use serde_json::json;

use crate::harness::Harness;

#[tokio::test]
async fn a_promotion_is_made_as_its_stage_dictates() {
    let (harness, admin) = Harness::with_pipeline().await;
    let freight = harness.freight(&admin, "1.1.0").await;
    let body = json!({ "freightAlias": "wise-fox" });
    let answer = harness.post("stages/test/promotions", &admin, body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    let promotion = answer.json();
    let name = promotion["metadata"]["name"].as_str().unwrap().to_owned();
    assert!(name.starts_with("test.") && name.ends_with(&freight[..7]), "{name}");
    assert_eq!(promotion["spec"]["freight"], json!(freight));
    assert_eq!(promotion["spec"]["steps"][0]["uses"], "compose-output");
    assert_eq!(promotion["metadata"]["annotations"]["kargo.akuity.io/create-actor"], "admin");
    let list = harness.get("promotions?stage=test", &admin).await.json();
    assert_eq!(list["items"][0]["metadata"]["name"], json!(name));
    let none = harness.get("promotions?stage=prod", &admin).await.json();
    assert_eq!(none["items"], json!([]));
    let by_origin = json!({ "origin": "Warehouse/api" });
    let answer = harness.post("stages/test/promotions", &admin, by_origin).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    assert!(answer.json()["spec"]["freight"].is_string(), "{}", answer.body);
}

#[tokio::test]
async fn unavailable_freight_is_refused_with_its_reasons() {
    let (harness, admin) = Harness::with_pipeline().await;
    let body = json!({ "freightAlias": "calm-owl" });
    let answer = harness.post("stages/prod/promotions", &admin, body.clone()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
    assert_eq!(answer.json()["because"][0]["code"], "not_verified");
    let explained = harness.get("stages/prod/explain", &admin).await;
    assert_eq!(explained.status, StatusCode::OK, "{}", explained.body);
    assert_eq!(explained.json()["blocking"]["code"], "not_verified", "{}", explained.body);
    let pieces =
        |answer: serde_json::Value| answer["origins"][0]["freight"].as_array().unwrap().len();
    assert_eq!(pieces(explained.json()), 2);
    let newest = harness.get("stages/prod/explain?newest=1", &admin).await;
    assert_eq!(pieces(newest.json()), 1, "{}", newest.body);
    let wrong = harness.get("stages/prod/explain?newest=some", &admin).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST, "{}", wrong.body);
    let approve = "freight/calm-owl/approve?stage=prod";
    let answer = harness.post(approve, &admin, json!({})).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let answer = harness.post("stages/prod/promotions", &admin, body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
}

#[tokio::test]
async fn wrong_requests_say_what_is_wrong() {
    let (harness, admin) = Harness::with_pipeline().await;
    for (path, body, status, text) in [
        ("stages/test/promotions", json!({}), 400, "exactly one of"),
        ("stages/test/promotions", json!({ "freight": "a", "freightAlias": "b" }), 400, "exactly"),
        ("stages/test/promotions", json!({ "freight": "none" }), 404, "Freight \"none\" not found"),
        ("stages/none/promotions", json!({ "freight": "none" }), 404, "Stage \"none\" not found"),
        ("stages/test/promotions", json!({ "origin": "api" }), 400, "Warehouse/<name>"),
        ("stages/test/promotions", json!([]), 400, "the request body"),
        (
            "stages/prod/promotions/downstream",
            json!({ "freightAlias": "wise-fox" }),
            404,
            "no downstream",
        ),
        ("freight/wise-fox/approve", json!({}), 400, "stage query parameter"),
        ("freight/none/approve?stage=prod", json!({}), 404, "not found"),
    ] {
        let answer = harness.post(path, &admin, body).await;
        assert_eq!(answer.status.as_u16(), status, "{path}: {}", answer.body);
        let error = answer.json()["error"].as_str().unwrap().to_owned();
        assert!(error.contains(text), "{path}: {error}");
    }
    let answer = harness.send("GET", "/v1beta1/projects/none/stages", &admin, "").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    let answer = harness.get("stages/..%2Fwarehouses", &admin).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
}

#[tokio::test]
async fn downstream_promotes_every_stage_behind() {
    let (harness, admin) = Harness::with_pipeline().await;
    let freight = harness.freight(&admin, "1.1.0").await;
    let body = json!({ "freight": freight });
    let path = "stages/test/promotions/downstream";
    let answer = harness.post(path, &admin, body.clone()).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
    harness.status("freights", &freight, json!({ "verifiedIn": { "test": {} } })).await;
    let answer = harness.post(path, &admin, body).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    assert_eq!(answer.json()["promotions"][0]["spec"]["stage"], "prod");
}

#[tokio::test]
async fn a_promotion_is_stopped_once_and_refreshed() {
    let (harness, admin) = Harness::with_pipeline().await;
    let body = json!({ "freightAlias": "wise-fox" });
    let promotion = harness.post("stages/test/promotions", &admin, body).await.json();
    let name = promotion["metadata"]["name"].as_str().unwrap();
    let answer = harness.post(&format!("promotions/{name}/abort"), &admin, json!({})).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let promotion = harness.get(&format!("promotions/{name}"), &admin).await.json();
    let request = promotion["metadata"]["annotations"]["kargo.akuity.io/abort"].as_str().unwrap();
    let request: serde_json::Value = serde_json::from_str(request).unwrap();
    assert_eq!((&request["action"], &request["actor"]), (&json!("terminate"), &json!("admin")));
    let answer = harness.post("warehouses/api/refresh", &admin, json!({})).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    let annotations = &answer.json()["metadata"]["annotations"];
    assert!(annotations["kargo.akuity.io/refresh"].is_string(), "{}", answer.body);
}

#[tokio::test]
async fn freight_is_found_renamed_and_grouped() {
    let (harness, admin) = Harness::with_pipeline().await;
    let answer = harness.get("freight/wise-fox", &admin).await;
    assert_eq!(answer.json()["images"][0]["tag"], "1.1.0", "{}", answer.body);
    let rename =
        |alias: &str| format!("/v1beta1/projects/demo/freight/wise-fox/alias?newAlias={alias}");
    let answer = harness.send("PATCH", &rename("calm-owl"), &admin, "").await;
    assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.body);
    let answer = harness.send("PATCH", &rename("late-bee"), &admin, "").await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
    assert_eq!(harness.get("freight/late-bee", &admin).await.status, StatusCode::OK);
    let path = "freight?groupBy=image_repo&orderBy=tag&reverse=true";
    let groups = harness.get(path, &admin).await.json();
    let group = &groups["groups"]["registry.example.com/acme/api"]["items"];
    assert_eq!(group[0]["images"][0]["tag"], "1.1.0");
    let available = harness.get("freight?stage=prod", &admin).await.json();
    assert_eq!(available["groups"][""]["items"], json!([]));
    let available = harness.get("freight?stage=test", &admin).await.json();
    assert_eq!(available["groups"][""]["items"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn verification_is_asked_for_and_stopped() {
    let (harness, admin) = Harness::with_pipeline().await;
    let again = "stages/test/verification";
    let answer = harness.post(again, &admin, json!({})).await;
    assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{}", answer.body);
    let freight = harness.freight(&admin, "1.1.0").await;
    let images = json!([{ "repoURL": "registry.example.com/acme/api", "tag": "1.1.0" }]);
    let history = json!([{
        "id": "x",
        "items": { "Warehouse/api": { "name": freight, "images": images } },
        "verificationHistory": [{ "id": "v1", "phase": "Running" }],
    }]);
    harness.status("stages", "test", json!({ "freightHistory": history })).await;
    for (path, annotation) in [
        (again, "kargo.akuity.io/reverify"),
        ("stages/test/verification/abort", "kargo.akuity.io/abort"),
    ] {
        let answer = harness.post(path, &admin, json!({})).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
        let stage = harness.get("stages/test", &admin).await.json();
        let request = stage["metadata"]["annotations"][annotation].as_str().unwrap();
        assert!(request.contains(r#""id":"v1""#) && request.contains("admin"), "{request}");
    }
    let images = harness.get("images", &admin).await.json();
    let tags = &images["registry.example.com/acme/api"]["tags"];
    assert_eq!(tags["1.1.0"]["stages"]["test"], 0, "{images}");
    let events = harness.get("events", &admin).await;
    assert_eq!(events.status, StatusCode::OK, "{}", events.body);
}
