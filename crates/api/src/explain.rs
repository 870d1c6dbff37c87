//! Why a Stage does or does not move: the same answer for REST, the command line and the UI.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{FreightOrigin, Reason, Time};

/// Answer of `GET /v1beta1/projects/{project}/stages/{stage}/explain`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StageExplanation {
    /// The Project.
    pub project: String,
    /// The Stage.
    pub stage: String,
    /// One sentence for people.
    pub summary: String,
    /// The one fact that keeps the Stage from moving; nothing when it moves or is about to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocking: Option<Reason>,
    /// When that fact clears by itself; nothing when somebody must do something or an event must come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clears_at: Option<Time>,
    /// The Promotion that runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<String>,
    /// The Promotions that wait, the next one first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queue: Vec<QueuedPromotion>,
    /// One per requested origin.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub origins: Vec<OriginExplanation>,
}

/// A Promotion that waits.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct QueuedPromotion {
    /// Its name.
    pub name: String,
    /// The Freight it promotes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freight: Option<String>,
    /// How many are before it, the running one included.
    pub ahead: usize,
    /// What it waits for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Reason>,
}

/// How one origin stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OriginExplanation {
    /// Where the Freight comes from.
    pub origin: FreightOrigin,
    /// What the Stage runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<String>,
    /// What auto-promotion would pick now; also what promoting by origin means.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<String>,
    /// Whether a policy promotes on its own.
    pub auto_promotion: bool,
    /// What keeps it from moving.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocking: Option<Reason>,
    /// Every piece of Freight of the origin, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub freight: Vec<FreightEligibility>,
}

/// Whether one piece of Freight may be promoted to one Stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FreightEligibility {
    /// Its name.
    pub name: String,
    /// What people call it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// When it was discovered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discovered_at: Option<Time>,
    /// Whether the Stage runs it.
    pub current: bool,
    /// Whether the Stage may take it.
    pub available: bool,
    /// What can be done with it.
    pub actions: FreightActions,
}

/// What can be done with Freight at a Stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FreightActions {
    /// Promote it.
    pub promote: ActionAnswer,
}

/// Whether something is allowed, and why not, or what it would mean.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ActionAnswer {
    /// Whether it is.
    pub allowed: bool,
    /// Why not; with `allowed`, what to know before doing it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Reason>,
}
