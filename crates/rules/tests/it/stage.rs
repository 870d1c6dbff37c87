//! Cases 22–37 and 38–43 of the engine's list, as far as they are rules.

use api::{Freight, HealthState, PromotionPhase, VerificationPhase};
use rules::stage::is_concerned;
use serde_json::json;

use crate::world::{World, at, direct, freight, from_stages, name, object, stage_named};

fn one_stage() -> World {
    World::new(vec![stage_named("test", json!([direct("w")]))], vec![freight("aaa1111", "w", 0)])
}

#[test]
fn freight_goes_all_the_way_and_everything_is_recorded() {
    let stages = vec![
        stage_named("test", json!([direct("w")])),
        stage_named(
            "uat",
            json!([from_stages("w", &["test"], json!({ "requiredSoakTime": "20s" }))]),
        ),
        stage_named("prod", json!([from_stages("w", &["uat"], json!({}))])),
    ];
    let mut world = World::new(stages, vec![freight("aaa1111", "w", 0)]);
    world.config = Some(object(json!({
        "metadata": { "name": "p", "namespace": "p" },
        "spec": { "promotionPolicies": [
            { "stageSelector": { "name": "prod" }, "autoPromotionEnabled": false },
            { "stageSelector": { "name": "regex:^(test|uat)$" }, "autoPromotionEnabled": true },
        ] },
    })));
    world.settle();
    assert_eq!(world.runs("test")["Warehouse/w"], "aaa1111");
    assert!(world.runs("uat").is_empty());
    assert_eq!(world.condition("test", "Ready"), "True/Verified");
    let status = world.freight["aaa1111"].status.clone().unwrap();
    assert!(status.currently_in.contains_key("test") && status.verified_in.contains_key("test"));

    // Case 33: the soak ends at a moment that is known, not polled for.
    let (changed, again) = world.pass();
    assert!(!changed);
    assert_eq!(again.at(), Some(at(20)));
    world.now = 19;
    assert!(!world.pass().0);
    world.now = 20;
    world.settle();
    assert_eq!(world.runs("uat")["Warehouse/w"], "aaa1111");
    assert!(world.runs("prod").is_empty());
    assert_eq!(world.status("prod").auto_promotion_enabled, None);

    world.promote("prod", "aaa1111");
    world.settle();
    assert_eq!(world.runs("prod")["Warehouse/w"], "aaa1111");
    assert_eq!(world.status("prod").freight_summary.as_deref(), Some("aaa1111"));
    assert_eq!(world.status("prod").observed_generation, Some(1));
}

#[test]
fn case_22_promotions_run_one_at_a_time_in_name_order() {
    let mut world = one_stage();
    world.config = None;
    for piece in ["bbb2222", "ccc3333"] {
        world.freight.insert(piece.to_owned(), freight(piece, "w", 1));
    }
    let mut created = vec![
        world.promote("test", "ccc3333"),
        world.promote("test", "aaa1111"),
        world.promote("test", "bbb2222"),
    ];
    world.settle();
    created.sort();
    assert_eq!(world.started, created);
    assert_eq!(world.most_running, 1);
    assert_eq!(world.status("test").freight_history.len(), 3);
}

#[test]
fn case_22b_a_smaller_name_does_not_push_out_what_runs() {
    let mut world = one_stage();
    world.config = None;
    let first = world.promote("test", "aaa1111");
    world.pass_stage("test");
    assert_eq!(world.status("test").current_promotion.unwrap().name, first);
    let mut early = world.promotions[&first].clone();
    early.metadata.name = Some("test.00000000000000000000000000.aaa1111".to_owned());
    world.promotions.insert(name(&early), early);
    world.pass_stage("test");
    assert_eq!(world.status("test").current_promotion.unwrap().name, first);
}

