//! How things come and go: Projects, their namespace, Stages, and what admission refuses.

use api::{Freight, Project, Promotion, Stage};
use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::api::rbac::v1::{ClusterRole, Role};
use kube::api::{DeleteParams, Patch, PatchParams};
use kube::{Api, ResourceExt};
use serde_json::json;
use testkit::{World, eventually};

use crate::pipeline::{DIRECT, SAY};

async fn gone(world: &World) {
    let projects: Api<Project> = Api::all(world.client.clone());
    let namespaces: Api<Namespace> = Api::all(world.client.clone());
    eventually("the Project and its namespace to be gone", async || {
        let project = projects.get_opt(&world.project).await.ok()?;
        let namespace = namespaces.get_opt(&world.project).await.ok()?;
        (project.is_none() && namespace.is_none()).then_some(())
    })
    .await;
    world.settle().await;
}

async fn world_with_everything() -> World {
    let world = World::with_project().await;
    world.auto_promote(&["test"]).await;
    world.image_warehouse("app", "app").await;
    world.stage("test", DIRECT, SAY).await;
    let freight = world.new_freight("app", "app", "1.0.0").await.name_any();
    world.arrived("test", &freight).await;
    world
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_has_a_namespace_and_roles_and_takes_them_along() {
    let world = world_with_everything().await;
    let role = world.api::<Role>().get("kargo-promoter").await.unwrap();
    assert!(role.rules.unwrap().len() > 2);
    // Nothing watches roles; one that somebody took away is back with a pass after a while.
    world.api::<Role>().delete("kargo-promoter", &DeleteParams::default()).await.unwrap();
    world.advance(600);
    let projects: Api<Project> = Api::all(world.user.clone());
    let touched = json!({ "metadata": { "annotations": { "example.com/touched": "yes" } } });
    let touch = Patch::Merge(touched);
    projects.patch(&world.project, &PatchParams::default(), &touch).await.unwrap();
    eventually("the role to be back", async || {
        world.api::<Role>().get_opt("kargo-promoter").await.ok()?
    })
    .await;
    world.settle().await;
    let roles: Api<ClusterRole> = Api::all(world.client.clone());
    let own = format!("kargo-project-admin-{}", world.project);
    assert!(roles.get_opt(&own).await.unwrap().is_some());
    projects.delete(&world.project, &DeleteParams::default()).await.unwrap();
    gone(&world).await;
    assert!(roles.get_opt(&own).await.unwrap().is_none());
    // The name is free again, and nothing is left of what was there.
    world.create_project().await;
    assert!(world.promotions("test").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_the_namespace_deletes_the_project() {
    let world = world_with_everything().await;
    let namespaces: Api<Namespace> = Api::all(world.user.clone());
    namespaces.delete(&world.project, &DeleteParams::default()).await.unwrap();
    gone(&world).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_stage_is_forgotten_by_freight_of_every_origin() {
    let world = world_with_everything().await;
    let freight = world.freight_with_tag("1.0.0").await.name_any();
    // Now it asks for something else; what it ran still names it.
    world.image_warehouse("db", "db").await;
    world
        .stage(
            "test",
            "[{ origin: { kind: Warehouse, name: db }, sources: { direct: true } }]",
            SAY,
        )
        .await;
    world.settle().await;
    world.api::<Stage>().delete("test", &DeleteParams::default()).await.unwrap();
    world
        .until::<Freight>(&freight, |freight| {
            let status = freight.status.clone().unwrap_or_default();
            !status.currently_in.contains_key("test") && !status.verified_in.contains_key("test")
        })
        .await;
    let stages: Api<Stage> = world.api();
    eventually("the Stage to be gone", async || {
        stages.get_opt("test").await.ok()?.is_none().then_some(())
    })
    .await;
    world.settle().await;
    let left = world.api::<Promotion>().list(&Default::default()).await.unwrap();
    assert!(left.items.is_empty(), "Promotions go with their Stage");
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_manifests_are_refused_with_the_field_that_is_wrong() {
    let world = World::with_project().await;
    for (manifest, told) in [
        (
            "{apiVersion: kargo.akuity.io/v1alpha1, kind: Warehouse, metadata: {name: w}, spec: {interval: soon, subscriptions: [{image: {repoURL: a/b}}]}}",
            "interval",
        ),
        (
            "{apiVersion: kargo.akuity.io/v1alpha1, kind: Warehouse, metadata: {name: w}, spec: {subscriptions: [{image: {repoURL: a/b, constraint: 'not one'}}]}}",
            "constraint",
        ),
        (
            "{apiVersion: kargo.akuity.io/v1alpha1, kind: Stage, metadata: {name: s}, spec: {requestedFreight: [{origin: {kind: Warehouse, name: app}, sources: {direct: true}}, {origin: {kind: Warehouse, name: app}, sources: {stages: [t]}}]}}",
            "Warehouse/app",
        ),
        (
            "{apiVersion: kargo.akuity.io/v1alpha1, kind: Stage, metadata: {name: s}, spec: {requestedFreight: [{origin: {kind: Warehouse, name: app}, sources: {direct: true}}], promotionTemplate: {spec: {steps: [{}]}}}}",
            "steps",
        ),
        (
            "{apiVersion: kargo.akuity.io/v1alpha1, kind: ProjectConfig, metadata: {name: other}, spec: {}}",
            "name",
        ),
    ] {
        let refused = world.try_apply(manifest).await;
        let Err(kube::Error::Api(status)) = refused else { panic!("{manifest}: {refused:?}") };
        assert!(matches!(status.code, 400 | 403 | 422), "{status:?}");
        assert!(status.message.contains(told), "{told}: {}", status.message);
    }
    world.settle().await;
}
