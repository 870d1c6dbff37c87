//! One loop — observe, decide, act — and one file per kind.
//!
//! ```text
//! watch → Cache → Queue → observe → rules::…::next → status, effects → the API, git, registries
//! ```

mod cache;
mod context;
mod discovery;
mod effects;
mod events;
mod project;
mod promotion;
mod promotion_runs;
mod queue;
mod reconcile;
mod rest;
mod stage;
mod warehouse;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use api::{Promotion, Warehouse};
use integrations::oci;
use jiff::SignedDuration;
use kube::ResourceExt;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

pub use cache::{Cache, Change, ObjectKey};
pub use context::Context;
pub use reconcile::Error;

use queue::Queue;

/// What the controllers need from the process.
pub struct Settings {
    /// The outside world as promotion steps see it; the client and the clock are the controllers' too.
    pub services: ::promotion::Services,
    pub registries: oci::Registries,
    /// Where promotions work; nobody else may write there.
    pub work_dirs: PathBuf,
    /// No Warehouse looks at its repositories more often than this on its own.
    pub minimum_warehouse_interval: SignedDuration,
    /// How this controller is called in events and annotations.
    pub name: String,
}

/// The controllers of one process, running until stopped.
pub struct Controllers {
    pub context: Arc<Context>,
    runs: Arc<promotion_runs::PromotionRuns>,
    discoveries: Arc<discovery::Discoveries>,
    queues: Vec<Arc<Queue>>,
    tasks: JoinSet<()>,
    cancel: CancellationToken,
}

/// Reads everything once, sweeps what a crash left behind, and starts one loop per kind.
pub async fn start(settings: Settings) -> Controllers {
    let context = Context::new(settings.services.client.clone(), settings.services.clock.clone());
    let cancel = CancellationToken::new();
    let mut tasks = JoinSet::new();
    context.start(&mut tasks, &cancel).await;

    let engine =
        Arc::new(::promotion::Engine::new(settings.services.clone(), settings.work_dirs.clone()));
    sweep(&context, &engine).await;

    let mut queues = Vec::new();
    let mut queue = || {
        let queue = Queue::new(context.clock.clone());
        queues.push(queue.clone());
        queue
    };
    let promotion_queue = queue();
    let runs = promotion_runs::PromotionRuns::new(
        context.clone(),
        engine,
        &promotion_queue,
        cancel.clone(),
    );
    forget_deleted(&context, &runs);
    let actor = format!("controller:{}", settings.name);
    let warehouse_queue = queue();
    let sources = discovery::Sources {
        mirrors: settings.services.mirrors.clone(),
        registries: settings.registries.clone(),
        credentials: settings.services.credentials.clone(),
        clock: context.clock.clone(),
    };
    let discoveries = discovery::Discoveries::new(sources, &warehouse_queue, cancel.clone());
    forget_warehouses(&context, &discoveries);

    let mut starter = Starter { context: &context, tasks: &mut tasks, cancel: &cancel };
    let project_queue = queue();
    starter.start(project::Projects::new(context.clone(), project_queue.clone()), project_queue);
    starter.start(
        promotion::Promotions { context: context.clone(), runs: runs.clone() },
        promotion_queue,
    );
    events::start(&context, &actor, &mut queue, starter.tasks, &cancel);
    starter.start(stage::Stages { context: context.clone(), actor }, queue());
    let minimum_interval = settings.minimum_warehouse_interval;
    starter.start(
        warehouse::Warehouses {
            context: context.clone(),
            discoveries: discoveries.clone(),
            minimum_interval,
        },
        warehouse_queue,
    );
    Controllers { context, runs, discoveries, queues, tasks, cancel }
}

struct Starter<'a> {
    context: &'a Arc<Context>,
    tasks: &'a mut JoinSet<()>,
    cancel: &'a CancellationToken,
}

impl Starter<'_> {
    fn start<R: reconcile::Reconciler>(&mut self, reconciler: R, queue: Arc<Queue>) {
        R::subscribe(self.context, &queue);
        let run =
            reconcile::run(Arc::new(reconciler), self.context.clone(), queue, self.cancel.clone());
        self.tasks.spawn(run);
    }
}

impl Controllers {
    /// Stops: running steps are interrupted, what was done is recorded, and the next start goes on there.
    pub async fn stop(mut self) {
        self.cancel.cancel();
        self.runs.finish().await;
        self.tasks.shutdown().await;
    }
}

/// Removes the work directories of promotions that have ended or are gone.
async fn sweep(context: &Context, engine: &::promotion::Engine) {
    let alive: BTreeSet<String> = context
        .promotions
        .all()
        .iter()
        .filter(|promotion| !rules::promotion::is_terminal(promotion))
        .filter_map(|promotion| promotion.uid())
        .collect();
    match engine.sweep(&alive).await {
        Ok(0) => {}
        Ok(removed) => {
            tracing::info!(removed, "removed work directories that an earlier process left behind");
        }
        Err(error) => {
            tracing::warn!(error = %cache::Chain(&error), "cannot sweep the work directories");
        }
    }
}

/// A Promotion that is deleted while it runs stops, and takes its work directory along.
fn forget_deleted(context: &Context, runs: &Arc<promotion_runs::PromotionRuns>) {
    let runs = Arc::downgrade(runs);
    context.promotions.on_change(move |change: &Change<'_, Promotion>| {
        if let (None, Some(gone), Some(runs)) = (change.after, change.before, runs.upgrade()) {
            let uid = gone.uid().unwrap_or_default();
            tokio::spawn(async move { runs.forget(&uid).await });
        }
    });
}

fn forget_warehouses(context: &Context, discoveries: &Arc<discovery::Discoveries>) {
    let discoveries = Arc::downgrade(discoveries);
    context.warehouses.on_change(move |change: &Change<'_, Warehouse>| {
        if let (None, Some(gone), Some(discoveries)) =
            (change.after, change.before, discoveries.upgrade())
        {
            discoveries.forget(&gone.uid().unwrap_or_default());
        }
    });
}