#[test]
fn cases_23_and_24_the_queue_waits_for_verification_unless_unhealthy() {
    use rules::stage::{Gate, gate};
    let status = |health: &str, verification: serde_json::Value| {
        object(json!({
            "health": { "status": health },
            "freightHistory": [{ "id": "x", "items": {}, "verificationHistory": verification }],
        }))
    };
    let open = json!([{ "id": "1", "phase": "Running" }]);
    assert_eq!(gate(&status("Unhealthy", open.clone())), Gate::VerificationOpen);
    assert_eq!(gate(&status("Healthy", open)), Gate::VerificationOpen);
    assert_eq!(gate(&status("Healthy", json!([]))), Gate::VerificationDue);
    assert_eq!(gate(&status("Unhealthy", json!([]))), Gate::Open);
    assert_eq!(gate(&status("Progressing", json!([]))), Gate::Open);
    assert_eq!(gate(&status("Healthy", json!([{ "id": "1", "phase": "Failed" }]))), Gate::Open);
    assert_eq!(gate(&api::StageStatus::default()), Gate::Open);
}

#[test]
fn case_25_history_keeps_ten() {
    let mut world = one_stage();
    world.config = None;
    for round in 0..13 {
        world.now = round;
        world.promote("test", "aaa1111");
        world.settle();
    }
    assert_eq!(world.status("test").freight_history.len(), 10);
    assert_eq!(world.condition("test", "Verified"), "True/Verified");
    assert_eq!(world.condition("test", "Healthy"), "True/Healthy");
}

#[test]
fn case_26_health_follows_the_last_promotion() {
    let mut world = one_stage();
    assert_eq!(world.condition("test", "Healthy"), "-");
    world.settle();
    assert_eq!(world.status("test").health.unwrap().status, Some(HealthState::Healthy));
    world.fate.insert("bbb2222".to_owned(), PromotionPhase::Failed);
    world.freight.insert("bbb2222".to_owned(), freight("bbb2222", "w", 5));
    world.now = 10;
    world.settle();
    assert_eq!(world.condition("test", "Healthy"), "Unknown/LastPromotionFailed");
    assert_eq!(world.condition("test", "Ready"), "False/LastPromotionFailed");
    assert_eq!(world.runs("test")["Warehouse/w"], "aaa1111");
}

#[test]
fn case_27_an_abort_before_the_start_forgets_no_origin() {
    let stage = stage_named("test", json!([direct("w"), direct("v")]));
    let mut world =
        World::new(vec![stage], vec![freight("aaa1111", "w", 0), freight("bbb2222", "v", 0)]);
    world.settle();
    assert_eq!(world.runs("test").len(), 2);
    world.config = None;
    world.now = 10;
    let running = world.promote("test", "aaa1111");
    let waiting = world.promote("test", "bbb2222");
    let abort = [("kargo.akuity.io/abort".to_owned(), "terminate".to_owned())];
    world
        .promotions
        .get_mut(&waiting)
        .unwrap()
        .metadata
        .annotations
        .get_or_insert_default()
        .extend(abort);
    world.settle();
    assert_eq!(rules::promotion::phase(&world.promotions[&waiting]), PromotionPhase::Aborted);
    assert_eq!(rules::promotion::phase(&world.promotions[&running]), PromotionPhase::Succeeded);
    world.now = 20;
    world.promote("test", "aaa1111");
    world.settle();
    assert_eq!(world.runs("test")["Warehouse/v"], "bbb2222");
}

#[test]
fn case_28_a_failed_candidate_is_not_repeated_but_an_earlier_success_is() {
    let mut world = one_stage();
    world.fate.insert("bbb2222".to_owned(), PromotionPhase::Errored);
    world.settle();
    world.freight.insert("bbb2222".to_owned(), freight("bbb2222", "w", 5));
    world.now = 10;
    world.settle();
    assert_eq!(world.promotions.len(), 2);
    world.now = 20;
    world.settle();
    assert_eq!(world.promotions.len(), 2, "no endless loop");
    // The failed piece is gone: the one before is the candidate again, is current, and nothing happens.
    world.freight.remove("bbb2222");
    world.settle();
    assert_eq!(world.promotions.len(), 2);
    // Somebody promoted other Freight and let go again: an earlier success is promoted once more.
    world.freight.insert("ccc3333".to_owned(), freight("ccc3333", "w", -5));
    world.now = 30;
    world.promote("test", "ccc3333");
    world.settle();
    world.stages.get_mut("test").unwrap().status.as_mut().unwrap().auto_promotion_holds.clear();
    world.promotions.retain(|_, promotion| promotion.spec.freight.as_deref() != Some("ccc3333"));
    world.now = 40;
    world.settle();
    assert_eq!(world.runs("test")["Warehouse/w"], "aaa1111");
}

