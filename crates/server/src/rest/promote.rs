//! `…/stages/{stage}/promotions`: asks for Freight to be promoted, here or to all Stages right behind.

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

use api::rest::{PromoteDownstreamRequest, PromoteDownstreamResponse, PromoteRequest};
use api::{Freight, FreightOrigin, Promotion, Stage, annotations};
use rules::freight_availability::{self, Asking, Availability};

use crate::App;
use crate::authorization::demand;
use crate::error::{ApiError, Result};
use crate::kubernetes::{FREIGHT, KARGO, Key, PROMOTIONS, STAGES, decode};
use crate::operation::{Operation, operation};
use crate::request::{Body, Caller};
use crate::rest::freight::{find_by_alias, missing};

pub(crate) const DOWNSTREAM: Operation =
    operation("PromoteDownstream", "Promote Freight to all Stages right behind one.")
        .takes::<PromoteDownstreamRequest>()
        .creates::<PromoteDownstreamResponse>();
pub(crate) const TO_STAGE: Operation = operation("PromoteToStage", "Promote Freight to a Stage.")
    .takes::<PromoteRequest>()
    .creates::<Promotion>();

pub(crate) async fn to_stage(
    State(app): State<App>,
    caller: Caller,
    Path((project, name)): Path<(String, String)>,
    Body(request): Body<PromoteRequest>,
) -> Result<Response> {
    let PromoteRequest { freight, freight_alias, origin } = request;
    let choice = match (given(freight), given(freight_alias), given(origin)) {
        (Some(freight), None, None) => Choice::Name(freight),
        (None, Some(alias), None) => Choice::Alias(alias),
        (None, None, Some(origin)) => Choice::Origin(parse_origin(&origin)?),
        _ => {
            return Err(ApiError::bad_request(
                "exactly one of freight, freightAlias, or origin must be provided",
            ));
        }
    };
    demand(&caller, "promote", "stages", Some(&project), Some(&name)).await?;
    let stages = Stages::read(&caller, &project).await?;
    let stage = stages.get(&name, &project)?;
    let spec = match choice {
        // Admission picks the Freight, so that nothing can change in between.
        Choice::Origin(origin) => json!({ "stage": name, "origin": origin }),
        choice => {
            let freight = choice.resolve(&caller, &project).await?;
            stages.demand_available(&app, stage, &freight)?;
            json!({ "stage": name, "freight": freight.metadata.name })
        }
    };
    let promotion = create(&caller, &project, &spec).await?;
    Ok((StatusCode::CREATED, Json(promotion)).into_response())
}

pub(crate) async fn downstream(
    State(app): State<App>,
    caller: Caller,
    Path((project, name)): Path<(String, String)>,
    Body(request): Body<PromoteDownstreamRequest>,
) -> Result<Response> {
    let choice = match (given(request.freight), given(request.freight_alias)) {
        (Some(freight), None) => Choice::Name(freight),
        (None, Some(alias)) => Choice::Alias(alias),
        _ => {
            return Err(ApiError::bad_request(
                "exactly one of freight or freightAlias must be provided",
            ));
        }
    };
    let stages = Stages::read(&caller, &project).await?;
    stages.get(&name, &project)?;
    let freight = choice.resolve(&caller, &project).await?;
    let behind = stages.behind(&name, &freight.origin);
    if behind.is_empty() {
        return Err(ApiError::not_found(format!("Stage {name:?} has no downstream stages")));
    }
    // All or nothing: no Promotion is made before every Stage has agreed.
    for stage in &behind {
        demand(&caller, "promote", "stages", Some(&project), stage.metadata.name.as_deref())
            .await?;
    }
    for stage in &behind {
        stages.demand_available(&app, stage, &freight)?;
    }
    let (mut promotions, mut errors) = (Vec::new(), Vec::new());
    for stage in behind.iter().filter(|stage| !stage.spec.is_control_flow()) {
        let spec = json!({ "stage": stage.metadata.name, "freight": freight.metadata.name });
        match create(&caller, &project, &spec).await {
            Ok(promotion) => promotions.push(promotion),
            Err(error) => errors.push(error.message),
        }
    }
    let mut answer = json!({ "promotions": promotions });
    if errors.is_empty() {
        return Ok((StatusCode::CREATED, Json(answer)).into_response());
    }
    answer["errors"] = Value::from(errors.join("\n"));
    Ok((StatusCode::MULTI_STATUS, Json(answer)).into_response())
}

