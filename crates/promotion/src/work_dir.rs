//! The directory a promotion works in. Everything a step reads or writes goes through a capability
//! that cannot leave it, neither by `..` nor by a symbolic link.

use std::{
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use cap_std::{ambient_authority, fs::Dir};

use crate::{relative_path::RelativePath, step::StepError};

/// The largest file a step reads as a whole; manifests are far smaller and memory is shared.
pub const LARGEST_FILE: u64 = 16 << 20;

/// An open work directory; cheap to clone.
#[derive(Clone, Debug)]
pub struct WorkDir {
    root: PathBuf,
    dir: Arc<Dir>,
}

impl WorkDir {
    /// Opens the directory at `root`, which must exist.
    pub fn open(root: &Path) -> io::Result<Self> {
        let root = root.canonicalize()?;
        let dir = Dir::open_ambient_dir(&root, ambient_authority())?;
        Ok(Self { root, dir: Arc::new(dir) })
    }

    /// Creates the directory, readable by nobody else, and opens it.
    pub fn create(root: &Path) -> io::Result<Self> {
        use std::os::unix::fs::DirBuilderExt as _;
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(root)?;
        Self::open(root)
    }

    /// The capability itself.
    pub fn dir(&self) -> &Dir {
        &self.dir
    }

    /// Where the directory lies; for the engine and for programs that need a path.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The absolute path of `path` for a program such as git, after checking that the part of it
    /// that exists stays inside.
    pub fn absolute(&self, path: &RelativePath) -> Result<PathBuf, StepError> {
        let mut existing = Some(path.clone());
        while let Some(candidate) = existing {
            match self.dir.canonicalize(candidate.as_str()) {
                Ok(inside) => {
                    let rest = if candidate.as_str() == "." {
                        path.as_str()
                    } else {
                        path.as_str()[candidate.as_str().len()..].trim_start_matches('/')
                    };
                    let inside = self.root.join(inside);
                    return Ok(if rest.is_empty() || rest == "." {
                        inside
                    } else {
                        inside.join(rest)
                    });
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    existing = candidate.parent();
                }
                Err(source) => return Err(refused("open", path, source)),
            }
        }
        Ok(self.root.join(path.as_str()))
    }

    /// Whether something is there; a link that leads out counts as an error.
    pub fn exists(&self, path: &RelativePath) -> Result<bool, StepError> {
        self.dir.try_exists(path.as_str()).map_err(|source| refused("look at", path, source))
    }

    /// Whether a directory is there.
    pub fn is_directory(&self, path: &RelativePath) -> bool {
        self.dir.is_dir(path.as_str())
    }

    /// Reads a whole file, up to [`LARGEST_FILE`].
    pub fn read(&self, path: &RelativePath) -> Result<Vec<u8>, StepError> {
        let file = self.dir.open(path.as_str()).map_err(|source| refused("read", path, source))?;
        let mut bytes = Vec::new();
        file.take(LARGEST_FILE + 1)
            .read_to_end(&mut bytes)
            .map_err(|source| refused("read", path, source))?;
        if bytes.len() as u64 > LARGEST_FILE {
            return Err(StepError::Failed(format!(
                "`{path}` is larger than {} MiB, the most a step reads",
                LARGEST_FILE >> 20
            )));
        }
        Ok(bytes)
    }

    /// Reads a whole file as text.
    pub fn read_text(&self, path: &RelativePath) -> Result<String, StepError> {
        String::from_utf8(self.read(path)?)
            .map_err(|_| StepError::Failed(format!("`{path}` is not UTF-8 text")))
    }

    /// Replaces a file's contents, keeping its mode when it exists.
    pub fn write(&self, path: &RelativePath, contents: &[u8]) -> Result<(), StepError> {
        self.check_writable(path)?;
        self.make_parent(path)?;
        self.dir.write(path.as_str(), contents).map_err(|source| refused("write", path, source))
    }

    /// Creates the directories above `path`.
    pub fn make_parent(&self, path: &RelativePath) -> Result<(), StepError> {
        match path.parent() {
            Some(parent) if parent.as_str() != "." => self
                .dir
                .create_dir_all(parent.as_str())
                .map_err(|source| refused("create the directory of", path, source)),
            _ => Ok(()),
        }
    }

    /// Refuses paths no step may write: git's own directory and the work directory itself.
    pub fn check_writable(&self, path: &RelativePath) -> Result<(), StepError> {
        if path.touches_git() {
            return Err(StepError::Failed(format!(
                "`{path}` lies in git's own directory, which steps do not write"
            )));
        }
        Ok(())
    }
}

/// An input or output error as a step error that names the path as the user wrote it.
pub fn refused(operation: &str, path: &RelativePath, source: io::Error) -> StepError {
    StepError::Errored { operation: format!("{operation} `{path}`"), source: Box::new(source) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RelativePath {
        RelativePath::parse(text).unwrap()
    }

    #[test]
    fn links_that_leave_are_refused_and_links_that_stay_are_followed() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret"), "no").unwrap();
        let home = tempfile::tempdir().unwrap();
        let work = WorkDir::create(&home.path().join("work")).unwrap();
        std::os::unix::fs::symlink(outside.path(), work.root().join("out")).unwrap();
        std::fs::create_dir(work.root().join("a")).unwrap();
        std::fs::write(work.root().join("a/file"), "yes").unwrap();
        std::os::unix::fs::symlink("a", work.root().join("in")).unwrap();

        assert_eq!(work.read(&path("in/file")).unwrap(), b"yes");
        work.read(&path("out/secret")).unwrap_err();
        work.write(&path("out/new"), b"x").unwrap_err();
        work.absolute(&path("out/new")).unwrap_err();
        work.absolute(&path("out")).unwrap_err();
        assert!(!outside.path().join("new").exists());
        assert_eq!(work.absolute(&path("in/new/x")).unwrap(), work.root().join("a/new/x"));
        assert_eq!(work.absolute(&path(".")).unwrap(), work.root());
    }

    #[test]
    fn gits_directory_is_never_written() {
        let home = tempfile::tempdir().unwrap();
        let work = WorkDir::open(home.path()).unwrap();
        work.write(&path("a/.git/hooks/pre-commit"), b"x").unwrap_err();
        work.write(&path("a/.gitignore"), b"x").unwrap();
    }
}
