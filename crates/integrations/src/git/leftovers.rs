//! What crashes and time leave in the data directory: locks, half-written packs, mirrors beyond the budget.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use walkdir::WalkDir;

/// Touched at each use of a mirror.
pub(super) const USED: &str = "kargo-used";

/// A temporary pack may belong to a fetch that still runs; older ones do not.
const TEMPORARY_AT_LEAST: Duration = Duration::from_secs(3600);

/// At the start nothing runs yet, so everything temporary is a leftover.
pub(super) fn remove(folder: &Path) -> io::Result<()> {
    let temporary = folder.join("tmp");
    fs::remove_dir_all(&temporary)?;
    fs::create_dir_all(&temporary)?;
    for mirror in fs::read_dir(folder.join("mirrors"))? {
        let mirror = mirror?.path();
        if !mirror.join("HEAD").is_file() {
            fs::remove_dir_all(&mirror)?;
            continue;
        }
        remove_locks(&mirror)?;
        remove_lost_administrations(&mirror)?;
        remove_temporary_packs(&mirror, Duration::ZERO)?;
    }
    Ok(())
}

/// What git keeps about work trees whose folder is gone, which would hold the mirror for ever, or that were never made
/// whole, which stops every other command on the mirror.
fn remove_lost_administrations(mirror: &Path) -> io::Result<()> {
    let Ok(entries) = fs::read_dir(mirror.join("worktrees")) else { return Ok(()) };
    for entry in entries {
        let administration = entry?.path();
        let link = fs::read_to_string(administration.join("gitdir")).unwrap_or_default();
        let link = Path::new(link.trim_end());
        let is_whole = fs::read_to_string(administration.join("commondir"))
            .is_ok_and(|common| !common.trim_end().is_empty());
        if !is_whole && link.is_file() {
            fs::remove_file(link)?;
        }
        if !is_whole || link.as_os_str().is_empty() || !link.exists() {
            fs::remove_dir_all(&administration)?;
        }
    }
    Ok(())
}

/// A checkout that a crash ended before it was recorded: both ends must name each other, because a promotion step can
/// write anything into the folder.
pub(super) fn remove_half_made(folder: &Path, mirrors: &Path) -> io::Result<()> {
    let link = folder.join(".git");
    let Ok(text) = fs::read_to_string(&link) else { return Ok(()) };
    let Some(administration) =
        text.strip_prefix("gitdir: ").map(|target| PathBuf::from(target.trim_end()))
    else {
        return Ok(());
    };
    let inside = fs::canonicalize(&administration)
        .is_ok_and(|real| fs::canonicalize(mirrors).is_ok_and(|mirrors| real.starts_with(mirrors)));
    let named = fs::read_to_string(administration.join("gitdir")).unwrap_or_default();
    if inside && Path::new(named.trim_end()) == link {
        fs::remove_dir_all(folder)?;
        fs::remove_dir_all(administration)?;
    }
    Ok(())
}

/// The locks a killed fetch holds; only called while no other fetch runs.
pub(super) fn remove_locks(mirror: &Path) -> io::Result<()> {
    for name in ["HEAD.lock", "config.lock", "packed-refs.lock", "shallow.lock"] {
        remove_if_there(&mirror.join(name))?;
    }
    let references = WalkDir::new(mirror.join("refs")).into_iter().flatten();
    for lock in references.filter(|entry| entry.path().extension() == Some(OsStr::new("lock"))) {
        remove_if_there(lock.path())?;
    }
    remove_temporary_packs(mirror, TEMPORARY_AT_LEAST)
}

fn remove_temporary_packs(mirror: &Path, older_than: Duration) -> io::Result<()> {
    for entry in
        WalkDir::new(mirror.join("objects")).min_depth(1).max_depth(2).into_iter().flatten()
    {
        let name = entry.file_name().to_string_lossy();
        if !(name.starts_with("tmp_") || name.starts_with("incoming-") || name.starts_with(".tmp-"))
        {
            continue;
        }
        let age =
            entry.metadata().ok().and_then(|metadata| metadata.modified().ok()?.elapsed().ok());
        if age.unwrap_or_default() < older_than {
            continue;
        }
        if entry.file_type().is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            remove_if_there(entry.path())?;
        }
    }
    Ok(())
}

pub(super) fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

pub(super) struct MirrorUse {
    pub(super) key: String,
    pub(super) path: PathBuf,
    pub(super) bytes: u64,
    pub(super) packs: usize,
    pub(super) has_work_trees: bool,
    used: SystemTime,
}

/// All mirrors with their size, least recently used first.
pub(super) fn mirrors_by_use(folder: &Path) -> io::Result<Vec<MirrorUse>> {
    let mut mirrors = Vec::new();
    for entry in fs::read_dir(folder.join("mirrors"))? {
        let path = entry?.path();
        let (mut bytes, mut packs) = (0, 0);
        for file in WalkDir::new(&path).into_iter().flatten() {
            bytes += file.metadata().map_or(0, |metadata| metadata.len());
            packs += usize::from(file.path().extension() == Some(OsStr::new("pack")));
        }
        let used = fs::metadata(path.join(USED)).and_then(|metadata| metadata.modified());
        let has_work_trees =
            fs::read_dir(path.join("worktrees")).is_ok_and(|mut trees| trees.next().is_some());
        let key = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        mirrors.push(MirrorUse {
            key,
            path,
            bytes,
            packs,
            has_work_trees,
            used: used.unwrap_or(SystemTime::UNIX_EPOCH),
        });
    }
    mirrors.sort_by_key(|mirror| mirror.used);
    Ok(mirrors)
}

/// git takes one file of trusted certificates: the system's and the operator's together.
pub(super) fn certificate_bundle(
    folder: &Path,
    authorities: &[String],
) -> io::Result<Option<PathBuf>> {
    const SYSTEM: [&str; 3] = [
        "/etc/ssl/certs/ca-certificates.crt",
        "/etc/pki/tls/certs/ca-bundle.crt",
        "/etc/ssl/cert.pem",
    ];
    if authorities.is_empty() {
        return Ok(None);
    }
    let mut bundle =
        SYSTEM.iter().find_map(|path| fs::read_to_string(path).ok()).unwrap_or_default();
    for authority in authorities {
        bundle.push('\n');
        bundle.push_str(authority);
    }
    let path = folder.join("certificates.pem");
    fs::write(&path, bundle)?;
    Ok(Some(path))
}
