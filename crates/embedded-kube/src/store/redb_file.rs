//! Objects in one redb file: opening, locking, committing, backing up and restoring.
use super::backend::{Backend, Loaded, StorageError, Write};
use super::{Entry, Snapshot, Store};
use redb::{Database, ReadableDatabase, ReadableTable, TableDefinition};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

const OBJECTS: TableDefinition<'_, &str, &[u8]> = TableDefinition::new("objects");
const NUMBERS: TableDefinition<'_, &str, u64> = TableDefinition::new("numbers");
/// The format written here. A file with a higher one is refused.
const FORMAT: u64 = 1;
const FILE_NAME: &str = "kube.redb";
const LOCK_NAME: &str = "kube.lock";
/// The objects live in memory anyway; the engine's page cache can be small.
const CACHE: usize = 8 << 20;
/// A restored store starts this much later, so that nobody mistakes an old revision for a current one.
const RESTORE_LEAP: u64 = 1_000_000;

pub(crate) struct RedbFile {
    path: PathBuf,
    /// `None` after a failed commit: the file is opened anew before the next one.
    database: Option<Database>,
    _lock: File,
}

impl RedbFile {
    /// Opens or creates the store in `folder`, alone.
    pub(crate) fn open(folder: &Path) -> Result<Self, StorageError> {
        fs::create_dir_all(folder).map_err(io("create", folder))?;
        let lock = lock(folder)?;
        let path = folder.join(FILE_NAME);
        if !path.exists() {
            create(&path, &[], 1)?;
        }
        let database = guarded(&path, || open_database(&path))?;
        Ok(Self { path, database: Some(database), _lock: lock })
    }

    fn try_commit(&mut self, writes: &[Write], revision: u64) -> Result<(), redb::Error> {
        let database = match self.database.take() {
            Some(database) => database,
            None => builder().open(&self.path)?,
        };
        write(&database, writes, revision)?;
        self.database = Some(database);
        Ok(())
    }
}

impl Backend for RedbFile {
    fn commit(&mut self, writes: &[Write], revision: u64) -> Result<(), StorageError> {
        let path = self.path.clone();
        self.try_commit(writes, revision).map_err(|error| classify(&path, "write", &error))
    }

    fn load(&mut self) -> Result<Loaded, StorageError> {
        let Some(database) = &self.database else { return Err(StorageError::Closed) };
        guarded(&self.path, || load(&self.path, database))
    }
}

fn builder() -> redb::Builder {
    let mut builder = Database::builder();
    builder.set_cache_size(CACHE);
    builder
}

fn lock(folder: &Path) -> Result<File, StorageError> {
    let path = folder.join(LOCK_NAME);
    let options = File::options().create(true).truncate(false).write(true).open(&path);
    let file = options.map_err(io("open", &path))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(fs::TryLockError::WouldBlock) => {
            Err(StorageError::InUse { path: folder.display().to_string() })
        }
        Err(fs::TryLockError::Error(error)) => Err(io("lock", &path)(error)),
    }
}

/// A damaged file may trip the engine's own assertions; that is damage too, not a crash.
fn guarded<T>(
    path: &Path,
    work: impl FnOnce() -> Result<T, StorageError>,
) -> Result<T, StorageError> {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)).unwrap_or_else(|_| {
        Err(StorageError::Damaged {
            path: path.display().to_string(),
            detail: "its pages contradict each other".into(),
        })
    })
}

fn open_database(path: &Path) -> Result<Database, StorageError> {
    let size = fs::metadata(path).map_err(io("read", path))?.len();
    if size == 0 {
        return Err(damaged(path, "it is empty"));
    }
    // Opening for writing touches the file, so a cleanly closed one is looked at first.
    if let Ok(database) = builder().open_read_only(path) {
        check_format(path, &database)?;
    }
    let database = builder().open(path).map_err(|error| classify(path, "open", &error.into()))?;
    check_format(path, &database)?;
    Ok(database)
}

