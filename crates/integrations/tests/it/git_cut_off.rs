//! Checkouts after somebody was killed in the middle of one, and many at the same time.

use std::path::PathBuf;

use futures::future::join_all;
use integrations::git::{Checkout, Mirrors};

use crate::world::{World, author, branch, read, settings};

#[tokio::test]
async fn a_folder_that_went_without_gits_knowledge_is_checked_out_again() {
    let world = World::new().await;
    let remote = world.repository("app").await;
    let tree = world.check_out(&remote, "out", branch("main")).await;
    std::fs::remove_dir_all(tree.path()).unwrap();
    let again = world.check_out(&remote, "out", branch("main")).await;
    assert_eq!(read(&again, "README.md"), "hello again\n");
}

#[tokio::test]
async fn a_work_tree_registered_by_half_is_cleared_away_at_the_start() {
    let world = World::new().await;
    let remote = world.repository("app").await;
    world.check_out(&remote, "half", branch("main")).await;
    let mirrors = world.folder.path().join("git/mirrors");
    let mirror = std::fs::read_dir(mirrors).unwrap().next().unwrap().unwrap().path();
    let administration: PathBuf = mirror.join("worktrees/half");
    std::fs::write(administration.join("commondir"), "").unwrap();
    let mirrors = Mirrors::open(settings(world.folder.path())).await.unwrap();
    assert!(!administration.exists());
    let checkout = |name: &str| Checkout {
        path: world.path(name),
        at: branch("main"),
        sparse: Vec::new(),
        recurse_submodules: false,
    };
    let trees = mirrors.check_out(&remote, Some(&author()), &[checkout("other")]).await.unwrap();
    assert_eq!(read(&trees[0], "README.md"), "hello again\n");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_folders_of_one_repository_at_the_same_time() {
    let world = World::new().await;
    let remote = world.repository("app").await;
    let names: Vec<String> = (0..16).map(|number| format!("out{number}")).collect();
    let trees = names.iter().map(|name| world.check_out(&remote, name, branch("main")));
    for tree in join_all(trees).await {
        assert_eq!(read(&tree, "README.md"), "hello again\n");
    }
}
