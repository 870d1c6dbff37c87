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
    /// The GPG key to sign commits with, as `gpg --export-secret-keys --armor` prints it and
    /// without a passphrase, for example `${{ secret('signing').key }}`. Needs the program `gpg`.
    #[serde(default)]
    signing_key: String,
}

impl Author {
    /// As git takes it.
    pub(crate) fn read(self) -> git::Author {
        let signing_key = git::SigningKey::new(&self.signing_key);
        git::Author { name: self.name, email: self.email, signing_key }
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
