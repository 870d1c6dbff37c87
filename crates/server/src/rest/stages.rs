//! `…/stages`: list, get, watch, delete and refresh.

use http::StatusCode;
use serde_json::Value;

use api::annotations::{ABORT, REVERIFY, VerificationRequest};
use api::rest::ObjectList;
use api::{Stage, VerificationInfo, VerificationPhase};

use crate::error::{ApiError, Result};
use crate::kubernetes::{Key, Resource, STAGES};
use crate::operation::{Operation, Query, operation};
use crate::request::{Caller, Parameters};
use crate::rest::objects::{Kind, Name, Named, annotate};
use crate::watch::Filter;

const FREIGHT_ORIGINS: Query =
    Query::list("freightOrigins", "Only Stages that ask for Freight of one of these Warehouses.");

pub(crate) const ABORT_VERIFICATION: Operation =
    operation("AbortVerification", "Stop the verification that runs in a Stage.");
pub(crate) const DELETE: Operation = operation("DeleteStage", "Delete a Stage.").answers_nothing();
pub(crate) const GET: Operation =
    operation("GetStage", "One Stage.").answers::<Stage>().watched::<Stage>();
pub(crate) const LIST: Operation = operation("ListStages", "Stages of a Project.")
    .query(&[FREIGHT_ORIGINS])
    .answers::<ObjectList<Stage>>()
    .watched::<Stage>();
pub(crate) const REFRESH: Operation =
    operation("RefreshStage", "Look at a Stage now.").answers::<Stage>();
pub(crate) const REVERIFY_STAGE: Operation =
    operation("Reverify", "Verify again what runs in a Stage.");

impl Kind for Stage {
    const RESOURCE: Resource = STAGES;
    const NAME: Name = Name::Parameter("stage");

    fn filter(parameters: &Parameters) -> Option<Filter> {
        let origins = parameters.list(FREIGHT_ORIGINS);
        let origins: Vec<String> = origins.into_iter().map(str::to_owned).collect();
        (!origins.is_empty())
            .then(|| -> Filter { Box::new(move |stage| requests_any(stage, &origins)) })
    }
}

/// Whether a Stage asks for Freight of one of the Warehouses.
fn requests_any(stage: &Value, warehouses: &[String]) -> bool {
    let requests = stage.pointer("/spec/requestedFreight").and_then(Value::as_array);
    requests.into_iter().flatten().any(|request| {
        let name = request.pointer("/origin/name").and_then(Value::as_str);
        name.is_some_and(|name| warehouses.iter().any(|wanted| wanted == name))
    })
}

/// Asks for what runs in a Stage to be verified again.
pub(crate) async fn reverify(caller: Caller, named: Named<Stage>) -> Result<StatusCode> {
    let key = named.key();
    let verification = verification(caller.kube.read(&STAGES, key).await?)?;
    ask(&caller, key, REVERIFY, verification).await
}

/// Asks for the verification that runs to be stopped. One that has ended stays as it is.
pub(crate) async fn abort_verification(caller: Caller, named: Named<Stage>) -> Result<StatusCode> {
    let key = named.key();
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
    annotate(&caller.kube, &STAGES, key, annotation, &request).await?;
    Ok(StatusCode::OK)
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
