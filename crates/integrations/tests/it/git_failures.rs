//! Every way a git server can fail has one clear error, and leaves nothing behind.

use std::time::Duration;

use integrations::credentials::Credentials;
use integrations::git::{CommitQuery, GitError, GitSettings, Mirrors, Remote};
use integrations::local_servers::{BasicUser, Fault};
use integrations::outbound::{Outbound, OutboundPolicy};

use crate::world::{World, settings};

fn newest() -> CommitQuery {
    CommitQuery { branch: Some("main".into()), limit: 5, ..CommitQuery::default() }
}

#[tokio::test]
async fn credentials_are_needed_used_and_never_stored() {
    let user = BasicUser { username: "ann".into(), password: "s3cret-pass".into() };
    let world = World::with_user(Some(user)).await;
    let remote = world.repository("app").await;
    let error = world.mirrors.commits(&remote, &newest()).await.unwrap_err();
    assert!(matches!(error, GitError::Authentication { .. }), "{error:?}");
    let wrong = remote.clone().with_credentials(Some(Credentials::basic("ann", "wrong")));
    let error = world.mirrors.commits(&wrong, &newest()).await.unwrap_err();
    assert!(matches!(error, GitError::Authentication { .. }), "{error:?}");
    let right = remote.clone().with_credentials(Some(Credentials::basic("ann", "s3cret-pass")));
    assert_eq!(world.mirrors.commits(&right, &newest()).await.unwrap().len(), 2);
    let in_url = Remote::new(remote.url.replace("http://", "http://ann:s3cret-pass@"));
    assert_eq!(world.mirrors.commits(&in_url, &newest()).await.unwrap().len(), 2);
    world.check_out(&right, "tree", crate::world::branch("main")).await;

    // Others do not see the mirror through it.
    let error = world.mirrors.commits(&wrong, &newest()).await.unwrap_err();
    assert!(matches!(error, GitError::Authentication { .. }), "{error:?}");
    for entry in walkdir::WalkDir::new(world.folder.path())
        .into_iter()
        .flatten()
        .filter(|e| e.file_type().is_file())
    {
        let content = std::fs::read(entry.path()).unwrap();
        let encoded = b"YW5uOnMzY3JldC1wYXNz";
        let found = |needle: &[u8]| content.windows(needle.len()).any(|window| window == needle);
        assert!(!found(b"s3cret-pass") && !found(encoded), "{}", entry.path().display());
    }
}

#[tokio::test]
async fn missing_unreachable_hanging_dropped_and_broken() {
    let world = World::new().await;
    let remote = world.repository("app").await;
    let missing = Remote::new(world.server.repository_url("nothing"));
    let error = world.mirrors.commits(&missing, &newest()).await.unwrap_err();
    assert!(matches!(error, GitError::NotFound { .. }), "{error:?}");

    let closed = Remote::new("http://127.0.0.1:1/app.git");
    let error = world.mirrors.commits(&closed, &newest()).await.unwrap_err();
    assert!(matches!(error, GitError::Unreachable { .. }) && error.retryable(), "{error:?}");

    world.server.faults().always("info/refs", Fault::Status(500));
    let error = world.mirrors.commits(&remote, &newest()).await.unwrap_err();
    assert!(matches!(error, GitError::Unreachable { .. }), "{error:?}");
    world.server.faults().clear();

    world.server.faults().always("upload-pack", Fault::Drop);
    let error = world.mirrors.commits(&remote, &newest()).await.unwrap_err();
    assert!(matches!(error, GitError::Dropped { .. }) && error.retryable(), "{error:?}");
    world.server.faults().clear();

    let mut hasty = settings(world.folder.path());
    hasty.git =
        GitSettings { network_timeout: Duration::from_millis(500), ..GitSettings::default() };
    let hasty = Mirrors::open(hasty).await.unwrap();
    world.server.faults().always("upload-pack", Fault::Hang);
    let error = hasty.commits(&remote, &newest()).await.unwrap_err();
    assert!(matches!(error, GitError::TimedOut { .. }) && error.retryable(), "{error:?}");
    world.server.faults().clear();
    assert_eq!(world.mirrors.commits(&remote, &newest()).await.unwrap().len(), 2);
}

