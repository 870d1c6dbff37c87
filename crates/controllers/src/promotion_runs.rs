//! Promotions under way: each runs in a task of its own, so that a slow step holds up nothing else.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Weak};
use std::time::Duration;

use api::{Promotion, PromotionPhase, PromotionStatus, Time, Timestamp};
use futures::FutureExt;
use futures::future::BoxFuture;
use kube::{Client, ResourceExt};
use parking_lot::Mutex;
use promotion::{Engine, Job, Journal, JournalError, Progress, Signals};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::cache::{Chain, ObjectKey};
use crate::context::Context;
use crate::queue::Queue;
use crate::reconcile::write_status;

/// After an error of the engine itself (the API or the disk), before it is called again.
const PAUSE: Duration = Duration::from_secs(1);

/// Whether a Promotion is being carried out in this process.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Activity {
    None,
    Working,
    Waiting(Timestamp),
}

/// What is known of a Promotion that is being carried out.
enum Run {
    /// A task is at work.
    Working(Signals),
    /// The current step looks again at this time.
    Waiting(Timestamp),
}

pub(crate) struct PromotionRuns {
    context: Arc<Context>,
    engine: Arc<Engine>,
    queue: Weak<Queue>,
    runs: Mutex<HashMap<String, Run>>,
    tasks: TaskTracker,
    shutdown: CancellationToken,
}

impl PromotionRuns {
    pub(crate) fn new(
        context: Arc<Context>,
        engine: Arc<Engine>,
        queue: &Arc<Queue>,
        shutdown: CancellationToken,
    ) -> Arc<Self> {
        let queue = Arc::downgrade(queue);
        Arc::new(Self {
            context,
            engine,
            queue,
            runs: Mutex::default(),
            tasks: TaskTracker::new(),
            shutdown,
        })
    }

    pub(crate) fn activity(&self, uid: &str) -> Activity {
        match self.runs.lock().get(uid) {
            None => Activity::None,
            Some(Run::Working(_)) => Activity::Working,
            Some(Run::Waiting(until)) => Activity::Waiting(*until),
        }
    }

    pub(crate) fn is_working(&self) -> bool {
        self.runs.lock().values().any(|run| matches!(run, Run::Working(_)))
    }

    /// Starts or continues a Promotion, unless a task is at work on it already.
    pub(crate) fn start(self: &Arc<Self>, job: Job) {
        let uid = job.promotion.uid().unwrap_or_default();
        let signals = Signals { abort: CancellationToken::new(), shutdown: self.shutdown.clone() };
        {
            let mut runs = self.runs.lock();
            if matches!(runs.get(&uid), Some(Run::Working(_))) || self.shutdown.is_cancelled() {
                return;
            }
            runs.insert(uid.clone(), Run::Working(signals.clone()));
        }
        let runs = self.clone();
        self.tasks.spawn(async move { runs.work(uid, job, signals).await });
    }

    /// Interrupts the running step of a Promotion. False when no task is at work on it.
    pub(crate) fn abort(&self, uid: &str) -> bool {
        match self.runs.lock().get(uid) {
            Some(Run::Working(signals)) => {
                signals.abort.cancel();
                true
            }
            _ => false,
        }
    }

    /// Forgets a Promotion that ended or was deleted, and its work directory.
    pub(crate) async fn forget(&self, uid: &str) {
        self.abort(uid);
        self.runs.lock().remove(uid);
        if let Err(error) = self.engine.forget(uid).await {
            tracing::warn!(uid, error = %Chain(&error), "the work directory of an ended promotion stays");
        }
    }

    /// Waits until every task has recorded where it stopped.
    pub(crate) async fn finish(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }

