//! `…/stages`: list, get, watch, delete and refresh.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::Value;

use api::annotations::{ABORT, REVERIFY, VerificationRequest};
use api::{Stage, VerificationInfo, VerificationPhase};

use crate::App;
use crate::error::{ApiError, Result};
use crate::kubernetes::{Key, STAGES, WatchTarget};
use crate::request::{Caller, Parameters};
use crate::{rest, watch};

pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(project): Path<String>,
    parameters: Parameters,
) -> Result<Response> {
    let origins = parameters.list("freightOrigins");
    let origins: Vec<String> = origins.into_iter().map(str::to_owned).collect();
    if watch::wanted(&parameters) {
        let target = WatchTarget { resource: STAGES, namespace: Some(project), name: None };
        let filter: Option<watch::Filter> = if origins.is_empty() {
            None
        } else {
            Some(Box::new(move |stage| requests_any(stage, &origins)))
        };
        let version = parameters.get("resourceVersion");
        return watch::stream(&app, caller.kube, target, version, filter).await;
    }
    let mut list = caller.kube.list(&STAGES, Some(&project), None).await?;
    if !origins.is_empty()
        && let Some(items) = list.get_mut("items").and_then(Value::as_array_mut)
    {
        items.retain(|stage| requests_any(stage, &origins));
    }
    Ok(Json(list).into_response())
}

/// Whether a Stage asks for Freight of one of the Warehouses.
fn requests_any(stage: &Value, warehouses: &[String]) -> bool {
    let requests = stage.pointer("/spec/requestedFreight").and_then(Value::as_array);
    requests.into_iter().flatten().any(|request| {
        let name = request.pointer("/origin/name").and_then(Value::as_str);
        name.is_some_and(|name| warehouses.iter().any(|wanted| wanted == name))
    })
}

pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Path((project, name)): Path<(String, String)>,
    parameters: Parameters,
) -> Result<Response> {
    let object = caller.kube.get(&STAGES, key(&project, &name)).await?;
    if !watch::wanted(&parameters) {
        return Ok(Json(object).into_response());
    }
    let target = WatchTarget { resource: STAGES, namespace: Some(project), name: Some(name) };
    watch::stream(&app, caller.kube, target, parameters.get("resourceVersion"), None).await
}

pub(crate) async fn delete(
    caller: Caller,
    Path((project, name)): Path<(String, String)>,
) -> Result<StatusCode> {
    rest::delete(&caller.kube, &STAGES, key(&project, &name)).await
}

pub(crate) async fn refresh(
    State(app): State<App>,
    caller: Caller,
    Path((project, name)): Path<(String, String)>,
) -> Result<Json<Value>> {
    rest::refresh(&app, &caller.kube, &STAGES, key(&project, &name)).await
}

/// Asks for what runs in a Stage to be verified again.
pub(crate) async fn reverify(
    caller: Caller,
    Path((project, name)): Path<(String, String)>,
) -> Result<StatusCode> {
    let key = key(&project, &name);
    let verification = verification(caller.kube.read(&STAGES, key).await?)?;
    ask(&caller, key, REVERIFY, verification).await
}

/// Asks for the verification that runs to be stopped. One that has ended stays as it is.
pub(crate) async fn abort_verification(
    caller: Caller,
    Path((project, name)): Path<(String, String)>,
) -> Result<StatusCode> {
    let key = key(&project, &name);
    let verification = verification(caller.kube.read(&STAGES, key).await?)?;
    if verification.phase.as_ref().is_some_and(VerificationPhase::is_terminal) {
        return Ok(StatusCode::OK);
    }
    ask(&caller, key, ABORT, verification).await
}

/// The newest verification of what runs in a Stage.
fn verification(stage: Stage) -> Result<VerificationInfo> {
    let status = stage.status.unwrap_or_default();
    let current = status.freight_history.into_iter().next();
    let current = current.filter(|current| !current.freight.is_empty());
    let current = current.ok_or_else(|| ApiError::bad_request("stage has no current freight"))?;
    let newest = current.verification_history.into_iter().next();
    newest.ok_or_else(|| ApiError::bad_request("stage has no current verification info"))
}

async fn ask(
    caller: &Caller,
    key: Key<'_>,
    annotation: &str,
    verification: VerificationInfo,
) -> Result<StatusCode> {
    let id = verification.id.filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| ApiError::bad_request("the verification has no id"))?;
    let request = VerificationRequest { id, actor: caller.identity.actor(), control_plane: false };
    let request = serde_json::to_string(&request)
        .map_err(|error| ApiError::internal("writing an annotation", &error))?;
    rest::annotate(&caller.kube, &STAGES, key, annotation, &request).await?;
    Ok(StatusCode::OK)
}

fn key<'a>(project: &'a str, name: &'a str) -> Key<'a> {
    Key { namespace: Some(project), name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn stages_by_warehouse() {
        let stage = json!({ "spec": { "requestedFreight": [{ "origin": { "name": "api" } }] } });
        assert!(requests_any(&stage, &["web".into(), "api".into()]));
        assert!(!requests_any(&stage, &["web".into()]));
        assert!(!requests_any(&json!({}), &["web".into()]));
    }
}
