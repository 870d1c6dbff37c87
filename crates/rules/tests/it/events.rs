//! Which Events are owed, for how long, and that they are the same whoever works them out.

use api::{Freight, Promotion, Stage, Time};
use rules::admission::Operation;
use rules::events::{self, Owed, Teller};
use serde_json::{Value, json};

use crate::world::{at, freight, object, stage_named};

fn teller(second: i64) -> Teller<'static> {
    Teller { now: at(second), actor: "controller:main" }
}

fn promotion(status: Value) -> Promotion {
    object(json!({
        "metadata": {
            "name": "test.1.abc", "namespace": "p", "uid": "u", "creationTimestamp": Time(at(0)),
        },
        "spec": { "stage": "test", "freight": "abc", "steps": [] },
        "status": status,
    }))
}

fn ended(phase: &str, message: &str) -> Promotion {
    promotion(json!({ "phase": phase, "message": message, "finishedAt": Time(at(60)) }))
}

/// `reason: message` of each.
fn told(owed: &[Owed]) -> Vec<String> {
    owed.iter()
        .map(|owed| {
            let text = |field: &str| owed.event[field].as_str().unwrap().to_owned();
            format!("{}: {}", text("reason"), text("message"))
        })
        .collect()
}

fn annotation<'a>(owed: &'a Owed, key: &str) -> Option<&'a str> {
    owed.event["metadata"]["annotations"][format!("event.kargo.akuity.io/{key}")].as_str()
}

#[test]
fn a_promotion_is_created_and_ends() {
    let created = "PromotionCreated: Promotion created for Stage \"test\" by controller:main";
    for (phase, message, end) in [
        ("Succeeded", "", "PromotionSucceeded: Promotion Succeeded"),
        ("Failed", "step 2", "PromotionFailed: Promotion Failed: step 2"),
        ("Errored", "no disk", "PromotionErrored: Promotion Errored: no disk"),
        ("Aborted", "", "PromotionAborted: Promotion Aborted"),
    ] {
        let owed = events::of_promotion(&ended(phase, message), None, None, teller(61));
        assert_eq!(told(&owed), [created, end]);
    }
    let running = promotion(json!({ "phase": "Running" }));
    assert_eq!(told(&events::of_promotion(&running, None, None, teller(1))), [created]);
}

#[test]
fn the_payload_says_what_was_promoted_and_whether_verification_follows() {
    let mut stage = stage_named("test", json!([]));
    let piece = freight("abc", "w", 0);
    let owed = |stage: &Stage| {
        let promotion = ended("Succeeded", "");
        events::of_promotion(&promotion, Some(stage), Some(&piece), teller(61)).remove(1)
    };
    assert_eq!(annotation(&owed(&stage), "verification-pending"), Some("false"));
    stage.spec.verification = Some(object(json!({})));
    let owed = owed(&stage);
    for (key, value) in [
        ("verification-pending", "true"),
        ("project", "p"),
        ("actor", "controller:main"),
        ("promotion-name", "test.1.abc"),
        ("stage-name", "test"),
        ("freight-name", "abc"),
        ("freight-alias", "abc"),
        ("freight-warehouse-name", "w"),
    ] {
        assert_eq!(annotation(&owed, key), Some(value), "{key}");
    }
    let images = annotation(&owed, "freight-images").unwrap();
    assert_eq!(serde_json::from_str::<Value>(images).unwrap(), json!(piece.images));
    assert_eq!(annotation(&owed, "freight-charts"), None);
    assert_eq!(owed.event["involvedObject"]["apiVersion"], "kargo.akuity.io/v1alpha1");
}

#[test]
fn who_asked_is_named_and_who_aborted_when_it_was_aborted() {
    let mut promotion = ended("Aborted", "");
    promotion.metadata.annotations = Some(
        [
            ("kargo.akuity.io/create-actor".to_owned(), "email:ann@example.com".to_owned()),
            (
                "kargo.akuity.io/abort".to_owned(),
                r#"{"action":"terminate","actor":"admin"}"#.into(),
            ),
        ]
        .into(),
    );
    let owed = events::of_promotion(&promotion, None, None, teller(61));
    let actors: Vec<_> = owed.iter().map(|owed| annotation(owed, "actor").unwrap()).collect();
    assert_eq!(actors, ["email:ann@example.com", "admin"]);
}

#[test]
fn news_is_owed_for_an_hour() {
    let promotion = ended("Succeeded", "");
    let count = |second| events::of_promotion(&promotion, None, None, teller(second)).len();
    assert_eq!((count(3599), count(3600), count(3659), count(3660)), (2, 1, 1, 0));
}

