//! One mirror while it is used: made if missing, brought up to date by reference, never evicted meanwhile.

use std::path::PathBuf;
use std::sync::Arc;

use tokio::sync::OwnedRwLockReadGuard;

use super::access::Access;
use super::command::GitCommand;
use super::error::GitError;
use super::leftovers;
use super::mirrors::{MirrorState, Mirrors, in_background, short_hash};
use super::registering::steadily;

/// A mirror in use: it cannot be evicted meanwhile.
pub(super) struct Using {
    pub(super) mirrors: Mirrors,
    pub(super) key: String,
    pub(super) path: PathBuf,
    pub(super) access: Access,
    pub(super) state: Arc<MirrorState>,
    pub(super) _present: OwnedRwLockReadGuard<()>,
}

impl Using {
    /// A command on the mirror; it may fetch missing blobs.
    pub(super) fn command(&self, operation: &'static str) -> GitCommand<'_> {
        let command =
            GitCommand::new(&self.mirrors.inner.settings.git, operation, &self.access.url);
        self.access.equip(command).git_dir(&self.path).over_network()
    }

    pub(super) async fn ensure_exists(&self) -> Result<(), GitError> {
        if !self.path.join("HEAD").exists() {
            let _one_at_a_time = self.state.fetching.lock().await;
            if !self.path.join("HEAD").exists() {
                self.create().await?;
            }
        }
        in_background(&self.path, |path| std::fs::write(path.join(leftovers::USED), b"")).await
    }

    /// Built aside and moved into place, so that a half-made mirror is never seen.
    async fn create(&self) -> Result<(), GitError> {
        let building =
            self.mirrors.inner.settings.folder.join("tmp").join(format!("{}.new", self.key));
        in_background(&building, |building| match std::fs::remove_dir_all(building) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        })
        .await?;
        self.mirrors
            .git("init")
            .args(["--bare", "--quiet", "--"])
            .args([&building])
            .output()
            .await?;
        let place = self.path.clone();
        in_background(&building, move |building| {
            std::fs::write(building.join("config"), MIRROR_CONFIGURATION)?;
            std::fs::write(building.join("config.worktree"), "[core]\n\tbare = true\n")?;
            std::fs::rename(building, &place)
        })
        .await
    }

    /// Brings one reference of the repository up to date and returns its commit. `seen` is what `ls-remote` said.
    pub(super) async fn fetch(&self, reference: &str, seen: &str) -> Result<String, GitError> {
        let kept = kept_reference(reference);
        if self.resolve(&kept).await?.as_deref() == Some(seen) {
            return Ok(seen.to_owned());
        }
        let _one_at_a_time = self.state.fetching.lock().await;
        if self.resolve(&kept).await?.as_deref() == Some(seen) {
            return Ok(seen.to_owned());
        }
        let fetched = self.fetch_into(&[&format!("+{reference}:{kept}")]).await;
        if let Err(error) = fetched {
            in_background(&self.path, leftovers::remove_locks).await?;
            return Err(error);
        }
        self.mirrors.tidy_now_and_then();
        let missing = || GitError::ReferenceMissing {
            url: self.access.url.clone(),
            reference: reference.to_owned(),
        };
        self.resolve(&kept).await?.ok_or_else(missing)
    }

    /// Makes a commit available that is known by id alone.
    pub(super) async fn fetch_commit(&self, id: &str) -> Result<String, GitError> {
        if let Some(found) = self.commit_named(id).await? {
            return Ok(found);
        }
        let _one_at_a_time = self.state.fetching.lock().await;
        let kept = kept_reference(id);
        let by_id = self.fetch_into(&[&format!("+{id}:{kept}")]).await;
        if by_id.is_err() {
            // Some servers hand out only what a reference points at; a short id is not known to any.
            let everything = [
                "--prune",
                "+refs/heads/*:refs/kargo/all/heads/*",
                "+refs/tags/*:refs/kargo/all/tags/*",
            ];
            self.fetch_into(&everything).await?;
        }
        let missing = || GitError::ReferenceMissing {
            url: self.access.url.clone(),
            reference: format!("commit {id}"),
        };
        self.commit_named(id).await?.ok_or_else(missing)
    }

    async fn fetch_into(&self, references: &[&str]) -> Result<Vec<u8>, GitError> {
        let fetch = || self.command("fetch").args(FETCH_OPTIONS).args(references).output();
        steadily(fetch).await
    }

    async fn commit_named(&self, id: &str) -> Result<Option<String>, GitError> {
        let usable =
            (4..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !usable {
            let wanted = "a commit id, 4 to 64 hexadecimal digits";
            return Err(GitError::Invalid { field: "commit", value: id.to_owned(), wanted });
        }
        self.resolve(&format!("{id}^{{commit}}")).await
    }

    /// The object a name stands for in the mirror, without asking the server.
    pub(super) async fn resolve(&self, name: &str) -> Result<Option<String>, GitError> {
        let command =
            GitCommand::new(&self.mirrors.inner.settings.git, "rev-parse", &self.access.url);
        let command = command.git_dir(&self.path).env("GIT_NO_LAZY_FETCH", "1");
        let finished =
            command.args(["--verify", "--quiet", "--end-of-options", name]).run().await?;
        let found = String::from_utf8_lossy(&finished.stdout).trim().to_owned();
        Ok((finished.status.success() && !found.is_empty()).then_some(found))
    }
}

/// `config.worktree` holds `core.bare`, as git wants it once work trees have their own configuration.
const MIRROR_CONFIGURATION: &str = "\
[core]
\trepositoryformatversion = 1
\tfilemode = true
[extensions]
\tworktreeConfig = true
\tpartialClone = origin
[remote \"origin\"]
\tpromisor = true
\tpartialclonefilter = blob:none
";

const FETCH_OPTIONS: [&str; 7] = [
    "--quiet",
    "--no-tags",
    "--force",
    "--no-write-fetch-head",
    "--no-auto-maintenance",
    "--filter=blob:none",
    "origin",
];

/// References are kept under a hash of their name: `a` and `a/b` may follow each other without clashing.
fn kept_reference(reference: &str) -> String {
    format!("refs/kargo/by-name/{}", short_hash(&[reference]))
}
