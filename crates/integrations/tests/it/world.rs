//! What the tests share: a folder, a git server, mirrors.

use std::path::{Path, PathBuf};

use integrations::git::{
    Author, Checkout, CheckoutAt, CommitRequest, MirrorSettings, Mirrors, Remote, WorkTree,
};
use integrations::local_servers::{BasicUser, GitServer, GitServerOptions};
use integrations::outbound::{Outbound, OutboundPolicy};

pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) server: GitServer,
    pub(crate) mirrors: Mirrors,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::with_user(None).await
    }

    pub(crate) async fn with_user(user: Option<BasicUser>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options =
            GitServerOptions { user, ..GitServerOptions::new(folder.path().join("served")) };
        let server = GitServer::start(options).await.unwrap();
        let mirrors = Mirrors::open(settings(folder.path())).await.unwrap();
        Self { folder, server, mirrors }
    }

    /// A repository with two commits on `main`.
    pub(crate) async fn repository(&self, name: &str) -> Remote {
        let files = [
            ("README.md", "hello\n"),
            ("apps/web/values.yaml", "tag: 1\n"),
            ("apps/api/values.yaml", "tag: 1\n"),
        ];
        let url = self.server.create_repository(name, &files).await.unwrap();
        self.server
            .commit_files(name, "main", "second: façade", &[("README.md", "hello again\n")])
            .await
            .unwrap();
        Remote::new(url)
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join("work").join(name)
    }

    pub(crate) async fn check_out(&self, remote: &Remote, name: &str, at: CheckoutAt) -> WorkTree {
        let checkout =
            Checkout { path: self.path(name), at, sparse: Vec::new(), recurse_submodules: false };
        self.mirrors.check_out(remote, Some(&author()), &[checkout]).await.unwrap().remove(0)
    }
}

pub(crate) fn settings(folder: &Path) -> MirrorSettings {
    MirrorSettings::new(folder.join("git"), Outbound::new(OutboundPolicy::one_machine()).unwrap())
}

pub(crate) fn author() -> Author {
    Author { name: "Ann".into(), email: "ann@example.com".into(), signing_key: None }
}

pub(crate) fn branch(name: &str) -> CheckoutAt {
    CheckoutAt::Branch { name: name.into(), create: false }
}

pub(crate) fn new_branch(name: &str) -> CheckoutAt {
    CheckoutAt::Branch { name: name.into(), create: true }
}

pub(crate) fn message(text: &str, key: &str) -> CommitRequest {
    CommitRequest { message: text.into(), step_key: Some(key.into()), ..CommitRequest::default() }
}

pub(crate) fn write(tree: &WorkTree, path: &str, content: &str) {
    let path = tree.path().join(path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

pub(crate) fn read(tree: &WorkTree, path: &str) -> String {
    std::fs::read_to_string(tree.path().join(path)).unwrap()
}
