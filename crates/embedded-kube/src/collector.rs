//! Garbage collection: dependents of deleted owners, contents of deleted namespaces and definitions.
use crate::call::Call;
use crate::crd;
use crate::delete::{DeleteOptions, FOREGROUND, ORPHAN, Propagation};
use crate::server::Server;
use crate::status::Status;
use crate::store::{Change, ChangeKind, Entry};
use crate::write::Origin;
use futures::StreamExt as _;
use serde_json::{Value, json};
use std::sync::{Arc, Weak};
use std::time::Duration;

/// How many deletions run at once; they share commits.
const AT_ONCE: usize = 32;
/// When something could not be collected (an admission hook refused it), everything is looked at again after this.
const RETRY: Duration = Duration::from_secs(5);

/// How long events are kept after they were last seen, and how often old ones are looked for.
const EVENT_AGE: jiff::SignedDuration = jiff::SignedDuration::from_hours(1);
const EVENT_SWEEP: jiff::SignedDuration = jiff::SignedDuration::from_secs(120);

/// Runs until the server is gone.
pub(crate) async fn run(server: Weak<Server>) {
    let Some(mut revisions) = server.upgrade().map(|server| server.store.subscribe()) else {
        return;
    };
    let mut cursor = None;
    let mut swept = jiff::Timestamp::UNIX_EPOCH;
    let mut sweep = tokio::time::interval(EVENT_SWEEP.unsigned_abs());
    loop {
        let outcome = {
            let Some(server) = server.upgrade() else { return };
            revisions.borrow_and_update();
            server.collect(&mut cursor).await
        };
        if let Err(status) = outcome {
            tracing::debug!(%status, "some garbage could not be collected yet");
            cursor = None;
            tokio::select! {
                () = tokio::time::sleep(RETRY) => {}
                changed = revisions.changed() => {
                    if changed.is_err() { return; }
                    tokio::time::sleep(RETRY / 10).await;
                }
            }
            continue;
        }
        tokio::select! {
            changed = revisions.changed() => if changed.is_err() { return },
            _ = sweep.tick() => {}
        }
        let Some(server) = server.upgrade() else { return };
        let now = (server.now)();
        if now.duration_since(swept) >= EVENT_SWEEP {
            swept = now;
            if let Err(status) = server.sweep_events(now).await {
                tracing::debug!(%status, "old events could not be removed");
            }
        }
    }
}

impl Server {
    /// Events are news, not state: old ones go.
    async fn sweep_events(&self, now: jiff::Timestamp) -> Result<(), Status> {
        let mut events = self.store.list("/core/events/").entries;
        events.retain(|entry| {
            last_seen(&entry.value()).is_some_and(|seen| now.duration_since(seen) > EVENT_AGE)
        });
        self.each(events, |entry| async move { self.delete_as_collector(&entry, None).await }).await
    }

    /// Looks at what changed since the last time, or at everything.
    async fn collect(&self, cursor: &mut Option<u64>) -> Result<(), Status> {
        let news = cursor.map(|cursor| self.store.since(cursor, "/"));
        let Some(Ok((revision, changes))) = news else {
            let everything = self.store.list("/");
            *cursor = Some(everything.revision);
            return self.each(everything.entries, |entry| self.examine(entry)).await;
        };
        *cursor = Some(revision);
        self.each(changes, |change| self.follow(change)).await
    }

    /// Runs `work` on all items, some at a time, and reports the first failure at the end.
    async fn each<T, F, W>(&self, items: Vec<T>, work: W) -> Result<(), Status>
    where
        F: Future<Output = Result<(), Status>>,
        W: Fn(T) -> F,
    {
        let outcomes = futures::stream::iter(items).map(work).buffer_unordered(AT_ONCE);
        outcomes.fold(Ok(()), |all, one| async move { all.and(one) }).await
    }

    async fn follow(&self, change: Change) -> Result<(), Status> {
        match change.kind {
            ChangeKind::Written => {
                // Only news about owners and deletions matter; most writes are neither.
                let before = change.previous.as_deref();
                let same_owners =
                    before.is_some_and(|before| before.facts.owners == change.entry.facts.owners);
                if same_owners && !change.entry.facts.deleting {
                    return Ok(());
                }
                match self.store.get(&change.entry.key) {
                    Some(entry) => self.examine(entry).await,
                    None => Ok(()),
                }
            }
            ChangeKind::Deleted => {
                let dependents = self.store.dependents(&change.entry.facts.uid);
                self.each(dependents, |entry| self.examine(entry)).await?;
                self.release_containers(&change.entry).await
            }
        }
    }

