//! Shared bare mirrors: one per repository and class of credentials, fetched by reference.
//!
//! A mirror holds what anybody here fetched, so every use first proves, with the caller's own credentials, that the
//! caller may read the repository. Blobs are left out where the server can do that; they come when a work tree needs
//! them. Nothing in a mirror is precious: it can be deleted at any time and is fetched again.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use sha2::{Digest, Sha256};
use tokio::sync::RwLock;

use super::access::{Access, AccessSettings, Remote, parse};
use super::command::{GitCommand, GitSettings};
use super::error::GitError;
use super::leftovers;
use super::references::RemoteReferences;
use super::using::Using;
use super::work_tree::Author;
use crate::outbound::Outbound;

/// How long a passed `ls-remote` counts as proof that these credentials may read the repository.
const PROOF_LASTS: Duration = Duration::from_secs(60);
/// After so many fetches the folder is looked at: packs merged, the size brought under the budget.
const FETCHES_BETWEEN_TIDYING: u64 = 50;

#[derive(Clone, Debug)]
pub struct MirrorSettings {
    /// Below the data directory; used by one process at a time.
    pub folder: PathBuf,
    pub git: GitSettings,
    pub outbound: Outbound,
    /// Bytes that all mirrors together may take before the least recently used go.
    pub size_budget: u64,
    /// Who commits when neither the step nor the checkout says.
    pub default_author: Author,
}

impl MirrorSettings {
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>, outbound: Outbound) -> Self {
        Self {
            folder: folder.into(),
            git: GitSettings::default(),
            outbound,
            size_budget: 10 << 30,
            default_author: Author {
                name: "Kargo".to_owned(),
                email: "no-reply@kargo.io".to_owned(),
                signing_key: None,
            },
        }
    }
}

/// All mirrors of this process; cheap to clone.
#[derive(Clone)]
pub struct Mirrors {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) settings: MirrorSettings,
    certificate_bundle: Option<PathBuf>,
    states: Mutex<HashMap<String, Arc<MirrorState>>>,
    /// Where a repository's address redirects to.
    moved: Mutex<HashMap<String, String>>,
    proofs: Mutex<HashMap<String, Instant>>,
    branches: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
    fetches: std::sync::atomic::AtomicU64,
}

#[derive(Default)]
pub(super) struct MirrorState {
    /// One fetch at a time.
    pub(super) fetching: tokio::sync::Mutex<()>,
    /// One new work tree at a time.
    pub(super) registering: tokio::sync::Mutex<()>,
    /// Held for reading while the mirror is used, for writing while it is removed.
    presence: Arc<RwLock<()>>,
}

impl Mirrors {
    /// Prepares the folder and removes what a crash left behind.
    pub async fn open(settings: MirrorSettings) -> Result<Self, GitError> {
        let folder = settings.folder.clone();
        let authorities = settings.outbound.policy().certificate_authorities.clone();
        let certificate_bundle = in_background(&folder, move |folder| {
            for part in ["mirrors", "work-trees", "tmp"] {
                std::fs::create_dir_all(folder.join(part))?;
            }
            leftovers::remove(folder)?;
            leftovers::certificate_bundle(folder, &authorities)
        })
        .await?;
        let inner = Inner {
            settings,
            certificate_bundle,
            states: Mutex::default(),
            moved: Mutex::default(),
            proofs: Mutex::default(),
            branches: Mutex::default(),
            fetches: Default::default(),
        };
        let mirrors = Self { inner: Arc::new(inner) };
        mirrors
            .git("init")
            .args(["--bare", "--quiet", "--"])
            .args([mirrors.nowhere()])
            .output()
            .await?;
        mirrors.forget_lost_work_trees().await?;
        Ok(mirrors)
    }

    /// The default branch, all branches and all tags of a repository, seen with these credentials.
    pub async fn ls_remote(&self, remote: &Remote) -> Result<RemoteReferences, GitError> {
        self.ls_remote_matching(remote, &["HEAD", "refs/heads/*", "refs/tags/*"]).await
    }

    /// Only the references that match, for example `HEAD` and `refs/heads/main`.
    pub async fn ls_remote_matching(
        &self,
        remote: &Remote,
        wanted: &[&str],
    ) -> Result<RemoteReferences, GitError> {
        let access = self.access(remote).await?;
        let mut listed = self.list(&access, wanted).await;
        if redirected(&listed) {
            let access = self.follow(remote).await?;
            listed = self.list(&access, wanted).await;
        }
        let references = listed?;
        let proof = self.proof(remote)?;
        let mut proofs = self.inner.proofs.lock();
        if proofs.len() >= 1_000 {
            proofs.retain(|_, passed| passed.elapsed() < PROOF_LASTS);
        }
        proofs.insert(proof, Instant::now());
        drop(proofs);
        Ok(references)
    }

