//! One git process: hermetic environment, bounded time and output, killed with its children when no longer awaited.

use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, Command};

use super::error::GitError;

/// How git is run.
#[derive(Clone, Debug)]
pub struct GitSettings {
    pub executable: PathBuf,
    /// `PATH` of the processes: git finds its own helpers and ssh there.
    pub search_path: OsString,
    /// For commands that talk to a server.
    pub network_timeout: Duration,
    /// For commands on this machine.
    pub local_timeout: Duration,
    /// Repositories given as local paths or `file://`; for tests.
    pub allow_file_protocol: bool,
}

impl Default for GitSettings {
    fn default() -> Self {
        Self {
            executable: PathBuf::from("git"),
            search_path: OsString::from(
                "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            ),
            network_timeout: Duration::from_secs(300),
            local_timeout: Duration::from_secs(120),
            allow_file_protocol: false,
        }
    }
}

/// Output kept from one command unless it says otherwise.
const OUTPUT_LIMIT: usize = 64 << 20;
/// What is kept of the error channel; the rest is read and dropped so that git never blocks on it.
const STDERR_KEPT: usize = 64 << 10;

/// Configuration of every command; later entries of one command win.
const CONFIGURATION: &[(&str, &str)] = &[
    ("advice.detachedHead", "false"),
    ("commit.gpgSign", "false"),
    ("core.autocrlf", "false"),
    ("core.fsmonitor", "false"),
    ("core.hooksPath", "/dev/null"),
    ("core.quotePath", "false"),
    ("credential.helper", ""),
    ("diff.ignoreSubmodules", "dirty"),
    ("fetch.recurseSubmodules", "false"),
    ("gc.auto", "0"),
    ("http.followRedirects", "false"),
    ("http.lowSpeedLimit", "1"),
    ("http.lowSpeedTime", "30"),
    ("init.defaultBranch", "main"),
    ("maintenance.auto", "false"),
    ("protocol.version", "2"),
    ("safe.directory", "*"),
];

pub(crate) struct GitCommand<'a> {
    settings: &'a GitSettings,
    program: PathBuf,
    operation: &'static str,
    subject: String,
    arguments: Vec<OsString>,
    configuration: Vec<(String, String)>,
    environment: Vec<(&'static str, OsString)>,
    directory: Option<PathBuf>,
    input: Option<Vec<u8>>,
    output_limit: usize,
    timeout: Duration,
}

pub(crate) struct Finished {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: Vec<u8>,
    pub(crate) stderr: String,
}

impl<'a> GitCommand<'a> {
    /// `operation` is the git subcommand; `subject` what messages call its object (an address or a path).
    pub(crate) fn new(
        settings: &'a GitSettings,
        operation: &'static str,
        subject: impl Into<String>,
    ) -> Self {
        Self {
            settings,
            program: settings.executable.clone(),
            operation,
            subject: subject.into(),
            arguments: vec![operation.into()],
            configuration: Vec::new(),
            environment: Vec::new(),
            directory: None,
            input: None,
            output_limit: OUTPUT_LIMIT,
            timeout: settings.local_timeout,
        }
    }

    /// Another program than git, under the same bounds; `operation` is its first argument.
    pub(crate) fn program(mut self, name: &'static str) -> Self {
        self.program = PathBuf::from(name);
        self
    }

