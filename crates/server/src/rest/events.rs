//! `…/events`: what happened in a Project, newest first.

use api::rest::ObjectList;
use axum::Json;
use axum::extract::Path;
use k8s_openapi::api::core::v1::Event;
use serde_json::Value;

use crate::error::Result;
use crate::kubernetes::EVENTS;
use crate::operation::{Operation, operation};
use crate::request::Caller;

pub(crate) const LIST: Operation =
    operation("ListProjectEvents", "What happened in a Project, newest first.")
        .answers::<ObjectList<Event>>();

pub(crate) async fn list(caller: Caller, Path(project): Path<String>) -> Result<Json<Value>> {
    let mut list = caller.kube.list(&EVENTS, Some(&project), None).await?;
    if let Some(items) = list.get_mut("items").and_then(Value::as_array_mut) {
        items.retain(|event| {
            let version = event.pointer("/involvedObject/apiVersion").and_then(Value::as_str);
            version.is_some_and(|version| version.starts_with("kargo.akuity.io/"))
        });
        items.sort_by_cached_key(|event| std::cmp::Reverse(time(event)));
    }
    Ok(Json(list))
}

/// When an event last happened; newer writers fill in `eventTime` only.
fn time(event: &Value) -> Option<jiff::Timestamp> {
    let fields = ["/lastTimestamp", "/eventTime", "/metadata/creationTimestamp"];
    let times = fields.into_iter().filter_map(|field| event.pointer(field)?.as_str()?.parse().ok());
    times.into_iter().next()
}
