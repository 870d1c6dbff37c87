//! Which Events are owed for an object: read from what the object itself records, so that none is lost with a crash.
//!
//! An Event's name follows from what it tells. Whoever notices first creates it; everybody else finds it there.

use std::collections::BTreeMap;

use api::annotations::{self, AbortRequest, EVENT_PREFIX};
use api::{
    Freight, ObjectMeta, Promotion, PromotionPhase, Stage, Timestamp, VerificationInfo,
    VerificationPhase,
};
use jiff::SignedDuration;
use serde::Serialize;
use serde_json::{Value, json};

use crate::promotion::claim::digest;

/// Kubernetes keeps Events for this long; what is older is owed to nobody.
pub const KEPT: SignedDuration = SignedDuration::from_hours(1);
/// Admission sees who approves; others leave it this long to say so.
const APPROVER_FIRST: SignedDuration = SignedDuration::from_secs(5);
const UNKNOWN_ACTOR: &str = "unknown actor";

/// An Event that must exist.
#[derive(Clone, Debug, PartialEq)]
pub struct Owed {
    pub name: String,
    /// When what it tells of happened.
    pub at: Timestamp,
    /// When to create it if nobody else has.
    pub due: Timestamp,
    pub event: Value,
}

/// What is known when Events are worked out.
#[derive(Clone, Copy)]
pub struct Teller<'a> {
    pub now: Timestamp,
    /// The controller, for what nobody else caused: `controller:<name>`.
    pub actor: &'a str,
}

impl Teller<'_> {
    fn is_news(&self, at: Timestamp) -> bool {
        self.now.duration_since(at) < KEPT
    }

    fn tell(&self, kind: &str, about: &ObjectMeta, news: News<'_>) -> Owed {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let (namespace, name, uid) = (text(&about.namespace), text(&about.name), text(&about.uid));
        let mut annotations = news.annotations;
        note(&mut annotations, "project", namespace.clone());
        note(&mut annotations, "actor", news.actor);
        let seconds = news.at.as_second().to_string();
        let event_name = event_name(&name, &[&uid, news.reason, news.distinct, &seconds]);
        let at = news.at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let event = json!({
            "apiVersion": "v1", "kind": "Event",
            "metadata": { "namespace": namespace, "name": event_name, "annotations": annotations },
            "involvedObject": {
                "apiVersion": "kargo.akuity.io/v1alpha1", "kind": kind,
                "namespace": namespace, "name": name, "uid": uid,
            },
            "reason": news.reason, "message": news.message, "type": "Normal",
            "source": { "component": "kargo" }, "reportingComponent": "kargo", "reportingInstance": "",
            "firstTimestamp": at, "lastTimestamp": at, "count": 1,
        });
        Owed { name: event_name, at: news.at, due: news.at, event }
    }
}

struct News<'a> {
    at: Timestamp,
    reason: &'static str,
    /// What tells this Event from others of the same object, reason and second.
    distinct: &'a str,
    actor: String,
    message: String,
    annotations: BTreeMap<String, String>,
}

/// That a Promotion was created, and how it ended.
#[must_use]
pub fn of_promotion(
    promotion: &Promotion,
    stage: Option<&Stage>,
    freight: Option<&Freight>,
    teller: Teller<'_>,
) -> Vec<Owed> {
    let creator = annotation(&promotion.metadata, annotations::CREATE_ACTOR);
    let actor = creator.unwrap_or(teller.actor).to_owned();
    let news = |at, reason, actor: String, message, annotations| News {
        at,
        reason,
        distinct: "",
        actor,
        message,
        annotations,
    };
    let mut owed = Vec::new();
    let created = created_at(&promotion.metadata).filter(|at| teller.is_news(*at));
    if let Some(at) = created {
        let message = format!("Promotion created for Stage {:?} by {actor}", promotion.spec.stage);
        let told = about_promotion(promotion, freight);
        owed.push(teller.tell(
            "Promotion",
            &promotion.metadata,
            news(at, "PromotionCreated", actor.clone(), message, told),
        ));
    }
    let status = promotion.status.as_ref();
    let ended = status.and_then(|status| Some((status.finished_at.as_ref()?.0, status)));
    let Some((at, status)) = ended.filter(|(at, _)| teller.is_news(*at)) else { return owed };
    let Some((reason, phase)) = status.phase.as_ref().and_then(end_of_promotion) else {
        return owed;
    };
    let mut told = about_promotion(promotion, freight);
    if reason == "PromotionSucceeded" {
        let pending = stage.is_some_and(|stage| stage.spec.verification.is_some());
        note(&mut told, "verification-pending", pending.to_string());
    }
    let why = status.message.as_deref().filter(|message| !message.is_empty());
    let message =
        why.map_or_else(|| format!("Promotion {phase}"), |why| format!("Promotion {phase}: {why}"));
    let actor = aborted_by(promotion).filter(|_| reason == "PromotionAborted").unwrap_or(actor);
    owed.push(teller.tell(
        "Promotion",
        &promotion.metadata,
        news(at, reason, actor, message, told),
    ));
    owed
}

