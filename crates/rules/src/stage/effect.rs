//! What a Stage may want done. Each effect is safe to repeat.

use std::collections::BTreeMap;

use api::{Promotion, PromotionRequest, Time};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

/// One thing to do.
#[derive(Clone, Debug, PartialEq)]
pub enum StageEffect {
    /// Put Kargo's finalizer on the Stage.
    AddFinalizer,
    /// Take Kargo's finalizer off the Stage; always the last effect.
    RemoveFinalizer,
    /// Set or, with `None`, remove annotations of the Stage.
    Annotate {
        /// By key.
        annotations: BTreeMap<String, Option<String>>,
    },
    /// Record on Freight that the Stage runs it.
    EnterFreight {
        /// Which Freight.
        freight: String,
        /// The Stage.
        stage: String,
        /// Since when.
        since: Timestamp,
    },
    /// Record on Freight that the Stage runs it no longer.
    LeaveFreight {
        /// Which Freight.
        freight: String,
        /// The Stage.
        stage: String,
        /// The new longest soak, where this stay was the longest.
        longest_soak: Option<SignedDuration>,
    },
    /// Record on Freight that it was verified in the Stage.
    MarkVerified {
        /// Which Freight.
        freight: String,
        /// The Stage.
        stage: String,
        /// When.
        at: Timestamp,
    },
    /// Remove every trace of the Stage from Freight.
    ForgetStage {
        /// Which Freight.
        freight: String,
        /// The Stage.
        stage: String,
    },
    /// Delete the AnalysisRuns labelled with the Stage.
    DeleteAnalysisRuns {
        /// Value of the `kargo.akuity.io/stage` label.
        stage_label: String,
    },
    /// Create this Promotion. Its name is a claim: `AlreadyExists` means done, `Forbidden` means not now.
    CreatePromotion {
        /// What to create; admission fills in the rest.
        promotion: Box<Promotion>,
        /// Why, for the event.
        intention: Intention,
    },
    /// Create this PromotionRequest, under the same terms.
    CreatePromotionRequest {
        /// What to create.
        request: Box<PromotionRequest>,
    },
}

/// Why a Promotion is created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Intention {
    /// The origin that is promoted, as `Warehouse/<name>`.
    pub origin: String,
    /// The Freight.
    pub freight: String,
    /// For the event.
    pub message: String,
}

impl StageEffect {
    /// For effects on Freight: its name and the JSON merge patch of its status.
    #[must_use]
    pub fn freight_status_patch(&self) -> Option<(&str, Value)> {
        let (freight, patch) = match self {
            Self::EnterFreight { freight, stage, since } => {
                (freight, json!({ "currentlyIn": { stage: { "since": Time(*since) } } }))
            }
            Self::LeaveFreight { freight, stage, longest_soak: None } => {
                (freight, json!({ "currentlyIn": { stage: null } }))
            }
            Self::LeaveFreight { freight, stage, longest_soak: Some(soak) } => (
                freight,
                json!({
                    "currentlyIn": { stage: null },
                    "verifiedIn": { stage: { "longestSoak": api::Duration::from(*soak) } },
                }),
            ),
            Self::MarkVerified { freight, stage, at } => {
                (freight, json!({ "verifiedIn": { stage: { "verifiedAt": Time(*at) } } }))
            }
            Self::ForgetStage { freight, stage } => (
                freight,
                json!({ "currentlyIn": { stage: null }, "verifiedIn": { stage: null }, "approvedFor": { stage: null } }),
            ),
            _ => return None,
        };
        Some((freight, patch))
    }
}
