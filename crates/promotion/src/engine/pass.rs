//! One pass over a promotion: decide, run a step, record, until a step waits or all have ended.

use std::{panic::AssertUnwindSafe, pin::pin};

use api::{
    PromotionPhase, PromotionStatus, PromotionStep, PromotionStepStatus, StepExecutionMetadata,
    Time, Timestamp,
};
use futures::FutureExt as _;
use jiff::SignedDuration;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use super::{
    Engine, EngineError, Job, Journal, Progress, Signals,
    evaluation::{Condition, EvaluationError, Evaluator, namespace},
    next::{self, Failure, Next, Plan, Settled, State, current, end, next, settle},
    redaction::Secrets,
    workspace::Workspace,
};
use crate::{
    step::{Outcome, Reach, RetryPolicy, Severity, Step, StepContext, StepError},
    steps,
};

/// How long a step may take to stop when asked, before it is dropped where it is.
const GRACE: SignedDuration = SignedDuration::from_secs(10);

/// A single run of a step that takes longer hangs: no transfer a promotion makes needs an hour.
const LONGEST_RUN: SignedDuration = SignedDuration::from_hours(1);

/// Progress that may lag is written this long after it was made, so that the UI shows a long step.
const RECORD_AFTER: SignedDuration = SignedDuration::from_millis(500);

/// Outputs are stored in the Promotion, which etcd limits to about 1.5 MB.
const LARGEST_OUTPUT: usize = 256 << 10;

/// A pass in progress.
pub(crate) struct Pass<'a> {
    engine: &'a Engine,
    job: &'a Job,
    journal: &'a dyn Journal,
    signals: &'a Signals,
    uid: &'a str,
    plan: Vec<Plan>,
    status: PromotionStatus,
    state: Map<String, Value>,
    workspace: Workspace,
    rebuild: bool,
    secrets: Secrets,
    look_again: Option<Timestamp>,
    unrecorded: bool,
}

/// How a run of a step came to its end.
enum Ran {
    /// It answered.
    Answered(Result<Outcome, StepError>),
    /// It was dropped because a signal fired.
    Stopped,
}

impl<'a> Pass<'a> {
    /// Reads where the promotion is and opens its work directory.
    pub(crate) async fn begin(
        engine: &'a Engine,
        job: &'a Job,
        journal: &'a dyn Journal,
        signals: &'a Signals,
    ) -> Result<Self, EngineError> {
        let uid = job.promotion.metadata.uid.as_deref().filter(|uid| !uid.is_empty());
        let uid = uid.ok_or(EngineError::NoIdentity)?;
        let plan = plan(&job.promotion.spec.steps);
        let recorded = job.promotion.status.clone().unwrap_or_default();
        let mut status = recorded.clone();
        status.phase = Some(PromotionPhase::Running);
        status.message = None;
        status.started_at.get_or_insert(Time(engine.services.clock.now()));
        status.current_step.get_or_insert(0);
        status.freight_collection = Some(job.freight.clone());
        let state = match status.state.take() {
            Some(Value::Object(state)) => state,
            _ => Map::new(),
        };
        let ended = current(&plan, &status).unwrap_or(plan.len());
        let (workspace, kept) =
            Workspace::open(&engine.services.mirrors, &engine.work_dirs, uid, ended).await?;
        let mut pass = Self {
            engine,
            job,
            journal,
            signals,
            uid,
            plan,
            status,
            state,
            workspace,
            rebuild: !kept,
            secrets: Secrets::default(),
            look_again: None,
            unrecorded: false,
        };
        pass.unrecorded = pass.snapshot() != recorded;
        Ok(pass)
    }

