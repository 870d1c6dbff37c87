//! Events: each once, whatever stops in between.

use api::Freight;
use integrations::clock::Clock;
use k8s_openapi::api::core::v1::Event;
use kube::api::{ListParams, Patch, PatchParams};
use kube::{Api, ResourceExt};
use serde_json::json;
use testkit::{World, eventually};

use crate::pipeline::{DIRECT, SAY};

async fn events(world: &World) -> Vec<Event> {
    let mut events = world.api::<Event>().list(&ListParams::default()).await.unwrap().items;
    events.sort_by_key(|event| event.metadata.resource_version.as_ref()?.parse::<u64>().ok());
    events
}

/// The reasons told so far, in order, once there are so many.
async fn reasons(world: &World, count: usize) -> Vec<String> {
    eventually(&format!("{count} Events"), async || {
        let events = events(world).await;
        (events.len() >= count).then_some(())
    })
    .await;
    world.settle().await;
    events(world).await.into_iter().filter_map(|event| event.reason).collect()
}

async fn promoted() -> (World, String) {
    let world = World::with_project().await;
    world.auto_promote(&["test"]).await;
    world.image_warehouse("app", "app").await;
    world.stage("test", DIRECT, SAY).await;
    world.stage("prod", DIRECT, "[{ uses: fail, config: { message: 'not today' } }]").await;
    let freight = world.new_freight("app", "app", "1.0.0").await.name_any();
    world.arrived("test", &freight).await;
    (world, freight)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_happens_is_told_once_also_after_a_restart() {
    let (mut world, freight) = promoted().await;
    let failing = world.promote("prod", &freight).await.name_any();
    world.ended(&failing).await;
    let mut told = reasons(&world, 6).await;
    told.sort();
    let expected = [
        "FreightCreated",
        "FreightVerificationSucceeded",
        "PromotionCreated",
        "PromotionCreated",
        "PromotionFailed",
        "PromotionSucceeded",
    ];
    assert_eq!(told, expected);
    let before = events(&world).await;
    world.stop_controllers().await;
    world.start_controllers().await;
    world.settle().await;
    assert_eq!(events(&world).await, before, "nothing is told twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_told_before_a_stop_is_told_after_it_while_it_is_news() {
    let (mut world, freight) = promoted().await;
    let told = reasons(&world, 4).await.len();
    world.stop_controllers().await;
    // As if the process had been killed right before it told of anything.
    let api = world.api::<Event>();
    for event in events(&world).await {
        api.delete(&event.name_any(), &Default::default()).await.unwrap();
    }
    world.start_controllers().await;
    assert_eq!(reasons(&world, told).await.len(), told);
    world.stop_controllers().await;
    for event in events(&world).await {
        api.delete(&event.name_any(), &Default::default()).await.unwrap();
    }
    world.advance(3601);
    world.start_controllers().await;
    world.settle().await;
    assert_eq!(events(&world).await.len(), 0, "an hour later it is no news: {freight}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_is_told_with_who_gave_it() {
    let (world, freight) = promoted().await;
    let approve = json!({ "status": { "approvedFor": { "prod": { "approvedAt": world.clock.now().to_string() } } } });
    let user: Api<Freight> = Api::namespaced(world.user.clone(), &world.project);
    user.patch_status(&freight, &PatchParams::default(), &Patch::Merge(&approve)).await.unwrap();
    reasons(&world, 5).await;
    world.advance(60);
    world.settle().await;
    let told: Vec<Event> = events(&world).await;
    let approvals: Vec<_> =
        told.iter().filter(|event| event.reason.as_deref() == Some("FreightApproved")).collect();
    assert_eq!(approvals.len(), 1, "{approvals:?}");
    let actor = &approvals[0].annotations()["event.kargo.akuity.io/actor"];
    assert!(actor.starts_with("kubernetes:"), "{actor}");
}
