//! The queue of a Stage: settle finished Promotions into its history, then grant the next one.

use api::{PromotionPhase, PromotionReference, Stage, StageStatus};

use super::Draft;
use super::holds;
use crate::promotion::{self, order};
use crate::reasons;

/// How many collections the history keeps.
const HISTORY: usize = 10;

/// Clears a finished current Promotion and replays every finished one the history has not seen, oldest first.
pub(crate) fn settle(draft: &mut Draft<'_>) {
    holds::evict(draft);
    let Some(current) = draft.status.current_promotion.clone() else { return };
    let found =
        draft.seen.promotions.iter().find(|promotion| order::name_of(promotion) == current.name);
    if found.is_some_and(|promotion| !promotion::is_terminal(promotion)) {
        return;
    }
    draft.status.current_promotion = None;
    draft.remove_condition("Promoting");
    let last = draft.status.last_promotion.as_ref().map(|last| last.name.clone());
    let mut finished: Vec<_> = draft
        .seen
        .promotions
        .iter()
        .filter(|promotion| promotion::is_terminal(promotion))
        .filter(|promotion| {
            let name = order::name_of(promotion);
            name == current.name || last.as_deref().is_none_or(|last| name > last)
        })
        .collect();
    finished.sort_by(|a, b| order::name_of(a).cmp(order::name_of(b)));
    for promotion in finished {
        holds::apply_intent(draft, promotion);
        record(draft, promotion);
    }
}

/// Makes a finished Promotion the last one and, if it succeeded, what the Stage runs now.
fn record(draft: &mut Draft<'_>, finished: &api::Promotion) {
    let mut status = finished.status.clone().unwrap_or_default();
    let succeeded = status.phase == Some(PromotionPhase::Succeeded);
    if status.started_at.is_none() && status.freight_collection.is_none() {
        // Aborted before it started: it must not make the Stage forget the Freight of its other origins.
        let last = draft.status.last_promotion.as_ref().and_then(|last| last.status.as_ref());
        status.freight_collection = last.and_then(|last| last.freight_collection.clone());
    }
    if status.freight_collection.is_none() && succeeded {
        // Without a collection the Stage would not know what it runs, and promote the same again and again.
        let wanted = finished.spec.freight.as_deref().unwrap_or_default();
        status.freight_collection = draft
            .freight(wanted)
            .map(|freight| promotion::target_collection(&draft.seen.stage, freight));
    }
    let collection = status.freight_collection.clone();
    draft.status.last_promotion = Some(Box::new(PromotionReference {
        name: order::name_of(finished).to_owned(),
        freight: status.freight.clone(),
        finished_at: status.finished_at.clone(),
        status: Some(status),
    }));
    if !succeeded {
        return;
    }
    if let Some(collection) = collection {
        draft.status.freight_history.insert(0, collection);
        draft.status.freight_history.truncate(HISTORY);
    }
    draft.status.health = None;
    draft.set_condition(
        "Healthy",
        "Unknown",
        "WaitingForHealthCheck",
        "Waiting for health check to be performed after successful promotion",
    );
    draft.set_condition(
        "Verified",
        "Unknown",
        "WaitingForVerification",
        "Waiting for verification to be performed after successful promotion",
    );
}

/// What keeps the next Promotion from starting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Nothing.
    Open,
    /// What the Stage runs is being verified.
    VerificationOpen,
    /// What the Stage runs is healthy, or not yet checked, and must be verified first.
    VerificationDue,
}

/// Whether the Stage may start another Promotion, as far as what it runs is concerned. An unhealthy Stage may:
/// the next Promotion is what repairs it.
#[must_use]
pub fn gate(status: &StageStatus) -> Gate {
    let Some(current) = status.freight_history.first() else { return Gate::Open };
    let terminal = |info: &api::VerificationInfo| {
        info.phase.as_ref().is_some_and(api::VerificationPhase::is_terminal)
    };
    if current.verification_history.iter().any(|info| !terminal(info)) {
        return Gate::VerificationOpen;
    }
    let health = status.health.as_ref().map(|health| health.status.clone().unwrap_or_default());
    let must_be_verified = health.is_none_or(|state| state == api::HealthState::Healthy);
    match must_be_verified && current.verification_history.is_empty() {
        true => Gate::VerificationDue,
        false => Gate::Open,
    }
}

/// Gives the Stage to the first Promotion in the queue, if the Stage is free. Says whether it did so just now.
pub(crate) fn grant(draft: &mut Draft<'_>) -> bool {
    let queue = order::queue(&draft.seen.promotions);
    let stage = &draft.seen.stage;
    if let Some(current) = draft.status.current_promotion.clone() {
        keep(draft, &current.name);
        explain_queue(draft, &queue, &current.name);
        return false;
    }
    let Some(head) = queue.first() else {
        draft.remove_condition("Promoting");
        return false;
    };
    // A Promotion that runs already holds the Stage, whatever the gate says: never two at once.
    let open =
        promotion::phase(head) == PromotionPhase::Running || gate(&draft.status) == Gate::Open;
    if !open {
        draft.remove_condition("Promoting");
        draft.because.push(awaiting_verification(stage, &draft.status));
        explain_queue(draft, &queue, "");
        return false;
    }
    let name = order::name_of(head).to_owned();
    keep(draft, &name);
    explain_queue(draft, &queue, &name);
    true
}

/// Writes the Promotion that holds the Stage into the status.
fn keep(draft: &mut Draft<'_>, name: &str) {
    let promotion =
        draft.seen.promotions.iter().find(|promotion| order::name_of(promotion) == name);
    let Some(promotion) = promotion else { return };
    let phase = promotion::phase(promotion);
    let freight =
        promotion.status.as_ref().and_then(|status| status.freight.clone()).or_else(|| {
            let wanted = promotion.spec.freight.as_deref().unwrap_or_default();
            draft.freight(wanted).map(api::Freight::reference)
        });
    draft.set_condition(
        "Promoting",
        "True",
        "ActivePromotion",
        &format!("Promotion {name:?} is currently {phase}"),
    );
    draft.status.current_promotion = Some(Box::new(PromotionReference {
        name: name.to_owned(),
        freight,
        ..PromotionReference::default()
    }));
    draft.because.push(reasons::promotion_running(name, &draft.seen.stage));
}

fn explain_queue(draft: &mut Draft<'_>, queue: &[&api::Promotion], running: &str) {
    for (index, promotion) in queue.iter().enumerate() {
        let name = order::name_of(promotion);
        if name != running {
            draft.because.push(reasons::queued(name, &draft.seen.stage, index));
        }
    }
}

pub(crate) fn awaiting_verification(stage: &Stage, status: &StageStatus) -> api::Reason {
    match gate(status) {
        Gate::VerificationDue => reasons::health_awaited(stage),
        _ => reasons::verification_running(stage),
    }
}