#[test]
fn case_29_and_h15_the_same_view_claims_the_same_name() {
    let world = one_stage();
    let effects = |world: &World| rules::stage::next(&world.seen("test"), world.now()).effects;
    let first = effects(&world);
    assert_eq!(first, effects(&world));
    let mut later = world.clone();
    later.now = 1_000;
    assert_eq!(first, effects(&later), "a restart claims the same name, whatever the clock says");
    let mut settled = world.clone();
    settled.settle();
    assert_eq!(settled.promotions.len(), 1);
    assert!(effects(&settled).is_empty());
}

#[test]
fn case_30_holds_follow_what_people_choose() {
    let mut world = one_stage();
    world.freight.insert("bbb2222".to_owned(), freight("bbb2222", "w", 5));
    world.settle();
    assert_eq!(world.runs("test")["Warehouse/w"], "bbb2222");
    world.now = 10;
    let older = world.promote("test", "aaa1111");
    let holds = |world: &World| world.status("test").effective_auto_promotion_holds;
    world.pass_stage("test");
    assert!(holds(&world).contains_key("Warehouse/w"), "held as soon as it is created");
    world.settle();
    assert_eq!(world.runs("test")["Warehouse/w"], "aaa1111");
    let hold = world.status("test").auto_promotion_holds["Warehouse/w"].clone();
    assert_eq!(
        (hold.promotion_name, hold.actor.as_deref()),
        (Some(older), Some("kubernetes:someone"))
    );
    world.freight.insert("ccc3333".to_owned(), freight("ccc3333", "w", 15));
    world.now = 20;
    world.settle();
    assert_eq!(world.runs("test")["Warehouse/w"], "aaa1111", "held");
    world.promote("test", "ccc3333");
    world.settle();
    assert!(world.status("test").auto_promotion_holds.is_empty());
    world.freight.insert("ddd4444".to_owned(), freight("ddd4444", "w", 25));
    world.now = 30;
    world.settle();
    assert_eq!(world.runs("test")["Warehouse/w"], "ddd4444", "released");
}

#[test]
fn case_30b_an_aborted_promotion_holds_nothing() {
    let mut world = one_stage();
    world.freight.insert("bbb2222".to_owned(), freight("bbb2222", "w", 5));
    world.fate.insert("aaa1111".to_owned(), PromotionPhase::Aborted);
    world.settle();
    world.now = 10;
    world.promote("test", "aaa1111");
    world.settle();
    assert!(world.status("test").auto_promotion_holds.is_empty());
}

#[test]
fn case_31_holds_go_with_their_origin_and_with_auto_promotion() {
    let hold = json!({ "freightName": "aaa1111", "origin": { "kind": "Warehouse", "name": "w" } });
    let status = json!({ "autoPromotionHolds": { "Warehouse/w": hold, "Warehouse/gone": hold } });
    let mut world = one_stage();
    world.stages.get_mut("test").unwrap().status = Some(object(status));
    world.settle();
    assert_eq!(
        world.status("test").auto_promotion_holds.keys().collect::<Vec<_>>(),
        ["Warehouse/w"]
    );
    world.config = None;
    world.settle();
    assert!(world.status("test").auto_promotion_holds.is_empty());
    assert!(world.status("test").effective_auto_promotion_holds.is_empty());
}

