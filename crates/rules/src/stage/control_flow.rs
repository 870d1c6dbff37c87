//! A Stage without steps: whatever reaches it is verified there at once, so that Stages below can take it.

use super::{Draft, StageEffect};
use crate::freight::name_of;
use crate::freight_availability::{judge, request_for};
use crate::reasons;

/// Marks available Freight as verified and keeps nothing else of its own.
pub(crate) fn pass_through(draft: &mut Draft<'_>) {
    let stage = draft.name();
    let mut again = draft.again;
    let mut effects = Vec::new();
    for freight in draft.seen.freight() {
        let status = freight.status.as_ref();
        if status.is_some_and(|status| status.currently_in.contains_key(stage)) {
            // Left over from when the Stage had steps.
            effects.push(StageEffect::LeaveFreight {
                freight: name_of(freight).to_owned(),
                stage: stage.to_owned(),
                longest_soak: None,
            });
        }
        if status.is_some_and(|status| status.verified_in.contains_key(stage)) {
            continue;
        }
        // Freight of an origin that is no longer asked for does not pass.
        let Some(request) = request_for(&draft.seen.stage, freight) else { continue };
        let answer = judge(draft.asking(), request, freight);
        if answer.is_available() {
            effects.push(StageEffect::MarkVerified {
                freight: name_of(freight).to_owned(),
                stage: stage.to_owned(),
                at: draft.now,
            });
        }
        again = again.or_maybe_at(answer.unblocks_at());
    }
    draft.effects.extend(effects);
    draft.again = again;
    draft.because.push(reasons::control_flow(&draft.seen.stage));
    clear(draft);
    draft.set_condition("Ready", "True", "Ready", "");
}

fn clear(draft: &mut Draft<'_>) {
    let refresh = draft
        .seen
        .stage
        .metadata
        .annotations
        .as_ref()
        .and_then(|all| all.get(api::annotations::REFRESH));
    let generation = draft.generation();
    let status = &mut draft.status;
    status.conditions.retain(|condition| condition.type_ == "Ready");
    status.freight_history.clear();
    status.freight_summary = Some("N/A".to_owned());
    status.health = None;
    status.current_promotion = None;
    status.last_promotion = None;
    status.auto_promotion_enabled = None;
    status.auto_promotion_holds.clear();
    status.effective_auto_promotion_holds.clear();
    status.observed_generation = Some(generation);
    if let Some(refresh) = refresh {
        status.last_handled_refresh = Some(refresh.clone());
    }
}
