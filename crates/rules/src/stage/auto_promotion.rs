//! Promoting on its own: for each origin the newest available Freight, unless held, there already, or tried in vain.

use std::sync::Arc;

use api::{
    AutoPromotionHold, Freight, FreightRequest, ObjectMeta, Promotion, PromotionPhase,
    PromotionRequest, PromotionRequestSpec, PromotionRequestTarget, PromotionSpec, StageStatus,
};
use jiff::Timestamp;

use super::effect::Intention;
use super::{Draft, StageEffect};
use crate::freight::{called, discovered_at, name_of};
use crate::freight_availability::{self as availability, Asking, Choice};
use crate::promotion::{self, claim, order};
use crate::{label_selector, reasons};

/// How one origin of a Stage stands with auto-promotion.
#[derive(Debug)]
pub(crate) enum Standing<'a> {
    /// Somebody pinned it.
    Held(AutoPromotionHold),
    /// Nothing is available; why the newest piece is not, and when time alone changes that.
    Nothing { newest: Option<&'a Freight> },
    /// MatchUpstream with several pieces for a moment.
    Ambiguous(usize),
    /// The candidate runs already.
    Current,
    /// A Promotion of the candidate is on its way.
    Underway,
    /// The last Promotion of the candidate did not succeed.
    Failed(&'a Freight, &'a Promotion),
    /// The candidate should be promoted.
    Due(&'a Freight),
}

/// Decides about one origin; `explain` asks the same question.
pub(crate) fn standing<'a>(
    asking: Asking<'a>,
    request: &FreightRequest,
    status: &StageStatus,
    promotions: &'a [Arc<Promotion>],
    freight: &'a [Arc<Freight>],
) -> Standing<'a> {
    let origin = request.origin.to_string();
    if let Some(hold) = status.effective_auto_promotion_holds.get(&origin) {
        return Standing::Held(hold.clone());
    }
    let all = || freight.iter().map(|piece| &**piece);
    let candidate = match availability::choose(asking, request, all()) {
        Choice::One(candidate) => candidate,
        Choice::Ambiguous(count) => return Standing::Ambiguous(count),
        Choice::Nothing => {
            let of_origin = all().filter(|piece| piece.origin == request.origin);
            let newest = of_origin.max_by_key(|piece| (discovered_at(piece), name_of(piece)));
            return Standing::Nothing { newest };
        }
    };
    let name = name_of(candidate);
    let current = status.freight_history.first();
    if current.is_some_and(|current| {
        current.freight.values().any(|piece| piece.name.as_deref() == Some(name))
    }) {
        return Standing::Current;
    }
    let of_candidate = promotions
        .iter()
        .map(|known| &**known)
        .filter(|known| known.spec.freight.as_deref() == Some(name));
    let last = status.last_promotion.as_ref().map(|last| last.name.as_str());
    if of_candidate.clone().any(|promotion| is_unprocessed(promotion, last)) {
        return Standing::Underway;
    }
    match of_candidate.max_by_key(|promotion| (created_at(promotion), order::name_of(promotion))) {
        Some(newest) if promotion::phase(newest) != PromotionPhase::Succeeded => {
            Standing::Failed(candidate, newest)
        }
        _ => Standing::Due(candidate),
    }
}

fn is_unprocessed(promotion: &Promotion, last: Option<&str>) -> bool {
    let newer = last.is_none_or(|last| order::name_of(promotion) > last);
    !promotion::is_terminal(promotion)
        || (newer && promotion::phase(promotion) == PromotionPhase::Succeeded)
}

fn created_at(promotion: &Promotion) -> Timestamp {
    promotion.metadata.creation_timestamp.as_ref().map_or(Timestamp::UNIX_EPOCH, |time| time.0)
}

/// Creates what is due and plans to come back when soaking ends.
pub(crate) fn consider(draft: &mut Draft<'_>) {
    draft.status.auto_promotion_enabled = draft.auto_promotion.then_some(true);
    if !draft.auto_promotion {
        draft.because.push(reasons::policy_off(&draft.seen.stage));
        return;
    }
    let (mut effects, mut because, mut again) = (Vec::new(), Vec::new(), draft.again);
    let stage = &draft.seen.stage;
    for request in &stage.spec.requested_freight {
        let asking = draft.asking();
        let standing =
            standing(asking, request, &draft.status, &draft.seen.promotions, &draft.seen.freight);
        because.extend(reason(asking, request, &standing));
        if let Standing::Due(candidate) = standing {
            effects.extend(create(draft, request, candidate));
        }
        if !matches!(standing, Standing::Held(_)) {
            again = again.or_maybe_at(next_soak_end(asking, request, &draft.seen.freight));
        }
    }
    draft.effects.extend(effects);
    draft.because.extend(because);
    draft.again = again;
}

