//! Stage: a place Freight can run, where it may come from, and how it gets there.

use crate::{
    Condition, Duration, ExpressionVariable, FreightCollection, FreightOrigin, Health,
    LabelSelector, ObjectMeta, PromotionReference, PromotionRequestReference, PromotionStep, Time,
    Verification,
    kind::{kind, spec},
    schema::DURATION,
};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// A Stage is a place Freight can run.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
pub struct Stage {
    /// Standard object metadata.
    #[serde(default)]
    #[schemars(with = "crate::schema::MetadataSchema")]
    pub metadata: ObjectMeta,
    /// Where Freight comes from and how it gets here.
    pub spec: StageSpec,
    /// What runs here, and how well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<StageStatus>,
}

kind!(Stage, NamespaceResourceScope, "stages", { "spec" => spec, "status" => status });
spec!(Stage, StageSpec, required);

/// Where Freight comes from and how it gets here.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StageSpec {
    /// The shard whose controller handles the Stage; the default controller when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    /// Variables for the expressions of all steps and of the verification.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vars: Vec<ExpressionVariable>,
    /// The Freight the Stage takes, at most once for each origin.
    #[schemars(length(min = 1))]
    pub requested_freight: Vec<FreightRequest>,
    /// How Freight gets here. Without steps the Stage only controls the flow of Freight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotion_template: Option<PromotionTemplate>,
    /// How Freight is verified here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification: Option<Verification>,
    /// The destinations of the Stage, when it has several.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub targets: Option<StageTargets>,
}

impl StageSpec {
    /// The steps of the promotion template; none in a Stage that only controls flow.
    pub fn steps(&self) -> &[PromotionStep] {
        self.promotion_template.as_ref().map_or(&[], |template| &template.spec.steps)
    }

    /// Whether Freight only passes through.
    pub fn is_control_flow(&self) -> bool {
        self.steps().is_empty()
    }
}

/// Which Targets belong to a Stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StageTargets {
    /// A Target belongs to the Stage when any of these selects it. An empty selector selects all.
    #[schemars(
        with = "Vec<crate::schema::LabelSelectorSchema>",
        extend("x-kubernetes-list-type" = "atomic")
    )]
    pub selectors: Vec<LabelSelector>,
}

/// Freight that a Stage takes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FreightRequest {
    /// What makes the Freight.
    pub origin: FreightOrigin,
    /// Where the Freight may come from.
    pub sources: FreightSources,
}

/// Where Freight of one origin may come from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FreightSources {
    /// Whether Freight may come straight from its origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub direct: Option<bool>,
    /// Stages in which Freight must have been verified first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<String>,
    /// How long Freight must have been in those Stages first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = DURATION))]
    pub required_soak_time: Option<Duration>,
    /// Whether one of those Stages is enough; it is when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub availability_strategy: Option<FreightAvailabilityStrategy>,
    /// How auto-promotion chooses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_promotion_options: Option<AutoPromotionOptions>,
}

/// In how many upstream Stages Freight must have been verified.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum FreightAvailabilityStrategy {
    /// In all of them.
    All,
    /// In one of them.
    #[default]
    OneOf,
    /// Not said; one is enough.
    #[serde(rename = "")]
    Unset,
}

/// How auto-promotion chooses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AutoPromotionOptions {
    /// Which Freight auto-promotion chooses; the newest when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub selection_policy: Option<AutoPromotionSelectionPolicy>,
}

/// Which Freight auto-promotion chooses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum AutoPromotionSelectionPolicy {
    /// The newest that is available.
    #[default]
    NewestFreight,
    /// Whatever the only upstream Stage runs now.
    MatchUpstream,
}

/// How Freight gets into a Stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PromotionTemplate {
    /// Variables and steps of the Promotions to come.
    pub spec: PromotionTemplateSpec,
}

/// Variables and steps of the Promotions to come.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PromotionTemplateSpec {
    /// Variables for the expressions of all steps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vars: Vec<ExpressionVariable>,
    /// The steps, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1), transform = template_step_rules)]
    pub steps: Vec<PromotionStep>,
}

fn template_step_rules(schema: &mut Schema) {
    crate::schema::rules_on_items(
        schema,
        &[
            (
                "(has(self.uses) ? !has(self.task) : has(self.task))",
                "PromotionTemplate step must have exactly one of uses or task set",
            ),
            (
                "!has(self.task) || !has(self.continueOnError)",
                "PromotionTemplate step referencing a task cannot set continueOnError",
            ),
            (
                "!has(self.task) || !has(self.retry)",
                "PromotionTemplate step referencing a task cannot set retry",
            ),
        ],
    );
}

/// What runs in a Stage, and how well.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StageStatus {
    /// The refresh request that was last handled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_refresh: Option<String>,
    /// Values that steps have stored with the Stage.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, Value>,
    /// Conditions of the Stage.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        with = "Vec<crate::schema::ConditionSchema>",
        transform = crate::schema::list_map_by_type
    )]
    pub conditions: Vec<Condition>,
    /// The generation that was last handled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// What the Stage has run, newest first; the first entry runs now.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub freight_history: Vec<FreightCollection>,
    /// What runs now, in a few words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freight_summary: Option<String>,
    /// How well what runs is doing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<Health>,
    /// The Promotion that is running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_promotion: Option<Box<PromotionReference>>,
    /// The Promotion that ended last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_promotion: Option<Box<PromotionReference>>,
    /// The PromotionRequest that is running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_promotion_request: Option<Box<PromotionRequestReference>>,
    /// The PromotionRequest that ended last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_promotion_request: Option<Box<PromotionRequestReference>>,
    /// Whether the Stage promotes new Freight by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_promotion_enabled: Option<bool>,
    /// Holds on auto-promotion, by origin (`Warehouse/<name>`).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub auto_promotion_holds: BTreeMap<String, AutoPromotionHold>,
    /// The holds that count now, by origin; worked out from holds and running Promotions.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub effective_auto_promotion_holds: BTreeMap<String, AutoPromotionHold>,
    /// Whether promotion windows let Promotions start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotion_window_status: Option<PromotionWindowStatus>,
}

/// Keeps auto-promotion from replacing Freight that somebody chose.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AutoPromotionHold {
    /// The Freight that stays.
    pub freight_name: String,
    /// Origin whose Freight is held.
    pub origin: FreightOrigin,
    /// The Promotion that brought the hold.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub promotion_name: Option<String>,
    /// Who asked for that Promotion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// Since when it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    pub created_at: Option<Time>,
}

/// Whether promotion windows let Promotions start.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PromotionWindowStatus {
    /// Whether Promotions may not start now.
    pub closed: bool,
    /// Why not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// When Promotions may start again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    pub next_open: Option<Time>,
    /// When Promotions may no longer start.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    pub next_close: Option<Time>,
    /// Why Promotions may no longer start then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next_close_reason: Option<String>,
}
