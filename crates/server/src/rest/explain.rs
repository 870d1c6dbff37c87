//! `…/stages/{stage}/explain`: why nothing moves. The answer is made by the rules that decide. Ours beyond Kargo.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Path, State};
use k8s_openapi::api::authorization::v1::ResourceAttributes;

use api::{Freight, ProjectConfig, Promotion, Stage, StageExplanation};
use rules::stage::Seen;

use crate::App;
use crate::error::Result;
use crate::kubernetes::{FREIGHT, Key, PROJECT_CONFIGS, PROMOTIONS, STAGES, decode};
use crate::operation::{Operation, Query, operation};
use crate::request::{Caller, Parameters};
use crate::rest::freight::missing;

const NEWEST: Query =
    Query::number("newest", "At most so many pieces of Freight of each origin; else all.");

pub(crate) const STAGE: Operation =
    operation("ExplainStage", "Why a Stage does or does not move, and when that changes.")
        .query(&[NEWEST])
        .answers::<StageExplanation>();

pub(crate) async fn stage(
    State(app): State<App>,
    caller: Caller,
    Path((project, name)): Path<(String, String)>,
    parameters: Parameters,
) -> Result<Json<StageExplanation>> {
    let most = parameters.number(NEWEST)?.unwrap_or(usize::MAX);
    let place = Some(project.as_str());
    let (stages, _) = caller.kube.read_all::<Stage>(&STAGES, place, None).await?;
    let stage = stages.iter().find(|stage| stage.metadata.name.as_deref() == Some(&name));
    let stage = stage.cloned().ok_or_else(|| missing("Stage", &name, &project))?;
    let (freight, _) = caller.kube.read_all::<Freight>(&FREIGHT, place, None).await?;
    let (mut promotions, _) = caller.kube.read_all::<Promotion>(&PROMOTIONS, place, None).await?;
    promotions.retain(|promotion| promotion.spec.stage == name);
    // Whether a Stage promotes by itself shows in its status anyway, so that rights on the settings do not matter.
    let key = Key { namespace: place, name: &project };
    let project_config: Option<ProjectConfig> =
        app.own.find(&PROJECT_CONFIGS, key).await?.map(decode).transpose()?;
    let may_promote = caller
        .kube
        .may(ResourceAttributes {
            group: Some(api::GROUP.into()),
            version: Some(api::VERSION.into()),
            resource: Some("stages".into()),
            verb: Some("promote".into()),
            namespace: Some(project.clone()),
            name: Some(name),
            ..ResourceAttributes::default()
        })
        .await?;
    let seen = Seen {
        stage: Arc::new(stage),
        promotions: promotions.into_iter().map(Arc::new).collect(),
        freight: freight.into_iter().map(Arc::new).collect(),
        stages: stages.into_iter().map(Arc::new).collect(),
        project_config: project_config.map(Arc::new),
        ..Seen::default()
    };
    let mut explanation = rules::explain::stage(&seen, may_promote, app.config.clock.now());
    for origin in &mut explanation.origins {
        origin.freight.truncate(most);
    }
    Ok(Json(explanation))
}
