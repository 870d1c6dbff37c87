//! Cases 44, 52 and 56 of the engine's list, and what a Promotion carries over.

use api::{PromotionPhase, PromotionStep};
use rules::promotion::tasks::{InflateError, Tasks, inflate};
use rules::promotion::{PromotionEffect, Seen, next, target_collection};
use serde_json::{Value, json};

use crate::world::{World, at, direct, freight, from_stages, object, stage_named};

fn seen(granted: bool) -> Seen {
    let mut world = World::new(
        vec![stage_named("test", json!([direct("w")]))],
        vec![freight("aaa1111", "w", 0)],
    );
    let name = world.promote("test", "aaa1111");
    if granted {
        world.pass_stage("test");
    }
    Seen {
        promotion: world.promotions[&name].clone(),
        stage: world.stages.get("test").cloned(),
        freight: world.freight.get("aaa1111").cloned(),
        ..Seen::default()
    }
}

#[test]
fn case_44_waits_for_its_stage() {
    let waiting = next(&seen(false), at(1));
    assert_eq!(waiting.status.phase, Some(PromotionPhase::Pending));
    assert!(waiting.effects.is_empty() && waiting.again.at().is_none());
    assert_eq!(waiting.because[0].code, api::ReasonCode::Queued);
    let granted = next(&seen(true), at(1));
    assert_eq!(granted.status.phase, Some(PromotionPhase::Running));
    assert_eq!(granted.status.started_at, Some(api::Time(at(1))));
    assert!(matches!(granted.effects.as_slice(), [PromotionEffect::Run { .. }]));
    assert_eq!(
        granted.status.freight_collection.unwrap().freight["Warehouse/w"].name.as_deref(),
        Some("aaa1111")
    );
}

#[test]
fn ends_early_when_it_cannot_run() {
    let mut gone = seen(true);
    gone.freight = None;
    let ended = next(&gone, at(1));
    assert_eq!(ended.status.phase, Some(PromotionPhase::Errored));
    assert!(ended.status.message.unwrap().contains("\"aaa1111\" does not exist"));

    let mut unavailable = seen(true);
    let request = object(from_stages("w", &["uat"], json!({})));
    unavailable.stage.as_mut().unwrap().spec.requested_freight = vec![request];
    let ended = next(&unavailable, at(1));
    assert_eq!(ended.status.phase, Some(PromotionPhase::Errored));
    assert!(ended.status.message.unwrap().contains("must be verified in \"uat\""));

    // H27: what was allowed to begin may finish.
    unavailable.promotion.status =
        Some(object(json!({ "phase": "Running", "startedAt": api::Time(at(0)) })));
    assert_eq!(next(&unavailable, at(1)).status.phase, Some(PromotionPhase::Running));

    let mut homeless = seen(true);
    homeless.stage = None;
    assert_eq!(next(&homeless, at(1)).status.phase, Some(PromotionPhase::Errored));
}

#[test]
fn case_52_abort() {
    let mut aborted = seen(true);
    aborted.promotion.status = Some(object(json!({
        "phase": "Running",
        "stepExecutionMetadata": [{ "alias": "a", "status": "Succeeded" }, { "alias": "b", "status": "Running" }],
    })));
    let request = json!({ "action": "terminate", "actor": "email:a@example.com" }).to_string();
    let annotations = aborted.promotion.metadata.annotations.get_or_insert_default();
    annotations.insert("kargo.akuity.io/abort".to_owned(), request);
    let ended = next(&aborted, at(9));
    assert_eq!(ended.status.phase, Some(PromotionPhase::Aborted));
    assert_eq!(ended.effects, [PromotionEffect::Stop]);
    assert_eq!(
        ended.status.step_execution_metadata[1].status.as_ref().unwrap().as_str(),
        "Aborted"
    );
    assert_eq!(
        ended.status.step_execution_metadata[0].status.as_ref().unwrap().as_str(),
        "Succeeded"
    );
    assert!(ended.status.message.as_ref().unwrap().contains("email:a@example.com"));
    aborted.promotion.status = Some(ended.status.clone());
    assert_eq!(next(&aborted, at(10)).status, ended.status, "already ended: nothing changes");
}

