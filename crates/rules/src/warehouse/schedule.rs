//! When to discover: never done, spec changed, refresh asked for, interval over, or the last attempt failed.

use api::{ConditionStatus, RepoSubscription, SubscriptionSource, condition};
use jiff::{SignedDuration, Timestamp};

use super::draft::Draft;
use super::freight_creation;
use super::{Failure, Plan, PlannedSubscription, WarehouseEffect};

const DEFAULT_INTERVAL: SignedDuration = SignedDuration::from_mins(5);
const FIRST_RETRY: SignedDuration = SignedDuration::from_secs(5);

/// The interval of the spec, but not below the operator's floor.
#[must_use]
pub fn effective_interval(warehouse: &api::Warehouse, minimum: SignedDuration) -> SignedDuration {
    let asked = warehouse.spec.interval.get().ok().filter(SignedDuration::is_positive);
    asked.unwrap_or(DEFAULT_INTERVAL).max(minimum).max(SignedDuration::from_secs(1))
}

/// How long to wait after so many failures in a row: doubling, but never longer than the interval.
#[must_use]
pub fn retry_delay(count: u32, interval: SignedDuration) -> SignedDuration {
    let doublings = count.saturating_sub(1).min(20);
    let delay = FIRST_RETRY.checked_mul(1 << doublings).unwrap_or(SignedDuration::MAX);
    delay.min(interval)
}

/// Why a discovery is due now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    /// Somebody changed or asked for something: show that it is under way.
    Asked(&'static str),
    /// Routine, or another attempt; conditions keep telling what is known.
    Quietly,
    /// Not before this moment.
    Later(Timestamp),
}

/// Discovers if it is due; else makes sure the newest artifacts are Freight, and comes back in time.
pub(super) fn plan(draft: &mut Draft<'_>, subscriptions: Vec<RepoSubscription>) {
    let due = due(draft);
    match due {
        Due::Later(at) => {
            freight_creation::conclude(draft);
            draft.again = draft.again.or_at(at);
        }
        Due::Asked(why) => {
            show_progress(draft, why);
            discover(draft, subscriptions);
        }
        Due::Quietly => discover(draft, subscriptions),
    }
}

fn due(draft: &Draft<'_>) -> Due {
    let status = &draft.status;
    let generation = draft.generation();
    let interval = effective_interval(&draft.seen.warehouse, draft.seen.minimum_interval);
    let asked_again = draft
        .refresh()
        .is_some_and(|refresh| status.last_handled_refresh.as_ref() != Some(refresh));
    if asked_again {
        return Due::Asked("a refresh was requested");
    }
    if let Some(Failure { at, count, .. }) =
        draft.seen.failure.filter(|failure| failure.generation == generation)
    {
        let again = at.checked_add(retry_delay(count, interval)).unwrap_or(Timestamp::MAX);
        return if again <= draft.now { Due::Quietly } else { Due::Later(again) };
    }
    if status.observed_generation.unwrap_or_default() < generation {
        return Due::Asked("the Warehouse has changed");
    }
    let failed = condition::get(&status.conditions, condition::HEALTHY)
        .is_some_and(|healthy| healthy.status == "False" && healthy.reason == "DiscoveryFailed");
    let discovered_at =
        status.discovered_artifacts.as_ref().and_then(|found| found.discovered_at.as_ref());
    match discovered_at {
        None => Due::Asked("no artifacts were ever discovered"),
        Some(_) if failed => Due::Quietly,
        Some(at) => match at.0.checked_add(interval) {
            Ok(next) if next > draft.now => Due::Later(next),
            _ => Due::Quietly,
        },
    }
}

fn discover(draft: &mut Draft<'_>, subscriptions: Vec<RepoSubscription>) {
    if draft.seen.discovering {
        return;
    }
    let generation = draft.generation();
    let unchanged = draft.status.observed_generation == Some(generation);
    let known = draft
        .status
        .discovered_artifacts
        .as_ref()
        .filter(|_| unchanged)
        .map(|known| known.git.as_slice());
    let mut known = known.unwrap_or_default().iter();
    let subscriptions = subscriptions
        .into_iter()
        .map(|subscription| {
            let known_git = match &subscription.source {
                SubscriptionSource::Git(git) => {
                    known.next().filter(|known| known.repo_url == git.repo_url).cloned()
                }
                _ => None,
            };
            PlannedSubscription { subscription, known_git }
        })
        .collect();
    let plan = Plan { generation, refresh: draft.refresh().cloned(), subscriptions };
    draft.effects.push(WarehouseEffect::Discover(plan));
}

fn show_progress(draft: &mut Draft<'_>, why: &str) {
    let count = draft.seen.warehouse.spec.subscriptions.len();
    let message = format!("Discovering artifacts for {count} subscriptions because {why}");
    draft.set(condition::RECONCILING, ConditionStatus::True, "ScheduledDiscovery", &message);
    draft.set(
        condition::READY,
        ConditionStatus::False,
        "DiscoveryInProgress",
        "Waiting for discovery to complete",
    );
    let pending = "Health status cannot be determined until artifact discovery is finished";
    draft.set(condition::HEALTHY, ConditionStatus::Unknown, "Pending", pending);
    draft.remove(condition::FREIGHT_CREATED);
    draft.remove(condition::FREIGHT_CREATION_CRITERIA_SATISFIED);
}
