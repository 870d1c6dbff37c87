//! Creating, reading, changing, watching and deleting objects.
use crate::support::*;
use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::{ConfigMap, Namespace, Secret};
use kube::api::*;
use serde_json::json;

#[tokio::test]
async fn an_object_lives_through_all_verbs() {
    let embedded = in_memory().await;
    let widgets = widgets(&embedded.client());
    let created = widgets.create(&PostParams::default(), &widget("a", 5)).await.unwrap();
    assert_eq!(created.metadata.generation, Some(1));
    assert_eq!(code(widgets.create(&PostParams::default(), &widget("a", 5)).await), 409);
    assert_eq!(widgets.get("a").await.unwrap().spec.size, 5);

    let patch = Patch::Merge(json!({"spec": {"size": 6}}));
    let patched = widgets.patch("a", &PatchParams::default(), &patch).await.unwrap();
    assert_eq!((patched.spec.size, patched.metadata.generation), (6, Some(2)));
    let again = widgets.patch("a", &PatchParams::default(), &patch).await.unwrap();
    assert_eq!(again.metadata.resource_version, patched.metadata.resource_version);

    let status = Patch::Merge(json!({"status": {"ready": true}, "spec": {"size": 7}}));
    let with_status = widgets.patch_status("a", &PatchParams::default(), &status).await.unwrap();
    assert!(with_status.status.clone().unwrap().ready);
    assert_eq!((with_status.spec.size, with_status.metadata.generation), (6, Some(2)));

    let mut stale = patched;
    stale.spec.size = 8;
    assert_eq!(code(widgets.replace("a", &PostParams::default(), &stale).await), 409);
    let mut fresh = with_status;
    fresh.spec.size = 8;
    fresh.status = None;
    let replaced = widgets.replace("a", &PostParams::default(), &fresh).await.unwrap();
    assert!(replaced.status.is_some_and(|status| status.ready));
    assert_eq!(replaced.metadata.generation, Some(3));

    assert_eq!(widgets.list(&ListParams::default()).await.unwrap().items.len(), 1);
    widgets.delete("a", &DeleteParams::default()).await.unwrap();
    assert_eq!(code(widgets.get("a").await), 404);
}

#[tokio::test]
async fn the_schema_defaults_prunes_and_refuses() {
    let embedded = in_memory().await;
    let client = embedded.client();
    let objects = dynamic(&client, "tests.example.com/v1", "Widget");
    let object = |spec| -> DynamicObject {
        serde_json::from_value(json!({"apiVersion": "tests.example.com/v1", "kind": "Widget", "metadata": {"name": "d"}, "spec": spec})).unwrap()
    };
    let wrong = objects.create(&PostParams::default(), &object(json!({"size": 1000}))).await;
    let Err(kube::Error::Api(status)) = wrong else { panic!("{wrong:?}") };
    assert!(status.message.contains("size must be below 1000"), "{}", status.message);
    assert_eq!(
        code(objects.create(&PostParams::default(), &object(json!({"size": "x"}))).await),
        422
    );
    let created =
        objects.create(&PostParams::default(), &object(json!({"unknown": 1}))).await.unwrap();
    assert_eq!(created.data["spec"], json!({"size": 3}));
}

#[tokio::test]
async fn a_watch_tells_every_change_once_and_in_order() {
    let embedded = in_memory().await;
    let widgets = widgets(&embedded.client());
    widgets.create(&PostParams::default(), &widget("old", 1)).await.unwrap();
    let list = widgets.list(&ListParams::default()).await.unwrap();
    let start = list.metadata.resource_version.unwrap();
    let watch = widgets.watch(&WatchParams::default(), &start).await.unwrap();
    widgets.create(&PostParams::default(), &widget("new", 1)).await.unwrap();
    let patch = Patch::Merge(json!({"spec": {"size": 2}}));
    widgets.patch("new", &PatchParams::default(), &patch).await.unwrap();
    widgets.delete("new", &DeleteParams::default()).await.unwrap();
    let events: Vec<String> = watch
        .take(3)
        .map_ok(|event| match event {
            WatchEvent::Added(object) => format!("added {}", object.spec.size),
            WatchEvent::Modified(object) => format!("modified {}", object.spec.size),
            WatchEvent::Deleted(object) => format!("deleted {}", object.spec.size),
            other => format!("{other:?}"),
        })
        .try_collect()
        .await
        .unwrap();
    assert_eq!(events, ["added 1", "modified 2", "deleted 2"]);
}

#[tokio::test]
async fn built_in_kinds_behave_like_the_real_ones() {
    let embedded = in_memory().await;
    let client = embedded.client();
    let maps: Api<ConfigMap> = Api::namespaced(client.clone(), "missing");
    let map = ConfigMap { metadata: named("m"), ..ConfigMap::default() };
    assert_eq!(code(maps.create(&PostParams::default(), &map).await), 404);
    let namespaces: Api<Namespace> = Api::all(client.clone());
    let names: Vec<String> = namespaces
        .list(&ListParams::default())
        .await
        .unwrap()
        .into_iter()
        .filter_map(|namespace| namespace.metadata.name)
        .collect();
    assert_eq!(names, ["default", "kube-system"]);
    let secrets: Api<Secret> = Api::namespaced(client.clone(), "default");
    let secret = Secret {
        metadata: named("s"),
        string_data: Some([("user".to_owned(), "u".to_owned())].into()),
        ..Secret::default()
    };
    let created = secrets.create(&PostParams::default(), &secret).await.unwrap();
    assert_eq!(created.data.unwrap()["user"].0, b"u");
    assert_eq!((created.string_data, created.type_.as_deref()), (None, Some("Opaque")));
}
