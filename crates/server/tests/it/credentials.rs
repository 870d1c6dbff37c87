//! Credentials and ConfigMaps: what goes in, what comes out, and who may.

use http::StatusCode;
use serde_json::{Value, json};

use crate::harness::Harness;

const REPOSITORIES: &str = "/v1beta1/projects/demo/repo-credentials";
const GENERIC: &str = "/v1beta1/projects/demo/generic-credentials";
const CONFIG_MAPS: &str = "/v1beta1/projects/demo/configmaps";

fn credentials() -> Value {
    json!({
        "name": "config", "type": "git", "repoUrl": "https://git.example.com/config.git",
        "username": "bot", "password": "hidden", "description": "for the config repository",
    })
}

#[tokio::test]
async fn passwords_go_in_and_never_out() {
    let (harness, admin) = Harness::with_pipeline().await;
    let send = async |method: &'static str, name: &str, body: Value| {
        let path = format!("{REPOSITORIES}{name}");
        let answer = harness.send(method, &path, &admin, &body.to_string()).await;
        assert!(!answer.body.contains("hidden"), "{}", answer.body);
        assert!(!answer.body.contains("aGlkZGVu"), "{}", answer.body);
        answer
    };
    let created = send("POST", "", credentials()).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.body);
    assert_eq!(created.json()["stringData"]["username"], "bot");
    assert_eq!(created.json()["stringData"]["password"], "*** REDACTED ***");
    assert_eq!(send("POST", "", credentials()).await.status, StatusCode::CONFLICT);
    let list = send("GET", "", Value::Null).await.json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "{list}");
    let patched = send("PATCH", "/config", json!({ "username": "robot", "type": "helm" })).await;
    assert_eq!(patched.status, StatusCode::OK, "{}", patched.body);
    let got = send("GET", "/config", Value::Null).await.json();
    assert_eq!(got["stringData"]["username"], "robot");
    assert_eq!(got["metadata"]["labels"]["kargo.akuity.io/cred-type"], "helm");
    let description = &got["metadata"]["annotations"]["kargo.akuity.io/description"];
    assert_eq!(description, "for the config repository");
    let mut all = credentials();
    all["description"] = Value::Null;
    all["repoUrlIsRegex"] = true.into();
    let wrong = send("PUT", "/config", all.clone()).await;
    assert_eq!(wrong.status, StatusCode::BAD_REQUEST, "null is no text: {}", wrong.body);
    all.as_object_mut().unwrap().remove("description");
    let replaced = send("PUT", "/config", all).await;
    assert_eq!(replaced.status, StatusCode::OK, "{}", replaced.body);
    assert_eq!(replaced.json()["stringData"]["repoURLIsRegex"], "true");
    assert_eq!(send("DELETE", "/config", Value::Null).await.status, StatusCode::NO_CONTENT);
    assert_eq!(send("GET", "/config", Value::Null).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_is_missing_is_named_and_other_secrets_are_left_alone() {
    let (harness, admin) = Harness::with_pipeline().await;
    for (field, value, message) in [
        ("name", "", "name should not be empty"),
        ("type", "", "type should not be empty"),
        ("type", "generic", "type should be one of git, helm, or image"),
        ("repoUrl", "", "repoUrl should not be empty"),
        ("username", "", "username should not be empty"),
        ("password", "", "password should not be empty"),
    ] {
        let mut body = credentials();
        body[field] = value.into();
        let answer = harness.send("POST", REPOSITORIES, &admin, &body.to_string()).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{field}");
        assert_eq!(answer.json()["error"], message);
    }
    let other = "apiVersion: v1\nkind: Secret\nmetadata: {name: other, namespace: demo}\n";
    let made = harness.send("POST", "/v1beta1/resources", &admin, other).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.body);
    for method in ["GET", "DELETE"] {
        for path in [REPOSITORIES, GENERIC] {
            let answer = harness.send(method, &format!("{path}/other"), &admin, "").await;
            assert_eq!(answer.status, StatusCode::CONFLICT, "{method} {path}: {}", answer.body);
        }
    }
}

#[tokio::test]
async fn values_by_key() {
    let (harness, admin) = Harness::with_pipeline().await;
    for (path, shown) in [(GENERIC, "/stringData/one"), (CONFIG_MAPS, "/data/one")] {
        let send = async |method: &'static str, name: &str, body: Value| {
            harness.send(method, &format!("{path}{name}"), &admin, &body.to_string()).await
        };
        let empty = send("POST", "", json!({ "name": "values" })).await;
        assert_eq!(empty.status, StatusCode::BAD_REQUEST, "{}", empty.body);
        let created = send("POST", "", json!({ "name": "values", "data": { "one": "1" } })).await;
        assert_eq!(created.status, StatusCode::CREATED, "{}", created.body);
        let expected = if path == GENERIC { "*** REDACTED ***" } else { "1" };
        assert_eq!(created.json().pointer(shown).unwrap(), expected);
        let change = json!({ "data": { "two": "2" }, "removeKeys": ["one"] });
        let patched = send("PATCH", "/values", change).await;
        assert_eq!(patched.status, StatusCode::OK, "{}", patched.body);
        assert!(patched.json().pointer(shown).is_none(), "{}", patched.body);
        let nothing = send("PATCH", "/values", json!({ "removeKeys": ["two"] })).await;
        assert_eq!(nothing.status, StatusCode::BAD_REQUEST, "{}", nothing.body);
        let replaced = send("PUT", "/values", json!({ "data": { "one": "3" } })).await;
        assert_eq!(replaced.status, StatusCode::OK, "{}", replaced.body);
        let list = send("GET", "", Value::Null).await.json();
        let names = list["items"].as_array().unwrap().iter().map(|item| &item["metadata"]["name"]);
        assert!(names.into_iter().any(|name| name == "values"), "{list}");
        assert_eq!(send("DELETE", "/values", Value::Null).await.status, StatusCode::NO_CONTENT);
    }
}

#[tokio::test]
async fn everything_is_done_with_the_callers_own_rights() {
    let (harness, admin) = Harness::with_pipeline().await;
    let body = credentials().to_string();
    harness.send("POST", REPOSITORIES, &admin, &body).await;
    let rules = json!([{ "apiGroups": ["kargo.akuity.io"], "resources": ["*"], "verbs": ["*"] }]);
    let caller = harness.caller("no-secrets", rules).await;
    for (method, path) in [
        ("GET", REPOSITORIES.to_owned()),
        ("POST", REPOSITORIES.to_owned()),
        ("GET", format!("{REPOSITORIES}/config")),
        ("PUT", format!("{REPOSITORIES}/config")),
        ("PATCH", format!("{REPOSITORIES}/config")),
        ("DELETE", format!("{REPOSITORIES}/config")),
        ("GET", "/v1beta1/shared/repo-credentials".to_owned()),
        ("GET", "/v1beta1/system/generic-credentials".to_owned()),
        ("GET", CONFIG_MAPS.to_owned()),
    ] {
        let answer = harness.send(method, &path, &caller, &body).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{method} {path}: {}", answer.body);
    }
}
