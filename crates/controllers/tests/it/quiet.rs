//! When nothing happens, nothing is written.

use api::{Freight, Project, Promotion, Stage, Warehouse};
use kube::api::ListParams;
use kube::{Api, ResourceExt};
use testkit::World;

use crate::pipeline::{DIRECT, SAY};

/// What every object of ours looks like to somebody who counts writes.
async fn versions(world: &World) -> Vec<(String, Option<String>)> {
    let everything = ListParams::default();
    let own = ListParams::default().fields(&format!("metadata.name={}", world.project));
    let mut found = Vec::new();
    macro_rules! look {
        ($($api:expr, $which:expr);+) => {$(
            let list = $api.list_metadata($which).await.unwrap();
            found.extend(list.items.iter().map(|object| (object.name_any(), object.resource_version())));
        )+};
    }
    look!(
        Api::<Project>::all(world.client.clone()), &own;
        world.api::<Warehouse>(), &everything;
        world.api::<Freight>(), &everything;
        world.api::<Stage>(), &everything;
        world.api::<Promotion>(), &everything
    );
    found
}

async fn busy_world() -> World {
    let world = World::with_project().await;
    world.auto_promote(&["test", "uat"]).await;
    world.image_warehouse("app", "app").await;
    world.stage("test", DIRECT, SAY).await;
    world
        .stage(
            "uat",
            "[{ origin: { kind: Warehouse, name: app }, sources: { stages: [test], requiredSoakTime: 10m } }]",
            SAY,
        )
        .await;
    world.stage("broken", DIRECT, "[{ uses: fail }]").await;
    for tag in ["1.0.0", "1.1.0"] {
        let freight = world.new_freight("app", "app", tag).await.name_any();
        world.arrived("test", &freight).await;
        let failing = world.promote("broken", &freight).await.name_any();
        world.ended(&failing).await;
    }
    world.settle().await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn time_that_changes_nothing_writes_nothing() {
    let world = busy_world().await;
    let before = versions(&world).await;
    for _ in 0..5 {
        world.advance(60);
        world.settle().await;
    }
    assert_eq!(versions(&world).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_writes_nothing() {
    let mut world = busy_world().await;
    let before = versions(&world).await;
    world.stop_controllers().await;
    world.start_controllers().await;
    world.settle().await;
    assert_eq!(versions(&world).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interval_without_news_writes_the_time_of_the_look_and_nothing_else() {
    let world = busy_world().await;
    // The soak ends, and the first look without news says so.
    world.advance(3600);
    world.settle().await;
    let before = world.api::<Warehouse>().get("app").await.unwrap();
    let others = |all: Vec<(String, Option<String>)>| -> Vec<_> {
        all.into_iter().filter(|(name, _)| name != "app").collect()
    };
    let seen = others(versions(&world).await);
    world.advance(3600);
    world.settle().await;
    let after = world.api::<Warehouse>().get("app").await.unwrap();
    assert_eq!(others(versions(&world).await), seen);
    let (mut before, mut after) = (before.status.unwrap(), after.status.unwrap());
    let look = |status: &mut api::WarehouseStatus| {
        status.discovered_artifacts.as_mut().unwrap().discovered_at.take()
    };
    assert_ne!(look(&mut before), look(&mut after));
    assert_eq!(before, after);
}
