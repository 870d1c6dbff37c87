//! What a promotion does next. Pure: the same state and time always give the same answer, and
//! every answer either makes progress or names the time to look again.

use api::{
    PromotionPhase, PromotionStatus, PromotionStep, PromotionStepStatus, StepExecutionMetadata,
    Timestamp,
};
use jiff::SignedDuration;

use crate::step::{Outcome, RetryPolicy, Severity};

/// The engine never polls more often than this, whatever a step suggests.
pub const SHORTEST_POLL: SignedDuration = SignedDuration::from_secs(10);

/// How long a waiting step is left alone when it suggests nothing.
pub const DEFAULT_POLL: SignedDuration = SignedDuration::from_mins(5);

/// The first pause after an error; it doubles with each further one up to [`DEFAULT_POLL`].
const FIRST_PAUSE: SignedDuration = SignedDuration::from_secs(1);

/// What the decision needs to know of a step.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The alias, filled in when the user gave none.
    pub alias: String,
    /// Whether its failure is ignored.
    pub continue_on_error: bool,
    /// How often and how long it is tried.
    pub policy: RetryPolicy,
}

impl Plan {
    /// The plans of a promotion's steps.
    pub fn of(steps: &[PromotionStep]) -> Vec<Self> {
        steps
            .iter()
            .enumerate()
            .map(|(index, step)| {
                let retry = step.retry.as_ref();
                let threshold = retry.and_then(|retry| retry.error_threshold).unwrap_or(0);
                let timeout = retry.and_then(|retry| retry.timeout.as_ref());
                let timeout = timeout
                    .and_then(|timeout| timeout.get().ok())
                    .and_then(|timeout| std::time::Duration::try_from(timeout).ok())
                    .filter(|timeout| !timeout.is_zero());
                let alias = step.r#as.clone().filter(|alias| !alias.is_empty());
                Self {
                    alias: alias.unwrap_or_else(|| format!("step-{}", index + 1)),
                    continue_on_error: step.continue_on_error.unwrap_or_default(),
                    policy: RetryPolicy {
                        error_threshold: u32::try_from(threshold).unwrap_or(0).max(1),
                        timeout,
                    },
                }
            })
            .collect()
    }
}

/// Everything the decision depends on.
#[derive(Clone, Copy, Debug)]
pub struct State<'a> {
    /// The steps.
    pub plan: &'a [Plan],
    /// What is recorded.
    pub status: &'a PromotionStatus,
    /// When the current step wants to run again; none when it has not run in this pass.
    pub look_again: Option<Timestamp>,
}

/// The decision.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// Run this step.
    Run {
        /// Its index.
        step: usize,
        /// One more than the errors since it last did well.
        attempt: u32,
    },
    /// End this step because its time is over.
    TimeOut {
        /// Its index.
        step: usize,
    },
    /// Nothing can be done before this time, unless something outside changes.
    Wait(Timestamp),
    /// All steps have ended.
    Finish {
        /// How the promotion ended.
        phase: PromotionPhase,
        /// The message of the step that decided it.
        message: Option<String>,
    },
}

/// Decides.
pub fn next(state: &State<'_>, now: Timestamp) -> Next {
    let Some(step) = current(state.plan, state.status) else {
        let (phase, message) = outcome(state.plan, state.status);
        return Next::Finish { phase, message };
    };
    let metadata = state.status.step_execution_metadata.get(step);
    // A step that has not run in this pass gets its chance first: success after the deadline
    // still counts.
    let Some(look_again) = state.look_again else {
        let errors = metadata.and_then(|metadata| metadata.error_count).unwrap_or(0);
        return Next::Run { step, attempt: u32::try_from(errors).unwrap_or(0).saturating_add(1) };
    };
    match metadata.and_then(|metadata| deadline(&state.plan[step], metadata)) {
        Some(deadline) if deadline <= now => Next::TimeOut { step },
        Some(deadline) => Next::Wait(look_again.min(deadline)),
        None => Next::Wait(look_again),
    }
}

/// The first step that has not ended.
pub fn current(plan: &[Plan], status: &PromotionStatus) -> Option<usize> {
    (0..plan.len()).find(|&index| {
        !status
            .step_execution_metadata
            .get(index)
            .and_then(|metadata| metadata.status.as_ref())
            .is_some_and(PromotionStepStatus::is_terminal)
    })
}

/// When a started step's time is over.
pub fn deadline(plan: &Plan, metadata: &StepExecutionMetadata) -> Option<Timestamp> {
    let timeout = SignedDuration::try_from(plan.policy.timeout?).ok()?;
    let started = metadata.started_at.as_ref()?.0;
    started.checked_add(timeout).ok()
}

/// Whether a step that counts has failed; steps without `if` are skipped from then on.
pub fn has_failures(metadata: &[StepExecutionMetadata]) -> bool {
    metadata.iter().any(|step| {
        !step.continue_on_error.unwrap_or_default()
            && matches!(
                step.status,
                Some(PromotionStepStatus::Failed | PromotionStepStatus::Errored)
            )
    })
}

