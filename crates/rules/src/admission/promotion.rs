//! Promotion: rebuilt from its Stage whatever the client sent, allowed only to those who may promote, and only with
//! Freight that is available.

use std::collections::BTreeMap;

use api::annotations::{self, AbortRequest};
use api::{FreightOrigin, Promotion, PromotionTaskSpec, Stage};

use super::{
    Admitted, Causes, Denied, FactQuery, Facts, Operation, Request, in_project, read, write,
};
use crate::freight_availability::{Asking, availability, candidate, request_for};
use crate::promotion::build;
use crate::promotion::claim::Ulid;
use crate::promotion::tasks::Tasks;

const KIND: &str = "Promotion";

pub(super) fn facts_needed(request: &Request) -> Vec<FactQuery> {
    let namespace = request.namespace.clone();
    let object = request.object.as_ref().or(request.old.as_ref());
    let stage = object
        .and_then(|object| object.pointer("/spec/stage"))
        .and_then(|stage| stage.as_str())
        .unwrap_or_default();
    let may = FactQuery::MayPromote { namespace: namespace.clone(), stage: stage.to_owned() };
    match request.operation {
        Operation::Create => vec![
            FactQuery::Namespace(namespace.clone()),
            FactQuery::Stages(namespace.clone()),
            freight(request, &namespace),
            FactQuery::ProjectConfig(namespace.clone()),
            FactQuery::PromotionTasks(namespace),
            FactQuery::ClusterPromotionTasks,
            may,
        ],
        Operation::Update => vec![FactQuery::Stages(namespace), may],
        Operation::Delete => vec![may],
    }
}

/// The named Freight, or all of which the newest shall be chosen.
fn freight(request: &Request, namespace: &str) -> FactQuery {
    let namespace = namespace.to_owned();
    let freight = request.object.as_ref().and_then(|object| object.pointer("/spec/freight"));
    match freight.and_then(|freight| freight.as_str()).filter(|freight| !freight.is_empty()) {
        Some(name) => FactQuery::FreightNamed { namespace, name: name.to_owned() },
        None => FactQuery::Freight(namespace),
    }
}

/// Whether a person chose the newest Freight is only asked where that holds or resumes auto-promotion.
pub(super) fn more_facts_needed(request: &Request, facts: &Facts) -> Vec<FactQuery> {
    let named = matches!(freight(request, ""), FactQuery::FreightNamed { .. });
    if request.operation != Operation::Create || !named {
        return Vec::new();
    }
    let Ok(promotion) = read::<Promotion>(request, request.object.as_ref()) else {
        return Vec::new();
    };
    let stage = facts.stage(&promotion.spec.stage);
    let enabled = stage.is_some_and(|stage| auto_promotes(stage, facts));
    match enabled && !by_kargo(&promotion, request) && facts.may_promote == Some(true) {
        true => vec![FactQuery::Freight(request.namespace.clone())],
        false => Vec::new(),
    }
}

pub(super) fn review_any(request: &Request, facts: &Facts) -> Result<Admitted, Denied> {
    let object: Promotion = match request.operation {
        Operation::Delete => {
            if let Some(old) = &request.old {
                authorize(&read::<Promotion>(request, Some(old))?, request, facts)?;
            }
            return Ok(Admitted::default());
        }
        Operation::Create => create(read(request, request.object.as_ref())?, request, facts)?,
        Operation::Update => {
            let old = read(request, request.old.as_ref())?;
            update(read(request, request.object.as_ref())?, &old, request, facts)?
        }
    };
    Ok(Admitted { object: Some(write(&object)?), ensure: Vec::new() })
}

/// A new Promotion, as its Stage dictates it.
pub fn create(
    mut promotion: Promotion,
    request: &Request,
    facts: &Facts,
) -> Result<Promotion, Denied> {
    let mut causes = Causes::default();
    in_project(&mut causes, request, facts);
    causes.refuse(KIND, &request.name)?;
    authorize(&promotion, request, facts)?;
    let stage = stage_of(&promotion, facts)?;
    let asking_names = facts.control_flow();
    let asking = Asking { stage, control_flow: &asking_names, now: request.now() };
    let mut causes = Causes::default();
    if stage.spec.is_control_flow() {
        let message =
            "this Stage has no promotion steps; Freight passes through it without being promoted";
        causes.invalid("spec.stage", &promotion.spec.stage, message);
    }
    let given = promotion.spec.freight.as_deref().is_some_and(|freight| !freight.is_empty());
    if given == promotion.spec.origin.is_some() {
        causes.invalid("spec", "", "exactly one of spec.freight and spec.origin must be set");
    }
    targets(&mut causes, &promotion, stage);
    causes.refuse(KIND, &request.name)?;
    if let Some(origin) = promotion.spec.origin.take() {
        promotion.spec.freight = Some(newest_of(&origin, asking, facts)?);
    }
    let freight = promotion.spec.freight.clone().unwrap_or_default();
    available(&freight, asking, facts)?;
    name(&mut promotion, stage, &freight, request, facts);
    sign(&mut promotion, None, request);
    build::follow_template(&mut promotion, stage, &tasks(facts)).map_err(|error| match error {
        crate::promotion::tasks::InflateError::Missing { .. } => {
            Denied::not_found(error.to_string())
        }
        crate::promotion::tasks::InflateError::MissingVariable { .. } => {
            let mut causes = Causes::default();
            causes.invalid("spec.steps", "", error.to_string());
            Denied::invalid(KIND, &request.name, causes.0)
                .unwrap_or_else(|| Denied::bad_request(error.to_string()))
        }
    })?;
    infer_hold(&mut promotion, asking, request, facts);
    build::tie_to_stage(&mut promotion, stage);
    Ok(promotion)
}

