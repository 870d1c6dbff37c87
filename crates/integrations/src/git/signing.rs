//! Signing commits with GPG: a user's key, in a keyring of its own that lives as long as the command that signs.

use std::fmt;

use serde::{Deserialize, Serialize};
use tempfile::TempDir;

use super::command::GitCommand;
use super::error::GitError;
use super::mirrors::{Mirrors, in_background};

/// A secret key as `gpg --export-secret-keys --armor` writes it, without a passphrase.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SigningKey(String);

impl SigningKey {
    /// None when there is no key in the text.
    #[must_use]
    pub fn new(armored: &str) -> Option<Self> {
        (!armored.trim().is_empty()).then(|| Self(format!("{}\n", armored.trim())))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SigningKey(…)")
    }
}

/// A key ready for use.
pub(super) struct Keyring<'a> {
    mirrors: &'a Mirrors,
    home: TempDir,
    fingerprint: String,
}

impl<'a> Keyring<'a> {
    pub(super) async fn open(mirrors: &'a Mirrors, key: &SigningKey) -> Result<Self, GitError> {
        let folder = mirrors.inner.settings.folder.join("tmp");
        let new = |folder: &std::path::Path| TempDir::with_prefix_in("gpg-", folder);
        let home = in_background(&folder, new).await?;
        let mut keyring = Self { mirrors, home, fingerprint: String::new() };
        keyring.ask("--import", Some(&key.0)).await?;
        let listed = keyring.ask("--list-secret-keys", None).await?;
        let fingerprint = listed.lines().find_map(|line| line.strip_prefix("fpr:"));
        let fingerprint = fingerprint.and_then(|fields| fields.split(':').find(|f| !f.is_empty()));
        keyring.fingerprint = fingerprint
            .ok_or_else(|| GitError::Signing { detail: "it holds no secret key".to_owned() })?
            .to_owned();
        Ok(keyring)
    }

    /// Makes a git command sign the commits it makes.
    pub(super) fn sign<'c>(&self, command: GitCommand<'c>) -> GitCommand<'c> {
        let signs = format!("--gpg-sign={}", self.fingerprint);
        command.env("GNUPGHOME", self.home.path()).args([signs])
    }

    /// Ends the agent that gpg has left running; without this it ends a while after its keyring has gone.
    pub(super) async fn close(self) {
        let command = self.command("gpgconf", "--kill").args(["gpg-agent"]);
        if let Err(error) = command.run().await {
            tracing::debug!(%error, "the agent of a keyring could not be ended");
        }
    }

    fn command(&self, program: &'static str, operation: &'static str) -> GitCommand<'a> {
        let command = GitCommand::new(&self.mirrors.inner.settings.git, operation, "a keyring");
        command.program(program).env("GNUPGHOME", self.home.path())
    }

    async fn ask(&self, operation: &'static str, input: Option<&str>) -> Result<String, GitError> {
        let options = ["--batch", "--no-tty", "--with-colons", "--with-fingerprint"];
        let mut command = self.command("gpg", operation).args(options);
        if let Some(input) = input {
            command = command.input(input);
        }
        let finished = command.run().await?;
        if finished.status.success() {
            return Ok(String::from_utf8_lossy(&finished.stdout).into_owned());
        }
        Err(GitError::Signing { detail: last_of_gpg(&finished.stderr) })
    }
}

/// The last thing gpg said that tells why, without its name.
pub(super) fn last_of_gpg(stderr: &str) -> String {
    let tells =
        |line: &&str| !["Total number", "keybox", "/"].iter().any(|start| line.starts_with(start));
    let said =
        stderr.lines().rev().filter_map(|line| line.trim().strip_prefix("gpg: ")).find(tells);
    said.unwrap_or("gpg gave no reason").chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_never_shown_and_blank_ones_are_none() {
        let key = SigningKey::new(" secret \n").unwrap();
        assert_eq!(format!("{key:?}"), "SigningKey(…)");
        assert_eq!(SigningKey::new(" \n"), None);
        assert_eq!(last_of_gpg("gpg: one\ngpg: two\nfatal: x\n"), "two");
    }
}
