//! The Board: one request for a page, one stream to keep it fresh.

use serde_json::{Value, json};

use crate::harness::{Frames, Harness};

fn stage<'a>(board: &'a Value, name: &str) -> &'a Value {
    let stages = board["stages"].as_array().unwrap();
    stages.iter().find(|stage| stage["name"] == name).unwrap()
}

#[tokio::test]
async fn the_board_shows_what_runs_what_could_and_why_not() {
    let (harness, admin) = Harness::with_pipeline().await;
    let freight = harness.freight(&admin, "1.1.0").await;
    let answer = harness.get("ui/board", &admin).await;
    let board = answer.json();
    assert_eq!(board["project"], "demo");
    let names: Vec<_> = board["stages"].as_array().unwrap().iter().map(|s| &s["name"]).collect();
    assert_eq!(names, ["test", "prod"], "upstream first");
    assert_eq!(board["warehouses"][0]["freightCount"], 2, "{board}");
    assert_eq!(board["freight"].as_array().unwrap().len(), 2);
    let cell = &stage(&board, "test")["cells"][0];
    assert_eq!((&cell["newer"], &cell["eligible"]), (&json!(2), &json!(2)), "{cell}");
    let prod = stage(&board, "prod");
    assert_eq!(prod["cells"][0]["eligible"], 0);
    assert_eq!(prod["cells"][0]["because"][0]["code"], "not_verified", "{prod}");
    assert_eq!(prod["blocked"]["code"], "not_verified", "{prod}");
    let path = format!("ui/eligibility?stage=prod,test&freight={freight}");
    let pairs = harness.get(&path, &admin).await.json()["pairs"].clone();
    let of = |name: &str| {
        let pairs = pairs.as_array().unwrap();
        pairs.iter().find(|pair| pair["stage"] == name).unwrap().clone()
    };
    assert_eq!(of("test")["allowed"], true, "{pairs}");
    assert_eq!(of("test")["changes"][0]["change"], "new");
    assert_eq!((&of("prod")["available"], &of("prod")["permitted"]), (&json!(false), &json!(true)));
}

#[tokio::test]
async fn an_open_page_hears_of_a_promotion_and_resumes_where_it_was() {
    let (harness, admin) = Harness::with_pipeline().await;
    let path = "/v1beta1/projects/demo/ui/stream";
    let mut frames = Frames::of(harness.response("GET", path, &admin, "").await);
    let first = frames.next().await;
    assert!(first.contains("event: snapshot") && first.contains("id: "), "{first}");
    let body = json!({ "freightAlias": "wise-fox" });
    let promotion = harness.post("stages/test/promotions", &admin, body).await.json();
    let name = promotion["metadata"]["name"].clone();
    let (patch, id) = loop {
        let frame = frames.next().await;
        if !frame.contains("event: patch") {
            continue;
        }
        let data = frame.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
        let patch: Value = serde_json::from_str(data).unwrap();
        if patch["promotions"][0]["name"] == name {
            let id = frame.lines().find_map(|line| line.strip_prefix("id: ")).unwrap();
            break (patch, id.to_owned());
        }
    };
    assert_eq!(patch["promotions"][0]["steps"][0]["uses"], "compose-output", "{patch}");
    assert_eq!(patch["promotions"][0]["actor"], "admin");
    harness.post("stages/prod/refresh", &admin, json!({})).await;
    let warehouse = "/v1beta1/projects/demo/warehouses/api";
    harness.send("DELETE", warehouse, &admin, "").await;
    let resumed = format!("{path}?after={id}");
    let mut frames = Frames::of(harness.response("GET", &resumed, &admin, "").await);
    let mut patch = frames.data().await;
    while patch["gone"].is_null() {
        patch = frames.data().await;
    }
    assert_eq!(patch["gone"], json!([{ "kind": "warehouse", "name": "api" }]), "{patch}");
    let cursor = harness.get("ui/board", &admin).await.json()["cursor"].clone();
    let current = format!("{path}?after={}", cursor.as_str().unwrap());
    let mut frames = Frames::of(harness.response("GET", &current, &admin, "").await);
    assert!(frames.next().await.contains("event: ping"));
    let lost = format!("{path}?after=elsewhere.7");
    let mut frames = Frames::of(harness.response("GET", &lost, &admin, "").await);
    assert!(frames.next().await.contains("event: reset"));
    assert!(frames.next().await.contains("event: snapshot"));
}
