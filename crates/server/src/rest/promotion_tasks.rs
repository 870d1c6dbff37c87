//! `…/promotion-tasks` and `/v1beta1/shared/cluster-promotion-tasks`.

use api::rest::ObjectList;
use api::{ClusterPromotionTask, PromotionTask};

use crate::kubernetes::{CLUSTER_PROMOTION_TASKS, PROMOTION_TASKS, Resource};
use crate::operation::{Operation, operation};
use crate::rest::objects::{Kind, Name};

impl Kind for ClusterPromotionTask {
    const RESOURCE: Resource = CLUSTER_PROMOTION_TASKS;
    const NAME: Name = Name::Parameter("cluster-promotion-task");
}

impl Kind for PromotionTask {
    const RESOURCE: Resource = PROMOTION_TASKS;
    const NAME: Name = Name::Parameter("promotion-task");
}

pub(crate) const GET: Operation =
    operation("GetPromotionTask", "One PromotionTask.").answers::<PromotionTask>();
pub(crate) const GET_CLUSTER: Operation =
    operation("GetClusterPromotionTask", "One ClusterPromotionTask.")
        .answers::<ClusterPromotionTask>();
pub(crate) const LIST: Operation = operation("ListPromotionTasks", "PromotionTasks of a Project.")
    .answers::<ObjectList<PromotionTask>>();
pub(crate) const LIST_CLUSTER: Operation =
    operation("ListClusterPromotionTasks", "PromotionTasks for all Projects.")
        .answers::<ObjectList<ClusterPromotionTask>>();
