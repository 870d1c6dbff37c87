//! One pass over a Promotion: wait for the Stage, then run; end early when it was aborted or cannot run at all.

use std::collections::BTreeSet;

use api::annotations::{self, AbortRequest};
use api::{
    Freight, FreightCollection, Promotion, PromotionPhase, PromotionStatus, PromotionStepStatus,
    Reason, Stage, Time,
};
use jiff::Timestamp;

use crate::decision::{Again, Decision};
use crate::freight_availability::{Asking, availability};
use crate::reasons;

/// Everything `next` may know about a Promotion.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The Promotion itself, freshly read: a stale copy must not run a step twice.
    pub promotion: Promotion,
    /// Its Stage.
    pub stage: Option<Stage>,
    /// The Freight it promotes.
    pub freight: Option<Freight>,
    /// Names of the Stages without steps in its namespace.
    pub control_flow: BTreeSet<String>,
}

/// What a Promotion may want done.
#[derive(Clone, Debug, PartialEq)]
pub enum PromotionEffect {
    /// Stop a running step, if one runs here, and throw away the working directory.
    Stop,
    /// Run, or go on running, its steps with this collection.
    Run {
        /// What the Stage will run when the Promotion succeeds.
        collection: FreightCollection,
    },
    /// Ask the Stage to verify again: it ran this Freight before.
    Reverify {
        /// The Stage.
        stage: String,
        /// Id of its newest verification.
        id: String,
    },
}

/// What the Promotion should look like and what should be done.
pub fn next(seen: &Seen, now: Timestamp) -> Decision<PromotionStatus, PromotionEffect> {
    let status = seen.promotion.status.clone().unwrap_or_default();
    let phase = super::phase(&seen.promotion);
    if phase.is_terminal() {
        return decision(status, vec![PromotionEffect::Stop], Vec::new());
    }
    if let Some(request) = abort_request(&seen.promotion) {
        return decision(aborted(status, &request, now), vec![PromotionEffect::Stop], Vec::new());
    }
    let Some(stage) = &seen.stage else {
        let message = format!("Stage {:?} does not exist", seen.promotion.spec.stage);
        return decision(errored(status, &message, now), vec![PromotionEffect::Stop], Vec::new());
    };
    let name = super::order::name_of(&seen.promotion);
    let holder = stage.status.as_ref().and_then(|status| status.current_promotion.as_ref());
    if phase != PromotionPhase::Running && holder.is_none_or(|holder| holder.name != name) {
        let why = match holder {
            Some(holder) => reasons::promotion_running(&holder.name, stage),
            None => reasons::queued(name, stage, 0),
        };
        let status = PromotionStatus { phase: Some(PromotionPhase::Pending), ..status };
        return decision(status, Vec::new(), vec![why]);
    }
    match runnable(seen, stage, now) {
        Ok((freight, collection)) => {
            let status = PromotionStatus {
                phase: Some(PromotionPhase::Running),
                started_at: status.started_at.clone().or(Some(Time(now))),
                freight: Some(freight.reference()),
                freight_collection: Some(collection.clone()),
                message: None,
                ..status
            };
            decision(status, vec![PromotionEffect::Run { collection }], Vec::new())
        }
        Err(message) => {
            decision(errored(status, &message, now), vec![PromotionEffect::Stop], Vec::new())
        }
    }
}

