//! Steps of a Promotion as users write them, and what became of each.

use crate::{
    Duration, Time,
    open_enum::open_enum,
    schema::{SUBDOMAIN, VARIABLE},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A variable for expressions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExpressionVariable {
    /// Name under which expressions find it.
    #[schemars(length(min = 1), extend("pattern" = VARIABLE))]
    pub name: String,
    /// Its value; may hold expressions. A task's variable without a value must be given by the caller.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

impl ExpressionVariable {
    /// A variable with a value.
    pub fn new(name: &str, value: &str) -> Self {
        Self { name: name.to_owned(), value: Some(value.to_owned()) }
    }
}

/// One step: something built in, or a task that stands for several steps.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PromotionStep {
    /// Name of the built-in step to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub uses: Option<String>,
    /// The task whose steps to run here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<PromotionTaskReference>,
    /// Name under which later steps find this step's output.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#as: Option<String>,
    /// Expression that must be true for the step to run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#if: Option<String>,
    /// Whether later steps run although this one failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continue_on_error: Option<bool>,
    /// How often and how long to try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry: Option<PromotionStepRetry>,
    /// Variables for the expressions of this step.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vars: Vec<ExpressionVariable>,
    /// What the step needs to know; its form depends on the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<Value>,
}

/// Names a PromotionTask or a ClusterPromotionTask.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PromotionTaskReference {
    /// Name of the task.
    #[schemars(length(min = 1, max = 253), extend("pattern" = SUBDOMAIN))]
    pub name: String,
    /// Kind of the task; PromotionTask when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<PromotionTaskKind>,
}

/// Kinds of tasks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum PromotionTaskKind {
    /// A task of the same Project.
    #[default]
    PromotionTask,
    /// A task of all Projects.
    ClusterPromotionTask,
}

/// How often and how long a step is tried.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PromotionStepRetry {
    /// Time after which the step has failed, counted from its start. The step's own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<Duration>,
    /// Number of errors in a row after which the step has failed. The step's own when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_threshold: Option<i32>,
}

open_enum! {
    /// What became of a step.
    pub enum PromotionStepStatus {
        /// Not started.
        #[default]
        Pending,
        /// Started and not ended.
        Running,
        /// Did what it should.
        Succeeded,
        /// Its condition was false.
        Skipped,
        /// Stopped because somebody asked.
        Aborted,
        /// Ended without doing what it should.
        Failed,
        /// Could not be run to an end.
        Errored,
    }
}

impl PromotionStepStatus {
    /// Whether the step has ended.
    pub fn is_terminal(&self) -> bool {
        matches!(
            self,
            Self::Succeeded | Self::Skipped | Self::Aborted | Self::Failed | Self::Errored
        )
    }
}

/// What became of one step of a Promotion.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct StepExecutionMetadata {
    /// Alias of the step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// When it first started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    pub started_at: Option<Time>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    pub finished_at: Option<Time>,
    /// How many errors in a row there were.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error_count: Option<i32>,
    /// How it ended, or where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<PromotionStepStatus>,
    /// What happened, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Whether later steps run although this one failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub continue_on_error: Option<bool>,
}
