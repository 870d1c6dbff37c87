//! Work directories on disk. Beside each lies a note of how many steps it holds the effects of;
//! when the note and the journal disagree, the directory is rebuilt.

use std::{
    collections::BTreeSet,
    io,
    path::{Path, PathBuf},
};

use integrations::git::Mirrors;

use super::EngineError;
use crate::work_dir::WorkDir;

const PREFIX: &str = "promotion-";

/// The note while a step is at work; whatever was there then is not to be trusted.
const UNSETTLED: &str = "unsettled";

/// One promotion's directory: `work/` for the steps, `progress` for the note.
#[derive(Debug)]
pub(crate) struct Workspace {
    home: PathBuf,
    pub(crate) work_dir: WorkDir,
}

impl Workspace {
    /// Opens the directory, emptied unless it holds exactly the effects of `steps` steps. The
    /// second value says whether it was kept.
    pub(crate) async fn open(
        mirrors: &Mirrors,
        work_dirs: &Path,
        uid: &str,
        steps: usize,
    ) -> Result<(Self, bool), EngineError> {
        let home = home(work_dirs, uid);
        let kept = std::fs::read_to_string(home.join("progress"))
            .is_ok_and(|note| note == settled(steps))
            && home.join("work").is_dir();
        if !kept {
            discard(mirrors, home.clone()).await?;
        }
        let failed = |source| EngineError::WorkDir { path: home.clone(), source };
        WorkDir::create(&home).map_err(failed)?;
        let work_dir = WorkDir::create(&home.join("work")).map_err(failed)?;
        let workspace = Self { home, work_dir };
        if !kept {
            workspace.note(UNSETTLED)?;
        }
        Ok((workspace, kept))
    }

    /// Notes that a step is at work.
    pub(crate) fn unsettle(&self) -> Result<(), EngineError> {
        self.note(UNSETTLED)
    }

    /// Notes that the effects of the first `steps` steps, and no others, are there.
    pub(crate) fn settle(&self, steps: usize) -> Result<(), EngineError> {
        self.note(&settled(steps))
    }

    fn note(&self, text: &str) -> Result<(), EngineError> {
        std::fs::write(self.home.join("progress"), text)
            .map_err(|source| EngineError::WorkDir { path: self.home.clone(), source })
    }
}

/// The boot is part of the note: after a power failure files may be missing though the note is
/// there, because neither was synced.
fn settled(steps: usize) -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    format!("{steps} {}", boot.trim())
}

fn home(work_dirs: &Path, uid: &str) -> PathBuf {
    // A uid is made by the API, but nothing that reaches a path is trusted to be one.
    let safe: String =
        uid.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' }).collect();
    work_dirs.join(format!("{PREFIX}{safe}"))
}

/// Removes one promotion's directory, and what the mirrors know of it.
pub(crate) async fn remove(
    mirrors: &Mirrors,
    work_dirs: &Path,
    uid: &str,
) -> Result<(), EngineError> {
    discard(mirrors, home(work_dirs, uid)).await
}

async fn discard(mirrors: &Mirrors, home: PathBuf) -> Result<(), EngineError> {
    mirrors.remove_work_trees_under(&home).await.map_err(EngineError::WorkTrees)?;
    blocking(home, remove_all).await
}

/// Removes all directories but those of `alive`.
pub(crate) async fn sweep(
    mirrors: &Mirrors,
    work_dirs: &Path,
    alive: &BTreeSet<String>,
) -> Result<usize, EngineError> {
    let keep: BTreeSet<PathBuf> = alive.iter().map(|uid| home(work_dirs, uid)).collect();
    let left = blocking(work_dirs.to_owned(), move |path| {
        let entries = match std::fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut left = Vec::new();
        for entry in entries {
            let entry = entry?;
            let ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX));
            if ours && !keep.contains(&entry.path()) {
                left.push(entry.path());
            }
        }
        Ok(left)
    })
    .await?;
    let removed = left.len();
    for home in left {
        discard(mirrors, home).await?;
    }
    Ok(removed)
}

async fn blocking<T: Send + 'static>(
    path: PathBuf,
    work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
) -> Result<T, EngineError> {
    let shown = path.clone();
    match tokio::task::spawn_blocking(move || work(&path)).await {
        Ok(done) => done.map_err(|source| EngineError::WorkDir { path: shown, source }),
        Err(error) => Err(EngineError::WorkDir { path: shown, source: io::Error::other(error) }),
    }
}

fn remove_all(path: &Path) -> io::Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
