//! `cargo xtask chaos`: kills the control plane at random moments while promotions run, and checks that afterwards every
//! promotion has ended, every branch holds each commit exactly once, and nothing acknowledged is lost.

mod pipeline;
mod verdict;
mod writer;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use kube::Client;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::sync::watch;

use crate::control_plane::{self, ControlPlane, Profile};
use pipeline::Pipeline;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How often to kill
    #[arg(long, default_value_t = 60)]
    kills: u32,
    /// How many promotions run at a time: one Stage for each
    #[arg(long, default_value_t = 20)]
    promotions: usize,
    /// Chooses the moments; the same seed chooses the same ones
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The binary to kill [default: a fresh debug build]
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
}

/// A kill comes at most this long after the control plane is up again.
const LONGEST_LIFE: Duration = Duration::from_millis(2500);
/// Of this many kills one comes while the control plane is still starting.
const EARLY_KILLS: u32 = 6;
/// How long the promotions of one tag may take once nothing kills any more.
const PATIENCE: Duration = Duration::from_secs(300);
const LOOK_AGAIN: Duration = Duration::from_millis(20);

pub(crate) async fn run(arguments: Arguments, root: &Path) -> Result<()> {
    let binary = match &arguments.binary {
        Some(binary) => binary.clone(),
        None => control_plane::build(root, Profile::Debug)?,
    };
    let folder = tempfile::Builder::new()
        .prefix("kargo-chaos-")
        .tempdir()
        .context("cannot make a temporary folder")?;
    let started = Instant::now();
    let outcome = torture(&arguments, &binary, folder.path()).await;
    let violations = match outcome {
        Ok(violations) => violations,
        Err(error) => {
            println!("everything is left in {}", folder.keep().display());
            return Err(error);
        }
    };
    println!("took {:.0} s", started.elapsed().as_secs_f64());
    if violations.is_empty() {
        println!("no violation");
        return Ok(());
    }
    for violation in &violations {
        println!("VIOLATION: {violation}");
    }
    println!("everything is left in {}", folder.keep().display());
    bail!("{} violations with seed {}", violations.len(), arguments.seed)
}

async fn torture(arguments: &Arguments, binary: &Path, folder: &Path) -> Result<Vec<String>> {
    let pipeline = Pipeline::start(folder, arguments.promotions).await?;
    let mut plane = ControlPlane::start(binary, folder).await?;
    let client = plane.ready().await?;
    pipeline.apply(&client).await?;
    let (connect, connected) = watch::channel(Some(client.clone()));
    let writer = writer::start(connected);
    let random = StdRng::seed_from_u64(arguments.seed);
    let wanted = arguments.kills;
    let mut killing =
        Killing { binary, folder, pipeline, plane, client, connect, random, wanted, kills: 0 };
    let mut tags = Vec::new();
    while killing.kills < wanted || tags.is_empty() {
        let tag = format!("1.{}.0", tags.len());
        let (began, before) = (Instant::now(), killing.kills);
        killing.promote(&tag).await?;
        println!(
            "{tag}: {} kills, {:.1} s, {} of {wanted} kills done",
            killing.kills - before,
            began.elapsed().as_secs_f64(),
            killing.kills,
        );
        tags.push(tag);
    }
    let acknowledged = writer.stop().await?;
    let Killing { pipeline, client, kills, mut plane, .. } = killing;
    let mut violations = verdict::promotions(&pipeline, &client, &tags).await?;
    violations.extend(verdict::branches(&pipeline, &tags).await?);
    violations.extend(verdict::objects(&client, &acknowledged).await?);
    println!(
        "{kills} kills, {} tags, {} promotions, {} acknowledged objects, seed {}",
        tags.len(),
        tags.len() * arguments.promotions,
        acknowledged.len(),
        arguments.seed
    );
    plane.kill().await?;
    Ok(violations)
}

/// A control plane and who kills it.
struct Killing<'a> {
    binary: &'a Path,
    folder: &'a Path,
    pipeline: Pipeline,
    plane: ControlPlane,
    client: Client,
    connect: watch::Sender<Option<Client>>,
    random: StdRng,
    wanted: u32,
    kills: u32,
}

impl Killing<'_> {
    /// Publishes a tag and kills until every Stage has it, or nobody is to be killed any more.
    async fn promote(&mut self, tag: &str) -> Result<()> {
        self.pipeline.publish(&self.client, tag).await?;
        while self.kills < self.wanted {
            if !self.pipeline.until_running(&self.client, tag, PATIENCE).await? {
                return Ok(());
            }
            let life = self.random.random_range(Duration::ZERO..LONGEST_LIFE);
            tokio::time::sleep(life).await;
            if self.pipeline.ended(&self.client, tag).await? {
                return Ok(());
            }
            self.connect.send_replace(None);
            self.plane.kill().await?;
            self.kills += 1;
            self.restart().await?;
            self.connect.send_replace(Some(self.client.clone()));
        }
        let calm = Instant::now();
        // What has not ended by then is told by the verdict.
        while calm.elapsed() < PATIENCE && !self.pipeline.ended(&self.client, tag).await? {
            tokio::time::sleep(LOOK_AGAIN).await;
        }
        Ok(())
    }

    /// Starts again; now and then the new process is killed before it is up.
    async fn restart(&mut self) -> Result<()> {
        loop {
            self.plane = ControlPlane::start(self.binary, self.folder).await?;
            let is_early = self.random.random_ratio(1, EARLY_KILLS);
            let after = Duration::from_millis(self.random.random_range(0..500));
            if !is_early || self.kills >= self.wanted {
                self.client = self.plane.ready().await?;
                return Ok(());
            }
            tokio::time::sleep(after).await;
            self.plane.kill().await?;
            self.kills += 1;
        }
    }
}
