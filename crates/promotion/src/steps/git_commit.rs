//! # `git-commit`
//!
//! Commits all changes in a folder that `git-clone` checked out.
//!
//! The commit holds exactly the difference to the commit that was checked out. When nothing
//! differs, the step is skipped. A trailer, `Kargo-Step`, names the step that made the commit: by
//! it a commit that reached the server before a crash is recognised and not made again.
//!
//! ```yaml
//! uses: git-commit
//! as: commit
//! config:
//!   path: out
//!   message: update the guestbook
//! ```
//!
//! ## Output
//!
//! `commit`: the commit the folder is at.

use integrations::git::{CommitOutcome, CommitRequest};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use super::git::{Author, failed, work_tree};
use crate::{
    relative_path::RelativePath,
    step::{Outcome, Step, StepContext, StepError},
};

/// The step.
pub(crate) static STEP: Step = crate::step!("git-commit", "git_commit.rs", WorkDir, Config, run);

/// Commits all changes in a folder.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Config {
    /// The folder, relative to the work directory.
    path: RelativePath,
    /// The commit's message.
    #[schemars(length(min = 1))]
    message: String,
    /// Who makes the commit. Better said in `git-clone`.
    #[serde(default)]
    #[schemars(with = "Author", extend("deprecated" = true))]
    author: Option<Author>,
}

async fn run(context: &StepContext<'_>, config: Config) -> Result<Outcome, StepError> {
    let tree = work_tree(context, &config.path).await?;
    let request = CommitRequest {
        message: config.message,
        author: config.author.map(Author::read),
        step_key: Some(context.key.to_owned()),
        date: Some(context.started_at),
    };
    let made = tree
        .commit(&request)
        .await
        .map_err(|error| failed(format!("commit `{}`", config.path), error))?;
    let output = json!({ "commit": made.commit() });
    Ok(match made {
        CommitOutcome::NothingToCommit(_) => {
            Outcome::Skipped { why: "there is nothing to commit".into(), output }
        }
        CommitOutcome::Committed(_) | CommitOutcome::AlreadyMade(_) => Outcome::Done { output },
    })
}