    pub(crate) fn args(mut self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Self {
        self.arguments.extend(arguments.into_iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    #[cfg(test)]
    pub(crate) fn config(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.configuration.push((key.into(), value.into()));
        self
    }

    pub(crate) fn configs(mut self, entries: impl IntoIterator<Item = (String, String)>) -> Self {
        self.configuration.extend(entries);
        self
    }

    pub(crate) fn env(mut self, key: &'static str, value: impl Into<OsString>) -> Self {
        self.environment.push((key, value.into()));
        self
    }

    pub(crate) fn git_dir(self, folder: &Path) -> Self {
        self.env("GIT_DIR", folder)
    }

    pub(crate) fn directory(mut self, folder: &Path) -> Self {
        self.directory = Some(folder.to_owned());
        self
    }

    pub(crate) fn input(mut self, input: impl Into<Vec<u8>>) -> Self {
        self.input = Some(input.into());
        self
    }

    pub(crate) fn over_network(mut self) -> Self {
        self.timeout = self.settings.network_timeout;
        self
    }

    /// Standard output of a command that must succeed.
    pub(crate) async fn output(self) -> Result<Vec<u8>, GitError> {
        let (operation, subject) = (self.operation, self.subject.clone());
        let finished = self.run().await?;
        if finished.status.success() {
            return Ok(finished.stdout);
        }
        Err(GitError::from_stderr(operation, &subject, &finished.stderr))
    }

    /// Standard output of a command that must succeed, as text without the final line end.
    pub(crate) async fn text(self) -> Result<String, GitError> {
        let output = self.output().await?;
        Ok(String::from_utf8_lossy(&output).trim_end_matches('\n').to_owned())
    }

    /// Runs to the end, whatever the exit status.
    pub(crate) async fn run(self) -> Result<Finished, GitError> {
        let mut child = self.spawn()?;
        // Declared after the child, so dropped before it: the group is killed while its leader is not yet reaped.
        let mut group =
            ProcessGroup(child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw));
        let (input, limit) = (self.input.clone(), self.output_limit);
        let working = async {
            let files = |source| GitError::Files { path: PathBuf::from(&self.subject), source };
            let (stdin, stdout, stderr) =
                (child.stdin.take(), child.stdout.take(), child.stderr.take());
            let ((), stdout, stderr) = tokio::try_join!(
                async {
                    feed(stdin, input).await;
                    Ok(())
                },
                async {
                    read_all(stdout, limit).await.map_err(files)?.ok_or_else(|| self.too_large())
                },
                async { read_start(stderr, STDERR_KEPT).await.map_err(files) },
            )?;
            let status = child.wait().await.map_err(files)?;
            Ok(Finished { status, stdout, stderr: String::from_utf8_lossy(&stderr).into_owned() })
        };
        let finished = match tokio::time::timeout(self.timeout, working).await {
            Ok(finished) => finished?,
            Err(_) => {
                return Err(GitError::TimedOut {
                    operation: self.operation,
                    subject: self.subject.clone(),
                    after: self.timeout,
                });
            }
        };
        group.0 = None;
        Ok(finished)
    }

    fn too_large(&self) -> GitError {
        GitError::OutputTooLarge {
            operation: self.operation,
            subject: self.subject.clone(),
            limit: self.output_limit,
        }
    }

    fn spawn(&self) -> Result<Child, GitError> {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .stdin(if self.input.is_some() { Stdio::piped() } else { Stdio::null() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        set_environment(&mut command, self.settings, &self.configuration);
        command.envs(self.environment.iter().map(|(key, value)| (key, value)));
        if let Some(directory) = &self.directory {
            command.current_dir(directory);
        }
        command
            .spawn()
            .map_err(|source| GitError::Executable { executable: self.program.clone(), source })
    }
}

/// Nothing of the surrounding environment reaches git.
pub(crate) fn set_environment(
    command: &mut Command,
    settings: &GitSettings,
    configuration: &[(String, String)],
) {
    let protocols =
        if settings.allow_file_protocol { "http:https:ssh:file" } else { "http:https:ssh" };
    command
        .env_clear()
        .env("PATH", &settings.search_path)
        .env("HOME", "/nonexistent")
        .env("LC_ALL", "C")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_ATTR_NOSYSTEM", "1")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        .env("GIT_PAGER", "cat")
        .env("GIT_EDITOR", ":")
        .env("GIT_ALLOW_PROTOCOL", protocols);
    let fixed = CONFIGURATION.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
    let mut count = 0_usize;
    for (key, value) in fixed.chain(configuration.iter().cloned()) {
        command
            .env(format!("GIT_CONFIG_KEY_{count}"), key)
            .env(format!("GIT_CONFIG_VALUE_{count}"), value);
        count += 1;
    }
    command.env("GIT_CONFIG_COUNT", count.to_string());
}

/// Kills what is left of a command's processes unless it ended by itself.
struct ProcessGroup(Option<Pid>);

impl Drop for ProcessGroup {
    fn drop(&mut self) {
        if let Some(leader) = self.0 {
            // Nothing left to kill is as good.
            let _gone = kill_process_group(leader, Signal::KILL);
        }
    }
}

async fn feed(stdin: Option<tokio::process::ChildStdin>, input: Option<Vec<u8>>) {
    if let (Some(mut stdin), Some(input)) = (stdin, input) {
        // A process that does not want its input says why on its error channel.
        let _written = stdin.write_all(&input).await;
    }
}

/// Everything, or `None` when there is more than `limit`.
async fn read_all(
    stream: Option<impl AsyncRead + Unpin>,
    limit: usize,
) -> std::io::Result<Option<Vec<u8>>> {
    let mut all = Vec::new();
    if let Some(stream) = stream {
        stream.take(limit as u64 + 1).read_to_end(&mut all).await?;
    }
    Ok((all.len() <= limit).then_some(all))
}

/// The first `kept` bytes; the rest is read and dropped.
async fn read_start(
    stream: Option<impl AsyncRead + Unpin>,
    kept: usize,
) -> std::io::Result<Vec<u8>> {
    let mut start = Vec::new();
    if let Some(mut stream) = stream {
        (&mut stream).take(kept as u64).read_to_end(&mut start).await?;
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    }
    Ok(start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> GitSettings {
        GitSettings::default()
    }

    #[tokio::test]
    async fn output_and_time_are_bounded_and_children_die() {
        let settings = GitSettings { local_timeout: Duration::from_millis(300), ..settings() };
        let folder = tempfile::tempdir().unwrap();
        let marker = folder.path().join("alive");
        // An alias is the shortest way to make git start a grandchild.
        let script = format!("!while :; do date > '{}'; sleep 0.01; done", marker.display());
        let command =
            GitCommand::new(&settings, "linger", "nothing").config("alias.linger", script);
        let error = command.run().await.err().unwrap();
        assert!(matches!(error, GitError::TimedOut { operation: "linger", .. }), "{error:?}");
        std::fs::remove_file(&marker).unwrap_or_default();
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        tokio::time::timeout(Duration::from_millis(200), async {
            while !marker.exists() {
                tokio::task::yield_now().await;
            }
        })
        .await
        .expect_err("the grandchild still writes");

        let settings = GitSettings::default();
        let mut command =
            GitCommand::new(&settings, "noise", "nothing").config("alias.noise", "!yes");
        command.output_limit = 1000;
        let error = command.run().await.err().unwrap();
        assert!(matches!(error, GitError::OutputTooLarge { limit: 1000, .. }), "{error:?}");
    }

    #[tokio::test]
    async fn the_environment_is_ours_alone() {
        let settings = settings();
        let seen = GitCommand::new(&settings, "shown", "nothing")
            .config("alias.shown", "!env")
            .text()
            .await
            .unwrap();
        for line in seen.lines() {
            let name = line.split('=').next().unwrap();
            let expected = name.starts_with("GIT_")
                || ["PATH", "HOME", "LC_ALL", "PWD", "SHLVL", "_"].contains(&name);
            assert!(expected, "{name} reached git");
        }
        let folder = tempfile::tempdir().unwrap();
        let listing = GitCommand::new(&settings, "config", "nothing").directory(folder.path());
        let listed = listing.args(["--list", "--show-scope"]).text().await.unwrap();
        assert!(listed.lines().all(|line| line.starts_with("command")), "{listed}");
    }

    #[tokio::test]
    async fn a_missing_executable_is_named() {
        let settings = GitSettings { executable: "/nowhere/git".into(), ..settings() };
        let error = GitCommand::new(&settings, "version", "nothing").run().await.err().unwrap();
        assert_eq!(error.to_string(), "/nowhere/git cannot be run; is it installed?");
    }
}
