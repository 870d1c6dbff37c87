//! Putting local commits and a branch that moved together, in a folder of its own.

use super::command::Finished;
use super::error::GitError;
use super::mirrors::{in_background, short_hash};
use super::push::{IntegrationPolicy, shown};
use super::signing::Keyring;
use super::using::Using;
use super::work_tree::{WorkTree, identified};

impl WorkTree {
    /// Puts the local commits and the branch together, in a folder of its own, and returns the resulting commit.
    pub(super) async fn integrate(
        &self,
        using: &Using,
        policy: IntegrationPolicy,
        reference: &str,
        head: &str,
        seen: &str,
    ) -> Result<String, GitError> {
        let place = self
            .mirrors
            .inner
            .settings
            .folder
            .join("tmp")
            .join(format!("join-{}-{head}", short_hash(&[&self.path().to_string_lossy()])));
        let administration = add_beside(using, &place, seen).await?;
        let side = Side { tree: self, using, place: &place, administration: &administration };
        let joined = match policy {
            IntegrationPolicy::AlwaysMerge => side.merge(reference, head).await,
            _ if !self.signs() && self.has_signed(head, seen).await? => match policy {
                IntegrationPolicy::RebaseOrMerge => side.merge(reference, head).await,
                IntegrationPolicy::RebaseOrFail => Err(GitError::NotFastForward {
                    url: self.url().to_owned(),
                    target: shown(reference),
                    policy: policy.name(),
                }),
                _ => side.rebase(reference, head, seen).await,
            },
            _ => side.rebase(reference, head, seen).await,
        };
        let removed = in_background(&place, move |place| {
            std::fs::remove_dir_all(place)?;
            std::fs::remove_dir_all(administration)
        });
        removed.await?;
        joined
    }

    /// Whether what is made anew is signed anew.
    fn signs(&self) -> bool {
        self.record.author.signing_key.is_some()
    }

    /// Rebasing would strip signatures of local commits.
    async fn has_signed(&self, head: &str, seen: &str) -> Result<bool, GitError> {
        let range = [head, &format!("^{seen}")];
        let raw = self
            .local("rev-list")
            .args(["--header", "--max-count=1000"])
            .args(range)
            .output()
            .await?;
        let raw = String::from_utf8_lossy(&raw);
        let signed = |commit: &str| {
            commit
                .lines()
                .take_while(|line| !line.is_empty())
                .any(|line| line.starts_with("gpgsig"))
        };
        Ok(raw.split('\0').any(signed))
    }

    /// Moves the folder from one commit to another, keeping changes that are not committed.
    pub(super) async fn move_to(
        &self,
        using: &Using,
        from: &str,
        to: &str,
    ) -> Result<(), GitError> {
        if from == to {
            return Ok(());
        }
        let command = using.access.equip(self.local("read-tree")).over_network();
        command.args(["-m", "-u", from, to]).output().await?;
        self.local("update-ref").args(["--no-deref", "HEAD", to, from]).output().await.map(drop)
    }
}

/// A second work tree of the same mirror, with nothing but the root folder's files in it.
async fn add_beside(
    using: &Using,
    place: &std::path::Path,
    at: &str,
) -> Result<std::path::PathBuf, GitError> {
    in_background(place, |place| match std::fs::remove_dir_all(place) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    })
    .await?;
    using.register(place, at).await
}

struct Side<'a> {
    tree: &'a WorkTree,
    using: &'a Using,
    place: &'a std::path::Path,
    administration: &'a std::path::Path,
}

impl Side<'_> {
    fn command(&self, operation: &'static str) -> super::GitCommand<'_> {
        let command = self.using.access.equip(self.tree.local(operation)).over_network();
        let command = command
            .git_dir(self.administration)
            .env("GIT_WORK_TREE", self.place)
            .directory(self.place);
        let author = &self.tree.record.author;
        command.env("GIT_COMMITTER_NAME", &author.name).env("GIT_COMMITTER_EMAIL", &author.email)
    }

    async fn prepare(&self, commit: &str) -> Result<(), GitError> {
        self.command("sparse-checkout").args(["set", "--cone", "--"]).output().await?;
        self.command("read-tree").args(["--reset", "-u", commit]).output().await?;
        self.command("update-ref").args(["--no-deref", "HEAD", commit]).output().await.map(drop)
    }

    async fn rebase(&self, reference: &str, head: &str, seen: &str) -> Result<String, GitError> {
        self.prepare(head).await?;
        let base = self.command("merge-base").args([head, seen]).run().await?;
        let base = String::from_utf8_lossy(&base.stdout).trim().to_owned();
        let range = if base.is_empty() { vec!["--root"] } else { vec![base.as_str()] };
        let command =
            self.command("rebase").args(["--quiet", "--empty=drop", "--no-stat", "--onto", seen]);
        let finished = self.make(command, &range).await?;
        if finished.status.success() {
            return self.command("rev-parse").args(["--verify", "HEAD"]).text().await;
        }
        Err(self.conflict(reference, "rebase", &finished.stderr).await)
    }

    async fn merge(&self, reference: &str, head: &str) -> Result<String, GitError> {
        let seen = self.command("rev-parse").args(["--verify", "HEAD"]).text().await?;
        self.prepare(head).await?;
        let message = format!("Merge branch '{}'", reference.trim_start_matches("refs/heads/"));
        let author = &self.tree.record.author;
        let command = identified(self.command("merge"), author, author, None);
        let command =
            command.args(["--quiet", "--no-ff", "--allow-unrelated-histories", "-m", &message]);
        let finished = self.make(command, &[&seen]).await?;
        if finished.status.success() {
            return self.command("rev-parse").args(["--verify", "HEAD"]).text().await;
        }
        Err(self.conflict(reference, "merge", &finished.stderr).await)
    }

    /// Runs a command that makes commits, signed when the author has a key.
    async fn make(
        &self,
        command: super::GitCommand<'_>,
        last: &[&str],
    ) -> Result<Finished, GitError> {
        let Some(key) = &self.tree.record.author.signing_key else {
            return command.args(last).run().await;
        };
        let keyring = Keyring::open(&self.tree.mirrors, key).await?;
        let finished = keyring.sign(command).args(last).run().await;
        keyring.close().await;
        finished
    }

    async fn conflict(&self, reference: &str, operation: &'static str, stderr: &str) -> GitError {
        let listed =
            self.command("diff").args(["--name-only", "--diff-filter=U", "-z"]).output().await;
        let listed = listed.unwrap_or_default();
        let files = String::from_utf8_lossy(&listed);
        let mut files: Vec<String> =
            files.split('\0').filter(|file| !file.is_empty()).map(str::to_owned).collect();
        files.dedup();
        if files.is_empty() {
            return GitError::from_stderr(operation, self.tree.url(), stderr);
        }
        GitError::Conflict { url: self.tree.url().to_owned(), target: shown(reference), files }
    }
}