#[test]
fn case_32_match_upstream_waits_until_one_is_left() {
    let follow = json!({ "autoPromotionOptions": { "selectionPolicy": "MatchUpstream" } });
    let stage = stage_named("prod", json!([from_stages("w", &["uat"], follow)]));
    let mut world =
        World::new(vec![stage], vec![freight("aaa1111", "w", 0), freight("bbb2222", "w", 5)]);
    for piece in world.freight.values_mut() {
        piece.status =
            Some(object(json!({ "verifiedIn": { "uat": {} }, "currentlyIn": { "uat": {} } })));
    }
    world.settle();
    assert!(world.promotions.is_empty());
    world.freight.get_mut("bbb2222").unwrap().status.as_mut().unwrap().currently_in.clear();
    world.settle();
    assert_eq!(world.runs("prod")["Warehouse/w"], "aaa1111", "follows upstream, even backwards");
    assert_eq!(world.promotions.len(), 1);
}

#[test]
fn case_33b_control_flow_passes_freight_on_when_its_soak_ends() {
    let mut gate = stage_named(
        "gate",
        json!([from_stages("w", &["test"], json!({ "requiredSoakTime": "1m" }))]),
    );
    gate.spec.promotion_template = None;
    let after = stage_named(
        "prod",
        json!([from_stages("w", &["gate"], json!({ "requiredSoakTime": "1m" }))]),
    );
    let stages = vec![stage_named("test", json!([direct("w")])), gate, after];
    let mut world = World::new(stages, vec![freight("aaa1111", "w", 0)]);
    world.settle();
    assert_eq!(world.pass().1.at(), Some(at(60)));
    world.now = 60;
    world.settle();
    assert!(world.freight["aaa1111"].status.as_ref().unwrap().verified_in.contains_key("gate"));
    assert_eq!(world.pass().1.at(), Some(at(120)), "H6: soak below control flow can be met");
    world.now = 120;
    world.settle();
    assert_eq!(world.runs("prod")["Warehouse/w"], "aaa1111");
    assert_eq!(world.condition("gate", "Ready"), "True/Ready");
    assert_eq!(world.status("gate").freight_summary.as_deref(), Some("N/A"));
}

#[test]
fn case_34_nothing_remembers_a_deleted_stage() {
    let mut world = one_stage();
    world.settle();
    let stage = world.stages.get_mut("test").unwrap();
    stage.metadata.deletion_timestamp = Some(api::Time(at(1)));
    let effects = rules::stage::next(&world.seen("test"), world.now()).effects;
    assert_eq!(effects.last(), Some(&rules::stage::StageEffect::RemoveFinalizer));
    world.settle();
    assert!(world.stages.is_empty());
    let status = world.freight["aaa1111"].status.clone().unwrap();
    assert!(
        status.currently_in.is_empty()
            && status.verified_in.is_empty()
            && status.approved_for.is_empty()
    );
}

#[test]
fn case_35_a_stage_that_loses_its_steps_keeps_nothing() {
    let mut world = one_stage();
    world.settle();
    world.stages.get_mut("test").unwrap().spec.promotion_template = None;
    world.settle();
    let status = world.status("test");
    assert!(
        status.freight_history.is_empty()
            && status.health.is_none()
            && status.last_promotion.is_none()
    );
    let kinds: Vec<&str> =
        status.conditions.iter().map(|condition| condition.type_.as_str()).collect();
    assert_eq!(kinds, ["Ready"]);
    assert!(world.freight["aaa1111"].status.as_ref().unwrap().currently_in.is_empty());
}

#[test]
fn case_37_metadata_of_the_stage_is_left_alone() {
    let mut world = one_stage();
    world.stages.get_mut("test").unwrap().status =
        Some(object(json!({ "metadata": { "note": { "a": 1 } } })));
    world.settle();
    assert_eq!(world.status("test").metadata["note"], json!({ "a": 1 }));
}

#[test]
fn case_19_longest_soak_is_recorded_on_leaving() {
    let mut world = one_stage();
    world.config = None;
    world.promote("test", "aaa1111");
    world.settle();
    world.freight.insert("bbb2222".to_owned(), freight("bbb2222", "w", 5));
    world.now = 600;
    world.promote("test", "bbb2222");
    world.settle();
    let soak = |world: &World| {
        let status = world.freight["aaa1111"].status.clone().unwrap();
        assert!(!status.currently_in.contains_key("test"));
        status.verified_in["test"].longest_soak.clone().unwrap().0
    };
    assert_eq!(soak(&world), "10m0s");
    world.promote("test", "aaa1111");
    world.settle();
    world.now = 660;
    world.promote("test", "bbb2222");
    world.settle();
    assert_eq!(soak(&world), "10m0s", "a shorter stay does not replace the record");
}