    /// Runs until there is nothing to do now.
    pub(crate) async fn run(mut self) -> Result<Progress, EngineError> {
        loop {
            if self.signals.abort.is_cancelled() {
                return Ok(Progress::Finished(self.aborted()));
            }
            if self.signals.shutdown.is_cancelled() {
                self.record_if_needed().await?;
                return Ok(Progress::Interrupted { status: self.snapshot() });
            }
            if std::mem::take(&mut self.rebuild) {
                self.rebuild_work_dir().await?;
                continue;
            }
            let now = self.now();
            let state =
                State { plan: &self.plan, status: &self.status, look_again: self.look_again };
            match next(&state, now) {
                Next::Run { step, attempt } => {
                    tracing::debug!(
                        promotion = self.uid,
                        alias = self.plan[step].alias,
                        attempt,
                        "step"
                    );
                    self.step(step).await?;
                }
                Next::TimeOut { step } => {
                    let metadata = &mut self.status.step_execution_metadata[step];
                    next::time_out(&self.plan[step], metadata, now);
                    self.ended(step)?;
                }
                Next::Wait(until) => {
                    self.record_if_needed().await?;
                    return Ok(Progress::Waiting { status: self.snapshot(), until });
                }
                Next::Finish { phase, message } => {
                    return Ok(Progress::Finished(self.finished(phase, message)));
                }
            }
        }
    }

    /// Starts, runs and settles one step once.
    async fn step(&mut self, index: usize) -> Result<(), EngineError> {
        self.enter(index);
        let job = self.job;
        let spec = &job.promotion.spec.steps[index];
        let uses = spec.uses.as_deref().unwrap_or_default();
        let started = self.status.step_execution_metadata[index].started_at.is_some();
        if !started {
            match self.evaluator(index, spec).condition().await {
                Ok(Condition::Run) => {}
                Ok(Condition::Skip(why)) => {
                    return self.end_unstarted(index, PromotionStepStatus::Skipped, why.to_owned());
                }
                Err(EvaluationError::Engine(error)) => return Err(error),
                Err(EvaluationError::Wrong(problem)) => {
                    return self.end_unstarted(index, PromotionStepStatus::Errored, problem);
                }
            }
        }
        let Some(step) = steps::find(uses) else {
            let problem =
                format!("there is no step `{uses}`; `kargo explain step` lists those there are");
            return self.end_unstarted(index, PromotionStepStatus::Errored, problem);
        };
        let now = self.now();
        let metadata = &mut self.status.step_execution_metadata[index];
        metadata.started_at.get_or_insert(Time(now));
        metadata.status = Some(PromotionStepStatus::Running);
        let config = match self.evaluator(index, spec).config().await {
            Ok(config) => config,
            Err(EvaluationError::Engine(error)) => return Err(error),
            Err(EvaluationError::Wrong(message)) => {
                let failure = Failure { severity: Severity::Hopeless, message };
                return self.settle(index, step, Err(failure)).await;
            }
        };
        self.unrecorded = true;
        if step.reach == Reach::Writes {
            // The intent: after a crash the same step runs again with the same key.
            self.record().await?;
        }
        self.workspace.unsettle()?;
        match self.carry_out(index, step, config).await? {
            Ran::Stopped => Ok(()),
            Ran::Answered(Ok(outcome)) => self.settle(index, step, Ok(outcome)).await,
            Ran::Answered(Err(error)) => {
                let failure = Failure { severity: error.severity(), message: error.chain() };
                self.settle(index, step, Err(failure)).await
            }
        }
    }

    /// Records what a run of a step came to.
    async fn settle(
        &mut self,
        index: usize,
        step: &'static Step,
        result: Result<Outcome, Failure>,
    ) -> Result<(), EngineError> {
        let result = result
            .and_then(|outcome| self.accept(outcome))
            .map_err(|failure| Failure { message: self.presentable(&failure.message), ..failure });
        let now = self.now();
        let metadata = &mut self.status.step_execution_metadata[index];
        let settled = settle(&self.plan[index], metadata, result.as_ref(), now);
        self.keep_output(index, step, result.ok(), settled);
        match settled {
            Settled::Ended => self.ended(index)?,
            Settled::Again(at) => {
                self.look_again = Some(at);
                self.workspace.settle(index)?;
                self.unrecorded = true;
            }
        }
        if step.reach == Reach::Writes {
            self.record().await?;
        }
        Ok(())
    }

