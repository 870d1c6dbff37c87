//! The demo: a git server, a registry, a project with three Stages, and a new image tag every minute.

mod narrator;
mod world;

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};
use api::{Freight, Promotion, Stage};
use kube::api::{Api, PostParams};
use kube::runtime::wait::await_condition;
use kube::{Client, ResourceExt};

pub(crate) use world::World;

use crate::arguments;
use crate::control_plane::{ControlPlane, Options};
use crate::terminal::tell;

/// The Project that the manifests make.
pub(crate) const PROJECT: &str = "kargo-demo";
/// How long `--once` waits for each thing it waits for. Soaking takes 20 seconds of it.
const PATIENCE: Duration = Duration::from_secs(180);

pub(crate) async fn run(arguments: &arguments::Demo) -> Result<()> {
    let temporary = match &arguments.data_dir {
        Some(_) => None,
        None => Some(
            tempfile::Builder::new()
                .prefix("kargo-demo-")
                .tempdir()
                .context("cannot make a temporary folder")?,
        ),
    };
    let folder = match (&arguments.data_dir, &temporary) {
        (Some(folder), _) => folder.clone(),
        (None, Some(temporary)) => temporary.path().to_path_buf(),
        (None, None) => PathBuf::from("."),
    };
    let world = World::start(&folder).await?;
    let plane = ControlPlane::start(options(arguments, folder)).await?;
    crate::manifests::apply(&plane.client, &world.manifests()).await?;
    tell(format_args!("git server    {}", world.repository_url()));
    tell(format_args!("registry      {}", world.image()));
    match (arguments.no_ui, &plane.kubeconfig) {
        (true, _) => tell(format_args!("REST API      {}", plane.url)),
        (false, _) => tell(format_args!("board         {}/p/{PROJECT}", plane.url)),
    }
    if let Some(kubeconfig) = &plane.kubeconfig {
        tell(format_args!("kubectl       --kubeconfig {} -n {PROJECT}", kubeconfig.display()));
    }
    tell("");
    if arguments.once {
        once(plane, world).await
    } else {
        endless(plane, world, arguments.every).await
    }
}

fn options(arguments: &arguments::Demo, folder: PathBuf) -> Options {
    Options {
        listen: std::net::SocketAddr::from(([127, 0, 0, 1], arguments.port)),
        listen_option: "--port",
        authenticate: false,
        serve_ui: !arguments.no_ui,
        ..Options::one_machine(folder)
    }
}

/// Publishes until Ctrl-C, and says in plain lines what happens.
async fn endless(plane: ControlPlane, world: World, every: u64) -> Result<()> {
    let narrator = narrator::start(plane.client.clone());
    let client = plane.client.clone();
    let publisher = tokio::spawn(async move {
        loop {
            match world.publish_next(&client).await {
                Ok(tag) => tell(format_args!("registry      published {}:{tag}", world.image())),
                Err(error) => eprintln!("cannot publish the next image tag: {error:#}"),
            }
            tokio::time::sleep(Duration::from_secs(every.max(1))).await;
        }
    });
    tell(format_args!("prod is promoted by hand: click Promote on the board, or say"));
    tell(format_args!(
        "  kargo promote --server {} --project {PROJECT} --stage prod --freight-alias <alias>\n",
        plane.url
    ));
    let ended = plane.run_until(crate::shutdown_signal()).await;
    publisher.abort();
    narrator.abort();
    ended
}

/// One tag, all the way to prod, unattended.
async fn once(plane: ControlPlane, world: World) -> Result<()> {
    let narrator = narrator::start(plane.client.clone());
    let carried = carry_to_prod(&plane.client, &world).await;
    narrator.abort();
    plane.stop().await;
    carried
}

async fn carry_to_prod(client: &Client, world: &World) -> Result<()> {
    let tag = world.publish_next(client).await?;
    tell(format_args!("registry      published {}:{tag}", world.image()));
    let mut freight = String::new();
    for stage in ["test", "uat"] {
        freight = arrived(client, stage).await?;
        world.print_commit(stage).await?;
    }
    // What prod may have is decided by the rules: once uat has verified it, it can be promoted.
    let freights: Api<Freight> = Api::namespaced(client.clone(), PROJECT);
    let verified = await_condition(freights, &freight, |freight: Option<&Freight>| {
        freight
            .and_then(|freight| freight.status.as_ref())
            .is_some_and(|status| status.verified_in.contains_key("uat"))
    });
    tokio::time::timeout(PATIENCE, verified)
        .await
        .context("uat did not verify the Freight in time")??;
    let promotions: Api<Promotion> = Api::namespaced(client.clone(), PROJECT);
    let promotion = crate::manifests::promotion(PROJECT, "prod", &freight);
    let created = promotions
        .create(&PostParams::default(), &promotion)
        .await
        .context("cannot promote to prod")?;
    tell(format_args!("prod          promoting, asked for by this demo ({})", created.name_any()));
    arrived(client, "prod").await?;
    world.print_commit("prod").await
}

/// Waits until a Stage has received Freight, and answers which. A Promotion that failed ends the wait.
async fn arrived(client: &Client, stage: &str) -> Result<String> {
    let stages: Api<Stage> = Api::namespaced(client.clone(), PROJECT);
    let last =
        |stage: &Stage| stage.status.as_ref().and_then(|status| status.last_promotion.clone());
    let settled =
        await_condition(stages, stage, |stage: Option<&Stage>| stage.and_then(last).is_some());
    let settled = tokio::time::timeout(PATIENCE, settled).await;
    let settled =
        settled.with_context(|| format!("nothing was promoted to {stage} within {PATIENCE:?}"))?;
    let settled = settled.with_context(|| format!("cannot watch Stage {stage}"))?;
    let last = settled.as_ref().and_then(last).context("the Stage is gone")?;
    let status = last.status.unwrap_or_default();
    if status.phase != Some(api::PromotionPhase::Succeeded) {
        anyhow::bail!(
            "the promotion to {stage} ended as {:?}: {}",
            status.phase,
            status.message.unwrap_or_default()
        );
    }
    last.freight.and_then(|freight| freight.name).context("the last promotion names no Freight")
}
