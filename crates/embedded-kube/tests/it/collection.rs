//! Finalizers, owners, namespaces: what goes when something is deleted.
use crate::support::*;
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Secret};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::OwnerReference;
use kube::api::*;
use serde_json::json;

fn owned_by(owner: &Widget, name: &str) -> ConfigMap {
    let reference = OwnerReference {
        api_version: "tests.example.com/v1".into(),
        kind: "Widget".into(),
        name: owner.metadata.name.clone().unwrap(),
        uid: owner.metadata.uid.clone().unwrap(),
        controller: Some(true),
        block_owner_deletion: Some(true),
    };
    let mut metadata = named(name);
    metadata.owner_references = Some(vec![reference]);
    ConfigMap { metadata, ..ConfigMap::default() }
}

#[tokio::test]
async fn finalizers_hold_an_object_and_owners_take_their_dependents_along() {
    let embedded = in_memory().await;
    let client = embedded.client();
    let (widgets, maps): (_, Api<ConfigMap>) =
        (widgets(&client), Api::namespaced(client.clone(), "default"));
    let owner = widgets.create(&PostParams::default(), &widget("owner", 1)).await.unwrap();
    for name in ["m1", "m2"] {
        maps.create(&PostParams::default(), &owned_by(&owner, name)).await.unwrap();
    }
    let hold = Patch::Merge(json!({"metadata": {"finalizers": ["example.com/hold"]}}));
    widgets.patch("owner", &PatchParams::default(), &hold).await.unwrap();
    widgets.delete("owner", &DeleteParams::default()).await.unwrap();
    assert!(widgets.get("owner").await.unwrap().metadata.deletion_timestamp.is_some());
    let more =
        Patch::Merge(json!({"metadata": {"finalizers": ["example.com/hold", "example.com/more"]}}));
    assert_eq!(code(widgets.patch("owner", &PatchParams::default(), &more).await), 422);
    let release = Patch::Merge(json!({"metadata": {"finalizers": null}}));
    widgets.patch("owner", &PatchParams::default(), &release).await.unwrap();
    assert_eq!(code(widgets.get("owner").await), 404);
    until("the dependents are gone", || async {
        maps.list(&ListParams::default()).await.unwrap().items.is_empty()
    })
    .await;
}

#[tokio::test]
async fn foreground_waits_for_dependents_and_orphan_keeps_them() {
    let embedded = in_memory().await;
    let client = embedded.client();
    let (widgets, maps): (_, Api<ConfigMap>) =
        (widgets(&client), Api::namespaced(client.clone(), "default"));
    let owner = widgets.create(&PostParams::default(), &widget("front", 1)).await.unwrap();
    let mut held = owned_by(&owner, "held");
    held.metadata.finalizers = Some(vec!["example.com/hold".into()]);
    maps.create(&PostParams::default(), &held).await.unwrap();
    widgets.delete("front", &DeleteParams::foreground()).await.unwrap();
    until("the dependent is being deleted", || async {
        maps.get("held").await.unwrap().metadata.deletion_timestamp.is_some()
    })
    .await;
    assert!(widgets.get_opt("front").await.unwrap().is_some());
    let release = Patch::Merge(json!({"metadata": {"finalizers": null}}));
    maps.patch("held", &PatchParams::default(), &release).await.unwrap();
    until("the owner is gone", || async { widgets.get_opt("front").await.unwrap().is_none() })
        .await;

    let owner = widgets.create(&PostParams::default(), &widget("parent", 1)).await.unwrap();
    maps.create(&PostParams::default(), &owned_by(&owner, "orphan")).await.unwrap();
    widgets.delete("parent", &DeleteParams::orphan()).await.unwrap();
    until("the owner is gone", || async { widgets.get_opt("parent").await.unwrap().is_none() })
        .await;
    assert_eq!(maps.get("orphan").await.unwrap().metadata.owner_references, None);
}

#[tokio::test]
async fn a_namespace_takes_everything_in_it_along() {
    let embedded = in_memory().await;
    let client = embedded.client();
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let namespace = Namespace { metadata: named("team"), ..Namespace::default() };
    namespaces.create(&PostParams::default(), &namespace).await.unwrap();
    let secrets: Api<Secret> = Api::namespaced(client.clone(), "team");
    let mut held = Secret { metadata: named("held"), ..Secret::default() };
    held.metadata.finalizers = Some(vec!["example.com/hold".into()]);
    secrets.create(&PostParams::default(), &held).await.unwrap();
    for index in 0..20 {
        let secret = Secret { metadata: named(&format!("s{index}")), ..Secret::default() };
        secrets.create(&PostParams::default(), &secret).await.unwrap();
    }
    assert_eq!(code(namespaces.delete("default", &DeleteParams::default()).await.map(drop)), 403);
    namespaces.delete("team", &DeleteParams::default()).await.unwrap();
    until("all but the held secret are gone", || async {
        secrets.list(&ListParams::default()).await.unwrap().items.len() == 1
    })
    .await;
    let late = Secret { metadata: named("late"), ..Secret::default() };
    assert_eq!(code(secrets.create(&PostParams::default(), &late).await), 403);
    let release = Patch::Merge(json!({"metadata": {"finalizers": null}}));
    secrets.patch("held", &PatchParams::default(), &release).await.unwrap();
    until("the namespace is gone", || async {
        namespaces.get_opt("team").await.unwrap().is_none()
    })
    .await;
    assert_eq!(code(secrets.create(&PostParams::default(), &late).await), 404);
}

#[tokio::test]
async fn preconditions_protect_and_collections_go_by_selector() {
    let embedded = in_memory().await;
    let widgets = widgets(&embedded.client());
    for (name, tier) in [("a", "x"), ("b", "x"), ("c", "y")] {
        let mut widget = widget(name, 1);
        widget.metadata.labels = Some([("tier".to_owned(), tier.to_owned())].into());
        widgets.create(&PostParams::default(), &widget).await.unwrap();
    }
    let wrong = Preconditions { uid: Some("other".into()), resource_version: None };
    let params = DeleteParams::default().preconditions(wrong);
    assert_eq!(code(widgets.delete("a", &params).await), 409);
    let selected = ListParams::default().labels("tier=x");
    widgets.delete_collection(&DeleteParams::default(), &selected).await.unwrap();
    let left = widgets.list(&ListParams::default()).await.unwrap();
    assert_eq!(left.items.len(), 1);
}
