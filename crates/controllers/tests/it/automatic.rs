//! What promotes on its own: policies, holds, several origins, Stages without steps.

use api::{Freight, PromotionPhase, Stage};
use kube::ResourceExt;
use testkit::World;

use crate::pipeline::{DIRECT, SAY};

#[tokio::test(flavor = "multi_thread")]
async fn two_origins_come_together_in_one_stage() {
    let world = World::with_project().await;
    world.auto_promote(&["test"]).await;
    world.image_warehouse("app", "app").await;
    world.image_warehouse("db", "db").await;
    let requests = "[{ origin: { kind: Warehouse, name: app }, sources: { direct: true } },
                     { origin: { kind: Warehouse, name: db }, sources: { direct: true } }]";
    world.stage("test", requests, SAY).await;
    let app = world.new_freight("app", "app", "1.0.0").await.name_any();
    world.arrived("test", &app).await;
    let db = world.new_freight("db", "db", "2.0.0").await.name_any();
    let stage = world.arrived("test", &db).await;
    let current = stage.status.unwrap().freight_history.remove(0);
    let runs: Vec<_> = current
        .freight
        .iter()
        .map(|(origin, piece)| (origin.as_str(), piece.name.clone().unwrap_or_default()))
        .collect();
    assert_eq!(runs, [("Warehouse/app", app.clone()), ("Warehouse/db", db)]);
    world.settle().await;
    assert_eq!(world.promotions("test").await.len(), 2, "neither is promoted again");
    let app: Freight = world.api().get(&app).await.unwrap();
    assert!(app.status.unwrap().currently_in.contains_key("test"), "it runs there still");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_choice_by_hand_holds_and_the_newest_lets_go_on() {
    let world = World::with_project().await;
    world.auto_promote(&["test"]).await;
    world.image_warehouse("app", "app").await;
    world.stage("test", DIRECT, SAY).await;
    let first = world.new_freight("app", "app", "1.0.0").await.name_any();
    world.arrived("test", &first).await;
    let second = world.new_freight("app", "app", "1.1.0").await.name_any();
    world.arrived("test", &second).await;

    let back = world.promote("test", &first).await.name_any();
    world.ended(&back).await;
    world.arrived("test", &first).await;
    let third = world.new_freight("app", "app", "1.2.0").await.name_any();
    world.settle().await;
    let stage = world.api::<Stage>().get("test").await.unwrap().status.unwrap();
    let holds = stage.effective_auto_promotion_holds;
    assert_eq!(holds["Warehouse/app"].freight_name, first);
    assert_eq!(stage.freight_summary.as_deref(), Some(first.as_str()), "the newest waits");

    let resume = world.promote("test", &third).await.name_any();
    world.ended(&resume).await;
    world.arrived("test", &third).await;
    let fourth = world.new_freight("app", "app", "1.3.0").await.name_any();
    let stage = world.arrived("test", &fourth).await.status.unwrap();
    assert!(stage.effective_auto_promotion_holds.is_empty());
    assert!(stage.auto_promotion_holds.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn turning_auto_promotion_on_promotes_at_once_and_off_stops() {
    let world = World::with_project().await;
    world.image_warehouse("app", "app").await;
    world.stage("test", DIRECT, SAY).await;
    let first = world.new_freight("app", "app", "1.0.0").await.name_any();
    world.settle().await;
    assert!(world.promotions("test").await.is_empty());
    world.auto_promote(&["test"]).await;
    world.arrived("test", &first).await;
    world.auto_promote(&[]).await;
    world.new_freight("app", "app", "1.1.0").await;
    world.settle().await;
    assert_eq!(world.promotions("test").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stage_without_steps_passes_freight_on() {
    let world = World::with_project().await;
    world.auto_promote(&["test", "east"]).await;
    world.image_warehouse("app", "app").await;
    world.stage("test", DIRECT, SAY).await;
    let from = |stage: &str| {
        format!(
            "[{{ origin: {{ kind: Warehouse, name: app }}, sources: {{ stages: [{stage}] }} }}]"
        )
    };
    world.stage("gate", &from("test"), "").await;
    world.stage("east", &from("gate"), SAY).await;
    let freight = world.new_freight("app", "app", "1.0.0").await.name_any();
    world.arrived("east", &freight).await;
    world.settle().await;
    let gate = world.api::<Stage>().get("gate").await.unwrap().status.unwrap();
    assert!(api::condition::is_true(&gate.conditions, "Ready"));
    let known: Freight = world.api().get(&freight).await.unwrap();
    let status = known.status.unwrap();
    assert!(status.verified_in.contains_key("gate") && !status.currently_in.contains_key("gate"));
    assert!(world.promotions("gate").await.is_empty());
    let refused = world.try_promote("gate", &freight).await.unwrap_err().to_string();
    assert!(refused.contains("gate"), "{refused}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_attempt_is_not_repeated_until_somebody_asks() {
    let world = World::with_project().await;
    world.auto_promote(&["test"]).await;
    world.image_warehouse("app", "app").await;
    world.stage("test", DIRECT, "[{ uses: fail }]").await;
    let freight = world.new_freight("app", "app", "1.0.0").await.name_any();
    world
        .until::<Stage>("test", |stage| {
            stage.status.as_ref().is_some_and(|status| status.last_promotion.is_some())
        })
        .await;
    world.settle().await;
    world.advance(7200);
    world.settle().await;
    let tried = world.promotions("test").await;
    assert_eq!(tried.len(), 1);
    assert_eq!(rules::promotion::phase(&tried[0]), PromotionPhase::Failed);
    world.stage("test", DIRECT, SAY).await;
    let again = world.promote("test", &freight).await.name_any();
    world.ended(&again).await;
    world.arrived("test", &freight).await;
}
