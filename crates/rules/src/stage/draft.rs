//! The decision about a Stage while its rules are writing it.

use std::collections::BTreeSet;

use api::{ConditionStatus, Freight, FreightCollection, Reason, StageStatus};
use jiff::Timestamp;

use super::{Seen, StageEffect};
use crate::decision::{Again, Decision};
use crate::freight_availability::{Asking, control_flow_names};

pub(crate) struct Draft<'a> {
    pub(crate) seen: &'a Seen,
    pub(crate) now: Timestamp,
    pub(crate) status: StageStatus,
    pub(crate) effects: Vec<StageEffect>,
    pub(crate) again: Again,
    pub(crate) because: Vec<Reason>,
    pub(crate) auto_promotion: bool,
    /// A mistake in what users wrote that keeps the Stage from being ready.
    pub(crate) mistake: Option<String>,
    control_flow: BTreeSet<String>,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(seen: &'a Seen, now: Timestamp) -> Self {
        let mut draft = Self {
            seen,
            now,
            status: seen.stage.status.clone().unwrap_or_default(),
            effects: Vec::new(),
            again: Again::OnChange,
            because: Vec::new(),
            auto_promotion: false,
            mistake: None,
            control_flow: control_flow_names(&seen.stages),
        };
        match super::auto_promotion_policy(seen.project_config.as_deref(), &seen.stage.metadata) {
            Ok(policy) => draft.auto_promotion = policy.is_some_and(crate::stage::policy::enables),
            Err(error) => draft.mistake = Some(error.to_string()),
        }
        draft
    }

    pub(crate) fn name(&self) -> &'a str {
        self.seen.stage.metadata.name.as_deref().unwrap_or_default()
    }

    pub(crate) fn generation(&self) -> i64 {
        self.seen.stage.metadata.generation.unwrap_or_default()
    }

    pub(crate) fn asking(&self) -> Asking<'_> {
        Asking { stage: &self.seen.stage, control_flow: &self.control_flow, now: self.now }
    }

    pub(crate) fn current(&self) -> Option<&FreightCollection> {
        self.status.freight_history.first()
    }

    pub(crate) fn freight(&self, name: &str) -> Option<&'a Freight> {
        self.seen.freight().find(|freight| freight.metadata.name.as_deref() == Some(name))
    }

    pub(crate) fn set_condition(&mut self, kind: &str, status: &str, reason: &str, message: &str) {
        let status = match status {
            "True" => ConditionStatus::True,
            "False" => ConditionStatus::False,
            _ => ConditionStatus::Unknown,
        };
        let generation = self.seen.stage.metadata.generation;
        let condition = api::condition::new(kind, status, reason, message, generation, self.now);
        api::condition::set(&mut self.status.conditions, condition);
    }

    pub(crate) fn remove_condition(&mut self, kind: &str) {
        api::condition::remove(&mut self.status.conditions, kind);
    }

    pub(crate) fn into_decision(self) -> Decision<StageStatus, StageEffect> {
        Decision {
            status: self.status,
            effects: self.effects,
            again: self.again,
            because: self.because,
        }
    }
}
