//! Writes that several controllers make, each safe to repeat.

use std::fmt::Debug;

use api::annotations::FINALIZER;
use kube::api::{Patch, PatchParams};
use kube::{Client, Resource, ResourceExt};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use crate::cache::ObjectKey;
use crate::reconcile::{Error, api_of};

/// Puts the finalizer on an object or takes it off. The version read goes along: a list is replaced as a whole.
pub(crate) async fn patch_finalizer<K>(
    client: &Client,
    object: &K,
    present: bool,
) -> Result<(), Error>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Serialize,
{
    let mut finalizers = object.finalizers().to_vec();
    if finalizers.iter().any(|finalizer| finalizer == FINALIZER) == present {
        return Ok(());
    }
    if present {
        finalizers.push(FINALIZER.to_owned());
    } else {
        finalizers.retain(|finalizer| finalizer != FINALIZER);
    }
    let patch =
        Patch::Merge(json!({ "metadata": { "uid": object.meta().uid, "finalizers": finalizers } }));
    let key = ObjectKey::of(object);
    let patched =
        api_of::<K>(client, &key.namespace).patch(&key.name, &PatchParams::default(), &patch).await;
    absent_is_done(patched, || format!("change the finalizers of {} {key}", K::kind(&())))
}

/// What is gone needs no change any more.
pub(crate) fn absent_is_done<T>(
    outcome: kube::Result<T>,
    operation: impl FnOnce() -> String,
) -> Result<(), Error> {
    match outcome {
        Ok(_) => Ok(()),
        Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
        Err(error) => Err(Error::request(operation())(error)),
    }
}

/// What exists was created before, perhaps by us before a crash.
pub(crate) fn present_is_done<T>(
    outcome: kube::Result<T>,
    operation: impl FnOnce() -> String,
) -> Result<Option<T>, Error> {
    match outcome {
        Ok(created) => Ok(Some(created)),
        Err(kube::Error::Api(status)) if status.code == 409 && status.reason == "AlreadyExists" => {
            Ok(None)
        }
        Err(error) => Err(Error::request(operation())(error)),
    }
}
