//! The work queue of one controller: keys that are due now, and keys that are due at a time.
//!
//! A key is handed out to one worker at a time; a key added meanwhile is handed out again afterwards. Deadlines
//! live in one ordered set over the [`Clock`], so that a soak that ends at 12:00:00 is looked at at 12:00:00.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use api::Timestamp;
use integrations::clock::Clock;
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::cache::ObjectKey;

const FIRST_RETRY: Duration = Duration::from_millis(100);
/// A fixed credential or a registry that is back must be noticed within a minute.
const SLOWEST_RETRY: Duration = Duration::from_secs(60);

#[derive(Default)]
struct State {
    ready: VecDeque<ObjectKey>,
    queued: HashSet<ObjectKey>,
    running: HashMap<ObjectKey, bool>,
    timers: BTreeSet<(Timestamp, ObjectKey)>,
    due: HashMap<ObjectKey, Timestamp>,
    failures: HashMap<ObjectKey, u32>,
}

pub(crate) struct Queue {
    state: Mutex<State>,
    changed: Notify,
    clock: Arc<dyn Clock>,
}

impl Queue {
    pub(crate) fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self { state: Mutex::default(), changed: Notify::new(), clock })
    }

    /// Makes `key` due now.
    pub(crate) fn add(&self, key: ObjectKey) {
        self.state.lock().add(key);
        self.changed.notify_one();
    }

    /// Makes `key` due at `at`, in place of any earlier wish. A time that has passed means now.
    /// For [`Queue::done`] alone: a worker that holds the key would undo it when it gives the key back.
    fn add_at(&self, key: ObjectKey, at: Timestamp) {
        {
            let mut state = self.state.lock();
            state.cancel_timer(&key);
            if at <= self.clock.now() {
                state.add(key);
            } else {
                state.due.insert(key.clone(), at);
                state.timers.insert((at, key));
            }
        }
        self.changed.notify_one();
    }

    /// Waits for a key that is due and that no worker holds. It must be given back with [`Queue::done`].
    pub(crate) async fn take(&self) -> ObjectKey {
        loop {
            let (found, next) = self.state.lock().pop(self.clock.now());
            if let Some(key) = found {
                // More may be due: wake the next worker.
                self.changed.notify_one();
                return key;
            }
            let changed = self.changed.notified();
            match next {
                Some(at) => tokio::select! {
                    () = changed => {}
                    () = self.clock.sleep_until(at) => {}
                },
                None => changed.await,
            }
        }
    }

    /// Gives a key back. `again` is when to look at it again without any change.
    pub(crate) fn done(&self, key: ObjectKey, again: Option<Timestamp>) {
        let changed_meanwhile = {
            let mut state = self.state.lock();
            state.failures.remove(&key);
            state.cancel_timer(&key);
            state.running.remove(&key) == Some(true)
        };
        if changed_meanwhile {
            self.add(key);
        } else if let Some(at) = again {
            self.add_at(key, at);
        }
    }

    /// Gives a key back after an error and says how long to wait before trying again.
    /// The wait is real time: the outside world does not follow a movable clock.
    pub(crate) fn failed(self: &Arc<Self>, key: ObjectKey) -> Duration {
        let wait = {
            let mut state = self.state.lock();
            let changed_meanwhile = state.running.remove(&key) == Some(true);
            let failures = state.failures.entry(key.clone()).or_insert(0);
            let wait =
                FIRST_RETRY.saturating_mul(2u32.saturating_pow(*failures)).min(SLOWEST_RETRY);
            *failures = failures.saturating_add(1);
            if changed_meanwhile { FIRST_RETRY } else { wait }
        };
        let queue = Arc::downgrade(self);
        tokio::spawn(async move {
            tokio::time::sleep(wait).await;
            if let Some(queue) = queue.upgrade() {
                queue.add(key);
            }
        });
        wait
    }

    /// Gives back the key of an object that is gone. One that came back meanwhile is looked at again.
    pub(crate) fn forget(&self, key: ObjectKey) {
        self.done(key, None);
    }

    /// Whether nothing is due, held by a worker, or to be tried again after an error.
    pub(crate) fn is_idle(&self) -> bool {
        let state = self.state.lock();
        let due = state.timers.first().is_some_and(|(at, _)| *at <= self.clock.now());
        state.ready.is_empty() && state.running.is_empty() && state.failures.is_empty() && !due
    }
}

impl State {
    fn add(&mut self, key: ObjectKey) {
        if let Some(again) = self.running.get_mut(&key) {
            *again = true;
        } else if self.queued.insert(key.clone()) {
            self.ready.push_back(key);
        }
    }

    fn cancel_timer(&mut self, key: &ObjectKey) {
        if let Some(at) = self.due.remove(key) {
            self.timers.remove(&(at, key.clone()));
        }
    }

    /// The next key that is due, or else the time of the first timer.
    fn pop(&mut self, now: Timestamp) -> (Option<ObjectKey>, Option<Timestamp>) {
        while let Some((at, _)) = self.timers.first()
            && *at <= now
        {
            if let Some((_, key)) = self.timers.pop_first() {
                self.due.remove(&key);
                self.add(key);
            }
        }
        if let Some(key) = self.ready.pop_front() {
            self.queued.remove(&key);
            self.running.insert(key.clone(), false);
            return (Some(key), None);
        }
        (None, self.timers.first().map(|(at, _)| *at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> ObjectKey {
        ObjectKey::new("demo", name)
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_key_added_while_it_is_worked_on_comes_again_once() {
        let mut state = State::default();
        state.add(key("a"));
        state.add(key("a"));
        assert_eq!(state.pop(at(0)).0, Some(key("a")));
        assert_eq!(state.pop(at(0)).0, None);
        state.add(key("a"));
        state.add(key("a"));
        assert_eq!(state.pop(at(0)).0, None, "one worker at a time");
        assert_eq!(state.running.remove(&key("a")), Some(true));
    }

    #[test]
    fn timers_fire_in_order_and_not_before_their_time() {
        let mut state = State::default();
        for (second, name) in [(20, "b"), (10, "a")] {
            state.due.insert(key(name), at(second));
            state.timers.insert((at(second), key(name)));
        }
        assert_eq!(state.pop(at(9)), (None, Some(at(10))));
        assert_eq!(state.pop(at(10)).0, Some(key("a")));
        assert_eq!(state.pop(at(10)), (None, Some(at(20))));
    }

    #[tokio::test]
    async fn an_object_that_comes_back_while_it_is_being_forgotten_is_looked_at() {
        let queue = Queue::new(Arc::new(integrations::clock::SystemClock));
        queue.add(key("a"));
        let taken = queue.take().await;
        queue.add(key("a"));
        queue.forget(taken);
        assert_eq!(queue.take().await, key("a"));
        assert!(!queue.is_idle(), "a worker holds it");
        queue.done(key("a"), None);
        assert!(queue.is_idle());
    }
}