/// Which Freight is meant.
enum Choice {
    Name(String),
    Alias(String),
    Origin(FreightOrigin),
}

impl Choice {
    async fn resolve(self, caller: &Caller, project: &str) -> Result<Freight> {
        let object = match &self {
            Self::Name(name) => {
                let key = Key { namespace: Some(project), name };
                let found = caller.kube.find(&FREIGHT, key).await?;
                found.ok_or_else(|| missing("Freight", name, project))?
            }
            Self::Alias(alias) => find_by_alias(&caller.kube, project, alias).await?,
            Self::Origin(origin) => {
                return Err(ApiError::bad_request(format!("{origin} names no Freight")));
            }
        };
        decode(object)
    }
}

fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

fn parse_origin(text: &str) -> Result<FreightOrigin> {
    match text.split_once('/') {
        Some(("Warehouse", name)) if !name.is_empty() => Ok(FreightOrigin::warehouse(name)),
        _ => Err(ApiError::bad_request(format!(
            "invalid origin {text:?}: it has to be Warehouse/<name>"
        ))),
    }
}

/// All Stages of a Project: availability depends on which of them only control flow.
struct Stages(Vec<Stage>);

impl Stages {
    async fn read(caller: &Caller, project: &str) -> Result<Self> {
        let (stages, _) = caller.kube.read_all(&STAGES, Some(project), None).await?;
        Ok(Self(stages))
    }

    fn get(&self, name: &str, project: &str) -> Result<&Stage> {
        let found = self.0.iter().find(|stage| stage.metadata.name.as_deref() == Some(name));
        found.ok_or_else(|| missing("Stage", name, project))
    }

    /// Stages that take Freight of an origin from the named Stage.
    fn behind(&self, name: &str, origin: &FreightOrigin) -> Vec<&Stage> {
        let takes = |stage: &&Stage| {
            stage.spec.requested_freight.iter().any(|request| {
                request.origin == *origin && request.sources.stages.iter().any(|s| s == name)
            })
        };
        self.0.iter().filter(takes).collect()
    }

    fn demand_available(&self, app: &App, stage: &Stage, freight: &Freight) -> Result<()> {
        let control_flow = freight_availability::control_flow_names(&self.0);
        let now = app.config.clock.now();
        let asking = Asking { stage, control_flow: &control_flow, now };
        match freight_availability::availability(asking, freight) {
            Availability::Available(_) => Ok(()),
            Availability::Blocked { reasons, .. } => {
                let freight = freight.metadata.name.as_deref().unwrap_or_default();
                let stage = stage.metadata.name.as_deref().unwrap_or_default();
                let why: Vec<&str> = reasons.iter().map(|r| r.message.as_str()).collect();
                let why = why.join("; ");
                let message =
                    format!("Freight {freight:?} is not available to Stage {stage:?}: {why}");
                Err(ApiError::bad_request(message).because(reasons))
            }
        }
    }
}

/// Creates a Promotion as the caller. Admission fills in name, steps and variables.
async fn create(caller: &Caller, project: &str, spec: &Value) -> Result<Value> {
    let promotion = json!({
        "apiVersion": KARGO,
        "kind": "Promotion",
        "metadata": {
            "namespace": project,
            "generateName": "promo-",
            "annotations": { annotations::CREATE_ACTOR: caller.identity.actor() },
        },
        "spec": spec,
    });
    caller.kube.create(&PROMOTIONS, Some(project), &promotion).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins() {
        assert_eq!(parse_origin("Warehouse/api").unwrap(), FreightOrigin::warehouse("api"));
        for bad in ["api", "Warehouse/", "Stage/api", ""] {
            assert!(parse_origin(bad).is_err(), "{bad}");
        }
    }
}
