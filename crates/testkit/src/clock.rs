//! A clock that stands still until a test moves it.

use std::sync::Arc;

use api::Timestamp;
use futures::future::BoxFuture;
use integrations::clock::Clock;
use jiff::SignedDuration;
use tokio::sync::watch;

/// Cloning gives another hand on the same clock.
#[derive(Clone)]
pub struct MovableClock {
    now: Arc<watch::Sender<Timestamp>>,
}

impl MovableClock {
    pub fn at(start: Timestamp) -> Self {
        Self { now: Arc::new(watch::channel(start).0) }
    }

    /// Moves time forward; whatever waited for a moment on the way wakes up.
    pub fn advance(&self, by: SignedDuration) {
        self.now.send_modify(|now| *now = now.saturating_add(by).unwrap_or(Timestamp::MAX));
    }
}

impl Default for MovableClock {
    /// Starts at the present second, so that ages and lifetimes of tokens look ordinary.
    fn default() -> Self {
        let now = Timestamp::now();
        Self::at(Timestamp::from_second(now.as_second()).unwrap_or(now))
    }
}

impl Clock for MovableClock {
    fn now(&self) -> Timestamp {
        *self.now.borrow()
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        let mut now = self.now.subscribe();
        Box::pin(async move {
            // A clock that is gone will not move again; the waiter's own cancellation ends it.
            if now.wait_for(|now| *now >= at).await.is_err() {
                std::future::pending::<()>().await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sleepers_wake_when_their_moment_is_passed() {
        let clock = MovableClock::default();
        let start = clock.now();
        let sleeper = tokio::spawn(clock.sleep_until(start + SignedDuration::from_secs(10)));
        clock.advance(SignedDuration::from_secs(9));
        assert!(!sleeper.is_finished());
        clock.advance(SignedDuration::from_secs(1));
        assert!(sleeper.await.is_ok());
    }
}
