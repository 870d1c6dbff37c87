//! The wording of every reason: one function per fact, so that UI, CLI, events and REST say the same.

use api::{
    AutoPromotionHold, Freight, FreightAvailabilityStrategy, FreightRequest, ObjectReference,
    Promotion, Reason, ReasonCode, Stage,
};
use jiff::Timestamp;

use crate::freight::{called, name_of};

/// Whether Freight must have passed every upstream Stage.
pub(crate) fn needs_all(request: &FreightRequest) -> bool {
    request.sources.availability_strategy == Some(FreightAvailabilityStrategy::All)
}

pub(crate) fn origin_not_requested(stage: &Stage, freight: &Freight) -> Reason {
    let message = format!(
        "Stage {:?} does not request Freight of {}; add it to spec.requestedFreight",
        name(stage),
        freight.origin
    );
    Reason::new(ReasonCode::OriginNotRequested, message).with_evidence(stage_reference(stage))
}

pub(crate) fn soaking(
    freight: &Freight,
    stages: &[&str],
    request: &FreightRequest,
    until: Option<Timestamp>,
) -> Reason {
    let required =
        request.sources.required_soak_time.as_ref().map(ToString::to_string).unwrap_or_default();
    let message = format!(
        "Freight {} is soaking in {} (required: {required})",
        called(freight),
        list(stages)
    );
    let reason = Reason::new(ReasonCode::Soaking, message)
        .with_evidence(freight_reference(freight))
        .with_fix("approve");
    match until {
        Some(until) => reason.until(until),
        None => reason,
    }
}

pub(crate) fn soak_cut(freight: &Freight, stages: &[&str], request: &FreightRequest) -> Reason {
    let required =
        request.sources.required_soak_time.as_ref().map(ToString::to_string).unwrap_or_default();
    let message = format!(
        "Freight {} left {} before it had soaked {required}; promote it there again or approve it",
        called(freight),
        list(stages)
    );
    Reason::new(ReasonCode::NotInUpstream, message)
        .with_evidence(freight_reference(freight))
        .with_fix("approve")
}

pub(crate) fn not_verified(
    stage: &Stage,
    freight: &Freight,
    unverified: &[&str],
    request: &FreightRequest,
) -> Reason {
    if request.sources.stages.is_empty() {
        let message =
            format!("Stage {:?} names no source for Freight of {}", name(stage), request.origin);
        return Reason::new(ReasonCode::SpecInvalid, message).with_evidence(stage_reference(stage));
    }
    let which = match (needs_all(request), unverified.len()) {
        (_, 1) => list(unverified),
        (true, _) => format!("all of {}", list(unverified)),
        (false, _) => format!("one of {}", list(unverified)),
    };
    let message = format!("Freight {} must be verified in {which}", called(freight));
    Reason::new(ReasonCode::NotVerified, message)
        .with_evidence(freight_reference(freight))
        .with_fix("approve")
}

pub(crate) fn already_current(stage: &Stage, freight: &Freight) -> Reason {
    let message = format!("Stage {:?} runs Freight {} already", name(stage), called(freight));
    Reason::new(ReasonCode::AlreadyCurrent, message).with_evidence(stage_reference(stage))
}

pub(crate) fn current_is_candidate(stage: &Stage, origin: &str) -> Reason {
    let message =
        format!("Stage {:?} runs the newest Freight available to it from {origin}", name(stage));
    Reason::new(ReasonCode::AlreadyCurrent, message).with_evidence(stage_reference(stage))
}

pub(crate) fn no_freight(stage: &Stage, request: &FreightRequest) -> Reason {
    let message = match request.sources.stages.as_slice() {
        stages if !stages.is_empty() && request.sources.direct != Some(true) => {
            let stages: Vec<&str> = stages.iter().map(String::as_str).collect();
            format!(
                "{} has produced no Freight that {} has passed on yet",
                request.origin,
                list(&stages)
            )
        }
        _ => format!("{} has produced no Freight yet", request.origin),
    };
    Reason::new(ReasonCode::NotInUpstream, message).with_evidence(ObjectReference::namespaced(
        "Warehouse",
        stage.metadata.namespace.as_deref().unwrap_or_default(),
        &request.origin.name,
    ))
}

pub(crate) fn promotion_running(promotion: &str, stage: &Stage) -> Reason {
    let message = format!("Promotion {promotion:?} is in progress");
    Reason::new(ReasonCode::PromotionRunning, message)
        .with_evidence(promotion_reference(promotion, stage))
}

pub(crate) fn queued(promotion: &str, stage: &Stage, ahead: usize) -> Reason {
    let message = match ahead {
        0 => format!("Promotion {promotion:?} is next in the queue"),
        1 => format!("Promotion {promotion:?} waits for 1 Promotion ahead of it"),
        _ => format!("Promotion {promotion:?} waits for {ahead} Promotions ahead of it"),
    };
    Reason::new(ReasonCode::Queued, message).with_evidence(promotion_reference(promotion, stage))
}

