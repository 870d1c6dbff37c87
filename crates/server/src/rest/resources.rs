//! `/v1beta1/resources`: create, update and delete whatever stands in the manifests of the body.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

use api::annotations;
use api::rest::{ResourceResult, ResourceResults};

use crate::App;
use crate::authorization::demand;
use crate::error::{ApiError, Result};
use crate::kubernetes::{KARGO, Key, Resource};
use crate::manifests::{self, Manifest};
use crate::operation::{Operation, Query, operation};
use crate::request::{Caller, Parameters, Text};

const UPSERT: Query = Query::flag("upsert", "Create what does not exist.");

pub(crate) const CREATE: Operation =
    operation("CreateResource", "Create the objects of the manifests.")
        .takes_manifests()
        .creates::<ResourceResults>();
pub(crate) const DELETE: Operation =
    operation("DeleteResource", "Delete the objects that the manifests name.")
        .takes_manifests()
        .answers::<ResourceResults>();
pub(crate) const UPDATE: Operation =
    operation("UpdateResource", "Change objects to what the manifests say.")
        .query(&[UPSERT])
        .takes_manifests()
        .answers::<ResourceResults>();

/// What happens to one manifest.
enum Done {
    Created(Value),
    Updated(Value),
    Deleted(Value),
}

pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Text(text): Text,
) -> Result<Response> {
    let mut results = Results::new(manifests::parse(&text)?);
    while let Some(manifest) = results.next() {
        let outcome = create_one(&app, &caller, &manifest).await;
        results.push(outcome)?;
    }
    Ok((StatusCode::CREATED, Json(results.answer())).into_response())
}

pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    parameters: Parameters,
    Text(text): Text,
) -> Result<Response> {
    let upsert = parameters.flag(UPSERT);
    let mut results = Results::new(manifests::parse(&text)?);
    while let Some(manifest) = results.next() {
        let outcome = update_one(&app, &caller, &manifest, upsert).await;
        results.push(outcome)?;
    }
    Ok(Json(results.answer()).into_response())
}

pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    Text(text): Text,
) -> Result<Response> {
    let mut results = Results::new(manifests::parse(&text)?);
    while let Some(manifest) = results.next() {
        let outcome = delete_one(&app, &caller, manifest).await;
        results.push(outcome)?;
    }
    Ok(Json(results.answer()).into_response())
}

/// Works through manifests. A single one fails the request; of several each has its own result.
struct Results {
    waiting: std::vec::IntoIter<Manifest>,
    single: bool,
    done: Vec<ResourceResult>,
}

impl Results {
    fn new(manifests: Vec<Manifest>) -> Self {
        let single = manifests.len() == 1;
        Self { waiting: manifests.into_iter(), single, done: Vec::new() }
    }

    fn next(&mut self) -> Option<Manifest> {
        self.waiting.next()
    }

    fn push(&mut self, outcome: Result<Done>) -> Result<()> {
        let mut result = ResourceResult::default();
        match outcome {
            Ok(Done::Created(object)) => result.created_resource_manifest = Some(object),
            Ok(Done::Updated(object)) => result.updated_resource_manifest = Some(object),
            Ok(Done::Deleted(object)) => result.deleted_resource_manifest = Some(object),
            Err(error) if self.single => return Err(error),
            Err(error) => result.error = Some(error.message),
        }
        self.done.push(result);
        Ok(())
    }

    fn answer(self) -> ResourceResults {
        ResourceResults { results: self.done }
    }
}

async fn create_one(app: &App, caller: &Caller, manifest: &Manifest) -> Result<Done> {
    let resource = prepare(app, caller, manifest).await?;
    // Asked before creating, so that a webhook's complaint cannot hide that the object exists.
    if let Some(key) = manifest.key()
        && caller.kube.find(&resource, key).await?.is_some()
    {
        let message = format!("create resource: {} {:?} already exists", resource.plural, key.name);
        return Err(ApiError::new(StatusCode::CONFLICT, message));
    }
    store(caller, &resource, manifest).await.map(Done::Created)
}

async fn update_one(app: &App, caller: &Caller, manifest: &Manifest, upsert: bool) -> Result<Done> {
    let resource = prepare(app, caller, manifest).await?;
    let existing = match manifest.key() {
        Some(key) => caller.kube.find(&resource, key).await?.map(|object| (key, object)),
        None => None,
    };
    let Some((key, existing)) = existing else {
        if !upsert {
            return Err(ApiError::not_found("resource does not exist"));
        }
        return store(caller, &resource, manifest).await.map(Done::Created);
    };
    let mut object = manifest.object.clone();
    if let Some(version) = existing.pointer("/metadata/resourceVersion") {
        object["metadata"]["resourceVersion"] = version.clone();
    }
    let object = caller.kube.replace(&resource, key, &object).await;
    object.map(Done::Updated).map_err(|error| error.while_doing("update resource"))
}

async fn delete_one(app: &App, caller: &Caller, manifest: Manifest) -> Result<Done> {
    let resource = prepare(app, caller, &manifest).await?;
    let key = manifest.key().ok_or_else(|| {
        ApiError::bad_request(format!("a {} to delete needs metadata.name", manifest.kind))
    })?;
    let deleted = caller.kube.delete(&resource, key).await;
    deleted.map_err(|error| error.while_doing("delete resource"))?;
    Ok(Done::Deleted(manifest.object))
}

/// Finds out where a manifest's kind is served, and refuses what this server does not manage.
async fn prepare(app: &App, caller: &Caller, manifest: &Manifest) -> Result<Resource> {
    let secret = manifest.api_version == "v1" && manifest.kind == "Secret";
    if secret && !app.config.secret_management {
        return Err(ApiError::forbidden("secret management is not enabled"));
    }
    let resource = manifests::locate(&caller.kube, manifest).await?;
    if resource.namespaced && manifest.namespace.is_none() {
        return Err(ApiError::bad_request(format!(
            "{} {:?} needs metadata.namespace",
            manifest.kind,
            manifest.name.as_deref().unwrap_or_default()
        )));
    }
    Ok(resource)
}

async fn store(caller: &Caller, resource: &Resource, manifest: &Manifest) -> Result<Value> {
    let kargo = |kind: &str| manifest.api_version == KARGO && manifest.kind == kind;
    if kargo("Promotion")
        && let Some(stage) = manifest.object.pointer("/spec/stage").and_then(Value::as_str)
    {
        demand(caller, "promote", "stages", manifest.namespace.as_deref(), Some(stage)).await?;
    }
    let mut object = manifest.object.clone();
    if kargo("Promotion") || kargo("Project") {
        // Overwrites what the manifest says: nobody acts in another name.
        let actor = json!({ annotations::CREATE_ACTOR: caller.identity.actor() });
        match object["metadata"]["annotations"].as_object_mut() {
            Some(known) => known.extend(actor.as_object().cloned().unwrap_or_default()),
            None => object["metadata"]["annotations"] = actor,
        }
    }
    let created = caller.kube.create(resource, manifest.namespace.as_deref(), &object).await;
    created.map_err(|error| error.while_doing("create resource"))
}

impl Manifest {
    /// The object's name and place; `None` while Kubernetes has to name it.
    fn key(&self) -> Option<Key<'_>> {
        let name = self.name.as_deref()?;
        Some(Key { namespace: self.namespace.as_deref(), name })
    }
}