/// A Promotion that exists: it may be aborted and refreshed, but what it does is fixed.
pub fn update(
    mut promotion: Promotion,
    old: &Promotion,
    request: &Request,
    facts: &Facts,
) -> Result<Promotion, Denied> {
    authorize(&promotion, request, facts)?;
    if promotion.spec != old.spec {
        let mut causes = Causes::default();
        causes.forbidden("spec", "a Promotion is immutable; create another one instead");
        causes.refuse(KIND, &request.name)?;
    }
    for key in [
        annotations::CREATE_ACTOR,
        annotations::AUTO_PROMOTION_HOLD,
        annotations::AUTO_PROMOTION_RESUME,
    ] {
        let known = old.metadata.annotations.as_ref().and_then(|all| all.get(key)).cloned();
        set_annotation(&mut promotion, key, known);
    }
    sign(&mut promotion, Some(old), request);
    let mut causes = Causes::default();
    named_target(&mut causes, &promotion);
    causes.refuse(KIND, &request.name)?;
    if promotion.metadata.deletion_timestamp.is_none()
        && let Some(stage) = facts.stage(&promotion.spec.stage)
    {
        build::tie_to_stage(&mut promotion, stage);
    }
    Ok(promotion)
}

fn authorize(promotion: &Promotion, request: &Request, facts: &Facts) -> Result<(), Denied> {
    if request.caller.external_webhooks || facts.may_promote == Some(true) {
        return Ok(());
    }
    Err(Denied::forbidden(format!(
        "{} needs the verb \"promote\" on Stage {:?} in project {:?}",
        request.caller.actor(),
        promotion.spec.stage,
        request.namespace
    )))
}

fn stage_of<'a>(promotion: &Promotion, facts: &'a Facts) -> Result<&'a Stage, Denied> {
    facts.stage(&promotion.spec.stage).ok_or_else(|| {
        let mut causes = Causes::default();
        causes.not_found(
            "spec.stage",
            &promotion.spec.stage,
            "there is no such Stage in this project",
        );
        Denied::invalid(KIND, "", causes.0)
            .unwrap_or_else(|| Denied::not_found("there is no such Stage"))
    })
}

/// Only a PromotionRequest's child names a Target; an update may not make an orphan of it.
fn named_target(causes: &mut Causes, promotion: &Promotion) {
    let target = promotion.spec.target.as_deref().filter(|target| !target.is_empty());
    if let Some(target) = target.filter(|_| !build::is_request_child(promotion)) {
        let message = "only a PromotionRequest may name a Target; create a PromotionRequest and leave its Promotions their owner";
        causes.invalid("spec.target", target, message);
    }
}

/// Targets are reached through PromotionRequests only.
fn targets(causes: &mut Causes, promotion: &Promotion, stage: &Stage) {
    named_target(causes, promotion);
    if crate::stage::is_target_aware(stage) && !build::is_request_child(promotion) {
        let message = "this Stage promotes to Targets; create a PromotionRequest instead";
        causes.invalid("spec.stage", &promotion.spec.stage, message);
    }
}

fn newest_of(origin: &FreightOrigin, asking: Asking<'_>, facts: &Facts) -> Result<String, Denied> {
    let request =
        asking.stage.spec.requested_freight.iter().find(|request| request.origin == *origin);
    let found = request.and_then(|request| candidate(asking, request, &facts.freight));
    found.and_then(|freight| freight.metadata.name.clone()).ok_or_else(|| {
        let mut causes = Causes::default();
        causes.invalid(
            "spec.origin",
            &origin.to_string(),
            "no Freight of this origin is available to the Stage now",
        );
        Denied::invalid(KIND, "", causes.0)
            .unwrap_or_else(|| Denied::not_found("no Freight is available"))
    })
}

