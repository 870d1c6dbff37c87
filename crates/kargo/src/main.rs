//! The binary: configuration, roles and wiring.
#![expect(clippy::print_stderr, reason = "a program talks to its user")]

mod admin;
mod admission;
mod admitting_client;
mod arguments;
mod backup_socket;
mod commands;
mod control_plane;
mod demo;
mod environment;
mod kubernetes;
mod listeners;
mod manifests;
mod terminal;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};
use tracing_subscriber::EnvFilter;

use crate::arguments::{Arguments, Command};
use crate::environment::Environment;

fn main() -> ExitCode {
    let environment = Environment::read();
    let arguments = Arguments::parse();
    listen_to_traces(&environment);
    // One provider of cryptography, chosen here; a second choice would be a mistake in the code.
    if rustls::crypto::ring::default_provider().install_default().is_err() {
        eprintln!("error: TLS was set up twice");
        return ExitCode::FAILURE;
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("error: cannot start: {error}");
            return ExitCode::FAILURE;
        }
    };
    runtime.block_on(run(arguments.command, &environment))
}

async fn run(command: Command, environment: &Environment) -> ExitCode {
    let outcome = match command {
        Command::Client(command) => {
            return cli::run(command, &client_environment(environment)).await;
        }
        Command::Up(up) => commands::up::run(up, environment).await,
        Command::Demo(demo) => demo::run(&demo).await,
        Command::Crds => commands::crds::run(&mut std::io::stdout().lock()),
        Command::Backup(backup) => commands::backup::run(&backup, environment).await,
        Command::Restore(restore) => commands::restore::run(&restore, environment),
        Command::Expr(expr) => return commands::expr::run(expr),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {}", told(&error));
            ExitCode::FAILURE
        }
    }
}

/// The error and its causes in one line; a cause that its parent quotes already is not said twice.
fn told(error: &anyhow::Error) -> String {
    let mut text = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if text.is_empty() {
            text = cause;
        } else if !text.contains(&cause) {
            text = format!("{text}: {cause}");
        }
    }
    text
}

fn client_environment(environment: &Environment) -> cli::Environment {
    cli::Environment {
        server: environment.server.clone(),
        token: environment.token.clone(),
        password: environment.password.clone(),
        config_dir: environment.config_dir(),
        no_color: environment.no_color,
        width: environment.columns,
        is_terminal: std::io::stdout().is_terminal(),
        program: Arguments::command,
    }
}

/// Warnings and errors on standard error; `KARGO_LOG=info` or `KARGO_LOG=controllers=debug` says more.
fn listen_to_traces(environment: &Environment) {
    let wanted = environment.log.as_deref().unwrap_or("warn");
    let filter = EnvFilter::try_new(wanted).unwrap_or_else(|error| {
        eprintln!("warning: KARGO_LOG={wanted:?} is not understood ({error}); logging warnings");
        EnvFilter::new("warn")
    });
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal() && !environment.no_color)
        .init();
}

/// Completes when the process is asked to end.
async fn shutdown_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = match signal(SignalKind::terminate()) {
        Ok(terminate) => terminate,
        Err(error) => {
            eprintln!("warning: SIGTERM cannot be waited for: {error}");
            let _ = tokio::signal::ctrl_c().await;
            return;
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
