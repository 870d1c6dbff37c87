//! Where Freight comes from, and what happens when a source fails.

use api::{Freight, Warehouse, WarehouseStatus};
use integrations::local_servers::Fault;
use kube::api::ListParams;
use testkit::{World, eventually};

use crate::pipeline::git_repository;

const GIT: &str = "
apiVersion: kargo.akuity.io/v1alpha1
kind: Warehouse
metadata: { name: config }
spec:
  interval: 1h
  subscriptions:
    - git: { repoURL: '@GIT@/env.git', commitSelectionStrategy: NewestFromBranch, branch: main, includePaths: ['glob:app/*'] }
";

const BOTH: &str = "
apiVersion: kargo.akuity.io/v1alpha1
kind: Warehouse
metadata: { name: both }
spec:
  interval: 1h
  subscriptions:
    - git: { repoURL: '@GIT@/env.git', branch: main }
    - image: { repoURL: '@REGISTRY@/app', imageSelectionStrategy: SemVer, constraint: '>=0.0.0' }
";

fn condition(warehouse: &Warehouse, kind: &str) -> Option<(String, String)> {
    let conditions = &warehouse.status.as_ref()?.conditions;
    let found = api::condition::get(conditions, kind)?;
    Some((found.reason.clone(), found.message.clone()))
}

fn status(warehouse: &Warehouse) -> WarehouseStatus {
    warehouse.status.clone().unwrap_or_default()
}

async fn freight_with_commit(world: &World, commit: &str) -> Freight {
    let api = world.api::<Freight>();
    eventually(&format!("Freight with commit {commit}"), async || {
        let all = api.list(&ListParams::default()).await.ok()?;
        let has = |freight: &Freight| {
            freight.commits.iter().any(|found| found.id.as_deref() == Some(commit))
        };
        all.items.into_iter().find(has)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_commit_of_a_branch_becomes_freight() {
    let world = World::with_project().await;
    git_repository(&world).await;
    let first = world.git.branch("env", "main").await.unwrap().unwrap();
    world.apply(GIT).await;
    let freight = freight_with_commit(&world, &first).await;
    assert_eq!(freight.commits[0].branch.as_deref(), Some("main"));
    assert_eq!(freight.origin.name, "config");

    // What changes nothing of interest makes no Freight; what does, does.
    world.git.commit_files("env", "main", "docs", &[("README.md", "new\n")]).await.unwrap();
    world.advance(1);
    let token = world.refresh("config").await;
    world
        .until::<Warehouse>("config", |found| {
            status(found).last_handled_refresh.as_ref() == Some(&token)
        })
        .await;
    world.settle().await;
    let all = world.api::<Freight>().list(&ListParams::default()).await.unwrap();
    assert_eq!(all.items.len(), 1);
    let files = [("app/values.yaml", "image: {}\n")];
    let second = world.git.commit_files("env", "main", "app", &files).await.unwrap();
    // This time nobody asks: the interval is over.
    world.advance(3600);
    freight_with_commit(&world, &second).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_registry_stays_visible_and_hides_nothing_else() {
    let world = World::with_project().await;
    git_repository(&world).await;
    world.publish("app", "1.0.0");
    world.registry.faults().always("/v2/app/", Fault::Status(500));
    world.apply(BOTH).await;
    let failed = world
        .until::<Warehouse>("both", |found| {
            condition(found, "Healthy").is_some_and(|(reason, _)| reason == "DiscoveryFailed")
        })
        .await;
    let (_, message) = condition(&failed, "Healthy").unwrap();
    assert!(message.contains("/app") && message.contains("500"), "{message}");
    let found = status(&failed).discovered_artifacts.unwrap();
    assert_eq!(found.git.len(), 1, "the other subscription's result is kept");
    assert_eq!(found.discovered_at, None, "and the discovery as a whole is not one");
    world.settle().await;
    let healthy = condition(&world.api().get("both").await.unwrap(), "Healthy").unwrap();
    assert_eq!(healthy.0, "DiscoveryFailed");
    assert!(world.api::<Freight>().list(&ListParams::default()).await.unwrap().items.is_empty());

    // A refresh that fails too is answered, and the next attempt comes on its own.
    world.advance(1);
    let token = world.refresh("both").await;
    world
        .until::<Warehouse>("both", |found| {
            status(found).last_handled_refresh.as_ref() == Some(&token)
        })
        .await;
    world.settle().await;
    world.registry.faults().clear();
    let _before = world.registry.faults().take_requests();
    world.advance(4);
    world.settle().await;
    assert!(world.registry.faults().take_requests().is_empty(), "not before its time");
    world.advance(60);
    let freight = world.freight_with_tag("1.0.0").await;
    assert_eq!(freight.commits.len(), 1);
    let healed = world
        .until::<Warehouse>("both", |found| {
            condition(found, "Healthy").is_some_and(|(reason, _)| reason != "DiscoveryFailed")
        })
        .await;
    assert!(status(&healed).discovered_artifacts.unwrap().discovered_at.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hanging_registry_holds_up_nobody_else() {
    let world = World::with_project().await;
    world.publish("app", "1.0.0");
    world.publish("slow", "1.0.0");
    world.registry.faults().always("/v2/slow/", Fault::Hang);
    world.image_warehouse("slow", "slow").await;
    world.image_warehouse("app", "app").await;
    let freight = world.freight_with_tag("1.0.0").await;
    assert_eq!(freight.origin.name, "app");
    let slow = world.api::<Warehouse>().get("slow").await.unwrap();
    assert_eq!(condition(&slow, "Reconciling").unwrap().0, "ScheduledDiscovery");
}