#[test]
fn case_38_without_verification_one_success_with_it_a_clear_error() {
    let mut world = one_stage();
    world.settle();
    let history = world.status("test").freight_history[0].verification_history.clone();
    assert_eq!(history.len(), 1);
    assert_eq!(history[0].phase, Some(VerificationPhase::Successful));
    assert_eq!(history[0].id.as_ref().unwrap().len(), 36);

    let mut world = one_stage();
    world.stages.get_mut("test").unwrap().spec.verification = Some(api::Verification::default());
    world.settle();
    let entry = world.status("test").freight_history[0].verification_history[0].clone();
    assert_eq!(entry.phase, Some(VerificationPhase::Error));
    assert!(entry.message.unwrap().contains("Rollouts integration is off"));
    assert_eq!(world.condition("test", "Verified"), "False/VerificationError");
    assert!(world.freight["aaa1111"].status.as_ref().unwrap().verified_in.is_empty());
}

#[test]
fn case_40_the_same_freight_again_is_verified_again() {
    let mut world = one_stage();
    world.config = None;
    world.freight.insert("bbb2222".to_owned(), freight("bbb2222", "w", 5));
    let mut ids = std::collections::BTreeSet::new();
    for (second, piece) in [(0, "aaa1111"), (10, "bbb2222"), (20, "aaa1111")] {
        world.now = second;
        world.promote("test", piece);
        world.settle();
        ids.insert(world.status("test").freight_history[0].verification_history[0].id.clone());
    }
    assert_eq!(ids.len(), 3);
}

#[test]
fn case_41_verifying_again_needs_the_right_id() {
    let mut world = one_stage();
    world.settle();
    let ask = |world: &mut World, id: &str| {
        let value = json!({ "id": id, "actor": "email:a@example.com" }).to_string();
        let annotations =
            world.stages.get_mut("test").unwrap().metadata.annotations.get_or_insert_default();
        annotations.insert("kargo.akuity.io/reverify".to_owned(), value);
        world.settle();
        world.status("test").freight_history[0].verification_history.clone()
    };
    assert_eq!(ask(&mut world, "other").len(), 1);
    let id = world.status("test").freight_history[0].verification_history[0].id.clone().unwrap();
    let history = ask(&mut world, &id);
    assert_eq!(history.len(), 2);
    assert_eq!(history[0].actor.as_deref(), Some("email:a@example.com"));
}

#[test]
fn case_42_an_open_verification_can_be_given_up() {
    let mut world = one_stage();
    world.settle();
    let status = world.stages.get_mut("test").unwrap().status.as_mut().unwrap();
    status.freight_history[0].verification_history[0].phase = Some(VerificationPhase::Running);
    let id = status.freight_history[0].verification_history[0].id.clone().unwrap();
    let annotations =
        world.stages.get_mut("test").unwrap().metadata.annotations.get_or_insert_default();
    annotations.insert(
        "kargo.akuity.io/abort".to_owned(),
        json!({ "id": id, "actor": "admin" }).to_string(),
    );
    world.settle();
    let entry = world.status("test").freight_history[0].verification_history[0].clone();
    assert_eq!(entry.phase, Some(VerificationPhase::Failed));
    assert_eq!(
        (entry.actor.as_deref(), entry.message.as_deref()),
        (Some("admin"), Some("Verification aborted by user"))
    );
}

#[test]
fn case_43_one_success_keeps_the_stage_verified() {
    let mut world = one_stage();
    world.settle();
    let status = world.stages.get_mut("test").unwrap().status.as_mut().unwrap();
    let mut failed = status.freight_history[0].verification_history[0].clone();
    failed.phase = Some(VerificationPhase::Failed);
    status.freight_history[0].verification_history.insert(0, failed);
    world.freight.get_mut("aaa1111").unwrap().status.as_mut().unwrap().verified_in.clear();
    world.settle();
    assert_eq!(world.condition("test", "Verified"), "True/Verified");
    assert!(world.freight["aaa1111"].status.as_ref().unwrap().verified_in.is_empty());
}

