//! What most kinds have in common: list, get and watch, delete, refresh. The object goes through as it is stored.

use std::marker::PhantomData;

use axum::Json;
use axum::extract::{FromRequestParts, RawPathParams, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use http::request::Parts;
use schemars::JsonSchema;
use serde_json::{Value, json};

use crate::error::{ApiError, Result};
use crate::kubernetes::{Key, Kubernetes, Resource, WatchTarget};
use crate::request::{Caller, Parameters};
use crate::{App, watch};

/// A kind that is served as it is stored.
pub(crate) trait Kind: JsonSchema + Send + Sync + 'static {
    const RESOURCE: Resource;
    const NAME: Name;

    /// Which objects a list or a watch holds; all, unless the caller asked for some.
    fn filter(_: &Parameters) -> Option<watch::Filter> {
        None
    }

    /// The order of a list.
    fn sort(_: &mut Vec<Value>) {}
}

/// What an object is called.
pub(crate) enum Name {
    /// As this path parameter says.
    Parameter(&'static str),
    /// Always this.
    Fixed(&'static str),
}

/// The Project of the path, for kinds that live in one.
pub(crate) struct Place<K> {
    namespace: Option<String>,
    kind: PhantomData<K>,
}

/// The object that the path names.
pub(crate) struct Named<K> {
    namespace: Option<String>,
    name: String,
    kind: PhantomData<K>,
}

impl<K> Named<K> {
    pub(crate) fn key(&self) -> Key<'_> {
        Key { namespace: self.namespace.as_deref(), name: &self.name }
    }
}

async fn in_path(parts: &mut Parts, app: &App, name: &str) -> Result<Option<String>> {
    let parameters = RawPathParams::from_request_parts(parts, app).await;
    let parameters =
        parameters.map_err(|error| ApiError::internal("reading the path of a request", &error))?;
    let found = parameters.iter().find(|(key, _)| *key == name);
    Ok(found.map(|(_, value)| value.to_owned()))
}

impl<K: Kind> FromRequestParts<App> for Place<K> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let namespace =
            if K::RESOURCE.namespaced { in_path(parts, app, "project").await? } else { None };
        Ok(Self { namespace, kind: PhantomData })
    }
}

impl<K: Kind> FromRequestParts<App> for Named<K> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let Place { namespace, kind } = Place::<K>::from_request_parts(parts, app).await?;
        let name = match K::NAME {
            Name::Fixed(name) => name.to_owned(),
            Name::Parameter(name) => in_path(parts, app, name).await?.unwrap_or_default(),
        };
        Ok(Self { namespace, name, kind })
    }
}

pub(crate) async fn list<K: Kind>(
    State(app): State<App>,
    caller: Caller,
    place: Place<K>,
    parameters: Parameters,
) -> Result<Response> {
    let filter = K::filter(&parameters);
    if parameters.watched() {
        let (resource, namespace) = (K::RESOURCE, place.namespace);
        let target = WatchTarget { resource, namespace, name: None };
        return watch::stream(&app, caller.kube, target, &parameters, filter).await;
    }
    let mut list = caller.kube.list(&K::RESOURCE, place.namespace.as_deref(), None).await?;
    if let Some(items) = list.get_mut("items").and_then(Value::as_array_mut) {
        if let Some(filter) = filter {
            items.retain(|object| filter(object));
        }
        K::sort(items);
    }
    Ok(Json(list).into_response())
}

pub(crate) async fn get<K: Kind>(
    State(app): State<App>,
    caller: Caller,
    named: Named<K>,
    parameters: Parameters,
) -> Result<Response> {
    let object = caller.kube.get(&K::RESOURCE, named.key()).await?;
    if !parameters.watched() {
        return Ok(Json(object).into_response());
    }
    let Named { namespace, name, .. } = named;
    let target = WatchTarget { resource: K::RESOURCE, namespace, name: Some(name) };
    watch::stream(&app, caller.kube, target, &parameters, None).await
}

pub(crate) async fn delete<K: Kind>(caller: Caller, named: Named<K>) -> Result<StatusCode> {
    caller.kube.delete(&K::RESOURCE, named.key()).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks the controller of an object to look at it now. Answers the object, as Kargo's clients wait for its status.
pub(crate) async fn refresh<K: Kind>(
    State(app): State<App>,
    caller: Caller,
    named: Named<K>,
) -> Result<Json<Value>> {
    let now = app.config.clock.now().to_string();
    let (key, annotation) = (named.key(), api::annotations::REFRESH);
    annotate(&caller.kube, &K::RESOURCE, key, annotation, &now).await.map(Json)
}

/// Sets one annotation.
pub(crate) async fn annotate(
    kube: &Kubernetes,
    resource: &Resource,
    key: Key<'_>,
    annotation: &str,
    value: &str,
) -> Result<Value> {
    let patch = json!({ "metadata": { "annotations": { annotation: value } } });
    kube.merge(resource, key, None, &patch).await
}
