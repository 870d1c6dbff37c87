//! One shared, indexed view of all objects of a kind, kept current by a watch.
//!
//! Controllers read only from here. A change is told to every listener before the next one is applied, so
//! nothing can be missed between a read and a subscription.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;
use std::sync::Arc;

use futures::StreamExt;
use kube::runtime::{WatchStreamExt, watcher};
use kube::{Api, Client, Resource, ResourceExt};
use parking_lot::RwLock;
use serde::de::DeserializeOwned;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Namespace and name; the namespace of a cluster-wide object is empty.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ObjectKey {
    pub namespace: String,
    pub name: String,
}

impl ObjectKey {
    pub fn new(namespace: impl Into<String>, name: impl Into<String>) -> Self {
        Self { namespace: namespace.into(), name: name.into() }
    }

    pub fn of<K: Resource>(object: &K) -> Self {
        Self::new(object.namespace().unwrap_or_default(), object.name_any())
    }
}

impl std::fmt::Display for ObjectKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.namespace.is_empty() {
            formatter.write_str(&self.name)
        } else {
            write!(formatter, "{}/{}", self.namespace, self.name)
        }
    }
}

/// What happened to one object: `before` is absent for a new one, `after` for a deleted one.
pub struct Change<'a, K> {
    pub before: Option<&'a Arc<K>>,
    pub after: Option<&'a Arc<K>>,
}

impl<K> Change<'_, K> {
    /// The newest state known, even of a deleted object.
    pub fn object(&self) -> Option<&Arc<K>> {
        self.after.or(self.before)
    }
}