#[test]
fn the_name_follows_from_what_is_told() {
    let first = events::of_promotion(&ended("Succeeded", ""), None, None, teller(61));
    let later = events::of_promotion(&ended("Succeeded", "more"), None, None, teller(900));
    assert_eq!(first[1].name, later[1].name);
    assert_ne!(first[0].name, first[1].name);
    let mut other = ended("Succeeded", "");
    other.metadata.uid = Some("created again".into());
    let other = events::of_promotion(&other, None, None, teller(61));
    assert_ne!(first[1].name, other[1].name);
    let mut long = ended("Succeeded", "");
    long.metadata.name = Some(format!("{}.{}", "a".repeat(229), "b".repeat(20)));
    let long = events::of_promotion(&long, None, None, teller(61));
    assert!(long[0].name.len() <= 253 && !long[0].name.contains(".."), "{}", long[0].name);
}

fn approved(second: i64) -> Freight {
    let mut piece = freight("abc", "w", 0);
    piece.status =
        Some(object(json!({ "approvedFor": { "prod": { "approvedAt": Time(at(second)) } } })));
    piece
}

#[test]
fn an_approval_waits_for_admission_to_say_who() {
    let owed = events::of_freight(&approved(10), |_| false, teller(11));
    assert_eq!(
        told(&owed),
        ["FreightApproved: Freight approved for Stage \"prod\" by unknown actor"]
    );
    assert_eq!(owed[0].due, at(15));
    let [by_admission] =
        events::of_approvals(&approved(10), &freight("abc", "w", 0), at(10), "admin")
            .try_into()
            .unwrap();
    assert_eq!(by_admission["metadata"]["name"], owed[0].name.as_str(), "one Event, not two");
    assert_eq!(by_admission["message"], "Freight approved for Stage \"prod\" by admin");
    assert!(events::of_approvals(&approved(10), &approved(5), at(10), "admin").is_empty());
}

#[test]
fn admission_tells_who_approved() {
    let request = |operation, object: &Freight, old: Option<&Freight>| rules::admission::Request {
        kind: "Freight".into(),
        namespace: "p".into(),
        name: "abc".into(),
        subresource: Some("status".into()),
        operation,
        caller: rules::admission::Caller { username: "ann".into(), ..Default::default() },
        object: Some(json!(object)),
        old: old.map(|old| json!(old)),
        now: Some(at(10)),
    };
    let facts = rules::admission::Facts::default();
    let update = request(Operation::Update, &approved(10), Some(&freight("abc", "w", 0)));
    let admitted = rules::admission::review(&update, &facts).unwrap();
    let messages: Vec<_> = admitted.ensure.iter().map(|event| &event["message"]).collect();
    assert_eq!(messages, ["Freight approved for Stage \"prod\" by kubernetes:ann"]);
}

#[test]
fn freight_passes_control_flow_stages_and_is_verified_in_others() {
    let mut piece = freight("abc", "w", 0);
    let verified = json!({ "verifiedAt": Time(at(20)) });
    piece.status = Some(object(json!({ "verifiedIn": { "gate": verified, "test": verified } })));
    let owed = events::of_freight(&piece, |stage| stage == "gate", teller(21));
    assert_eq!(told(&owed), ["FreightVerificationSucceeded: Freight verification succeeded"]);
    assert_eq!(annotation(&owed[0], "stage-name"), Some("gate"));
}

#[test]
fn every_end_of_a_verification_is_told_for_each_piece() {
    let pieces = [freight("a", "w", 0), freight("b", "v", 0)];
    let by_name = |name: &str| pieces.iter().find(|piece| piece.alias.as_deref() == Some(name));
    for (phase, reason) in [
        ("Successful", Some("FreightVerificationSucceeded: Freight verification succeeded")),
        ("Failed", Some("FreightVerificationFailed: why")),
        ("Error", Some("FreightVerificationErrored: why")),
        ("Aborted", Some("FreightVerificationAborted: why")),
        ("Inconclusive", Some("FreightVerificationInconclusive: why")),
        ("Running", None),
    ] {
        let mut stage = stage_named("test", json!([]));
        stage.status = Some(object(json!({ "freightHistory": [{
            "id": "1",
            "items": { "Warehouse/w": { "name": "a" }, "Warehouse/v": { "name": "b" } },
            "verificationHistory": [{
                "id": "v1", "phase": phase, "message": "why", "finishTime": Time(at(30)),
            }],
        }] })));
        let owed = events::of_stage(&stage, by_name, teller(31));
        let expected: Vec<&str> = reason.into_iter().cycle().take(2).collect();
        assert_eq!(told(&owed), expected);
    }
}