    /// An outcome without secrets, if its output can be stored.
    fn accept(&self, outcome: Outcome) -> Result<Outcome, Failure> {
        let output = match &outcome {
            Outcome::Done { output } | Outcome::Skipped { output, .. } => output,
            Outcome::NotYet { .. } => return Ok(outcome),
        };
        let size = output.to_string().len();
        if size > LARGEST_OUTPUT {
            return Err(Failure {
                severity: Severity::Hopeless,
                message: format!(
                    "its output has {size} bytes, more than the {LARGEST_OUTPUT} that can be kept"
                ),
            });
        }
        let output = self.secrets.hide_in(output.clone());
        Ok(match outcome {
            Outcome::Skipped { why, .. } => {
                Outcome::Skipped { why: self.secrets.hide(&why), output }
            }
            _ => Outcome::Done { output },
        })
    }

    fn keep_output(
        &mut self,
        index: usize,
        step: &Step,
        outcome: Option<Outcome>,
        settled: Settled,
    ) {
        let alias = self.plan[index].alias.clone();
        let output = match outcome {
            Some(Outcome::Done { output } | Outcome::Skipped { output, .. }) => output,
            // A poll is a new effect, which needs a new key; the count is its only trace.
            Some(Outcome::NotYet { .. }) if step.reach == Reach::Writes => {
                json!({ "attempt": attempt(self.state.get(&alias)) + 1 })
            }
            Some(Outcome::NotYet { .. }) => return,
            None if settled == Settled::Ended => Value::Null,
            None => return,
        };
        if step.task_output
            && let (Some((task, _)), Value::Object(fields)) = (namespace(&alias), &output)
        {
            let published = self.state.entry(task).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(published) = published {
                published.extend(fields.clone());
            }
        }
        self.state.insert(alias, output);
    }