#[test]
fn other_origins_are_carried_over_only_where_there_are_several() {
    let both = stage_named("test", json!([direct("w"), direct("v")]));
    let mut world =
        World::new(vec![both], vec![freight("aaa1111", "w", 0), freight("bbb2222", "v", 0)]);
    world.settle();
    let newer = freight("ccc3333", "w", 5);
    let collection = target_collection(&world.stages["test"], &newer);
    let names: Vec<_> =
        collection.freight.values().map(|piece| piece.name.clone().unwrap()).collect();
    assert_eq!(names, ["bbb2222", "ccc3333"]);
    assert_eq!(collection.id, api::identity::freight_collection_id(["bbb2222", "ccc3333"]));
    world.stages.get_mut("test").unwrap().spec.requested_freight.truncate(1);
    assert_eq!(target_collection(&world.stages["test"], &newer).freight.len(), 1);
}

fn steps(value: Value) -> Vec<PromotionStep> {
    object(value)
}

#[test]
fn case_56_each_inflated_step_keeps_its_own_value() {
    let task: api::PromotionTaskSpec = object(json!({
        "vars": [{ "name": "a", "value": "1" }, { "name": "b", "value": "2" }, { "name": "c", "value": "3" }, { "name": "d" }],
        "steps": [
            { "uses": "copy", "as": "first", "vars": [{ "name": "own", "value": "x" }] },
            { "uses": "copy", "vars": [{ "name": "own", "value": "y" }] },
        ],
    }));
    let tasks = Tasks { project: [("t", &task)].into(), ..Tasks::default() };
    let promotion_vars: Vec<api::ExpressionVariable> =
        object(json!([{ "name": "b", "value": "of the Promotion" }]));
    let own = steps(
        json!([{ "uses": "fail" }, { "task": { "name": "t" }, "vars": [{ "name": "d", "value": "4" }] }]),
    );
    let inflated = inflate(&own, &promotion_vars, &tasks).unwrap();
    let text: Vec<String> = inflated
        .iter()
        .map(|step| {
            let vars = step
                .vars
                .iter()
                .map(|known| format!("{}={}", known.name, known.value.as_deref().unwrap_or("-")));
            format!("{}({})", step.r#as.as_deref().unwrap(), vars.collect::<Vec<_>>().join(","))
        })
        .collect();
    assert_eq!(
        text,
        ["step-1()", "task-2::first(a=1,c=3,d=4,own=x)", "task-2::step-2(a=1,c=3,d=4,own=y)"]
    );

    let without = steps(json!([{ "as": "deploy", "task": { "name": "t" } }]));
    let expected = "step \"deploy\": task \"t\" needs a value for its variable \"d\"; set it in the step's vars";
    assert_eq!(inflate(&without, &promotion_vars, &tasks).unwrap_err().to_string(), expected);
    let missing = steps(json!([{ "task": { "name": "t", "kind": "ClusterPromotionTask" } }]));
    let error = inflate(&missing, &[], &tasks).unwrap_err();
    assert_eq!(error, InflateError::Missing { kind: "ClusterPromotionTask", name: "t".to_owned() });
}

#[test]
fn lists_show_running_then_waiting_then_ended() {
    let promotion = |name: &str, phase: &str| {
        object(json!({
            "metadata": { "name": name }, "spec": { "stage": "test", "steps": [] }, "status": { "phase": phase },
        }))
    };
    let mut all = vec![
        promotion("p1", "Succeeded"),
        promotion("p5", "Pending"),
        promotion("p3", "Failed"),
        promotion("p4", "Pending"),
        promotion("p6", "Running"),
    ];
    rules::promotion::order::sort(&mut all);
    let names: Vec<_> = all.iter().map(rules::promotion::order::name_of).collect();
    assert_eq!(names, ["p6", "p4", "p5", "p3", "p1"]);
    let queue: Vec<_> = rules::promotion::order::queue(&all)
        .into_iter()
        .map(rules::promotion::order::name_of)
        .collect();
    assert_eq!(queue, ["p6", "p4", "p5"]);
}
