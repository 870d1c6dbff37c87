//! Registering work trees with a mirror. git reads what it keeps about all of them when it adds one or fetches, and dies
//! when another git is just writing: ours take turns, and one that outlived a killed control plane is waited for.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::GitError;
use super::mirrors::in_background;
use super::using::Using;

const ATTEMPTS: u32 = 20;
const PAUSE: Duration = Duration::from_millis(50);

impl Using {
    /// Makes a folder an empty work tree at a commit; returns where git keeps what it knows about it.
    pub(super) async fn register(&self, folder: &Path, commit: &str) -> Result<PathBuf, GitError> {
        let _one_at_a_time = self.state.registering.lock().await;
        // Way was made for the folder: what git still has under its name was cut off, perhaps while locked, hence twice
        // the force.
        steadily(|| {
            let command = self.command("worktree").args(["add", "--force", "--force", "--quiet"]);
            let command = command.args(["--detach", "--no-checkout", "--"]);
            command.args([folder.as_os_str(), commit.as_ref()]).output()
        })
        .await?;
        in_background(folder, |folder| {
            let link = std::fs::read_to_string(folder.join(".git"))?;
            let place = link.strip_prefix("gitdir: ").map(|place| PathBuf::from(place.trim_end()));
            place.ok_or_else(|| std::io::Error::other("git made no work tree here"))
        })
        .await
    }
}

/// Tries again while git met something half-written.
pub(super) async fn steadily<T, F>(attempt: impl Fn() -> F) -> Result<T, GitError>
where
    F: Future<Output = Result<T, GitError>>,
{
    for _ in 1..ATTEMPTS {
        match attempt().await {
            Err(error) if met_half_written(&error) => tokio::time::sleep(PAUSE).await,
            ended => return ended,
        }
    }
    attempt().await
}

fn met_half_written(error: &GitError) -> bool {
    let GitError::Command { detail, .. } = error else { return false };
    detail.contains("failed to read") && detail.contains("commondir")
}
