//! `…/warehouses`: list, get, watch, delete and refresh.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::Value;

use crate::App;
use crate::error::Result;
use crate::kubernetes::{Key, WAREHOUSES, WatchTarget};
use crate::request::{Caller, Parameters};
use crate::{rest, watch};

pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(project): Path<String>,
    parameters: Parameters,
) -> Result<Response> {
    if !watch::wanted(&parameters) {
        let list = caller.kube.list(&WAREHOUSES, Some(&project), None).await?;
        return Ok(Json(list).into_response());
    }
    let target = WatchTarget { resource: WAREHOUSES, namespace: Some(project), name: None };
    watch::stream(&app, caller.kube, target, parameters.get("resourceVersion"), None).await
}

pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Path((project, name)): Path<(String, String)>,
    parameters: Parameters,
) -> Result<Response> {
    let object = caller.kube.get(&WAREHOUSES, key(&project, &name)).await?;
    if !watch::wanted(&parameters) {
        return Ok(Json(object).into_response());
    }
    let target = WatchTarget { resource: WAREHOUSES, namespace: Some(project), name: Some(name) };
    watch::stream(&app, caller.kube, target, parameters.get("resourceVersion"), None).await
}

pub(crate) async fn delete(
    caller: Caller,
    Path((project, name)): Path<(String, String)>,
) -> Result<StatusCode> {
    rest::delete(&caller.kube, &WAREHOUSES, key(&project, &name)).await
}

pub(crate) async fn refresh(
    State(app): State<App>,
    caller: Caller,
    Path((project, name)): Path<(String, String)>,
) -> Result<Json<Value>> {
    rest::refresh(&app, &caller.kube, &WAREHOUSES, key(&project, &name)).await
}

fn key<'a>(project: &'a str, name: &'a str) -> Key<'a> {
    Key { namespace: Some(project), name }
}
