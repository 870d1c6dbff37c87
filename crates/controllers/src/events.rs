//! Creates the Events that objects owe. Nothing is remembered across a restart: what is owed is read from the objects,
//! and an Event that exists already is found by its name.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::{Freight, Stage, Timestamp};
use k8s_openapi::api::core::v1::Event;
use kube::api::PostParams;
use kube::{Api, Resource};
use parking_lot::Mutex;
use rules::events::{self, Owed, Teller};
use serde::de::DeserializeOwned;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::cache::{Cache, Chain, Change, ObjectKey};
use crate::context::Context;
use crate::effects::present_is_done;
use crate::queue::Queue;
use crate::reconcile::Error;

/// Events known to exist, by namespace and name, with when what they tell of happened.
type Told = Mutex<BTreeMap<ObjectKey, Timestamp>>;

struct Recorder {
    context: Arc<Context>,
    actor: String,
    told: Told,
}

/// Works out what objects of one kind owe.
type Owes = fn(&Recorder, &ObjectKey, Teller<'_>) -> Vec<Owed>;

/// Starts one worker per kind that events are about.
pub(crate) fn start(
    context: &Arc<Context>,
    actor: &str,
    queue: &mut impl FnMut() -> Arc<Queue>,
    tasks: &mut JoinSet<()>,
    cancel: &CancellationToken,
) {
    let recorder = Arc::new(Recorder {
        context: context.clone(),
        actor: actor.to_owned(),
        told: Told::default(),
    });
    let mut work = |queue: Arc<Queue>, owes: Owes| {
        tasks.spawn(run(recorder.clone(), queue, owes, cancel.clone()));
    };
    work(follow(&context.freight, queue()), of_freight);
    work(follow(&context.promotions, queue()), of_promotion);
    work(follow(&context.stages, queue()), of_stage);
}

/// Makes every object due now, and again whenever it changes.
fn follow<K>(cache: &Cache<K>, queue: Arc<Queue>) -> Arc<Queue>
where
    K: Resource<DynamicType = ()>
        + Clone
        + std::fmt::Debug
        + DeserializeOwned
        + Send
        + Sync
        + 'static,
{
    let changed = queue.clone();
    cache.on_change(move |change: &Change<'_, K>| {
        if let Some(object) = change.after {
            changed.add(ObjectKey::of(&**object));
        }
    });
    cache.all().iter().for_each(|object| queue.add(ObjectKey::of(&**object)));
    queue
}

async fn run(recorder: Arc<Recorder>, queue: Arc<Queue>, owes: Owes, cancel: CancellationToken) {
    loop {
        let key = tokio::select! {
            () = cancel.cancelled() => return,
            key = queue.take() => key,
        };
        let now = recorder.context.clock.now();
        let owed = owes(&recorder, &key, Teller { now, actor: &recorder.actor });
        match recorder.pay(&key.namespace, owed, now).await {
            Ok(again) => queue.done(key, again),
            Err(error) => {
                let wait = queue.failed(key.clone());
                tracing::warn!(%key, error = %Chain(&error), retry_in = ?wait, "an Event could not be created");
            }
        }
    }
}

fn of_freight(recorder: &Recorder, key: &ObjectKey, teller: Teller<'_>) -> Vec<Owed> {
    let Some(freight) = recorder.context.freight.get(key) else { return Vec::new() };
    let is_control_flow = |name: &str| {
        let stage = recorder.context.stages.get(&ObjectKey::new(&key.namespace, name));
        stage.is_some_and(|stage| stage.spec.is_control_flow())
    };
    events::of_freight(&freight, is_control_flow, teller)
}

fn of_promotion(recorder: &Recorder, key: &ObjectKey, teller: Teller<'_>) -> Vec<Owed> {
    let Some(promotion) = recorder.context.promotions.get(key) else { return Vec::new() };
    let named = |name: &str| ObjectKey::new(&key.namespace, name);
    let stage = recorder.context.stages.get(&named(&promotion.spec.stage));
    let freight: Option<Arc<Freight>> = promotion
        .spec
        .freight
        .as_deref()
        .and_then(|name| recorder.context.freight.get(&named(name)));
    events::of_promotion(&promotion, stage.as_deref(), freight.as_deref(), teller)
}

fn of_stage(recorder: &Recorder, key: &ObjectKey, teller: Teller<'_>) -> Vec<Owed> {
    let Some(stage) = recorder.context.stages.get(key) else { return Vec::new() };
    let pieces = recorder.freight_of(&stage, &key.namespace);
    events::of_stage(&stage, |name| pieces.get(name).map(Arc::as_ref), teller)
}

impl Recorder {
    fn freight_of(&self, stage: &Stage, namespace: &str) -> BTreeMap<String, Arc<Freight>> {
        let collections = stage.status.iter().flat_map(|status| &status.freight_history);
        let names = collections.flat_map(|collection| collection.freight.values());
        names
            .filter_map(|piece| piece.name.clone())
            .filter_map(|name| {
                let freight = self.context.freight.get(&ObjectKey::new(namespace, &name))?;
                Some((name, freight))
            })
            .collect()
    }

    /// Creates what is due; says when the next one is.
    async fn pay(
        &self,
        namespace: &str,
        owed: Vec<Owed>,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, Error> {
        let mut again: Option<Timestamp> = None;
        for owed in owed {
            let key = ObjectKey::new(namespace, &owed.name);
            if self.told.lock().contains_key(&key) {
                continue;
            }
            if owed.due > now {
                again = Some(again.map_or(owed.due, |again| again.min(owed.due)));
                continue;
            }
            self.create(namespace, &owed).await?;
            self.remember(key, owed.at, now);
        }
        Ok(again)
    }

    async fn create(&self, namespace: &str, owed: &Owed) -> Result<(), Error> {
        let events: Api<Event> = Api::namespaced(self.context.client.clone(), namespace);
        let event = serde_json::from_value(owed.event.clone())
            .map_err(|error| Error::Represent(ObjectKey::new(namespace, &owed.name), error))?;
        let created = events.create(&PostParams::default(), &event).await;
        match created {
            // The namespace is going, and everything in it.
            Err(kube::Error::Api(status)) if is_ending(&status) => Ok(()),
            created => {
                present_is_done(created, || format!("create Event {namespace}/{}", owed.name))?;
                Ok(())
            }
        }
    }

    fn remember(&self, key: ObjectKey, at: Timestamp, now: Timestamp) {
        let mut told = self.told.lock();
        told.insert(key, at);
        // What is no news any more is not asked for again.
        if told.len().is_power_of_two() {
            told.retain(|_, at| now.duration_since(*at) < events::KEPT);
        }
    }
}

fn is_ending(status: &kube::core::Status) -> bool {
    let causes = status.details.iter().flat_map(|details| &details.causes);
    status.code == 404 || causes.into_iter().any(|cause| cause.reason == "NamespaceTerminating")
}
