//! Cases 19–21 and 33 of the engine's list: who may take which Freight, and when.

use std::collections::BTreeSet;

use api::{Freight, FreightStatus, Time};
use proptest::prelude::*;
use rules::freight_availability::{
    Asking, Availability, Grounds, availability, available, candidate, candidates,
};
use serde_json::{Value, json};

use crate::world::{at, direct, freight, from_stages, object, stage_named};

/// Freight with a status written as seconds: `verified`, `since` and `soak` by Stage.
fn passed(status: Value) -> Freight {
    let mut piece = freight("f1", "w", 0);
    piece.status = Some(object::<FreightStatus>(status));
    piece
}

fn time(second: i64) -> Value {
    serde_json::to_value(Time(at(second))).unwrap()
}

#[track_caller]
fn check(request: Value, status: Value, now: i64, expected: &str) {
    let stage = stage_named("prod", json!([request]));
    let control_flow = BTreeSet::from(["gate".to_owned()]);
    let answer = availability(
        Asking { stage: &stage, control_flow: &control_flow, now: at(now) },
        &passed(status),
    );
    let text = match &answer {
        Availability::Available(grounds) => format!("{grounds:?}"),
        Availability::Blocked { reasons, unblocks_at } => {
            let codes: Vec<&str> = reasons.iter().map(|reason| reason.code.as_str()).collect();
            let until = unblocks_at
                .map(|until| format!(" until {}", until.as_second() - at(0).as_second()));
            format!("{}{}", codes.join("+"), until.unwrap_or_default())
        }
    };
    assert_eq!(text, expected);
}

#[test]
fn grounds() {
    check(direct("w"), json!({}), 0, "Direct");
    check(direct("other"), json!({}), 0, "origin_not_requested");
    let upstream = || from_stages("w", &["uat"], json!({}));
    check(upstream(), json!({}), 0, "not_verified");
    check(upstream(), json!({ "verifiedIn": { "uat": {} } }), 0, "Upstream");
    check(upstream(), json!({ "verifiedIn": { "elsewhere": {} } }), 0, "not_verified");
    check(upstream(), json!({ "approvedFor": { "prod": {} } }), 0, "Approved");
    check(upstream(), json!({ "approvedFor": { "uat": {} } }), 0, "not_verified");
}

#[test]
fn soaking_ends_at_an_exact_moment() {
    let upstream = || from_stages("w", &["uat"], json!({ "requiredSoakTime": "10m" }));
    let running = || json!({ "verifiedIn": { "uat": { "verifiedAt": time(50) } }, "currentlyIn": { "uat": { "since": time(30) } } });
    check(upstream(), running(), 60, "soaking until 630");
    check(upstream(), running(), 629, "soaking until 630");
    check(upstream(), running(), 630, "Upstream");
    let unverified = json!({ "currentlyIn": { "uat": { "since": time(0) } } });
    check(upstream(), unverified, 10_000, "not_verified");
    let record = |soak: &str| json!({ "verifiedIn": { "uat": { "verifiedAt": time(0), "longestSoak": soak } } });
    check(upstream(), record("10m0s"), 0, "Upstream");
    check(upstream(), record("9m59s"), 10_000, "not_in_upstream");
    check(upstream(), json!({ "approvedFor": { "prod": {} } }), 0, "Approved");
}

#[test]
fn a_soak_time_that_cannot_be_read_keeps_the_gate_shut() {
    let upstream = from_stages("w", &["uat"], json!({ "requiredSoakTime": "ten minutes" }));
    let verified =
        json!({ "verifiedIn": { "uat": {} }, "currentlyIn": { "uat": { "since": time(0) } } });
    check(upstream, verified, 1_000_000, "not_in_upstream");
}

#[test]
fn control_flow_stages_soak_from_verification() {
    let upstream = || from_stages("w", &["gate"], json!({ "requiredSoakTime": "10m" }));
    let verified = || json!({ "verifiedIn": { "gate": { "verifiedAt": time(100) } } });
    check(upstream(), verified(), 200, "soaking until 700");
    check(upstream(), verified(), 700, "Upstream");
}

#[test]
fn all_and_one_of() {
    let all = || {
        from_stages(
            "w",
            &["a", "b"],
            json!({ "availabilityStrategy": "All", "requiredSoakTime": "1m" }),
        )
    };
    let one = || from_stages("w", &["a", "b"], json!({ "requiredSoakTime": "1m" }));
    let soaked = |stages: &[(&str, i64)]| {
        let mut status = json!({ "verifiedIn": {}, "currentlyIn": {} });
        for (stage, since) in stages {
            status["verifiedIn"][stage] = json!({ "verifiedAt": time(*since) });
            status["currentlyIn"][stage] = json!({ "since": time(*since) });
        }
        status
    };
    check(all(), soaked(&[("a", 0), ("b", 0), ("extra", 0)]), 60, "Upstream");
    check(all(), soaked(&[("a", 0), ("b", 30)]), 60, "soaking until 90");
    check(all(), soaked(&[("a", 0)]), 60, "not_verified");
    check(all(), soaked(&[("a", 30)]), 60, "soaking+not_verified");
    check(one(), soaked(&[("elsewhere", 0)]), 1_000, "not_verified");
    check(one(), soaked(&[("a", 30), ("b", 40)]), 60, "soaking until 90");
    check(one(), soaked(&[("a", 30), ("b", 0)]), 60, "Upstream");
}

