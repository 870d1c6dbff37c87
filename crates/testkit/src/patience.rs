//! Waiting for a condition, in real time: a test says what it waits for and fails loudly when that does not come.

use std::time::Duration;

/// How long a test waits for anything. Generous: a loaded machine is no failure.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Between two looks at something that has no watch.
pub(crate) const LOOK_AGAIN: Duration = Duration::from_millis(5);

/// Looks until there is something to see and returns it; panics after [`PATIENCE`].
#[track_caller]
pub fn eventually<T, F>(what: &str, mut look: F) -> impl Future<Output = T>
where
    F: AsyncFnMut() -> Option<T>,
{
    let at = std::panic::Location::caller();
    async move {
        let looking = async {
            let mut again = tokio::time::interval(LOOK_AGAIN);
            loop {
                again.tick().await;
                if let Some(found) = look().await {
                    return found;
                }
            }
        };
        let Ok(found) = tokio::time::timeout(PATIENCE, looking).await else {
            panic!("{at}: waited {PATIENCE:?} in vain for: {what}");
        };
        found
    }
}