    /// Runs the step's function, within its time and until a signal fires.
    async fn carry_out(
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

    /// Repeats the steps whose effects lay in the lost work directory. Steps that write outside
    /// are never repeated; their outputs are recorded.
    async fn rebuild_work_dir(&mut self) -> Result<(), EngineError> {
        let Some(ended) = current(&self.plan, &self.status) else { return Ok(()) };
        for index in 0..ended {
            let job = self.job;
            let spec = &job.promotion.spec.steps[index];
            let metadata = &self.status.step_execution_metadata[index];
            let Some(step) = steps::find(spec.uses.as_deref().unwrap_or_default()) else {
                continue;
            };
            let repeats = matches!(step.reach, Reach::WorkDir | Reach::Reads)
                && metadata.status == Some(PromotionStepStatus::Succeeded);
            if !repeats {
                continue;
            }
            let problem = match self.evaluator(index, spec).config().await {
                Ok(config) => match self.carry_out(index, step, config).await? {
                    Ran::Stopped => {
                        self.rebuild = true;
                        return Ok(());
                    }
                    Ran::Answered(Ok(outcome)) => {
                        self.keep_repeated(index, outcome);
                        continue;
                    }
                    Ran::Answered(Err(error)) => (error.severity(), error.chain()),
                },
                Err(EvaluationError::Engine(error)) => return Err(error),
                Err(EvaluationError::Wrong(problem)) => (Severity::Hopeless, problem),
            };
            let alias = self.plan[index].alias.clone();
            let message = self.presentable(&problem.1);
            if problem.0 == Severity::MayRetry {
                return Err(EngineError::Rebuild { alias, message });
            }
            self.enter(ended);
            let message =
                format!("the work directory was lost and `{alias}` cannot be repeated: {message}");
            let now = self.now();
            let metadata = &mut self.status.step_execution_metadata[ended];
            metadata.started_at.get_or_insert(Time(now));
            end(metadata, PromotionStepStatus::Errored, Some(message), now);
            return self.ended(ended);
        }
        self.workspace.settle(ended)
    }

    /// The repository may have moved since, and later steps should see what is there now.
    fn keep_repeated(&mut self, index: usize, outcome: Outcome) {
        if let Ok(Outcome::Done { output } | Outcome::Skipped { output, .. }) = self.accept(outcome)
            && !output.is_null()
        {
            self.state.insert(self.plan[index].alias.clone(), output);
            self.unrecorded = true;
        }
    }

    /// Makes the step the current one.
    fn enter(&mut self, index: usize) {
        self.look_again = None;
        let position = i64::try_from(index).unwrap_or(i64::MAX);
        if self.status.current_step != Some(position) {
            self.status.current_step = Some(position);
            self.unrecorded = true;
        }
        while self.status.step_execution_metadata.len() <= index {
            let plan = &self.plan[self.status.step_execution_metadata.len()];
            self.status.step_execution_metadata.push(StepExecutionMetadata {
                alias: Some(plan.alias.clone()),
                continue_on_error: plan.continue_on_error.then_some(true),
                ..StepExecutionMetadata::default()
            });
        }
    }

    fn end_unstarted(
        &mut self,
        index: usize,
        status: PromotionStepStatus,
        message: String,
    ) -> Result<(), EngineError> {
        let now = self.now();
        let message = self.presentable(&message);
        end(&mut self.status.step_execution_metadata[index], status, Some(message), now);
        self.ended(index)
    }

    fn ended(&mut self, index: usize) -> Result<(), EngineError> {
        self.look_again = None;
        self.unrecorded = true;
        self.workspace.settle(index + 1)
    }

    fn evaluator<'b>(&'b self, index: usize, spec: &'b PromotionStep) -> Evaluator<'b> {
        let metadata = &self.status.step_execution_metadata;
        let seen = &metadata[..metadata.len().min(index + 1)];
        let step = (spec, self.plan[index].alias.as_str());
        Evaluator::new(self.engine, self.job, step, (seen, &self.state), &self.secrets)
    }

    /// A message without secrets and without this machine's paths.
    fn presentable(&self, message: &str) -> String {
        let root = self.workspace.work_dir.root().display().to_string();
        let message = message.replace(&format!("{root}/"), "").replace(&root, "the work directory");
        self.secrets.hide(&message)
    }

    fn now(&self) -> Timestamp {
        self.engine.services.clock.now()
    }

    fn snapshot(&self) -> PromotionStatus {
        let mut status = self.status.clone();
        status.state = (!self.state.is_empty()).then(|| Value::Object(self.state.clone()));
        status
    }

    async fn record_if_needed(&mut self) -> Result<(), EngineError> {
        if self.unrecorded { self.record().await } else { Ok(()) }
    }

    async fn record(&mut self) -> Result<(), EngineError> {
        self.journal.record(&self.snapshot()).await?;
        self.unrecorded = false;
        Ok(())
    }

    fn finished(&self, phase: PromotionPhase, message: Option<String>) -> PromotionStatus {
        let mut status = self.snapshot();
        status.phase = Some(phase);
        status.message = message;
        status.finished_at = Some(Time(self.now()));
        status
    }

    fn aborted(&mut self) -> PromotionStatus {
        let now = self.now();
        if let Some(index) = current(&self.plan, &self.status)
            && let Some(metadata) = self.status.step_execution_metadata.get_mut(index)
        {
            end(metadata, PromotionStepStatus::Aborted, Some("aborted".into()), now);
        }
        self.finished(PromotionPhase::Aborted, Some("aborted on request".into()))
    }
}

fn plan(steps: &[PromotionStep]) -> Vec<Plan> {
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
            Plan {
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

/// Which poll of a waiting step this is.
fn attempt(previous: Option<&Value>) -> u64 {
    previous.and_then(|output| output.get("attempt")).and_then(Value::as_u64).unwrap_or(1)
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
