//! What a Warehouse found in the repositories it watches.

use crate::{ArtifactReference, Time};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A URL of a git repository: HTTP(S), SSH, or scp-like.
const GIT_URL: &str = r"(?:^(ssh|https?)://(?:([\w-]+)(:(.+))?@)?([\w-]+(?:\.[\w-]+)*)(?::(\d{1,5}))?(/.*)$)|(?:^([\w-]+)@([\w+]+(?:\.[\w-]+)*):(/?.*))";

/// What one look at the repositories found, newest first in each list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DiscoveredArtifacts {
    /// When the look ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    pub discovered_at: Option<Time>,
    /// Commits, by subscription.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub git: Vec<GitDiscoveryResult>,
    /// Container images, by subscription.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<ImageDiscoveryResult>,
    /// Helm charts, by subscription.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charts: Vec<ChartDiscoveryResult>,
    /// Artifacts of other kinds, by subscription.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub results: Vec<DiscoveryResult>,
}

/// Commits found for one subscription.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GitDiscoveryResult {
    /// URL of the repository.
    #[serde(rename = "repoURL")]
    #[schemars(length(min = 1), extend("pattern" = GIT_URL))]
    pub repo_url: String,
    /// Name of the subscription, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription_name: Option<String>,
    /// The commits; empty when none qualified.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commits: Vec<DiscoveredCommit>,
    /// What the repository's refs were, so that an unchanged repository is not fetched again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_refs: Option<ObservedRefs>,
}

/// Refs of a git repository as they were seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ObservedRefs {
    /// Commit at the head of the branch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch_head: Option<String>,
    /// The tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<ObservedTag>,
}

/// A tag of a git repository as it was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ObservedTag {
    /// The tag.
    #[schemars(length(min = 1))]
    pub name: String,
    /// What it points at.
    #[schemars(length(min = 1))]
    pub id: String,
}

/// A commit that was found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DiscoveredCommit {
    /// The commit's hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub id: Option<String>,
    /// The branch it was found on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The tag it was found by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// First line of its message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Who wrote the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Who made the commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committer: Option<String>,
    /// When the commit, or its annotated tag, was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    pub creator_date: Option<Time>,
}

/// Container images found for one subscription.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ImageDiscoveryResult {
    /// The image repository, without a tag.
    #[serde(rename = "repoURL")]
    #[schemars(length(min = 1))]
    pub repo_url: String,
    /// Name of the subscription, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription_name: Option<String>,
    /// The platform that was asked for, as `os/architecture`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// The images; empty when none qualified.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<DiscoveredImageReference>,
}

/// A container image that was found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DiscoveredImageReference {
    /// The tag it was found by.
    #[schemars(length(min = 1, max = 128), regex(pattern = r"^[\w.\-\_]+$"))]
    pub tag: String,
    /// The digest that pins its content.
    #[schemars(length(min = 1), regex(pattern = r"^[a-z0-9]+:[a-f0-9]+$"))]
    pub digest: String,
    /// OCI annotations of the image.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// When the image was built, if it says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    pub created_at: Option<Time>,
}

/// Helm charts found for one subscription.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ChartDiscoveryResult {
    /// The chart repository.
    #[serde(rename = "repoURL")]
    #[schemars(length(min = 1))]
    pub repo_url: String,
    /// Name of the subscription, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription_name: Option<String>,
    /// The chart's name in a classic repository.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The constraint that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub semver_constraint: Option<String>,
    /// The versions; empty when none qualified.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub versions: Vec<String>,
}

/// Artifacts of another kind found for one subscription.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DiscoveryResult {
    /// Name of the subscription.
    #[serde(rename = "name")]
    #[schemars(length(min = 1))]
    pub subscription_name: String,
    /// The revisions; empty when none qualified.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub artifact_references: Vec<ArtifactReference>,
}
