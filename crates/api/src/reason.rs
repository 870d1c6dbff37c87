//! Why something does not move: one code, one sentence, and what would change it.

use crate::Time;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One reason why something is not happening.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reason {
    /// Which kind of reason; programs and user interfaces branch on it.
    pub code: ReasonCode,
    /// One sentence for people.
    pub message: String,
    /// The object in which the blocking fact can be seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evidence: Option<ObjectReference>,
    /// When the reason ends by itself, if it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unblocks_at: Option<Time>,
    /// What a person can do about it: the id of an action (`approve`, `promote`, `reverify`…).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

impl Reason {
    /// A reason with a code and a sentence only.
    pub fn new(code: ReasonCode, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), evidence: None, unblocks_at: None, fix: None }
    }

    /// Adds the object in which the fact can be seen.
    #[must_use]
    pub fn with_evidence(mut self, evidence: ObjectReference) -> Self {
        self.evidence = Some(evidence);
        self
    }

    /// Adds when the reason ends by itself.
    #[must_use]
    pub fn until(mut self, time: crate::Timestamp) -> Self {
        self.unblocks_at = Some(Time(time));
        self
    }

    /// Adds what a person can do about it, as the id of an action.
    #[must_use]
    pub fn with_fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }
}

/// An object named by kind, namespace and name.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub struct ObjectReference {
    /// Kind of the object.
    pub kind: String,
    /// Namespace of the object; absent for cluster-wide kinds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// Name of the object.
    pub name: String,
}

impl ObjectReference {
    /// Names an object in a namespace.
    pub fn namespaced(kind: &str, namespace: &str, name: &str) -> Self {
        Self { kind: kind.to_owned(), namespace: Some(namespace.to_owned()), name: name.to_owned() }
    }

    /// Names a cluster-wide object.
    pub fn cluster(kind: &str, name: &str) -> Self {
        Self { kind: kind.to_owned(), namespace: None, name: name.to_owned() }
    }
}

/// The reasons there are.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ReasonCode {
    /// The Stage already has this Freight.
    AlreadyCurrent,
    /// A hold keeps auto-promotion from choosing newer Freight.
    AutoPromotionHold,
    /// The Stage has no steps of its own; Freight passes through it.
    ControlFlow,
    /// The controller that would act has not been heard of.
    ControllerDead,
    /// A promotion window is closed.
    FreezeWindow,
    /// Somebody has to approve the Freight for the Stage.
    NeedsApproval,
    /// No upstream Stage has had the Freight.
    NotInUpstream,
    /// The Freight is not verified where it has to be.
    NotVerified,
    /// The Stage does not ask for Freight of this origin.
    OriginNotRequested,
    /// Auto-promotion only follows what an upstream Stage runs.
    PolicyMatchUpstream,
    /// Auto-promotion is not enabled for the Stage.
    PolicyOff,
    /// The last Promotion of the Freight did not succeed and is not repeated on its own.
    PromotionFailed,
    /// A Promotion is running in the Stage.
    PromotionRunning,
    /// Other Promotions of the Stage come first.
    Queued,
    /// The user may not do this.
    RbacDenied,
    /// The Freight has not been long enough in an upstream Stage.
    Soaking,
    /// The specification is wrong.
    SpecInvalid,
    /// Somebody paused the Stage.
    StagePaused,
    /// Verification ended badly.
    VerificationFailed,
    /// Verification has not ended yet.
    VerificationRunning,
}

impl ReasonCode {
    /// The code as it is on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AlreadyCurrent => "already_current",
            Self::AutoPromotionHold => "auto_promotion_hold",
            Self::ControlFlow => "control_flow",
            Self::ControllerDead => "controller_dead",
            Self::FreezeWindow => "freeze_window",
            Self::NeedsApproval => "needs_approval",
            Self::NotInUpstream => "not_in_upstream",
            Self::NotVerified => "not_verified",
            Self::OriginNotRequested => "origin_not_requested",
            Self::PolicyMatchUpstream => "policy_match_upstream",
            Self::PolicyOff => "policy_off",
            Self::PromotionFailed => "promotion_failed",
            Self::PromotionRunning => "promotion_running",
            Self::Queued => "queued",
            Self::RbacDenied => "rbac_denied",
            Self::Soaking => "soaking",
            Self::SpecInvalid => "spec_invalid",
            Self::StagePaused => "stage_paused",
            Self::VerificationFailed => "verification_failed",
            Self::VerificationRunning => "verification_running",
        }
    }
}

impl std::fmt::Display for ReasonCode {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(self.as_str())
    }
}
