//! The decision about a Warehouse while its rules are writing it.

use api::{ConditionStatus, ObjectReference, Reason, ReasonCode, WarehouseStatus};
use jiff::Timestamp;

use super::{Seen, WarehouseEffect};
use crate::decision::{Again, Decision};

pub(super) struct Draft<'a> {
    pub(super) seen: &'a Seen,
    pub(super) now: Timestamp,
    pub(super) status: WarehouseStatus,
    pub(super) effects: Vec<WarehouseEffect>,
    pub(super) again: Again,
    pub(super) because: Vec<Reason>,
}

impl<'a> Draft<'a> {
    pub(super) fn new(seen: &'a Seen, now: Timestamp) -> Self {
        Self {
            seen,
            now,
            status: seen.warehouse.status.clone().unwrap_or_default(),
            effects: Vec::new(),
            again: Again::OnChange,
            because: Vec::new(),
        }
    }

    pub(super) fn generation(&self) -> i64 {
        self.seen.warehouse.metadata.generation.unwrap_or_default()
    }

    pub(super) fn refresh(&self) -> Option<&'a String> {
        self.seen
            .warehouse
            .metadata
            .annotations
            .as_ref()
            .and_then(|all| all.get(api::annotations::REFRESH))
    }

    pub(super) fn set(&mut self, kind: &str, status: ConditionStatus, reason: &str, message: &str) {
        let generation = self.seen.warehouse.metadata.generation;
        let condition = api::condition::new(kind, status, reason, message, generation, self.now);
        api::condition::set(&mut self.status.conditions, condition);
    }

    pub(super) fn remove(&mut self, kind: &str) {
        api::condition::remove(&mut self.status.conditions, kind);
    }

    /// Healthy and Ready are both false, for the same message.
    pub(super) fn not_well(&mut self, healthy: &str, ready: &str, message: &str) {
        self.set(api::condition::HEALTHY, ConditionStatus::False, healthy, message);
        self.set(api::condition::READY, ConditionStatus::False, ready, message);
        self.remove(api::condition::RECONCILING);
        let metadata = &self.seen.warehouse.metadata;
        let evidence = ObjectReference::namespaced(
            "Warehouse",
            metadata.namespace.as_deref().unwrap_or_default(),
            metadata.name.as_deref().unwrap_or_default(),
        );
        self.because.push(Reason::new(ReasonCode::SpecInvalid, message).with_evidence(evidence));
    }

    /// Discovery failed; stays until one succeeds.
    pub(super) fn failed(&mut self, message: &str) {
        self.not_well(
            "DiscoveryFailed",
            "DiscoveryFailure",
            &format!("Unable to discover artifacts: {message}"),
        );
    }

    pub(super) fn into_decision(self) -> Decision<WarehouseStatus, WarehouseEffect> {
        Decision {
            status: self.status,
            effects: self.effects,
            again: self.again,
            because: self.because,
        }
    }
}
