//! Checkouts, commits and pushes as promotion steps use them, with crashes and rivals.

use integrations::git::{
    Checkout, CheckoutAt, CommitOutcome, GitError, IntegrationPolicy, Mirrors, PushRequest,
    PushTarget,
};
use integrations::local_servers::Fault;

use crate::world::{World, author, branch, message, new_branch, read, settings, write};

fn to(name: &str) -> PushRequest {
    PushRequest { target: PushTarget::Branch(name.into()), ..PushRequest::default() }
}

#[tokio::test]
async fn several_checkouts_of_one_repository() {
    let world = World::new().await;
    let remote = world.repository("app").await;
    let first = world.server.commits("app", "main", 5).await.unwrap()[1].id.clone();
    let checkout = |name: &str, at, sparse: &[&str]| Checkout {
        path: world.path(name),
        at,
        sparse: sparse.iter().map(|folder| (*folder).to_owned()).collect(),
        recurse_submodules: false,
    };
    let trees = world
        .mirrors
        .check_out(
            &remote,
            None,
            &[
                checkout("default", CheckoutAt::DefaultBranch, &[]),
                checkout("old", CheckoutAt::Commit(first.clone()), &[]),
                checkout("short", CheckoutAt::Commit(first[..10].to_owned()), &[]),
                checkout("sparse", branch("main"), &["apps/web"]),
                checkout("fresh", new_branch("stage/test"), &[]),
            ],
        )
        .await
        .unwrap();
    assert_eq!(
        (trees[0].branch(), read(&trees[0], "README.md").as_str()),
        (Some("main"), "hello again\n")
    );
    assert_eq!((trees[1].branch(), read(&trees[1], "README.md").as_str()), (None, "hello\n"));
    assert_eq!(trees[1].head().await.unwrap(), first);
    assert_eq!(trees[2].head().await.unwrap(), first);
    assert!(
        trees[3].path().join("apps/web/values.yaml").exists()
            && !trees[3].path().join("apps/api").exists()
    );
    assert_eq!(std::fs::read_dir(trees[4].path()).unwrap().count(), 1, "only git's own file");
    let missing = checkout("missing", branch("nothing"), &[]);
    let error = world.mirrors.check_out(&remote, None, &[missing]).await.err().unwrap();
    assert!(error.to_string().contains("branch nothing; set `create: true`"), "{error}");
    let occupied = world
        .mirrors
        .check_out(&remote, None, &[checkout(".", branch("main"), &[])])
        .await
        .err()
        .unwrap();
    assert!(matches!(occupied, GitError::Occupied { .. }), "{occupied:?}");
}

#[tokio::test]
async fn a_new_branch_is_started_by_the_push_and_holds_exactly_the_change() {
    let world = World::new().await;
    let remote = world.repository("app").await;
    let tree = world.check_out(&remote, "out", new_branch("stage/test")).await;
    write(&tree, "a/b.yaml", "x: 1\n");
    let outcome = tree.commit(&message("render", "uid/commit")).await.unwrap();
    let pushed = tree.push(&remote, &PushRequest::default()).await.unwrap();
    assert_eq!((pushed.branch.as_deref(), pushed.pushed), (Some("stage/test"), true));
    assert_eq!(pushed.commit, outcome.commit());
    let commits = world.server.commits("app", "stage/test", 5).await.unwrap();
    assert_eq!(
        commits.iter().map(|commit| commit.subject.as_str()).collect::<Vec<_>>(),
        ["render", "Initial commit"]
    );
    assert_eq!(commits[0].message.trim_end(), "render\n\nKargo-Step: uid/commit");
    assert_eq!(commits[0].author, "Ann <ann@example.com>");
    assert_eq!(world.server.changed_paths("app", &commits[0].id).await.unwrap(), ["a/b.yaml"]);
    let again = tree.push(&remote, &PushRequest::default()).await.unwrap();
    assert_eq!((again.commit, again.pushed), (pushed.commit, false));
}

