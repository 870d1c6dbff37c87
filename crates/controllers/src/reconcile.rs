//! The one loop every controller runs: observe, decide, act.
//!
//! `observe` is the only place that reads, `next` is a rule without I/O, `act` is the only place that writes,
//! and each effect is safe to repeat. The status says what was seen, so it is written before the effects.

use std::fmt::Debug;
use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use api::Timestamp;
use futures::FutureExt;
use kube::api::{DynamicObject, Patch, PatchParams};
use kube::core::ApiResource;
use kube::{Api, Client, Resource};
use rules::{Again, Decision};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::cache::{Cache, Chain, ObjectKey};
use crate::context::Context;
use crate::queue::Queue;

/// Passes of one kind that may be under way at once. Slow outside work runs beside them, not in them.
const WORKERS: usize = 16;
/// A pass only reads caches and writes small objects; one that takes longer has lost its server.
const PASS_LIMIT: Duration = Duration::from_secs(60);

/// One kind's controller.
pub(crate) trait Reconciler: Send + Sync + 'static {
    type Kind: Resource<DynamicType = ()>
        + Clone
        + Debug
        + DeserializeOwned
        + Serialize
        + Send
        + Sync
        + 'static;
    type Seen: Send + Sync;
    type Status: Serialize + Send + Sync;
    type Effect: Debug + Send;

    fn cache(context: &Context) -> &Arc<Cache<Self::Kind>>;

    /// Says which keys of this controller a change anywhere concerns. Called once, before the loop starts.
    fn subscribe(context: &Arc<Context>, queue: &Arc<Queue>);

    /// Reads the world into a value.
    fn observe(
        &self,
        object: &Arc<Self::Kind>,
    ) -> impl Future<Output = Result<Self::Seen, Error>> + Send;

    /// Decides. No I/O, no clock, no randomness.
    fn next(seen: &Self::Seen, now: Timestamp) -> Decision<Self::Status, Self::Effect>;

    /// Carries out one effect.
    fn act(
        &self,
        object: &Arc<Self::Kind>,
        effect: Self::Effect,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// A pass went through: the status that told of `seen` is written and its effects are done.
    fn done(&self, _object: &Arc<Self::Kind>, _seen: &Self::Seen) {}
}

