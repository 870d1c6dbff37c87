//! What a Stage should do next: queue and grant Promotions, settle finished ones into its history, record on Freight
//! where it runs and soaks, judge health and verification, keep holds, promote on its own.

mod auto_promotion;
mod concern;
mod conditions;
mod control_flow;
mod deletion;
mod draft;
mod effect;
mod freight_records;
mod health;
mod holds;
mod policy;
mod promotions;
mod verification;

use std::sync::Arc;

use api::{
    Freight, Health, ProjectConfig, Promotion, PromotionRequest, Stage, StageStatus, Target,
};
use jiff::Timestamp;

use crate::decision::Decision;

pub use concern::is_concerned;
pub use effect::{Intention, StageEffect};
pub(crate) use policy::labels_of as policy_labels;
pub use policy::{PolicyError, auto_promotion_policy};
pub use promotions::{Gate, gate};

pub(crate) use auto_promotion::{Standing, next_soak_end, reason as why_standing, standing};
pub(crate) use draft::Draft;
pub(crate) use holds::effective as effective_holds;
pub(crate) use promotions::awaiting_verification;

/// Everything `next` may know. One snapshot; stale is allowed, torn is not. What is shared is not copied: a Stage
/// may see ten thousand pieces of Freight at each pass.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The Stage itself.
    pub stage: Arc<Stage>,
    /// All its Promotions, in any order.
    pub promotions: Vec<Arc<Promotion>>,
    /// All its PromotionRequests; only looked at when the Stage has targets.
    pub promotion_requests: Vec<PromotionRequest>,
    /// The Freight of its namespace; at least what is of its origins or names it.
    pub freight: Vec<Arc<Freight>>,
    /// The Stages of its namespace; at least those it names as sources.
    pub stages: Vec<Arc<Stage>>,
    /// Targets of its namespace; only looked at when the Stage has targets.
    pub targets: Vec<Target>,
    /// The ProjectConfig of its namespace.
    pub project_config: Option<Arc<ProjectConfig>>,
    /// The outcome of each health check of the last Promotion, in order; empty until they ran.
    pub health: Vec<Health>,
    /// Who decides, for events: `controller:<name>`.
    pub actor: String,
}

impl Seen {
    pub(crate) fn freight(&self) -> impl Iterator<Item = &Freight> {
        self.freight.iter().map(|freight| &**freight)
    }
}

/// What the Stage should look like and what should be done, given what was seen.
pub fn next(seen: &Seen, now: Timestamp) -> Decision<StageStatus, StageEffect> {
    let mut draft = Draft::new(seen, now);
    if seen.stage.metadata.deletion_timestamp.is_some() {
        deletion::clear(&mut draft);
        return draft.into_decision();
    }
    deletion::guard(&mut draft);
    if seen.stage.spec.is_control_flow() {
        control_flow::pass_through(&mut draft);
        return draft.into_decision();
    }
    promotions::settle(&mut draft);
    freight_records::record_current(&mut draft);
    health::assess(&mut draft);
    verification::advance(&mut draft);
    freight_records::record_verified(&mut draft);
    if promotions::grant(&mut draft) {
        health::assess(&mut draft);
    }
    holds::compute(&mut draft);
    auto_promotion::consider(&mut draft);
    conditions::summarize(&mut draft);
    draft.into_decision()
}

/// Whether promoting to the Stage goes through a PromotionRequest.
#[must_use]
pub fn is_target_aware(stage: &Stage) -> bool {
    stage.spec.targets.is_some()
}