    async fn list(&self, access: &Access, wanted: &[&str]) -> Result<RemoteReferences, GitError> {
        let command = GitCommand::new(&self.inner.settings.git, "ls-remote", &access.url);
        let command = access.equip(command).git_dir(&self.nowhere()).over_network();
        let output = command.args(["--symref", "--", "origin"]).args(wanted).output().await?;
        Ok(RemoteReferences::parse(&String::from_utf8_lossy(&output)))
    }

    pub(super) async fn access(&self, remote: &Remote) -> Result<Access, GitError> {
        let moved_to = self.inner.moved.lock().get(&remote.url).cloned();
        let settings = AccessSettings {
            outbound: &self.inner.settings.outbound,
            allow_file: self.inner.settings.git.allow_file_protocol,
            folder: &self.inner.settings.folder.join("tmp"),
            certificate_bundle: self.inner.certificate_bundle.as_deref(),
        };
        Access::prepare(&settings, remote, moved_to.as_deref()).await
    }

    pub(super) fn certificate_bundle(&self) -> Option<&Path> {
        self.inner.certificate_bundle.as_deref()
    }

    /// Asks where a repository moved to, with every hop checked, and remembers it.
    async fn follow(&self, remote: &Remote) -> Result<Access, GitError> {
        let parsed = parse(&remote.url, false)?;
        let target =
            super::access::redirect_target(&self.inner.settings.outbound, &parsed, remote).await?;
        self.inner.moved.lock().insert(remote.url.clone(), target);
        self.access(remote).await
    }

    /// The mirror of a repository whose owner passed `ls-remote` lately; asks again otherwise.
    pub(super) async fn known(&self, remote: &Remote) -> Result<Using, GitError> {
        let proof = self.proof(remote)?;
        let fresh = self
            .inner
            .proofs
            .lock()
            .get(&proof)
            .is_some_and(|passed| passed.elapsed() < PROOF_LASTS);
        if !fresh {
            self.ls_remote_matching(remote, &["HEAD"]).await?;
        }
        self.using(remote).await
    }

    /// The mirror with the newest state of a branch in it, and that branch's commit.
    pub(super) async fn fetched_branch(
        &self,
        remote: &Remote,
        branch: Option<&str>,
    ) -> Result<(Using, String), GitError> {
        let reference = branch.map(|branch| format!("refs/heads/{branch}"));
        check_reference(branch.unwrap_or("main"))?;
        let wanted: Vec<&str> = std::iter::once("HEAD").chain(reference.as_deref()).collect();
        let references = self.ls_remote_matching(remote, &wanted).await?;
        let missing = |reference: String| GitError::ReferenceMissing {
            url: shown_url(&remote.url),
            reference,
        };
        let (reference, id) = match (&reference, branch) {
            (Some(reference), Some(name)) => {
                let id = references
                    .branch(Some(name))
                    .ok_or_else(|| missing(format!("branch {name}")))?;
                (reference.clone(), id)
            }
            _ => {
                let id = references.head.as_deref();
                let id = id.ok_or_else(|| missing("default branch; is it empty?".to_owned()))?;
                ("HEAD".to_owned(), id)
            }
        };
        let using = self.using(remote).await?;
        let tip = using.fetch(&reference, id).await?;
        Ok((using, tip))
    }

    /// The mirror with a branch in it, at a commit that `ls-remote` told or a newer one, and that branch's commit.
    pub(super) async fn branch_at(
        &self,
        remote: &Remote,
        branch: Option<&str>,
        tip: &str,
    ) -> Result<(Using, String), GitError> {
        check_reference(branch.unwrap_or("main"))?;
        let reference =
            branch.map_or_else(|| "HEAD".to_owned(), |branch| format!("refs/heads/{branch}"));
        let using = self.known(remote).await?;
        let tip = using.fetch(&reference, tip).await?;
        Ok((using, tip))
    }

    pub(super) async fn using(&self, remote: &Remote) -> Result<Using, GitError> {
        let key = self.key(remote)?;
        let state = Arc::clone(self.inner.states.lock().entry(key.clone()).or_default());
        let access = self.access(remote).await?;
        let present = Arc::clone(&state.presence).read_owned().await;
        let path = self.inner.settings.folder.join("mirrors").join(&key);
        let using = Using { mirrors: self.clone(), key, path, access, state, _present: present };
        using.ensure_exists().await?;
        Ok(using)
    }

    fn key(&self, remote: &Remote) -> Result<String, GitError> {
        let parsed = parse(&remote.url, self.inner.settings.git.allow_file_protocol)?;
        let anonymous = remote.credentials.is_none() && parsed.credentials.is_none();
        Ok(short_hash(&[&parsed.clean, if anonymous { "anonymous" } else { "signed in" }]))
    }

