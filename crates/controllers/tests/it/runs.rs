//! Promotions that wait, fail, are aborted, or are interrupted by a restart.

use api::{Promotion, PromotionPhase, Stage, annotations};
use integrations::local_servers::Fault;
use kube::ResourceExt;
use kube::api::{Patch, PatchParams};
use serde_json::json;
use testkit::{World, eventually};

use crate::pipeline::{COMMIT, DIRECT, SAY, git_repository};

const ASK: &str = "[{ uses: http, config: { url: 'http://@REGISTRY@/v2/gate', timeout: 30s } }]";

fn phase(promotion: &Promotion) -> PromotionPhase {
    rules::promotion::phase(promotion)
}

async fn abort(world: &World, promotion: &str) {
    let patch = json!({ "metadata": { "annotations": { annotations::ABORT: "terminate" } } });
    let api = world.api::<Promotion>();
    api.patch(promotion, &PatchParams::default(), &Patch::Merge(patch)).await.unwrap();
}

/// Waits until the step of a Promotion has asked the server that does not answer.
async fn asked(world: &World) {
    let faults = world.registry.faults();
    eventually("the step's request", async || {
        faults.take_requests().iter().any(|request| request.contains("/v2/gate")).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_abort_interrupts_a_running_step() {
    let world = World::with_project().await;
    world.registry.faults().always("/v2/gate", Fault::Hang);
    world.image_warehouse("app", "app").await;
    world.stage("test", DIRECT, ASK).await;
    let freight = world.new_freight("app", "app", "1.0.0").await.name_any();
    let promotion = world.promote("test", &freight).await.name_any();
    asked(&world).await;
    abort(&world, &promotion).await;
    let ended = world.ended(&promotion).await;
    assert_eq!(phase(&ended), PromotionPhase::Aborted);
    let status = ended.status.unwrap();
    // In front of a cluster a patch reaches nobody who would note who made it.
    if world.embedded().is_some() {
        let message = status.message.unwrap();
        assert!(message.contains("someone@example.com"), "who did it is told: {message}");
    }
    assert!(status.finished_at.is_some());
    world
        .until::<Stage>("test", |stage| {
            stage.status.as_ref().is_some_and(|status| {
                status.current_promotion.is_none() && status.last_promotion.is_some()
            })
        })
        .await;
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_step_fails_the_promotion_and_shows_on_the_stage() {
    let world = World::with_project().await;
    world.image_warehouse("app", "app").await;
    world.stage("test", DIRECT, "[{ uses: fail, config: { message: no luck today } }]").await;
    let freight = world.new_freight("app", "app", "1.0.0").await.name_any();
    let promotion = world.promote("test", &freight).await.name_any();
    let ended = world.ended(&promotion).await;
    assert_eq!(phase(&ended), PromotionPhase::Failed);
    let message = ended.status.unwrap().message.unwrap();
    assert!(message.contains("no luck today"), "{message}");
    let stage = world
        .until::<Stage>("test", |stage| {
            let conditions = stage.status.iter().flat_map(|status| &status.conditions);
            conditions
                .into_iter()
                .any(|found| found.type_ == "Ready" && found.reason == "LastPromotionFailed")
        })
        .await;
    let status = stage.status.unwrap();
    let ready = api::condition::get(&status.conditions, "Ready").unwrap();
    assert!(ready.message.contains("no luck today"), "{}", ready.message);
    assert!(status.freight_history.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn promotions_of_a_stage_take_turns_in_the_order_they_were_asked_for() {
    let world = World::with_project().await;
    world.registry.faults().always("/v2/gate", Fault::Hang);
    world.image_warehouse("app", "app").await;
    world.stage("test", DIRECT, ASK).await;
    let freight = world.new_freight("app", "app", "1.0.0").await.name_any();
    let first = world.promote("test", &freight).await.name_any();
    asked(&world).await;
    world.advance(1);
    let second = world.promote("test", &freight).await.name_any();
    world.advance(1);
    let third = world.promote("test", &freight).await.name_any();
    assert!(first < second && second < third, "{first} {second} {third}");
    let pending = |promotion: &Promotion| phase(promotion) == PromotionPhase::Pending;
    world.until(&second, pending).await;
    world.until(&third, pending).await;
    // The one in the middle goes before its turn; the others keep theirs.
    abort(&world, &second).await;
    assert_eq!(phase(&world.ended(&second).await), PromotionPhase::Aborted);
    abort(&world, &first).await;
    world.ended(&first).await;
    asked(&world).await;
    let running = |promotion: &Promotion| phase(promotion) == PromotionPhase::Running;
    world.until(&third, running).await;
    abort(&world, &third).await;
    world.ended(&third).await;
    world.settle().await;
    let stage = world.api::<Stage>().get("test").await.unwrap().status.unwrap();
    assert_eq!(stage.last_promotion.unwrap().name, third);
    assert!(stage.current_promotion.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_in_the_middle_goes_on_where_it_was() {
    let mut world = World::with_project().await;
    git_repository(&world).await;
    world.registry.faults().always("/v2/gate", Fault::Hang);
    world.image_warehouse("app", "app").await;
    let steps = format!(
        "{COMMIT}        - uses: http\n          config: {{ url: 'http://@REGISTRY@/v2/gate', timeout: 60s, successExpression: 'true' }}\n"
    );
    world.stage("test", DIRECT, &steps).await;
    let freight = world.new_freight("app", "app", "1.0.0").await.name_any();
    let promotion = world.promote("test", &freight).await.name_any();
    asked(&world).await;
    let pushed = world.git.commits("env", "stage/test", 10).await.unwrap();
    world.stop_controllers().await;
    let stopped = world.api::<Promotion>().get(&promotion).await.unwrap();
    assert_eq!(phase(&stopped), PromotionPhase::Running, "a stop ends nothing");

    world.registry.faults().clear();
    world.start_controllers().await;
    let ended = world.ended(&promotion).await;
    assert_eq!(phase(&ended), PromotionPhase::Succeeded, "{:?}", ended.status);
    world.arrived("test", &freight).await;
    let after = world.git.commits("env", "stage/test", 10).await.unwrap();
    assert_eq!(after, pushed, "nothing is pushed twice");
    world.settle().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_promotion_frees_its_stage() {
    let world = World::with_project().await;
    world.registry.faults().always("/v2/gate", Fault::Hang);
    world.image_warehouse("app", "app").await;
    world.stage("test", DIRECT, ASK).await;
    let freight = world.new_freight("app", "app", "1.0.0").await.name_any();
    let promotion = world.promote("test", &freight).await.name_any();
    asked(&world).await;
    world.api::<Promotion>().delete(&promotion, &kube::api::DeleteParams::default()).await.unwrap();
    world
        .until::<Stage>("test", |stage| {
            stage.status.as_ref().is_some_and(|status| status.current_promotion.is_none())
        })
        .await;
    world.settle().await;
    world.stage("test", DIRECT, SAY).await;
    let next = world.promote("test", &freight).await.name_any();
    assert_eq!(phase(&world.ended(&next).await), PromotionPhase::Succeeded);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_waits_looks_again_when_its_time_comes() {
    let world = World::with_project().await;
    world.registry.faults().always("/v2/gate", Fault::Status(202));
    world.image_warehouse("app", "app").await;
    let steps = "[{ uses: http, config: { url: 'http://@REGISTRY@/v2/gate',
        successExpression: 'response.status == 200', failureExpression: 'response.status == 500' } }]";
    world.stage("test", DIRECT, steps).await;
    let freight = world.new_freight("app", "app", "1.0.0").await.name_any();
    let promotion = world.promote("test", &freight).await.name_any();
    asked(&world).await;
    world.settle().await;
    let waiting = world.api::<Promotion>().get(&promotion).await.unwrap();
    assert_eq!(phase(&waiting), PromotionPhase::Running);
    let early = world.registry.faults().take_requests();
    assert!(early.iter().all(|request| !request.contains("/v2/gate")), "{early:?}");
    world.registry.faults().clear();
    world.registry.faults().always("/v2/gate", Fault::Status(200));
    // However often a step looks, it does so within ten minutes.
    world.advance(600);
    let ended = world.ended(&promotion).await;
    assert_eq!(phase(&ended), PromotionPhase::Succeeded, "{:?}", ended.status);
    world.settle().await;
}
