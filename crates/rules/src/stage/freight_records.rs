//! What Freight knows about the Stage: that it runs there, how long it soaked, that it was verified.

use api::{HealthState, Time, VerificationPhase};
use jiff::{SignedDuration, Timestamp};

use super::{Draft, StageEffect};
use crate::freight::{longest_soak, name_of};
use crate::reasons;

/// Freight enters and leaves the Stage as the Stage's current collection changes.
pub(crate) fn record_current(draft: &mut Draft<'_>) {
    let stage = draft.name();
    let current: Vec<String> = current_names(draft);
    for freight in &draft.seen.freight {
        let Some(status) = freight.status.as_ref() else { continue };
        let Some(stay) = status.currently_in.get(stage) else { continue };
        if current.iter().any(|name| name == name_of(freight)) {
            continue;
        }
        let since = stay.since.as_ref().map(|time| time.0);
        let longest_soak = status.verified_in.get(stage).and_then(|verified| {
            let stayed = soaked(since?, draft.now);
            (stayed > longest_soak(verified)).then_some(stayed)
        });
        draft.effects.push(StageEffect::LeaveFreight {
            freight: name_of(freight).to_owned(),
            stage: stage.to_owned(),
            longest_soak,
        });
    }
    for name in current {
        let Some(freight) = draft.freight(&name) else {
            let gone = reasons::freight_gone(&name, &draft.seen.stage);
            draft.because.push(gone);
            continue;
        };
        let known =
            freight.status.as_ref().is_some_and(|status| status.currently_in.contains_key(stage));
        if !known {
            draft.effects.push(StageEffect::EnterFreight {
                freight: name,
                stage: stage.to_owned(),
                since: draft.now,
            });
        }
    }
}

/// The first successful verification of a healthy Stage marks what it runs as verified.
pub(crate) fn record_verified(draft: &mut Draft<'_>) {
    let healthy = draft
        .status
        .health
        .as_ref()
        .is_some_and(|health| health.status == Some(HealthState::Healthy));
    if !healthy {
        return;
    }
    let Some(newest) =
        draft.current().and_then(|collection| collection.verification_history.first())
    else {
        return;
    };
    if newest.phase != Some(VerificationPhase::Successful) {
        return;
    }
    let at = newest.finish_time.as_ref().map_or(draft.now, |Time(at)| *at);
    let stage = draft.name();
    for name in current_names(draft) {
        let Some(freight) = draft.freight(&name) else { continue };
        let known =
            freight.status.as_ref().is_some_and(|status| status.verified_in.contains_key(stage));
        if !known {
            draft.effects.push(StageEffect::MarkVerified {
                freight: name,
                stage: stage.to_owned(),
                at,
            });
        }
    }
}

fn current_names(draft: &Draft<'_>) -> Vec<String> {
    let current = draft.current();
    current
        .iter()
        .flat_map(|collection| collection.freight.values())
        .filter_map(|piece| piece.name.clone())
        .collect()
}

fn soaked(since: Timestamp, now: Timestamp) -> SignedDuration {
    now.duration_since(since).max(SignedDuration::ZERO)
}
