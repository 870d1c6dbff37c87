//! The finalizer: before a Stage goes, nothing may remember it.

use api::annotations::FINALIZER;

use super::{Draft, StageEffect};
use crate::freight::name_of;

/// Makes sure the Stage cannot go without cleaning up.
pub(crate) fn guard(draft: &mut Draft<'_>) {
    if !has_finalizer(draft) {
        draft.effects.push(StageEffect::AddFinalizer);
    }
}

/// Cleans up, then lets the Stage go.
pub(crate) fn clear(draft: &mut Draft<'_>) {
    if !has_finalizer(draft) {
        return;
    }
    let stage = draft.name();
    for freight in &draft.seen.freight {
        let remembered = freight.status.as_ref().is_some_and(|status| {
            status.currently_in.contains_key(stage)
                || status.verified_in.contains_key(stage)
                || status.approved_for.contains_key(stage)
        });
        if remembered {
            draft.effects.push(StageEffect::ForgetStage {
                freight: name_of(freight).to_owned(),
                stage: stage.to_owned(),
            });
        }
    }
    draft.effects.push(StageEffect::DeleteAnalysisRuns {
        stage_label: api::identity::shorten_label_value(stage),
    });
    draft.effects.push(StageEffect::RemoveFinalizer);
}

fn has_finalizer(draft: &Draft<'_>) -> bool {
    draft.seen.stage.metadata.finalizers.iter().flatten().any(|finalizer| finalizer == FINALIZER)
}
