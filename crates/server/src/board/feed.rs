//! One set of watches per Project that somebody looks at, however many pages are open. Pages read from a ring of
//! changes: there is no queue per page, and a page that fell behind starts over with a snapshot.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Weak};
use std::time::Duration;

use api::rest::board::Board;
use futures::stream::{BoxStream, StreamExt, select_all};
use integrations::clock::Clock;
use jiff::Timestamp;
use kube::Resource;
use kube::runtime::WatchStreamExt;
use kube::runtime::watcher::{self, watcher};
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::{Facts, Rows};

/// Changes kept for pages that reconnect.
const KEPT: usize = 1024;
/// Changes of this long are sent together.
const TOGETHER: Duration = Duration::from_millis(100);
/// How long a feed nobody reads stays, so that a reload finds it warm.
const IDLE: Duration = Duration::from_secs(60);

/// The feeds of all Projects that are looked at.
#[derive(Default)]
pub(crate) struct Feeds {
    by_project: Mutex<HashMap<String, Weak<Feed>>>,
}

/// The rows of one Project, now and how they came to be.
pub(crate) struct Feed {
    project: String,
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    /// The number of the newest change; 0 until everything was read once.
    newest: watch::Sender<u64>,
}

struct State {
    /// Tells this feed's numbers from those of one before a restart.
    epoch: String,
    rows: Rows,
    changes: VecDeque<(u64, Arc<str>)>,
}

/// What a page has to be told.
pub(crate) enum News {
    /// Changes it has not seen, each with its cursor.
    Changes(Vec<(String, Arc<str>)>),
    /// It has to start over.
    Snapshot(Box<Board>),
}

impl Feeds {
    /// The feed of a Project, started when it is the first time anybody asks.
    pub(crate) fn of(
        &self,
        project: &str,
        client: &kube::Client,
        clock: &Arc<dyn Clock>,
        shutdown: &CancellationToken,
    ) -> Arc<Feed> {
        let mut feeds = self.by_project.lock();
        if let Some(feed) = feeds.get(project).and_then(Weak::upgrade) {
            return feed;
        }
        feeds.retain(|_, feed| feed.strong_count() > 0);
        let feed = Arc::new(Feed {
            project: project.to_owned(),
            clock: Arc::clone(clock),
            state: Mutex::new(State {
                epoch: uuid::Uuid::new_v4().simple().to_string(),
                rows: Rows::default(),
                changes: VecDeque::new(),
            }),
            newest: watch::Sender::new(0),
        });
        feeds.insert(project.to_owned(), Arc::downgrade(&feed));
        let task = Arc::clone(&feed).follow(client.clone());
        let shutdown = shutdown.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = shutdown.cancelled() => {}
                () = task => {}
            }
        });
        feed
    }
}

impl Feed {
    /// Tells when there is something new.
    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    /// Waits until everything was read once.
    pub(crate) async fn ready(&self) -> bool {
        let mut newest = self.newest.subscribe();
        newest.wait_for(|number| *number > 0).await.is_ok()
    }

    pub(crate) fn snapshot(&self) -> Board {
        let state = self.state.lock();
        self.board(&state)
    }

    fn board(&self, state: &State) -> Board {
        let cursor = cursor(&state.epoch, *self.newest.borrow());
        state.rows.board(&self.project, self.clock.now(), cursor)
    }

    /// What happened since a cursor; a snapshot when that cannot be told any more.
    pub(crate) fn since(&self, after: Option<&str>) -> News {
        let state = self.state.lock();
        let newest = *self.newest.borrow();
        let oldest = state.changes.front().map_or(newest.saturating_add(1), |(number, _)| *number);
        let known = after.and_then(|after| after.split_once('.')).and_then(|(epoch, number)| {
            let number = number.parse::<u64>().ok()?;
            let reachable = number <= newest && number.saturating_add(1) >= oldest;
            (epoch == state.epoch && number > 0 && reachable).then_some(number)
        });
        let Some(known) = known else { return News::Snapshot(Box::new(self.board(&state))) };
        let missed = state.changes.iter().filter(|(number, _)| *number > known);
        let missed = missed.map(|(number, text)| (cursor(&state.epoch, *number), Arc::clone(text)));
        News::Changes(missed.collect())
    }

    /// Reads and watches until nobody has looked for a while.
    async fn follow(self: Arc<Self>, client: kube::Client) {
        let mut changes = select_all(Source::all(&client, &self.project));
        let mut facts = Facts::default();
        let mut readers = Readers::default();
        let mut looked_at = tokio::time::Instant::now();
        loop {
            // The task holds one reference; more than one means that somebody looks.
            if Arc::strong_count(&self) > 1 {
                looked_at = tokio::time::Instant::now();
            } else if looked_at.elapsed() >= IDLE {
                return;
            }
            let again = self.state.lock().rows.again;
            tokio::select! {
                change = changes.next() => {
                    let Some(change) = change else { return };
                    readers.apply(&mut facts, change);
                    // A burst becomes one message.
                    let until = tokio::time::sleep(TOGETHER);
                    tokio::pin!(until);
                    loop {
                        tokio::select! {
                            () = &mut until => break,
                            more = changes.next() => match more {
                                Some(change) => readers.apply(&mut facts, change),
                                None => return,
                            },
                        }
                    }
                }
                () = passed(&self.clock, again) => {}
                () = tokio::time::sleep(IDLE) => {}
            }
            if readers.complete() {
                self.publish(&facts);
            }
        }
    }