    /// What waits for this object to be gone: its namespace, its definition, its owners.
    async fn release_containers(&self, gone: &Entry) -> Result<(), Status> {
        let mut waiting: Vec<Arc<str>> = Vec::new();
        if !gone.namespace().is_empty() {
            waiting.push(format!("/core/namespaces//{}", gone.namespace()).into());
        }
        if let Some((group, plural)) = gone.collection().trim_start_matches('/').split_once('/') {
            waiting.push(format!("{}//{plural}.{group}", crd::COLLECTION).into());
        }
        let object = gone.value();
        for owner in object["metadata"]["ownerReferences"].as_array().into_iter().flatten() {
            waiting.extend(self.owner_key(owner, gone.namespace()));
        }
        for key in waiting {
            if let Some(entry) = self.store.get(&key)
                && entry.facts.deleting
            {
                self.examine(entry).await?;
            }
        }
        Ok(())
    }

    /// Does what one object needs: nothing, for most.
    async fn examine(&self, entry: Arc<Entry>) -> Result<(), Status> {
        if entry.facts.deleting {
            return ignore_gone(self.advance_deletion(&entry).await);
        }
        if !entry.facts.owners.is_empty() {
            return ignore_gone(self.check_owners(&entry).await);
        }
        Ok(())
    }

    async fn advance_deletion(&self, entry: &Arc<Entry>) -> Result<(), Status> {
        let Some(call) = self.collector_call(entry) else { return Ok(()) };
        let object = call.resource.read(entry);
        if entry.collection() == "/core/namespaces" {
            return self.empty_namespace(&call, entry, &object).await;
        }
        let finalizers = object["metadata"]["finalizers"].as_array().cloned().unwrap_or_default();
        if finalizers.iter().any(|name| name == crd::CLEANUP) {
            return self.empty_definition(&call, entry, &object).await;
        }
        if finalizers.iter().any(|name| name == ORPHAN) {
            for dependent in self.store.dependents(&entry.facts.uid) {
                ignore_gone(self.forget_owners(&dependent, &[&entry.facts.uid]).await)?;
            }
            return self.drop_finalizer(&call, entry, object, ORPHAN).await;
        }
        if finalizers.iter().any(|name| name == FOREGROUND) {
            return self.delete_dependents_first(&call, entry, object).await;
        }
        Ok(())
    }

    async fn delete_dependents_first(
        &self,
        call: &Call,
        entry: &Arc<Entry>,
        object: Value,
    ) -> Result<(), Status> {
        let dependents = self.store.dependents(&entry.facts.uid);
        let blocking = dependents.iter().filter(|dependent| blocks(dependent, &entry.facts.uid));
        if blocking.count() == 0 {
            return self.drop_finalizer(call, entry, object, FOREGROUND).await;
        }
        for dependent in dependents {
            if !dependent.facts.deleting {
                self.delete_as_collector(&dependent, Some(Propagation::Foreground)).await?;
            }
        }
        Ok(())
    }

    async fn empty_namespace(
        &self,
        call: &Call,
        entry: &Arc<Entry>,
        object: &Value,
    ) -> Result<(), Status> {
        let contents = self.store.in_namespace(entry.name());
        if contents.is_empty() {
            let mut object = object.clone();
            object["spec"]["finalizers"] = json!([]);
            let mut call = call.about(call.name());
            call.subresource = Some("finalize".into());
            return self
                .replace(&call, entry, &object_of(entry, &call), object, Origin::Body)
                .await
                .map(drop);
        }
        let living = contents.into_iter().filter(|one| !one.facts.deleting).collect();
        self.each(
            living,
            |one: Arc<Entry>| async move { self.delete_as_collector(&one, None).await },
        )
        .await
    }

    async fn empty_definition(
        &self,
        call: &Call,
        entry: &Arc<Entry>,
        object: &Value,
    ) -> Result<(), Status> {
        let prefix = format!("{}/", crd::collection_of(object));
        let contents = self.store.list(&prefix).entries;
        if contents.is_empty() {
            return self.drop_finalizer(call, entry, object.clone(), crd::CLEANUP).await;
        }
        let living = contents.into_iter().filter(|one| !one.facts.deleting).collect();
        self.each(
            living,
            |one: Arc<Entry>| async move { self.delete_as_collector(&one, None).await },
        )
        .await
    }

