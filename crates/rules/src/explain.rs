//! Why is nothing moving: the answer for one Stage, made of the very rules that decide.

use std::collections::BTreeSet;
use std::sync::Arc;

use api::{
    ActionAnswer, Freight, FreightActions, FreightEligibility, FreightRequest, OriginExplanation,
    QueuedPromotion, Reason, ReasonCode, Stage, StageExplanation, StageStatus, Time,
};
use jiff::Timestamp;

use crate::freight::{discovered_at, is_current_in, name_of};
use crate::freight_availability::{Asking, availability, candidate, control_flow_names};
use crate::promotion::{self, order};
use crate::reasons;
use crate::stage::{
    Gate, Seen, Standing, auto_promotion_policy, effective_holds, gate, next_soak_end, standing,
    why_standing,
};

/// The whole answer for a Stage. `may_promote` says whether the one who asks has the verb `promote` on it.
#[must_use]
pub fn stage(seen: &Seen, may_promote: bool, now: Timestamp) -> StageExplanation {
    let stage = &seen.stage;
    let status = effective(seen);
    let control_flow = control_flow_names(&seen.stages);
    let asking = Asking { stage, control_flow: &control_flow, now };
    let origins: Vec<OriginExplanation> = stage
        .spec
        .requested_freight
        .iter()
        .map(|request| origin(asking, request, seen, &status, may_promote))
        .collect();
    let running = status.current_promotion.as_ref().map(|current| current.name.clone());
    let blocking = if running.is_some() { None } else { blocking(seen, &status, &origins) };
    StageExplanation {
        project: stage.metadata.namespace.clone().unwrap_or_default(),
        stage: stage.metadata.name.clone().unwrap_or_default(),
        summary: summary(running.as_deref(), blocking.as_ref()),
        clears_at: blocking.as_ref().and_then(|reason| reason.unblocks_at.clone()),
        blocking,
        queue: queue(seen, &status, running.as_deref()),
        running,
        origins,
    }
}

/// Whether a piece of Freight may be promoted to a Stage by the one who asks, and what to know about it.
#[must_use]
pub fn promote(asking: Asking<'_>, freight: &Freight, may_promote: bool) -> ActionAnswer {
    if asking.stage.spec.is_control_flow() {
        return ActionAnswer { allowed: false, because: vec![reasons::control_flow(asking.stage)] };
    }
    let mut because = availability(asking, freight).reasons().to_vec();
    if !may_promote {
        because.push(reasons::rbac_denied(asking.stage));
    }
    let allowed = because.is_empty();
    if is_current_in(asking.stage, name_of(freight)) {
        because.push(reasons::already_current(asking.stage, freight));
    }
    ActionAnswer { allowed, because }
}

/// One line of the table of Freight: what it is to the Stage.
#[must_use]
pub fn eligibility(asking: Asking<'_>, freight: &Freight, may_promote: bool) -> FreightEligibility {
    FreightEligibility {
        name: name_of(freight).to_owned(),
        alias: freight.alias.clone(),
        discovered_at: freight.discovered_at.clone(),
        current: is_current_in(asking.stage, name_of(freight)),
        available: availability(asking, freight).is_available(),
        actions: FreightActions { promote: promote(asking, freight, may_promote) },
    }
}

/// The status with the holds that are in effect at this moment, not at the last pass.
fn effective(seen: &Seen) -> StageStatus {
    let mut status = seen.stage.status.clone().unwrap_or_default();
    status.effective_auto_promotion_holds =
        effective_holds(&seen.stage, &status, &seen.promotions, enabled(seen));
    status
}

fn enabled(seen: &Seen) -> bool {
    let policy = auto_promotion_policy(seen.project_config.as_deref(), &seen.stage.metadata);
    policy.ok().flatten().is_some_and(|policy| policy.auto_promotion_enabled == Some(true))
}

fn origin(
    asking: Asking<'_>,
    request: &FreightRequest,
    seen: &Seen,
    status: &StageStatus,
    may_promote: bool,
) -> OriginExplanation {
    let mut freight: Vec<&Freight> =
        seen.freight().filter(|piece| piece.origin == request.origin).collect();
    freight.sort_by(|a, b| {
        discovered_at(b).cmp(&discovered_at(a)).then_with(|| name_of(b).cmp(name_of(a)))
    });
    let key = request.origin.to_string();
    let current = status.freight_history.first().and_then(|current| current.freight.get(&key));
    OriginExplanation {
        origin: request.origin.clone(),
        current: current.and_then(|piece| piece.name.clone()),
        candidate: candidate(asking, request, seen.freight())
            .map(|piece| name_of(piece).to_owned()),
        auto_promotion: enabled(seen),
        blocking: origin_blocking(asking, request, seen, status),
        freight: freight.into_iter().map(|piece| eligibility(asking, piece, may_promote)).collect(),
    }
}

fn origin_blocking(
    asking: Asking<'_>,
    request: &FreightRequest,
    seen: &Seen,
    status: &StageStatus,
) -> Option<Reason> {
    if asking.stage.spec.is_control_flow() {
        return Some(reasons::control_flow(asking.stage));
    }
    let standing = standing(asking, request, status, &seen.promotions, &seen.freight);
    // What is newer than what runs, and on its way, tells more than that the best available is there.
    if matches!(standing, Standing::Current | Standing::Nothing { .. })
        && let Some(reason) = newer_on_its_way(asking, request, &seen.freight)
    {
        return Some(reason);
    }
    if !enabled(seen) && matches!(standing, Standing::Due(_)) {
        return Some(reasons::policy_off(asking.stage));
    }
    most_telling(why_standing(asking, request, &standing))
}