fn check_format(path: &Path, database: &impl ReadableDatabase) -> Result<(), StorageError> {
    let format = number(path, database, "format")?;
    if format > FORMAT {
        let path = path.display().to_string();
        return Err(StorageError::NewerFormat { path, found: format, known: FORMAT });
    }
    Ok(())
}

fn number(path: &Path, database: &impl ReadableDatabase, name: &str) -> Result<u64, StorageError> {
    let read = || -> Result<Option<u64>, redb::Error> {
        let table = database.begin_read()?.open_table(NUMBERS)?;
        Ok(table.get(name)?.map(|value| value.value()))
    };
    let found = read().map_err(|error| classify(path, "read", &error))?;
    found.ok_or_else(|| damaged(path, &format!("its {name} is missing")))
}

fn load(path: &Path, database: &Database) -> Result<Loaded, StorageError> {
    let mut loaded = Loaded { revision: number(path, database, "revision")?, ..Loaded::default() };
    let mut read = || -> Result<(), redb::Error> {
        let table = database.begin_read()?.open_table(OBJECTS)?;
        for row in table.iter()? {
            let (key, value) = row?;
            loaded.rows.push((key.value().into(), value.value().to_vec()));
        }
        Ok(())
    };
    read().map_err(|error| classify(path, "read", &error))?;
    for (key, value) in &mut loaded.rows {
        let Some((body, sum)) = value.split_last_chunk::<4>() else {
            return Err(damaged(path, &format!("object {key} is cut off")));
        };
        if u32::from_le_bytes(*sum) != checksum(body) {
            return Err(damaged(path, &format!("object {key} does not match its checksum")));
        }
        value.truncate(value.len() - 4);
    }
    Ok(loaded)
}

fn write(database: &Database, writes: &[Write], revision: u64) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    {
        let mut objects = transaction.open_table(OBJECTS)?;
        let mut buffer = Vec::new();
        for (key, bytes) in writes {
            match bytes {
                Some(bytes) => {
                    buffer.clear();
                    buffer.extend_from_slice(bytes);
                    buffer.extend_from_slice(&checksum(bytes).to_le_bytes());
                    objects.insert(&**key, buffer.as_slice())?;
                }
                None => drop(objects.remove(&**key)?),
            }
        }
        let mut numbers = transaction.open_table(NUMBERS)?;
        numbers.insert("revision", revision)?;
    }
    transaction.commit()?;
    Ok(())
}

/// Writes a whole new file beside its place and moves it there when it is complete and on disk.
fn create(
    path: &Path,
    entries: &[std::sync::Arc<Entry>],
    revision: u64,
) -> Result<(), StorageError> {
    let draft = path.with_extension("new");
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(io("replace", &draft)(error));
        }
        _ => {}
    }
    let build = || -> Result<(), redb::Error> {
        let database = builder().create(&draft)?;
        let transaction = database.begin_write()?;
        transaction.open_table(OBJECTS)?;
        transaction.open_table(NUMBERS)?.insert("format", FORMAT)?;
        transaction.commit()?;
        let writes: Vec<Write> =
            entries.iter().map(|entry| (entry.key.clone(), Some(entry.bytes.clone()))).collect();
        write(&database, &writes, revision)
    };
    build().map_err(|error| classify(&draft, "write", &error))?;
    File::open(&draft).and_then(|file| file.sync_all()).map_err(io("write", &draft))?;
    fs::rename(&draft, path).map_err(io("write", path))?;
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(io("write", folder))
}

/// Writes everything the store holds at this moment into a new file.
pub(crate) fn backup(store: &Store, file: &Path) -> Result<(), StorageError> {
    let Snapshot { revision, entries } = store.list("/");
    if file.exists() {
        return Err(StorageError::NotEmpty { path: file.display().to_string() });
    }
    create(file, &entries, revision)
}