fn end_of_promotion(phase: &PromotionPhase) -> Option<(&'static str, &'static str)> {
    match phase {
        PromotionPhase::Succeeded => Some(("PromotionSucceeded", "Succeeded")),
        PromotionPhase::Failed => Some(("PromotionFailed", "Failed")),
        PromotionPhase::Errored => Some(("PromotionErrored", "Errored")),
        PromotionPhase::Aborted => Some(("PromotionAborted", "Aborted")),
        _ => None,
    }
}

fn aborted_by(promotion: &Promotion) -> Option<String> {
    let request = AbortRequest::parse(annotation(&promotion.metadata, annotations::ABORT)?)?;
    Some(request.actor).filter(|actor| !actor.is_empty())
}

/// That Freight was created, approved by hand, and let through by Stages that only pass it on.
#[must_use]
pub fn of_freight(
    freight: &Freight,
    is_control_flow: impl Fn(&str) -> bool,
    teller: Teller<'_>,
) -> Vec<Owed> {
    let mut owed = Vec::new();
    if let Some(at) = created_at(&freight.metadata).filter(|at| teller.is_news(*at)) {
        let creator = annotation(&freight.metadata, annotations::CREATE_ACTOR);
        let message = match creator {
            Some(creator) => format!("Freight created by {creator}"),
            None => "Freight created from discovered artifacts".to_owned(),
        };
        owed.push(teller.tell(
            "Freight",
            &freight.metadata,
            News {
                at,
                reason: "FreightCreated",
                distinct: "",
                actor: creator.unwrap_or(teller.actor).to_owned(),
                message,
                annotations: about_freight(freight, ""),
            },
        ));
    }
    let Some(status) = &freight.status else { return owed };
    for (stage, approved) in &status.approved_for {
        let at = approved.approved_at.as_ref().map(|at| at.0);
        if let Some(at) = at.filter(|at| teller.is_news(*at)) {
            let mut approval = approval(freight, stage, at, UNKNOWN_ACTOR, teller);
            approval.due = at + APPROVER_FIRST;
            owed.push(approval);
        }
    }
    for (stage, verified) in &status.verified_in {
        let at = verified.verified_at.as_ref().map(|at| at.0);
        if let Some(at) = at.filter(|at| teller.is_news(*at) && is_control_flow(stage)) {
            owed.push(passed_on(freight, stage, at, teller));
        }
    }
    owed
}

/// The approvals that a write adds, told by who sees it: admission.
#[must_use]
pub fn of_approvals(freight: &Freight, old: &Freight, now: Timestamp, actor: &str) -> Vec<Value> {
    let before = old.status.as_ref();
    let approved = freight.status.iter().flat_map(|status| &status.approved_for);
    approved
        .filter_map(|(stage, approved)| Some((stage, approved.approved_at.as_ref()?.0)))
        .filter(|(stage, _)| before.is_none_or(|before| !before.approved_for.contains_key(*stage)))
        .map(|(stage, at)| approval(freight, stage, at, actor, Teller { now, actor }).event)
        .collect()
}

fn approval(
    freight: &Freight,
    stage: &str,
    at: Timestamp,
    actor: &str,
    teller: Teller<'_>,
) -> Owed {
    let news = News {
        at,
        reason: "FreightApproved",
        distinct: stage,
        actor: actor.to_owned(),
        message: format!("Freight approved for Stage {stage:?} by {actor}"),
        annotations: about_freight(freight, stage),
    };
    teller.tell("Freight", &freight.metadata, news)
}

fn passed_on(freight: &Freight, stage: &str, at: Timestamp, teller: Teller<'_>) -> Owed {
    let mut told = about_freight(freight, stage);
    note(&mut told, "verification-start-time", at.to_string());
    note(&mut told, "verification-finish-time", at.to_string());
    let news = News {
        at,
        reason: "FreightVerificationSucceeded",
        distinct: stage,
        actor: teller.actor.to_owned(),
        message: "Freight verification succeeded".to_owned(),
        annotations: told,
    };
    teller.tell("Freight", &freight.metadata, news)
}

