//! What a Warehouse should do next: discover when it is time, keep what was found, make Freight of the newest.

mod criteria;
mod draft;
mod freight_creation;
mod outcome;
mod schedule;

use std::sync::Arc;

use api::{
    ChartDiscoveryResult, DiscoveryResult, Freight, GitDiscoveryResult, ImageDiscoveryResult,
    RepoSubscription, Warehouse, WarehouseStatus,
};
use jiff::{SignedDuration, Timestamp};

use crate::decision::Decision;
use draft::Draft;

pub use freight_creation::newest;
pub use schedule::{effective_interval, retry_delay};

/// Everything `next` may know.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The Warehouse itself.
    pub warehouse: Warehouse,
    /// The operator's floor for the interval.
    pub minimum_interval: SignedDuration,
    /// Whether a discovery of this Warehouse is under way here.
    pub discovering: bool,
    /// What a discovery that has ended brought, until it is recorded.
    pub discovery: Option<Discovery>,
    /// The failure after which the next attempt must wait; remembered by the controller, not stored.
    pub failure: Option<Failure>,
    /// Why the Freight of the newest artifacts could not be created; remembered by the controller until it could.
    pub refused: Option<String>,
    /// Freight of this origin; at least the one whose name the newest artifacts give.
    pub freight: Vec<Arc<Freight>>,
}

/// A discovery to carry out.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// The generation whose subscriptions these are.
    pub generation: i64,
    /// The refresh request this discovery answers: the one that was there before it began.
    pub refresh: Option<String>,
    /// What to look at, in the order of the spec.
    pub subscriptions: Vec<PlannedSubscription>,
}

/// One subscription, and what the last discovery knew about it.
#[derive(Clone, Debug, PartialEq)]
pub struct PlannedSubscription {
    /// What to look at.
    pub subscription: RepoSubscription,
    /// What git looked like last time, when the spec has not changed since.
    pub known_git: Option<GitDiscoveryResult>,
}

/// What a discovery brought.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Discovery {
    /// From the plan.
    pub generation: i64,
    /// From the plan.
    pub refresh: Option<String>,
    /// One per subscription, in order; an error is for people.
    pub results: Vec<Result<Discovered, String>>,
}

/// What one subscription brought.
#[derive(Clone, Debug, PartialEq)]
pub enum Discovered {
    /// Commits.
    Git(GitDiscoveryResult),
    /// Image references.
    Image(ImageDiscoveryResult),
    /// Chart versions.
    Chart(ChartDiscoveryResult),
    /// Anything else.
    Other(DiscoveryResult),
}

/// Discoveries that failed in a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// When the last of them ended.
    pub at: Timestamp,
    /// How many.
    pub count: u32,
    /// Of which generation of the spec; a new spec is tried at once.
    pub generation: i64,
}

/// What a Warehouse may want done.
#[derive(Clone, Debug, PartialEq)]
pub enum WarehouseEffect {
    /// Discover, unless that is under way; then look again with the outcome.
    Discover(Plan),
    /// Create this Freight. Its name follows from its content, so `AlreadyExists` means done.
    CreateFreight(Box<Freight>),
}

/// What the Warehouse should look like and what should be done.
pub fn next(seen: &Seen, now: Timestamp) -> Decision<WarehouseStatus, WarehouseEffect> {
    let mut draft = Draft::new(seen, now);
    if seen.warehouse.metadata.deletion_timestamp.is_some() {
        return draft.into_decision();
    }
    let subscriptions = match seen.warehouse.spec.parse_subscriptions() {
        Ok(subscriptions) => subscriptions,
        Err(error) => {
            draft.failed(&error.to_string());
            return draft.into_decision();
        }
    };
    let generation = draft.generation();
    match seen.discovery.as_ref().filter(|discovery| discovery.generation == generation) {
        Some(discovery) => outcome::record(&mut draft, discovery),
        None => schedule::plan(&mut draft, subscriptions),
    }
    draft.into_decision()
}
