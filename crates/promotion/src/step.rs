//! What a promotion step is, what it is given, and what it may answer.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use api::{FreightCollection, FreightRequest, Timestamp};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::{configuration, relative_path::PathProblem, services::Services, work_dir::WorkDir};

/// One built-in step: a file in `steps/` and a line in [`crate::steps::STEPS`].
pub struct Step {
    /// The name users write after `uses:`.
    pub name: &'static str,
    /// The source file, whose module comment is the manual page.
    pub source: &'static str,
    /// How far its effects go.
    pub reach: Reach,
    /// Whether its output is also published under the alias of the task it belongs to.
    pub task_output: bool,
    /// The JSON Schema of its configuration.
    pub schema: fn() -> schemars::Schema,
    /// Runs it once.
    pub run: for<'a> fn(&'a StepContext<'a>, Value) -> StepFuture<'a>,
}

impl std::fmt::Debug for Step {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Step")
            .field("name", &self.name)
            .field("reach", &self.reach)
            .finish()
    }
}

/// How far a step's effects go. A dry run carries out everything below `Writes`, a lost work
/// directory is rebuilt from it, and only `Writes` is guarded by the journal.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Reach {
    /// Computes from its configuration alone.
    Pure,
    /// Changes files in the work directory.
    WorkDir,
    /// Asks outside systems, changes nothing there.
    Reads,
    /// Changes something outside.
    Writes,
}

/// What a step returns while it runs.
pub type StepFuture<'a> = Pin<Box<dyn Future<Output = Result<Outcome, StepError>> + Send + 'a>>;

/// Everything a step may use.
pub struct StepContext<'a> {
    /// The promotion's directory.
    pub work_dir: &'a WorkDir,
    /// The outside world.
    pub services: &'a Services,
    /// The Project, which is also the namespace.
    pub project: &'a str,
    /// The Stage being promoted to.
    pub stage: &'a str,
    /// The Promotion's name.
    pub promotion: &'a str,
    /// The step's own alias.
    pub alias: &'a str,
    /// The Freight this promotion moves, by origin.
    pub freight: &'a FreightCollection,
    /// What the Stage asks for.
    pub requests: &'a [FreightRequest],
    /// Objects of the control plane, for reading.
    pub facts: &'a dyn crate::engine::Facts,
    /// Identifies this effect: the same after a crash, another for each poll.
    pub key: &'a str,
    /// When the first attempt began; the same after a crash.
    pub started_at: Timestamp,
    /// What the step returned before: on a poll, or when a lost work directory is rebuilt.
    pub previous: Option<&'a Value>,
    /// Fires when the promotion is aborted or the process stops.
    pub cancel: &'a CancellationToken,
}

impl StepContext<'_> {
    /// Runs work on many files away from the threads that serve everything else. Loops in it ask
    /// `stop`, which fires also when the step is dropped.
    pub async fn in_background<T: Send + 'static>(
        &self,
        work: impl FnOnce(&WorkDir, &CancellationToken) -> Result<T, StepError> + Send + 'static,
    ) -> Result<T, StepError> {
        let work_dir = self.work_dir.clone();
        let stop = self.cancel.child_token();
        let _stops_when_dropped = stop.clone().drop_guard();
        match tokio::task::spawn_blocking(move || work(&work_dir, &stop)).await {
            Ok(result) => result,
            Err(error) => match error.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(error) => Err(StepError::errored("work on files", error)),
            },
        }
    }
}

/// A step's answer when nothing went wrong.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// Finished; the output becomes `outputs.<alias>`.
    Done {
        /// A JSON object, or null.
        output: Value,
    },
    /// Waits for something outside; run again at `check_at` or when something changes.
    NotYet {
        /// When to look again; the engine never looks more often than every ten seconds.
        check_at: Option<Timestamp>,
        /// What is being waited for.
        why: String,
    },
    /// There was nothing to do.
    Skipped {
        /// Why.
        why: String,
        /// As for `Done`.
        output: Value,
    },
}

