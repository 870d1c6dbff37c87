//! PromotionTask and ClusterPromotionTask: steps written once and used by many Stages.

use crate::{ExpressionVariable, ObjectMeta, PromotionStep, kind::kind};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};

/// A list of steps that Stages of the same Project can use as one.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
pub struct PromotionTask {
    /// Standard object metadata.
    #[serde(default)]
    #[schemars(with = "crate::schema::MetadataSchema")]
    pub metadata: ObjectMeta,
    /// Variables and steps of the task.
    pub spec: PromotionTaskSpec,
}

kind!(PromotionTask, NamespaceResourceScope, "promotiontasks", { "spec" => spec });

impl PromotionTask {
    /// An object of this kind with this name and spec, and nothing else.
    pub fn new(name: &str, spec: PromotionTaskSpec) -> Self {
        let metadata = ObjectMeta { name: Some(name.to_owned()), ..Default::default() };
        Self { metadata, spec }
    }
}

/// A list of steps that Stages of all Projects can use as one.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
pub struct ClusterPromotionTask {
    /// Standard object metadata.
    #[serde(default)]
    #[schemars(with = "crate::schema::MetadataSchema")]
    pub metadata: ObjectMeta,
    /// Variables and steps of the task.
    pub spec: PromotionTaskSpec,
}

kind!(ClusterPromotionTask, ClusterResourceScope, "clusterpromotiontasks", { "spec" => spec });

impl ClusterPromotionTask {
    /// An object of this kind with this name and spec, and nothing else.
    pub fn new(name: &str, spec: PromotionTaskSpec) -> Self {
        let metadata = ObjectMeta { name: Some(name.to_owned()), ..Default::default() };
        Self { metadata, spec }
    }
}

impl crate::kind::Absent for PromotionTaskSpec {}

/// Variables and steps of a task.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PromotionTaskSpec {
    /// Variables of the task. One without a value must be given by the step that uses the task.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vars: Vec<ExpressionVariable>,
    /// The steps, in order. They may not use tasks themselves.
    #[schemars(length(min = 1), transform = task_step_rules)]
    pub steps: Vec<PromotionStep>,
}

fn task_step_rules(schema: &mut Schema) {
    crate::schema::rules_on_items(
        schema,
        &[(
            "has(self.uses) && !has(self.task)",
            "PromotionTask step must have uses set and must not reference another task",
        )],
    );
}
