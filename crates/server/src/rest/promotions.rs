//! `…/promotions`: list, get, watch, abort and refresh.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::Value;

use api::annotations::{ABORT, AbortRequest};

use crate::App;
use crate::error::{ApiError, Result};
use crate::kubernetes::{Key, PROMOTIONS, WatchTarget};
use crate::request::{Caller, Parameters};
use crate::{rest, watch};

/// Phases that a Promotion never leaves.
const TERMINAL: [&str; 4] = ["Succeeded", "Failed", "Errored", "Aborted"];

pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Path(project): Path<String>,
    parameters: Parameters,
) -> Result<Response> {
    let stage = parameters.get("stage").map(str::to_owned);
    if watch::wanted(&parameters) {
        let target = WatchTarget { resource: PROMOTIONS, namespace: Some(project), name: None };
        let filter = stage.map(|stage| -> watch::Filter { Box::new(move |p| is_of(p, &stage)) });
        let version = parameters.get("resourceVersion");
        return watch::stream(&app, caller.kube, target, version, filter).await;
    }
    let mut list = caller.kube.list(&PROMOTIONS, Some(&project), None).await?;
    if let Some(items) = list.get_mut("items").and_then(Value::as_array_mut) {
        if let Some(stage) = stage {
            items.retain(|promotion| is_of(promotion, &stage));
        }
        items.sort_by_cached_key(order);
    }
    Ok(Json(list).into_response())
}

fn is_of(promotion: &Value, stage: &str) -> bool {
    text(promotion, "/spec/stage") == stage
}

fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    object.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

/// Running first, then waiting ones in their order, then finished ones from the newest to the oldest.
fn order(promotion: &Value) -> (u8, String) {
    // Names hold a ULID after the Stage, so they sort by creation within a Stage.
    let name = text(promotion, "/metadata/name");
    let ulid = name.rsplit('.').nth(1).unwrap_or(name);
    match text(promotion, "/status/phase") {
        "Running" => (0, ulid.to_owned()),
        phase if TERMINAL.contains(&phase) => (2, descending(ulid)),
        _ => (1, ulid.to_owned()),
    }
}

/// A text that sorts the other way round.
fn descending(text: &str) -> String {
    text.chars()
        .map(|c| char::from(255_u8.saturating_sub(u8::try_from(c).unwrap_or(255))))
        .collect()
}

pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    Path((project, name)): Path<(String, String)>,
    parameters: Parameters,
) -> Result<Response> {
    let object = caller.kube.get(&PROMOTIONS, key(&project, &name)).await?;
    if !watch::wanted(&parameters) {
        return Ok(Json(object).into_response());
    }
    let target = WatchTarget { resource: PROMOTIONS, namespace: Some(project), name: Some(name) };
    watch::stream(&app, caller.kube, target, parameters.get("resourceVersion"), None).await
}

/// Asks for a Promotion to be stopped. One that has ended stays as it is.
pub(crate) async fn abort(
    caller: Caller,
    Path((project, name)): Path<(String, String)>,
) -> Result<StatusCode> {
    let key = key(&project, &name);
    let promotion = caller.kube.get(&PROMOTIONS, key).await?;
    if TERMINAL.contains(&text(&promotion, "/status/phase")) {
        return Ok(StatusCode::OK);
    }
    let request = AbortRequest {
        action: AbortRequest::TERMINATE.to_owned(),
        actor: caller.identity.actor(),
        control_plane: false,
    };
    let request = serde_json::to_string(&request)
        .map_err(|error| ApiError::internal("writing an annotation", &error))?;
    rest::annotate(&caller.kube, &PROMOTIONS, key, ABORT, &request).await?;
    Ok(StatusCode::OK)
}

pub(crate) async fn refresh(
    State(app): State<App>,
    caller: Caller,
    Path((project, name)): Path<(String, String)>,
) -> Result<Json<Value>> {
    rest::refresh(&app, &caller.kube, &PROMOTIONS, key(&project, &name)).await
}

fn key<'a>(project: &'a str, name: &'a str) -> Key<'a> {
    Key { namespace: Some(project), name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn running_waiting_finished() {
        let promotion = |name: &str, phase: &str| json!({ "metadata": { "name": name }, "status": { "phase": phase } });
        let mut list = [
            promotion("s.01a.f", "Succeeded"),
            promotion("s.01d.f", "Pending"),
            promotion("s.01b.f", "Failed"),
            promotion("s.01c.f", "Running"),
            promotion("s.01e.f", ""),
        ];
        list.sort_by_cached_key(order);
        let names: Vec<_> = list.iter().map(|p| text(p, "/metadata/name")).collect();
        assert_eq!(names, ["s.01c.f", "s.01d.f", "s.01e.f", "s.01b.f", "s.01a.f"]);
    }
}