    fn proof(&self, remote: &Remote) -> Result<String, GitError> {
        let with = remote
            .credentials
            .as_ref()
            .map(crate::credentials::Credentials::fingerprint)
            .unwrap_or_default();
        Ok(format!("{} {} {with}", self.key(remote)?, short_hash(&[&remote.url])))
    }

    /// Pushes to one branch of one repository happen one after the other within this process.
    pub(super) fn branch_lock(&self, url: &str, reference: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut branches = self.inner.branches.lock();
        if branches.len() > 1_000 {
            branches.retain(|_, lock| Arc::strong_count(lock) > 1);
        }
        Arc::clone(branches.entry(format!("{url} {reference}")).or_default())
    }

    /// A command on no repository at all.
    pub(super) fn git(&self, operation: &'static str) -> GitCommand<'_> {
        let subject = self.inner.settings.folder.display().to_string();
        GitCommand::new(&self.inner.settings.git, operation, subject)
    }

    /// An empty repository, so that git never looks for one around the current folder.
    fn nowhere(&self) -> PathBuf {
        self.inner.settings.folder.join("empty.git")
    }

    /// Merges packs, forgets work trees whose folder is gone, and evicts the least recently used mirrors until all of
    /// them fit the budget. Mirrors with live work trees stay.
    pub async fn tidy(&self) -> Result<(), GitError> {
        self.forget_lost_work_trees().await?;
        let folder = self.inner.settings.folder.clone();
        let budget = self.inner.settings.size_budget;
        let mirrors = in_background(&folder, leftovers::mirrors_by_use).await?;
        for mirror in mirrors.iter().filter(|mirror| mirror.packs > 50) {
            self.merge_packs(&mirror.path).await?;
        }
        let mut total: u64 = mirrors.iter().map(|mirror| mirror.bytes).sum();
        for mirror in mirrors.into_iter().filter(|mirror| !mirror.has_work_trees) {
            if total <= budget {
                break;
            }
            let state = Arc::clone(self.inner.states.lock().entry(mirror.key.clone()).or_default());
            let Ok(_alone) = state.presence.try_write() else { continue };
            tracing::info!(mirror = mirror.key, bytes = mirror.bytes, "evicting a git mirror");
            in_background(&mirror.path, |path| std::fs::remove_dir_all(path)).await?;
            total -= mirror.bytes;
        }
        Ok(())
    }

    async fn merge_packs(&self, mirror: &Path) -> Result<(), GitError> {
        let command =
            GitCommand::new(&self.inner.settings.git, "repack", mirror.display().to_string());
        command
            .git_dir(mirror)
            .args(["-a", "-d", "-k", "-q"])
            .over_network()
            .output()
            .await
            .map(drop)
    }

    pub(super) fn tidy_now_and_then(&self) {
        let fetches = self.inner.fetches.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        if fetches.is_multiple_of(FETCHES_BETWEEN_TIDYING) {
            let mirrors = self.clone();
            tokio::spawn(async move {
                if let Err(error) = mirrors.tidy().await {
                    tracing::warn!(
                        error = &error as &dyn std::error::Error,
                        "git mirrors could not be tidied"
                    );
                }
            });
        }
    }
}

fn redirected(listed: &Result<RemoteReferences, GitError>) -> bool {
    matches!(listed, Err(GitError::Command { detail, .. }) if detail.contains("returned error: 30"))
}

pub(super) fn short_hash(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex::encode(&hash.finalize()[..16])
}

pub(super) fn shown_url(url: &str) -> String {
    parse(url, true).map_or_else(|_| String::from("the repository"), |parsed| parsed.clean)
}

/// git's own rules for branch and tag names, and no patterns.
pub(super) fn check_reference(name: &str) -> Result<(), GitError> {
    let bad_letter = |letter: char| letter.is_control() || " ~^:?*[\\".contains(letter);
    let bad_part = |part: &str| part.is_empty() || part.starts_with('.') || part.ends_with(".lock");
    let bad = name.len() > 500
        || name.starts_with('-')
        || name == "@"
        || name.ends_with('.')
        || name.contains("..")
        || name.contains("@{")
        || name.chars().any(bad_letter)
        || name.split('/').any(bad_part);
    if bad {
        let wanted = "a name git allows for branches and tags, for example main or stage/test";
        return Err(GitError::Invalid { field: "reference", value: name.to_owned(), wanted });
    }
    Ok(())
}

/// File work, off the threads that serve others.
pub(super) async fn in_background<T: Send + 'static>(
    path: &Path,
    work: impl FnOnce(&Path) -> std::io::Result<T> + Send + 'static,
) -> Result<T, GitError> {
    let owned = path.to_owned();
    let done = tokio::task::spawn_blocking(move || work(&owned)).await;
    let done = done.unwrap_or_else(|error| Err(std::io::Error::other(error)));
    done.map_err(|source| GitError::Files { path: path.to_owned(), source })
}
