//! PromotionRequest: one piece of Freight on its way to several Targets of a Stage.

use crate::{
    Condition, ObjectMeta, Time,
    kind::{kind, spec},
    open_enum::open_enum,
    schema::SUBDOMAIN,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A PromotionRequest stands for one Promotion to each of several Targets.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
pub struct PromotionRequest {
    /// Standard object metadata.
    #[serde(default)]
    #[schemars(with = "crate::schema::MetadataSchema")]
    pub metadata: ObjectMeta,
    /// What is promoted where.
    pub spec: PromotionRequestSpec,
    /// How far it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<PromotionRequestStatus>,
}

kind!(PromotionRequest, NamespaceResourceScope, "promotionrequests", {
    "spec" => spec,
    "status" => status,
});
spec!(PromotionRequest, PromotionRequestSpec, required);

/// What is promoted where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PromotionRequestSpec {
    /// Name of the Stage. Never changes.
    #[schemars(
        length(min = 1, max = 253),
        extend("pattern" = SUBDOMAIN, "x-kubernetes-validations" = [{ "rule": "self == oldSelf" }])
    )]
    pub stage: String,
    /// Name of the Freight. Never changes.
    #[schemars(
        length(min = 1, max = 253),
        extend("pattern" = SUBDOMAIN, "x-kubernetes-validations" = [{ "rule": "self == oldSelf" }])
    )]
    pub freight: String,
    /// The Targets to promote to.
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub targets: Vec<PromotionRequestTarget>,
}

/// One Target of a PromotionRequest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PromotionRequestTarget {
    /// Name of the Target.
    #[schemars(length(min = 1, max = 253), extend("pattern" = SUBDOMAIN))]
    pub name: String,
}

open_enum! {
    /// Where a PromotionRequest is.
    pub enum PromotionRequestPhase {
        /// No Promotion has started.
        #[default]
        Pending,
        /// Some Promotions have not ended.
        Running,
        /// All Promotions succeeded.
        Succeeded,
        /// A Promotion failed.
        Failed,
        /// A Promotion could not be run to an end.
        Errored,
        /// Stopped because somebody asked.
        Aborted,
    }
}

impl PromotionRequestPhase {
    /// Whether the PromotionRequest has ended.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Errored | Self::Aborted)
    }
}

/// How far a PromotionRequest is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PromotionRequestStatus {
    /// Conditions of the PromotionRequest.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        with = "Vec<crate::schema::ConditionSchema>",
        transform = crate::schema::list_map_by_type
    )]
    pub conditions: Vec<Condition>,
    /// The generation that was last handled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Where the PromotionRequest is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<PromotionRequestPhase>,
    /// Where each Target is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    pub targets: Vec<PromotionRequestTargetStatus>,
    /// How many Targets are where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<PromotionRequestSummary>,
    /// When its first Promotion started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    pub started_at: Option<Time>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    pub finished_at: Option<Time>,
}

/// Where one Target of a PromotionRequest is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PromotionRequestTargetStatus {
    /// Name of the Target.
    #[schemars(length(min = 1, max = 253), extend("pattern" = SUBDOMAIN))]
    pub name: String,
    /// Name of its Promotion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotion: Option<String>,
    /// Where its Promotion is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<crate::PromotionPhase>,
}

/// How many Targets are in which phase.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PromotionRequestSummary {
    /// Waiting for their turn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<i32>,
    /// Running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<i32>,
    /// Succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub succeeded: Option<i32>,
    /// Failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failed: Option<i32>,
    /// Could not be run to an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errored: Option<i32>,
    /// Stopped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aborted: Option<i32>,
}

/// What a Stage keeps about a PromotionRequest.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PromotionRequestReference {
    /// Name of the PromotionRequest.
    pub name: String,
    /// The Freight that is promoted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freight: Option<PromotionRequestFreight>,
    /// Where the PromotionRequest is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<PromotionRequestPhase>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    pub finished_at: Option<Time>,
}

/// The Freight of a PromotionRequest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PromotionRequestFreight {
    /// Name of the Freight.
    pub name: String,
}
