//! Whether what the Stage runs is fit to go on.

use api::annotations::VerificationRequest;
use api::{HealthState, Time, VerificationInfo, VerificationPhase, annotations};
use sha1::{Digest, Sha1};

use super::Draft;
use crate::reasons;

/// How many results a collection keeps.
const HISTORY: usize = 10;
const ROLLOUTS_OFF: &str = "the Stage asks for AnalysisTemplates, but the Argo Rollouts integration is off in this controller: \
                            turn it on or remove spec.verification";

/// Verifies what the Stage runs once it is healthy, and again on request.
pub(crate) fn advance(draft: &mut Draft<'_>) {
    let Some(current) = draft.current() else {
        draft.set_condition(
            "Verified",
            "Unknown",
            "NoFreight",
            "Stage has no current Freight to verify",
        );
        return;
    };
    if draft.status.current_promotion.is_some() {
        return;
    }
    let newest = current.verification_history.first().cloned();
    match newest {
        Some(open) if !is_terminal(&open) => close_if_aborted(draft, &open),
        Some(done) if request(draft, annotations::REVERIFY, &done).is_none() => {}
        newest => start(draft, newest.as_ref()),
    }
    summarize(draft);
}

fn start(draft: &mut Draft<'_>, newest: Option<&VerificationInfo>) {
    let healthy = draft
        .status
        .health
        .as_ref()
        .is_some_and(|health| health.status == Some(HealthState::Healthy));
    if !healthy {
        return;
    }
    let again = newest.and_then(|newest| request(draft, annotations::REVERIFY, newest));
    let asked = draft.seen.stage.spec.verification.is_some();
    let info = VerificationInfo {
        id: Some(identity(draft)),
        actor: again.map(|request| request.actor).filter(|actor| !actor.is_empty()),
        start_time: Some(Time(draft.now)),
        finish_time: Some(Time(draft.now)),
        phase: Some(if asked { VerificationPhase::Error } else { VerificationPhase::Successful }),
        message: asked.then(|| ROLLOUTS_OFF.to_owned()),
        analysis_run: None,
    };
    push(draft, info);
}

/// Closes an open verification that a user gave up; without Rollouts nothing else can close one.
fn close_if_aborted(draft: &mut Draft<'_>, open: &VerificationInfo) {
    let Some(abort) = request(draft, annotations::ABORT, open) else { return };
    let closed = VerificationInfo {
        actor: Some(abort.actor).filter(|actor| !actor.is_empty()).or_else(|| open.actor.clone()),
        finish_time: Some(Time(draft.now)),
        phase: Some(VerificationPhase::Failed),
        message: Some("Verification aborted by user".to_owned()),
        ..open.clone()
    };
    if let Some(entry) = draft
        .status
        .freight_history
        .first_mut()
        .and_then(|current| current.verification_history.first_mut())
    {
        *entry = closed;
    }
}

fn push(draft: &mut Draft<'_>, info: VerificationInfo) {
    if let Some(current) = draft.status.freight_history.first_mut() {
        current.verification_history.insert(0, info);
        current.verification_history.truncate(HISTORY);
    }
}

/// The request in the annotation, if it is about this entry.
fn request(
    draft: &Draft<'_>,
    annotation: &str,
    entry: &VerificationInfo,
) -> Option<VerificationRequest> {
    let value = draft.seen.stage.metadata.annotations.as_ref()?.get(annotation)?;
    VerificationRequest::parse(value).filter(|request| Some(&request.id) == entry.id.as_ref())
}

/// Any success counts; otherwise the newest entry speaks.
fn summarize(draft: &mut Draft<'_>) {
    let Some(current) = draft.current() else { return };
    let history = current.verification_history.clone();
    if history.iter().any(|info| info.phase == Some(VerificationPhase::Successful)) {
        draft.set_condition("Verified", "True", "Verified", "Freight has been verified");
        return;
    }
    let Some(newest) = history.first() else { return };
    let message = newest.message.clone().unwrap_or_default();
    let phase = newest.phase.clone().unwrap_or_default();
    let (status, reason, message) = match &phase {
        VerificationPhase::Pending => {
            ("Unknown", "VerificationPending", "Freight is pending verification".to_owned())
        }
        VerificationPhase::Running => {
            ("Unknown", "VerificationRunning", "Freight is currently being verified".to_owned())
        }
        VerificationPhase::Failed => ("False", "VerificationFailed", message),
        VerificationPhase::Error => ("False", "VerificationError", message),
        VerificationPhase::Aborted => ("False", "VerificationAborted", message),
        VerificationPhase::Inconclusive => ("Unknown", "VerificationInconclusive", message),
        other => (
            "Unknown",
            "UnknownVerificationPhase",
            format!("Freight verification is in an unknown phase: {other}"),
        ),
    };
    draft.set_condition("Verified", status, reason, &message);
    if status == "False" {
        let reason = reasons::verification_failed(&draft.seen.stage, &message);
        draft.because.push(reason);
    }
}

fn is_terminal(info: &VerificationInfo) -> bool {
    info.phase.as_ref().is_some_and(VerificationPhase::is_terminal)
}

/// An id that follows from what was seen, so that deciding twice gives the same answer; shaped like a UUID.
fn identity(draft: &Draft<'_>) -> String {
    let last =
        draft.status.last_promotion.as_ref().map(|last| last.name.as_str()).unwrap_or_default();
    let entries = draft.current().map_or(0, |current| current.verification_history.len());
    let newest = draft
        .current()
        .and_then(|current| current.verification_history.first())
        .and_then(|info| info.id.clone());
    let mut hash = Sha1::new();
    for part in [
        draft.seen.stage.metadata.uid.as_deref().unwrap_or(draft.name()),
        last,
        newest.as_deref().unwrap_or_default(),
    ] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.update(entries.to_be_bytes());
    let hex: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
    format!("{}-{}-5{}-a{}-{}", part(0, 8), part(8, 12), part(13, 16), part(17, 20), part(20, 32))
}
