//! What keeps the objects: two methods, so that the engine can be exchanged.
use bytes::Bytes;

/// One change to be made durable: the key, and the object's bytes or `None` when it goes.
pub(crate) type Write = (std::sync::Arc<str>, Option<Bytes>);

/// Everything a backend holds.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    pub(crate) revision: u64,
    pub(crate) rows: Vec<(String, Vec<u8>)>,
}

/// A durable map. One `commit` is one durable transaction: all of it or nothing.
pub(crate) trait Backend: Send + 'static {
    fn commit(&mut self, writes: &[Write], revision: u64) -> Result<(), StorageError>;
    fn load(&mut self) -> Result<Loaded, StorageError>;
}

/// Keeps nothing: for tests and for throw-away servers.
pub(crate) struct Memory;

impl Backend for Memory {
    fn commit(&mut self, _: &[Write], _: u64) -> Result<(), StorageError> {
        Ok(())
    }

    fn load(&mut self) -> Result<Loaded, StorageError> {
        Ok(Loaded::default())
    }
}

/// Why the store cannot be opened, written, backed up or restored.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StorageError {
    /// Another process (or another handle in this one) has the folder open.
    #[error("{path} is in use by another process; stop it first or choose another data folder")]
    InUse {
        /// The folder.
        path: String,
    },
    /// The file exists and cannot be understood. It was left as it is.
    #[error(
        "{path} is damaged ({detail}); it was left untouched: restore a backup into a new data folder"
    )]
    Damaged {
        /// The file.
        path: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The file was written by a newer version. It was left as it is.
    #[error(
        "{path} has format {found}, this version understands up to {known}; use the newer version"
    )]
    NewerFormat {
        /// The file.
        path: String,
        /// The format found.
        found: u64,
        /// The newest format known here.
        known: u64,
    },
    /// No room left; the write was refused and nothing else changed.
    #[error("no space left on the disk of {path}; free some space and try again")]
    DiskFull {
        /// The file.
        path: String,
    },
    /// Reading or writing failed.
    #[error("cannot {operation} {path}: {detail}")]
    Io {
        /// What was being done.
        operation: &'static str,
        /// The file.
        path: String,
        /// The operating system's words.
        detail: String,
    },
    /// A restore would replace data.
    #[error("{path} already holds data; restore into an empty folder")]
    NotEmpty {
        /// The folder.
        path: String,
    },
    /// The store was closed.
    #[error("the store is closed")]
    Closed,
}
