//! The project's own tools: `cargo xtask tidy`, `codegen`, `chaos` and `bench`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program talks to its user")]

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Parser, Subcommand};

mod bench;
mod chaos;
mod codegen;
mod control_plane;
mod tidy;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own tools")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Write the reference pages that follow from the code
    Codegen {
        /// Change nothing; fail if a page is out of date
        #[arg(long)]
        check: bool,
    },
    /// Check the invariants of docs/architecture.md and the house rules
    Tidy,
    /// Measure what the project promises
    #[command(subcommand)]
    Bench(bench::Bench),
    /// Kill the control plane while promotions run, and check that nothing is lost or done twice
    Chaos(chaos::Arguments),
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().task {
        Task::Codegen { check } => codegen::run(&root(), check),
        Task::Tidy => tidy::run(&root()),
        Task::Bench(bench) => block_on(bench::run(bench, &root())),
        Task::Chaos(arguments) => block_on(chaos::run(arguments, &root())),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn block_on(task: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.context("cannot start")?.block_on(task)
}

/// The workspace, wherever the command was called from.
fn root() -> PathBuf {
    let here = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    here.ancestors().nth(2).map_or(here.clone(), PathBuf::from)
}
