//! The decision and the record of a run, without running anything.
use std::time::Duration;

use api::Time;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn time(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_700_000_000 + seconds).unwrap()
}

fn plan_of(alias: &str, threshold: u32, timeout: Option<u64>, continue_on_error: bool) -> Plan {
    let timeout = timeout.map(Duration::from_secs);
    let policy = RetryPolicy { error_threshold: threshold, timeout };
    Plan { alias: alias.into(), continue_on_error, policy }
}

fn done() -> Result<Outcome, Failure> {
    Ok(Outcome::Done { output: Value::Null })
}

fn not_yet(check_at: Option<i64>) -> Result<Outcome, Failure> {
    Ok(Outcome::NotYet { check_at: check_at.map(time), why: "waiting".into() })
}

fn failure(severity: Severity) -> Result<Outcome, Failure> {
    Err(Failure { severity, message: "no".into() })
}

fn started(at: i64) -> StepExecutionMetadata {
    StepExecutionMetadata {
        started_at: Some(Time(time(at))),
        status: Some(PromotionStepStatus::Running),
        ..StepExecutionMetadata::default()
    }
}

/// Settles one run at `now` and answers what comes next.
fn after(
    plan: &Plan,
    metadata: &mut StepExecutionMetadata,
    result: &Result<Outcome, Failure>,
    now: i64,
) -> Settled {
    settle(plan, metadata, result.as_ref(), time(now))
}

#[test]
fn a_success_after_two_errors_counts_and_the_errors_stay_visible() {
    let plan = plan_of("a", 3, None, false);
    let mut metadata = started(0);
    assert_eq!(
        after(&plan, &mut metadata, &failure(Severity::MayRetry), 0),
        Settled::Again(time(1))
    );
    assert_eq!(
        after(&plan, &mut metadata, &failure(Severity::MayRetry), 1),
        Settled::Again(time(3))
    );
    assert_eq!(after(&plan, &mut metadata, &done(), 3), Settled::Ended);
    assert_eq!(metadata.status, Some(PromotionStepStatus::Succeeded));
    assert_eq!(metadata.error_count, Some(2));
    assert_eq!(metadata.finished_at, Some(Time(time(3))));
}

#[test]
fn errors_count_in_a_row_only() {
    let plan = plan_of("a", 2, None, false);
    let mut metadata = started(0);
    for now in 0..10 {
        assert_ne!(after(&plan, &mut metadata, &failure(Severity::MayRetry), now), Settled::Ended);
        after(&plan, &mut metadata, &not_yet(None), now);
    }
    after(&plan, &mut metadata, &failure(Severity::MayRetry), 20);
    assert_eq!(after(&plan, &mut metadata, &failure(Severity::MayRetry), 21), Settled::Ended);
    assert_eq!(metadata.status, Some(PromotionStepStatus::Errored));
    assert_eq!(metadata.message.as_deref(), Some("2 errors in a row, the last: no"));
}

#[test]
fn what_cannot_be_retried_ends_at_once() {
    let plan = plan_of("a", 9, None, false);
    for (severity, status) in [
        (Severity::Failed, PromotionStepStatus::Failed),
        (Severity::Hopeless, PromotionStepStatus::Errored),
    ] {
        let mut metadata = started(0);
        assert_eq!(after(&plan, &mut metadata, &failure(severity), 1), Settled::Ended);
        assert_eq!(metadata.status, Some(status));
    }
}

#[test]
fn polls_keep_their_distance() {
    let plan = plan_of("a", 1, None, false);
    for (check_at, expected) in [(Some(1), 10), (Some(60), 60), (None, 300)] {
        assert_eq!(
            after(&plan, &mut started(0), &not_yet(check_at), 0),
            Settled::Again(time(expected))
        );
    }
}

#[test]
fn a_deadline_is_never_stranded() {
    let plan = [plan_of("a", 1, Some(15), false)];
    let status =
        PromotionStatus { step_execution_metadata: vec![started(0)], ..PromotionStatus::default() };
    let decide = |look_again: Option<i64>, now| {
        next(&State { plan: &plan, status: &status, look_again: look_again.map(time) }, time(now))
    };
    assert_eq!(decide(None, 0), Next::Run { step: 0, attempt: 1 });
    assert_eq!(decide(Some(10), 0), Next::Wait(time(10)));
    assert_eq!(decide(Some(30), 0), Next::Wait(time(15)));
    assert_eq!(decide(Some(30), 15), Next::TimeOut { step: 0 });
    // After a restart the step gets one more run, since it may have succeeded meanwhile.
    assert_eq!(decide(None, 99), Next::Run { step: 0, attempt: 1 });

    let mut metadata = started(0);
    time_out(&plan[0], &mut metadata, time(16));
    assert_eq!(metadata.status, Some(PromotionStepStatus::Errored));
    assert_eq!(metadata.message.as_deref(), Some("timed out after 15s"));
}