#[tokio::test]
async fn clearing_and_sparse_commits_touch_only_what_they_should() {
    let world = World::new().await;
    let remote = world.repository("app").await;
    let tree = world.check_out(&remote, "all", branch("main")).await;
    tree.clear().await.unwrap();
    write(&tree, "only.txt", "x");
    tree.commit(&message("cleared", "uid/1")).await.unwrap();
    let pushed = tree.push(&remote, &to("cleared")).await.unwrap();
    let changed = world.server.changed_paths("app", &pushed.commit).await.unwrap();
    assert_eq!(changed, ["README.md", "apps/api/values.yaml", "apps/web/values.yaml", "only.txt"]);

    let checkout = Checkout {
        path: world.path("part"),
        at: branch("main"),
        sparse: vec!["apps/web".into()],
        recurse_submodules: false,
    };
    let tree =
        world.mirrors.check_out(&remote, Some(&author()), &[checkout]).await.unwrap().remove(0);
    assert!(matches!(
        tree.commit(&message("none", "uid/2")).await.unwrap(),
        CommitOutcome::NothingToCommit(_)
    ));
    write(&tree, "apps/web/values.yaml", "tag: 2\n");
    tree.commit(&message("part", "uid/3")).await.unwrap();
    let pushed = tree.push(&remote, &PushRequest::default()).await.unwrap();
    assert_eq!(
        world.server.changed_paths("app", &pushed.commit).await.unwrap(),
        ["apps/web/values.yaml"]
    );
}

