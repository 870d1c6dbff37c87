//! The Stage's `Ready` condition and the summary column: what is in the way, in order of importance.

use super::Draft;
use crate::reasons;

/// Sums up what the other rules wrote.
pub(crate) fn summarize(draft: &mut Draft<'_>) {
    draft.status.freight_summary = Some(summary(draft));
    if let Some(refresh) = draft
        .seen
        .stage
        .metadata
        .annotations
        .as_ref()
        .and_then(|all| all.get(api::annotations::REFRESH))
    {
        draft.status.last_handled_refresh = Some(refresh.clone());
    }
    if let Some(mistake) = draft.mistake.clone() {
        draft.set_condition("Ready", "False", "ReconcileError", &mistake);
        draft.set_condition("Reconciling", "True", "RetryAfterError", "");
        draft.because.push(reasons::spec_invalid(&mistake, &draft.seen.stage));
        return;
    }
    draft.remove_condition("Reconciling");
    let (status, reason, message) = ready(draft);
    draft.set_condition("Ready", status, &reason, &message);
    if status == "True" {
        draft.status.observed_generation = Some(draft.generation());
    }
}

fn ready(draft: &Draft<'_>) -> (&'static str, String, String) {
    let get = |kind: &str| api::condition::get(&draft.status.conditions, kind);
    if let Some(promoting) = get("Promoting") {
        return ("False", promoting.reason.clone(), promoting.message.clone());
    }
    let last = draft.status.last_promotion.as_ref().and_then(|last| last.status.as_ref());
    if let Some((phase, last)) = last.and_then(|last| Some((last.phase.as_ref()?, last)))
        && phase.is_terminal()
        && *phase != api::PromotionPhase::Succeeded
    {
        return (
            "False",
            format!("LastPromotion{phase}"),
            last.message.clone().unwrap_or_default(),
        );
    }
    for (kind, reason, message) in [
        ("Healthy", "Unhealthy", "Stage is not healthy"),
        ("Verified", "PendingVerification", "Stage is not verified"),
    ] {
        match get(kind) {
            Some(condition) if condition.status == "True" => {}
            Some(condition) => {
                return ("False", condition.reason.clone(), condition.message.clone());
            }
            None => return ("False", reason.to_owned(), message.to_owned()),
        }
    }
    match get("Verified") {
        Some(verified) => ("True", verified.reason.clone(), verified.message.clone()),
        None => ("False", "PendingVerification".to_owned(), "Stage is not verified".to_owned()),
    }
}

fn summary(draft: &Draft<'_>) -> String {
    let requested = draft.seen.stage.spec.requested_freight.len();
    let current: Vec<_> =
        draft.current().into_iter().flat_map(|collection| collection.freight.values()).collect();
    match current.as_slice() {
        [only] if requested == 1 => only.name.clone().unwrap_or_default(),
        all => format!("{}/{requested} Fulfilled", all.len()),
    }
}
