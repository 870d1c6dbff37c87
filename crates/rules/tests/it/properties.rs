//! Whatever happens in whatever order, a project comes to rest, and a Stage never runs two Promotions at once.

use api::PromotionPhase;
use proptest::prelude::*;
use serde_json::json;

use crate::world::{World, direct, freight, from_stages, stage_named};

/// One thing that can happen.
#[derive(Clone, Debug)]
enum Event {
    NewFreight { warehouse: u8, fails: bool },
    Promote { stage: u8, freight: u8 },
    Approve { stage: u8, freight: u8 },
    Abort { promotion: u8 },
    Wait { seconds: i64 },
    Pass,
    TogglePolicy,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (0_u8..2, any::<bool>())
            .prop_map(|(warehouse, fails)| Event::NewFreight { warehouse, fails }),
        (0_u8..4, any::<u8>()).prop_map(|(stage, freight)| Event::Promote { stage, freight }),
        (0_u8..4, any::<u8>()).prop_map(|(stage, freight)| Event::Approve { stage, freight }),
        any::<u8>().prop_map(|promotion| Event::Abort { promotion }),
        (1_i64..90).prop_map(|seconds| Event::Wait { seconds }),
        Just(Event::Pass),
        Just(Event::TogglePolicy),
    ]
}

const STAGES: [&str; 4] = ["test", "gate", "uat", "prod"];

fn world() -> World {
    let mut gate = stage_named(
        "gate",
        json!([from_stages("w0", &["test"], json!({ "requiredSoakTime": "5s" }))]),
    );
    gate.spec.promotion_template = None;
    let soak = json!({ "requiredSoakTime": "30s" });
    let follow = json!({ "autoPromotionOptions": { "selectionPolicy": "MatchUpstream" } });
    let stages = vec![
        stage_named("test", json!([direct("w0"), direct("w1")])),
        gate,
        stage_named("uat", json!([from_stages("w0", &["gate", "test"], soak)])),
        stage_named("prod", json!([from_stages("w0", &["uat"], follow)])),
    ];
    World::new(stages, Vec::new())
}

fn pick<'a>(keys: impl ExactSizeIterator<Item = &'a String>, index: u8) -> Option<String> {
    let count = keys.len().max(1);
    keys.into_iter().nth(usize::from(index) % count).cloned()
}

fn happen(world: &mut World, event: &Event) {
    match event {
        Event::NewFreight { warehouse, fails } => {
            let name = format!("f{:06}", world.freight.len());
            world.freight.insert(name.clone(), freight(&name, &format!("w{warehouse}"), world.now));
            if *fails {
                world.fate.insert(name, PromotionPhase::Failed);
            }
        }
        Event::Promote { stage, freight } => {
            let Some(freight) = pick(world.freight.keys(), *freight) else { return };
            let stage = &world.stages[STAGES[usize::from(*stage)]];
            let promotion = rules::promotion::build::minimal(stage, &freight);
            // Refused where the Freight is not available or the Stage has no steps; both is fine here.
            let _ = world.create(&promotion, false);
        }
        Event::Approve { stage, freight } => {
            let Some(freight) = pick(world.freight.keys(), *freight) else { return };
            let status = world.freight.get_mut(&freight).unwrap().status.get_or_insert_default();
            status
                .approved_for
                .insert(STAGES[usize::from(*stage)].to_owned(), api::ApprovedStage::default());
        }
        Event::Abort { promotion } => {
            let Some(name) = pick(world.promotions.keys(), *promotion) else { return };
            let annotations = world
                .promotions
                .get_mut(&name)
                .unwrap()
                .metadata
                .annotations
                .get_or_insert_default();
            annotations.insert("kargo.akuity.io/abort".to_owned(), "terminate".to_owned());
        }
        Event::Wait { seconds } => world.now += seconds,
        Event::Pass => {
            world.pass();
        }
        Event::TogglePolicy => {
            world.config =
                if world.config.is_some() { None } else { Some(crate::world::promote_all()) };
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, ..ProptestConfig::default() })]

    #[test]
    fn every_project_comes_to_rest(events in prop::collection::vec(event(), 1..40)) {
        let mut world = world();
        for event in &events {
            happen(&mut world, event);
        }
        world.settle();
        // Every soak that was promised ends; following the timers comes to rest as well.
        for _ in 0..200 {
            let Some(at) = world.pass().1.at() else { break };
            prop_assert!(at > world.now(), "a timer in the past would spin");
            world.now = at.as_second() - crate::world::at(0).as_second();
            world.settle();
        }
        prop_assert!(world.pass().1.at().is_none());
        prop_assert!(world.most_running <= 1);
        for promotion in world.promotions.values() {
            prop_assert!(rules::promotion::is_terminal(promotion), "left behind: {:?}", promotion.metadata.name);
        }
        for (name, stage) in &world.stages {
            let status = stage.status.clone().unwrap_or_default();
            prop_assert!(status.freight_history.len() <= 10);
            prop_assert!(status.current_promotion.is_none());
            for (_, piece) in world.runs(name) {
                let known = world.freight[&piece].status.clone().unwrap_or_default();
                prop_assert!(known.currently_in.contains_key(name));
            }
        }
    }
}
