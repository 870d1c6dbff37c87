//! A new image tag travels through Stages to commits in git.

use api::{Freight, Promotion, PromotionPhase, Stage};
use kube::ResourceExt;
use testkit::World;

/// From the Warehouse `app`, without a detour.
pub(crate) const DIRECT: &str =
    "[{ origin: { kind: Warehouse, name: app }, sources: { direct: true } }]";

/// Steps that write the image's tag to the branch `stage/<name>` of the repository `env`.
pub(crate) const COMMIT: &str = "
        - uses: git-clone
          config:
            repoURL: '@GIT@/env.git'
            checkout:
              - { branch: main, path: ./source }
              - { branch: 'stage/${{ ctx.stage }}', create: true, path: ./out }
        - { uses: git-clear, config: { path: ./out } }
        - { uses: copy, config: { inPath: ./source/app, outPath: ./out } }
        - uses: yaml-update
          config:
            path: ./out/values.yaml
            updates: [{ key: image.tag, value: \"${{ imageFrom('@REGISTRY@/app').Tag }}\" }]
        - { uses: git-commit, config: { path: ./out, message: 'deploy ${{ ctx.stage }}' } }
        - { uses: git-push, config: { path: ./out } }
";

/// A step that only says something, for tests that are not about git.
pub(crate) const SAY: &str =
    "[{ uses: compose-output, as: said, config: { stage: '${{ ctx.stage }}' } }]";

const VALUES: &str = "# kept\nimage:\n  tag: 0.0.0\nother: 1\n";

pub(crate) async fn git_repository(world: &World) {
    world
        .git
        .create_repository("env", &[("app/values.yaml", VALUES), ("README.md", "env\n")])
        .await
        .unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_tag_becomes_exactly_the_intended_commit() {
    let world = World::with_project().await;
    git_repository(&world).await;
    world.auto_promote(&["test"]).await;
    world.image_warehouse("app", "app").await;
    world.stage("test", DIRECT, COMMIT).await;
    let freight = world.new_freight("app", "app", "1.0.0").await.name_any();
    let stage = world.arrived("test", &freight).await;

    let commits = world.git.commits("env", "stage/test", 10).await.unwrap();
    // A branch that git-clone makes begins with an empty commit, as Kargo's does.
    let subjects: Vec<&str> = commits.iter().map(|commit| commit.subject.as_str()).collect();
    assert_eq!(subjects, ["deploy test", "Initial commit"]);
    assert_eq!(world.git.changed_paths("env", &commits[0].id).await.unwrap(), ["values.yaml"]);
    let values = world.git.read_file("env", "stage/test", "values.yaml").await.unwrap();
    assert_eq!(values.as_deref(), Some("# kept\nimage:\n  tag: 1.0.0\nother: 1\n"));
    assert_eq!(world.git.commits("env", "main", 10).await.unwrap().len(), 1);

    let last = stage.status.unwrap().last_promotion.unwrap();
    let promotion = world.api::<Promotion>().get(&last.name).await.unwrap();
    assert_eq!(promotion.status.unwrap().phase, Some(PromotionPhase::Succeeded));

    // A second tag changes that one line again, and the first Freight leaves.
    let second = world.new_freight("app", "app", "1.1.0").await.name_any();
    world.arrived("test", &second).await;
    world
        .until::<Freight>(&freight, |freight| {
            !freight.status.as_ref().unwrap().currently_in.contains_key("test")
        })
        .await;
    let commits = world.git.commits("env", "stage/test", 10).await.unwrap();
    assert_eq!(commits.len(), 3, "{commits:?}");
    assert_eq!(world.git.changed_paths("env", &commits[0].id).await.unwrap(), ["values.yaml"]);
    world.settle().await;
    assert_eq!(world.promotions("test").await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn soaking_ends_at_the_very_second_and_prod_waits_for_a_person() {
    let world = World::with_project().await;
    world.auto_promote(&["test", "uat"]).await;
    world.image_warehouse("app", "app").await;
    world.stage("test", DIRECT, SAY).await;
    world
        .stage(
            "uat",
            "[{ origin: { kind: Warehouse, name: app }, sources: { stages: [test], requiredSoakTime: 1h } }]",
            SAY,
        )
        .await;
    world
        .stage(
            "prod",
            "[{ origin: { kind: Warehouse, name: app }, sources: { stages: [uat] } }]",
            SAY,
        )
        .await;
    let freight = world.new_freight("app", "app", "1.0.0").await.name_any();
    world.arrived("test", &freight).await;
    world.settle().await;

    world.advance(3599);
    world.settle().await;
    assert!(world.promotions("uat").await.is_empty(), "one second too early");
    let refused = world.try_promote("uat", &freight).await.unwrap_err().to_string();
    assert!(refused.contains("soak"), "{refused}");

    world.advance(1);
    world.arrived("uat", &freight).await;
    world.settle().await;
    assert!(world.promotions("prod").await.is_empty(), "prod is promoted by hand");
    let promotion = world.promote("prod", &freight).await;
    let ended = world.ended(&promotion.name_any()).await;
    assert_eq!(ended.status.unwrap().phase, Some(PromotionPhase::Succeeded));
    world.arrived("prod", &freight).await;
    world.settle().await;
    let stage: Stage = world.api().get("prod").await.unwrap();
    assert_eq!(stage.status.unwrap().freight_summary.as_deref(), Some(freight.as_str()));
}
