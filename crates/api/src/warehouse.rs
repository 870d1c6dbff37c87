//! Warehouse: subscriptions to artifact repositories, and what was found there.

use crate::{
    Condition, DiscoveredArtifacts, Duration, ObjectMeta, RepoSubscription, SubscriptionError,
    kind::{kind, spec},
    schema::DURATION,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A Warehouse watches artifact repositories and makes Freight of new revisions.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
pub struct Warehouse {
    /// Standard object metadata.
    #[serde(default)]
    #[schemars(with = "crate::schema::MetadataSchema")]
    pub metadata: ObjectMeta,
    /// What to watch, and when to make Freight.
    pub spec: WarehouseSpec,
    /// What was last found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<WarehouseStatus>,
}

kind!(Warehouse, NamespaceResourceScope, "warehouses", { "spec" => spec, "status" => status });
spec!(Warehouse, WarehouseSpec, required);

/// What to watch, and when to make Freight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(transform = interval_is_required)]
pub struct WarehouseSpec {
    /// The shard whose controller handles the Warehouse; the default controller when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    /// How often to look. The operators may set a longer minimum.
    #[serde(default = "default_interval")]
    #[schemars(extend("default" = "5m0s", "pattern" = DURATION))]
    pub interval: Duration,
    /// Whether Freight is made as soon as something new is found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("default" = "Automatic"))]
    pub freight_creation_policy: Option<FreightCreationPolicy>,
    /// What must hold for Freight to be made without anybody asking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freight_creation_criteria: Option<FreightCreationCriteria>,
    /// The repositories to watch: objects with one key that names the type of subscription
    /// (`image`, `git`, `chart` or another) and, if wanted, `name`.
    #[schemars(length(min = 1))]
    pub subscriptions: Vec<Value>,
}

/// The interval has a default and is required all the same, as in Kargo.
fn interval_is_required(schema: &mut schemars::Schema) {
    schema.insert("required".to_owned(), serde_json::json!(["interval", "subscriptions"]));
}

fn default_interval() -> Duration {
    Duration::from("5m0s")
}

impl Default for WarehouseSpec {
    fn default() -> Self {
        Self {
            shard: None,
            interval: default_interval(),
            freight_creation_policy: None,
            freight_creation_criteria: None,
            subscriptions: Vec::new(),
        }
    }
}

impl WarehouseSpec {
    /// The subscriptions, read. The error names the field that is wrong.
    pub fn parse_subscriptions(&self) -> Result<Vec<RepoSubscription>, SubscriptionError> {
        self.subscriptions
            .iter()
            .enumerate()
            .map(|(index, raw)| {
                RepoSubscription::parse(raw)
                    .map_err(|error| error.below(&format!("spec.subscriptions[{index}]")))
            })
            .collect()
    }
}

/// Whether Freight is made as soon as something new is found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum FreightCreationPolicy {
    /// Every new set of revisions becomes Freight.
    #[default]
    Automatic,
    /// Freight is made by hand from what was found.
    Manual,
}

/// What must hold for Freight to be made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FreightCreationCriteria {
    /// Expression over the revisions found that must be true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression: Option<String>,
}

/// What was last found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WarehouseStatus {
    /// Conditions of the Warehouse.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        with = "Vec<crate::schema::ConditionSchema>",
        transform = crate::schema::list_map_by_type
    )]
    pub conditions: Vec<Condition>,
    /// The refresh request that was last handled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_refresh: Option<String>,
    /// The generation that was last handled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// Name of the Freight that was last made.
    #[serde(default, rename = "lastFreightID", skip_serializing_if = "Option::is_none")]
    pub last_freight_id: Option<String>,
    /// What the last look at the repositories found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discovered_artifacts: Option<DiscoveredArtifacts>,
}
