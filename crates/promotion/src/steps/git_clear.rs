//! # `git-clear`
//!
//! Empties a folder that `git-clone` checked out.
//!
//! Every file goes, what git needs stays. What later steps put there becomes the whole content
//! of the next commit, so that files nobody renders any more disappear.
//!
//! ```yaml
//! uses: git-clear
//! config:
//!   path: out
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use super::git::{failed, work_tree};
use crate::{
    relative_path::RelativePath,
    step::{Outcome, Step, StepContext, StepError},
};

/// The step.
pub(crate) static STEP: Step = crate::step!("git-clear", "git_clear.rs", WorkDir, Config, run);

/// Empties a folder that `git-clone` checked out.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Config {
    /// The folder, relative to the work directory.
    path: RelativePath,
}

async fn run(context: &StepContext<'_>, config: Config) -> Result<Outcome, StepError> {
    let tree = work_tree(context, &config.path).await?;
    tree.clear().await.map_err(|error| failed(format!("clear `{}`", config.path), error))?;
    Ok(Outcome::done())
}
