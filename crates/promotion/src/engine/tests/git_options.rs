//! What the git steps can be told, carried out against a real server.
use serde_json::Value;

use super::*;

/// A server with a repository, a second commit, and a tag on the first.
async fn served(world: &World) -> (GitServer, String, [String; 2]) {
    let (server, url) = git_server(world.home.path()).await;
    let first = server.branch("env", "main").await.unwrap().unwrap();
    let files = [("apps/web/v.yaml", "tag: 2\n"), ("apps/api/v.yaml", "tag: 2\n")];
    let second = server.commit_files("env", "main", "apps", &files).await.unwrap();
    let repository = world.home.path().join("served/env.git");
    let mut git = std::process::Command::new("git");
    git.arg("-C").arg(repository).args(["tag", "v1", &first]);
    assert!(git.status().unwrap().success());
    (server, url, [first, second])
}

fn write(path: &str, contents: &str) -> Value {
    json!({"uses": "file-write", "config": {"path": path, "contents": contents, "overwrite": true}})
}

fn commit(path: &str, alias: &str) -> Value {
    json!({"uses": "git-commit", "as": alias, "config": {"path": path, "message": format!("from {alias}")}})
}

fn push(alias: &str, config: Value) -> Value {
    json!({"uses": "git-push", "as": alias, "config": config})
}

#[tokio::test]
async fn whatever_can_be_checked_out_is() {
    let world = World::new();
    let (_server, url, [first, second]) = served(&world).await;
    let (status, _) = world
        .finish(&job(json!([
            {"uses": "git-clone", "as": "clone", "config": {"repoURL": url, "blobless": true, "recurseSubmodules": true, "checkout": [
                {"path": "./default"},
                {"path": "branch", "branch": "main", "commit": "", "tag": "", "as": "main"},
                {"path": "commit", "commit": first},
                {"path": "tag", "tag": "v1"},
                {"path": "part", "branch": "main", "sparse": ["apps/web"]},
                {"path": "deep/new", "branch": "fresh", "create": true, "as": "new"}]}},
            {"uses": "delete", "config": {"paths": ["part/apps/web/v.yaml", "default/apps/api/v.yaml", "tag/values.yaml"], "strict": true}},
            {"uses": "delete", "as": "sparse", "continueOnError": true, "config": {"path": "part/apps/api", "strict": true}},
            {"uses": "delete", "as": "old", "continueOnError": true, "config": {"path": "commit/apps", "strict": true}},
        ])))
        .await;
    assert_eq!(status.phase, Some(PromotionPhase::Succeeded), "{status:?}");
    assert_eq!(statuses(&status), ["Succeeded", "Succeeded", "Errored", "Errored"]);
    let state = status.state.unwrap();
    let commits = state["clone"]["commits"].as_object().unwrap();
    for (name, commit) in [
        ("./default", &second),
        ("main", &second),
        ("commit", &first),
        ("tag", &first),
        ("part", &second),
    ] {
        assert_eq!(commits[name], json!(commit), "{name}");
    }
    assert!(commits.contains_key("new") && commits.len() == 6, "{commits:?}");
}

#[tokio::test]
async fn pushes_go_where_they_are_told() {
    let world = World::new();
    let (server, url, [tagged, _]) = served(&world).await;
    server.commit_files("env", "rendered", "theirs", &[("theirs", "x")]).await.unwrap();
    let (status, _) = world
        .finish(&job(json!([
            {"uses": "git-clone", "config": {"repoURL": url, "checkout": [{"path": "out", "branch": "main"}],
                "author": {"name": "Ann", "email": "ann@example.com"}}},
            commit("out", "nothing"),
            write("out/new.txt", "1"),
            {"uses": "git-commit", "as": "by-bo", "config": {"path": "./out/", "message": "by Bo", "author": {"name": "Bo", "email": "bo@example.com"}}},
            push("generated", json!({"path": "out", "generateTargetBranch": true, "targetBranch": "", "provider": "gitea"})),
            push("named", json!({"path": "out", "targetBranch": "release/1", "maxAttempts": 1})),
            push("forced", json!({"path": "out", "targetBranch": "rendered", "force": true, "provider": "gitlab"})),
            write("out/new.txt", "2"),
            commit("out", "by-ann"),
            push("current", json!({"path": "out", "generateTargetBranch": false, "force": false})),
            push("known", json!({"path": "out", "tag": "v1", "targetBranch": ""})),
            push("tag", json!({"path": "out", "tag": "v9"})),
        ])))
        .await;
    assert_eq!(status.phase, Some(PromotionPhase::Errored), "{status:?}");
    assert!(message(&status, 11).contains("git-tag"), "no such tag: {}", message(&status, 11));
    assert_eq!(statuses(&status)[1], "Skipped");
    let state = status.state.unwrap();
    assert_eq!(state["known"], json!({ "commit": tagged }));
    let page = url.trim_end_matches(".git").replace("http://", "https://");
    let first = state["by-bo"]["commit"].as_str().unwrap();
    for (alias, branch, link) in [
        ("generated", "kargo/promotion/test.01.abc", Some(format!("{page}/commit/{first}"))),
        ("named", "release/1", None),
        ("forced", "rendered", Some(format!("{page}/-/commit/{first}"))),
        ("current", "main", None),
    ] {
        let tip = server.branch("env", branch).await.unwrap();
        assert_eq!(state[alias]["branch"], json!(branch));
        assert_eq!(state[alias]["commit"], json!(tip), "{alias}");
        assert_eq!(state[alias].get("commitURL").and_then(Value::as_str), link.as_deref());
    }
    let commits = server.commits("env", "main", 3).await.unwrap();
    let made: Vec<_> =
        commits.iter().map(|made| (made.author.as_str(), made.subject.as_str())).collect();
    assert_eq!(
        made[..2],
        [("Ann <ann@example.com>", "from by-ann"), ("Bo <bo@example.com>", "by Bo")]
    );
    assert_eq!(server.read_file("env", "rendered", "theirs").await.unwrap(), None);
}