#[tokio::test]
async fn addresses_the_policy_refuses_are_never_asked() {
    let world = World::new().await;
    let remote = world.repository("app").await;
    let mut strict = settings(world.folder.path());
    strict.outbound = Outbound::new(OutboundPolicy::default()).unwrap();
    let strict = Mirrors::open(strict).await.unwrap();
    let _earlier = world.server.faults().take_requests();
    for url in [
        remote.url.clone(),
        remote.url.replace("127.0.0.1", "localhost"),
        "http://169.254.169.254/x.git".into(),
    ] {
        let error = strict.ls_remote(&Remote::new(url)).await.unwrap_err();
        assert!(matches!(error, GitError::Refused { .. }), "{error:?}");
    }
    assert!(world.server.faults().take_requests().is_empty());
    for url in ["ext::sh -c id", "/etc", "file:///etc", "-x"] {
        let error = strict.ls_remote(&Remote::new(url)).await.unwrap_err();
        assert!(matches!(error, GitError::Invalid { .. }), "{error:?}");
    }
    let odd = CommitQuery { branch: Some("a..b".into()), ..newest() };
    let error = world.mirrors.commits(&remote, &odd).await.unwrap_err();
    assert!(matches!(error, GitError::Invalid { field: "reference", .. }), "{error:?}");
}

#[tokio::test]
async fn redirects_are_followed_once_checked() {
    let world = World::new().await;
    let remote = world.repository("app").await;
    let target = world.server.url();
    let redirecting = axum::Router::new().fallback(move |uri: axum::http::Uri| {
        let place =
            format!("{target}{}", uri.path_and_query().unwrap().as_str().replace("/old/", "/"));
        async move { axum::response::Redirect::permanent(&place) }
    });
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, redirecting).await });
    let moved = Remote::new(format!("http://{address}/old/app.git"));
    let commits = world.mirrors.commits(&moved, &newest()).await.unwrap();
    assert_eq!(commits, world.mirrors.commits(&remote, &newest()).await.unwrap());
}

#[tokio::test]
async fn leftovers_of_a_crash_do_not_stand_in_the_way() {
    let world = World::new().await;
    let remote = world.repository("app").await;
    world.mirrors.commits(&remote, &newest()).await.unwrap();
    let mirror = std::fs::read_dir(world.folder.path().join("git/mirrors"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    std::fs::write(mirror.join("packed-refs.lock"), "").unwrap();
    std::fs::write(mirror.join("config.lock"), "").unwrap();
    std::fs::write(mirror.join("objects/pack/tmp_pack_x"), "half").unwrap();
    let reference = walkdir::WalkDir::new(mirror.join("refs/kargo"))
        .into_iter()
        .flatten()
        .find(|e| e.file_type().is_file());
    std::fs::write(format!("{}.lock", reference.unwrap().path().display()), "").unwrap();
    std::fs::create_dir(world.folder.path().join("git/mirrors/half-made")).unwrap();
    std::fs::write(world.folder.path().join("git/tmp/key-x"), "").unwrap();

    let mirrors = Mirrors::open(settings(world.folder.path())).await.unwrap();
    assert!(
        !mirror.join("objects/pack/tmp_pack_x").exists() && !mirror.join("config.lock").exists()
    );
    assert_eq!(std::fs::read_dir(world.folder.path().join("git/tmp")).unwrap().count(), 0);
    world.server.commit_files("app", "main", "third", &[("x", "1")]).await.unwrap();
    assert_eq!(mirrors.commits(&remote, &newest()).await.unwrap().len(), 3);
}
