//! Finding commits: what is offered, what is new, what changed.

use integrations::git::{CommitQuery, GitError};

use crate::world::World;

fn newest(branch: Option<&str>, limit: usize) -> CommitQuery {
    CommitQuery { branch: branch.map(str::to_owned), limit, ..CommitQuery::default() }
}

#[tokio::test]
async fn branches_tags_and_the_default_branch() {
    let world = World::new().await;
    let remote = world.repository("team/app").await;
    world
        .server
        .commit_files("team/app", "stage/test", "first of test", &[("x", "1")])
        .await
        .unwrap();
    let references = world.mirrors.ls_remote(&remote).await.unwrap();
    assert_eq!(references.default_branch.as_deref(), Some("main"));
    assert_eq!(references.branches.keys().collect::<Vec<_>>(), ["main", "stage/test"]);
    let tip = world.server.branch("team/app", "main").await.unwrap();
    assert_eq!(references.branch(None).map(str::to_owned), tip);
}

#[tokio::test]
async fn newest_commits_with_what_they_changed_and_no_fetch_when_nothing_moved() {
    let world = World::new().await;
    let remote = world.repository("app").await;
    let commits = world.mirrors.commits(&remote, &newest(None, 20)).await.unwrap();
    let subjects: Vec<&str> = commits.iter().map(|commit| commit.subject.as_str()).collect();
    assert_eq!(subjects, ["second: façade", "Initial commit"]);
    assert_eq!(commits[0].author, "Local Server <local@example.com>");
    assert_eq!(commits[0].parent.as_ref(), Some(&commits[1].id));
    let changes = world.mirrors.changed_paths(&remote, &commits).await.unwrap();
    assert_eq!(changes[&commits[0].id], ["README.md"]);
    assert_eq!(
        changes[&commits[1].id],
        ["README.md", "apps/api/values.yaml", "apps/web/values.yaml"]
    );

    let _earlier = world.server.faults().take_requests();
    assert_eq!(
        world.mirrors.commits(&remote, &newest(Some("main"), 1)).await.unwrap(),
        commits[..1]
    );
    world.mirrors.commits(&remote, &newest(Some("main"), 1)).await.unwrap();
    let _with_the_named_branch = world.server.faults().take_requests();
    world.mirrors.commits(&remote, &newest(Some("main"), 1)).await.unwrap();
    let requests = world.server.faults().take_requests();
    assert_eq!(requests.len(), 2, "one ls-remote is two requests: {requests:?}");

    let id = world.server.commit_files("app", "main", "third", &[("new.txt", "x")]).await.unwrap();
    let commits = world.mirrors.commits(&remote, &newest(Some("main"), 20)).await.unwrap();
    assert_eq!((commits.len(), &commits[0].id), (3, &id));
    let known = CommitQuery { tip: Some(id.clone()), ..newest(Some("main"), 20) };
    let _earlier = world.server.faults().take_requests();
    assert_eq!(world.mirrors.commits(&remote, &known).await.unwrap(), commits);
    let requests = world.server.faults().take_requests();
    assert!(requests.is_empty(), "what the server just told is not asked again: {requests:?}");
    let since = CommitQuery { skip: 1, limit: 1, ..newest(Some("main"), 1) };
    assert_eq!(world.mirrors.commits(&remote, &since).await.unwrap(), commits[1..2]);
}

#[tokio::test]
async fn discovery_leaves_blobs_on_the_server() {
    let world = World::new().await;
    let remote = world.repository("app").await;
    let big = "0123456789abcdef".repeat(64 << 10);
    world.server.commit_files("app", "main", "big", &[("big.txt", &big)]).await.unwrap();
    world.mirrors.commits(&remote, &newest(None, 20)).await.unwrap();
    let size: u64 = walkdir::WalkDir::new(world.folder.path().join("git/mirrors"))
        .into_iter()
        .flatten()
        .filter(|entry| entry.path().extension().is_some_and(|extension| extension == "pack"))
        .map(|entry| entry.metadata().unwrap().len())
        .sum();
    assert!(size < 5_000, "the mirror's packs hold {size} bytes");
}

#[tokio::test]
async fn a_branch_that_becomes_a_folder_and_one_that_was_rewritten() {
    let world = World::new().await;
    let remote = world.repository("app").await;
    world.server.commit_files("app", "feature", "one", &[("a", "1")]).await.unwrap();
    world.mirrors.commits(&remote, &newest(Some("feature"), 5)).await.unwrap();
    let repository = world.folder.path().join("served/app.git");
    let git = |arguments: &[&str]| {
        let done = std::process::Command::new("git")
            .arg("-C")
            .arg(&repository)
            .args(arguments)
            .status()
            .unwrap();
        assert!(done.success());
    };
    git(&["branch", "-D", "feature"]);
    world.server.commit_files("app", "feature/two", "two", &[("a", "2")]).await.unwrap();
    let commits = world.mirrors.commits(&remote, &newest(Some("feature/two"), 5)).await.unwrap();
    assert_eq!(commits[0].subject, "two");
    git(&["update-ref", "refs/heads/main", "main~1"]);
    let commits = world.mirrors.commits(&remote, &newest(Some("main"), 5)).await.unwrap();
    assert_eq!(commits.len(), 1);
    let error = world.mirrors.commits(&remote, &newest(Some("feature"), 5)).await.unwrap_err();
    assert!(
        matches!(&error, GitError::ReferenceMissing { reference, .. } if reference == "branch feature"),
        "{error}"
    );
}

#[tokio::test]
async fn mirrors_beyond_the_budget_go_and_come_back_when_asked() {
    let world = World::new().await;
    let one = world.repository("one").await;
    let two = world.repository("two").await;
    world.mirrors.commits(&one, &newest(None, 5)).await.unwrap();
    world.mirrors.commits(&two, &newest(None, 5)).await.unwrap();
    let tree = world.check_out(&two, "kept", crate::world::branch("main")).await;
    let mut settings = crate::world::settings(world.folder.path());
    settings.size_budget = 1;
    let mirrors = integrations::git::Mirrors::open(settings).await.unwrap();
    mirrors.tidy().await.unwrap();
    let left = std::fs::read_dir(world.folder.path().join("git/mirrors")).unwrap().count();
    assert_eq!(left, 1, "the one with a live work tree stays");
    tree.head().await.unwrap();
    assert_eq!(mirrors.commits(&one, &newest(None, 5)).await.unwrap().len(), 2);
}