#[tokio::test]
async fn a_rival_commit_is_rebased_upon_and_the_folder_follows() {
    let world = World::new().await;
    let remote = world.repository("app").await;
    for (policy, parents) in
        [(IntegrationPolicy::AlwaysRebase, 1), (IntegrationPolicy::AlwaysMerge, 2)]
    {
        let name = policy.name();
        let tree = world.check_out(&remote, name, branch("main")).await;
        write(&tree, "apps/web/values.yaml", &format!("tag: {name}\n"));
        tree.commit(&message(name, &format!("uid/{name}"))).await.unwrap();
        let rival = format!("rival-{name}.txt");
        world.server.commit_files("app", "main", "rival", &[(&rival, "x\n")]).await.unwrap();
        let pushed =
            tree.push(&remote, &PushRequest { policy, ..PushRequest::default() }).await.unwrap();
        assert_eq!(
            world.server.branch("app", "main").await.unwrap().as_ref(),
            Some(&pushed.commit)
        );
        assert_eq!(tree.head().await.unwrap(), pushed.commit);
        assert_eq!(read(&tree, &rival), "x\n");
        assert!(matches!(
            tree.commit(&message("none", "uid/none")).await.unwrap(),
            CommitOutcome::NothingToCommit(_)
        ));
        let raw = world.server.read_file("app", "main", &rival).await.unwrap();
        assert_eq!(raw.as_deref(), Some("x\n"));
        let shown = std::process::Command::new("git")
            .arg("-C")
            .arg(world.folder.path().join("served/app.git"))
            .args(["show", "-s", "--format=%P", "main"])
            .output()
            .unwrap();
        assert_eq!(
            String::from_utf8(shown.stdout).unwrap().split_whitespace().count(),
            parents,
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_conflict_names_the_files_and_changes_nothing() {
    let world = World::new().await;
    let remote = world.repository("app").await;
    let tree = world.check_out(&remote, "out", branch("main")).await;
    write(&tree, "apps/web/values.yaml", "tag: ours\n");
    let ours = tree.commit(&message("ours", "uid/1")).await.unwrap();
    let rival = [("apps/web/values.yaml", "tag: theirs\n")];
    let theirs = world.server.commit_files("app", "main", "rival", &rival).await.unwrap();
    let error = tree.push(&remote, &PushRequest::default()).await.unwrap_err();
    assert!(
        matches!(&error, GitError::Conflict { files, target, .. } if files == &["apps/web/values.yaml"] && target == "main"),
        "{error:?}"
    );
    assert_eq!(world.server.branch("app", "main").await.unwrap(), Some(theirs));
    assert_eq!(tree.head().await.unwrap(), ours.commit());
    let forced =
        tree.push(&remote, &PushRequest { force: true, ..PushRequest::default() }).await.unwrap();
    assert_eq!((forced.commit.as_str(), forced.pushed), (ours.commit(), true));
    assert_eq!(std::fs::read_dir(world.folder.path().join("git/tmp")).unwrap().count(), 0);
}

#[tokio::test]
async fn two_promotions_that_start_the_same_branch_both_arrive() {
    let world = World::new().await;
    let remote = world.repository("app").await;
    let one = world.check_out(&remote, "one", new_branch("stage/new")).await;
    let two = world.check_out(&remote, "two", new_branch("stage/new")).await;
    for (tree, name) in [(&one, "one"), (&two, "two")] {
        write(tree, &format!("{name}.txt"), name);
        tree.commit(&message(name, &format!("uid/{name}"))).await.unwrap();
    }
    one.push(&remote, &PushRequest::default()).await.unwrap();
    let pushed = two.push(&remote, &PushRequest::default()).await.unwrap();
    assert_eq!(world.server.changed_paths("app", &pushed.commit).await.unwrap(), ["two.txt"]);
    assert_eq!(
        world.server.read_file("app", "stage/new", "one.txt").await.unwrap().as_deref(),
        Some("one")
    );
}

#[tokio::test]
async fn many_at_once_lose_nothing_and_repeat_nothing() {
    let world = World::new().await;
    let remote = world.repository("app").await;
    let mut pushes = tokio::task::JoinSet::new();
    for number in 0..6 {
        let tree = world.check_out(&remote, &format!("tree-{number}"), branch("main")).await;
        let remote = remote.clone();
        pushes.spawn(async move {
            write(&tree, &format!("file-{number}.txt"), "x");
            tree.commit(&message("change", &format!("uid-{number}/commit"))).await.unwrap();
            tree.push(&remote, &PushRequest::default()).await.unwrap()
        });
    }
    while let Some(pushed) = pushes.join_next().await {
        assert!(pushed.unwrap().pushed);
    }
    let commits = world.server.commits("app", "main", 50).await.unwrap();
    assert_eq!(commits.len(), 2 + 6);
}

#[tokio::test]
async fn a_push_whose_answer_was_lost_is_not_repeated() {
    let world = World::new().await;
    let remote = world.repository("app").await;
    let tree = world.check_out(&remote, "out", branch("main")).await;
    write(&tree, "x.txt", "1");
    tree.commit(&message("change", "uid/1")).await.unwrap();
    // The server never answers: dropping the future is what an abort or a crash does.
    world.server.faults().next(1, "git-receive-pack HTTP", Fault::Hang);
    world.server.faults().next(1, "POST /app.git/git-receive-pack", Fault::Drop);
    let pushed = tree.push(&remote, &PushRequest::default()).await.unwrap();
    assert!(pushed.pushed);

    // Meanwhile somebody else pushed on top; a replay from the start finds its commit in the history.
    world.server.commit_files("app", "main", "later", &[("y.txt", "2")]).await.unwrap();
    let again = tree.push(&remote, &PushRequest::default()).await.unwrap();
    assert_eq!((again.commit.as_str(), again.pushed), (pushed.commit.as_str(), false));
    let replay = world.check_out(&remote, "out", branch("main")).await;
    write(&replay, "x.txt", "11");
    let outcome = replay.commit(&message("change", "uid/1")).await.unwrap();
    assert_eq!(outcome, CommitOutcome::AlreadyMade(pushed.commit));
    assert_eq!(read(&replay, "x.txt"), "1");
    assert!(!replay.push(&remote, &PushRequest::default()).await.unwrap().pushed);
    assert_eq!(world.server.commits("app", "main", 50).await.unwrap().len(), 4);
}

#[tokio::test]
async fn a_rebased_push_is_recognised_by_its_trailer_after_a_crash() {
    let world = World::new().await;
    let remote = world.repository("app").await;
    let tree = world.check_out(&remote, "out", branch("main")).await;
    write(&tree, "x.txt", "1");
    let original = tree.commit(&message("change", "uid/1")).await.unwrap().commit().to_owned();
    // The same local commit as before the crash, while the server has it rebased onto a rival's.
    let twin = world.check_out(&remote, "twin", branch("main")).await;
    write(&twin, "x.txt", "1");
    twin.commit(&message("change", "uid/1")).await.unwrap();
    world.server.commit_files("app", "main", "rival", &[("y.txt", "2")]).await.unwrap();
    let rebased = twin.push(&remote, &PushRequest::default()).await.unwrap();
    assert_ne!(rebased.commit, original);
    let mirrors = Mirrors::open(settings(world.folder.path())).await.unwrap();
    let resumed = mirrors.work_tree(tree.path()).await.unwrap();
    assert_eq!((resumed.url(), resumed.branch()), (remote.url.as_str(), Some("main")));
    let recognised = resumed.push(&remote, &PushRequest::default()).await.unwrap();
    assert_eq!((recognised.commit, recognised.pushed), (rebased.commit, false));
    assert_eq!(read(&resumed, "y.txt"), "2");
}

#[tokio::test]
async fn servers_that_say_no_are_quoted() {
    let world = World::new().await;
    let remote = world.repository("app").await;
    let config = world.folder.path().join("served/app.git/config");
    let denied = "[receive]\n\tdenyNonFastForwards = true\n";
    std::fs::write(&config, std::fs::read_to_string(&config).unwrap() + denied).unwrap();
    let old = world.server.commits("app", "main", 5).await.unwrap()[1].id.clone();
    let tree = world.check_out(&remote, "old", CheckoutAt::Commit(old)).await;
    write(&tree, "z.txt", "1");
    tree.commit(&message("other", "uid/2")).await.unwrap();
    let error = tree.push(&remote, &PushRequest { force: true, ..to("main") }).await.unwrap_err();
    assert!(
        matches!(&error, GitError::PushRefused { target, .. } if target == "main"),
        "{error:?}"
    );
    assert!(error.to_string().contains("non-fast-forward") && !error.retryable(), "{error}");
}

#[tokio::test]
async fn tags_are_pushed_once_and_never_moved() {
    let world = World::new().await;
    let remote = world.repository("app").await;
    let tree = world.check_out(&remote, "out", branch("main")).await;
    let commit = tree.tag("v1.0.0", "Release one", false).await.unwrap();
    tree.tag("v1.0.0", "Release one", false).await.unwrap_err();
    let request =
        PushRequest { target: PushTarget::Tag("v1.0.0".into()), ..PushRequest::default() };
    let pushed = tree.push(&remote, &request).await.unwrap();
    assert_eq!(
        (pushed.commit.as_str(), pushed.branch.as_deref(), pushed.pushed),
        (commit.as_str(), None, true)
    );
    assert!(!tree.push(&remote, &request).await.unwrap().pushed);
    assert_eq!(world.mirrors.ls_remote(&remote).await.unwrap().tags["v1.0.0"], commit);
    let tagged = world.check_out(&remote, "tagged", CheckoutAt::Tag("v1.0.0".into())).await;
    assert_eq!(tagged.head().await.unwrap(), commit);
    write(&tree, "x.txt", "1");
    tree.commit(&message("change", "uid/1")).await.unwrap();
    tree.tag("v1.0.0", "Release one again", true).await.unwrap();
    let error = tree.push(&remote, &request).await.unwrap_err();
    assert!(matches!(error, GitError::PushRefused { .. }), "{error:?}");
}

#[tokio::test]
async fn a_dot_git_that_a_step_planted_is_not_looked_at() {
    let world = World::new().await;
    let remote = world.repository("app").await;
    let tree = world.check_out(&remote, "out", branch("main")).await;
    std::fs::remove_file(tree.path().join(".git")).unwrap();
    let marker = world.folder.path().join("ran");
    write(&tree, ".git/HEAD", "ref: refs/heads/main\n");
    let config = format!(
        "[core]\n\trepositoryformatversion = 0\n\tfsmonitor = \"touch {}\"\n",
        marker.display()
    );
    write(&tree, ".git/config", &config);
    write(&tree, ".git/objects/x", "");
    write(&tree, ".git/refs/x", "");
    write(&tree, "x.txt", "1");
    tree.commit(&message("change", "uid/1")).await.unwrap();
    let pushed = tree.push(&remote, &PushRequest::default()).await.unwrap();
    assert_eq!(world.server.changed_paths("app", &pushed.commit).await.unwrap(), ["x.txt"]);
    assert!(!marker.exists());
    world.mirrors.remove_work_trees_under(&world.folder.path().join("work")).await.unwrap();
    let error = world.mirrors.work_tree(&world.path("out")).await.err().unwrap();
    assert!(matches!(error, GitError::NotAWorkTree { .. }), "{error:?}");
}

#[tokio::test]
async fn a_checkout_that_a_crash_ended_early_is_made_again() {
    let world = World::new().await;
    let remote = world.repository("app").await;
    let tree = world.check_out(&remote, "out", branch("main")).await;
    for record in std::fs::read_dir(world.folder.path().join("git/work-trees")).unwrap() {
        std::fs::remove_file(record.unwrap().path()).unwrap();
    }
    let again = world.check_out(&remote, "out", branch("main")).await;
    assert_eq!(read(&again, "README.md"), "hello again\n");
    assert_eq!(again.path(), tree.path());
    let mirror = std::fs::read_dir(world.folder.path().join("git/mirrors"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    assert_eq!(std::fs::read_dir(mirror.join("worktrees")).unwrap().count(), 1);
    // The folder vanishes while nobody looks: the next start forgets it.
    std::fs::remove_dir_all(again.path()).unwrap();
    Mirrors::open(settings(world.folder.path())).await.unwrap();
    assert!(
        std::fs::read_dir(mirror.join("worktrees")).is_ok_and(|mut left| left.next().is_none())
    );
}

#[tokio::test]
async fn submodules_come_along_when_asked() {
    let world = World::new().await;
    let remote = world.repository("app").await;
    let library = world.repository("library").await;
    let pinned = world.server.branch("library", "main").await.unwrap().unwrap();
    let modules = "[submodule \"lib\"]\n\tpath = lib\n\turl = ../library.git\n".to_owned();
    world
        .server
        .commit_files("app", "main", "modules", &[(".gitmodules", &modules)])
        .await
        .unwrap();
    let repository = world.folder.path().join("served/app.git");
    let script = format!(
        "cd '{}' && export GIT_INDEX_FILE=/tmp/kargo-it-index-$$ && git read-tree main && \
         git update-index --add --cacheinfo 160000,{pinned},lib && tree=$(git write-tree) && rm -f \"$GIT_INDEX_FILE\" && \
         commit=$(git -c user.name=a -c user.email=a@b commit-tree -p main -m sub $tree) && git update-ref refs/heads/main $commit",
        repository.display()
    );
    assert!(std::process::Command::new("sh").arg("-c").arg(script).status().unwrap().success());
    let checkout = Checkout {
        path: world.path("with"),
        at: branch("main"),
        sparse: Vec::new(),
        recurse_submodules: true,
    };
    let tree = world.mirrors.check_out(&remote, None, &[checkout]).await.unwrap().remove(0);
    assert_eq!(read(&tree, "lib/README.md"), "hello again\n");
    assert!(matches!(
        tree.commit(&message("none", "uid/1")).await.unwrap(),
        CommitOutcome::NothingToCommit(_)
    ));
    drop(library);
}