/// Checks a backup and puts it into an empty data folder.
pub(crate) fn restore(file: &Path, folder: &Path) -> Result<(), StorageError> {
    fs::create_dir_all(folder).map_err(io("create", folder))?;
    let _lock = lock(folder)?;
    let target = folder.join(FILE_NAME);
    if target.exists() {
        return Err(StorageError::NotEmpty { path: folder.display().to_string() });
    }
    let (loaded, entries) = guarded(file, || {
        // Opening may touch the file, so the backup itself is left alone and a copy is read.
        let copy = folder.join("restore.redb");
        fs::copy(file, &copy).map_err(io("read", file))?;
        let loaded = open_database(&copy).and_then(|database| load(&copy, &database));
        fs::remove_file(&copy).map_err(io("remove", &copy))?;
        let mut loaded = loaded?;
        let mut entries = Vec::with_capacity(loaded.rows.len());
        for (key, bytes) in std::mem::take(&mut loaded.rows) {
            let entry = Entry::decode(key.as_str().into(), &bytes)
                .map_err(|detail| damaged(file, &format!("object {key}: {detail}")))?;
            entries.push(std::sync::Arc::new(entry));
        }
        Ok((loaded, entries))
    })?;
    create(&target, &entries, loaded.revision + RESTORE_LEAP)
}

fn damaged(path: &Path, detail: &str) -> StorageError {
    StorageError::Damaged { path: path.display().to_string(), detail: detail.into() }
}

fn io(operation: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> StorageError {
    let path = path.display().to_string();
    move |error| match error.kind() {
        std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
            StorageError::DiskFull { path }
        }
        _ => StorageError::Io { operation, path, detail: error.to_string() },
    }
}

fn classify(path: &Path, operation: &'static str, error: &redb::Error) -> StorageError {
    use redb::Error;
    let text = path.display().to_string();
    match error {
        Error::DatabaseAlreadyOpen => StorageError::InUse { path: text },
        Error::UpgradeRequired(format) => {
            StorageError::NewerFormat { path: text, found: u64::from(*format), known: FORMAT }
        }
        Error::Io(error) => match error.kind() {
            std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                StorageError::DiskFull { path: text }
            }
            std::io::ErrorKind::InvalidData | std::io::ErrorKind::UnexpectedEof => {
                damaged(path, &error.to_string())
            }
            _ => StorageError::Io { operation, path: text, detail: error.to_string() },
        },
        Error::Corrupted(detail) => damaged(path, detail),
        Error::TableDoesNotExist(_)
        | Error::TableTypeMismatch { .. }
        | Error::TableIsMultimap(_)
        | Error::TypeDefinitionChanged { .. }
        | Error::RepairAborted => damaged(path, &error.to_string()),
        other => StorageError::Io { operation, path: text, detail: other.to_string() },
    }
}

/// CRC-32 (IEEE): notices a page that came back changed.
fn checksum(bytes: &[u8]) -> u32 {
    const TABLE: [u32; 256] = {
        let mut table = [0; 256];
        let mut index = 0;
        while index < 256 {
            let mut value = index as u32;
            let mut bit = 0;
            while bit < 8 {
                value = if value & 1 == 1 { (value >> 1) ^ 0xEDB8_8320 } else { value >> 1 };
                bit += 1;
            }
            table[index] = value;
            index += 1;
        }
        table
    };
    let step = |sum: u32, byte: &u8| (sum >> 8) ^ TABLE[((sum ^ u32::from(*byte)) & 0xFF) as usize];
    !bytes.iter().fold(!0, step)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_crc32() {
        assert_eq!(checksum(b"123456789"), 0xCBF4_3926);
    }

    #[test]
    fn a_newer_format_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        drop(RedbFile::open(folder.path()).unwrap());
        let path = folder.path().join(FILE_NAME);
        let database = Database::open(&path).unwrap();
        let transaction = database.begin_write().unwrap();
        transaction.open_table(NUMBERS).unwrap().insert("format", FORMAT + 1).unwrap();
        transaction.commit().unwrap();
        drop(database);
        let before = fs::read(&path).unwrap();
        let refused = RedbFile::open(folder.path()).map(drop);
        assert!(
            matches!(refused, Err(StorageError::NewerFormat { found: 2, known: 1, .. })),
            "{refused:?}"
        );
        assert_eq!(fs::read(&path).unwrap(), before);
    }
}
