//! Kargo's watches: `{"type", "object"}` frames from the list's resourceVersion on.

use http::StatusCode;
use serde_json::json;

use crate::harness::{Frames, Harness};

#[tokio::test]
async fn changes_arrive_from_the_lists_version_on() {
    let (harness, admin) = Harness::with_pipeline().await;
    let list = harness.get("stages", &admin).await.json();
    let version = list["metadata"]["resourceVersion"].as_str().unwrap();
    let path = format!("/v1beta1/projects/demo/stages?watch=true&resourceVersion={version}");
    let response = harness.response("GET", &path, &admin, "").await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["x-accel-buffering"], "no");
    let mut frames = Frames::of(response);
    let answer = harness.post("stages/test/refresh", &admin, json!({})).await;
    assert_eq!(answer.status, StatusCode::OK);
    let frame = frames.data().await;
    assert_eq!(frame["type"], "MODIFIED");
    assert_eq!(frame["object"]["metadata"]["name"], "test");
    assert_eq!(frame["object"]["kind"], "Stage");
}

#[tokio::test]
async fn a_filter_lets_only_its_promotions_through() {
    let (harness, admin) = Harness::with_pipeline().await;
    let path = "/v1beta1/projects/demo/promotions?watch=true&stage=prod";
    let mut frames = Frames::of(harness.response("GET", path, &admin, "").await);
    harness.post("freight/wise-fox/approve?stage=prod", &admin, json!({})).await;
    for stage in ["test", "prod"] {
        let body = json!({ "freightAlias": "wise-fox" });
        let answer = harness.post(&format!("stages/{stage}/promotions"), &admin, body).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.body);
    }
    let frame = frames.data().await;
    assert_eq!(
        (&frame["type"], &frame["object"]["spec"]["stage"]),
        (&json!("ADDED"), &json!("prod"))
    );
}

#[tokio::test]
async fn one_object_is_watched_by_its_name() {
    let (harness, admin) = Harness::with_pipeline().await;
    let path = "/v1beta1/projects/demo/warehouses/api?watch=true";
    let mut frames = Frames::of(harness.response("GET", path, &admin, "").await);
    let frame = frames.data().await;
    assert_eq!(
        (&frame["type"], &frame["object"]["metadata"]["name"]),
        (&json!("ADDED"), &json!("api"))
    );
    let none = "/v1beta1/projects/demo/warehouses/none?watch=true";
    let answer = harness.send("GET", none, &admin, "").await;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
}
