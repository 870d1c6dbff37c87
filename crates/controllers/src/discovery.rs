//! Discoveries under way: each runs beside the controllers' passes, its subscriptions side by side, and its outcome
//! is kept until a pass has recorded it.

mod git;
mod image;

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Weak};
use std::time::Duration;

use api::{SubscriptionSource, Warehouse};
use futures::{FutureExt, StreamExt};
use integrations::clock::Clock;
use integrations::credentials::CredentialLookup;
use integrations::git::Mirrors;
use integrations::oci;
use kube::ResourceExt;
use parking_lot::Mutex;
use rules::warehouse::{Discovered, Discovery, Failure, Plan, PlannedSubscription};
use tokio_util::sync::CancellationToken;

use crate::cache::ObjectKey;
use crate::queue::Queue;

/// Subscriptions of one Warehouse that are looked at side by side.
const AT_ONCE: usize = 8;
/// One subscription may take this long; the clients inside have shorter limits for each request.
const LIMIT: Duration = Duration::from_secs(300);

/// The outside world as discovery needs it.
#[derive(Clone)]
pub(crate) struct Sources {
    pub(crate) mirrors: Mirrors,
    pub(crate) registries: oci::Registries,
    pub(crate) credentials: CredentialLookup,
    pub(crate) clock: Arc<dyn Clock>,
}

/// What is known of one Warehouse's discovery.
#[derive(Clone, Default)]
pub(crate) struct Progress {
    pub(crate) running: bool,
    pub(crate) outcome: Option<Discovery>,
    pub(crate) failure: Option<Failure>,
    pub(crate) refused: Option<String>,
}

pub(crate) struct Discoveries {
    sources: Sources,
    queue: Weak<Queue>,
    progress: Mutex<HashMap<String, Progress>>,
    shutdown: CancellationToken,
}

impl Discoveries {
    pub(crate) fn new(
        sources: Sources,
        queue: &Arc<Queue>,
        shutdown: CancellationToken,
    ) -> Arc<Self> {
        Arc::new(Self {
            sources,
            queue: Arc::downgrade(queue),
            progress: Mutex::default(),
            shutdown,
        })
    }

    pub(crate) fn progress(&self, uid: &str) -> Progress {
        self.progress.lock().get(uid).cloned().unwrap_or_default()
    }

    /// A pass has written the outcome down.
    pub(crate) fn recorded(&self, uid: &str) {
        if let Some(progress) = self.progress.lock().get_mut(uid) {
            progress.outcome = None;
        }
    }

    /// Remembers why Freight could not be created, for the next pass to tell; once it could, one more pass says so.
    pub(crate) fn freight_creation(&self, warehouse: &Warehouse, refused: Option<String>) {
        let recovered = {
            let mut progress = self.progress.lock();
            let known = progress.entry(warehouse.uid().unwrap_or_default()).or_default();
            let before = std::mem::replace(&mut known.refused, refused);
            before.is_some() && known.refused.is_none()
        };
        if let Some(queue) = self.queue.upgrade().filter(|_| recovered) {
            queue.add(ObjectKey::of(warehouse));
        }
    }

    pub(crate) fn is_working(&self) -> bool {
        self.progress.lock().values().any(|progress| progress.running)
    }

    /// Forgets a Warehouse that is gone.
    pub(crate) fn forget(&self, uid: &str) {
        self.progress.lock().remove(uid);
    }

    /// Starts a discovery, unless one is under way.
    pub(crate) fn start(self: &Arc<Self>, warehouse: &Warehouse, plan: Plan) {
        let uid = warehouse.uid().unwrap_or_default();
        {
            let mut progress = self.progress.lock();
            let known = progress.entry(uid.clone()).or_default();
            if known.running {
                return;
            }
            known.running = true;
        }
        let (discoveries, key) = (self.clone(), ObjectKey::of(warehouse));
        tokio::spawn(async move {
            let shutdown = discoveries.shutdown.clone();
            tokio::select! {
                () = shutdown.cancelled() => {}
                discovery = discover(&discoveries.sources, &key.namespace, plan) => discoveries.ended(&uid, key, discovery),
            }
        });
    }

    fn ended(&self, uid: &str, key: ObjectKey, discovery: Discovery) {
        {
            let mut progress = self.progress.lock();
            // A Warehouse deleted meanwhile was forgotten; its outcome is of no use.
            let Some(known) = progress.get_mut(uid) else { return };
            let failed = discovery.results.iter().any(Result::is_err);
            let before = known.failure.filter(|failure| failure.generation == discovery.generation);
            known.failure = failed.then(|| Failure {
                at: self.sources.clock.now(),
                count: before.map_or(1, |failure| failure.count.saturating_add(1)),
                generation: discovery.generation,
            });
            known.running = false;
            known.outcome = Some(discovery);
        }
        if let Some(queue) = self.queue.upgrade() {
            queue.add(key);
        }
    }
}

async fn discover(sources: &Sources, project: &str, plan: Plan) -> Discovery {
    let looks = plan.subscriptions.into_iter().map(|planned| {
        let (sources, project) = (sources.clone(), project.to_owned());
        async move { look(&sources, &project, &planned).await }
    });
    let results = futures::stream::iter(looks).buffered(AT_ONCE).collect().await;
    Discovery { generation: plan.generation, refresh: plan.refresh, results }
}

async fn look(
    sources: &Sources,
    project: &str,
    planned: &PlannedSubscription,
) -> Result<Discovered, String> {
    let name = planned.subscription.name.clone();
    let found = async {
        match &planned.subscription.source {
            SubscriptionSource::Git(subscription) => {
                git::discover(sources, project, name, subscription, planned.known_git.as_ref())
                    .await
                    .map(Discovered::Git)
            }
            SubscriptionSource::Image(subscription) => {
                image::discover(sources, project, name, subscription).await.map(Discovered::Image)
            }
            SubscriptionSource::Chart(_) => {
                Err("chart subscriptions are not supported yet".to_owned())
            }
            SubscriptionSource::Other { artifact_type, .. } => Err(format!(
                "subscriptions of type {artifact_type:?} are not supported; use image or git"
            )),
        }
    };
    match tokio::time::timeout(LIMIT, AssertUnwindSafe(found).catch_unwind()).await {
        Err(_) => Err(format!("gave up after {} s", LIMIT.as_secs())),
        Ok(Err(_)) => Err("the discovery panicked, which is a bug in kargo".to_owned()),
        Ok(Ok(found)) => found,
    }
}

/// An error and its causes in one line, for a condition's message.
fn told(error: &(dyn std::error::Error + 'static)) -> String {
    crate::cache::Chain(error).to_string()
}
