//! What kube's own controller runtime needs: controllers, finalizers, watchers, recorded events.
use crate::support::*;
use embedded_kube::{EmbeddedKube, Options};
use futures::StreamExt;
use k8s_openapi::api::core::v1::Event as CoreEvent;
use k8s_openapi::api::events::v1::Event as NewEvent;
use kube::api::*;
use kube::runtime::controller::{Action, Controller};
use kube::runtime::events::{Event, EventType, Recorder, Reporter};
use kube::runtime::finalizer::{Event as Finalize, finalizer};
use kube::runtime::watcher;
use kube::{Client, Resource};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

async fn reconcile(widget: Arc<Widget>, client: Arc<Client>) -> Result<Action, kube::Error> {
    let widgets = widgets(&client);
    let outcome = finalizer(&widgets, "tests.example.com/cleanup", widget, |event| async {
        if let Finalize::Apply(widget) = event {
            let status = json!({"apiVersion": "tests.example.com/v1", "kind": "Widget", "status": {"ready": true}});
            let params = PatchParams::apply("controller").force();
            let name = widget.metadata.name.clone().unwrap_or_default();
            self::widgets(&client).patch_status(&name, &params, &Patch::Apply(status)).await?;
        }
        Ok::<_, kube::Error>(Action::requeue(Duration::from_secs(3600)))
    });
    Ok(outcome.await.unwrap_or_else(|_| Action::requeue(Duration::from_millis(50))))
}

#[tokio::test]
async fn a_controller_with_a_finalizer_settles() {
    for streaming in [false, true] {
        let embedded = in_memory().await;
        let client = embedded.client();
        let config = watcher::Config::default();
        let config = if streaming { config.streaming_lists() } else { config };
        let controller = Controller::new(widgets(&client), config).run(
            reconcile,
            |_, _: &kube::Error, _| Action::requeue(Duration::from_millis(50)),
            Arc::new(client.clone()),
        );
        let running = tokio::spawn(controller.for_each(|_| async {}));
        let widgets = widgets(&client);
        widgets.create(&PostParams::default(), &widget("a", 1)).await.unwrap();
        until("the status is set", || async {
            widgets.get("a").await.unwrap().status.is_some_and(|status| status.ready)
        })
        .await;
        widgets.delete("a", &DeleteParams::default()).await.unwrap();
        until("the object is gone", || async { widgets.get_opt("a").await.unwrap().is_none() })
            .await;
        running.abort();
    }
}

#[tokio::test]
async fn recorded_events_show_in_both_groups() {
    let embedded = in_memory().await;
    let client = embedded.client();
    let widget = widgets(&client).create(&PostParams::default(), &widget("a", 1)).await.unwrap();
    let reporter = Reporter { controller: "tests".into(), instance: None };
    let recorder = Recorder::new(client.clone(), reporter);
    let event = Event {
        type_: EventType::Normal,
        reason: "Grown".into(),
        note: Some("it grew".into()),
        action: "Growing".into(),
        secondary: None,
    };
    for _ in 0..2 {
        recorder.publish(&event, &widget.object_ref(&())).await.unwrap();
    }
    let core: Api<CoreEvent> = Api::namespaced(client.clone(), "default");
    let fields = ListParams::default().fields("involvedObject.name=a,type=Normal");
    let seen = core.list(&fields).await.unwrap();
    assert_eq!(seen.items.len(), 1);
    assert_eq!(seen.items[0].message.as_deref(), Some("it grew"));
    assert_eq!(seen.items[0].series.as_ref().and_then(|series| series.count), Some(2));
    let new: Api<NewEvent> = Api::namespaced(client, "default");
    let seen = new.list(&ListParams::default().fields("regarding.name=a")).await.unwrap();
    assert_eq!(seen.items[0].note.as_deref(), Some("it grew"));
}

#[tokio::test]
async fn events_are_forgotten_after_an_hour() {
    let hours = Arc::new(std::sync::atomic::AtomicI64::new(0));
    let clock = hours.clone();
    let now = move || {
        let ahead = clock.load(std::sync::atomic::Ordering::SeqCst);
        jiff::Timestamp::now() + jiff::SignedDuration::from_hours(ahead)
    };
    let options = Options::in_memory().with_now(Arc::new(now));
    let embedded = EmbeddedKube::open(options).await.unwrap();
    let events: Api<CoreEvent> = Api::namespaced(embedded.client(), "default");
    let event = |name: &str| -> CoreEvent {
        serde_json::from_value(
            json!({"metadata": {"name": name}, "involvedObject": {}, "reason": "r"}),
        )
        .unwrap()
    };
    events.create(&PostParams::default(), &event("old")).await.unwrap();
    hours.store(2, std::sync::atomic::Ordering::SeqCst);
    events.create(&PostParams::default(), &event("new")).await.unwrap();
    until("the old event is gone", || async {
        let left = events.list(&ListParams::default()).await.unwrap();
        left.items.len() == 1 && left.items[0].metadata.name.as_deref() == Some("new")
    })
    .await;
}
