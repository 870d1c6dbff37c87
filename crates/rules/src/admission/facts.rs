//! What admission must know about the world, as plain values the caller looks up beforehand.

use std::collections::BTreeSet;

use api::{
    ClusterPromotionTask, Freight, ProjectConfig, Promotion, PromotionTask, Stage, Target,
    Warehouse, labels,
};
use k8s_openapi::api::core::v1::Namespace;

/// Something to look up before a request can be judged. Lists are of the request's namespace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FactQuery {
    /// The namespace of this name.
    Namespace(String),
    /// All Stages of the namespace.
    Stages(String),
    /// All Freight of the namespace.
    Freight(String),
    /// One piece of Freight.
    FreightNamed {
        /// Where.
        namespace: String,
        /// Which.
        name: String,
    },
    /// All Warehouses of the namespace.
    Warehouses(String),
    /// The Promotions of one Stage.
    Promotions {
        /// Where.
        namespace: String,
        /// Of which Stage.
        stage: String,
    },
    /// The ProjectConfig of the namespace.
    ProjectConfig(String),
    /// All PromotionTasks of the namespace.
    PromotionTasks(String),
    /// All ClusterPromotionTasks.
    ClusterPromotionTasks,
    /// All Targets of the namespace.
    Targets(String),
    /// Whether the caller has the verb `promote` on the Stage.
    MayPromote {
        /// Where.
        namespace: String,
        /// On which Stage.
        stage: String,
    },
}

/// The operator's policy about `cacheByTag` of image subscriptions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CacheByTagPolicy {
    /// Never used.
    Forbid,
    /// The subscription decides.
    #[default]
    Allow,
    /// Subscriptions must opt in.
    Require,
    /// Always used.
    Force,
}

/// The answers to the queries; what was not asked for stays empty.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The namespace of the request or, for a Project, of its name.
    pub namespace: Option<Namespace>,
    /// Stages of the namespace.
    pub stages: Vec<Stage>,
    /// Freight of the namespace.
    pub freight: Vec<Freight>,
    /// Warehouses of the namespace.
    pub warehouses: Vec<Warehouse>,
    /// Promotions of the Stage in question.
    pub promotions: Vec<Promotion>,
    /// The ProjectConfig of the namespace.
    pub project_config: Option<ProjectConfig>,
    /// PromotionTasks of the namespace.
    pub promotion_tasks: Vec<PromotionTask>,
    /// ClusterPromotionTasks.
    pub cluster_promotion_tasks: Vec<ClusterPromotionTask>,
    /// Targets of the namespace.
    pub targets: Vec<Target>,
    /// Whether the caller may promote to the Stage; `None` was not asked and counts as no.
    pub may_promote: Option<bool>,
    /// Fresh random bits, for names.
    pub random: u128,
    /// The operator's setting.
    pub cache_by_tag: CacheByTagPolicy,
}

impl Facts {
    /// Whether the namespace is labelled as a Project's.
    pub(crate) fn is_in_project(&self) -> bool {
        let all = self.namespace.as_ref().and_then(|namespace| namespace.metadata.labels.as_ref());
        let label = all.and_then(|all| all.get(labels::PROJECT));
        label.map(String::as_str) == Some(labels::TRUE)
    }

    pub(crate) fn stage(&self, name: &str) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.metadata.name.as_deref() == Some(name))
    }

    pub(crate) fn freight_named(&self, name: &str) -> Option<&Freight> {
        self.freight.iter().find(|freight| freight.metadata.name.as_deref() == Some(name))
    }

    pub(crate) fn control_flow(&self) -> BTreeSet<String> {
        crate::freight_availability::control_flow_names(&self.stages)
    }
}
