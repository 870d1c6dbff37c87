//! Target: one of several places a Stage promotes to.

use crate::{
    ObjectMeta,
    kind::{kind, spec},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// One destination, a cluster for example. Stages choose Targets by their labels and promote to each.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
pub struct Target {
    /// Standard object metadata.
    #[serde(default)]
    #[schemars(with = "crate::schema::MetadataSchema")]
    pub metadata: ObjectMeta,
    /// What is particular to this destination.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<TargetSpec>,
    /// What was last seen of the destination.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<TargetStatus>,
}

kind!(Target, NamespaceResourceScope, "targets", { "spec" => spec, "status" => status });
spec!(Target, TargetSpec, optional);

/// What is particular to a destination.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TargetSpec {
    /// Values that steps find as `target.params`.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<String, Value>,
}

/// What was last seen of a destination. Nothing yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TargetStatus {}