/// Why this origin does not move; nothing when it is about to.
pub(crate) fn reason(
    asking: Asking<'_>,
    request: &FreightRequest,
    standing: &Standing<'_>,
) -> Vec<api::Reason> {
    let stage = asking.stage;
    match standing {
        Standing::Held(hold) => vec![reasons::hold(hold, stage)],
        Standing::Nothing { newest: None } => vec![reasons::no_freight(stage, request)],
        Standing::Nothing { newest: Some(newest) } => {
            let answer = availability::availability(asking, newest);
            match answer.reasons() {
                [] => vec![reasons::no_freight(stage, request)],
                found => found.to_vec(),
            }
        }
        Standing::Ambiguous(count) => vec![reasons::match_upstream_ambiguous(stage, *count)],
        Standing::Current => {
            vec![reasons::current_is_candidate(stage, &request.origin.to_string())]
        }
        Standing::Underway | Standing::Due(_) => Vec::new(),
        Standing::Failed(freight, promotion) => {
            vec![reasons::last_attempt_failed(promotion, freight, stage)]
        }
    }
}

/// When the next piece of the request's Freight finishes soaking.
pub(crate) fn next_soak_end(
    asking: Asking<'_>,
    request: &FreightRequest,
    freight: &[Arc<Freight>],
) -> Option<Timestamp> {
    freight
        .iter()
        .filter(|piece| piece.origin == request.origin)
        .filter_map(|piece| availability::judge(asking, request, piece).unblocks_at())
        .filter(|at| *at > asking.now)
        .min()
}

fn create(draft: &Draft<'_>, request: &FreightRequest, candidate: &Freight) -> Option<StageEffect> {
    let stage = &draft.seen.stage;
    let name = claim_name(draft, candidate);
    let metadata = ObjectMeta {
        name: Some(name),
        namespace: stage.metadata.namespace.clone(),
        ..ObjectMeta::default()
    };
    let freight = name_of(candidate).to_owned();
    if !super::is_target_aware(stage) {
        let spec = PromotionSpec {
            stage: draft.name().to_owned(),
            freight: Some(freight.clone()),
            ..PromotionSpec::default()
        };
        let message = format!(
            "Automatically promoted Freight {} of {} to Stage {:?}",
            called(candidate),
            request.origin,
            draft.name()
        );
        return Some(StageEffect::CreatePromotion {
            promotion: Box::new(Promotion { metadata, spec, status: None }),
            intention: Intention { origin: request.origin.to_string(), freight, message },
        });
    }
    let exists = draft
        .seen
        .promotion_requests
        .iter()
        .any(|known| known.spec.freight == freight && known.spec.stage == draft.name());
    (!exists).then(|| {
        let spec = PromotionRequestSpec {
            stage: draft.name().to_owned(),
            freight,
            targets: targets(draft),
        };
        StageEffect::CreatePromotionRequest {
            request: Box::new(PromotionRequest { metadata, spec, status: None }),
        }
    })
}

/// The same name for everybody who saw the same Promotions of this Freight, so that a second one collides.
fn claim_name(draft: &Draft<'_>, candidate: &Freight) -> String {
    let stage = &draft.seen.stage;
    let freight = name_of(candidate);
    let of_candidate =
        draft.seen.promotions.iter().filter(|known| known.spec.freight.as_deref() == Some(freight));
    let tried = of_candidate.map(|known| order::name_of(known)).max();
    let last = draft.status.last_promotion.as_ref().map(|last| last.name.as_str());
    let uid = stage.metadata.uid.as_deref().unwrap_or(draft.name());
    let ulid = claim::automatic(uid, freight, available_since(candidate), tried, last);
    api::identity::promotion_name(draft.name(), &ulid.to_string(), freight)
}

/// When the Freight took its last step towards the Stage; the queue is ordered by it.
fn available_since(freight: &Freight) -> u64 {
    let status = freight.status.as_ref();
    let verified = status
        .into_iter()
        .flat_map(|status| status.verified_in.values())
        .filter_map(|stage| stage.verified_at.as_ref());
    let approved = status
        .into_iter()
        .flat_map(|status| status.approved_for.values())
        .filter_map(|stage| stage.approved_at.as_ref());
    let latest = verified.chain(approved).map(|time| time.0).max().unwrap_or(Timestamp::MIN);
    u64::try_from(latest.max(discovered_at(freight)).as_millisecond()).unwrap_or_default()
}

/// The Targets the Stage's selectors name now; written once, into the request.
fn targets(draft: &Draft<'_>) -> Vec<PromotionRequestTarget> {
    let selectors = draft
        .seen
        .stage
        .spec
        .targets
        .as_ref()
        .map(|targets| targets.selectors.as_slice())
        .unwrap_or_default();
    let selected = draft.seen.targets.iter().filter(|target| {
        selectors.iter().any(|selector| {
            label_selector::matches(selector, target.metadata.labels.as_ref()).unwrap_or(false)
        })
    });
    let mut names: Vec<String> =
        selected.filter_map(|target| target.metadata.name.clone()).collect();
    names.sort();
    names.dedup();
    names.into_iter().map(|name| PromotionRequestTarget { name }).collect()
}