#[test]
fn newest_first_and_match_upstream() {
    let control_flow = BTreeSet::new();
    let verified = |name: &str, discovered: i64, current: bool| {
        let mut piece = freight(name, "w", discovered);
        let mut status = json!({ "verifiedIn": { "uat": { "verifiedAt": time(0) } } });
        if current {
            status["currentlyIn"] = json!({ "uat": { "since": time(0) } });
        }
        piece.status = Some(object(status));
        piece
    };
    let pieces = [
        verified("old", 1, true),
        verified("a", 5, false),
        verified("b", 5, false),
        freight("new", "w", 9),
    ];
    let newest = stage_named("prod", json!([from_stages("w", &["uat"], json!({}))]));
    let asking = Asking { stage: &newest, control_flow: &control_flow, now: at(10) };
    let found = candidates(asking, &newest.spec.requested_freight[0], &pieces);
    let names: Vec<_> = found.iter().map(|piece| piece.metadata.name.as_deref().unwrap()).collect();
    assert_eq!(names, ["b", "a", "old"]);

    let options = json!({ "autoPromotionOptions": { "selectionPolicy": "MatchUpstream" } });
    let follows = stage_named("prod", json!([from_stages("w", &["uat"], options)]));
    let asking = Asking { stage: &follows, control_flow: &control_flow, now: at(10) };
    let request = &follows.spec.requested_freight[0];
    assert_eq!(candidate(asking, request, &pieces).unwrap().metadata.name.as_deref(), Some("old"));
    let two = [verified("x", 1, true), verified("y", 2, true)];
    assert!(
        candidate(asking, request, &two).is_none(),
        "case 32: two at once is a moment between two updates"
    );
}

fn any_freight() -> impl Strategy<Value = Freight> {
    let stages = prop::sample::subsequence(vec!["a", "b", "gate", "elsewhere"], 0..=4);
    let soak = prop::option::of(0_i64..200);
    (stages.clone(), stages, any::<bool>(), 0_i64..100, soak, 0_i64..3).prop_map(
        |(verified, current, approved, since, soak, warehouse)| {
            let mut piece = freight("f", &format!("w{warehouse}"), since);
            let mut status = FreightStatus::default();
            for stage in verified {
                let entry = status.verified_in.entry(stage.to_owned()).or_default();
                entry.verified_at = Some(Time(at(since)));
                entry.longest_soak =
                    soak.map(|soak| api::Duration::from(format!("{soak}s").as_str()));
            }
            for stage in current {
                status.currently_in.entry(stage.to_owned()).or_default().since =
                    Some(Time(at(since)));
            }
            if approved {
                status.approved_for.insert("prod".to_owned(), api::ApprovedStage::default());
            }
            piece.status = Some(status);
            piece
        },
    )
}

proptest! {
    /// H5: the list and the single answer are one rule; and when time is promised to help, it does.
    #[test]
    fn the_list_and_the_single_answer_agree(pieces in prop::collection::vec(any_freight(), 0..8), all in any::<bool>(), now in 0_i64..300) {
        let strategy = if all { "All" } else { "OneOf" };
        let more = json!({ "availabilityStrategy": strategy, "requiredSoakTime": "1m" });
        let stage = stage_named("prod", json!([from_stages("w0", &["a", "gate"], more), direct("w1")]));
        let control_flow = BTreeSet::from(["gate".to_owned()]);
        let asking = Asking { stage: &stage, control_flow: &control_flow, now: at(now) };
        let listed: Vec<*const Freight> = available(asking, &pieces).map(std::ptr::from_ref).collect();
        for piece in &pieces {
            let single = availability(asking, piece);
            prop_assert_eq!(single.is_available(), listed.contains(&std::ptr::from_ref(piece)));
            let by_request: Vec<_> = stage.spec.requested_freight.iter()
                .flat_map(|request| candidates(asking, request, std::slice::from_ref(piece))).collect();
            prop_assert_eq!(single.is_available(), by_request.len() == 1);
            prop_assert!(single.is_available() || !single.reasons().is_empty());
            if let Some(until) = single.unblocks_at() {
                prop_assert!(until > at(now));
                let then = availability(Asking { now: until, ..asking }, piece);
                prop_assert_eq!(then, Availability::Available(Grounds::Upstream));
            }
        }
    }
}
