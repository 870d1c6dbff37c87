//! Filling folders from a mirror, and remembering which folders those are.

use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::access::Remote;
use super::error::GitError;
use super::leftovers::{self, remove_if_there};
use super::mirrors::{Mirrors, check_reference, in_background, short_hash, shown_url};
use super::references::RemoteReferences;
use super::using::Using;
use super::work_tree::{Author, Record, WorkTree, identified, signed};

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

impl Mirrors {
    /// Checks a repository out into one or more folders: one `ls-remote`, then what the mirror lacks.
    pub async fn check_out(
        &self,
        remote: &Remote,
        author: Option<&Author>,
        checkouts: &[Checkout],
    ) -> Result<Vec<WorkTree>, GitError> {
        let wanted = wanted_references(checkouts)?;
        let wanted: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let references = self.ls_remote_matching(remote, &wanted).await?;
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
            let mirrors = self.inner.settings.folder.join("mirrors");
            in_background(&known, move |known| leftovers::remove_half_made(known, &mirrors))
                .await?;
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
            // The author's key is in it.
            let mut options = std::fs::OpenOptions::new();
            options.write(true).create(true).truncate(true).mode(0o600);
            options.open(&building)?.write_all(&text)?;
            std::fs::rename(&building, file)
        })
        .await
    }
}

async fn resolved(path: &Path) -> Result<PathBuf, GitError> {
    in_background(path, |path| std::fs::canonicalize(path)).await
}

/// Only these are asked for: a large repository has many thousands.
fn wanted_references(checkouts: &[Checkout]) -> Result<Vec<String>, GitError> {
    let mut wanted = vec!["HEAD".to_owned()];
    for checkout in checkouts {
        match &checkout.at {
            CheckoutAt::DefaultBranch | CheckoutAt::Commit(_) => {}
            CheckoutAt::Branch { name, .. } => {
                check_reference(name)?;
                wanted.push(format!("refs/heads/{name}"));
            }
            CheckoutAt::Tag(name) => {
                check_reference(name)?;
                wanted.extend([format!("refs/tags/{name}"), format!("refs/tags/{name}^{{}}")]);
            }
        }
    }
    Ok(wanted)
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
    let administration = using.register(&checkout.path, &start).await?;
    let path = resolved(&checkout.path).await?;
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
    let command = identified(command, author, author, None);
    signed(&using.mirrors, author.signing_key.as_ref(), command).await
}

impl WorkTree {
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
    fn sparse_folders_are_plain_and_inside() {
        check_sparse("apps/web").unwrap();
        for odd in ["", "../x", "a/../../b", "*.yaml", "-C", "a\nb"] {
            check_sparse(odd).unwrap_err();
        }
    }
}