/// How verifications in a Stage ended, for each piece of Freight in them.
#[must_use]
pub fn of_stage<'a>(
    stage: &Stage,
    freight: impl Fn(&str) -> Option<&'a Freight>,
    teller: Teller<'_>,
) -> Vec<Owed> {
    let mut owed = Vec::new();
    let collections = stage.status.iter().flat_map(|status| &status.freight_history);
    for collection in collections {
        for verification in &collection.verification_history {
            let finished = verification.finish_time.as_ref().map(|at| at.0);
            let Some(at) = finished.filter(|at| teller.is_news(*at)) else { continue };
            let Some((reason, message)) = end_of_verification(verification) else { continue };
            let pieces =
                collection.freight.values().filter_map(|piece| freight(piece.name.as_deref()?));
            owed.extend(pieces.map(|piece| {
                let id = verification.id.as_deref().unwrap_or_default();
                let actor = verification.actor.as_deref().filter(|actor| !actor.is_empty());
                let news = News {
                    at,
                    reason,
                    distinct: &format!("{}/{id}", name(&stage.metadata)),
                    actor: actor.unwrap_or(teller.actor).to_owned(),
                    message: message.clone(),
                    annotations: about_verification(piece, stage, verification),
                };
                teller.tell("Freight", &piece.metadata, news)
            }));
        }
    }
    owed
}

fn end_of_verification(verification: &VerificationInfo) -> Option<(&'static str, String)> {
    let reason = match verification.phase.as_ref()? {
        VerificationPhase::Successful => "FreightVerificationSucceeded",
        VerificationPhase::Failed => "FreightVerificationFailed",
        VerificationPhase::Error => "FreightVerificationErrored",
        VerificationPhase::Aborted => "FreightVerificationAborted",
        VerificationPhase::Inconclusive => "FreightVerificationInconclusive",
        VerificationPhase::Pending | VerificationPhase::Running => return None,
        _ => "FreightVerificationUnknown",
    };
    let said = verification.message.clone().unwrap_or_default();
    let succeeded = reason == "FreightVerificationSucceeded";
    Some((reason, if succeeded { "Freight verification succeeded".to_owned() } else { said }))
}

fn created_at(object: &ObjectMeta) -> Option<Timestamp> {
    object.creation_timestamp.as_ref().map(|at| at.0)
}

fn annotation<'a>(object: &'a ObjectMeta, key: &str) -> Option<&'a str> {
    object.annotations.as_ref()?.get(key).map(String::as_str)
}

fn name(object: &ObjectMeta) -> &str {
    object.name.as_deref().unwrap_or_default()
}

fn about_promotion(promotion: &Promotion, freight: Option<&Freight>) -> BTreeMap<String, String> {
    let mut told = match freight {
        Some(freight) => about_freight(freight, &promotion.spec.stage),
        None => BTreeMap::new(),
    };
    note(&mut told, "promotion-name", name(&promotion.metadata).to_owned());
    note(&mut told, "stage-name", promotion.spec.stage.clone());
    if let Some(at) = created_at(&promotion.metadata) {
        note(&mut told, "promotion-create-time", at.to_string());
    }
    if annotation(&promotion.metadata, annotations::ROLLBACK) == Some("true") {
        note(&mut told, "rollback", "true".to_owned());
    }
    told
}

fn about_freight(freight: &Freight, stage: &str) -> BTreeMap<String, String> {
    let mut told = BTreeMap::new();
    note(&mut told, "freight-name", name(&freight.metadata).to_owned());
    note(&mut told, "stage-name", stage.to_owned());
    note(&mut told, "freight-warehouse-name", freight.origin.name.clone());
    if let Some(at) = created_at(&freight.metadata) {
        note(&mut told, "freight-create-time", at.to_string());
    }
    if let Some(alias) = freight.alias.clone().filter(|alias| !alias.is_empty()) {
        note(&mut told, "freight-alias", alias);
    }
    list(&mut told, "freight-commits", &freight.commits);
    list(&mut told, "freight-images", &freight.images);
    list(&mut told, "freight-charts", &freight.charts);
    list(&mut told, "freight-artifacts", &freight.artifacts);
    told
}

fn about_verification(
    freight: &Freight,
    stage: &Stage,
    verification: &VerificationInfo,
) -> BTreeMap<String, String> {
    let mut told = about_freight(freight, name(&stage.metadata));
    for (key, time) in [
        ("verification-start-time", &verification.start_time),
        ("verification-finish-time", &verification.finish_time),
    ] {
        if let Some(time) = time {
            note(&mut told, key, time.0.to_string());
        }
    }
    if let Some(run) = &verification.analysis_run {
        note(&mut told, "analysis-run-name", run.name.clone());
    }
    told
}

fn note(annotations: &mut BTreeMap<String, String>, key: &str, value: String) {
    annotations.insert(format!("{EVENT_PREFIX}{key}"), value);
}

fn list<T: Serialize>(annotations: &mut BTreeMap<String, String>, key: &str, items: &[T]) {
    if !items.is_empty() {
        note(annotations, key, json!(items).to_string());
    }
}

/// The object's name and a hash of what makes the Event the one it is.
fn event_name(object: &str, parts: &[&str]) -> String {
    let digits: String = digest(parts).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let kept: String = object.chars().take(230).collect();
    format!("{}.{digits}", kept.trim_end_matches(['.', '-']))
}