pub(crate) fn verification_running(stage: &Stage) -> Reason {
    let message = format!(
        "what Stage {:?} runs is being verified; the next Promotion waits for the result",
        name(stage)
    );
    Reason::new(ReasonCode::VerificationRunning, message)
        .with_evidence(stage_reference(stage))
        .with_fix("abort-verification")
}

pub(crate) fn verification_failed(stage: &Stage, detail: &str) -> Reason {
    let message = format!("what Stage {:?} runs did not pass verification: {detail}", name(stage));
    Reason::new(ReasonCode::VerificationFailed, message)
        .with_evidence(stage_reference(stage))
        .with_fix("reverify")
}

pub(crate) fn health_awaited(stage: &Stage) -> Reason {
    let message = format!(
        "what Stage {:?} runs is not known to be healthy yet, so it cannot be verified",
        name(stage)
    );
    Reason::new(ReasonCode::VerificationRunning, message).with_evidence(stage_reference(stage))
}

pub(crate) fn hold(hold: &AutoPromotionHold, stage: &Stage) -> Reason {
    let by = hold.actor.as_deref().map(|actor| format!(" by {actor}")).unwrap_or_default();
    let since =
        hold.created_at.as_ref().map(|time| format!(" since {}", time.0)).unwrap_or_default();
    let message = format!(
        "{} is held at Freight {}{by}{since}; promoting the newest available Freight releases it",
        hold.origin,
        hold.freight_name.get(..7).unwrap_or(&hold.freight_name)
    );
    let evidence = match &hold.promotion_name {
        Some(promotion) => promotion_reference(promotion, stage),
        None => stage_reference(stage),
    };
    Reason::new(ReasonCode::AutoPromotionHold, message).with_evidence(evidence).with_fix("resume")
}

pub(crate) fn policy_off(stage: &Stage) -> Reason {
    let message = format!(
        "auto-promotion is off for Stage {:?}; promote by hand or add a promotion policy",
        name(stage)
    );
    let project = stage.metadata.namespace.as_deref().unwrap_or_default();
    Reason::new(ReasonCode::PolicyOff, message)
        .with_evidence(ObjectReference::namespaced("ProjectConfig", project, project))
        .with_fix("promote")
}

pub(crate) fn match_upstream_ambiguous(stage: &Stage, count: usize) -> Reason {
    let message = format!(
        "the upstream Stage reports {count} pieces of Freight for a moment; waiting until one is left"
    );
    Reason::new(ReasonCode::PolicyMatchUpstream, message).with_evidence(stage_reference(stage))
}

pub(crate) fn last_attempt_failed(
    promotion: &Promotion,
    freight: &Freight,
    stage: &Stage,
) -> Reason {
    let phase = crate::promotion::phase(promotion);
    let promotion = promotion.metadata.name.as_deref().unwrap_or_default();
    let message = format!(
        "the last Promotion of Freight {} ended as {phase} and is not repeated automatically; promote it by hand",
        called(freight)
    );
    Reason::new(ReasonCode::PromotionFailed, message)
        .with_evidence(promotion_reference(promotion, stage))
        .with_fix("promote")
}

pub(crate) fn control_flow(stage: &Stage) -> Reason {
    let message = format!(
        "Stage {:?} has no promotion steps; Freight passes through it on its own",
        name(stage)
    );
    Reason::new(ReasonCode::ControlFlow, message).with_evidence(stage_reference(stage))
}

pub(crate) fn spec_invalid(message: &str, stage: &Stage) -> Reason {
    Reason::new(ReasonCode::SpecInvalid, message).with_evidence(stage_reference(stage))
}

pub(crate) fn freight_gone(freight: &str, stage: &Stage) -> Reason {
    let message = format!("Stage {:?} runs Freight {freight}, which was deleted", name(stage));
    Reason::new(ReasonCode::SpecInvalid, message).with_evidence(stage_reference(stage))
}

pub(crate) fn rbac_denied(stage: &Stage) -> Reason {
    let namespace = stage.metadata.namespace.as_deref().unwrap_or_default();
    let message = format!(
        "you need the verb \"promote\" on Stage {:?} in project {namespace:?}",
        name(stage)
    );
    Reason::new(ReasonCode::RbacDenied, message).with_evidence(stage_reference(stage))
}

fn name(stage: &Stage) -> &str {
    stage.metadata.name.as_deref().unwrap_or_default()
}

fn list(names: &[&str]) -> String {
    names.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ")
}

fn stage_reference(stage: &Stage) -> ObjectReference {
    ObjectReference::namespaced(
        "Stage",
        stage.metadata.namespace.as_deref().unwrap_or_default(),
        name(stage),
    )
}

fn freight_reference(freight: &Freight) -> ObjectReference {
    ObjectReference::namespaced(
        "Freight",
        freight.metadata.namespace.as_deref().unwrap_or_default(),
        name_of(freight),
    )
}

fn promotion_reference(promotion: &str, stage: &Stage) -> ObjectReference {
    ObjectReference::namespaced(
        "Promotion",
        stage.metadata.namespace.as_deref().unwrap_or_default(),
        promotion,
    )
}
