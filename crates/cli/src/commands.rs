//! The commands. A new one is a file below and two lines here.

mod apply;
mod approve;
mod completion;
mod create;
mod delete;
mod explain;
mod get;
mod login;
mod logout;
mod promote;
mod refresh;
mod version;

use clap::Subcommand;

use crate::Environment;
use crate::console::Console;
use crate::failure::Result;

/// The commands that talk to a server.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Create objects from manifests, or change them to what the manifests say
    Apply(apply::Apply),
    /// Approve Freight for a Stage that it has not earned
    Approve(approve::Approve),
    /// Print a script that completes commands in a shell
    Completion(completion::Completion),
    /// Create objects from manifests, a Project, or credentials
    Create(create::Create),
    /// Delete objects
    Delete(delete::Delete),
    /// Say why something does not move
    Explain(explain::Explain),
    /// Show objects
    Get(get::Get),
    /// Log in to a server and remember it
    Login(login::Login),
    /// Forget the token of the server
    Logout(logout::Logout),
    /// Promote Freight to a Stage, or to all Stages behind one
    Promote(promote::Promote),
    /// Look at an object now rather than at the next interval
    Refresh(refresh::Refresh),
    /// Print the versions of this program and of the server
    Version(version::Version),
}

pub(crate) async fn run(
    command: Command,
    environment: &Environment,
    console: &Console,
) -> Result<()> {
    match command {
        Command::Apply(apply) => apply.run(environment, console).await,
        Command::Approve(approve) => approve.run(environment, console).await,
        Command::Completion(completion) => completion.run(environment, console),
        Command::Create(create) => create.run(environment, console).await,
        Command::Delete(delete) => delete.run(environment, console).await,
        Command::Explain(explain) => explain.run(environment, console).await,
        Command::Get(get) => get.run(environment, console).await,
        Command::Login(login) => login.run(environment, console).await,
        Command::Logout(logout) => logout.run(environment, console),
        Command::Promote(promote) => promote.run(environment, console).await,
        Command::Refresh(refresh) => refresh.run(environment, console).await,
        Command::Version(version) => version.run(environment, console).await,
    }
}
