//! Repositories and files as people have them: empty, full of odd names, with links, pointers and large files.

use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Command;

use integrations::git::{CheckoutAt, CommitOutcome, Mirrors, PushRequest, PushTarget};

use crate::world::{World, branch, message, new_branch, read, settings, write};

fn to(name: &str) -> PushRequest {
    PushRequest { target: PushTarget::Branch(name.into()), ..PushRequest::default() }
}

/// What plain git says about the repository the server holds.
fn served(world: &World, arguments: &[&str]) -> Vec<u8> {
    let repository = world.folder.path().join("served/app.git");
    let done = Command::new("git").arg("-C").arg(repository).args(arguments).output().unwrap();
    assert!(done.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
    done.stdout
}

#[tokio::test]
async fn an_empty_repository_gets_its_first_branch() {
    let world = World::new().await;
    let url = world.server.create_repository("app", &[]).await.unwrap();
    let remote = integrations::git::Remote::new(url);
    let at = |at| integrations::git::Checkout {
        path: world.path("none"),
        at,
        sparse: Vec::new(),
        recurse_submodules: false,
    };
    for (missing, told) in [
        (CheckoutAt::DefaultBranch, "default branch; is it empty?"),
        (branch("main"), "branch main; set `create: true`"),
        (CheckoutAt::Tag("v1".into()), "tag v1"),
    ] {
        let error = world.mirrors.check_out(&remote, None, &[at(missing)]).await.err().unwrap();
        assert!(error.to_string().contains(told), "{error}");
    }
    let tree = world.check_out(&remote, "out", new_branch("main")).await;
    write(&tree, "a.txt", "a\n");
    tree.commit(&message("first", "uid/1")).await.unwrap();
    tree.push(&remote, &PushRequest::default()).await.unwrap();
    let again = world.check_out(&remote, "again", CheckoutAt::DefaultBranch).await;
    assert_eq!(read(&again, "a.txt"), "a\n");
}

#[tokio::test]
async fn files_of_any_name_travel_unchanged() {
    let world = World::new().await;
    let remote = world.repository("app").await;
    let tree = world.check_out(&remote, "out", branch("main")).await;
    let names = [
        " leading and trailing ",
        "-dash",
        "--all",
        "new\nline",
        "tab\there",
        "quote\"s 'and' `ticks`",
        "back\\slash",
        "glob*[x]?",
        ":(top)magic",
        "schön/日本/🦀.yaml",
        "#hash",
        "!bang",
        ".gitattributes.txt",
        "deep/deep/deep/deep/x",
    ];
    for name in names {
        write(&tree, name, &format!("content of {name}"));
    }
    tree.commit(&message("odd names", "uid/1")).await.unwrap();
    tree.push(&remote, &PushRequest::default()).await.unwrap();
    let listed = served(&world, &["ls-tree", "-r", "-z", "--name-only", "main"]);
    let listed = String::from_utf8(listed).unwrap();
    let listed: Vec<_> = listed.split('\0').collect();
    let again = world.check_out(&remote, "again", branch("main")).await;
    for name in names {
        assert!(listed.contains(&name), "{name:?} in {listed:?}");
        assert_eq!(read(&again, name), format!("content of {name}"));
    }
    again.clear().await.unwrap();
    for name in names {
        write(&again, name, &format!("content of {name}"));
    }
    write(&again, "README.md", "hello again\n");
    again.commit(&message("apps go", "uid/2")).await.unwrap();
    let pushed = again.push(&remote, &PushRequest::default()).await.unwrap();
    let changed = world.server.changed_paths("app", &pushed.commit).await.unwrap();
    assert_eq!(changed, ["apps/api/values.yaml", "apps/web/values.yaml"]);
}

#[tokio::test]
async fn links_pointers_and_modes_stay_what_they_are() {
    use std::os::unix::fs::PermissionsExt as _;
    let world = World::new().await;
    let remote = world.repository("app").await;
    let pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n";
    let attributes = "*.bin filter=lfs diff=lfs merge=lfs -text\n*.bat text eol=crlf\n";
    let files = [(".gitattributes", attributes), ("model.bin", pointer), ("run.bat", "echo\n")];
    world.server.commit_files("app", "main", "pointers", &files).await.unwrap();
    let tree = world.check_out(&remote, "out", branch("main")).await;
    assert_eq!(read(&tree, "model.bin"), pointer);
    assert_eq!(read(&tree, "run.bat"), "echo\r\n");
    let nothing = tree.commit(&message("none", "uid/0")).await.unwrap();
    assert!(matches!(nothing, CommitOutcome::NothingToCommit(_)));

    symlink("/etc/passwd", tree.path().join("out")).unwrap();
    symlink("README.md", tree.path().join("in")).unwrap();
    symlink("nowhere", tree.path().join("dangling")).unwrap();
    write(&tree, "run.sh", "#!/bin/sh\n");
    let executable = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(tree.path().join("run.sh"), executable).unwrap();
    std::fs::remove_file(tree.path().join("README.md")).unwrap();
    write(&tree, "README.md/now-a-folder", "x");
    tree.commit(&message("links", "uid/1")).await.unwrap();
    tree.push(&remote, &PushRequest::default()).await.unwrap();
    let modes = String::from_utf8(served(&world, &["ls-tree", "-r", "main"])).unwrap();
    for expected in ["120000", "\tout", "\tdangling", "100755 blob", "README.md/now-a-folder"] {
        assert!(modes.contains(expected), "{expected} in {modes}");
    }
    assert_eq!(served(&world, &["cat-file", "blob", "main:out"]), b"/etc/passwd");
    let again = world.check_out(&remote, "again", branch("main")).await;
    assert_eq!(std::fs::read_link(again.path().join("out")).unwrap(), Path::new("/etc/passwd"));
    again.clear().await.unwrap();
    assert!(Path::new("/etc/passwd").exists(), "clearing removes links, not what they point to");
}

#[tokio::test]
async fn a_large_file_arrives_whole() {
    let world = World::new().await;
    let remote = world.repository("app").await;
    let tree = world.check_out(&remote, "out", branch("main")).await;
    // More than the megabyte up to which git buffers a push.
    let mut noise = 1_u64;
    let large: Vec<u8> = (0..12 << 20)
        .map(|_| {
            noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (noise >> 33) as u8
        })
        .collect();
    std::fs::write(tree.path().join("large.img"), &large).unwrap();
    tree.commit(&message("large", "uid/1")).await.unwrap();
    tree.push(&remote, &PushRequest::default()).await.unwrap();
    assert!(served(&world, &["cat-file", "blob", "main:large.img"]) == large);
}

#[tokio::test]
async fn a_branch_deleted_meanwhile_comes_back_with_its_history() {
    let world = World::new().await;
    let remote = world.repository("app").await;
    world.server.commit_files("app", "stage/x", "stage", &[("s", "1")]).await.unwrap();
    let tree = world.check_out(&remote, "out", branch("stage/x")).await;
    write(&tree, "t", "2");
    tree.commit(&message("mine", "uid/1")).await.unwrap();
    served(&world, &["update-ref", "-d", "refs/heads/stage/x"]);
    let pushed = tree.push(&remote, &PushRequest::default()).await.unwrap();
    assert_eq!(world.server.branch("app", "stage/x").await.unwrap(), Some(pushed.commit));
    // A branch where the name was a folder of branches before.
    served(&world, &["update-ref", "-d", "refs/heads/stage/x"]);
    let tree = world.check_out(&remote, "stage", new_branch("stage")).await;
    write(&tree, "u", "3");
    tree.commit(&message("other", "uid/2")).await.unwrap();
    tree.push(&remote, &PushRequest::default()).await.unwrap();
    let read = world.server.read_file("app", "stage", "u").await.unwrap();
    assert_eq!(read.as_deref(), Some("3"));
}

#[tokio::test]
async fn two_processes_that_race_both_arrive() {
    let world = World::new().await;
    let remote = world.repository("app").await;
    let mut pushes = tokio::task::JoinSet::new();
    // Processes share no locks: each has mirrors of its own.
    for number in 0..4 {
        let home = world.folder.path().join(format!("process-{number}"));
        let remote = remote.clone();
        pushes.spawn(async move {
            let mirrors = Mirrors::open(settings(&home)).await.unwrap();
            for round in 0..3 {
                let checkout = integrations::git::Checkout {
                    path: home.join("work"),
                    at: branch("main"),
                    sparse: Vec::new(),
                    recurse_submodules: false,
                };
                let trees = mirrors.check_out(&remote, None, &[checkout]).await.unwrap();
                write(&trees[0], &format!("file-{number}-{round}"), "x");
                let key = format!("uid-{number}/{round}");
                trees[0].commit(&message("change", &key)).await.unwrap();
                let patient = PushRequest { maximum_attempts: 30, ..PushRequest::default() };
                assert!(trees[0].push(&remote, &patient).await.unwrap().pushed);
            }
        });
    }
    while let Some(pushed) = pushes.join_next().await {
        pushed.unwrap();
    }
    assert_eq!(world.server.commits("app", "main", 50).await.unwrap().len(), 2 + 4 * 3);
}

#[tokio::test]
async fn messages_arrive_as_they_were_written() {
    let world = World::new().await;
    let remote = world.repository("app").await;
    let tree = world.check_out(&remote, "out", branch("main")).await;
    for (number, (text, subject)) in [
        ("\n\n  \nafter blank lines", "after blank lines"),
        ("# not a comment\n\n# nor this", "# not a comment"),
        ("ünïcode 🦀", "ünïcode 🦀"),
        ("windows\r\n\r\nlines\r\n", "windows"),
        (&"long ".repeat(2_000), &"long ".repeat(2_000)),
    ]
    .into_iter()
    .enumerate()
    {
        write(&tree, "x", &number.to_string());
        tree.commit(&message(text, &format!("uid/{number}"))).await.unwrap();
        let pushed = tree.push(&remote, &to("messages")).await.unwrap();
        let commits = world.server.commits("app", "messages", 1).await.unwrap();
        assert_eq!(commits[0].subject.trim(), subject.trim(), "{text:?}");
        assert!(commits[0].message.trim_end().ends_with(&format!("Kargo-Step: uid/{number}")));
        assert_eq!(commits[0].id, pushed.commit);
    }
    write(&tree, "x", "blank");
    for blank in ["", " \n\t\n"] {
        let error = tree.commit(&message(blank, "uid/blank")).await.unwrap_err();
        assert!(error.to_string().contains("message"), "{error}");
    }
}
