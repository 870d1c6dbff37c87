//! `/v1beta1/system/cluster-config`: the one ClusterConfig, named `cluster`.

use api::ClusterConfig;

use crate::kubernetes::{CLUSTER_CONFIGS, Resource};
use crate::operation::{Operation, operation};
use crate::rest::objects::{Kind, Name};

impl Kind for ClusterConfig {
    const RESOURCE: Resource = CLUSTER_CONFIGS;
    const NAME: Name = Name::Fixed("cluster");
}

pub(crate) const DELETE: Operation =
    operation("DeleteClusterConfig", "Delete the settings of all Projects.").answers_nothing();
pub(crate) const GET: Operation = operation("GetClusterConfig", "The settings of all Projects.")
    .answers::<ClusterConfig>()
    .watched::<ClusterConfig>();
pub(crate) const REFRESH: Operation =
    operation("RefreshClusterConfig", "Handle the settings now.").answers::<ClusterConfig>();
