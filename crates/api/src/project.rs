//! Project: the space in which one pipeline lives. Its name is also the name of its namespace.

use crate::{Condition, ObjectMeta, kind::kind};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A Project holds Warehouses, Freight, Stages and Promotions in a namespace of the same name.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
pub struct Project {
    /// Standard object metadata.
    #[serde(default)]
    #[schemars(with = "crate::schema::MetadataSchema")]
    pub metadata: ObjectMeta,
    /// What was last seen of the Project.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ProjectStatus>,
}

kind!(Project, ClusterResourceScope, "projects", { "status" => status });

/// What was last seen of a Project.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProjectStatus {
    /// Conditions of the Project.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        with = "Vec<crate::schema::ConditionSchema>",
        transform = crate::schema::list_map_by_type
    )]
    pub conditions: Vec<Condition>,
    /// How many Warehouses and Stages there are, and how many are well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stats: Option<ProjectStats>,
}

/// Counts of what is in a Project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ProjectStats {
    /// Counts of Warehouses.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warehouses: Option<WarehouseStats>,
    /// Counts of Stages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stages: Option<StageStats>,
}

/// Counts of Warehouses.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WarehouseStats {
    /// How many there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
    /// How many are well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<HealthStats>,
}

/// Counts of Stages.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StageStats {
    /// How many there are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
    /// How many are well.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<HealthStats>,
}

/// How many of something are well.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct HealthStats {
    /// How many are healthy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub healthy: Option<i64>,
}
