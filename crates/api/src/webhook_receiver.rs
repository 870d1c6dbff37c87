//! Receivers of webhooks from registries and git hosts: what to accept, and what to do then.

use crate::{LabelSelector, schema::SUBDOMAIN};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Names an object in the same namespace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub struct LocalObjectReference {
    /// Name of the object.
    #[serde(default)]
    #[schemars(extend("default" = ""))]
    pub name: String,
}

/// A receiver of webhooks. Exactly one sender must be set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookReceiverConfig {
    /// Name of the receiver, unique in its list.
    #[schemars(length(min = 1, max = 253), extend("pattern" = SUBDOMAIN))]
    pub name: String,
    /// Accepts webhooks of Artifactory.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub artifactory: Option<ArtifactoryWebhookReceiverConfig>,
    /// Accepts webhooks of Azure Container Registry and Azure DevOps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub azure: Option<WebhookReceiverSecret>,
    /// Accepts webhooks of Bitbucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bitbucket: Option<WebhookReceiverSecret>,
    /// Accepts webhooks of Docker Hub.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dockerhub: Option<WebhookReceiverSecret>,
    /// Accepts webhooks of any form and says itself what they mean.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub generic: Option<GenericWebhookReceiverConfig>,
    /// Accepts webhooks of Gitea.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gitea: Option<WebhookReceiverSecret>,
    /// Accepts webhooks of GitHub.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub github: Option<WebhookReceiverSecret>,
    /// Accepts webhooks of GitLab.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gitlab: Option<WebhookReceiverSecret>,
    /// Accepts webhooks of Harbor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub harbor: Option<WebhookReceiverSecret>,
    /// Accepts webhooks of Quay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quay: Option<WebhookReceiverSecret>,
}

/// A sender of webhooks that is recognised by a shared secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct WebhookReceiverSecret {
    /// The Secret that holds what the sender proves itself with.
    pub secret_ref: LocalObjectReference,
}

/// Webhooks of Artifactory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArtifactoryWebhookReceiverConfig {
    /// The Secret that holds what the sender proves itself with.
    pub secret_ref: LocalObjectReference,
    /// Virtual repository to assume in place of the one the webhook names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub virtual_repo_name: Option<String>,
}

/// Webhooks of any form.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GenericWebhookReceiverConfig {
    /// The Secret that holds what the sender proves itself with.
    pub secret_ref: LocalObjectReference,
    /// What to do with a webhook.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1))]
    pub actions: Vec<GenericWebhookAction>,
}

/// What to do with a webhook.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GenericWebhookAction {
    /// What is done to the selected objects.
    pub action: GenericWebhookActionType,
    /// Expression over the request that must be true; always when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when_expression: Option<String>,
    /// Values the action needs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub parameters: BTreeMap<String, String>,
    /// Which objects are meant.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1))]
    pub target_selection_criteria: Vec<GenericWebhookTargetSelectionCriteria>,
}

/// What can be done to objects on a webhook.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum GenericWebhookActionType {
    /// Looks at the object now.
    #[default]
    Refresh,
}

/// Which objects a webhook is about; everything given must match.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GenericWebhookTargetSelectionCriteria {
    /// Kind of the objects.
    pub kind: GenericWebhookTargetKind,
    /// Name of the object; may hold expressions over the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Labels of the objects.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::schema::LabelSelectorSchema>")]
    pub label_selector: Option<LabelSelector>,
    /// What the objects refer to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index_selector: Option<IndexSelector>,
}

/// Kinds of objects a webhook can be about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum GenericWebhookTargetKind {
    /// Warehouses.
    #[default]
    Warehouse,
}

/// Selects objects by what they refer to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct IndexSelector {
    /// Requirements that must all hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(length(min = 1))]
    pub match_indices: Vec<IndexSelectorRequirement>,
}

/// One requirement on what objects refer to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct IndexSelectorRequirement {
    /// Which index is asked.
    pub key: IndexSelectorKey,
    /// How it is compared: Equal or NotEqual.
    pub operator: String,
    /// Value to compare with; may hold expressions over the request.
    pub value: String,
}

/// The indexes that can be asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum IndexSelectorKey {
    /// URLs of repositories that a Warehouse subscribes to.
    #[default]
    #[serde(rename = "subscribedURLs")]
    SubscribedUrls,
    /// Paths at which a configuration receives webhooks.
    ReceiverPaths,
}

/// Where a configured receiver listens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WebhookReceiverDetails {
    /// Name of the receiver.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Path of its URL.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// The whole URL to give to the sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
}