type Listener<K> = Box<dyn Fn(&Change<'_, K>) + Send + Sync>;

struct Contents<K> {
    objects: BTreeMap<ObjectKey, Arc<K>>,
    index: BTreeMap<(String, String), BTreeSet<String>>,
}

/// The objects of one kind, by key and by one index.
pub struct Cache<K> {
    contents: RwLock<Contents<K>>,
    index_of: fn(&K) -> Vec<String>,
    listeners: RwLock<Vec<Listener<K>>>,
    ready: watch::Sender<bool>,
}

impl<K> Cache<K>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static,
{
    /// `index_of` names the index entries of an object, for [`Cache::indexed`].
    pub fn new(index_of: fn(&K) -> Vec<String>) -> Arc<Self> {
        Arc::new(Self {
            contents: RwLock::new(Contents { objects: BTreeMap::new(), index: BTreeMap::new() }),
            index_of,
            listeners: RwLock::new(Vec::new()),
            ready: watch::channel(false).0,
        })
    }

    /// Calls `listener` for every change from now on. Listeners must be quick and must not write to this cache.
    pub fn on_change(&self, listener: impl Fn(&Change<'_, K>) + Send + Sync + 'static) {
        self.listeners.write().push(Box::new(listener));
    }

    pub fn get(&self, key: &ObjectKey) -> Option<Arc<K>> {
        self.contents.read().objects.get(key).cloned()
    }

    pub fn all(&self) -> Vec<Arc<K>> {
        self.contents.read().objects.values().cloned().collect()
    }

    pub fn in_namespace(&self, namespace: &str) -> Vec<Arc<K>> {
        let contents = self.contents.read();
        let from = ObjectKey::new(namespace, "");
        let objects = contents.objects.range(from..);
        objects
            .take_while(|(key, _)| key.namespace == namespace)
            .map(|(_, object)| object.clone())
            .collect()
    }

    /// The objects of `namespace` whose index entries include `entry`.
    pub fn indexed(&self, namespace: &str, entry: &str) -> Vec<Arc<K>> {
        let contents = self.contents.read();
        let Some(names) = contents.index.get(&(namespace.to_owned(), entry.to_owned())) else {
            return Vec::new();
        };
        names
            .iter()
            .filter_map(|name| contents.objects.get(&ObjectKey::new(namespace, name)))
            .cloned()
            .collect()
    }

    /// Waits until the first complete list has arrived.
    pub async fn ready(&self) {
        // The sender lives as long as `self`, so waiting cannot fail.
        let _ = self.ready.subscribe().wait_for(|ready| *ready).await;
    }

    /// Takes in an object that we just wrote, ahead of the watch, so that the next pass sees its own writes.
    pub fn wrote(&self, object: K) {
        self.apply(object);
    }

    /// Keeps the cache current until cancelled. The watcher itself relists and backs off on errors.
    pub async fn run(self: Arc<Self>, client: Client, cancel: CancellationToken) {
        let stream = watcher(Api::<K>::all(client), watcher::Config::default()).default_backoff();
        let mut stream = std::pin::pin!(stream);
        let mut listed = BTreeSet::new();
        loop {
            let event = tokio::select! {
                () = cancel.cancelled() => return,
                event = stream.next() => event,
            };
            match event {
                None => return,
                Some(Err(error)) => {
                    tracing::warn!(kind = %K::kind(&()), error = %Chain(&error), "watch interrupted");
                }
                Some(Ok(event)) => self.take(event, &mut listed),
            }
        }
    }

    fn take(&self, event: watcher::Event<K>, listed: &mut BTreeSet<ObjectKey>) {
        match event {
            watcher::Event::Init => listed.clear(),
            watcher::Event::InitApply(object) => {
                listed.insert(ObjectKey::of(&object));
                self.apply(object);
            }
            watcher::Event::InitDone => {
                let gone: Vec<ObjectKey> = self
                    .contents
                    .read()
                    .objects
                    .keys()
                    .filter(|key| !listed.contains(key))
                    .cloned()
                    .collect();
                gone.iter().for_each(|key| self.remove(key));
                listed.clear();
                self.ready.send_replace(true);
            }
            watcher::Event::Apply(object) => self.apply(object),
            watcher::Event::Delete(object) => self.remove(&ObjectKey::of(&object)),
        }
    }

    fn apply(&self, mut object: K) {
        object.meta_mut().managed_fields = None;
        let key = ObjectKey::of(&object);
        let after = Arc::new(object);
        let before = {
            let mut contents = self.contents.write();
            if contents.objects.get(&key).is_some_and(|known| !is_newer(&*after, &**known)) {
                return;
            }
            let before = contents.objects.insert(key.clone(), after.clone());
            if let Some(before) = &before {
                contents.unindex(&key, (self.index_of)(before));
            }
            for entry in (self.index_of)(&after) {
                contents
                    .index
                    .entry((key.namespace.clone(), entry))
                    .or_default()
                    .insert(key.name.clone());
            }
            before
        };
        self.tell(&Change { before: before.as_ref(), after: Some(&after) });
    }

    fn remove(&self, key: &ObjectKey) {
        let before = {
            let mut contents = self.contents.write();
            let before = contents.objects.remove(key);
            if let Some(before) = &before {
                contents.unindex(key, (self.index_of)(before));
            }
            before
        };
        if before.is_some() {
            self.tell(&Change { before: before.as_ref(), after: None });
        }
    }

    fn tell(&self, change: &Change<'_, K>) {
        for listener in self.listeners.read().iter() {
            listener(change);
        }
    }
}

impl<K> Contents<K> {
    fn unindex(&mut self, key: &ObjectKey, entries: Vec<String>) {
        for entry in entries {
            let at = (key.namespace.clone(), entry);
            if let Some(names) = self.index.get_mut(&at) {
                names.remove(&key.name);
                if names.is_empty() {
                    self.index.remove(&at);
                }
            }
        }
    }
}

/// Both API servers we run against number versions; where one is not a number, what came last wins.
fn is_newer<K: Resource>(candidate: &K, known: &K) -> bool {
    if candidate.meta().uid != known.meta().uid {
        return true;
    }
    let version =
        |object: &K| object.resource_version().and_then(|version| version.parse::<u64>().ok());
    match (version(candidate), version(known)) {
        (Some(candidate), Some(known)) => candidate > known,
        _ => true,
    }
}

/// Prints an error with all its causes; `Display` of a library error names only its own operation.
pub(crate) struct Chain<'a>(pub(crate) &'a (dyn std::error::Error + 'static));

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut before = told(self.0);
        formatter.write_str(&before)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            let cause = told(error);
            // Some errors print their cause themselves.
            if !before.contains(&cause) {
                write!(formatter, ": {cause}")?;
            }
            before = cause;
            source = error.source();
        }
        Ok(())
    }
}

