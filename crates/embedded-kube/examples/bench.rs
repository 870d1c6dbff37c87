//! Measures the embedded API through the typed kube client: `bench FOLDER`. Prints one line per measure.
use embedded_kube::{EmbeddedKube, Options};
use futures::{StreamExt, TryStreamExt};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::CustomResourceExt as _;
use kube::api::{Api, ListParams, PostParams, WatchEvent, WatchParams};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

#[derive(kube::CustomResource, Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[kube(group = "bench.example.com", version = "v1", kind = "Thing", namespaced)]
struct ThingSpec {
    #[serde(default)]
    values: BTreeMap<String, String>,
}

fn thing(name: &str) -> Thing {
    let values = (0..14).map(|index| (format!("value{index}"), "x".repeat(40))).collect();
    Thing::new(name, ThingSpec { values })
}

fn percentile(times: &mut [Duration], share: f64) -> Duration {
    times.sort_unstable();
    let index = ((times.len() - 1) as f64 * share) as usize;
    times.get(index).copied().unwrap_or_default()
}

fn resident_kilobytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or_default()
}

#[expect(clippy::print_stdout, reason = "it prints what it measured")]
fn report(what: &str, value: f64, unit: &str) {
    println!("{what:<32} {value:>12.2} {unit}");
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let folder = std::env::args().nth(1).ok_or("usage: bench FOLDER")?;
    // As a task, as every real caller is: the main thread would pay a thread switch for each request.
    tokio::spawn(measure(folder)).await?
}

async fn measure(folder: String) -> Result<(), Failure> {
    let crds: Vec<CustomResourceDefinition> = vec![Thing::crd()];
    let opened = Instant::now();
    let embedded = EmbeddedKube::open(Options::in_folder(folder).with_crds(crds)).await?;
    report("open, empty", opened.elapsed().as_secs_f64() * 1e3, "ms");
    report("resident, empty", resident_kilobytes() as f64 / 1024.0, "MiB");
    let things: Api<Thing> = Api::namespaced(embedded.client(), "default");
    writes(&things).await?;
    reads(&things).await?;
    watching(&things).await
}

async fn writes(things: &Api<Thing>) -> Result<(), Failure> {
    let started = Instant::now();
    for index in 0..2000 {
        things.create(&PostParams::default(), &thing(&format!("serial-{index}"))).await?;
    }
    report("serial creates", 2000.0 / started.elapsed().as_secs_f64(), "/s");
    let before = resident_kilobytes();
    let started = Instant::now();
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..16 {
        let things = things.clone();
        writers.spawn(async move {
            for index in 0..1250 {
                let name = format!("many-{writer}-{index}");
                things.create(&PostParams::default(), &thing(&name)).await?;
            }
            Ok::<_, kube::Error>(())
        });
    }
    while let Some(done) = writers.join_next().await {
        done??;
    }
    report("creates of 16 writers", 20_000.0 / started.elapsed().as_secs_f64(), "/s");
    let size = serde_json::to_vec(&things.get("many-0-0").await?)?.len();
    report("size of one object", size as f64, "bytes");
    let grown = (resident_kilobytes() - before) as f64 * 1024.0 / 20_000.0;
    report("memory per object", grown, "bytes");
    Ok(())
}

async fn reads(things: &Api<Thing>) -> Result<(), Failure> {
    let started = Instant::now();
    for index in 0..40_000 {
        things.get(&format!("serial-{}", index % 2000)).await?;
    }
    report("gets, one task", 40_000.0 / started.elapsed().as_secs_f64(), "/s");
    let started = Instant::now();
    let mut readers = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let things = things.clone();
        readers.spawn(async move {
            for index in 0..5000 {
                things.get(&format!("serial-{}", index % 2000)).await?;
            }
            Ok::<_, kube::Error>(())
        });
    }
    while let Some(done) = readers.join_next().await {
        done??;
    }
    report("gets of 16 readers", 80_000.0 / started.elapsed().as_secs_f64(), "/s");
    let started = Instant::now();
    let listed = things.list(&ListParams::default()).await?.items.len();
    report("list", listed as f64 / started.elapsed().as_secs_f64(), "objects/s");
    Ok(())
}

async fn watching(things: &Api<Thing>) -> Result<(), Failure> {
    let list = things.list(&ListParams::default().limit(1)).await?;
    let start = list.metadata.resource_version.unwrap_or_default();
    let mut watch = things.watch(&WatchParams::default(), &start).await?.boxed();
    let (told, mut seen) = tokio::sync::mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Ok(Some(event)) = watch.try_next().await {
            if matches!(event, WatchEvent::Added(_)) && told.send(Instant::now()).is_err() {
                break;
            }
        }
    });
    let mut late = Vec::new();
    for index in 0..1000 {
        things.create(&PostParams::default(), &thing(&format!("watched-{index}"))).await?;
        let acknowledged = Instant::now();
        let seen = seen.recv().await.ok_or("the watch ended")?;
        late.push(seen.saturating_duration_since(acknowledged));
    }
    for (name, share) in [("p50", 0.5), ("p99", 0.99)] {
        let late = percentile(&mut late, share).as_secs_f64() * 1e6;
        report(&format!("watch event after ack, {name}"), late, "µs");
    }
    Ok(())
}
