//! Requests to a real server in this process.
use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::IntoResponse,
};
use parking_lot::Mutex;
use serde_json::{Value, json};

use super::STEP;
use crate::{
    step::{Outcome, Severity, StepError},
    testing::Bench,
};

type Seen = Arc<Mutex<Vec<(Method, String, HeaderMap, Bytes)>>>;

/// Answers by path: `/json`, `/yaml`, `/text`, `/status/<code>`, and `/to/…` leads elsewhere.
async fn server() -> (String, Seen) {
    let seen = Seen::default();
    let requests = seen.clone();
    let answer = move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| async move {
        requests.lock().push((method, uri.to_string(), headers, body));
        match uri.path() {
            "/json" => (
                [("content-type", "application/json; charset=utf-8")],
                r#"{"id": 7, "state": "open"}"#,
            )
                .into_response(),
            "/yaml" => ([("content-type", "text/yaml")], "id: 7\n").into_response(),
            "/text" => {
                ([("content-type", "text/plain"), ("x-request-id", "r1")], "hello").into_response()
            }
            "/to/json" => (StatusCode::FOUND, [("location", "/json")]).into_response(),
            "/to/metadata" => {
                (StatusCode::FOUND, [("location", "http://169.254.169.254/latest")]).into_response()
            }
            "/large" => vec![b'x'; 3 << 20].into_response(),
            "/hang" => std::future::pending().await,
            path => {
                let code =
                    path.rsplit('/').next().and_then(|code| code.parse().ok()).unwrap_or(404);
                StatusCode::from_u16(code).unwrap().into_response()
            }
        }
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, seen)
}

async fn run(path: &str, mut config: Value) -> (Result<Outcome, StepError>, Seen) {
    let (url, seen) = server().await;
    config["url"] = json!(format!("{url}{path}"));
    (Bench::new().run(&STEP, config).await, seen)
}

fn outputs(expression: &str) -> Value {
    json!([{ "name": "found", "fromExpression": expression }])
}

#[tokio::test]
async fn the_answer_is_read_by_its_type() {
    for (path, content_type, expression, expected) in [
        ("/json", None, "response.body.id", json!(7)),
        ("/yaml", None, "response.body.id", json!(7)),
        ("/text", None, "response.body", json!("hello")),
        ("/text", None, "response.status", json!(200)),
        ("/text", None, "response.headers['X-Request-Id'][0]", json!("r1")),
        ("/text", None, "response.header('x-request-id')", json!("r1")),
        ("/text", None, "response.header('absent')", json!("")),
        ("/json", Some("text/plain"), "len(response.body)", json!(26)),
        ("/status/204", None, "response.body", json!({})),
    ] {
        let mut config = json!({ "outputs": outputs(expression) });
        if let Some(content_type) = content_type {
            config["responseContentType"] = json!(content_type);
        }
        let (outcome, _) = run(path, config).await;
        let expected = Outcome::Done { output: json!({ "found": expected }) };
        assert_eq!(outcome.unwrap(), expected, "{path} {expression}");
    }
}

#[tokio::test]
async fn criteria_decide_and_failure_is_asked_first() {
    for (path, success, failure, expected) in [
        ("/status/200", None, None, "done"),
        ("/status/404", None, None, "failed"),
        ("/status/404", Some("response.status == 404"), None, "done"),
        ("/status/200", Some("true"), Some("true"), "failed"),
        ("/status/200", Some("false"), None, "waits"),
        ("/status/200", None, Some("false"), "waits"),
        (
            "/json",
            Some("response.body.state == 'open'"),
            Some("response.body.state == 'closed'"),
            "done",
        ),
        ("/status/200", Some("1"), None, "errored"),
        ("/status/200", Some("("), None, "hopeless"),
        ("/status/200", None, Some("true"), "failed"),
    ] {
        let mut config = json!({ "errorExpression": "'because'" });
        config["successExpression"] = json!(success.unwrap_or_default());
        config["failureExpression"] = json!(failure.unwrap_or_default());
        let (outcome, _) = run(path, config).await;
        let found = match outcome {
            Ok(Outcome::Done { .. }) => "done",
            Ok(Outcome::NotYet { .. }) => "waits",
            Ok(Outcome::Skipped { .. }) => "skipped",
            Err(error) => match error.severity() {
                Severity::Failed => "failed",
                Severity::Hopeless => "hopeless",
                Severity::MayRetry => "errored",
            },
        };
        assert_eq!(found, expected, "{path} {success:?} {failure:?}");
    }
}

#[tokio::test]
async fn the_request_is_as_configured() {
    let (outcome, seen) = run(
        "/json?a=1",
        json!({"method": "POST", "body": "text", "headers": [{"name": "X-A", "value": "b"}],
            "queryParams": [{"name": "q", "value": "x y&z"}]}),
    )
    .await;
    outcome.unwrap();
    let (method, uri, headers, body) = seen.lock().remove(0);
    assert_eq!((method, uri.as_str()), (Method::POST, "/json?a=1&q=x+y%26z"));
    assert_eq!(headers["x-a"], "b");
    assert_eq!(headers["idempotency-key"], "0123456789abcdef");
    assert_eq!(body, "text");

    let (_, seen) = run("/json", json!({})).await;
    assert!(!seen.lock()[0].2.contains_key("idempotency-key"), "reading needs no key");
}

