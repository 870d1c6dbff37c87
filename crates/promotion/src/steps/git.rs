//! What the git steps have in common: credentials, authors and errors.

use integrations::{
    credentials::CredentialKind,
    git::{self, GitError, Remote, WorkTree},
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    relative_path::RelativePath,
    step::{StepContext, StepError},
};

/// Who makes a commit.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Author {
    /// The name.
    #[schemars(length(min = 1))]
    name: String,
    /// The address.
    #[schemars(extend("format" = "email"))]
    email: String,
    /// The GPG key to sign with. Not built yet: a step with a key fails.
    #[serde(default)]
    signing_key: String,
}

impl Author {
    /// As git takes it.
    pub(crate) fn read(self) -> Result<git::Author, StepError> {
        // An unsigned commit in place of a signed one would be found out too late.
        if !self.signing_key.is_empty() {
            return Err(StepError::Failed(
                "author.signingKey: commits cannot be signed yet".into(),
            ));
        }
        Ok(git::Author { name: self.name, email: self.email })
    }
}

/// A repository with the Project's credentials for it.
pub(crate) async fn remote(
    context: &StepContext<'_>,
    url: &str,
    insecure_skip_tls_verify: bool,
) -> Result<Remote, StepError> {
    let credentials = context
        .services
        .credentials
        .lookup(context.project, CredentialKind::Git, url)
        .await
        .map_err(|error| StepError::errored("find the credentials of the repository", error))?;
    Ok(Remote::new(url).with_credentials(credentials).skipping_tls_verify(insecure_skip_tls_verify))
}

/// The work tree that `git-clone` made at `path`.
pub(crate) async fn work_tree(
    context: &StepContext<'_>,
    path: &RelativePath,
) -> Result<WorkTree, StepError> {
    let absolute = context.work_dir.absolute(path)?;
    context.services.mirrors.work_tree(&absolute).await.map_err(|error| match error {
        // The path of this machine would tell nobody anything.
        GitError::NotAWorkTree { .. } => {
            StepError::Failed(format!("`{path}` is not a folder that `git-clone` checked out"))
        }
        other => failed(format!("use `{path}`"), other),
    })
}

/// A git error as a step error.
pub(crate) fn failed(operation: String, error: GitError) -> StepError {
    match error {
        GitError::Conflict { .. } | GitError::NotFastForward { .. } => {
            StepError::Failed(error.to_string())
        }
        error if error.retryable() => StepError::errored(operation, error),
        error => StepError::Hopeless { operation, source: error.into() },
    }
}
