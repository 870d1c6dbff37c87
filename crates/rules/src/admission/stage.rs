//! Stage: its shard label, who asked to verify again or to abort, origins, and steps.

use std::collections::{BTreeMap, BTreeSet};

use api::annotations::{self, VerificationRequest};
use api::{ObjectMeta, Stage, labels};

use super::{Causes, Denied, Facts, Request, in_project, steps};
use crate::freight::selects_match_upstream;

/// A Stage that is created or changed.
pub fn review(
    mut stage: Stage,
    old: Option<Stage>,
    request: &Request,
    facts: &Facts,
) -> Result<Stage, Denied> {
    label_shard(&mut stage.metadata, stage.spec.shard.as_deref());
    for key in [annotations::REVERIFY, annotations::ABORT] {
        name_actor(&mut stage.metadata, old.as_ref().map(|old| &old.metadata), key, request);
    }
    let mut causes = Causes::default();
    in_project(&mut causes, request, facts);
    origins(&mut causes, &stage);
    let path = "spec.promotionTemplate.spec.steps";
    steps::aliases(&mut causes, path, stage.spec.steps());
    steps::task_references(&mut causes, path, stage.spec.steps());
    causes.refuse("Stage", stage.metadata.name.as_deref().unwrap_or_default())?;
    Ok(stage)
}

/// The shard label always says what the spec says.
pub(super) fn label_shard(metadata: &mut ObjectMeta, shard: Option<&str>) {
    match shard.filter(|shard| !shard.is_empty()) {
        Some(shard) => {
            let own = metadata.labels.get_or_insert_with(BTreeMap::new);
            own.insert(labels::SHARD.to_owned(), shard.to_owned());
        }
        None => {
            if let Some(own) = metadata.labels.as_mut() {
                own.remove(labels::SHARD);
            }
        }
    }
}

/// A new request about a verification carries the name of who made it.
fn name_actor(metadata: &mut ObjectMeta, old: Option<&ObjectMeta>, key: &str, request: &Request) {
    let parse = |metadata: &ObjectMeta| {
        metadata
            .annotations
            .as_ref()
            .and_then(|all| all.get(key))
            .and_then(|value| VerificationRequest::parse(value))
    };
    let Some(mut asked) = parse(metadata) else { return };
    if old.and_then(parse).as_ref() == Some(&asked) {
        return;
    }
    asked.control_plane = request.caller.control_plane;
    if !asked.control_plane {
        asked.actor = request.caller.actor();
    }
    if let (Some(all), Ok(value)) = (metadata.annotations.as_mut(), serde_json::to_string(&asked)) {
        all.insert(key.to_owned(), value);
    }
}

fn origins(causes: &mut Causes, stage: &Stage) {
    let mut seen = BTreeSet::new();
    for (index, request) in stage.spec.requested_freight.iter().enumerate() {
        let path = format!("spec.requestedFreight[{index}]");
        let origin = request.origin.to_string();
        if !seen.insert(origin.clone()) {
            causes.invalid(
                format!("{path}.origin"),
                &origin,
                "this origin is requested twice; keep one request per origin",
            );
        }
        let direct = request.sources.direct == Some(true);
        if selects_match_upstream(request) && (direct || request.sources.stages.len() != 1) {
            causes.invalid(
                format!("{path}.sources.autoPromotionOptions.selectionPolicy"),
                "MatchUpstream",
                "MatchUpstream needs exactly one upstream Stage in sources.stages and no sources.direct",
            );
        }
        if let Some(soak) = &request.sources.required_soak_time
            && let Err(error) = soak.get()
        {
            causes.invalid(
                format!("{path}.sources.requiredSoakTime"),
                &soak.to_string(),
                error.to_string(),
            );
        }
    }
}
