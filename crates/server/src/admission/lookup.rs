//! Answers the rules' questions about the world, with our own rights.

use rand::Rng;
use rules::admission::{FactQuery, Facts, Request, more_facts_needed};

use super::{AdmissionConfig, may_promote};
use crate::error::ApiError;
use crate::kubernetes::{
    CLUSTER_PROMOTION_TASKS, FREIGHT, Key, Kubernetes, NAMESPACES, PROJECT_CONFIGS,
    PROMOTION_TASKS, PROMOTIONS, Resource, STAGES, TARGETS, WAREHOUSES, decode,
};

pub(super) async fn facts(
    kube: &Kubernetes,
    request: &Request,
    queries: Vec<FactQuery>,
    config: &AdmissionConfig,
) -> Result<Facts, ApiError> {
    let mut facts = Facts {
        random: rand::rng().random(),
        cache_by_tag: config.cache_by_tag,
        ..Facts::default()
    };
    for query in queries {
        answer(kube, request, query, &mut facts).await?;
    }
    for query in more_facts_needed(request, &facts) {
        answer(kube, request, query, &mut facts).await?;
    }
    Ok(facts)
}

async fn answer(
    kube: &Kubernetes,
    request: &Request,
    query: FactQuery,
    facts: &mut Facts,
) -> Result<(), ApiError> {
    match query {
        FactQuery::Namespace(name) => facts.namespace = one(kube, &NAMESPACES, None, &name).await?,
        FactQuery::Stages(namespace) => facts.stages = all(kube, &STAGES, &namespace).await?,
        FactQuery::Freight(namespace) => facts.freight = all(kube, &FREIGHT, &namespace).await?,
        FactQuery::FreightNamed { namespace, name } => {
            let found = one(kube, &FREIGHT, Some(&namespace), &name).await?;
            facts.freight = found.into_iter().collect();
        }
        FactQuery::Warehouses(namespace) => {
            facts.warehouses = all(kube, &WAREHOUSES, &namespace).await?;
        }
        FactQuery::Promotions { namespace, stage } => {
            let mut promotions: Vec<api::Promotion> = all(kube, &PROMOTIONS, &namespace).await?;
            promotions.retain(|promotion| promotion.spec.stage == stage);
            facts.promotions = promotions;
        }
        FactQuery::ProjectConfig(namespace) => {
            facts.project_config =
                one(kube, &PROJECT_CONFIGS, Some(&namespace), &namespace).await?;
        }
        FactQuery::PromotionTasks(namespace) => {
            facts.promotion_tasks = all(kube, &PROMOTION_TASKS, &namespace).await?;
        }
        FactQuery::ClusterPromotionTasks => {
            let (tasks, _) = kube.read_all(&CLUSTER_PROMOTION_TASKS, None, None).await?;
            facts.cluster_promotion_tasks = tasks;
        }
        FactQuery::Targets(namespace) => facts.targets = all(kube, &TARGETS, &namespace).await?,
        FactQuery::MayPromote { namespace, stage } => {
            let answer = may_promote(kube, &request.caller, &namespace, &stage).await?;
            facts.may_promote = Some(answer);
        }
    }
    Ok(())
}

async fn one<T: serde::de::DeserializeOwned>(
    kube: &Kubernetes,
    resource: &Resource,
    namespace: Option<&str>,
    name: &str,
) -> Result<Option<T>, ApiError> {
    if name.is_empty() {
        return Ok(None);
    }
    kube.find(resource, Key { namespace, name }).await?.map(decode).transpose()
}

async fn all<T: serde::de::DeserializeOwned>(
    kube: &Kubernetes,
    resource: &Resource,
    namespace: &str,
) -> Result<Vec<T>, ApiError> {
    Ok(kube.read_all(resource, Some(namespace), None).await?.0)
}
