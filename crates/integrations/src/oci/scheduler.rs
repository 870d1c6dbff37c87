//! Turns at one registry: Projects take turns, requests are spread at a bounded rate, a bounded number is under way.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::Instant;

#[derive(Clone)]
pub(super) struct Scheduler {
    state: Arc<Mutex<State>>,
    under_way: Arc<Semaphore>,
    per_second: u32,
}

/// The right to make one request; ends when dropped.
pub(super) struct Turn {
    _permit: OwnedSemaphorePermit,
}

struct State {
    queues: HashMap<String, VecDeque<oneshot::Sender<Turn>>>,
    /// Projects with waiting requests, the next one first.
    order: VecDeque<String>,
    handing_out: bool,
    /// When the bucket would be full again; one request moves it on by one spacing.
    full_at: Instant,
    /// The registry asked to be left alone until then.
    paused_until: Instant,
}

impl Scheduler {
    pub(super) fn new(per_second: u32, under_way: usize) -> Self {
        let now = Instant::now();
        let state = State {
            queues: HashMap::new(),
            order: VecDeque::new(),
            handing_out: false,
            full_at: now,
            paused_until: now,
        };
        Self {
            state: Arc::new(Mutex::new(state)),
            under_way: Arc::new(Semaphore::new(under_way.max(1))),
            per_second: per_second.max(1),
        }
    }

    /// Waits for a turn of `project`. Dropping the future gives the place up.
    pub(super) async fn turn(&self, project: &str) -> Option<Turn> {
        let (sender, receiver) = oneshot::channel();
        let start = {
            let mut state = self.state.lock();
            let queue = state.queues.entry(project.to_owned()).or_default();
            queue.push_back(sender);
            if queue.len() == 1 {
                state.order.push_back(project.to_owned());
            }
            !std::mem::replace(&mut state.handing_out, true)
        };
        if start {
            tokio::spawn(self.clone().hand_out());
        }
        receiver.await.ok()
    }

    /// Nobody gets a turn until then.
    pub(super) fn pause(&self, by: Duration) {
        let mut state = self.state.lock();
        state.paused_until = state.paused_until.max(Instant::now() + by);
    }

    async fn hand_out(self) {
        loop {
            let Ok(permit) = Arc::clone(&self.under_way).acquire_owned().await else { return };
            let mut turn = Turn { _permit: permit };
            tokio::time::sleep_until(self.next_at()).await;
            loop {
                let Some(waiting) = self.next_waiting() else { return };
                match waiting.send(turn) {
                    Ok(()) => break,
                    // It gave up; its turn is the next one's.
                    Err(unused) => turn = unused,
                }
            }
            self.spend();
        }
    }

    /// A second's worth of requests may go at once after a quiet time.
    fn next_at(&self) -> Instant {
        let state = self.state.lock();
        let spacing = Duration::from_secs(1) / self.per_second;
        let burst = Duration::from_secs(1) - spacing;
        state.full_at.checked_sub(burst).unwrap_or(state.full_at).max(state.paused_until)
    }

    fn spend(&self) {
        let mut state = self.state.lock();
        state.full_at =
            state.full_at.max(Instant::now()) + Duration::from_secs(1) / self.per_second;
    }

    fn next_waiting(&self) -> Option<oneshot::Sender<Turn>> {
        let mut state = self.state.lock();
        let state = &mut *state;
        while let Some(project) = state.order.pop_front() {
            let Some(queue) = state.queues.get_mut(&project) else { continue };
            let waiting = queue.pop_front();
            if queue.is_empty() {
                state.queues.remove(&project);
            } else {
                state.order.push_back(project);
            }
            if let Some(waiting) = waiting.filter(|waiting| !waiting.is_closed()) {
                return Some(waiting);
            }
        }
        state.handing_out = false;
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn projects_take_turns_and_the_rate_is_kept() {
        let scheduler = Scheduler::new(100, 100);
        let started = Instant::now();
        let done = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = tokio::task::JoinSet::new();
        for (project, count) in [("many", 130), ("few", 5)] {
            for _ in 0..count {
                let (scheduler, done) = (scheduler.clone(), Arc::clone(&done));
                tasks.spawn(async move {
                    let _turn = scheduler.turn(project).await;
                    done.lock().push(project);
                });
            }
        }
        while tasks.join_next().await.is_some() {}
        let order = done.lock().clone();
        let last_of_few = order.iter().rposition(|project| *project == "few").unwrap();
        assert!(last_of_few < 40, "the few waited for the many: {order:?}");
        // 135 requests: a hundred at once, the others 10 ms apart.
        assert!(started.elapsed() >= Duration::from_millis(330), "{:?}", started.elapsed());
    }

    #[tokio::test]
    async fn giving_up_costs_no_turn() {
        let scheduler = Scheduler::new(1000, 1);
        let held = scheduler.turn("one").await;
        let waiting = tokio::time::timeout(Duration::from_millis(10), scheduler.turn("two")).await;
        assert!(waiting.is_err());
        drop(held);
        assert!(scheduler.turn("three").await.is_some());
        let pause = Duration::from_millis(50);
        scheduler.pause(pause);
        let started = Instant::now();
        assert!(scheduler.turn("three").await.is_some());
        assert!(started.elapsed() >= pause);
    }
}
