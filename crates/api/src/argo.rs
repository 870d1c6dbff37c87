//! The kinds of Argo CD and Argo Rollouts that Kargo uses. Fields we do not know survive a round trip.

use crate::{
    ObjectMeta, Time,
    kind::{Absent, kind},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// An Argo CD Application.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct Application {
    /// Standard object metadata.
    #[serde(default)]
    pub metadata: ObjectMeta,
    /// What is to be synchronised.
    #[serde(default)]
    pub spec: ApplicationSpec,
    /// What Argo CD last saw.
    #[serde(default)]
    pub status: Option<ApplicationStatus>,
    /// What Argo CD is asked to do now.
    #[serde(default)]
    pub operation: Option<Value>,
    /// Fields we do not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

kind!(Application, NamespaceResourceScope, "applications", "argoproj.io", {
    "spec" => spec,
    "status" => status,
    "operation" => operation,
    ..other
});

/// What an Application synchronises.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ApplicationSpec {
    /// The Argo CD project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// The only source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<ApplicationSource>,
    /// Several sources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<ApplicationSource>,
    /// Fields we do not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Absent for ApplicationSpec {}

/// Where an Application's manifests come from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationSource {
    /// The git or chart repository.
    #[serde(default, rename = "repoURL", skip_serializing_if = "Option::is_none")]
    pub repo_url: Option<String>,
    /// Directory in a git repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// Branch, tag, commit or chart version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_revision: Option<String>,
    /// Name of a Helm chart.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chart: Option<String>,
    /// Name under which other sources refer to this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#ref: Option<String>,
    /// Helm settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub helm: Option<Value>,
    /// Kustomize settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kustomize: Option<Value>,
    /// Fields we do not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// What Argo CD last saw of an Application.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ApplicationStatus {
    /// How well the Application is doing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<ApplicationHealth>,
    /// Whether what runs is what should run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sync: Option<ApplicationSync>,
    /// What is wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<ApplicationCondition>,
    /// The operation that is running or ran last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation_state: Option<OperationState>,
    /// Fields we do not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// How well an Application is doing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ApplicationHealth {
    /// Argo CD's word: Healthy, Progressing, Suspended, Missing, Degraded or Unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// More about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Fields we do not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Whether what runs is what should run.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ApplicationSync {
    /// Argo CD's word: Synced, OutOfSync or Unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// Revision of the only source.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// Revisions of several sources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub revisions: Vec<String>,
    /// Fields we do not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// Something that is wrong with an Application.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ApplicationCondition {
    /// What kind of thing is wrong.
    #[serde(rename = "type")]
    pub type_: String,
    /// More about it.
    #[serde(default)]
    pub message: String,
    /// Fields we do not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// An operation on an Application.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OperationState {
    /// What was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub operation: Option<Value>,
    /// Argo CD's word: Running, Succeeded, Failed, Error or Terminating.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// More about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What came of a synchronisation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sync_result: Option<Value>,
    /// When it started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Time>,
    /// Fields we do not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// A template of an analysis, for one namespace.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct AnalysisTemplate {
    /// Standard object metadata.
    #[serde(default)]
    pub metadata: ObjectMeta,
    /// What is measured.
    #[serde(default)]
    pub spec: AnalysisTemplateSpec,
    /// Fields we do not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

kind!(AnalysisTemplate, NamespaceResourceScope, "analysistemplates", "argoproj.io", {
    "spec" => spec,
    ..other
});

/// A template of an analysis, for all namespaces.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct ClusterAnalysisTemplate {
    /// Standard object metadata.
    #[serde(default)]
    pub metadata: ObjectMeta,
    /// What is measured.
    #[serde(default)]
    pub spec: AnalysisTemplateSpec,
    /// Fields we do not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

kind!(ClusterAnalysisTemplate, ClusterResourceScope, "clusteranalysistemplates", "argoproj.io", {
    "spec" => spec,
    ..other
});

/// What an analysis measures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnalysisTemplateSpec {
    /// Arguments, with or without values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<AnalysisArgument>,
    /// What is measured and what counts as good.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Value>,
    /// Metrics whose result does not count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dry_run: Vec<Value>,
    /// How many measurements are kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measurement_retention: Vec<Value>,
    /// Fields we do not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Absent for AnalysisTemplateSpec {}

/// An argument of an analysis.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnalysisArgument {
    /// Name of the argument.
    pub name: String,
    /// Its value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Where its value is found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value_from: Option<Value>,
    /// Fields we do not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

/// One run of an analysis.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct AnalysisRun {
    /// Standard object metadata.
    #[serde(default)]
    pub metadata: ObjectMeta,
    /// What is measured.
    #[serde(default)]
    pub spec: AnalysisRunSpec,
    /// What was measured.
    #[serde(default)]
    pub status: Option<AnalysisRunStatus>,
    /// Fields we do not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

kind!(AnalysisRun, NamespaceResourceScope, "analysisruns", "argoproj.io", {
    "spec" => spec,
    "status" => status,
    ..other
});

/// What one run of an analysis measures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnalysisRunSpec {
    /// Arguments and their values.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<AnalysisArgument>,
    /// What is measured and what counts as good.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metrics: Vec<Value>,
    /// Metrics whose result does not count.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub dry_run: Vec<Value>,
    /// How many measurements are kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub measurement_retention: Vec<Value>,
    /// Whether the run is to stop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub terminate: Option<bool>,
    /// Fields we do not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Absent for AnalysisRunSpec {}

/// What one run of an analysis has measured.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AnalysisRunStatus {
    /// Argo's word: Pending, Running, Successful, Failed, Error or Inconclusive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phase: Option<String>,
    /// More about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// What each metric measured.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub metric_results: Vec<Value>,
    /// When it started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Time>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<Time>,
    /// Fields we do not know.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn round_trip<K: Serialize + serde::de::DeserializeOwned>(object: Value) {
        let typed: K = serde_json::from_value(object.clone()).unwrap();
        assert_eq!(serde_json::to_value(typed).unwrap(), object);
    }

    #[test]
    fn unknown_fields_survive() {
        let kind = |kind: &str, mut rest: Value| {
            rest["apiVersion"] = json!("argoproj.io/v1alpha1");
            rest["kind"] = json!(kind);
            rest["metadata"] = json!({ "name": "a", "namespace": "b" });
            rest["topLevel"] = json!([1]);
            rest
        };
        round_trip::<Application>(kind(
            "Application",
            json!({
                "spec": {
                    "project": "p", "destination": { "server": "s" }, "new": 1,
                    "sources": [{ "repoURL": "u", "targetRevision": "1", "ref": "r", "new": {} }],
                },
                "status": {
                    "health": { "status": "Healthy", "new": 1 }, "reconciledAt": "never",
                    "sync": { "status": "Synced", "revisions": ["a"], "comparedTo": {} },
                    "operationState": { "phase": "Running", "retryCount": 2 },
                },
                "operation": { "sync": {} },
            }),
        ));
        let spec = json!({
            "metrics": [{ "name": "m" }], "new": true,
            "args": [{ "name": "a", "value": "b", "new": 1 }],
        });
        round_trip::<AnalysisTemplate>(kind("AnalysisTemplate", json!({ "spec": spec })));
        round_trip::<ClusterAnalysisTemplate>(kind(
            "ClusterAnalysisTemplate",
            json!({ "spec": spec }),
        ));
        let status = json!({ "phase": "Failed", "runSummary": { "count": 1 } });
        round_trip::<AnalysisRun>(kind("AnalysisRun", json!({ "spec": spec, "status": status })));
    }

    #[test]
    fn new_objects_carry_their_kind() {
        let run = serde_json::to_value(AnalysisRun::default()).unwrap();
        assert_eq!(run["kind"], "AnalysisRun");
        assert_eq!(run["apiVersion"], "argoproj.io/v1alpha1");
    }
}
