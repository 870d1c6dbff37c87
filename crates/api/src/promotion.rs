//! Promotion: one piece of Freight on its way into one Stage.

use crate::{
    ExpressionVariable, FreightCollection, FreightOrigin, FreightReference, HealthCheckStep,
    ObjectMeta, PromotionStep, StepExecutionMetadata, Time,
    kind::{kind, spec},
    open_enum::open_enum,
    schema::SUBDOMAIN,
};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A Promotion brings a piece of Freight into a Stage by running steps in order.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
pub struct Promotion {
    /// Standard object metadata.
    #[serde(default)]
    #[schemars(with = "crate::schema::MetadataSchema")]
    pub metadata: ObjectMeta,
    /// What is promoted where, and how. Never changes.
    pub spec: PromotionSpec,
    /// How far it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<PromotionStatus>,
}

kind!(Promotion, NamespaceResourceScope, "promotions", { "spec" => spec, "status" => status });
spec!(Promotion, PromotionSpec, required);

/// What is promoted where, and how.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-kubernetes-validations" = [{
    "message": "exactly one of freight or origin must be set",
    "rule": "has(self.freight) != has(self.origin)",
}]))]
pub struct PromotionSpec {
    /// Name of the Stage.
    #[schemars(length(min = 1, max = 253), extend("pattern" = SUBDOMAIN))]
    pub stage: String,
    /// Name of the Freight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 253), extend("pattern" = SUBDOMAIN))]
    pub freight: Option<String>,
    /// In place of `freight`: whatever Freight of this origin the Stage would promote by itself now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<FreightOrigin>,
    /// Name of the Target, when the Stage has several destinations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(max = 253), extend("pattern" = SUBDOMAIN))]
    pub target: Option<String>,
    /// Variables for the expressions of all steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vars: Vec<ExpressionVariable>,
    /// The steps, in order, with tasks already replaced by their steps.
    #[schemars(length(min = 1), transform = promotion_step_rules)]
    pub steps: Vec<PromotionStep>,
}

fn promotion_step_rules(schema: &mut Schema) {
    crate::schema::rules_on_items(
        schema,
        &[(
            "has(self.uses) && !has(self.task)",
            "Promotion step must have uses set and must not reference a task",
        )],
    );
}

open_enum! {
    /// Where a Promotion is.
    pub enum PromotionPhase {
        /// Waiting for its turn.
        #[default]
        Pending,
        /// Its steps are being run.
        Running,
        /// All steps did what they should.
        Succeeded,
        /// A step ended without doing what it should.
        Failed,
        /// A step could not be run to an end.
        Errored,
        /// Stopped because somebody asked.
        Aborted,
    }
}

impl PromotionPhase {
    /// Whether the Promotion has ended.
    pub fn is_terminal(&self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Errored | Self::Aborted)
    }
}

/// How far a Promotion is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PromotionStatus {
    /// The refresh request that was last handled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_refresh: Option<String>,
    /// Where the Promotion is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<PromotionPhase>,
    /// What happened, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The Freight that is promoted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freight: Option<FreightReference>,
    /// What the Stage runs when the Promotion has succeeded.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freight_collection: Option<FreightCollection>,
    /// Checks that steps want to be run for the Stage's health.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub health_checks: Vec<HealthCheckStep>,
    /// When its first step started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    pub started_at: Option<Time>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    pub finished_at: Option<Time>,
    /// Index of the step that is run now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_step: Option<i64>,
    /// What became of each step so far.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub step_execution_metadata: Vec<StepExecutionMetadata>,
    /// Outputs of the steps so far, by alias.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub state: Option<Value>,
}

/// What a Stage keeps about a Promotion.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PromotionReference {
    /// Name of the Promotion.
    pub name: String,
    /// The Freight that is promoted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freight: Option<FreightReference>,
    /// How far the Promotion is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<PromotionStatus>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    pub finished_at: Option<Time>,
}
