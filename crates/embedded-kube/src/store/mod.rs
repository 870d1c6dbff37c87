//! All live objects in memory as bytes, one writer thread with group commit, and a log that watchers read at their own pace.
pub(crate) mod backend;
pub(crate) mod entry;
mod log;
pub(crate) mod redb_file;
mod writer;

pub(crate) use backend::Backend;
pub use backend::StorageError;
pub(crate) use entry::{Draft, Entry};
pub(crate) use log::{Change, ChangeKind, Compacted, Log};

use parking_lot::{Mutex, RwLock};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::Arc;
use tokio::sync::{oneshot, watch};

/// What must be true of the key for a write to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expect {
    Absent,
    Revision(u64),
}

/// One write: `draft` is the new object, `None` removes it.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) key: Arc<str>,
    pub(crate) expect: Expect,
    /// A key that must be present and not being deleted (the namespace of a new object).
    pub(crate) within: Option<Arc<str>>,
    pub(crate) draft: Option<Draft>,
}

#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    #[error("the object exists")]
    Exists,
    #[error("the object does not exist")]
    NotFound,
    #[error("the object has changed")]
    Conflict,
    #[error("the namespace is gone or going")]
    NamespaceGone,
    #[error("the write was not stored")]
    Storage(#[source] Arc<StorageError>),
}

type Reply = oneshot::Sender<Result<Arc<Entry>, WriteError>>;

struct Request {
    operation: Operation,
    reply: Reply,
}

/// The objects, their owners and the log: always at the same revision.
#[derive(Default)]
struct Memory {
    objects: BTreeMap<Arc<str>, Arc<Entry>>,
    dependents: HashMap<Box<str>, BTreeSet<Arc<str>>>,
    log: Log,
    revision: u64,
}

impl Memory {
    fn put(&mut self, entry: Arc<Entry>) {
        self.drop_owners(&entry.key.clone());
        for owner in &entry.facts.owners {
            self.dependents.entry(owner.clone()).or_default().insert(entry.key.clone());
        }
        self.objects.insert(entry.key.clone(), entry);
    }

    fn remove(&mut self, key: &Arc<str>) {
        self.drop_owners(key);
        self.objects.remove(key);
    }

    fn drop_owners(&mut self, key: &Arc<str>) {
        let Some(old) = self.objects.get(key) else { return };
        for owner in &old.facts.owners {
            if let Some(keys) = self.dependents.get_mut(owner) {
                keys.remove(key);
                if keys.is_empty() {
                    self.dependents.remove(owner);
                }
            }
        }
    }
}

/// Objects under a prefix at one revision.
pub(crate) struct Snapshot {
    pub(crate) revision: u64,
    pub(crate) entries: Vec<Arc<Entry>>,
}

pub(crate) struct Store {
    memory: Arc<RwLock<Memory>>,
    /// `None` after closing.
    requests: RwLock<Option<std::sync::mpsc::Sender<Request>>>,
    writer: Mutex<Option<std::thread::JoinHandle<()>>>,
    revision: watch::Receiver<u64>,
}

impl Store {
    /// Loads everything the backend has and starts the writer thread.
    pub(crate) fn open(mut backend: Box<dyn Backend>, path: &str) -> Result<Self, StorageError> {
        let loaded = backend.load()?;
        let mut memory = Memory { revision: loaded.revision.max(1), ..Memory::default() };
        memory.log.forget_until(memory.revision);
        for (key, bytes) in loaded.rows {
            let entry = Entry::decode(key.as_str().into(), &bytes).map_err(|detail| {
                StorageError::Damaged {
                    path: path.into(),
                    detail: format!("object {key}: {detail}"),
                }
            })?;
            memory.put(Arc::new(entry));
        }
        let revision = memory.revision;
        let memory = Arc::new(RwLock::new(memory));
        let (announce, announced) = watch::channel(revision);
        let (requests, queue) = std::sync::mpsc::channel();
        let writer = writer::Writer::start(backend, memory.clone(), announce, queue, path)?;
        Ok(Self {
            memory,
            requests: RwLock::new(Some(requests)),
            writer: Mutex::new(Some(writer)),
            revision: announced,
        })
    }

    /// Finishes the writes already asked for, then closes the backend. Blocks until that is done.
    pub(crate) fn close(&self) {
        drop(self.requests.write().take());
        if let Some(writer) = self.writer.lock().take() {
            let _ = writer.join();
        }
    }

    /// Writes durably. When this answers `Ok`, the object survives a crash.
    pub(crate) async fn write(&self, operation: Operation) -> Result<Arc<Entry>, WriteError> {
        let closed = || WriteError::Storage(Arc::new(StorageError::Closed));
        let (reply, answer) = oneshot::channel();
        let sent = match &*self.requests.read() {
            Some(requests) => requests.send(Request { operation, reply }).is_ok(),
            None => false,
        };
        if !sent {
            return Err(closed());
        }
        answer.await.map_err(|_| closed())?
    }

    pub(crate) fn get(&self, key: &str) -> Option<Arc<Entry>> {
        self.memory.read().objects.get(key).cloned()
    }

    pub(crate) fn revision(&self) -> u64 {
        *self.revision.borrow()
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.revision.clone()
    }

    /// Everything under `prefix`, now.
    pub(crate) fn list(&self, prefix: &str) -> Snapshot {
        let memory = self.memory.read();
        Snapshot { revision: memory.revision, entries: under(&memory.objects, prefix) }
    }

    /// Everything under `prefix` as it was at `revision`: the present, with the log undone.
    pub(crate) fn list_at(&self, prefix: &str, revision: u64) -> Result<Snapshot, Compacted> {
        let memory = self.memory.read();
        let changes = memory.log.since(revision, prefix)?;
        let mut entries = under(&memory.objects, prefix);
        drop(memory);
        if !changes.is_empty() {
            let mut past: BTreeMap<Arc<str>, Arc<Entry>> =
                entries.into_iter().map(|entry| (entry.key.clone(), entry)).collect();
            for change in changes.into_iter().rev() {
                match change.previous {
                    Some(previous) => past.insert(previous.key.clone(), previous),
                    None => past.remove(&change.entry.key),
                };
            }
            entries = past.into_values().collect();
        }
        Ok(Snapshot { revision, entries })
    }

    /// Changes after `revision` under `prefix`, and the revision they bring the reader to.
    pub(crate) fn since(
        &self,
        revision: u64,
        prefix: &str,
    ) -> Result<(u64, Vec<Change>), Compacted> {
        let memory = self.memory.read();
        Ok((memory.revision.max(revision), memory.log.since(revision, prefix)?))
    }

    /// Objects that name `uid` as an owner.
    pub(crate) fn dependents(&self, uid: &str) -> Vec<Arc<Entry>> {
        let memory = self.memory.read();
        let keys = memory.dependents.get(uid).into_iter().flatten();
        keys.filter_map(|key| memory.objects.get(key).cloned()).collect()
    }

    /// Every object in `namespace`.
    pub(crate) fn in_namespace(&self, namespace: &str) -> Vec<Arc<Entry>> {
        let memory = self.memory.read();
        memory.objects.values().filter(|entry| entry.namespace() == namespace).cloned().collect()
    }
}

fn under(objects: &BTreeMap<Arc<str>, Arc<Entry>>, prefix: &str) -> Vec<Arc<Entry>> {
    objects
        .range::<str, _>((Bound::Included(prefix), Bound::Unbounded))
        .take_while(|(key, _)| key.starts_with(prefix))
        .map(|(_, entry)| entry.clone())
        .collect()
}

#[cfg(test)]
mod tests;
