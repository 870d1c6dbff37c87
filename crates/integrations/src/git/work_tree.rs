//! Work trees: folders of a promotion with one commit of a mirror checked out, and commits made from them.
//!
//! What a work tree is (its mirror, branch, author) is recorded outside the folder, where promotion steps cannot write:
//! a `.git` that a step put there is never looked at.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::access::Remote;
use super::command::GitCommand;
use super::error::GitError;
use super::leftovers::remove_if_there;
use super::mirrors::{Mirrors, Using, check_reference, in_background, short_hash, shown_url};
use super::references::RemoteReferences;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Author {
    pub name: String,
    pub email: String,
}

/// One folder to fill from a repository.
#[derive(Clone, Debug)]
pub struct Checkout {
    /// Must not exist, be an empty folder, or be an earlier checkout, which is then replaced.
    pub path: PathBuf,
    pub at: CheckoutAt,
    /// Only these folders, relative to the repository's root; all when empty.
    pub sparse: Vec<String>,
    pub recurse_submodules: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckoutAt {
    DefaultBranch,
    /// With `create`, a branch that is not there starts with an empty commit of its own, which the first push brings.
    Branch {
        name: String,
        create: bool,
    },
    Commit(String),
    Tag(String),
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

impl Mirrors {
    /// Checks a repository out into one or more folders: one `ls-remote`, then what the mirror lacks.
    pub async fn check_out(
        &self,
        remote: &Remote,
        author: Option<&Author>,
        checkouts: &[Checkout],
    ) -> Result<Vec<WorkTree>, GitError> {
        let references = self.ls_remote(remote).await?;
        let using = self.using(remote).await?;
        let mut trees = Vec::with_capacity(checkouts.len());
        for checkout in checkouts {
            self.make_way(&checkout.path).await?;
            let (commit, branch) = commit_for(&using, &references, &checkout.at).await?;
            trees.push(add(&using, remote, author, checkout, commit, branch).await?);
        }
        Ok(trees)
    }

    /// The work tree an earlier [`Self::check_out`] made at this folder, also before a restart.
    pub async fn work_tree(&self, path: &Path) -> Result<WorkTree, GitError> {
        let not_one = || GitError::NotAWorkTree { path: path.to_owned() };
        let path = resolved(path).await.map_err(|_| not_one())?;
        let record = self.record_file(&path);
        let read =
            in_background(&record, |record| std::fs::read(record)).await.map_err(|_| not_one())?;
        let record: Record = serde_json::from_slice(&read).map_err(|_| not_one())?;
        if record.path != path || !record.administration.is_dir() {
            return Err(not_one());
        }
        Ok(WorkTree { mirrors: self.clone(), record })
    }

    /// Forgets and deletes all work trees in a folder, for example when a promotion ends.
    pub async fn remove_work_trees_under(&self, folder: &Path) -> Result<(), GitError> {
        let folder = resolved(folder).await.unwrap_or_else(|_| folder.to_owned());
        for record in self.records().await? {
            if record.path.starts_with(&folder) {
                self.remove(&record).await?;
            }
        }
        Ok(())
    }

    pub(super) async fn forget_lost_work_trees(&self) -> Result<(), GitError> {
        for record in self.records().await? {
            if !record.path.is_dir() || !record.administration.is_dir() {
                self.remove(&record).await?;
            }
        }
        Ok(())
    }

    async fn records(&self) -> Result<Vec<Record>, GitError> {
        in_background(&self.inner.settings.folder.join("work-trees"), |folder| {
            let mut records = Vec::new();
            for entry in std::fs::read_dir(folder)? {
                let path = entry?.path();
                match std::fs::read(&path).ok().and_then(|read| serde_json::from_slice(&read).ok())
                {
                    Some(record) => records.push(record),
                    None => remove_if_there(&path)?,
                }
            }
            Ok(records)
        })
        .await
    }

    async fn remove(&self, record: &Record) -> Result<(), GitError> {
        let record_file = self.record_file(&record.path);
        let administration = record.administration.clone();
        in_background(&record.path, move |path| {
            for folder in [path, administration.as_path()] {
                match std::fs::remove_dir_all(folder) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        return Err(error);
                    }
                    _ => {}
                }
            }
            remove_if_there(&record_file)
        })
        .await
    }

    /// A replay finds its own earlier folder; anything else that is not empty is somebody's.
    async fn make_way(&self, path: &Path) -> Result<(), GitError> {
        if let Ok(known) = resolved(path).await {
            let record = self.record_file(&known);
            if let Ok(read) = in_background(&record, |record| std::fs::read(record)).await
                && let Ok(record) = serde_json::from_slice::<Record>(&read)
            {
                return self.remove(&record).await;
            }
        }
        let occupied = in_background(path, |path| match std::fs::read_dir(path) {
            Ok(mut entries) => Ok(entries.next().is_some()),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        });
        if occupied.await? { Err(GitError::Occupied { path: path.to_owned() }) } else { Ok(()) }
    }

    fn record_file(&self, path: &Path) -> PathBuf {
        let name = short_hash(&[&path.to_string_lossy()]);
        self.inner.settings.folder.join("work-trees").join(format!("{name}.json"))
    }

    pub(super) async fn save(&self, record: &Record) -> Result<(), GitError> {
        let file = self.record_file(&record.path);
        let text = serde_json::to_vec(record).map_err(|error| GitError::Files {
            path: file.clone(),
            source: std::io::Error::other(error),
        })?;
        in_background(&file, move |file| {
            let building = file.with_extension("new");
            std::fs::write(&building, text)?;
            std::fs::rename(&building, file)
        })
        .await
    }
}

