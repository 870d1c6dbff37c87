//! Chunked lists, revisions, selectors, and watches that start where a list ended.
use crate::support::*;
use futures::{StreamExt, TryStreamExt};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::*;
use kube::core::PartialObjectMeta;
use serde_json::json;

#[tokio::test]
async fn chunks_together_are_one_consistent_list() {
    let embedded = in_memory().await;
    let widgets = widgets(&embedded.client());
    for index in 0..10 {
        widgets.create(&PostParams::default(), &widget(&format!("w{index}"), index)).await.unwrap();
    }
    let first = widgets.list(&ListParams::default().limit(4)).await.unwrap();
    assert_eq!((first.items.len(), first.metadata.remaining_item_count), (4, Some(6)));
    // What happens between the chunks does not show in them.
    widgets.delete("w7", &DeleteParams::default()).await.unwrap();
    widgets.create(&PostParams::default(), &widget("w5a", 1)).await.unwrap();
    let patch = Patch::Merge(json!({"spec": {"size": 77}}));
    widgets.patch("w8", &PatchParams::default(), &patch).await.unwrap();
    let mut sizes: Vec<i64> = first.items.iter().map(|widget| widget.spec.size).collect();
    let mut token = first.metadata.continue_.clone().unwrap();
    while !token.is_empty() {
        let params = ListParams::default().limit(4).continue_token(&token);
        let chunk = widgets.list(&params).await.unwrap();
        assert_eq!(chunk.metadata.resource_version, first.metadata.resource_version);
        sizes.extend(chunk.items.iter().map(|widget| widget.spec.size));
        token = chunk.metadata.continue_.unwrap_or_default();
    }
    assert_eq!(sizes, (0..10).collect::<Vec<i64>>());
    let exact = ListParams::default()
        .at(first.metadata.resource_version.as_deref().unwrap())
        .matching(VersionMatch::Exact);
    assert_eq!(widgets.list(&exact).await.unwrap().items.len(), 10);
    let ahead = ListParams::default().at("999999").matching(VersionMatch::NotOlderThan);
    assert_eq!(code(widgets.list(&ahead).await), 504);
    let wrong = ListParams::default().limit(4).continue_token("nonsense");
    assert_eq!(code(widgets.list(&wrong).await), 400);
}

#[tokio::test]
async fn selectors_choose_and_unknown_fields_are_refused() {
    let embedded = in_memory().await;
    let widgets = widgets(&embedded.client());
    for (name, tier) in [("a", "edge"), ("b", "core")] {
        let mut widget = widget(name, 1);
        widget.metadata.labels = Some([("tier".to_owned(), tier.to_owned())].into());
        widgets.create(&PostParams::default(), &widget).await.unwrap();
    }
    let names = |params: ListParams| {
        let widgets = widgets.clone();
        async move {
            let list = widgets.list(&params).await.unwrap();
            list.into_iter().filter_map(|one| one.metadata.name).collect::<Vec<_>>()
        }
    };
    assert_eq!(names(ListParams::default().labels("tier in (edge)")).await, ["a"]);
    assert_eq!(names(ListParams::default().labels("tier!=edge")).await, ["b"]);
    assert_eq!(names(ListParams::default().fields("metadata.name=b")).await, ["b"]);
    assert_eq!(code(widgets.list(&ListParams::default().fields("spec.size=1")).await), 400);
    assert_eq!(code(widgets.list(&ListParams::default().labels("tier in")).await), 400);
    let metadata = widgets.list_metadata(&ListParams::default()).await.unwrap();
    assert_eq!(metadata.items.len(), 2);
    let one: PartialObjectMeta<Widget> = widgets.get_metadata("a").await.unwrap();
    assert_eq!(one.metadata.name.as_deref(), Some("a"));
}

#[tokio::test]
async fn a_selector_watch_tells_when_objects_come_and_go() {
    let embedded = in_memory().await;
    let widgets = widgets(&embedded.client());
    let watch = widgets.watch(&WatchParams::default().labels("on=yes"), "0").await.unwrap();
    widgets.create(&PostParams::default(), &widget("a", 1)).await.unwrap();
    for value in [json!("yes"), json!(null)] {
        let patch = Patch::Merge(json!({"metadata": {"labels": {"on": value}}}));
        widgets.patch("a", &PatchParams::default(), &patch).await.unwrap();
    }
    let kinds: Vec<&str> = watch
        .take(2)
        .map_ok(|event| match event {
            WatchEvent::Added(_) => "added",
            WatchEvent::Deleted(_) => "deleted",
            _ => "other",
        })
        .try_collect()
        .await
        .unwrap();
    assert_eq!(kinds, ["added", "deleted"]);
}

#[tokio::test]
async fn streaming_lists_end_with_a_bookmark() {
    let embedded = in_memory().await;
    let widgets = widgets(&embedded.client());
    widgets.create(&PostParams::default(), &widget("a", 1)).await.unwrap();
    let params = WatchParams::default().initial_events();
    let events: Vec<WatchEvent<Widget>> =
        widgets.watch(&params, "0").await.unwrap().take(2).try_collect().await.unwrap();
    assert!(matches!(&events[0], WatchEvent::Added(widget) if widget.spec.size == 1));
    let WatchEvent::Bookmark(bookmark) = &events[1] else { panic!("{events:?}") };
    assert_eq!(bookmark.metadata.annotations["k8s.io/initial-events-end"], "true");
}

#[tokio::test]
async fn a_forgotten_revision_is_gone() {
    let embedded = in_memory().await;
    let maps: Api<ConfigMap> = Api::namespaced(embedded.client(), "default");
    let first = maps.list(&ListParams::default()).await.unwrap().metadata.resource_version.unwrap();
    let map = ConfigMap { metadata: named("m"), ..ConfigMap::default() };
    maps.create(&PostParams::default(), &map).await.unwrap();
    // Large objects push old changes out of the log sooner than many small ones.
    for round in 0..64 {
        let patch = Patch::Merge(json!({"data": {"big": format!("{round}").repeat(500_000)}}));
        maps.patch("m", &PatchParams::default(), &patch).await.unwrap();
    }
    assert_eq!(code(maps.watch(&WatchParams::default(), &first).await.map(drop)), 410);
    let exact = ListParams::default().at(&first).matching(VersionMatch::Exact);
    assert_eq!(code(maps.list(&exact).await), 410);
}
