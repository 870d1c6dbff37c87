//! Work trees: folders of a promotion with one commit of a mirror checked out, and commits made from them.
//!
//! What a work tree is (its mirror, branch, author) is recorded outside the folder, where promotion steps cannot write:
//! a `.git` that a step put there is never looked at.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::command::GitCommand;
use super::error::GitError;
use super::leftovers::remove_if_there;
use super::mirrors::{Mirrors, in_background};
use super::signing::{Keyring, SigningKey};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    pub name: String,
    pub email: String,
    /// What the author's commits are signed with.
    #[serde(default)]
    pub signing_key: Option<SigningKey>,
}

#[derive(Clone, Debug, Default)]
pub struct CommitRequest {
    pub message: String,
    /// The checkout's author when not set.
    pub author: Option<Author>,
    /// Written as a `Kargo-Step` trailer: a commit already made under this key is not made again.
    pub step_key: Option<String>,
    /// The moment of the commit, so that a replay makes the same one; now when not set.
    pub date: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommitOutcome {
    Committed(String),
    /// Nothing differs from this commit.
    NothingToCommit(String),
    /// A commit with this step key is in the history already; the folder is back at the branch's state.
    AlreadyMade(String),
}

impl CommitOutcome {
    #[must_use]
    pub fn commit(&self) -> &str {
        match self {
            Self::Committed(id) | Self::NothingToCommit(id) | Self::AlreadyMade(id) => id,
        }
    }
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) path: PathBuf,
    pub(super) mirror: PathBuf,
    /// git's own folder for this work tree, inside the mirror.
    pub(super) administration: PathBuf,
    pub(super) url: String,
    pub(super) insecure_skip_tls_verify: bool,
    pub(super) branch: Option<String>,
    /// The commit first checked out; `None` for a branch made here.
    pub(super) start: Option<String>,
    pub(super) author: Author,
}

/// A checked-out folder. Only one caller at a time may use it.
#[derive(Clone)]
pub struct WorkTree {
    pub(super) mirrors: Mirrors,
    pub(super) record: Record,
}

/// Runs a command that makes a commit, which is signed when there is a key, and answers what it prints.
pub(super) async fn signed(
    mirrors: &Mirrors,
    key: Option<&SigningKey>,
    command: GitCommand<'_>,
) -> Result<String, GitError> {
    let Some(key) = key else { return command.text().await };
    let keyring = Keyring::open(mirrors, key).await?;
    let made = keyring.sign(command).text().await;
    keyring.close().await;
    made
}

pub(super) fn identified<'a>(
    command: GitCommand<'a>,
    author: &Author,
    committer: &Author,
    date: Option<Timestamp>,
) -> GitCommand<'a> {
    let command = command
        .env("GIT_AUTHOR_NAME", &author.name)
        .env("GIT_AUTHOR_EMAIL", &author.email)
        .env("GIT_COMMITTER_NAME", &committer.name)
        .env("GIT_COMMITTER_EMAIL", &committer.email);
    match date {
        Some(date) => {
            let date = format!("@{} +0000", date.as_second());
            command.env("GIT_AUTHOR_DATE", &date).env("GIT_COMMITTER_DATE", date)
        }
        None => command,
    }
}

