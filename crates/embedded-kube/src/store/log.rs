//! The recent changes, in order. Watchers keep a revision and read on from there; nobody queues for them.
use super::Entry;
use std::collections::VecDeque;
use std::sync::Arc;

/// How many changes are remembered.
const CHANGES: usize = 16_384;
/// How many bytes of objects the remembered changes may hold.
const BYTES: usize = 48 << 20;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChangeKind {
    Written,
    Deleted,
}

/// One change. `entry` of a deletion is the last state, carrying the deletion's revision.
#[derive(Debug, Clone)]
pub(crate) struct Change {
    pub(crate) kind: ChangeKind,
    pub(crate) entry: Arc<Entry>,
    pub(crate) previous: Option<Arc<Entry>>,
}

impl Change {
    fn weight(&self) -> usize {
        self.entry.bytes.len() + 200
    }
}

/// The revision asked for is older than what the log remembers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Compacted {
    pub(crate) oldest: u64,
}

#[derive(Debug, Default)]
pub(crate) struct Log {
    changes: VecDeque<Change>,
    bytes: usize,
    /// Changes up to here are forgotten.
    forgotten: u64,
}

impl Log {
    pub(crate) fn forget_until(&mut self, revision: u64) {
        self.forgotten = revision;
    }

    pub(crate) fn push(&mut self, change: Change) {
        self.bytes += change.weight();
        self.changes.push_back(change);
        while self.changes.len() > CHANGES || self.bytes > BYTES {
            let Some(oldest) = self.changes.pop_front() else { break };
            self.bytes -= oldest.weight();
            self.forgotten = oldest.entry.revision;
        }
    }

    pub(crate) fn since(&self, revision: u64, prefix: &str) -> Result<Vec<Change>, Compacted> {
        if revision < self.forgotten {
            return Err(Compacted { oldest: self.forgotten });
        }
        let start = self.changes.partition_point(|change| change.entry.revision <= revision);
        let recent = self.changes.range(start..);
        Ok(recent.filter(|change| change.entry.key.starts_with(prefix)).cloned().collect())
    }
}