    async fn work(self: Arc<Self>, uid: String, job: Job, signals: Signals) {
        let key = ObjectKey::of(&job.promotion);
        let journal = StatusJournal::new(&self.context, &job.promotion);
        let run = AssertUnwindSafe(self.engine.run(&job, &journal, &signals)).catch_unwind();
        let progress = match run.await {
            Ok(progress) => progress,
            Err(_) => Ok(Progress::Finished(self.panicked(&job))),
        };
        match progress {
            Ok(Progress::Finished(status)) => self.finished(&uid, &journal, status).await,
            Ok(Progress::Waiting { until, .. }) => {
                self.runs.lock().insert(uid, Run::Waiting(until));
            }
            Ok(Progress::Interrupted { .. }) => {
                self.runs.lock().remove(&uid);
            }
            Err(error) => {
                tracing::warn!(promotion = %key, error = %Chain(&error), "the promotion will be continued");
                self.pause(uid).await;
            }
        }
        // The pass that follows sees what this run waits for and comes back then.
        if let (Some(queue), false) = (self.queue.upgrade(), self.shutdown.is_cancelled()) {
            queue.add(key);
        }
    }

    /// A step that panics would do so again: the Promotion ends and says that this is our fault.
    fn panicked(&self, job: &Job) -> PromotionStatus {
        let known = self.context.promotions.get(&ObjectKey::of(&job.promotion));
        let status =
            known.map_or_else(|| job.promotion.status.clone(), |known| known.status.clone());
        PromotionStatus {
            phase: Some(PromotionPhase::Errored),
            message: Some("a step panicked, which is a bug in kargo".to_owned()),
            finished_at: Some(Time(self.context.clock.now())),
            ..status.unwrap_or_default()
        }
    }

    /// Writes how a Promotion ended. Until that is written it has not ended.
    async fn finished(&self, uid: &str, journal: &StatusJournal, mut status: PromotionStatus) {
        let known = self.context.promotions.get(&journal.key);
        if let (Some(PromotionPhase::Aborted), Some(promotion)) = (&status.phase, known) {
            status.message = Some(rules::promotion::abort_message(&promotion));
        }
        while let Err(error) = journal.record(&status).await {
            if journal.is_gone().await || self.shutdown.is_cancelled() {
                break;
            }
            tracing::warn!(promotion = %journal.key, error = %Chain(&error), "cannot record the end of the promotion");
            tokio::time::sleep(PAUSE).await;
        }
        self.forget(uid).await;
    }

    async fn pause(&self, uid: String) {
        tokio::select! {
            () = self.shutdown.cancelled() => {}
            () = tokio::time::sleep(PAUSE) => {}
        }
        self.runs.lock().remove(&uid);
    }
}

/// The journal of a Promotion is its status.
struct StatusJournal {
    client: Client,
    context: Arc<Context>,
    key: ObjectKey,
    /// The Promotion as last written.
    known: tokio::sync::Mutex<Promotion>,
}

impl StatusJournal {
    fn new(context: &Arc<Context>, promotion: &Promotion) -> Self {
        Self {
            client: context.client.clone(),
            context: context.clone(),
            key: ObjectKey::of(promotion),
            known: tokio::sync::Mutex::new(promotion.clone()),
        }
    }

    async fn is_gone(&self) -> bool {
        let uid = self.known.lock().await.uid();
        self.context.promotions.get(&self.key).is_none_or(|promotion| promotion.uid() != uid)
    }

    async fn write(&self, status: &PromotionStatus) -> Result<(), crate::reconcile::Error> {
        let mut known = self.known.lock().await;
        // Annotations and labels may change meanwhile; the status is this task's alone.
        known.metadata.resource_version = None;
        if let Some(written) = write_status(&self.client, &*known, status).await? {
            self.context.promotions.wrote(written.clone());
            *known = written;
        }
        Ok(())
    }
}

impl Journal for StatusJournal {
    fn record<'a>(
        &'a self,
        status: &'a PromotionStatus,
    ) -> BoxFuture<'a, Result<(), JournalError>> {
        Box::pin(
            async move { self.write(status).await.map_err(|error| JournalError(Box::new(error))) },
        )
    }
}
