//! One run of a step's function: its context, its bounds in time, and how it is stopped.

use std::{panic::AssertUnwindSafe, pin::pin};

use api::Timestamp;
use futures::FutureExt as _;
use jiff::SignedDuration;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use super::{super::EngineError, Pass, outputs::attempt};
use crate::step::{Outcome, Reach, Step, StepContext, StepError};

/// How long a step may take to stop when asked, before it is dropped where it is.
const GRACE: SignedDuration = SignedDuration::from_secs(10);

/// A single run of a step that takes longer hangs: no transfer a promotion makes needs an hour.
const LONGEST_RUN: SignedDuration = SignedDuration::from_hours(1);

/// Progress that may lag is written this long after it was made, so that the UI shows a long step.
const RECORD_AFTER: SignedDuration = SignedDuration::from_millis(500);

/// How a run of a step came to its end.
pub(super) enum Ran {
    /// It answered.
    Answered(Result<Outcome, StepError>),
    /// It was dropped because a signal fired.
    Stopped,
}

impl Pass<'_> {
    /// Runs the step's function, within its time and until a signal fires.
    pub(super) async fn carry_out(
        &self,
        index: usize,
        step: &'static Step,
        config: Value,
    ) -> Result<Ran, EngineError> {
        let clock = &self.engine.services.clock;
        let cancel = CancellationToken::new();
        let alias = &self.plan[index].alias;
        let previous = self.state.get(alias).filter(|output| !output.is_null());
        let metadata = &self.job.promotion.metadata;
        let started_at = self.status.step_execution_metadata[index].started_at.as_ref();
        let key = key(self.uid, alias, attempt(previous));
        let context = StepContext {
            work_dir: &self.workspace.work_dir,
            services: &self.engine.services,
            project: metadata.namespace.as_deref().unwrap_or_default(),
            stage: &self.job.promotion.spec.stage,
            promotion: metadata.name.as_deref().unwrap_or_default(),
            alias,
            freight: &self.job.freight,
            requests: &self.job.requests,
            facts: self.engine.facts.as_ref(),
            key: &key,
            started_at: started_at.map_or_else(|| self.now(), |time| time.0),
            previous,
            cancel: &cancel,
        };
        let mut running = pin!(AssertUnwindSafe((step.run)(&context, config)).catch_unwind());
        let mut record = pin!(clock.sleep_until(later(self.now(), RECORD_AFTER)));
        let mut hangs = pin!(clock.sleep_until(later(self.now(), LONGEST_RUN)));
        let mut recorded = false;
        let stopped = loop {
            tokio::select! {
                biased;
                result = &mut running => return Ok(Ran::Answered(answered(result))),
                () = self.signals.abort.cancelled() => break Ran::Stopped,
                () = self.signals.shutdown.cancelled() => break Ran::Stopped,
                () = &mut hangs => break Ran::Answered(Err(StepError::Hopeless {
                    operation: format!("finish `{}`", step.name),
                    source: "it did not end within an hour".into(),
                })),
                () = &mut record, if !recorded && step.reach < Reach::Writes => {
                    recorded = true;
                    self.journal.record(&self.snapshot()).await?;
                }
            }
        };
        cancel.cancel();
        if step.reach < Reach::Writes || matches!(stopped, Ran::Answered(_)) {
            return Ok(stopped);
        }
        // What succeeds within the grace is recorded like anything else: its effect is there.
        tokio::select! {
            result = &mut running => match answered(result) {
                Ok(outcome) => Ok(Ran::Answered(Ok(outcome))),
                Err(_) => Ok(stopped),
            },
            () = clock.sleep_until(later(self.now(), GRACE)) => Ok(stopped),
        }
    }
}

/// The idempotency key: derived, so that it needs no storage and is the same after a crash.
fn key(uid: &str, alias: &str, attempt: u64) -> String {
    let mut hash = Sha256::new();
    for part in [uid, alias, &attempt.to_string()] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hex::encode(&hash.finalize()[..20])
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.saturating_add(by).unwrap_or(now)
}

fn answered(
    result: Result<Result<Outcome, StepError>, Box<dyn std::any::Any + Send>>,
) -> Result<Outcome, StepError> {
    result.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(StepError::Panicked(text.unwrap_or("no message").to_owned()))
    })
}
