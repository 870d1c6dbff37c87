//! `kargo explain stage`: the one blocking fact, when it clears, and every piece of Freight with its reasons.

use api::{PromotionPhase, ReasonCode, StageExplanation, Time};
use serde_json::json;

use crate::world::{World, at, direct, freight, from_stages, object, stage_named};

fn world() -> World {
    let stages = vec![
        stage_named("test", json!([direct("w")])),
        stage_named(
            "uat",
            json!([from_stages("w", &["test"], json!({ "requiredSoakTime": "1m" }))]),
        ),
        stage_named("prod", json!([from_stages("w", &["uat"], json!({}))])),
    ];
    World::new(stages, vec![freight("aaa1111", "w", 0)])
}

fn explain(world: &World, stage: &str) -> StageExplanation {
    rules::explain::stage(&world.seen(stage), true, world.now())
}

#[test]
fn soaking_says_when() {
    let mut world = world();
    world.settle();
    world.now = 10;
    let uat = explain(&world, "uat");
    let blocking = uat.blocking.clone().unwrap();
    assert_eq!(blocking.code, ReasonCode::Soaking);
    assert_eq!(uat.clears_at, Some(Time(at(60))));
    assert_eq!(
        uat.summary,
        format!("Freight aaa1111 is soaking in \"test\" (required: 1m); clears at {}.", at(60))
    );
    let promote = &uat.origins[0].freight[0].actions.promote;
    assert!(!promote.allowed);
    assert_eq!(promote.because[0].unblocks_at, Some(Time(at(60))));
    let prod = explain(&world, "prod").blocking.unwrap();
    assert_eq!((prod.code, prod.unblocks_at), (ReasonCode::NotVerified, None));
}

#[test]
fn running_the_newest_is_said_plainly() {
    let mut world = world();
    world.settle();
    let test = explain(&world, "test");
    assert_eq!(test.blocking.unwrap().code, ReasonCode::AlreadyCurrent);
    assert_eq!(test.origins[0].current.as_deref(), Some("aaa1111"));
    assert_eq!(test.origins[0].candidate.as_deref(), Some("aaa1111"));
    let promote = &test.origins[0].freight[0].actions.promote;
    assert!(promote.allowed, "promoting what runs is allowed, and said");
    assert_eq!(promote.because[0].code, ReasonCode::AlreadyCurrent);
}

#[test]
fn holds_policies_and_failures_are_named() {
    let mut world = world();
    world.settle();
    world.freight.insert("bbb2222".to_owned(), freight("bbb2222", "w", 5));
    world.config = None;
    let off = explain(&world, "test");
    assert_eq!(off.blocking.unwrap().code, ReasonCode::PolicyOff);
    assert!(!off.origins[0].auto_promotion);

    world.config = Some(crate::world::promote_all());
    world.fate.insert("bbb2222".to_owned(), PromotionPhase::Failed);
    world.now = 10;
    assert!(explain(&world, "test").blocking.is_none(), "about to be promoted");
    world.settle();
    assert_eq!(explain(&world, "test").blocking.unwrap().code, ReasonCode::PromotionFailed);

    world.now = 20;
    world.promote("test", "aaa1111");
    world.settle();
    let held = explain(&world, "test").blocking.unwrap();
    assert_eq!(held.code, ReasonCode::AutoPromotionHold);
    assert!(held.message.contains("by kubernetes:someone"), "{}", held.message);
    assert_eq!(held.fix.as_deref(), Some("resume"));
}

#[test]
fn the_queue_has_positions() {
    let mut world = world();
    world.config = None;
    let first = world.promote("test", "aaa1111");
    let second = world.promote("test", "aaa1111");
    world.pass_stage("test");
    let test = explain(&world, "test");
    assert_eq!(test.running, Some(first.clone()));
    assert!(test.blocking.is_none());
    assert_eq!(test.queue.len(), 1);
    assert_eq!((test.queue[0].name.as_str(), test.queue[0].ahead), (second.as_str(), 1));
    let promotions: Vec<_> = world.promotions.values().cloned().collect();
    let position =
        |name: &str| rules::explain::queue_position(&world.stages["test"], &promotions, name);
    assert_eq!((position(&first), position(&second)), (None, Some(1)));
}

#[test]
fn an_open_verification_keeps_the_queue() {
    let mut world = world();
    world.settle();
    world.config = None;
    let status = world.stages.get_mut("test").unwrap().status.as_mut().unwrap();
    status.freight_history[0].verification_history[0].phase = Some(api::VerificationPhase::Running);
    world.now = 10;
    world.promote("test", "aaa1111");
    world.settle();
    assert_eq!(explain(&world, "test").blocking.unwrap().code, ReasonCode::VerificationRunning);
    assert!(world.status("test").current_promotion.is_none());
}

#[test]
fn nothing_yet_control_flow_and_missing_rights() {
    let mut world = world();
    world.freight.clear();
    let nothing = explain(&world, "test").blocking.unwrap();
    assert_eq!(nothing.message, "Warehouse/w has produced no Freight yet");
    world.stages.get_mut("uat").unwrap().spec.promotion_template = None;
    assert_eq!(explain(&world, "uat").blocking.unwrap().code, ReasonCode::ControlFlow);
    world.freight.insert("aaa1111".to_owned(), freight("aaa1111", "w", 0));
    let stranger = rules::explain::stage(&world.seen("test"), false, world.now());
    let promote = &stranger.origins[0].freight[0].actions.promote;
    assert_eq!((promote.allowed, promote.because[0].code), (false, ReasonCode::RbacDenied));
    let _: serde_json::Value = object(serde_json::to_value(stranger).unwrap());
}
