//! ClusterConfig: what the operators decide for all Projects.

use crate::{
    Condition, LocalObjectReference, NavigationLink, ObjectMeta, PromotionWindow,
    WebhookReceiverConfig, WebhookReceiverDetails,
    kind::{kind, spec},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of the whole installation. There is at most one, and it is named `cluster`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
pub struct ClusterConfig {
    /// Standard object metadata.
    #[serde(default)]
    #[schemars(with = "crate::schema::MetadataSchema")]
    pub metadata: ObjectMeta,
    /// The settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<ClusterConfigSpec>,
    /// What was last seen of the settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ClusterConfigStatus>,
}

kind!(ClusterConfig, ClusterResourceScope, "clusterconfigs", {
    "spec" => spec,
    "status" => status,
});
spec!(ClusterConfig, ClusterConfigSpec, optional);

impl ClusterConfig {
    /// The only name a ClusterConfig may have.
    pub const NAME: &str = "cluster";
}

/// Settings of the whole installation.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClusterConfigSpec {
    /// Webhooks to accept for all Projects.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub webhook_receivers: Vec<WebhookReceiverConfig>,
    /// Who our commits are from when nothing else is said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub git_client: Option<GitClientConfig>,
    /// Links shown with all Freight.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub freight_links: Vec<NavigationLink>,
    /// Links shown with all Stages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stage_links: Vec<NavigationLink>,
    /// When Promotions may start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(transform = crate::schema::list_map_by_name)]
    pub promotion_windows: Vec<PromotionWindow>,
}

/// Who commits are from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GitClientConfig {
    /// Name in commits.
    #[schemars(length(min = 1))]
    pub name: String,
    /// Email address in commits.
    #[schemars(email, length(min = 1))]
    pub email: String,
    /// Secret whose key `signingKey` signs commits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signing_key_secret: Option<LocalObjectReference>,
}

/// What was last seen of the installation's settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClusterConfigStatus {
    /// Conditions of the settings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        with = "Vec<crate::schema::ConditionSchema>",
        transform = crate::schema::list_map_by_type
    )]
    pub conditions: Vec<Condition>,
    /// The generation that was last handled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// The refresh request that was last handled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_refresh: Option<String>,
    /// Where the configured receivers listen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub webhook_receivers: Vec<WebhookReceiverDetails>,
}
