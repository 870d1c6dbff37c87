//! Somebody who writes all the time and remembers what was acknowledged.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{Context, Result};
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::{ObjectMeta, PostParams};
use kube::{Api, Client};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub(crate) const NAMESPACE: &str = "default";
pub(crate) const KEY: &str = "number";
/// Between two writes: the promotions are to have their share of the machine.
const PAUSE: Duration = Duration::from_millis(10);

pub(crate) struct Writer {
    stop: CancellationToken,
    task: JoinHandle<Vec<u64>>,
}

pub(crate) fn start(connected: watch::Receiver<Option<Client>>) -> Writer {
    let stop = CancellationToken::new();
    let task = tokio::spawn(write(connected, stop.clone()));
    Writer { stop, task }
}

impl Writer {
    /// Ends it; the numbers whose objects were acknowledged.
    pub(crate) async fn stop(self) -> Result<Vec<u64>> {
        self.stop.cancel();
        self.task.await.context("the writer panicked")
    }
}

/// A number is used once: what happened to one that was not acknowledged is unknown.
async fn write(
    mut connected: watch::Receiver<Option<Client>>,
    stop: CancellationToken,
) -> Vec<u64> {
    let mut acknowledged = Vec::new();
    let mut number = 0;
    while !stop.is_cancelled() {
        let client = connected.borrow_and_update().clone();
        let Some(client) = client else {
            tokio::select! {
                () = stop.cancelled() => break,
                changed = connected.changed() => if changed.is_err() { break },
            }
            continue;
        };
        number += 1;
        let api: Api<ConfigMap> = Api::namespaced(client, NAMESPACE);
        if api.create(&PostParams::default(), &numbered(number)).await.is_ok() {
            acknowledged.push(number);
        }
        tokio::time::sleep(PAUSE).await;
    }
    acknowledged
}

pub(crate) fn name(number: u64) -> String {
    format!("chaos-{number}")
}

fn numbered(number: u64) -> ConfigMap {
    ConfigMap {
        metadata: ObjectMeta { name: Some(name(number)), ..ObjectMeta::default() },
        data: Some(BTreeMap::from([(KEY.to_owned(), number.to_string())])),
        ..ConfigMap::default()
    }
}
