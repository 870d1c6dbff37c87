//! Commits signed with a key of the author's, checked by gpg itself.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};

use integrations::git::{
    Author, Checkout, CheckoutAt, GitError, IntegrationPolicy, PushRequest, SigningKey, WorkTree,
};

use crate::world::{World, branch, message, new_branch, write};

/// A user's own keyring.
struct Owner(tempfile::TempDir);

impl Owner {
    /// None where there is no gpg.
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    fn new() -> Option<Self> {
        if Command::new("gpg").arg("--version").output().is_err() {
            eprintln!("skipped: gpg is not installed");
            return None;
        }
        Some(Self(tempfile::tempdir().unwrap()))
    }

    fn gpg(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("gpg");
        command.env("GNUPGHOME", self.0.path()).args(["--batch", "--quiet"]).args(arguments);
        let done = command.output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        done
    }

    fn key(&self, passphrase: &str) -> SigningKey {
        let with = ["--pinentry-mode", "loopback", "--passphrase", passphrase];
        self.gpg(
            &[&with[..], &["--quick-generate-key", "Ann <ann@example.com>", "ed25519"]].concat(),
        );
        let exported = self.gpg(&[&with[..], &["--armor", "--export-secret-keys"]].concat());
        SigningKey::new(&String::from_utf8(exported.stdout).unwrap()).unwrap()
    }

    /// Whether gpg takes the signature of a commit the server holds for the owner's.
    fn signed(&self, repository: &Path, commit: &str) -> bool {
        let mut command = Command::new("git");
        command.env("GNUPGHOME", self.0.path()).arg("-C").arg(repository);
        command.args(["verify-commit", commit]).output().unwrap().status.success()
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        let mut command = Command::new("gpgconf");
        let _ended = command.env("GNUPGHOME", self.0.path()).args(["--kill", "all"]).output();
    }
}

async fn checked_out(world: &World, name: &str, at: CheckoutAt, key: SigningKey) -> WorkTree {
    let remote = world.repository("app").await;
    let author =
        Author { name: "Ann".into(), email: "ann@example.com".into(), signing_key: Some(key) };
    let path = world.path(name);
    let checkout = Checkout { path, at, sparse: Vec::new(), recurse_submodules: false };
    world.mirrors.check_out(&remote, Some(&author), &[checkout]).await.unwrap().remove(0)
}

#[tokio::test]
async fn commits_are_signed_also_when_they_are_made_again() {
    let Some(owner) = Owner::new() else { return };
    let key = owner.key("");
    let world = World::new().await;
    let served = world.folder.path().join("served/app.git");
    for policy in [
        IntegrationPolicy::AlwaysRebase,
        IntegrationPolicy::AlwaysMerge,
        IntegrationPolicy::RebaseOrFail,
    ] {
        let name = policy.name();
        let tree = checked_out(&world, name, branch("main"), key.clone()).await;
        let remote = integrations::git::Remote::new(tree.url());
        write(&tree, name, "x");
        tree.commit(&message(name, &format!("uid/{name}"))).await.unwrap();
        let rival = format!("rival-{name}");
        world.server.commit_files("app", "main", "rival", &[(&rival, "x")]).await.unwrap();
        let request = PushRequest { policy, ..PushRequest::default() };
        let pushed = tree.push(&remote, &request).await.unwrap();
        assert!(owner.signed(&served, &pushed.commit), "{name}");
    }
    let tree = checked_out(&world, "fresh", new_branch("fresh"), key).await;
    let remote = integrations::git::Remote::new(tree.url());
    write(&tree, "a", "x");
    let other = Author { name: "Bo".into(), email: "bo@example.com".into(), signing_key: None };
    let mut request = message("by another author", "uid/other");
    request.author = Some(other);
    tree.commit(&request).await.unwrap();
    tree.push(&remote, &PushRequest::default()).await.unwrap();
    for commit in world.server.commits("app", "fresh", 5).await.unwrap() {
        assert!(owner.signed(&served, &commit.id), "{}", commit.subject);
    }

    // The key is kept for the commits to come, for nobody else to read, and no keyring stays.
    for record in std::fs::read_dir(world.folder.path().join("git/work-trees")).unwrap() {
        let mode = record.unwrap().metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }
    let left = std::fs::read_dir(world.folder.path().join("git/tmp")).unwrap();
    let left: Vec<_> = left.map(|entry| entry.unwrap().file_name()).collect();
    assert!(!left.iter().any(|name| name.to_string_lossy().starts_with("gpg-")), "{left:?}");
}

#[tokio::test]
async fn keys_that_cannot_sign_are_named_and_nothing_is_committed_without_them() {
    let Some(owner) = Owner::new() else { return };
    let world = World::new().await;
    let public = |owner: &Owner| {
        let exported = owner.gpg(&["--armor", "--export"]);
        SigningKey::new(&String::from_utf8(exported.stdout).unwrap()).unwrap()
    };
    let locked = owner.key("a passphrase");
    for (name, key, told) in [
        ("nonsense", SigningKey::new("no key").unwrap(), "no valid OpenPGP data"),
        ("public", public(&owner), "it holds no secret key"),
        ("locked", locked, ""),
    ] {
        let tree = checked_out(&world, name, branch("main"), key).await;
        let before = tree.head().await.unwrap();
        write(&tree, "x", name);
        let error = tree.commit(&message("change", "uid/1")).await.unwrap_err();
        assert!(
            matches!(&error, GitError::Signing { detail } if detail.contains(told)),
            "{error:?}"
        );
        assert!(!error.retryable());
        assert_eq!(tree.head().await.unwrap(), before);
    }
}