/// The worst status of the steps that count decides how the promotion ends.
fn outcome(plan: &[Plan], status: &PromotionStatus) -> (PromotionPhase, Option<String>) {
    let worst = plan
        .iter()
        .zip(&status.step_execution_metadata)
        .filter(|(step, _)| !step.continue_on_error)
        .map(|(step, metadata)| (severity(metadata), step, metadata))
        .reduce(|worst, other| if other.0 > worst.0 { other } else { worst });
    let Some((rank, step, metadata)) = worst else { return (PromotionPhase::Succeeded, None) };
    let phase = match rank {
        0 | 1 => PromotionPhase::Succeeded,
        3 => PromotionPhase::Aborted,
        4 => PromotionPhase::Failed,
        _ => PromotionPhase::Errored,
    };
    let message = metadata.message.as_ref().filter(|message| rank > 1 && !message.is_empty());
    (phase, message.map(|message| format!("step `{}`: {message}", step.alias)))
}

fn severity(metadata: &StepExecutionMetadata) -> u8 {
    match &metadata.status {
        Some(PromotionStepStatus::Succeeded) => 0,
        Some(PromotionStepStatus::Skipped) => 1,
        Some(PromotionStepStatus::Aborted) => 3,
        Some(PromotionStepStatus::Failed) => 4,
        Some(PromotionStepStatus::Errored) => 5,
        _ => 2,
    }
}

/// What a run of a step meant for it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Settled {
    /// It has ended.
    Ended,
    /// It runs again, at this time at the latest.
    Again(Timestamp),
}

/// Why a run did not succeed, reduced to what the record needs.
#[derive(Clone, Debug)]
pub struct Failure {
    /// How to record it.
    pub severity: Severity,
    /// For people; free of secrets.
    pub message: String,
}

/// Records one run of a step.
pub fn settle(
    plan: &Plan,
    metadata: &mut StepExecutionMetadata,
    result: Result<&Outcome, &Failure>,
    now: Timestamp,
) -> Settled {
    match result {
        Ok(Outcome::Done { .. }) => end(metadata, PromotionStepStatus::Succeeded, None, now),
        Ok(Outcome::Skipped { why, .. }) => {
            end(metadata, PromotionStepStatus::Skipped, Some(why.clone()), now)
        }
        Ok(Outcome::NotYet { check_at, why }) => {
            metadata.status = Some(PromotionStepStatus::Running);
            metadata.error_count = None;
            metadata.message = Some(why.clone()).filter(|why| !why.is_empty());
            let earliest = now.saturating_add(SHORTEST_POLL).unwrap_or(now);
            let default = now.saturating_add(DEFAULT_POLL).unwrap_or(now);
            Settled::Again(check_at.unwrap_or(default).max(earliest))
        }
        Err(Failure { severity: Severity::Failed, message }) => {
            end(metadata, PromotionStepStatus::Failed, Some(message.clone()), now)
        }
        Err(Failure { severity: Severity::Hopeless, message }) => {
            end(metadata, PromotionStepStatus::Errored, Some(message.clone()), now)
        }
        Err(Failure { severity: Severity::MayRetry, message }) => {
            let errors = metadata.error_count.unwrap_or(0).saturating_add(1);
            metadata.error_count = Some(errors);
            if i64::from(errors) >= i64::from(plan.policy.error_threshold) {
                let message = match errors {
                    1 => message.clone(),
                    _ => format!("{errors} errors in a row, the last: {message}"),
                };
                return end(metadata, PromotionStepStatus::Errored, Some(message), now);
            }
            metadata.status = Some(PromotionStepStatus::Running);
            metadata.message = Some(format!("{message}; it will be tried again"));
            Settled::Again(now.saturating_add(pause(errors)).unwrap_or(now))
        }
    }
}

/// Ends a step whose time is over.
pub fn time_out(plan: &Plan, metadata: &mut StepExecutionMetadata, now: Timestamp) {
    let after = plan.policy.timeout.unwrap_or_default();
    let last = metadata.message.take().map(|message| format!(" ({message})")).unwrap_or_default();
    let message = format!("timed out after {}{last}", api::Duration::from(after_signed(after)));
    end(metadata, PromotionStepStatus::Errored, Some(message), now);
}

fn after_signed(duration: std::time::Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

fn pause(errors: i32) -> SignedDuration {
    let doublings = u32::try_from(errors.saturating_sub(1)).unwrap_or(0).min(16);
    FIRST_PAUSE.saturating_mul(1 << doublings).min(DEFAULT_POLL)
}

/// Ends a step.
pub fn end(
    metadata: &mut StepExecutionMetadata,
    status: PromotionStepStatus,
    message: Option<String>,
    now: Timestamp,
) -> Settled {
    metadata.status = Some(status);
    metadata.message = message.filter(|message| !message.is_empty());
    if metadata.started_at.is_some() {
        metadata.finished_at = Some(api::Time(now));
    }
    Settled::Ended
}

#[cfg(test)]
mod tests;
