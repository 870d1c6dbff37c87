//! The control plane as a child process that can be killed and measured.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use kube::Client;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

/// How long a start may take on a machine that does other things too.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

pub(crate) struct ControlPlane {
    process: Child,
    address: SocketAddr,
    data_dir: PathBuf,
}

/// How to build the binary.
#[derive(Clone, Copy)]
pub(crate) enum Profile {
    Debug,
    Release,
}

/// Builds the binary and finds it by this program's own place, `target/debug`.
pub(crate) fn build(root: &Path, profile: Profile) -> Result<PathBuf> {
    let (arguments, folder): (&[&str], _) = match profile {
        Profile::Debug => (&[], "debug"),
        Profile::Release => (&["--release"], "release"),
    };
    let built = std::process::Command::new("cargo")
        .args(["build", "--quiet", "--package", "kargo"])
        .args(arguments)
        .current_dir(root)
        .status()
        .context("cannot run cargo")?;
    if !built.success() {
        bail!("kargo does not build");
    }
    let own = std::env::current_exe().context("cannot find this program's own folder")?;
    let target = own.ancestors().nth(2).context("this program is in no target folder")?;
    Ok(target.join(folder).join("kargo"))
}

impl ControlPlane {
    /// Starts it on a free port; what it says goes to `kargo.log`.
    pub(crate) async fn start(binary: &Path, folder: &Path) -> Result<Self> {
        let address = free_address().await?;
        let data_dir = folder.join("data");
        let mut log = std::fs::OpenOptions::new();
        let log = log.create(true).append(true).open(folder.join("kargo.log"));
        let log = log.context("cannot open kargo.log")?;
        let process = Command::new(binary)
            .args(["up", "--no-auth", "--listen", &address.to_string(), "--data-dir"])
            .arg(&data_dir)
            .env("HOME", folder)
            .env("XDG_CONFIG_HOME", folder.join("config"))
            .stdin(Stdio::null())
            .stdout(log.try_clone().context("cannot share kargo.log")?)
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .with_context(|| format!("cannot run {}", binary.display()))?;
        Ok(Self { process, address, data_dir })
    }

    /// Waits until it is ready, and connects to its Kubernetes API.
    pub(crate) async fn ready(&mut self) -> Result<Client> {
        let waiting = async {
            loop {
                if let Some(status) = self.process.try_wait().context("cannot watch the child")? {
                    bail!("the control plane ended by itself: {status}; see kargo.log");
                }
                if answers(self.address).await {
                    return connect(&self.data_dir.join("admin.kubeconfig")).await;
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        let waited = tokio::time::timeout(PATIENCE, waiting).await;
        waited.with_context(|| format!("the control plane is not ready after {PATIENCE:?}"))?
    }

    /// `kill -9`.
    pub(crate) async fn kill(&mut self) -> Result<()> {
        self.process.kill().await.context("cannot kill the control plane")
    }

    /// For `/proc`.
    pub(crate) fn id(&self) -> Result<u32> {
        self.process.id().context("the control plane has ended")
    }
}

async fn free_address() -> Result<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await;
    listener.and_then(|listener| listener.local_addr()).context("cannot find a free port")
}

/// Whether `/readyz` answers 200.
async fn answers(address: SocketAddr) -> bool {
    let asked = async {
        let mut stream = TcpStream::connect(address).await?;
        stream
            .write_all(b"GET /readyz HTTP/1.1\r\nHost: kargo\r\nConnection: close\r\n\r\n")
            .await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok::<_, std::io::Error>(answer.starts_with("HTTP/1.1 200"))
    };
    asked.await.unwrap_or(false)
}

/// A client for the control plane that has just come up.
async fn connect(kubeconfig: &Path) -> Result<Client> {
    let shown = kubeconfig.display();
    let read = kube::config::Kubeconfig::read_from(kubeconfig)
        .with_context(|| format!("cannot read {shown}"))?;
    let options = kube::config::KubeConfigOptions::default();
    let config = kube::Config::from_custom_kubeconfig(read, &options)
        .await
        .with_context(|| format!("{shown} cannot be used"))?;
    Client::try_from(config).with_context(|| format!("{shown} cannot be used"))
}