impl WorkTree {
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.record.path
    }

    /// The repository's address, without credentials.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.record.url
    }

    /// The branch that was checked out, if it was one.
    #[must_use]
    pub fn branch(&self) -> Option<&str> {
        self.record.branch.as_deref()
    }

    #[must_use]
    pub fn insecure_skip_tls_verify(&self) -> bool {
        self.record.insecure_skip_tls_verify
    }

    /// A command on this work tree that needs nothing from the server.
    pub(super) fn local(&self, operation: &'static str) -> GitCommand<'_> {
        let subject = self.record.path.display().to_string();
        GitCommand::new(&self.mirrors.inner.settings.git, operation, subject)
            .git_dir(&self.record.administration)
            .env("GIT_WORK_TREE", &self.record.path)
            .directory(&self.record.path)
    }

    /// The commit the folder is at.
    pub async fn head(&self) -> Result<String, GitError> {
        self.local("rev-parse").args(["--verify", "--end-of-options", "HEAD^{commit}"]).text().await
    }

    /// Deletes everything except what makes it a work tree.
    pub async fn clear(&self) -> Result<(), GitError> {
        in_background(&self.record.path, |path| {
            for entry in std::fs::read_dir(path)? {
                let entry = entry?;
                if entry.file_name() == ".git" {
                    continue;
                }
                if entry.file_type()?.is_dir() {
                    std::fs::remove_dir_all(entry.path())?;
                } else {
                    std::fs::remove_file(entry.path())?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Commits all changes in the folder. The commit holds exactly the difference to the current one.
    pub async fn commit(&self, request: &CommitRequest) -> Result<CommitOutcome, GitError> {
        let head = self.head().await?;
        if let Some(key) = &request.step_key
            && let Some(made) = self.made_before(&head, key).await?
        {
            self.local("read-tree").args(["--reset", "-u", "HEAD"]).output().await?;
            self.local("clean").args(["-d", "-f", "-q"]).output().await?;
            return Ok(CommitOutcome::AlreadyMade(made));
        }
        remove_index_lock(&self.record.administration).await?;
        self.local("add").args(["--all", "--", "."]).output().await?;
        let tree = self.local("write-tree").text().await?;
        let current = self
            .local("rev-parse")
            .args(["--verify", "--end-of-options", "HEAD^{tree}"])
            .text()
            .await?;
        if tree == current {
            return Ok(CommitOutcome::NothingToCommit(head));
        }
        let author = request.author.as_ref().unwrap_or(&self.record.author);
        let message = with_trailer(&request.message, request.step_key.as_deref())?;
        let command =
            self.local("commit-tree").args([tree.as_str(), "-p", head.as_str()]).input(message);
        let command = identified(command, author, author, request.date);
        // Who overrides the name alone still signs with the checkout's key.
        let key = author.signing_key.as_ref().or(self.record.author.signing_key.as_ref());
        let made = signed(&self.mirrors, key, command).await?;
        self.local("update-ref").args(["--no-deref", "HEAD", &made, &head]).output().await?;
        Ok(CommitOutcome::Committed(made))
    }

    /// Looks for a step's commit in the newest history that the folder stands on.
    async fn made_before(&self, head: &str, key: &str) -> Result<Option<String>, GitError> {
        let found = self.step_keys(&["--max-count=1000", head]).await?;
        Ok(found.into_iter().find(|(_, made_by)| made_by == key).map(|(id, _)| id))
    }

    /// The commits of a range that carry step keys, newest first.
    pub(super) async fn step_keys(
        &self,
        range: &[&str],
    ) -> Result<Vec<(String, String)>, GitError> {
        let format =
            format!("--format=%H %(trailers:key={},valueonly,separator=%x20)", super::STEP_TRAILER);
        let listed =
            self.local("log").args([format.as_str()]).args(range).args(["--"]).text().await?;
        let pairs = listed
            .lines()
            .filter_map(|line| line.split_once(' '))
            .filter(|(_, key)| !key.is_empty());
        Ok(pairs.map(|(id, key)| (id.to_owned(), key.to_owned())).collect())
    }
}

/// A killed `git add` leaves its lock; nobody else works in this folder.
async fn remove_index_lock(administration: &Path) -> Result<(), GitError> {
    in_background(administration, |folder| {
        remove_if_there(&folder.join("index.lock"))?;
        remove_if_there(&folder.join("HEAD.lock"))
    })
    .await
}

fn with_trailer(message: &str, key: Option<&str>) -> Result<String, GitError> {
    if message.contains('\0') {
        return Err(GitError::Invalid {
            field: "message",
            value: message.replace('\0', "␀"),
            wanted: "text",
        });
    }
    let message = after_blank_lines(message.trim_end());
    if message.is_empty() {
        let wanted = "a text that is not blank";
        return Err(GitError::Invalid { field: "message", value: String::new(), wanted });
    }
    let Some(key) = key else { return Ok(format!("{message}\n")) };
    if key.is_empty() || !key.chars().all(|letter| letter.is_ascii_graphic()) {
        let wanted = "a step key without blanks";
        return Err(GitError::Invalid { field: "step key", value: key.to_owned(), wanted });
    }
    let separator = if ends_with_trailers(message) { "\n" } else { "\n\n" };
    Ok(format!("{message}{separator}{}: {key}\n", super::STEP_TRAILER))
}

/// As git itself begins a message with its first line that says something.
fn after_blank_lines(mut message: &str) -> &str {
    while let Some((line, rest)) = message.split_once('\n')
        && line.trim().is_empty()
    {
        message = rest;
    }
    message
}

/// Whether the last paragraph, which must not be the first, consists of `Word: value` lines.
fn ends_with_trailers(message: &str) -> bool {
    let Some((_, last)) = message.rsplit_once("\n\n") else { return false };
    last.lines().all(|line| {
        line.split_once(": ").is_some_and(|(token, value)| {
            !value.is_empty()
                && token.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '-')
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trailers_stand_in_a_last_paragraph_of_their_own() {
        let with = |message| with_trailer(message, Some("uid/step-1")).unwrap();
        assert_eq!(with("One line\n"), "One line\n\nKargo-Step: uid/step-1\n");
        assert_eq!(
            with("One\n\nBody: yes it is"),
            "One\n\nBody: yes it is\nKargo-Step: uid/step-1\n"
        );
        assert_eq!(with("fix: thing"), "fix: thing\n\nKargo-Step: uid/step-1\n");
        assert_eq!(
            with("One\n\nmore words here"),
            "One\n\nmore words here\n\nKargo-Step: uid/step-1\n"
        );
        assert_eq!(with_trailer("One", None).unwrap(), "One\n");
        assert_eq!(with_trailer("\n  \n  One\n\nTwo", None).unwrap(), "  One\n\nTwo\n");
        with_trailer(" \n\t\n", None).unwrap_err();
        with_trailer("One", Some("a b")).unwrap_err();
        with_trailer("One\0", None).unwrap_err();
    }
}
