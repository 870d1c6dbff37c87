//! One pass over a promotion: decide, run a step, record, until a step waits or all have ended.

mod carry_out;
mod outputs;
mod rebuild;

use api::{
    PromotionPhase, PromotionStatus, PromotionStep, PromotionStepStatus, StepExecutionMetadata,
    Time, Timestamp,
};
use serde_json::{Map, Value};

use self::carry_out::Ran;
use super::{
    Engine, EngineError, Job, Journal, Progress, Signals,
    evaluation::{Condition, EvaluationError, Evaluator},
    next::{self, Failure, Next, Plan, Settled, State, current, end, next, settle},
    redaction::Secrets,
    workspace::Workspace,
};
use crate::{
    step::{Outcome, Reach, Severity, Step},
    steps,
};

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
        let plan = Plan::of(&job.promotion.spec.steps);
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
            secrets: engine.secrets_of(uid),
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
        tracing::info!(
            promotion = self.job.promotion.metadata.name,
            alias = self.plan[index].alias,
            step = step.name,
            status = metadata.status.as_ref().map(PromotionStepStatus::as_str),
            message = metadata.message,
            "step"
        );
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