/// The reason of the newest piece that is not available yet, if it is newer than the candidate.
fn newer_on_its_way(
    asking: Asking<'_>,
    request: &FreightRequest,
    freight: &[Arc<Freight>],
) -> Option<Reason> {
    let all = || freight.iter().map(|piece| &**piece);
    let best = candidate(asking, request, all()).map(discovered_at);
    let newer = all().filter(|piece| piece.origin == request.origin);
    let newer = newer.filter(|piece| best.is_none_or(|best| discovered_at(piece) > best));
    let newest = newer.max_by(|a, b| {
        discovered_at(a).cmp(&discovered_at(b)).then_with(|| name_of(a).cmp(name_of(b)))
    })?;
    let reason = most_telling(availability(asking, newest).reasons().to_vec())?;
    let soonest = next_soak_end(asking, request, freight);
    Some(if reason.code == ReasonCode::Soaking && reason.unblocks_at.is_none() {
        Reason { unblocks_at: soonest.map(Time), ..reason }
    } else {
        reason
    })
}

/// The one fact for the whole Stage: the gate if something waits at it, else the origin that needs least to move.
fn blocking(seen: &Seen, status: &StageStatus, origins: &[OriginExplanation]) -> Option<Reason> {
    let waiting = order::queue(&seen.promotions);
    if let Some(head) = waiting.first() {
        return match gate(status) {
            Gate::Open => Some(reasons::queued(order::name_of(head), &seen.stage, 0)),
            Gate::VerificationOpen => Some(reasons::verification_running(&seen.stage)),
            Gate::VerificationDue => Some(reasons::health_awaited(&seen.stage)),
        };
    }
    if origins.iter().any(|origin| origin.blocking.is_none()) {
        return None;
    }
    let mut found: Vec<&Reason> =
        origins.iter().filter_map(|origin| origin.blocking.as_ref()).collect();
    found.sort_by_key(|reason| (rank(reason.code), reason.unblocks_at.as_ref().map(|time| time.0)));
    found.first().map(|reason| (*reason).clone())
}

fn most_telling(mut found: Vec<Reason>) -> Option<Reason> {
    found.sort_by_key(|reason| rank(reason.code));
    found.into_iter().next()
}

/// What somebody can act on comes before what time solves, before what is simply so.
fn rank(code: ReasonCode) -> u8 {
    match code {
        ReasonCode::SpecInvalid => 0,
        ReasonCode::ControllerDead => 1,
        ReasonCode::AutoPromotionHold | ReasonCode::StagePaused | ReasonCode::FreezeWindow => 2,
        ReasonCode::PolicyOff | ReasonCode::NeedsApproval => 3,
        ReasonCode::PromotionFailed
        | ReasonCode::VerificationFailed
        | ReasonCode::VerificationRunning => 4,
        ReasonCode::NotVerified | ReasonCode::NotInUpstream | ReasonCode::PolicyMatchUpstream => 5,
        ReasonCode::Soaking => 6,
        ReasonCode::Queued | ReasonCode::PromotionRunning => 7,
        _ => 8,
    }
}

fn queue(seen: &Seen, status: &StageStatus, running: Option<&str>) -> Vec<QueuedPromotion> {
    let waiting = order::queue(&seen.promotions);
    let waiting =
        waiting.into_iter().filter(|promotion| Some(order::name_of(promotion)) != running);
    waiting
        .enumerate()
        .map(|(index, waiting)| {
            let ahead = index + usize::from(running.is_some());
            let mut because = vec![reasons::queued(order::name_of(waiting), &seen.stage, ahead)];
            if running.is_none() && gate(status) != Gate::Open {
                because.push(crate::stage::awaiting_verification(&seen.stage, status));
            }
            QueuedPromotion {
                name: order::name_of(waiting).to_owned(),
                freight: waiting.spec.freight.clone(),
                ahead,
                because,
            }
        })
        .collect()
}

fn summary(running: Option<&str>, blocking: Option<&Reason>) -> String {
    match (running, blocking) {
        (Some(running), _) => format!("Promotion {running:?} is in progress."),
        (None, None) => "Nothing is in the way.".to_owned(),
        (None, Some(reason)) => {
            let mut text = reason.message.clone();
            if let Some(Time(at)) = &reason.unblocks_at {
                text.push_str(&format!("; clears at {at}"));
            }
            text.push('.');
            text
        }
    }
}

/// How far away each waiting Promotion of a Stage is, for lists: zero is next.
#[must_use]
pub fn queue_position(stage: &Stage, promotions: &[api::Promotion], name: &str) -> Option<usize> {
    let running = stage.status.as_ref().and_then(|status| status.current_promotion.as_ref());
    let names: BTreeSet<&str> = promotions
        .iter()
        .filter(|known| !promotion::is_terminal(known))
        .map(order::name_of)
        .collect();
    if !names.contains(name) || running.is_some_and(|running| running.name == name) {
        return None;
    }
    order::queue(promotions).iter().position(|known| order::name_of(known) == name)
}
