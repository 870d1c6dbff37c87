//! Verification of Freight in a Stage: what to run, and what came of it.

use crate::{Time, open_enum::open_enum};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How Freight is verified after a Promotion.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Verification {
    /// Templates from which one AnalysisRun is made.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub analysis_templates: Vec<AnalysisTemplateReference>,
    /// Labels and annotations for the AnalysisRun.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub analysis_run_metadata: Option<AnalysisRunMetadata>,
    /// Arguments for the AnalysisRun.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<AnalysisRunArgument>,
}

/// Names an AnalysisTemplate or a ClusterAnalysisTemplate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AnalysisTemplateReference {
    /// Name of the template.
    pub name: String,
    /// Kind of the template; AnalysisTemplate when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<AnalysisTemplateKind>,
}

/// Kinds of analysis templates.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum AnalysisTemplateKind {
    /// A template of the same Project.
    #[default]
    AnalysisTemplate,
    /// A template of all Projects.
    ClusterAnalysisTemplate,
}

/// Labels and annotations for an AnalysisRun.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AnalysisRunMetadata {
    /// Labels to add.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub labels: BTreeMap<String, String>,
    /// Annotations to add.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
}

/// An argument for an AnalysisRun.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AnalysisRunArgument {
    /// Name of the argument.
    pub name: String,
    /// Its value; may hold expressions.
    pub value: String,
}

open_enum! {
    /// Where a verification is.
    pub enum VerificationPhase {
        /// Waiting to start.
        #[default]
        Pending,
        /// Running.
        Running,
        /// Ended well.
        Successful,
        /// Ended badly.
        Failed,
        /// Could not be run to an end.
        Error,
        /// Stopped because somebody asked.
        Aborted,
        /// Ended without a clear answer.
        Inconclusive,
    }
}

impl VerificationPhase {
    /// Whether the verification has ended.
    pub fn is_terminal(&self) -> bool {
        matches!(
            self,
            Self::Successful | Self::Failed | Self::Error | Self::Aborted | Self::Inconclusive
        )
    }
}

/// One verification of what a Stage runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerificationInfo {
    /// Id of the verification.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Who asked for it, if somebody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// When it started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    pub start_time: Option<Time>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    pub finish_time: Option<Time>,
    /// Where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<VerificationPhase>,
    /// What happened, for people.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The AnalysisRun that does the work.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub analysis_run: Option<AnalysisRunReference>,
}

/// Names an AnalysisRun and says where it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AnalysisRunReference {
    /// Namespace of the AnalysisRun.
    pub namespace: String,
    /// Name of the AnalysisRun.
    pub name: String,
    /// Where the AnalysisRun is.
    pub phase: String,
}