    fn publish(&self, facts: &Facts) {
        let rows = Rows::of(facts, self.clock.now());
        let mut state = self.state.lock();
        let newest = *self.newest.borrow();
        let patch = rows.since(&state.rows);
        state.rows = rows;
        let Some(mut patch) = patch else {
            // An empty Project is ready too.
            self.newest.send_if_modified(|number| {
                let first = *number == 0;
                *number = (*number).max(1);
                first
            });
            return;
        };
        patch.server_time = Some(self.clock.now());
        let Ok(text) = serde_json::to_string(&patch) else { return };
        let number = newest.saturating_add(1);
        if state.changes.len() >= KEPT {
            state.changes.pop_front();
        }
        state.changes.push_back((number, text.into()));
        self.newest.send_replace(number);
    }
}

fn cursor(epoch: &str, number: u64) -> String {
    format!("{epoch}.{number}")
}

/// Completes when a row changes by itself, which may be never.
async fn passed(clock: &Arc<dyn Clock>, at: Option<Timestamp>) {
    match at {
        Some(at) => clock.sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// The kinds that are watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Freight,
    ProjectConfigs,
    Promotions,
    Stages,
    Warehouses,
}

type Change = (Source, Result<watcher::Event<kube::core::DynamicObject>, watcher::Error>);

impl Source {
    const ALL: [Self; 5] =
        [Self::Freight, Self::ProjectConfigs, Self::Promotions, Self::Stages, Self::Warehouses];

    fn all(client: &kube::Client, project: &str) -> Vec<BoxStream<'static, Change>> {
        Self::ALL
            .into_iter()
            .map(|source| {
                let kind = match source {
                    Self::Freight => kube::api::ApiResource::erase::<api::Freight>(&()),
                    Self::ProjectConfigs => {
                        kube::api::ApiResource::erase::<api::ProjectConfig>(&())
                    }
                    Self::Promotions => kube::api::ApiResource::erase::<api::Promotion>(&()),
                    Self::Stages => kube::api::ApiResource::erase::<api::Stage>(&()),
                    Self::Warehouses => kube::api::ApiResource::erase::<api::Warehouse>(&()),
                };
                // Dynamic objects, so that one that cannot be read does not stop the others.
                let objects = kube::Api::namespaced_with(client.clone(), project, &kind);
                let events = watcher(objects, watcher::Config::default()).default_backoff();
                events.map(move |event| (source, event)).boxed()
            })
            .collect()
    }
}

/// Collects the first list of each kind before it counts.
#[derive(Default)]
struct Readers {
    listing: BTreeMap<Source, Vec<Value>>,
    read: BTreeMap<Source, ()>,
}

impl Readers {
    fn complete(&self) -> bool {
        self.read.len() == Source::ALL.len()
    }

    fn apply(&mut self, facts: &mut Facts, (source, event): Change) {
        let value = |object: kube::core::DynamicObject| serde_json::to_value(object).ok();
        match event {
            Ok(watcher::Event::Init) => {
                self.listing.insert(source, Vec::new());
            }
            Ok(watcher::Event::InitApply(object)) => {
                self.listing.entry(source).or_default().extend(value(object));
            }
            Ok(watcher::Event::InitDone) => {
                let objects = self.listing.remove(&source).unwrap_or_default();
                facts.clear(source);
                objects.into_iter().for_each(|object| facts.put(source, object));
                self.read.insert(source, ());
            }
            Ok(watcher::Event::Apply(object)) => {
                if let Some(object) = value(object) {
                    facts.put(source, object);
                }
            }
            Ok(watcher::Event::Delete(object)) => {
                facts.remove(source, object.metadata.name.as_deref().unwrap_or_default());
            }
            Err(error) => tracing::debug!(?source, %error, "a watch of the Board broke off"),
        }
    }
}

impl Facts {
    fn clear(&mut self, source: Source) {
        match source {
            Source::Freight => self.freight.clear(),
            Source::ProjectConfigs => self.project_config = None,
            Source::Promotions => self.promotions.clear(),
            Source::Stages => self.stages.clear(),
            Source::Warehouses => self.warehouses.clear(),
        }
    }

    fn remove(&mut self, source: Source, name: &str) {
        match source {
            Source::Freight => drop(self.freight.remove(name)),
            Source::ProjectConfigs => self.project_config = None,
            Source::Promotions => drop(self.promotions.remove(name)),
            Source::Stages => drop(self.stages.remove(name)),
            Source::Warehouses => drop(self.warehouses.remove(name)),
        }
    }

    fn put(&mut self, source: Source, object: Value) {
        match source {
            Source::Freight => put(&mut self.freight, object),
            Source::ProjectConfigs => self.project_config = serde_json::from_value(object).ok(),
            Source::Promotions => put(&mut self.promotions, object),
            Source::Stages => put(&mut self.stages, object),
            Source::Warehouses => put(&mut self.warehouses, object),
        }
    }
}

fn put<Kind: DeserializeOwned + Resource<DynamicType = ()>>(
    known: &mut BTreeMap<String, Kind>,
    object: Value,
) {
    match serde_json::from_value::<Kind>(object) {
        Ok(object) => {
            let name = object.meta().name.clone().unwrap_or_default();
            known.insert(name, object);
        }
        Err(error) => tracing::warn!(kind = %Kind::kind(&()), %error, "an object cannot be read"),
    }
}
