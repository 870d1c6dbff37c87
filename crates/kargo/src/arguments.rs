//! The command line of the binary: its own commands, then those that talk to a server.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

/// Continuous promotion: from a new artifact to a commit in git, stage by stage.
#[derive(Parser)]
#[command(name = "kargo", version, propagate_version = true, arg_required_else_help = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Start a control plane on this machine, or in front of a cluster
    Up(Up),
    /// Start a control plane with a git server, a registry and a project to play with
    Demo(Demo),
    /// Print the CustomResourceDefinitions, for `kubectl apply --server-side -f -`
    Crds,
    /// Copy the store of a control plane, running or not, into a file
    Backup(Backup),
    /// Put a backup in place of a store that is absent
    Restore(Restore),
    /// Try out expressions and templates
    #[command(subcommand)]
    Expr(Expr),
    #[command(flatten)]
    Client(cli::Command),
}

#[derive(Args)]
pub(crate) struct Up {
    /// Where to keep the store, mirrors and work directories [default: $XDG_DATA_HOME/kargo]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Where to serve the UI and the REST API
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    pub(crate) listen: SocketAddr,
    /// Where to serve the Kubernetes API of the embedded store, over TLS
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(crate) kubernetes_listen: SocketAddr,
    /// Work on this cluster instead of an embedded store
    #[arg(long, value_name = "FILE")]
    pub(crate) kubeconfig: Option<PathBuf>,
    /// Let everybody who reaches the loopback address do everything
    #[arg(long)]
    pub(crate) no_auth: bool,
    /// Also reach git servers, registries and URLs in private and link-local address ranges
    #[arg(long)]
    pub(crate) allow_private_addresses: bool,
    /// Send credentials to http:// repositories of other machines too
    #[arg(long)]
    pub(crate) allow_credentials_over_http: bool,
    /// The shortest discovery interval a Warehouse gets, for example 30s
    #[arg(long, value_name = "DURATION", default_value = "0s")]
    pub(crate) min_warehouse_interval: String,
    /// How much disk space shared git mirrors may take, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 10_240)]
    pub(crate) mirror_budget: u64,
}

#[derive(Args)]
pub(crate) struct Demo {
    /// Port of the UI and the REST API; 0 picks a free one
    #[arg(long, default_value_t = 8080)]
    pub(crate) port: u16,
    /// Promote one image tag all the way to prod, print each commit, and end
    #[arg(long)]
    pub(crate) once: bool,
    /// Do not serve the UI
    #[arg(long)]
    pub(crate) no_ui: bool,
    /// Keep the demo's data here instead of in a temporary folder
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
    /// Seconds between new image tags
    #[arg(long, value_name = "SECONDS", default_value_t = 60)]
    pub(crate) every: u64,
}

#[derive(Args)]
pub(crate) struct Backup {
    /// The file to write; it must not exist
    pub(crate) file: PathBuf,
    /// The data folder of the control plane [default: $XDG_DATA_HOME/kargo]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

#[derive(Args)]
pub(crate) struct Restore {
    /// The backup to read
    pub(crate) file: PathBuf,
    /// The data folder to fill; it must not hold a store [default: $XDG_DATA_HOME/kargo]
    #[arg(long, value_name = "DIR")]
    pub(crate) data_dir: Option<PathBuf>,
}

#[derive(Subcommand)]
pub(crate) enum Expr {
    /// Evaluate one expression and print its value as JSON
    Eval(Evaluate),
    /// Evaluate a template with ${{ … }} and print its value as JSON
    Template(Evaluate),
    /// Run recorded cases and print each difference
    Test {
        /// JSON: environments by name
        #[arg(long, value_name = "FILE")]
        environments: Option<PathBuf>,
        /// JSON lines, plain or gzipped
        #[arg(required = true)]
        cases: Vec<PathBuf>,
    },
}

#[derive(Args)]
pub(crate) struct Evaluate {
    /// JSON or YAML: the variables
    #[arg(long, value_name = "FILE")]
    pub(crate) env: Option<PathBuf>,
    /// The text to evaluate; `-` reads standard input
    pub(crate) text: String,
}