    /// An object whose owners are all gone goes too; one that keeps an owner forgets the others.
    async fn check_owners(&self, entry: &Arc<Entry>) -> Result<(), Status> {
        let object = entry.value();
        let owners = object["metadata"]["ownerReferences"].as_array().cloned().unwrap_or_default();
        let mut gone: Vec<&str> = Vec::new();
        let mut waits = false;
        for owner in &owners {
            let uid = owner["uid"].as_str().unwrap_or_default();
            let Some(key) = self.owner_key(owner, entry.namespace()) else {
                // An unknown kind may become known: what it owns is kept.
                return Ok(());
            };
            match self.store.get(&key).filter(|found| *found.facts.uid == *uid) {
                None => gone.push(uid),
                Some(found) if found.facts.deleting && has_finalizer(&found, FOREGROUND) => {
                    waits = true;
                }
                Some(_) => {}
            }
        }
        if gone.len() == owners.len() {
            return self.delete_as_collector(entry, None).await;
        }
        if gone.is_empty() || waits {
            return Ok(());
        }
        self.forget_owners(entry, &gone).await
    }

    fn owner_key(&self, owner: &Value, namespace: &str) -> Option<Arc<str>> {
        let text = |field: &str| owner[field].as_str().unwrap_or_default();
        let registry = self.registries.current();
        let resource = registry.of_kind(text("apiVersion"), text("kind"))?;
        let namespace = if resource.namespaced { namespace } else { "" };
        Some(resource.key(namespace, text("name")))
    }

    async fn forget_owners(&self, entry: &Arc<Entry>, uids: &[&str]) -> Result<(), Status> {
        let Some(call) = self.collector_call(entry) else { return Ok(()) };
        let current = call.resource.read(entry);
        let mut object = current.clone();
        if let Some(owners) = object["metadata"]["ownerReferences"].as_array_mut() {
            owners.retain(|owner| !uids.contains(&owner["uid"].as_str().unwrap_or_default()));
            if owners.is_empty() {
                crate::ownership::remove(&mut object["metadata"], "ownerReferences");
            }
        }
        self.replace(&call, entry, &current, object, Origin::Body).await.map(drop)
    }

    async fn drop_finalizer(
        &self,
        call: &Call,
        entry: &Arc<Entry>,
        mut object: Value,
        finalizer: &str,
    ) -> Result<(), Status> {
        if let Some(finalizers) = object["metadata"]["finalizers"].as_array_mut() {
            finalizers.retain(|name| name != finalizer);
        }
        self.replace(call, entry, &object_of(entry, call), object, Origin::Body).await.map(drop)
    }

    async fn delete_as_collector(
        &self,
        entry: &Arc<Entry>,
        propagation: Option<Propagation>,
    ) -> Result<(), Status> {
        let Some(call) = self.collector_call(entry) else { return Ok(()) };
        let options = DeleteOptions::propagating(propagation);
        ignore_gone(self.remove_object(&call, &options).await.map(drop))
    }

    fn collector_call(&self, entry: &Entry) -> Option<Call> {
        let registry = self.registries.current();
        let resource = registry.of_collection(entry.collection())?.clone();
        let namespace = Some(entry.namespace()).filter(|namespace| !namespace.is_empty());
        Some(Call::internal(resource, namespace, entry.name()))
    }
}

/// The latest time an event carries.
fn last_seen(event: &Value) -> Option<jiff::Timestamp> {
    let times = [
        &event["metadata"]["creationTimestamp"],
        &event["eventTime"],
        &event["lastTimestamp"],
        &event["series"]["lastObservedTime"],
    ];
    times.into_iter().filter_map(|time| time.as_str()?.parse().ok()).max()
}

fn object_of(entry: &Entry, call: &Call) -> Value {
    call.resource.read(entry)
}

fn has_finalizer(entry: &Entry, finalizer: &str) -> bool {
    let object = entry.value();
    object["metadata"]["finalizers"]
        .as_array()
        .is_some_and(|all| all.iter().any(|one| one == finalizer))
}

fn blocks(dependent: &Entry, owner: &str) -> bool {
    let object = dependent.value();
    let mut owners = object["metadata"]["ownerReferences"].as_array().into_iter().flatten();
    owners.any(|one| one["uid"] == owner && one["blockOwnerDeletion"] == true)
}

/// Gone already, or changed meanwhile: the change itself brings us back.
fn ignore_gone(outcome: Result<(), Status>) -> Result<(), Status> {
    match outcome {
        Err(status) if status.code == 404 || status.code == 409 => Ok(()),
        other => other,
    }
}
