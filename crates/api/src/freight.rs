//! Freight: revisions of artifacts that travel together. Its name is a hash of what is in it.

use crate::{
    ApprovedStage, ArtifactReference, Chart, CurrentStage, FreightOrigin, FreightReference,
    GitCommit, Image, ObjectMeta, Time, VerifiedStage, kind::kind,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// Freight is a set of revisions of artifacts that a Warehouse found and that Stages promote together.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Freight {
    /// Standard object metadata.
    #[serde(default)]
    #[schemars(with = "crate::schema::MetadataSchema")]
    pub metadata: ObjectMeta,
    /// A name for people, unique in the Project. Mirrored in a label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// When the artifacts were found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    pub discovered_at: Option<Time>,
    /// Where the Freight comes from.
    pub origin: FreightOrigin,
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
    /// Where the Freight has been.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<FreightStatus>,
}

kind!(Freight, NamespaceResourceScope, "freights", {
    "alias" => alias,
    "discoveredAt" => discovered_at,
    "origin" => origin,
    "commits" => commits,
    "images" => images,
    "charts" => charts,
    "artifacts" => artifacts,
    "status" => status,
});

impl Freight {
    /// What other kinds keep about this Freight.
    pub fn reference(&self) -> FreightReference {
        FreightReference {
            name: self.metadata.name.clone(),
            origin: Some(self.origin.clone()),
            commits: self.commits.clone(),
            images: self.images.clone(),
            charts: self.charts.clone(),
            artifacts: self.artifacts.clone(),
        }
    }
}

/// Where a piece of Freight is and has been.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FreightStatus {
    /// Stages that run the Freight now, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub currently_in: BTreeMap<String, CurrentStage>,
    /// Stages in which the Freight was verified, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub verified_in: BTreeMap<String, VerifiedStage>,
    /// Stages for which the Freight was approved by hand, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub approved_for: BTreeMap<String, ApprovedStage>,
    /// Values that steps have stored with the Freight.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, Value>,
}