#[tokio::test]
async fn headers_of_the_connection_are_not_the_users() {
    let headers = json!([{"name": "Host", "value": "elsewhere"}, {"name": "content-length", "value": "99"},
        {"name": "Transfer-Encoding", "value": "chunked"}, {"name": "X-Twice", "value": "1"},
        {"name": "X-Twice", "value": "2"}, {"name": "User-Agent", "value": "mine"}]);
    let (outcome, seen) =
        run("/json", json!({"method": "PUT", "body": "text", "headers": headers})).await;
    outcome.unwrap();
    let (_, _, headers, body) = seen.lock().remove(0);
    assert_eq!(body, "text");
    assert_eq!(headers["content-length"], "4");
    assert!(!headers.contains_key("transfer-encoding") && headers["host"] != "elsewhere");
    assert_eq!(headers.get_all("x-twice").iter().count(), 2);
    assert_eq!(headers["user-agent"], "mine");
    for method in ["POST", "PUT", "PATCH"] {
        let (outcome, seen) = run("/json", json!({ "method": method })).await;
        outcome.unwrap();
        assert_eq!(seen.lock()[0].2["content-length"], "0", "{method} says that it sends nothing");
    }
}

#[tokio::test]
async fn a_redirect_to_where_nobody_may_go_is_not_followed() {
    for (path, hopeless) in [("/to/json", false), ("/to/metadata", true)] {
        let (outcome, seen) = run(path, json!({ "outputs": outputs("response.body.id") })).await;
        match hopeless {
            false => assert_eq!(outcome.unwrap(), Outcome::Done { output: json!({ "found": 7 }) }),
            true => {
                let error = outcome.unwrap_err();
                assert_eq!(error.severity(), Severity::Hopeless, "{}", error.chain());
                assert!(error.chain().contains("169.254.169.254"), "{}", error.chain());
                assert_eq!(seen.lock().len(), 1);
            }
        }
    }
}

#[tokio::test]
async fn the_answers_own_words_are_shown_when_there_are_any() {
    let met = "the answer with the status 200 meets the failure criteria";
    for (expression, expected) in [
        ("response.body.state + '!'", format!("{met}: open!")),
        ("response.body.error?.message ?? ''", met.to_owned()),
        ("response.body.a.b.c", met.to_owned()),
        ("7", met.to_owned()),
    ] {
        let config = json!({"failureExpression": "true", "errorExpression": expression});
        let (outcome, _) = run("/json", config).await;
        assert_eq!(outcome.unwrap_err().chain(), expected, "{expression}");
    }
    let config = json!({"failureExpression": "true", "errorExpression": "("});
    let (outcome, _) = run("/json", config).await;
    assert_eq!(outcome.unwrap_err().severity(), Severity::Hopeless);
}

#[tokio::test]
async fn what_never_can_be_sent_is_not_tried_again() {
    for config in [
        json!({"url": "http://169.254.169.254/latest"}),
        json!({"url": "ftp://example.com/x"}),
        json!({"url": "http://example.com", "proxy": "http://169.254.169.254"}),
    ] {
        let error = Bench::new().run(&STEP, config.clone()).await.unwrap_err();
        assert_ne!(error.severity(), Severity::MayRetry, "{config}: {}", error.chain());
    }
    let (outcome, _) = run("/json", json!({ "timeout": "0s" })).await;
    outcome.unwrap();
}

#[tokio::test]
async fn a_file_can_be_sent() {
    let (url, seen) = server().await;
    let bench = Bench::new();
    bench.write("body.json", "{}");
    let config = json!({"method": "PUT", "url": url, "bodyFromFile": "body.json"});
    let _status_404_is_fine = bench.run(&STEP, config).await;
    assert_eq!(seen.lock()[0].3, "{}");
}

#[tokio::test]
async fn what_cannot_be_sent_or_read_is_an_error() {
    for (path, config, expected) in [
        ("/large", json!({}), "bytes"),
        ("/hang", json!({ "timeout": "50ms" }), "50ms"),
        ("/json", json!({ "method": "TRACE" }), "method"),
        ("/json", json!({ "timeout": "soon" }), "timeout"),
        ("/json", json!({ "headers": [{"name": "a b", "value": "x"}] }), "headers[0]"),
        ("/json", json!({ "body": "a", "bodyFromFile": "b" }), "http"),
    ] {
        let (outcome, _) = run(path, config.clone()).await;
        let text = outcome.unwrap_err().chain();
        assert!(text.contains(expected), "{path} {config}: {text}");
    }
}
