//! What nobody needs any more: old Promotions of a Stage, old Freight of a Warehouse.

use std::collections::BTreeSet;

use api::{Freight, Promotion, Stage};
use jiff::{SignedDuration, Timestamp};

use crate::freight::{current_in, discovered_at, name_of};
use crate::promotion::{is_terminal, order};

/// How much history to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retention {
    /// How many to keep beyond those that are needed.
    pub keep: usize,
    /// Nothing younger is deleted.
    pub minimum_age: SignedDuration,
}

impl Default for Retention {
    fn default() -> Self {
        Self { keep: 20, minimum_age: SignedDuration::from_hours(14 * 24) }
    }
}

/// Promotions of one Stage that may go: ended, with enough newer ones below the oldest that has not ended, and old.
#[must_use]
pub fn promotions(of_stage: &[Promotion], retention: Retention, now: Timestamp) -> Vec<&Promotion> {
    let created = |promotion: &Promotion| {
        promotion.metadata.creation_timestamp.as_ref().map_or(Timestamp::MAX, |time| time.0)
    };
    let mut newest_first: Vec<&Promotion> = of_stage.iter().collect();
    newest_first.sort_by(|a, b| {
        created(b).cmp(&created(a)).then_with(|| order::name_of(b).cmp(order::name_of(a)))
    });
    let needed = newest_first.iter().rposition(|promotion| !is_terminal(promotion));
    expired(newest_first, needed, retention, |promotion| is_old(created(promotion), retention, now))
}

/// Freight of one Warehouse that may go: in use nowhere, with enough newer below the oldest that is used, and old.
/// Freight of a Promotion that has not ended counts as used.
#[must_use]
pub fn freight<'a>(
    of_warehouse: &'a [Freight],
    stages: &[Stage],
    promotions: &[Promotion],
    retention: Retention,
    now: Timestamp,
) -> Vec<&'a Freight> {
    let awaited: BTreeSet<&str> = promotions
        .iter()
        .filter(|promotion| !is_terminal(promotion))
        .filter_map(|promotion| promotion.spec.freight.as_deref())
        .collect();
    let used = |freight: &Freight| {
        awaited.contains(name_of(freight)) || !current_in(stages, name_of(freight)).is_empty()
    };
    let mut newest_first: Vec<&Freight> = of_warehouse.iter().collect();
    newest_first.sort_by(|a, b| {
        discovered_at(b).cmp(&discovered_at(a)).then_with(|| name_of(b).cmp(name_of(a)))
    });
    let needed = newest_first.iter().rposition(|freight| used(freight));
    expired(newest_first, needed, retention, |freight| {
        is_old(discovered_at(freight), retention, now)
    })
}

fn expired<T>(
    newest_first: Vec<&T>,
    last_needed: Option<usize>,
    retention: Retention,
    is_old: impl Fn(&T) -> bool,
) -> Vec<&T> {
    let kept = last_needed.map_or(0, |index| index + 1).saturating_add(retention.keep);
    newest_first.into_iter().skip(kept).filter(|one| is_old(one)).collect()
}

fn is_old(since: Timestamp, retention: Retention, now: Timestamp) -> bool {
    since.checked_add(retention.minimum_age).is_ok_and(|end| end < now)
}