/// Why a pass ended early. It is tried again, soon and then less often.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("cannot write the status of {0}")]
    WriteStatus(ObjectKey, #[source] Box<kube::Error>),
    #[error("cannot {operation}")]
    Request { operation: String, source: Box<kube::Error> },
    #[error("cannot represent {0} as JSON")]
    Represent(ObjectKey, #[source] serde_json::Error),
    #[error("the pass panicked, which is a bug in kargo")]
    Panicked,
    #[error("the pass took longer than {0:?}")]
    TooSlow(Duration),
}

impl Error {
    pub(crate) fn request(operation: impl Into<String>) -> impl FnOnce(kube::Error) -> Self {
        let operation = operation.into();
        move |source| Self::Request { operation, source: Box::new(source) }
    }

    /// Somebody else wrote first. The watch brings the newer object, so this is no news for a log.
    fn is_conflict(&self) -> bool {
        match self {
            Self::WriteStatus(_, source) | Self::Request { source, .. } => {
                matches!(&**source, kube::Error::Api(status) if status.code == 409)
            }
            _ => false,
        }
    }
}

/// Runs one controller until cancelled.
pub(crate) async fn run<R: Reconciler>(
    reconciler: Arc<R>,
    context: Arc<Context>,
    queue: Arc<Queue>,
    cancel: CancellationToken,
) {
    for object in R::cache(&context).all() {
        queue.add(ObjectKey::of(&*object));
    }
    let mut passes = JoinSet::new();
    loop {
        while passes.len() >= WORKERS {
            passes.join_next().await;
        }
        let key = tokio::select! {
            () = cancel.cancelled() => break,
            Some(_) = passes.join_next() => continue,
            key = queue.take() => key,
        };
        let (reconciler, context, queue) = (reconciler.clone(), context.clone(), queue.clone());
        passes.spawn(async move { work(&*reconciler, &context, &queue, key).await });
    }
    // A pass holds nothing that a restart does not find again.
    passes.abort_all();
}

async fn work<R: Reconciler>(
    reconciler: &R,
    context: &Context,
    queue: &Arc<Queue>,
    key: ObjectKey,
) {
    let Some(object) = R::cache(context).get(&key) else {
        queue.forget(key);
        return;
    };
    // A key that is never given back would never be looked at again.
    let pass = AssertUnwindSafe(pass(reconciler, context, &object)).catch_unwind();
    let outcome = match tokio::time::timeout(PASS_LIMIT, pass).await {
        Err(_) => Err(Error::TooSlow(PASS_LIMIT)),
        Ok(Err(_)) => Err(Error::Panicked),
        Ok(Ok(outcome)) => outcome,
    };
    match outcome {
        Ok(again) => queue.done(key, again),
        Err(error) => {
            let conflict = error.is_conflict();
            let wait = queue.failed(key.clone());
            if !conflict {
                let kind = R::Kind::kind(&());
                tracing::warn!(%kind, %key, error = %Chain(&error), retry_in = ?wait, "pass failed");
            }
        }
    }
}

#[tracing::instrument(level = "debug", skip_all, fields(kind = %R::Kind::kind(&()), object = %ObjectKey::of(&**object)))]
async fn pass<R: Reconciler>(
    reconciler: &R,
    context: &Context,
    object: &Arc<R::Kind>,
) -> Result<Option<Timestamp>, Error> {
    let seen = reconciler.observe(object).await?;
    let decision = R::next(&seen, context.clock.now());
    tracing::debug!(effects = ?decision.effects, because = ?decision.because, "decided");
    if let Some(written) = write_status(&context.client, &**object, &decision.status).await? {
        R::cache(context).wrote(written);
    }
    for effect in decision.effects {
        reconciler.act(object, effect).await?;
    }
    reconciler.done(object, &seen);
    Ok(match decision.again {
        Again::OnChange => None,
        Again::At(at) => Some(at),
    })
}

/// Writes what differs between the status the object carries and `status`; `None` when nothing does.
/// The version read goes along where the object has one, so that a newer write by somebody else is never undone.
pub(crate) async fn write_status<K>(
    client: &Client,
    object: &K,
    status: &impl Serialize,
) -> Result<Option<K>, Error>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Serialize,
{
    let key = ObjectKey::of(object);
    let represent = |error| Error::Represent(ObjectKey::of(object), error);
    let before = serde_json::to_value(object)
        .map_err(represent)?
        .get("status")
        .cloned()
        .unwrap_or(Value::Null);
    let after = serde_json::to_value(status).map_err(represent)?;
    let Some(difference) = difference(&before, &after) else { return Ok(None) };
    let mut patch = json!({ "metadata": { "uid": object.meta().uid }, "status": difference });
    // A null would take the version away, which a cluster refuses.
    if let Some(version) = &object.meta().resource_version {
        patch["metadata"]["resourceVersion"] = version.as_str().into();
    }
    let written = api_of::<K>(client, &key.namespace)
        .patch_status(&key.name, &PatchParams::default(), &Patch::Merge(patch))
        .await
        .map_err(|error| Error::WriteStatus(key, Box::new(error)))?;
    let written =
        serde_json::to_value(written).and_then(serde_json::from_value).map_err(represent)?;
    Ok(Some(written))
}

/// An untyped API of a kind, namespaced or not, as the namespace says.
pub(crate) fn api_of<K: Resource<DynamicType = ()>>(
    client: &Client,
    namespace: &str,
) -> Api<DynamicObject> {
    let resource = ApiResource::erase::<K>(&());
    if namespace.is_empty() {
        Api::all_with(client.clone(), &resource)
    } else {
        Api::namespaced_with(client.clone(), namespace, &resource)
    }
}

/// The merge patch that leads from `before` to `after`; `None` when they are equal.
fn difference(before: &Value, after: &Value) -> Option<Value> {
    match (before, after) {
        _ if before == after => None,
        (Value::Object(before), Value::Object(after)) => {
            let gone = before
                .keys()
                .filter(|key| !after.contains_key(*key))
                .map(|key| (key.clone(), Value::Null));
            let changed = after.iter().filter_map(|(key, value)| {
                difference(before.get(key).unwrap_or(&Value::Null), value)
                    .map(|changed| (key.clone(), changed))
            });
            let patch: serde_json::Map<String, Value> = gone.chain(changed).collect();
            (!patch.is_empty()).then_some(Value::Object(patch))
        }
        // An empty status says no more than an absent one.
        (Value::Null, Value::Object(after)) if after.is_empty() => None,
        _ => Some(after.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(before: Value, after: Value, expected: Option<Value>) {
        assert_eq!(difference(&before, &after), expected);
    }

    #[test]
    fn equal_statuses_need_no_patch() {
        check(json!({"a": [1, {"b": 2}]}), json!({"a": [1, {"b": 2}]}), None);
        check(Value::Null, json!({}), None);
    }

    #[test]
    fn removed_fields_become_null_and_lists_are_replaced() {
        check(
            json!({"a": 1, "b": {"c": 1, "d": 2}}),
            json!({"b": {"c": 1}}),
            Some(json!({"a": null, "b": {"d": null}})),
        );
        check(json!({"a": [1, 2]}), json!({"a": [1]}), Some(json!({"a": [1]})));
        check(json!({}), json!({"a": {"b": 1}}), Some(json!({"a": {"b": 1}})));
    }
}
