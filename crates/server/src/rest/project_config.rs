//! `…/config`: the ProjectConfig, which has its Project's name.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::Value;

use crate::App;
use crate::error::Result;
use crate::kubernetes::{Key, PROJECT_CONFIGS, WatchTarget};
use crate::request::{Caller, Parameters};
use crate::{rest, watch};

pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Path(project): Path<String>,
    parameters: Parameters,
) -> Result<Response> {
    let object = caller.kube.get(&PROJECT_CONFIGS, key(&project)).await?;
    if !watch::wanted(&parameters) {
        return Ok(Json(object).into_response());
    }
    let target = WatchTarget {
        resource: PROJECT_CONFIGS,
        namespace: Some(project.clone()),
        name: Some(project),
    };
    watch::stream(&app, caller.kube, target, parameters.get("resourceVersion"), None).await
}

pub(crate) async fn delete(caller: Caller, Path(project): Path<String>) -> Result<StatusCode> {
    rest::delete(&caller.kube, &PROJECT_CONFIGS, key(&project)).await
}

pub(crate) async fn refresh(
    State(app): State<App>,
    caller: Caller,
    Path(project): Path<String>,
) -> Result<Json<Value>> {
    rest::refresh(&app, &caller.kube, &PROJECT_CONFIGS, key(&project)).await
}

fn key(project: &str) -> Key<'_> {
    Key { namespace: Some(project), name: project }
}
