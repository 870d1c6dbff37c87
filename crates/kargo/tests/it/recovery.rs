//! A control plane that is killed in the middle of a promotion finishes it after the next start, once.

use api::{Promotion, PromotionPhase};
use integrations::local_servers::Fault;
use kube::Api;
use kube::api::ListParams;

use crate::pipeline::{Pipeline, REPOSITORY, promoted};
use crate::program::{Home, Plane, eventually};

#[tokio::test(flavor = "multi_thread")]
async fn a_promotion_killed_while_it_pushes_is_finished_with_one_commit() {
    let home = Home::new();
    let plane = home.up(&["--no-auth"]).await;
    let pipeline = Pipeline::start(&home, &plane).await;
    pipeline.publish(&home, &plane, "1.0.0").await;
    pipeline.git.faults().next(1, "POST /shop.git/git-receive-pack", Fault::Hang);
    let _ = pipeline.git.faults().take_requests();
    let promote = ["promote", "-p", "shop", "--warehouse", "app", "--stage", "test", "--server"];
    home.run(&[&promote[..], &[&plane.url]].concat()).await.well();
    eventually("the push to reach the git server", async || {
        let requests = pipeline.git.faults().take_requests();
        requests.iter().any(|request| request.contains("git-receive-pack")).then_some(())
    })
    .await;
    plane.kill().await;
    let plane = home.up(&["--no-auth"]).await;
    let promotion = the_only_one(&plane).await;
    assert_eq!(promotion.status.unwrap().phase, Some(PromotionPhase::Succeeded));
    assert_eq!(pipeline.subjects("test").await, ["test: 1.0.0"]);
    let file = pipeline.git.read_file(REPOSITORY, "stage/test", "values.yaml").await.unwrap();
    assert_eq!(file.unwrap(), promoted("1.0.0"));
}

/// Waits until the one Promotion there is has ended.
async fn the_only_one(plane: &Plane) -> Promotion {
    let api: Api<Promotion> = Api::namespaced(plane.client().await, "shop");
    eventually("the Promotion to end", async || {
        let mut all = api.list(&ListParams::default()).await.unwrap().items;
        assert_eq!(all.len(), 1);
        let promotion = all.remove(0);
        let phase = promotion.status.as_ref()?.phase.as_ref()?;
        phase.is_terminal().then_some(promotion)
    })
    .await
}