fn available(freight: &str, asking: Asking<'_>, facts: &Facts) -> Result<(), Denied> {
    let mut causes = Causes::default();
    match facts.freight_named(freight) {
        None => {
            causes.not_found("spec.freight", freight, "there is no such Freight in this project");
        }
        Some(found) => {
            let answer = availability(asking, found);
            let why: Vec<&str> =
                answer.reasons().iter().map(|reason| reason.message.as_str()).collect();
            if !answer.is_available() {
                let message = format!("Freight is not available to this Stage: {}", why.join("; "));
                causes.invalid("spec.freight", freight, message);
            }
        }
    }
    causes.refuse(KIND, "")
}

/// Clients do not choose the name; Kargo itself may claim one that fits, so that it cannot create a second one.
fn name(promotion: &mut Promotion, stage: &Stage, freight: &str, request: &Request, facts: &Facts) {
    let asked = promotion.metadata.name.as_deref().unwrap_or_default();
    if request.caller.control_plane && build::is_claim(stage, freight, asked) {
        return;
    }
    let milliseconds = u64::try_from(request.now().as_millisecond()).unwrap_or_default();
    let proposed = Ulid::new(milliseconds, facts.random);
    promotion.metadata.name =
        Some(build::name(stage, promotion.spec.target.as_deref(), freight, proposed));
    promotion.metadata.generate_name = None;
}

/// Who created it, and who asked to abort it.
fn sign(promotion: &mut Promotion, old: Option<&Promotion>, request: &Request) {
    let caller = &request.caller;
    if old.is_none() && !caller.control_plane {
        set_annotation(promotion, annotations::CREATE_ACTOR, Some(caller.actor()));
    }
    let parse = |promotion: &Promotion| {
        let all = promotion.metadata.annotations.as_ref();
        all.and_then(|all| all.get(annotations::ABORT)).and_then(|value| AbortRequest::parse(value))
    };
    let Some(mut abort) = parse(promotion) else { return };
    if old.and_then(parse).as_ref() == Some(&abort) {
        return;
    }
    abort.control_plane = caller.control_plane;
    if !caller.control_plane {
        abort.actor = caller.actor();
    }
    set_annotation(promotion, annotations::ABORT, serde_json::to_string(&abort).ok());
}

/// A person who promotes the newest available Freight lets auto-promotion go on; any other choice holds the origin.
fn infer_hold(promotion: &mut Promotion, asking: Asking<'_>, request: &Request, facts: &Facts) {
    if by_kargo(promotion, request) {
        return;
    }
    for key in [annotations::AUTO_PROMOTION_HOLD, annotations::AUTO_PROMOTION_RESUME] {
        set_annotation(promotion, key, None);
    }
    let enabled = auto_promotes(asking.stage, facts);
    let wanted = promotion.spec.freight.as_deref().unwrap_or_default();
    let Some(freight) = facts.freight_named(wanted).filter(|_| enabled) else { return };
    let newest = request_for(asking.stage, freight)
        .and_then(|request| candidate(asking, request, &facts.freight));
    let key = match newest {
        Some(newest) if newest.metadata.name.as_deref() == Some(wanted) => {
            annotations::AUTO_PROMOTION_RESUME
        }
        _ => annotations::AUTO_PROMOTION_HOLD,
    };
    set_annotation(promotion, key, Some(freight.origin.to_string()));
}

/// Whether Kargo itself promotes, and nobody through it.
fn by_kargo(promotion: &Promotion, request: &Request) -> bool {
    let annotations = promotion.metadata.annotations.as_ref();
    let actor = annotations.and_then(|all| all.get(annotations::CREATE_ACTOR));
    request.caller.control_plane
        && actor.is_none_or(|actor| actor.is_empty() || actor.starts_with("controller:"))
}

fn auto_promotes(stage: &Stage, facts: &Facts) -> bool {
    let policy =
        crate::stage::auto_promotion_policy(facts.project_config.as_ref(), &stage.metadata);
    policy.ok().flatten().is_some_and(|policy| policy.auto_promotion_enabled == Some(true))
}

fn set_annotation(promotion: &mut Promotion, key: &str, value: Option<String>) {
    let all = promotion.metadata.annotations.get_or_insert_with(BTreeMap::new);
    match value {
        Some(value) => {
            all.insert(key.to_owned(), value);
        }
        None => {
            all.remove(key);
        }
    }
}

fn tasks(facts: &Facts) -> Tasks<'_> {
    let project = facts
        .promotion_tasks
        .iter()
        .filter_map(|task| Some((task.metadata.name.as_deref()?, &task.spec)));
    let cluster = facts
        .cluster_promotion_tasks
        .iter()
        .filter_map(|task| Some((task.metadata.name.as_deref()?, &task.spec)));
    let project: BTreeMap<&str, &PromotionTaskSpec> = project.collect();
    Tasks { project, cluster: cluster.collect() }
}