#[test]
fn the_worst_step_that_counts_decides() {
    use PromotionStepStatus::{Errored, Failed, Skipped, Succeeded};
    for (statuses, continued, expected) in [
        (vec![], vec![], PromotionPhase::Succeeded),
        (vec![Succeeded, Skipped], vec![false, false], PromotionPhase::Succeeded),
        (vec![Failed, Succeeded], vec![true, false], PromotionPhase::Succeeded),
        (vec![Failed, Skipped], vec![false, false], PromotionPhase::Failed),
        (vec![Errored, Failed], vec![false, false], PromotionPhase::Errored),
        (vec![Failed, Errored], vec![false, true], PromotionPhase::Failed),
    ] {
        let plan: Vec<_> =
            continued.iter().map(|&continued| plan_of("a", 1, None, continued)).collect();
        let metadata = statuses
            .iter()
            .map(|status| StepExecutionMetadata {
                status: Some(status.clone()),
                message: Some(status.to_string()),
                ..StepExecutionMetadata::default()
            })
            .collect();
        let status =
            PromotionStatus { step_execution_metadata: metadata, ..PromotionStatus::default() };
        let Next::Finish { phase, message } =
            next(&State { plan: &plan, status: &status, look_again: None }, time(0))
        else {
            panic!("all steps have ended")
        };
        assert_eq!(phase, expected, "{statuses:?}");
        let good = phase == PromotionPhase::Succeeded;
        let expected = (!good).then(|| format!("step `a`: {phase}"));
        assert_eq!(message, expected, "{statuses:?}");
    }
}

fn any_result() -> impl Strategy<Value = Result<Outcome, Failure>> {
    prop_oneof![
        3 => Just(done()),
        1 => Just(Ok(Outcome::Skipped { why: "nothing".into(), output: json!({}) })),
        2 => (0i64..100).prop_map(|at| not_yet(Some(at))),
        1 => Just(failure(Severity::Failed)),
        1 => Just(failure(Severity::Hopeless)),
        2 => Just(failure(Severity::MayRetry)),
    ]
}

fn rank(status: Option<&PromotionStepStatus>) -> usize {
    let order = ["Succeeded", "Skipped", "Running", "Aborted", "Failed", "Errored"];
    order.iter().position(|name| Some(*name) == status.map(PromotionStepStatus::as_str)).unwrap()
}

proptest! {
    /// Whatever the steps answer, the promotion comes to an end, each wait lies in the future, and
    /// the phase is the worst status of the steps that count.
    #[test]
    fn every_promotion_ends(
        steps in prop::collection::vec((1u32..4, 1u64..200, any::<bool>()), 0..6),
        results in prop::collection::vec(any_result(), 1..40),
    ) {
        let plan: Vec<_> = steps
            .iter()
            .map(|&(threshold, timeout, continued)| plan_of("a", threshold, Some(timeout), continued))
            .collect();
        let mut status = PromotionStatus::default();
        let mut look_again = None;
        let mut now = time(0);
        let mut answers = results.iter().cycle();
        let mut finished = None;
        for _ in 0..10_000 {
            match next(&State { plan: &plan, status: &status, look_again }, now) {
                Next::Run { step, .. } => {
                    while status.step_execution_metadata.len() <= step {
                        status.step_execution_metadata.push(StepExecutionMetadata::default());
                    }
                    let metadata = &mut status.step_execution_metadata[step];
                    metadata.started_at.get_or_insert(Time(now));
                    metadata.continue_on_error = Some(plan[step].continue_on_error);
                    let result = answers.next().unwrap();
                    look_again = match settle(&plan[step], metadata, result.as_ref(), now) {
                        Settled::Ended => None,
                        Settled::Again(at) => Some(at),
                    };
                }
                Next::TimeOut { step } => {
                    time_out(&plan[step], &mut status.step_execution_metadata[step], now);
                    look_again = None;
                }
                Next::Wait(until) => {
                    prop_assert!(until > now);
                    now = until;
                    // The caller comes again with nothing in memory.
                    look_again = None;
                }
                Next::Finish { phase, .. } => {
                    finished = Some(phase);
                    break;
                }
            }
        }
        let phase = finished.expect("the promotion must end");
        let worst = plan
            .iter()
            .zip(&status.step_execution_metadata)
            .filter(|(step, _)| !step.continue_on_error)
            .map(|(_, metadata)| rank(metadata.status.as_ref()))
            .max()
            .unwrap_or(0);
        let expected = ["Succeeded", "Succeeded", "Errored", "Aborted", "Failed", "Errored"][worst];
        prop_assert_eq!(phase.as_str(), expected);
        prop_assert_eq!(status.step_execution_metadata.len(), plan.len());
    }
}
