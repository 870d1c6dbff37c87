//! # `git-clone`
//!
//! Checks out one or more commits of a git repository.
//!
//! Each entry of `checkout` becomes a folder of the work directory, which other steps change and
//! `git-commit` and `git-push` bring back. A branch that does not exist is an error unless `create`
//! is set: then it begins with an empty commit, which the first `git-push` brings to the server.
//! The same works in an empty repository.
//!
//! To check out what the Freight holds, ask for its commit:
//! `commit: ${{ commitFrom("https://git.example.com/org/app.git").ID }}`.
//!
//! Credentials come from a Secret of the Project with the label `kargo.akuity.io/cred-type: git`
//! and the repository's URL as `repoURL`. Files of Git LFS stay the pointers they are in git.
//!
//! ```yaml
//! uses: git-clone
//! config:
//!   repoURL: https://git.example.com/org/environments.git
//!   checkout:
//!   - branch: main
//!     path: src
//!   - branch: stage/test
//!     create: true
//!     path: out
//! ```
//!
//! ## Output
//!
//! `commits`: the commit of each folder, by `as` or else by `path` as written. Here
//! `outputs.clone.commits.src`, when the step is called `clone`.

use std::collections::BTreeSet;

use integrations::git::{Checkout as GitCheckout, CheckoutAt};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::git::{Author, failed, remote};
use crate::{
    relative_path::RelativePath,
    step::{Outcome, Step, StepContext, StepError},
};

/// The step.
pub(crate) static STEP: Step = crate::step!("git-clone", "git_clone.rs", Reads, Config, run);

/// Checks out one or more commits of a git repository.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Config {
    /// The repository's URL.
    #[serde(rename = "repoURL")]
    #[schemars(length(min = 1))]
    repo_url: String,
    /// What to check out where.
    #[schemars(length(min = 1))]
    checkout: Vec<Checkout>,
    /// Who makes commits in these folders. The control plane's own name when absent.
    #[serde(default)]
    #[schemars(with = "Author")]
    author: Option<Author>,
    /// Whether to fetch file contents only when needed. Mirrors do so wherever the server can,
    /// whatever is set here.
    #[serde(default, rename = "blobless")]
    _blobless: bool,
    /// Whether to check out submodules as well, with the same credentials.
    #[serde(default)]
    recurse_submodules: bool,
    /// Whether to accept any certificate. Do not.
    #[serde(default, rename = "insecureSkipTLSVerify")]
    insecure_skip_tls_verify: bool,
}

/// One folder to fill. Give at most one of `branch`, `commit` and `tag`; the default branch is
/// checked out when none is given.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    { "properties": { "branch": { "enum": [null, ""] }, "commit": { "enum": [null, ""] }, "tag": { "enum": [null, ""] } } },
    { "required": ["branch"], "properties": { "branch": { "minLength": 1 }, "commit": { "enum": [null, ""] }, "tag": { "enum": [null, ""] } } },
    { "required": ["commit"], "properties": { "branch": { "enum": [null, ""] }, "commit": { "minLength": 1 }, "tag": { "enum": [null, ""] } } },
    { "required": ["tag"], "properties": { "branch": { "enum": [null, ""] }, "commit": { "enum": [null, ""] }, "tag": { "minLength": 1 } } },
]))]
struct Checkout {
    /// The folder, relative to the work directory.
    path: RelativePath,
    /// The name of the commit in the output. The path as written when absent.
    #[serde(default)]
    r#as: String,
    /// The branch to check out.
    #[serde(default)]
    branch: String,
    /// The commit to check out.
    #[serde(default)]
    commit: String,
    /// The tag to check out.
    #[serde(default)]
    tag: String,
    /// Whether to begin the branch when it does not exist.
    #[serde(default)]
    create: bool,
    /// The only directories to check out, relative to the repository's root. All when absent.
    #[serde(default)]
    #[schemars(length(min = 1), inner(length(min = 1)))]
    sparse: Vec<String>,
}

async fn run(context: &StepContext<'_>, config: Config) -> Result<Outcome, StepError> {
    refuse_double_names(&config.checkout)?;
    let author = config.author.map(Author::read);
    let remote = remote(context, &config.repo_url, config.insecure_skip_tls_verify).await?;
    let mut checkouts = Vec::new();
    for checkout in &config.checkout {
        checkouts.push(GitCheckout {
            path: context.work_dir.absolute(&checkout.path)?,
            at: at(checkout),
            sparse: checkout.sparse.clone(),
            recurse_submodules: config.recurse_submodules,
        });
    }
    let operation = || format!("check out {}", config.repo_url);
    let mirrors = &context.services.mirrors;
    let trees = mirrors
        .check_out(&remote, author.as_ref(), &checkouts)
        .await
        .map_err(|error| failed(operation(), error))?;
    let mut commits = Map::new();
    for (checkout, tree) in config.checkout.iter().zip(trees) {
        let name = if checkout.r#as.is_empty() { checkout.path.written() } else { &checkout.r#as };
        let head = tree.head().await.map_err(|error| failed(operation(), error))?;
        commits.insert(name.to_owned(), Value::String(head));
    }
    Ok(Outcome::Done { output: json!({ "commits": commits }) })
}

fn at(checkout: &Checkout) -> CheckoutAt {
    if !checkout.branch.is_empty() {
        CheckoutAt::Branch { name: checkout.branch.clone(), create: checkout.create }
    } else if !checkout.commit.is_empty() {
        CheckoutAt::Commit(checkout.commit.clone())
    } else if !checkout.tag.is_empty() {
        CheckoutAt::Tag(checkout.tag.clone())
    } else {
        CheckoutAt::DefaultBranch
    }
}

fn refuse_double_names(checkouts: &[Checkout]) -> Result<(), StepError> {
    let mut names = BTreeSet::new();
    for (index, checkout) in checkouts.iter().enumerate() {
        if !checkout.r#as.is_empty() && !names.insert(&checkout.r#as) {
            return Err(StepError::Invalid {
                step: STEP.name,
                problem: format!(
                    "checkout[{index}].as: `{}` names another checkout already",
                    checkout.r#as
                ),
            });
        }
    }
    Ok(())
}
