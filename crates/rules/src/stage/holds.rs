//! Holds: a person who promotes anything but the newest available Freight pins that origin.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::{
    AutoPromotionHold, FreightOrigin, Promotion, PromotionPhase, Stage, StageStatus, annotations,
};

use super::Draft;
use crate::promotion::{self, order};

/// Drops holds of origins the Stage no longer requests, and all while auto-promotion is off.
pub(crate) fn evict(draft: &mut Draft<'_>) {
    // Whether it is on cannot be told: what a person pinned is not forgotten over a typo in a policy.
    if draft.mistake.is_some() {
        return;
    }
    let enabled = draft.auto_promotion;
    let stage = &draft.seen.stage;
    draft
        .status
        .auto_promotion_holds
        .retain(|origin, _| enabled && requested(stage, origin).is_some());
}

/// A finished Promotion establishes or releases a hold; one that was aborted took its intent with it.
pub(crate) fn apply_intent(draft: &mut Draft<'_>, promotion: &Promotion) {
    if !draft.auto_promotion || promotion::phase(promotion) == PromotionPhase::Aborted {
        return;
    }
    match intent(promotion) {
        Some(Intent::Hold(origin)) => {
            if let Some(request) = requested(&draft.seen.stage, origin) {
                draft
                    .status
                    .auto_promotion_holds
                    .insert(origin.to_owned(), hold(promotion, request));
            }
        }
        Some(Intent::Resume(origin)) => {
            draft.status.auto_promotion_holds.remove(origin);
        }
        None => {}
    }
}

/// What is held right now.
pub(crate) fn compute(draft: &mut Draft<'_>) {
    if draft.mistake.is_some() {
        return;
    }
    draft.status.effective_auto_promotion_holds =
        effective(&draft.seen.stage, &draft.status, &draft.seen.promotions, draft.auto_promotion);
}

/// The recorded holds, overlaid per origin by the newest Promotion that has not been recorded yet.
pub(crate) fn effective(
    stage: &Stage,
    status: &StageStatus,
    promotions: &[Arc<Promotion>],
    enabled: bool,
) -> BTreeMap<String, AutoPromotionHold> {
    if !enabled {
        return BTreeMap::new();
    }
    let mut effective = status.auto_promotion_holds.clone();
    let last = status.last_promotion.as_ref().map(|last| last.name.as_str());
    let mut newer: Vec<&Promotion> = promotions
        .iter()
        .map(|promotion| &**promotion)
        .filter(|promotion| promotion::phase(promotion) != PromotionPhase::Aborted)
        .filter(|promotion| last.is_none_or(|last| order::name_of(promotion) > last))
        .collect();
    newer.sort_by(|a, b| order::name_of(a).cmp(order::name_of(b)));
    for promotion in newer {
        match intent(promotion) {
            Some(Intent::Hold(origin)) => {
                if let Some(request) = requested(stage, origin) {
                    effective.insert(origin.to_owned(), hold(promotion, request));
                }
            }
            Some(Intent::Resume(origin)) => {
                effective.remove(origin);
            }
            None => {}
        }
    }
    effective
}

enum Intent<'a> {
    Hold(&'a str),
    Resume(&'a str),
}

/// What admission wrote on the Promotion.
fn intent(promotion: &Promotion) -> Option<Intent<'_>> {
    let annotations = promotion.metadata.annotations.as_ref()?;
    let value =
        |key: &str| annotations.get(key).map(String::as_str).filter(|origin| !origin.is_empty());
    let hold = value(annotations::AUTO_PROMOTION_HOLD).map(Intent::Hold);
    hold.or_else(|| value(annotations::AUTO_PROMOTION_RESUME).map(Intent::Resume))
}

fn requested<'a>(stage: &'a Stage, origin: &str) -> Option<&'a FreightOrigin> {
    stage
        .spec
        .requested_freight
        .iter()
        .map(|request| &request.origin)
        .find(|known| known.to_string() == origin)
}

fn hold(promotion: &Promotion, origin: &FreightOrigin) -> AutoPromotionHold {
    let actor =
        promotion.metadata.annotations.as_ref().and_then(|all| all.get(annotations::CREATE_ACTOR));
    AutoPromotionHold {
        freight_name: promotion.spec.freight.clone().unwrap_or_default(),
        origin: origin.clone(),
        promotion_name: promotion.metadata.name.clone(),
        actor: actor.filter(|actor| !actor.is_empty()).cloned(),
        created_at: promotion.metadata.creation_timestamp.clone(),
    }
}