async fn resolved(path: &Path) -> Result<PathBuf, GitError> {
    in_background(path, |path| std::fs::canonicalize(path)).await
}

/// The commit to check out, `None` for a branch still to be made, and the branch it belongs to.
async fn commit_for(
    using: &Using,
    references: &RemoteReferences,
    at: &CheckoutAt,
) -> Result<(Option<String>, Option<String>), GitError> {
    let missing =
        |reference: String| GitError::ReferenceMissing { url: using.access.url.clone(), reference };
    match at {
        CheckoutAt::DefaultBranch => {
            let seen = references
                .branch(None)
                .ok_or_else(|| missing("default branch; is it empty?".to_owned()))?;
            Ok((Some(using.fetch("HEAD", seen).await?), references.default_branch.clone()))
        }
        CheckoutAt::Branch { name, create } => {
            check_reference(name)?;
            let commit = match references.branch(Some(name)) {
                Some(seen) => Some(using.fetch(&format!("refs/heads/{name}"), seen).await?),
                None if *create => None,
                None => {
                    return Err(missing(format!("branch {name}; set `create: true` to start it")));
                }
            };
            Ok((commit, Some(name.clone())))
        }
        CheckoutAt::Commit(id) => Ok((Some(using.fetch_commit(id).await?), None)),
        CheckoutAt::Tag(name) => {
            check_reference(name)?;
            let commit = references.tags.get(name).ok_or_else(|| missing(format!("tag {name}")))?;
            using.fetch(&format!("refs/tags/{name}"), commit).await?;
            Ok((Some(commit.clone()), None))
        }
    }
}

async fn add(
    using: &Using,
    remote: &Remote,
    author: Option<&Author>,
    checkout: &Checkout,
    commit: Option<String>,
    branch: Option<String>,
) -> Result<WorkTree, GitError> {
    let author = author.unwrap_or(&using.mirrors.inner.settings.default_author).clone();
    let start = match &commit {
        Some(commit) => commit.clone(),
        None => first_commit(using, &author).await?,
    };
    in_background(&checkout.path, |path| std::fs::create_dir_all(path)).await?;
    let added =
        using.command("worktree").args(["add", "--quiet", "--detach", "--no-checkout", "--"]);
    added.args([checkout.path.as_os_str(), start.as_ref()]).output().await?;
    let path = resolved(&checkout.path).await?;
    let administration = in_background(&path, |path| {
        let link = std::fs::read_to_string(path.join(".git"))?;
        let folder = link.strip_prefix("gitdir: ").map(|folder| PathBuf::from(folder.trim_end()));
        folder.ok_or_else(|| std::io::Error::other("git made no work tree here"))
    })
    .await?;
    let record = Record {
        path,
        mirror: using.path.clone(),
        administration,
        url: shown_url(&remote.url),
        insecure_skip_tls_verify: remote.insecure_skip_tls_verify,
        branch,
        start: commit,
        author,
    };
    using.mirrors.save(&record).await?;
    let tree = WorkTree { mirrors: using.mirrors.clone(), record };
    tree.fill(using, remote, checkout).await?;
    Ok(tree)
}

/// The empty commit a new branch starts with.
async fn first_commit(using: &Using, author: &Author) -> Result<String, GitError> {
    let tree = using.command("mktree").input("").text().await?;
    let command = using.command("commit-tree").args([tree.as_str()]).input("Initial commit\n");
    signed_by(command, author, author, None).text().await
}

pub(super) fn signed_by<'a>(
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

    async fn fill(
        &self,
        using: &Using,
        remote: &Remote,
        checkout: &Checkout,
    ) -> Result<(), GitError> {
        if !checkout.sparse.is_empty() {
            for folder in &checkout.sparse {
                check_sparse(folder)?;
            }
            let folders = checkout.sparse.iter().map(|folder| folder.trim_matches('/'));
            self.local("sparse-checkout")
                .args(["set", "--cone", "--"])
                .args(folders)
                .output()
                .await?;
        }
        let command = using.access.equip(self.local("read-tree")).over_network();
        command.args(["--reset", "-u", "HEAD"]).output().await?;
        if checkout.recurse_submodules {
            self.fill_submodules(using, remote).await?;
        }
        Ok(())
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
        let made = signed_by(command, author, author, request.date).text().await?;
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
    let message = message.trim_end();
    let Some(key) = key else { return Ok(format!("{message}\n")) };
    if key.is_empty() || !key.chars().all(|letter| letter.is_ascii_graphic()) {
        let wanted = "a step key without blanks";
        return Err(GitError::Invalid { field: "step key", value: key.to_owned(), wanted });
    }
    let separator = if ends_with_trailers(message) { "\n" } else { "\n\n" };
    Ok(format!("{message}{separator}{}: {key}\n", super::STEP_TRAILER))
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

fn check_sparse(folder: &str) -> Result<(), GitError> {
    let odd = folder.is_empty()
        || folder.starts_with('-')
        || folder.split('/').any(|part| part == "..")
        || folder.chars().any(|letter| letter.is_control() || "*?[]\\!\"".contains(letter));
    if odd {
        let wanted = "a folder relative to the repository's root, without patterns";
        return Err(GitError::Invalid { field: "sparse", value: folder.to_owned(), wanted });
    }
    Ok(())
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
        with_trailer("One", Some("a b")).unwrap_err();
        with_trailer("One\0", None).unwrap_err();
    }

    #[test]
    fn sparse_folders_are_plain_and_inside() {
        check_sparse("apps/web").unwrap();
        for odd in ["", "../x", "a/../../b", "*.yaml", "-C", "a\nb"] {
            check_sparse(odd).unwrap_err();
        }
    }
}
