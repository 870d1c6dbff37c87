//! Bodies of the operations on credentials and ConfigMaps. None of them is ever printed, so none has `Debug`.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

fn is_false(flag: &bool) -> bool {
    !flag
}

/// Body of `POST …/repo-credentials`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct CreateRepoCredentialsRequest {
    /// Name of the Secret.
    pub name: String,
    /// What and how.
    #[serde(flatten)]
    pub credentials: UpdateRepoCredentialsRequest,
}

/// Body of `PUT …/repo-credentials/{name}`, which replaces everything.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct UpdateRepoCredentialsRequest {
    /// What they are for, for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// What is in the repository: `git`, `helm` or `image`.
    pub r#type: String,
    /// URL of the repository.
    pub repo_url: String,
    /// Whether the URL is a regular expression.
    #[serde(skip_serializing_if = "is_false")]
    pub repo_url_is_regex: bool,
    /// User name.
    pub username: String,
    /// Password or token.
    pub password: String,
}

/// Body of `PATCH …/repo-credentials/{name}`: what is absent stays.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct PatchRepoCredentialsRequest {
    /// What they are for, for people; empty to remove it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `git`, `helm` or `image`.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub r#type: String,
    /// URL of the repository.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub repo_url: String,
    /// Whether that URL is a regular expression; means nothing without one.
    #[serde(skip_serializing_if = "is_false")]
    pub repo_url_is_regex: bool,
    /// User name.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub username: String,
    /// Password or token.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub password: String,
}

/// Body of `POST …/generic-credentials`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct CreateGenericCredentialsRequest {
    /// Name of the Secret.
    pub name: String,
    /// Type of the Secret, which can never be changed; `Opaque` when absent.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub r#type: String,
    /// What is in it.
    #[serde(flatten)]
    pub content: UpdateDataRequest,
}

/// Body of `POST …/configmaps`.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct CreateConfigMapRequest {
    /// Name of the ConfigMap.
    pub name: String,
    /// What is in it.
    #[serde(flatten)]
    pub content: UpdateDataRequest,
}

/// Body of `PUT …/generic-credentials/{name}` and `PUT …/configmaps/{name}`, which replaces everything.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct UpdateDataRequest {
    /// What it is for, for people.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Whether every Project gets a copy; only for what is shared.
    #[serde(skip_serializing_if = "is_false")]
    pub replicate: bool,
    /// Values by key.
    pub data: BTreeMap<String, String>,
}

/// Body of `PATCH …/generic-credentials/{name}` and `PATCH …/configmaps/{name}`: what is absent stays.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct PatchDataRequest {
    /// What it is for, for people; empty to remove it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Values to add or change, by key.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub data: BTreeMap<String, String>,
    /// Keys to remove.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remove_keys: Vec<String>,
}
