//! Runs the binary: a home folder of its own, control planes that end with the test, and waiting with a deadline.

use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::TcpStream;
use tokio::process::{Child, ChildStdout, Command};

/// How long anything may take. Generous: a loaded machine is no failure.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_AGAIN: Duration = Duration::from_millis(10);

/// Where one user's files are; nothing outside of it is read or written.
pub(crate) struct Home {
    folder: tempfile::TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Ended {
    #[track_caller]
    pub(crate) fn well(self) -> String {
        assert_eq!(self.code, Some(0), "{self:?}");
        self.stdout
    }

    /// The one message of a command that failed.
    #[track_caller]
    pub(crate) fn badly(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(!self.stderr.trim().is_empty(), "no reason is given: {self:?}");
        assert!(!self.stderr.contains("panicked"), "{self:?}");
        self.stderr
    }
}

impl Home {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: &str) -> String {
        let path = self.path(name);
        std::fs::write(&path, content).unwrap();
        path.to_str().unwrap().to_owned()
    }

    pub(crate) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.folder.path())
            .env("XDG_CONFIG_HOME", self.path("config"))
            .env("XDG_DATA_HOME", self.path("share"))
            .env("COLUMNS", "200")
            .env("NO_COLOR", "1")
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    fn kargo(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(Path::new(env!("CARGO_BIN_EXE_kargo")));
        command.args(arguments);
        command
    }

    /// Runs a command to its end.
    pub(crate) async fn run(&self, arguments: &[&str]) -> Ended {
        self.run_with(arguments, "").await
    }

    /// The same with something on standard input.
    pub(crate) async fn run_with(&self, arguments: &[&str], input: &str) -> Ended {
        let mut command = self.kargo(arguments);
        command.stdin(Stdio::piped());
        finish(command, input).await
    }

    /// Starts a control plane on free ports, and waits until it is ready.
    pub(crate) async fn up(&self, more: &[&str]) -> Plane {
        self.up_in("data", more).await
    }

    pub(crate) async fn up_in(&self, data_dir: &str, more: &[&str]) -> Plane {
        let data_dir = self.path(data_dir);
        let mut command = self.kargo(&["up", "--listen", "127.0.0.1:0", "--data-dir"]);
        command.arg(&data_dir).args(more).env("KARGO_LOG", "warn");
        let log = std::fs::File::options().create(true).append(true).open(self.path("kargo.log"));
        command.stderr(log.unwrap());
        let mut process = command.spawn().unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap()).lines();
        let mut lines: Vec<String> = Vec::new();
        let url = loop {
            let line = tokio::time::timeout(PATIENCE, said.next_line()).await.unwrap().unwrap();
            let Some(line) = line else {
                let log = std::fs::read_to_string(self.path("kargo.log")).unwrap();
                panic!("the control plane ended at its start: {lines:?} {log}");
            };
            lines.push(line);
            let url = lines[0].strip_prefix("kargo is up at ").map(str::to_owned);
            if let Some(url) = url.filter(|_| lines.iter().any(|line| line.contains("kubectl"))) {
                break url;
            }
        };
        let plane = Plane { process, url, lines, data_dir, _said: said };
        assert!(answers(plane.address()).await, "not ready when it says so");
        plane
    }
}

/// A running control plane; killed when dropped.
pub(crate) struct Plane {
    process: Child,
    pub(crate) url: String,
    /// What it said at its start.
    pub(crate) lines: Vec<String>,
    pub(crate) data_dir: PathBuf,
    _said: Lines<BufReader<ChildStdout>>,
}

impl Plane {
    fn address(&self) -> &str {
        self.url.strip_prefix("http://").unwrap()
    }

    pub(crate) fn kubeconfig(&self) -> PathBuf {
        self.data_dir.join("admin.kubeconfig")
    }

    /// As `kill -9`.
    pub(crate) async fn kill(mut self) {
        self.process.kill().await.unwrap();
    }

    /// Sends SIGTERM and waits for the end.
    pub(crate) async fn terminate(mut self, patience: Duration) -> ExitStatus {
        let id = self.process.id().unwrap().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().await.unwrap();
        assert!(sent.success());
        let ended = tokio::time::timeout(patience, self.process.wait()).await;
        ended.expect("SIGTERM does not end it").unwrap()
    }

    /// All rights, through the Kubernetes API.
    pub(crate) async fn client(&self) -> kube::Client {
        let read = kube::config::Kubeconfig::read_from(self.kubeconfig()).unwrap();
        let options = kube::config::KubeConfigOptions::default();
        let config = kube::Config::from_custom_kubeconfig(read, &options).await.unwrap();
        kube::Client::try_from(config).unwrap()
    }
}

/// Gives a command its input and waits for its end.
pub(crate) async fn finish(mut command: Command, input: &str) -> Ended {
    let mut process = command.spawn().unwrap();
    if let Some(mut stdin) = process.stdin.take() {
        // A command that reads nothing may be gone already.
        let _ = stdin.write_all(input.as_bytes()).await;
    }
    let ended = tokio::time::timeout(PATIENCE * 2, process.wait_with_output()).await;
    let ended = ended.expect("the command does not end").unwrap();
    Ended {
        code: ended.status.code(),
        stdout: String::from_utf8(ended.stdout).unwrap(),
        stderr: String::from_utf8(ended.stderr).unwrap(),
    }
}

/// Whether `/readyz` answers 200.
pub(crate) async fn answers(address: &str) -> bool {
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

/// Looks until there is something to see; fails after [`PATIENCE`].
#[track_caller]
pub(crate) fn eventually<T, F>(what: &str, mut look: F) -> impl Future<Output = T>
where
    F: AsyncFnMut() -> Option<T>,
{
    let at = std::panic::Location::caller();
    async move {
        let looking = async {
            loop {
                if let Some(found) = look().await {
                    return found;
                }
                tokio::time::sleep(LOOK_AGAIN).await;
            }
        };
        let Ok(found) = tokio::time::timeout(PATIENCE, looking).await else {
            panic!("{at}: waited {PATIENCE:?} in vain for: {what}");
        };
        found
    }
}