/// An error in its own words; those of the API print their answer twice.
fn told(error: &(dyn std::error::Error + 'static)) -> String {
    let boxed = error.downcast_ref::<Box<kube::Error>>().map(|error| &**error);
    match error.downcast_ref::<kube::Error>().or(boxed) {
        Some(kube::Error::Api(status)) => status.to_string(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use k8s_openapi::api::core::v1::ConfigMap;
    use parking_lot::Mutex;

    fn config_map(name: &str, version: u64, group: &str) -> ConfigMap {
        let mut object = ConfigMap::default();
        object.metadata.namespace = Some("demo".into());
        object.metadata.name = Some(name.into());
        object.metadata.uid = Some(name.into());
        object.metadata.resource_version = Some(version.to_string());
        object.data = Some([("group".to_owned(), group.to_owned())].into());
        object
    }

    fn group_of(object: &ConfigMap) -> Vec<String> {
        object.data.iter().flat_map(|data| data.get("group").cloned()).collect()
    }

    #[test]
    fn what_the_api_answered_is_told_once() {
        let status = kube::core::Status::failure("pods is forbidden", "Forbidden").with_code(403);
        let source = Box::new(kube::Error::Api(Box::new(status)));
        let error = crate::Error::Request { operation: "read pods".into(), source };
        let told = Chain(&error).to_string();
        assert!(told.starts_with("cannot read pods: "), "{told}");
        assert_eq!(told.matches("pods is forbidden").count(), 1, "{told}");
    }

    fn names(found: &[Arc<ConfigMap>]) -> Vec<String> {
        found.iter().map(|object| object.name_any()).collect()
    }

    #[test]
    fn the_index_follows_changes_and_older_versions_are_ignored() {
        let cache = Cache::new(group_of);
        cache.wrote(config_map("a", 1, "red"));
        cache.wrote(config_map("b", 2, "red"));
        assert_eq!(names(&cache.indexed("demo", "red")), ["a", "b"]);
        cache.wrote(config_map("a", 4, "blue"));
        cache.wrote(config_map("a", 3, "red"));
        assert_eq!(names(&cache.indexed("demo", "red")), ["b"]);
        assert_eq!(names(&cache.indexed("demo", "blue")), ["a"]);
        assert!(cache.indexed("other", "blue").is_empty());
    }

    #[test]
    fn a_relist_removes_what_is_gone_and_tells_listeners() {
        let cache = Cache::new(group_of);
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = seen.clone();
        cache.on_change(move |change: &Change<'_, ConfigMap>| {
            let name = change.object().map(|object| object.name_any()).unwrap_or_default();
            log.lock()
                .push(format!("{name} {}", if change.after.is_some() { "set" } else { "gone" }));
        });
        let mut listed = BTreeSet::new();
        cache.take(watcher::Event::Apply(config_map("a", 1, "red")), &mut listed);
        cache.take(watcher::Event::Init, &mut listed);
        cache.take(watcher::Event::InitApply(config_map("b", 2, "red")), &mut listed);
        cache.take(watcher::Event::InitDone, &mut listed);
        assert_eq!(*seen.lock(), ["a set", "b set", "a gone"]);
        assert_eq!(names(&cache.all()), ["b"]);
    }
}
