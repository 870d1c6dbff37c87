//! Bodies of the REST API, shared by the server and the command line. Names and shapes are Kargo's.

pub mod board;
pub mod credentials;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Freight, Project, Promotion, Reason};

/// Every answer that is not a success.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ErrorBody {
    /// What went wrong, for people.
    pub error: String,
    /// Why a rule said no, as data. Ours beyond Kargo.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Reason>,
}

/// Answer of `POST /v1beta1/login`, whose password travels as the bearer token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LoginResponse {
    /// The token for all further requests.
    #[serde(rename = "idToken")]
    pub id_token: String,
}

/// Answer of `GET /v1beta1/projects`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ProjectList {
    /// The Projects of this page.
    #[serde(default)]
    pub items: Vec<Project>,
    /// How many there are on all pages together.
    #[serde(default)]
    pub total: usize,
}

/// A list of objects as Kubernetes answers it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "{T}List", bound = "T: JsonSchema + Serialize")]
pub struct ObjectList<T> {
    /// The objects.
    #[serde(default = "Vec::<T>::new")]
    pub items: Vec<T>,
    /// Metadata of the list.
    #[serde(default)]
    pub metadata: ListMetadata,
}

/// Metadata of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ListMetadata {
    /// Where a watch that follows this list starts.
    #[serde(default, rename = "resourceVersion", skip_serializing_if = "Option::is_none")]
    pub resource_version: Option<String>,
}

/// One frame of a watch: `data: {"type": …, "object": …}`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "{T}WatchFrame")]
pub struct WatchFrame<T> {
    /// `ADDED`, `MODIFIED` or `DELETED`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The object after the change.
    pub object: T,
}

/// The `event: error` frame that ends a watch.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WatchError {
    /// `out_of_range` when the resourceVersion is too old and the list has to be read again.
    pub code: String,
    /// For people.
    pub message: String,
}

/// Answer of `GET …/freight`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FreightGroups {
    /// Freight by repository, or all of it under the empty name.
    #[serde(default)]
    pub groups: BTreeMap<String, FreightGroup>,
    /// Where a watch starts; absent for the Freight of one Stage.
    #[serde(default, rename = "resourceVersion", skip_serializing_if = "Option::is_none")]
    pub resource_version: Option<String>,
}

/// One group of [`FreightGroups`].
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FreightGroup {
    /// The Freight, sorted as asked.
    #[serde(default)]
    pub items: Vec<Freight>,
}

/// The tags of one image, in the answer of `GET …/images`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TagMap {
    /// By tag.
    #[serde(default)]
    pub tags: BTreeMap<String, ImageStageMap>,
}

/// The Stages that have, or had, one tag of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ImageStageMap {
    /// By name of the Stage: how many changes ago.
    #[serde(default)]
    pub stages: BTreeMap<String, usize>,
}

/// Body of `POST …/stages/{stage}/promotions`: exactly one of the three.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PromoteRequest {
    /// Name of the Freight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freight: Option<String>,
    /// Alias of the Freight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freight_alias: Option<String>,
    /// `Warehouse/<name>`: whatever auto-promotion would pick.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
}

/// Body of `POST …/stages/{stage}/promotions/downstream`: exactly one of the two.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PromoteDownstreamRequest {
    /// Name of the Freight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freight: Option<String>,
    /// Alias of the Freight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freight_alias: Option<String>,
}

/// Answer of `POST …/stages/{stage}/promotions/downstream`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PromoteDownstreamResponse {
    /// The Promotions created, one per Stage.
    #[serde(default)]
    pub promotions: Vec<Promotion>,
    /// What went wrong for the other Stages; the code is 207 then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub errors: Option<String>,
}

/// Answer of `POST` and `PUT /v1beta1/resources`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ResourceResults {
    /// One result per manifest, Projects first.
    #[serde(default)]
    pub results: Vec<ResourceResult>,
}

/// What became of one manifest; one of the fields is set.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceResult {
    /// The object that was created.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_resource_manifest: Option<Value>,
    /// The object that was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_resource_manifest: Option<Value>,
    /// The manifest whose object was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_resource_manifest: Option<Value>,
    /// Why nothing was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Answer of `GET /v1beta1/system/server-version`. Field names are those of Kargo, which is written in Go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VersionInfo {
    /// Version for people.
    #[serde(default)]
    pub version: String,
    /// Commit the program was built from.
    #[serde(default)]
    pub git_commit: String,
    /// Whether there were changes that the commit does not hold.
    #[serde(default)]
    pub git_tree_dirty: bool,
    /// When it was built.
    #[serde(default)]
    pub build_date: String,
    /// What compiled it.
    #[serde(default)]
    pub compiler: String,
    /// Always empty; Kargo's clients expect the field.
    #[serde(default)]
    pub go_version: String,
    /// Operating system and processor.
    #[serde(default)]
    pub platform: String,
}

/// Answer of `GET /v1beta1/system/public-server-config`, for callers who are not logged in.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublicConfig {
    /// Whether there is an admin account to log in to.
    #[serde(default)]
    pub admin_account_enabled: bool,
    /// Whether everybody is let in without a login.
    #[serde(default)]
    pub skip_auth: bool,
    /// How to log in with an identity provider.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub oidc_config: Option<OidcConfig>,
}

/// How to log in with an identity provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OidcConfig {
    /// URL of the provider.
    pub issuer_url: String,
    /// Client id of the UI.
    pub client_id: String,
    /// Client id of the command line.
    #[serde(default)]
    pub cli_client_id: String,
    /// Scopes to ask for.
    #[serde(default)]
    pub scopes: Vec<String>,
}

/// Answer of `GET /v1beta1/system/server-config`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ServerConfig {
    /// Argo CD instances by shard.
    #[serde(default)]
    pub argocd_shards: BTreeMap<String, ArgoCdShard>,
    /// Whether logs of analysis runs can be shown.
    #[serde(default)]
    pub has_analysis_run_logs_url_template: bool,
    /// The namespace Kargo runs in.
    #[serde(default)]
    pub kargo_namespace: String,
    /// Whether Secrets can be managed here.
    #[serde(default)]
    pub secret_management_enabled: bool,
    /// Where shared Secrets and ConfigMaps are.
    #[serde(default)]
    pub shared_resources_namespace: String,
    /// Where the system's Secrets and ConfigMaps are.
    #[serde(default)]
    pub system_resources_namespace: String,
}

/// An Argo CD instance.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ArgoCdShard {
    /// Where its Applications are.
    #[serde(default)]
    pub namespace: String,
    /// Where its UI is.
    #[serde(default)]
    pub url: String,
}

/// Body of `POST /v1beta1/ui/session`: exactly one of the two. Ours beyond Kargo.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SessionRequest {
    /// Password of the admin account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<String>,
    /// A token that Kubernetes or this server issued.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
}

/// Answer of `GET` and `POST /v1beta1/ui/session`: who the caller is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Session {
    /// The caller as written into annotations and events: `admin`, `email:…`, `kubernetes:…`.
    pub actor: String,
    /// Groups of the caller in Kubernetes.
    #[serde(default)]
    pub groups: Vec<String>,
    /// Whether the caller is the built-in administrator.
    #[serde(default)]
    pub admin: bool,
    /// Whether authentication is off.
    #[serde(default)]
    pub skip_auth: bool,
    /// The server's clock; countdowns in the UI count against it.
    #[schemars(with = "crate::schema::TimeSchema")]
    pub server_time: crate::Timestamp,
}