impl Outcome {
    /// Finished without output.
    pub fn done() -> Self {
        Self::Done { output: Value::Null }
    }
}

/// Why a step did not finish. The variant says whether another attempt may help.
#[derive(Debug, thiserror::Error)]
pub enum StepError {
    /// The configuration is wrong: `Failed`, never retried.
    #[error("invalid configuration of `{step}`: {problem}")]
    Invalid {
        /// The step's name.
        step: &'static str,
        /// The field, its value, and what would be right.
        problem: String,
    },
    /// The step's own verdict: `Failed`, never retried.
    #[error("{0}")]
    Failed(String),
    /// A path that leaves the work directory: `Failed`, never retried.
    #[error(transparent)]
    Path(#[from] PathProblem),
    /// Something could not be done and never will: `Errored`, never retried.
    #[error("cannot {operation}")]
    Hopeless {
        /// What was tried.
        operation: String,
        /// Why it failed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Something could not be done: `Errored`, retried up to the step's `errorThreshold`.
    #[error("cannot {operation}")]
    Errored {
        /// What was tried.
        operation: String,
        /// Why it failed.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// The step panicked: `Errored`, never retried.
    #[error("the step panicked: {0}")]
    Panicked(String),
}

/// How a [`StepError`] is recorded.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Severity {
    /// The step said no.
    Failed,
    /// It could not be carried out; trying again will not help.
    Hopeless,
    /// It could not be carried out; trying again may help.
    MayRetry,
}

impl StepError {
    /// An error that another attempt may cure.
    pub fn errored(
        operation: impl Into<String>,
        source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
    ) -> Self {
        Self::Errored { operation: operation.into(), source: source.into() }
    }

    /// How to record it.
    pub fn severity(&self) -> Severity {
        match self {
            Self::Invalid { .. } | Self::Failed(_) | Self::Path(_) => Severity::Failed,
            Self::Hopeless { .. } | Self::Panicked(_) => Severity::Hopeless,
            Self::Errored { .. } => Severity::MayRetry,
        }
    }

    /// The whole chain of causes in one line.
    pub fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            let part = error.to_string();
            if !text.ends_with(&part) {
                text.push_str(": ");
                text.push_str(&part);
            }
            cause = error.source();
        }
        text
    }
}

/// Runs the typed function of a step after checking its configuration against its schema.
pub async fn run_typed<'a, Config, Run, Running>(
    step: &'static Step,
    context: &'a StepContext<'a>,
    config: Value,
    run: Run,
) -> Result<Outcome, StepError>
where
    Config: DeserializeOwned,
    Run: FnOnce(&'a StepContext<'a>, Config) -> Running,
    Running: Future<Output = Result<Outcome, StepError>> + Send + 'a,
{
    let config: Config = configuration::parse(step, config)?;
    run(context, config).await
}

/// How long and how often a step is tried when its author did not say.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct RetryPolicy {
    /// Consecutive errors after which it is given up.
    pub error_threshold: u32,
    /// How long after its start it is given up; none means never.
    pub timeout: Option<Duration>,
}

/// Shared ownership of the services of a process.
pub type SharedServices = Arc<Services>;

/// Declares a step from its name, file, reach, configuration type and function.
#[macro_export]
macro_rules! step {
    ($name:literal, $source:literal, $reach:ident, $config:ty, $run:path $(, $flag:ident)?) => {
        $crate::step::Step {
            name: $name,
            source: include_str!($source),
            reach: $crate::step::Reach::$reach,
            task_output: $crate::step!(@flag $($flag)?),
            schema: || schemars::schema_for!($config),
            run: |context, config| {
                Box::pin($crate::step::run_typed::<$config, _, _>(&STEP, context, config, $run))
            },
        }
    };
    (@flag task_output) => { true };
    (@flag) => { false };
}
