//! The one thread that writes: takes what waits, checks it, commits it once, then publishes and answers.
use super::{
    Backend, Change, ChangeKind, Entry, Expect, Memory, Operation, Reply, Request, StorageError,
    WriteError, backend::Write,
};
use parking_lot::RwLock;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, mpsc};
use tokio::sync::watch;

/// How many writes share one commit at most.
const BATCH: usize = 512;

pub(super) struct Writer {
    backend: Box<dyn Backend>,
    memory: Arc<RwLock<Memory>>,
    announce: watch::Sender<u64>,
    revision: u64,
    /// Keys of a commit that failed: it may have reached the disk, so they are written again as memory has them.
    doubtful: BTreeSet<Arc<str>>,
}

/// What one batch will do, decided before anything is stored.
#[derive(Default)]
struct Batch {
    overlay: HashMap<Arc<str>, Option<Arc<Entry>>>,
    changes: Vec<Change>,
    replies: Vec<(Reply, Arc<Entry>)>,
}

impl Writer {
    pub(super) fn start(
        backend: Box<dyn Backend>,
        memory: Arc<RwLock<Memory>>,
        announce: watch::Sender<u64>,
        queue: mpsc::Receiver<Request>,
        path: &str,
    ) -> Result<std::thread::JoinHandle<()>, StorageError> {
        let revision = memory.read().revision;
        let mut writer = Self { backend, memory, announce, revision, doubtful: BTreeSet::new() };
        let thread = std::thread::Builder::new().name("kube-store".into());
        let started = thread.spawn(move || {
            while let Ok(first) = queue.recv() {
                let mut waiting = vec![first];
                waiting.extend(queue.try_iter().take(BATCH - 1));
                writer.apply(waiting);
            }
        });
        started.map_err(|error| StorageError::Io {
            operation: "start the writer of",
            path: path.into(),
            detail: error.to_string(),
        })
    }

    fn apply(&mut self, waiting: Vec<Request>) {
        let batch = self.decide(waiting);
        if batch.changes.is_empty() {
            return;
        }
        let mut writes: Vec<Write> = Vec::with_capacity(batch.overlay.len());
        for (key, entry) in &batch.overlay {
            writes.push((key.clone(), entry.as_ref().map(|entry| entry.bytes.clone())));
        }
        for key in self.doubtful.iter().filter(|key| !batch.overlay.contains_key(*key)) {
            let current = self.memory.read().objects.get(key).map(|entry| entry.bytes.clone());
            writes.push((key.clone(), current));
        }
        writes.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        match self.backend.commit(&writes, self.revision) {
            Ok(()) => {
                self.doubtful.clear();
                self.publish(batch);
            }
            Err(error) => {
                tracing::error!(%error, "a commit failed; its writes are refused");
                self.doubtful.extend(batch.overlay.into_keys());
                let error = Arc::new(error);
                for (reply, _) in batch.replies {
                    let _ = reply.send(Err(WriteError::Storage(error.clone())));
                }
            }
        }
    }

    /// Checks each request against memory and what the batch did before it; gives each its revision.
    fn decide(&mut self, waiting: Vec<Request>) -> Batch {
        let memory = self.memory.read();
        let mut batch = Batch::default();
        for Request { operation, reply } in waiting {
            let find = |key: &Arc<str>| match batch.overlay.get(key) {
                Some(entry) => entry.clone(),
                None => memory.objects.get(key).cloned(),
            };
            let current = find(&operation.key);
            let home = operation.within.as_ref().map(find);
            if let Err(refusal) = check(&operation, current.as_deref(), home.as_ref()) {
                let _ = reply.send(Err(refusal));
                continue;
            }
            self.revision += 1;
            let key = operation.key;
            let (kind, entry) = match (operation.draft, &current) {
                (Some(draft), _) => {
                    (ChangeKind::Written, draft.into_entry(key.clone(), self.revision))
                }
                (None, Some(current)) => (ChangeKind::Deleted, current.at_revision(self.revision)),
                (None, None) => continue,
            };
            let entry = Arc::new(entry);
            let kept = (kind == ChangeKind::Written).then(|| entry.clone());
            batch.overlay.insert(key, kept);
            batch.changes.push(Change { kind, entry: entry.clone(), previous: current });
            batch.replies.push((reply, entry));
        }
        batch
    }

    fn publish(&mut self, batch: Batch) {
        {
            let mut memory = self.memory.write();
            for (key, entry) in batch.overlay {
                match entry {
                    Some(entry) => memory.put(entry),
                    None => memory.remove(&key),
                }
            }
            memory.revision = self.revision;
            for change in batch.changes {
                memory.log.push(change);
            }
        }
        self.announce.send_replace(self.revision);
        for (reply, entry) in batch.replies {
            let _ = reply.send(Ok(entry));
        }
    }
}

fn check(
    operation: &Operation,
    current: Option<&Entry>,
    home: Option<&Option<Arc<Entry>>>,
) -> Result<(), WriteError> {
    if home.is_some_and(|home| home.as_ref().is_none_or(|home| home.facts.deleting)) {
        return Err(WriteError::NamespaceGone);
    }
    match (operation.expect, current) {
        (Expect::Absent, None) => Ok(()),
        (Expect::Absent, Some(_)) => Err(WriteError::Exists),
        (Expect::Revision(_), None) => Err(WriteError::NotFound),
        (Expect::Revision(revision), Some(entry)) if entry.revision == revision => Ok(()),
        (Expect::Revision(_), Some(_)) => Err(WriteError::Conflict),
    }
}
