//! `…/promotions`: list, get, watch, abort and refresh.

use http::StatusCode;
use serde_json::Value;

use api::Promotion;
use api::annotations::{ABORT, AbortRequest};
use api::rest::ObjectList;

use crate::error::{ApiError, Result};
use crate::kubernetes::{PROMOTIONS, Resource};
use crate::operation::{Operation, Query, operation};
use crate::request::{Caller, Parameters};
use crate::rest::objects::{Kind, Name, Named, annotate};
use crate::watch::Filter;

const STAGE: Query = Query::text("stage", "Only Promotions to this Stage.");

pub(crate) const ABORT_PROMOTION: Operation =
    operation("AbortPromotion", "Stop a Promotion. One that has ended stays as it is.");
pub(crate) const GET: Operation =
    operation("GetPromotion", "One Promotion.").answers::<Promotion>().watched::<Promotion>();
pub(crate) const LIST: Operation = operation(
    "ListPromotions",
    "Promotions: running, then waiting, then finished ones, newest first.",
)
.query(&[STAGE])
.answers::<ObjectList<Promotion>>()
.watched::<Promotion>();
pub(crate) const REFRESH: Operation =
    operation("RefreshPromotion", "Look at a Promotion now.").answers::<Promotion>();

impl Kind for Promotion {
    const RESOURCE: Resource = PROMOTIONS;
    const NAME: Name = Name::Parameter("promotion");

    fn filter(parameters: &Parameters) -> Option<Filter> {
        let stage = parameters.get(STAGE)?.to_owned();
        Some(Box::new(move |promotion| text(promotion, "/spec/stage") == stage))
    }

    fn sort(promotions: &mut Vec<Value>) {
        promotions.sort_by_cached_key(order);
    }
}

/// Phases that a Promotion never leaves.
const TERMINAL: [&str; 4] = ["Succeeded", "Failed", "Errored", "Aborted"];

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

/// Asks for a Promotion to be stopped. One that has ended stays as it is.
pub(crate) async fn abort(caller: Caller, named: Named<Promotion>) -> Result<StatusCode> {
    let key = named.key();
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
    annotate(&caller.kube, &PROMOTIONS, key, ABORT, &request).await?;
    Ok(StatusCode::OK)
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
