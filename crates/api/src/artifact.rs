//! Revisions of artifacts and what they are bundled into: the parts of Freight that other kinds refer to.

use crate::{Time, VerificationInfo, kind::Absent};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Where Freight comes from.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct FreightOrigin {
    /// Kind of the resource that made the Freight.
    pub kind: FreightOriginKind,
    /// Name of the resource that made the Freight.
    pub name: String,
}

impl Absent for FreightOrigin {}

impl FreightOrigin {
    /// The Warehouse of this name.
    pub fn warehouse(name: &str) -> Self {
        Self { kind: FreightOriginKind::Warehouse, name: name.to_owned() }
    }
}

/// `Warehouse/<name>`: the key of an origin in maps.
impl std::fmt::Display for FreightOrigin {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}/{}", self.kind.as_str(), self.name)
    }
}

/// Kinds of resources that make Freight.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
pub enum FreightOriginKind {
    /// A Warehouse.
    #[default]
    Warehouse,
}

impl FreightOriginKind {
    /// The word used on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warehouse => "Warehouse",
        }
    }
}

/// A commit in a git repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GitCommit {
    /// URL of the repository.
    #[serde(default, rename = "repoURL", skip_serializing_if = "Option::is_none")]
    pub repo_url: Option<String>,
    /// The commit's hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The branch the commit was found on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The tag the commit was found by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// First line of the commit's message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Who wrote the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// Who made the commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub committer: Option<String>,
    /// Name of the Warehouse's subscription that found the commit, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription_name: Option<String>,
}

/// A container image at one digest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Image {
    /// The image repository, without a tag.
    #[serde(default, rename = "repoURL", skip_serializing_if = "Option::is_none")]
    pub repo_url: Option<String>,
    /// The tag the image was found by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tag: Option<String>,
    /// The digest that pins the image's content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub digest: Option<String>,
    /// OCI annotations of the image.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub annotations: BTreeMap<String, String>,
    /// Name of the Warehouse's subscription that found the image, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription_name: Option<String>,
}

/// A Helm chart at one version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Chart {
    /// The chart repository; an `oci://` URL names the chart itself.
    #[serde(default, rename = "repoURL", skip_serializing_if = "Option::is_none")]
    pub repo_url: Option<String>,
    /// The chart's name in a classic repository; absent for OCI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The chart's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Name of the Warehouse's subscription that found the chart, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subscription_name: Option<String>,
}

/// A revision of an artifact of any other kind.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArtifactReference {
    /// Kind of artifact, as its subscription calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1))]
    pub artifact_type: Option<String>,
    /// Name of the Warehouse's subscription that found the revision.
    #[schemars(length(min = 1))]
    pub subscription_name: String,
    /// The revision; its form depends on the kind of artifact.
    #[schemars(length(min = 1))]
    pub version: String,
    /// Anything else that is known about the revision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub metadata: Option<Value>,
}

/// What a piece of Freight was when it was referred to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct FreightReference {
    /// Name of the Freight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where the Freight comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<FreightOrigin>,
    /// Commits in the Freight.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub commits: Vec<GitCommit>,
    /// Container images in the Freight.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
    /// Helm charts in the Freight.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub charts: Vec<Chart>,
    /// Artifacts of other kinds in the Freight.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub artifacts: Vec<ArtifactReference>,
}

/// What a Stage runs: at most one piece of Freight of each origin.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FreightCollection {
    /// Hash of the names of the Freight, so that the same set has the same id.
    pub id: String,
    /// The Freight by origin (`Warehouse/<name>`).
    #[serde(default, rename = "items", skip_serializing_if = "BTreeMap::is_empty")]
    pub freight: BTreeMap<String, FreightReference>,
    /// Verifications of this set, newest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verification_history: Vec<VerificationInfo>,
}

/// The Freight of one origin has reached a Stage, been verified there, or been approved for it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct CurrentStage {
    /// Since when the Stage has run the Freight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    pub since: Option<Time>,
}

/// That Freight was verified in a Stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct VerifiedStage {
    /// When the Freight was verified in the Stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    pub verified_at: Option<Time>,
    /// The longest time the Freight stayed in the Stage, once it has left it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub longest_soak: Option<crate::Duration>,
}

/// That Freight was approved for a Stage.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ApprovedStage {
    /// When the Freight was approved for the Stage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    pub approved_at: Option<Time>,
}
