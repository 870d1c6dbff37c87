//! `cargo xtask bench idle`: start, memory, and what a control plane does when there is nothing to do.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use api::{Freight, FreightOrigin, Image, Project, Stage, Warehouse};
use futures::{StreamExt as _, TryStreamExt as _};
use k8s_openapi::api::core::v1::Namespace;
use kube::api::{ListParams, PostParams};
use kube::{Api, Client};
use serde_json::{Value, json};

use super::{Idle, process};
use crate::control_plane::{self, ControlPlane, Profile};

const API_VERSION: &str = "kargo.akuity.io/v1alpha1";
/// Reserved for documentation: it answers nobody.
const IMAGE: &str = "registry.invalid/app";
const WRITERS: usize = 16;
/// Nothing was written for this long: it has come to rest.
const REST: Duration = Duration::from_secs(5);
const PATIENCE: Duration = Duration::from_secs(600);
const LOOK_AGAIN: Duration = Duration::from_millis(500);

pub(super) async fn run(arguments: Idle, root: &Path) -> Result<()> {
    let binary = match &arguments.binary {
        Some(binary) => binary.clone(),
        None => control_plane::build(root, Profile::Release)?,
    };
    let folder = tempfile::Builder::new()
        .prefix("kargo-bench-")
        .tempdir()
        .context("cannot make a temporary folder")?;
    let mut plane = start("empty", &binary, folder.path()).await?.0;
    plane.kill().await?;
    let (mut plane, client) = start("second start, empty", &binary, folder.path()).await?;
    let began = Instant::now();
    fill(&client, &arguments).await?;
    rest(&client).await?;
    line("fill and come to rest", began.elapsed().as_secs_f64(), "s");
    plane.kill().await?;
    let (mut plane, client) = start("full", &binary, folder.path()).await?;
    let began = Instant::now();
    rest(&client).await?;
    line("full, to rest", (began.elapsed() - REST).as_secs_f64(), "s");
    watch(&plane, &client, arguments.seconds).await?;
    plane.kill().await
}

/// Starts it and says how long that took and how large it is.
async fn start(what: &str, binary: &Path, folder: &Path) -> Result<(ControlPlane, Client)> {
    let began = Instant::now();
    let mut plane = ControlPlane::start(binary, folder).await?;
    let client = plane.ready().await?;
    line(&format!("{what}: ready after"), began.elapsed().as_secs_f64() * 1e3, "ms");
    line(&format!("{what}: resident"), process::resident_mebibytes(plane.id()?)?, "MiB");
    Ok((plane, client))
}

async fn watch(plane: &ControlPlane, client: &Client, seconds: u64) -> Result<()> {
    let id = plane.id()?;
    let version = version(client).await?;
    let (cpu, written) = (process::cpu_seconds(id)?, process::written_bytes(id)?);
    tokio::time::sleep(Duration::from_secs(seconds)).await;
    let share = (process::cpu_seconds(id)? - cpu) / Duration::from_secs(seconds).as_secs_f64();
    line("idle: CPU of one core", share * 100.0, "%");
    line("idle: written to disk", process::written_bytes(id)? - written, "bytes");
    let moved = if self::version(client).await? == version { "none" } else { "some" };
    println!("{:<36} {moved:>12}", "idle: writes to the store");
    line("idle: resident", process::resident_mebibytes(id)?, "MiB");
    Ok(())
}

/// Waits until the store stands still.
async fn rest(client: &Client) -> Result<()> {
    let began = Instant::now();
    let (mut seen, mut since) = (version(client).await?, Instant::now());
    while since.elapsed() < REST {
        tokio::time::sleep(LOOK_AGAIN).await;
        let now = version(client).await?;
        if now != seen {
            (seen, since) = (now, Instant::now());
        }
        if began.elapsed() > PATIENCE {
            anyhow::bail!("it still writes after {PATIENCE:?}");
        }
    }
    Ok(())
}

/// The store's version, which every write moves.
async fn version(client: &Client) -> Result<String> {
    let list = Api::<Namespace>::all(client.clone()).list(&ListParams::default().limit(1)).await;
    let list = list.context("cannot list Namespaces")?;
    list.metadata.resource_version.context("a list without a version")
}

async fn fill(client: &Client, arguments: &Idle) -> Result<()> {
    let projects = arguments.projects.max(1);
    for number in 0..projects {
        let name = format!("bench-{number}");
        let project: Project = read(json!({
            "apiVersion": API_VERSION, "kind": "Project", "metadata": { "name": name },
        }))?;
        let created = Api::all(client.clone()).create(&PostParams::default(), &project).await;
        created.with_context(|| format!("cannot create Project {name}"))?;
        let spec = json!({
            "interval": "24h", "freightCreationPolicy": "Manual",
            "subscriptions": [{ "image": { "repoURL": IMAGE } }],
        });
        let warehouse: Warehouse = read(object("Warehouse", "app", spec))?;
        let api: Api<Warehouse> = Api::namespaced(client.clone(), &name);
        api.create(&PostParams::default(), &warehouse)
            .await
            .context("cannot create a Warehouse")?;
        let stages: Api<Stage> = Api::namespaced(client.clone(), &name);
        let freight: Api<Freight> = Api::namespaced(client.clone(), &name);
        let wanted: Result<Vec<Stage>> =
            (0..arguments.stages / projects).map(|number| read(stage(number))).collect();
        create_all(&stages, wanted?).await.context("cannot create Stages")?;
        create_all(&freight, (0..arguments.freight / projects).map(piece_of_freight).collect())
            .await
            .context("cannot create Freight")?;
    }
    Ok(())
}

async fn create_all<K>(api: &Api<K>, objects: Vec<K>) -> Result<()>
where
    K: Clone + std::fmt::Debug + serde::Serialize + serde::de::DeserializeOwned,
{
    let creating = objects
        .into_iter()
        .map(|object| async move { api.create(&PostParams::default(), &object).await.map(drop) });
    futures::stream::iter(creating).buffer_unordered(WRITERS).try_collect::<()>().await?;
    Ok(())
}

/// Chains of three, as test, uat and prod.
fn stage(number: usize) -> Value {
    let sources = match number % 3 {
        0 => json!({ "direct": true }),
        _ => json!({ "stages": [format!("s{}", number - 1)] }),
    };
    let request = json!({ "origin": { "kind": "Warehouse", "name": "app" }, "sources": sources });
    let steps = json!([{ "uses": "compose-output", "config": { "stage": "${{ ctx.stage }}" } }]);
    object(
        "Stage",
        &format!("s{number}"),
        json!({
            "requestedFreight": [request], "promotionTemplate": { "spec": { "steps": steps } },
        }),
    )
}

fn piece_of_freight(number: usize) -> Freight {
    let image = Image {
        repo_url: Some(IMAGE.to_owned()),
        tag: Some(format!("1.{number}.0")),
        ..Image::default()
    };
    let mut freight = Freight {
        origin: FreightOrigin { name: "app".to_owned(), ..FreightOrigin::default() },
        images: vec![image],
        ..Freight::default()
    };
    freight.metadata.name = Some(api::identity::freight_name(&freight));
    freight
}

fn object(kind: &str, name: &str, spec: Value) -> Value {
    json!({ "apiVersion": API_VERSION, "kind": kind, "metadata": { "name": name }, "spec": spec })
}

fn read<K: serde::de::DeserializeOwned>(object: Value) -> Result<K> {
    serde_json::from_value(object).context("an object of this program is wrong")
}

fn line(what: &str, value: f64, unit: &str) {
    println!("{what:<36} {value:>12.2} {unit}");
}
