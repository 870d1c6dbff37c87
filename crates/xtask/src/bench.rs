//! `cargo xtask bench`: the figures the project promises, measured.

mod idle;
mod process;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

#[derive(clap::Subcommand)]
pub(crate) enum Bench {
    /// The embedded Kubernetes API: creates, gets, lists, watch events, memory
    Kube,
    /// A control plane with many Stages and much Freight and nothing to do
    Idle(Idle),
}

#[derive(clap::Args)]
pub(crate) struct Idle {
    /// How many Projects share the Stages and the Freight
    #[arg(long, default_value_t = 10)]
    projects: usize,
    /// Stages in all Projects together
    #[arg(long, default_value_t = 1_000)]
    stages: usize,
    /// Freight in all Projects together
    #[arg(long, default_value_t = 10_000)]
    freight: usize,
    /// How long to watch it do nothing
    #[arg(long, default_value_t = 30)]
    seconds: u64,
    /// The binary to measure [default: a fresh release build]
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
}

pub(crate) async fn run(bench: Bench, root: &Path) -> Result<()> {
    match bench {
        Bench::Kube => kube(root),
        Bench::Idle(arguments) => idle::run(arguments, root).await,
    }
}

/// The measuring program is an example of the crate: only `kargo` and `testkit` may depend on it.
fn kube(root: &Path) -> Result<()> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    let ended = std::process::Command::new("cargo")
        .args(["run", "--quiet", "--release", "--package", "embedded-kube"])
        .args(["--example", "bench", "--"])
        .arg(folder.path())
        .current_dir(root)
        .status()
        .context("cannot run cargo")?;
    if !ended.success() {
        bail!("the measuring program failed");
    }
    Ok(())
}
