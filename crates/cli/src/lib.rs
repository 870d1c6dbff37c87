//! The commands that talk to a server's REST API. The binary adds its own and hands these over with what it read
//! from the process's environment.

mod client;
#[cfg(test)]
mod command_line_tests;
mod commands;
mod config;
mod connection;
mod console;
mod failure;
mod fixes;
mod kinds;
mod manifests;
mod names;
mod output;
mod password;
mod progress;
mod server_sent_events;
mod table;
mod wait;

pub use commands::Command;
pub use config::Config;

use std::path::PathBuf;
use std::process::ExitCode;

/// What the binary read from the process's environment.
#[derive(Clone, Debug)]
pub struct Environment {
    /// `KARGO_SERVER`, or `KARGO_API_ADDRESS` as Kargo calls it.
    pub server: Option<String>,
    /// `KARGO_API_TOKEN`.
    pub token: Option<String>,
    /// `KARGO_PASSWORD`.
    pub password: Option<String>,
    /// The folder of the file that `kargo login` writes, as `~/.config/kargo`.
    pub config_dir: Option<PathBuf>,
    /// Whether `NO_COLOR` is set.
    pub no_color: bool,
    /// Columns of the terminal, if known.
    pub width: Option<u16>,
    /// Whether standard output is a terminal.
    pub is_terminal: bool,
    /// The whole command line, for shell completion.
    pub program: fn() -> clap::Command,
}

/// Runs a command and says how it ended: 0 well, 1 badly, 2 it was asked wrongly, 3 a Promotion that was waited for
/// did not succeed.
pub async fn run(command: Command, environment: &Environment) -> ExitCode {
    let console = console::Console::new(environment);
    match commands::run(command, environment, &console).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            console.failure(&failure);
            ExitCode::from(failure.code())
        }
    }
}
