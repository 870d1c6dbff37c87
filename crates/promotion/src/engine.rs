//! Runs a promotion's steps and keeps the journal, so that after a crash at any point the next
//! process continues exactly there.
//!
//! The journal is the Promotion's status. It is written before and after every step that changes
//! something outside; after other steps it may lag, because their effects lie in the work
//! directory only and are repeated when needed.

mod evaluation;
mod facts;
mod freight_functions;
mod host_values;
pub mod next;
mod pass;
mod redaction;
mod workspace;

use std::{
    collections::{BTreeSet, HashMap},
    path::PathBuf,
};

use api::{FreightCollection, FreightRequest, Promotion, PromotionStatus, Timestamp};
use futures::future::BoxFuture;
use parking_lot::Mutex;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

pub use facts::{FactKind, Facts, FactsError, KubeFacts};
pub use next::{Next, State};

use crate::services::Services;
use redaction::Secrets;

/// One promotion to run, with what it may see.
#[derive(Clone, Debug, Default)]
pub struct Job {
    /// The Promotion; its status is where it continues.
    pub promotion: Promotion,
    /// What the Stage asks for.
    pub requests: Vec<FreightRequest>,
    /// What the Stage will hold when this succeeds.
    pub freight: FreightCollection,
    /// The promoted Freight's alias.
    pub target_freight_alias: String,
    /// Parameters and labels of the Target, when the Stage has several destinations.
    pub target: Option<TargetValues>,
    /// Who asked for the promotion.
    pub actor: String,
    /// Whether it goes back to Freight the Stage had before.
    pub rollback: bool,
}

/// What expressions see as `target`.
#[derive(Clone, Debug, Default)]
pub struct TargetValues {
    /// `target.params`.
    pub params: Value,
    /// `target.labels`.
    pub labels: Value,
}

/// Where progress is written; the write is durable when `record` returns.
pub trait Journal: Send + Sync {
    /// Writes the status.
    fn record<'a>(&'a self, status: &'a PromotionStatus)
    -> BoxFuture<'a, Result<(), JournalError>>;
}

/// The journal could not be written. Nothing more may be done until it can.
#[derive(Debug, thiserror::Error)]
#[error("cannot record the promotion's progress")]
pub struct JournalError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// How a pass is stopped from outside.
#[derive(Clone, Debug, Default)]
pub struct Signals {
    /// Somebody asked for the promotion to be aborted.
    pub abort: CancellationToken,
    /// The process is about to end; the promotion continues in the next one.
    pub shutdown: CancellationToken,
}

/// Where a pass ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// The promotion has ended. The status is not yet recorded: the caller writes it with
    /// whatever belongs to it, then calls [`Engine::forget`].
    Finished(PromotionStatus),
    /// The current step waits. The status is recorded.
    Waiting {
        /// The status.
        status: PromotionStatus,
        /// When to call again at the latest; earlier is harmless.
        until: Timestamp,
    },
    /// The process is ending. What was done is recorded.
    Interrupted {
        /// The status.
        status: PromotionStatus,
    },
}

/// Why a pass had to stop; the promotion continues when it is called again.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The journal failed.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The control plane did not answer.
    #[error("cannot look up what an expression asks for")]
    Facts(#[source] FactsError),
    /// The disk failed.
    #[error("cannot prepare the work directory `{}`", path.display())]
    WorkDir {
        /// Where.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The git mirrors could not let go of a work tree.
    #[error("cannot forget the work trees of an earlier attempt")]
    WorkTrees(#[source] integrations::git::GitError),
    /// A lost work directory could not be rebuilt this time.
    #[error("cannot repeat the step `{alias}` to rebuild the work directory: {message}")]
    Rebuild {
        /// The step.
        alias: String,
        /// Why, free of secrets.
        message: String,
    },
    /// The Promotion has no uid, so it was never stored.
    #[error("the Promotion has no uid")]
    NoIdentity,
}

/// Runs promotions.
pub struct Engine {
    services: Services,
    facts: Box<dyn Facts>,
    work_dirs: PathBuf,
    /// By promotion, from its first pass to its end: what one step read, another may print much later.
    secrets: Mutex<HashMap<String, Secrets>>,
}

impl Engine {
    /// An engine that keeps work directories under `work_dirs`.
    pub fn new(services: Services, work_dirs: PathBuf) -> Self {
        let facts = KubeFacts::new(services.client.clone());
        Self { services, facts: Box::new(facts), work_dirs, secrets: Mutex::default() }
    }

    /// The same engine with another source of facts, for dry runs and tests.
    #[must_use]
    pub fn with_facts(mut self, facts: Box<dyn Facts>) -> Self {
        self.facts = facts;
        self
    }

    /// Runs steps until one waits, all have ended, or a signal fires.
    pub async fn run(
        &self,
        job: &Job,
        journal: &dyn Journal,
        signals: &Signals,
    ) -> Result<Progress, EngineError> {
        pass::Pass::begin(self, job, journal, signals).await?.run().await
    }

    /// Removes the work directory of a promotion that has ended.
    pub async fn forget(&self, uid: &str) -> Result<(), EngineError> {
        self.secrets.lock().remove(uid);
        workspace::remove(&self.services.mirrors, &self.work_dirs, uid).await
    }

    fn secrets_of(&self, uid: &str) -> Secrets {
        self.secrets.lock().entry(uid.to_owned()).or_default().clone()
    }

    /// Removes the work directories of all promotions but those in `alive` (by uid): at start-up
    /// nobody else knows what a crash left behind. Answers how many were removed.
    pub async fn sweep(&self, alive: &BTreeSet<String>) -> Result<usize, EngineError> {
        workspace::sweep(&self.services.mirrors, &self.work_dirs, alive).await
    }
}

#[cfg(test)]
mod tests;
