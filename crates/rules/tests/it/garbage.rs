//! Case 67 of the engine's list: what goes and what stays.

use api::{Promotion, Stage, Time};
use jiff::SignedDuration;
use rules::garbage::{Retention, freight, promotions};
use serde_json::json;

use crate::world::{at, direct, object, stage_named};

const DAY: i64 = 86_400;

fn promotion(index: i64, phase: &str) -> Promotion {
    object(json!({
        "metadata": { "name": format!("p{index:03}"), "creationTimestamp": Time(at(index * DAY)) },
        "spec": { "stage": "test", "freight": format!("f{index}"), "steps": [] },
        "status": { "phase": phase },
    }))
}

fn retention(keep: usize) -> Retention {
    Retention { keep, minimum_age: SignedDuration::from_hours(10 * 24) }
}

#[track_caller]
fn check(pending: Option<i64>, now: i64, expected: std::ops::Range<i64>) {
    let all: Vec<Promotion> = (0..50)
        .map(|index| promotion(index, if Some(index) == pending { "Pending" } else { "Succeeded" }))
        .collect();
    let gone = promotions(&all, retention(20), at(now * DAY));
    let mut names: Vec<String> =
        gone.iter().map(|gone| gone.metadata.name.clone().unwrap()).collect();
    names.sort();
    assert_eq!(names, expected.map(|index| format!("p{index:03}")).collect::<Vec<_>>());
}

#[test]
fn promotions_go_when_they_are_many_and_old() {
    check(None, 100, 0..30);
    check(Some(25), 100, 0..5);
    check(None, 20, 0..10);
    check(None, 5, 0..0);
    assert_eq!(
        Retention::default(),
        Retention { keep: 20, minimum_age: SignedDuration::from_hours(336) }
    );
}

#[test]
fn freight_stays_while_it_runs_or_is_awaited() {
    let pieces: Vec<_> = (0..10)
        .map(|index| crate::world::freight(&format!("f{index}"), "w", index * DAY))
        .collect();
    let gone = |stages: &[Stage], promotions: &[Promotion]| {
        let found = freight(&pieces, stages, promotions, retention(2), at(100 * DAY));
        found.into_iter().map(|gone| gone.metadata.name.clone().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(gone(&[], &[]), ["f7", "f6", "f5", "f4", "f3", "f2", "f1", "f0"]);
    let mut stage = stage_named("test", json!([direct("w")]));
    let items = json!({ "Warehouse/w": { "name": "f4" } });
    stage.status = Some(object(json!({ "freightHistory": [{ "id": "x", "items": items }] })));
    assert_eq!(gone(std::slice::from_ref(&stage), &[]), ["f1", "f0"]);
    assert_eq!(gone(&[], &[promotion(3, "Pending")]), ["f0"]);
    assert_eq!(gone(&[], &[promotion(3, "Failed")]).len(), 8);
}
