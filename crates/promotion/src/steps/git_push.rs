//! # `git-push`
//!
//! Pushes the commits of a folder that `git-clone` checked out.
//!
//! Without a target the branch that was checked out is pushed. When the branch has moved
//! meanwhile, the commits are put on top of it and the push is tried again; a conflict fails the
//! promotion and leaves the folder as it was. Commits that are on the server already, because a
//! push arrived just before a crash, are not pushed a second time.
//!
//! ```yaml
//! uses: git-push
//! as: push
//! config:
//!   path: out
//!   targetBranch: stage/test
//! ```
//!
//! ## Output
//!
//! `branch`: the branch, unless a tag was pushed. `commit`: the commit it is at now, which differs
//! from the one `git-commit` made when others pushed meanwhile. `commitURL`: where people find it,
//! when the git provider is known.

use integrations::git::{Provider, PushRequest, PushTarget, commit_url};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::git::{failed, remote, work_tree};
use crate::{
    relative_path::RelativePath,
    step::{Outcome, Step, StepContext, StepError},
};

/// The step.
pub(crate) static STEP: Step = crate::step!("git-push", "git_push.rs", Writes, Config, run);

/// Kargo's number of attempts.
const DEFAULT_ATTEMPTS: u32 = 10;

/// Pushes the commits of a folder. Give at most one of `targetBranch`, `generateTargetBranch` and
/// `tag`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    { "required": ["generateTargetBranch"], "properties": { "generateTargetBranch": { "const": true }, "targetBranch": { "enum": ["", null] }, "tag": { "enum": ["", null] } } },
    { "required": ["targetBranch"], "properties": { "generateTargetBranch": { "enum": [false, null] }, "targetBranch": { "minLength": 1 }, "tag": { "enum": ["", null] } } },
    { "required": ["tag"], "properties": { "generateTargetBranch": { "enum": [false, null] }, "targetBranch": { "enum": ["", null] }, "tag": { "minLength": 1 }, "force": { "enum": [false, null] } } },
    { "properties": { "generateTargetBranch": { "enum": [false, null] }, "targetBranch": { "enum": ["", null] }, "tag": { "enum": ["", null] } } },
]))]
struct Config {
    /// The folder, relative to the work directory.
    path: RelativePath,
    /// The branch to push to. It is created when it does not exist.
    #[serde(default)]
    target_branch: String,
    /// Whether to push to a branch of this promotion's own, `kargo/promotion/<name>`, replacing
    /// what it holds.
    #[serde(default)]
    generate_target_branch: bool,
    /// The tag to push, made in this folder by `git-tag`, a step that is not built yet. A tag that
    /// is on the server already is not moved.
    #[serde(default)]
    tag: String,
    /// Whether to replace what the branch holds. Commits of others are lost.
    #[serde(default)]
    force: bool,
    /// How often to try when others push at the same time. The default is 10.
    #[serde(default)]
    #[schemars(with = "u32", range(min = 1, max = 2_147_483_647))]
    max_attempts: Option<u32>,
    /// The git provider, when it cannot be told from the URL. It decides only over `commitURL`.
    #[serde(default)]
    #[schemars(with = "Provider")]
    provider: Option<Provider>,
}

async fn run(context: &StepContext<'_>, config: Config) -> Result<Outcome, StepError> {
    let tree = work_tree(context, &config.path).await?;
    let remote = remote(context, tree.url(), tree.insecure_skip_tls_verify()).await?;
    let target = if config.generate_target_branch {
        PushTarget::Branch(format!("kargo/promotion/{}", context.promotion))
    } else if !config.tag.is_empty() {
        PushTarget::Tag(config.tag)
    } else if config.target_branch.is_empty() {
        PushTarget::CurrentBranch
    } else {
        PushTarget::Branch(config.target_branch)
    };
    let request = PushRequest {
        target,
        force: config.force || config.generate_target_branch,
        policy: context.services.push_policy,
        maximum_attempts: config.max_attempts.unwrap_or(DEFAULT_ATTEMPTS),
    };
    let pushed = tree
        .push(&remote, &request)
        .await
        .map_err(|error| failed(format!("push `{}`", config.path), error))?;
    let mut output = Map::new();
    if let Some(url) = commit_url(tree.url(), config.provider, &pushed.commit) {
        output.insert("commitURL".into(), Value::String(url));
    }
    output.insert("commit".into(), Value::String(pushed.commit));
    if let Some(branch) = pushed.branch {
        output.insert("branch".into(), Value::String(branch));
    }
    Ok(Outcome::Done { output: Value::Object(output) })
}