#[test]
fn freight_that_was_deleted_does_not_wedge_the_stage() {
    let mut world = one_stage();
    world.settle();
    world.freight.clear();
    world.freight.insert("bbb2222".to_owned(), freight("bbb2222", "w", 5));
    world.now = 10;
    world.settle();
    assert_eq!(world.runs("test")["Warehouse/w"], "bbb2222");
}

#[test]
fn a_policy_that_cannot_be_read_releases_nothing() {
    let hold = json!({ "freightName": "aaa1111", "origin": { "kind": "Warehouse", "name": "w" } });
    let holds = json!({ "Warehouse/w": hold });
    let mut world = one_stage();
    world.stages.get_mut("test").unwrap().status =
        Some(object(json!({ "autoPromotionHolds": holds, "effectiveAutoPromotionHolds": holds })));
    let policies = json!([{ "stageSelector": { "name": "regex:(" } }]);
    world.config = Some(object(json!({ "spec": { "promotionPolicies": policies } })));
    world.settle();
    assert_eq!(world.status("test").auto_promotion_holds.len(), 1);
    assert_eq!(world.status("test").effective_auto_promotion_holds.len(), 1);
}

#[test]
fn a_policy_that_cannot_be_read_is_shown() {
    let mut world = one_stage();
    world.config = Some(object(json!({
        "metadata": { "name": "p" },
        "spec": { "promotionPolicies": [{ "stageSelector": { "name": "regex:(" }, "autoPromotionEnabled": true }] },
    })));
    world.settle();
    assert_eq!(world.condition("test", "Ready"), "False/ReconcileError");
    assert!(world.promotions.is_empty());
}

#[test]
fn a_success_that_names_no_collection_is_not_repeated_forever() {
    let mut world = one_stage();
    world.settle();
    world.freight.insert("bbb2222".to_owned(), freight("bbb2222", "w", 5));
    world.now = 10;
    world.pass_stage("test");
    let name = world.promotions.keys().next_back().unwrap().clone();
    world.pass_stage("test");
    let status = json!({ "phase": "Succeeded", "startedAt": api::Time(at(10)), "finishedAt": api::Time(at(11)) });
    world.promotions.get_mut(&name).unwrap().status = Some(object(status));
    world.settle();
    assert_eq!(world.runs("test")["Warehouse/w"], "bbb2222");
    assert_eq!(world.promotions.len(), 2);
}

#[test]
fn a_stage_looks_at_freight_when_that_can_make_a_difference() {
    let stage = stage_named("uat", json!([from_stages("w", &["test"], json!({}))]));
    let before = freight("aaa1111", "w", 0);
    let changed = |status| Freight { status: Some(object(status)), ..before.clone() };
    let concerned = |after: &Freight| is_concerned(&stage, Some(&before), Some(after));
    let since = json!({ "since": api::Time(at(5)) });
    let verified = json!({ "verifiedAt": api::Time(at(5)) });
    let approved = json!({ "approvedAt": api::Time(at(5)) });
    for (name, expected) in [("uat", true), ("test", true), ("prod", false)] {
        let currently = changed(json!({ "currentlyIn": { name: since } }));
        let verified = changed(json!({ "verifiedIn": { name: verified } }));
        let approved = changed(json!({ "approvedFor": { name: approved } }));
        for after in [currently, verified, approved] {
            assert_eq!(concerned(&after), expected, "{name}: {:?}", after.status);
        }
    }
    assert!(!concerned(&changed(json!({ "metadata": { "seen": true } }))));
    assert!(concerned(&Freight { alias: Some("other".to_owned()), ..before.clone() }));
    assert!(is_concerned(&stage, None, Some(&before)), "new");
    assert!(is_concerned(&stage, Some(&before), None), "gone");
}
