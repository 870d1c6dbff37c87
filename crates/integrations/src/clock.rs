//! The only source of time: everything that needs "now" or "later" asks a [`Clock`], so tests can move it.

use std::time::Duration;

use futures::future::BoxFuture;
use jiff::Timestamp;

/// Longest single wait on the machine's clock before looking again: a laptop that slept, or a corrected clock, is noticed
/// within this time.
const LONGEST_WAIT: Duration = Duration::from_secs(30);

pub trait Clock: Send + Sync + 'static {
    fn now(&self) -> Timestamp;

    /// Completes when `now() >= at`; at once if that is already so.
    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()>;
}

/// The wall clock of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    fn sleep_until(&self, at: Timestamp) -> BoxFuture<'static, ()> {
        Box::pin(async move {
            loop {
                let left =
                    Duration::try_from(at.duration_since(Timestamp::now())).unwrap_or_default();
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left.min(LONGEST_WAIT)).await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waits_until_the_moment_and_not_for_the_past() {
        let clock = SystemClock;
        clock.sleep_until(Timestamp::MIN).await;
        let at = clock.now() + jiff::SignedDuration::from_millis(20);
        clock.sleep_until(at).await;
        assert!(clock.now() >= at);
    }
}
