//! The REST API: one file per resource. Which path leads to which handler stands in `authorization`.

pub(crate) mod board;
pub(crate) mod cluster_config;
pub(crate) mod events;
pub(crate) mod explain;
pub(crate) mod freight;
pub(crate) mod images;
pub(crate) mod login;
pub(crate) mod project_config;
pub(crate) mod projects;
pub(crate) mod promote;
pub(crate) mod promotion_tasks;
pub(crate) mod promotions;
pub(crate) mod resources;
pub(crate) mod session;
pub(crate) mod stages;
pub(crate) mod system;
pub(crate) mod warehouses;

use axum::Json;
use http::StatusCode;
use serde_json::{Value, json};

use crate::App;
use crate::error::Result;
use crate::kubernetes::{Key, Kubernetes, Resource};

/// The process answers; whether the API behind it does is another question.
pub(crate) async fn healthy() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// Deletes an object; nothing is answered.
async fn delete(kube: &Kubernetes, resource: &Resource, key: Key<'_>) -> Result<StatusCode> {
    kube.delete(resource, key).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Asks the controller of an object to look at it now. Answers the object, as Kargo's clients wait for its status.
async fn refresh(
    app: &App,
    kube: &Kubernetes,
    resource: &Resource,
    key: Key<'_>,
) -> Result<Json<Value>> {
    let now = app.config.clock.now();
    annotate(kube, resource, key, api::annotations::REFRESH, &now.to_string()).await.map(Json)
}

/// Sets one annotation.
async fn annotate(
    kube: &Kubernetes,
    resource: &Resource,
    key: Key<'_>,
    annotation: &str,
    value: &str,
) -> Result<Value> {
    let patch = json!({ "metadata": { "annotations": { annotation: value } } });
    kube.merge(resource, key, None, &patch).await
}
