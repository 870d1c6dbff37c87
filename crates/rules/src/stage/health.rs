//! How the Stage is doing, as far as the health checks its last Promotion left behind can tell.

use api::{Health, HealthState, PromotionPhase};
use serde_json::Value;

use super::Draft;

/// Sets `health` and the `Healthy` condition.
pub(crate) fn assess(draft: &mut Draft<'_>) {
    if draft.status.current_promotion.is_some() {
        let why = "Cannot assess health because a Promotion is currently in progress";
        draft.set_condition(
            "Healthy",
            "Unknown",
            "ActivePromotion",
            "Stage has a Promotion in progress",
        );
        draft.status.health = Some(unknown(why));
        return;
    }
    let Some(last) = draft.status.last_promotion.clone() else {
        draft.set_condition("Healthy", "Unknown", "NoFreight", "Stage has no current Freight");
        draft.status.health = None;
        return;
    };
    let status = last.status.unwrap_or_default();
    let phase = status.phase.unwrap_or_default();
    if phase != PromotionPhase::Succeeded {
        let why = "Cannot assess health because last Promotion did not succeed";
        draft.set_condition("Healthy", "Unknown", &format!("LastPromotion{phase}"), why);
        draft.status.health = Some(unknown(why));
        return;
    }
    let health = merge(&status.health_checks, &draft.seen.health);
    let (checks, issues) = (status.health_checks.len(), health.issues.len());
    match health.status.clone().unwrap_or_default() {
        HealthState::Healthy => {
            let message = format!("Stage is healthy (performed {checks} health checks)");
            draft.set_condition("Healthy", "True", "Healthy", &message);
        }
        HealthState::Unhealthy => {
            let message = format!("Stage is unhealthy ({issues} issues in {checks} health checks)");
            draft.set_condition("Healthy", "False", "Unhealthy", &message);
        }
        other => draft.set_condition("Healthy", "Unknown", other.as_str(), ""),
    }
    draft.status.health = Some(health);
}

/// The worst of all checks; no checks at all is healthy, a check without outcome is unknown.
fn merge(checks: &[api::HealthCheckStep], outcomes: &[Health]) -> Health {
    let mut merged = Health { status: Some(HealthState::Healthy), ..Health::default() };
    let mut output = Vec::new();
    for (index, check) in checks.iter().enumerate() {
        let outcome = outcomes.get(index).cloned().unwrap_or_else(|| {
            unknown(&format!(
                "health check {:?} has not reported yet; its integration may be off",
                check.uses
            ))
        });
        let state = outcome.status.unwrap_or_default();
        merged.status = merged.status.map(|known| known.merge(state));
        merged.issues.extend(outcome.issues);
        output.push(outcome.output.unwrap_or(Value::Null));
    }
    if !checks.is_empty() {
        merged.config =
            Some(checks.iter().map(|check| check.config.clone().unwrap_or(Value::Null)).collect());
        merged.output = Some(Value::Array(output));
    }
    merged
}

fn unknown(issue: &str) -> Health {
    Health {
        status: Some(HealthState::Unknown),
        issues: vec![issue.to_owned()],
        ..Health::default()
    }
}