/// The Freight and the collection a Promotion would run with, or what is in the way.
fn runnable<'a>(
    seen: &'a Seen,
    stage: &Stage,
    now: Timestamp,
) -> Result<(&'a Freight, FreightCollection), String> {
    let wanted = seen.promotion.spec.freight.as_deref().unwrap_or_default();
    let Some(freight) = &seen.freight else {
        return Err(format!("Freight {wanted:?} does not exist"));
    };
    // A Promotion that started may finish: what it was allowed to begin is not taken back half-way.
    let started = seen.promotion.status.as_ref().is_some_and(|status| status.started_at.is_some());
    let answer = availability(Asking { stage, control_flow: &seen.control_flow, now }, freight);
    if !started && !answer.is_available() {
        let why: Vec<&str> =
            answer.reasons().iter().map(|reason| reason.message.as_str()).collect();
        let stage = stage.metadata.name.as_deref().unwrap_or_default();
        return Err(format!(
            "Freight {wanted:?} is not available to Stage {stage:?}: {}",
            why.join("; ")
        ));
    }
    let known = seen.promotion.status.as_ref().and_then(|status| status.freight_collection.clone());
    let collection = known.filter(|_| started).unwrap_or_else(|| target_collection(stage, freight));
    Ok((freight, collection))
}

/// What the Stage will run: the Freight, and for its other origins what the last Promotion carried.
#[must_use]
pub fn target_collection(stage: &Stage, freight: &Freight) -> FreightCollection {
    let mut collection = FreightCollection::default();
    let last = stage.status.as_ref().and_then(|status| status.last_promotion.as_ref());
    let carried = last
        .and_then(|last| last.status.as_ref())
        .and_then(|status| status.freight_collection.as_ref());
    if stage.spec.requested_freight.len() > 1 {
        for request in &stage.spec.requested_freight {
            let origin = request.origin.to_string();
            if let Some(piece) = carried.and_then(|carried| carried.freight.get(&origin)) {
                collection.freight.insert(origin, piece.clone());
            }
        }
    }
    collection.freight.insert(freight.origin.to_string(), freight.reference());
    let names = collection.freight.values().filter_map(|piece| piece.name.as_deref());
    collection.id = api::identity::freight_collection_id(names);
    collection
}

/// After a success: what the Stage ran and had verified before is verified again.
#[must_use]
pub fn reverify_after(seen: &Seen) -> Option<PromotionEffect> {
    let stage = seen.stage.as_ref()?;
    let freight = seen.freight.as_ref().map(crate::freight::name_of)?;
    let current = stage.status.as_ref()?.freight_history.first()?;
    let id = current.verification_history.first()?.id.clone()?;
    crate::freight::is_current_in(stage, freight).then(|| PromotionEffect::Reverify {
        stage: stage.metadata.name.clone().unwrap_or_default(),
        id,
    })
}

/// How an aborted Promotion tells who aborted it.
#[must_use]
pub fn abort_message(promotion: &Promotion) -> String {
    abort_request(promotion).map(|request| told(&request)).unwrap_or_default()
}

fn told(request: &AbortRequest) -> String {
    match request.actor.as_str() {
        "" => "Promotion aborted by user".to_owned(),
        actor => format!("Promotion aborted by {actor}"),
    }
}

fn abort_request(promotion: &Promotion) -> Option<AbortRequest> {
    let value = promotion.metadata.annotations.as_ref()?.get(annotations::ABORT)?;
    AbortRequest::parse(value).filter(|request| request.action == AbortRequest::TERMINATE)
}

fn aborted(mut status: PromotionStatus, request: &AbortRequest, now: Timestamp) -> PromotionStatus {
    for step in &mut status.step_execution_metadata {
        if step.status == Some(PromotionStepStatus::Running) {
            step.status = Some(PromotionStepStatus::Aborted);
            step.finished_at = Some(Time(now));
        }
    }
    status.phase = Some(PromotionPhase::Aborted);
    status.message = Some(told(request));
    status.finished_at = Some(Time(now));
    status
}

fn errored(mut status: PromotionStatus, message: &str, now: Timestamp) -> PromotionStatus {
    status.phase = Some(PromotionPhase::Errored);
    status.message = Some(message.to_owned());
    status.finished_at = Some(Time(now));
    status
}

fn decision(
    status: PromotionStatus,
    effects: Vec<PromotionEffect>,
    because: Vec<Reason>,
) -> Decision<PromotionStatus, PromotionEffect> {
    Decision { status, effects, again: Again::OnChange, because }
}
