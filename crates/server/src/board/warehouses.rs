//! Rows of Warehouses.

use std::collections::BTreeMap;

use api::rest::board::{BoardSubscription, BoardWarehouse, WarehousePhase};
use api::{FreightCreationPolicy, RepoSubscription, Warehouse, condition};

use super::Facts;
use super::rows::moment;

pub(super) fn rows(facts: &Facts) -> BTreeMap<String, BoardWarehouse> {
    let mut counts: BTreeMap<&str, u32> = BTreeMap::new();
    for piece in facts.freight.values() {
        *counts.entry(piece.origin.name.as_str()).or_default() += 1;
    }
    let count = |name: &str| counts.get(name).copied().unwrap_or_default();
    let all = facts.warehouses.iter();
    all.map(|(name, warehouse)| (name.clone(), row(name, warehouse, count(name)))).collect()
}

fn row(name: &str, warehouse: &Warehouse, freight_count: u32) -> BoardWarehouse {
    let status = warehouse.status.clone().unwrap_or_default();
    let (phase, message) = phase(warehouse);
    let found = status.discovered_artifacts.as_ref();
    BoardWarehouse {
        name: name.to_owned(),
        phase,
        message,
        discovered_at: found.and_then(|found| moment(found.discovered_at.as_ref())),
        interval: warehouse.spec.interval.to_string(),
        manual: warehouse.spec.freight_creation_policy == Some(FreightCreationPolicy::Manual),
        subscriptions: warehouse.spec.subscriptions.iter().filter_map(subscription).collect(),
        last_freight: status.last_freight_id,
        freight_count,
    }
}

/// Its state, with the message of whatever is not as it should be.
fn phase(warehouse: &Warehouse) -> (WarehousePhase, Option<String>) {
    let Some(status) = &warehouse.status else { return (WarehousePhase::Reconciling, None) };
    let get = |kind| condition::get(&status.conditions, kind);
    let failing = [condition::HEALTHY, condition::READY]
        .into_iter()
        .filter_map(get)
        .find(|condition| condition.status == "False");
    let reconciling = condition::is_true(&status.conditions, condition::RECONCILING);
    if let (Some(failing), false) = (failing, reconciling) {
        return (WarehousePhase::Failed, Some(failing.message.clone()));
    }
    let behind = status.observed_generation != warehouse.metadata.generation;
    if reconciling || behind {
        let message = get(condition::RECONCILING).map(|condition| condition.message.clone());
        return (WarehousePhase::Reconciling, message);
    }
    (WarehousePhase::Ready, None)
}

fn subscription(raw: &serde_json::Value) -> Option<BoardSubscription> {
    let subscription = RepoSubscription::parse(raw).ok()?;
    Some(BoardSubscription {
        kind: subscription.artifact_type().to_owned(),
        repository: subscription.repo_url().unwrap_or_default().to_owned(),
        name: subscription.name.clone(),
    })
}
