//! A smart-HTTP git server for the demo and for tests: `git http-backend` behind a loopback port.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use tokio::process::Command;

use super::cgi;
use super::faults::Faults;
use super::serving::{BasicUser, LocalServerError, Running, check_name, start};
use crate::git::{GitCommand, GitError, GitSettings, set_environment};

#[derive(Clone, Debug)]
pub struct GitServerOptions {
    /// Holds the bare repositories; made if missing.
    pub folder: PathBuf,
    /// 0 takes a free port.
    pub port: u16,
    /// Anyone may read and write when not set.
    pub user: Option<BasicUser>,
    pub git: GitSettings,
}

impl GitServerOptions {
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), port: 0, user: None, git: GitSettings::default() }
    }
}

/// One commit of a served repository.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommitSummary {
    pub id: String,
    pub date: Timestamp,
    pub author: String,
    pub subject: String,
    /// The whole message, trailers included.
    pub message: String,
}

/// A running git server; it stops when dropped, the repositories stay.
pub struct GitServer {
    served: Arc<Served>,
    faults: Faults,
    running: Running,
}

struct Served {
    folder: PathBuf,
    git: GitSettings,
}

impl GitServer {
    pub async fn start(options: GitServerOptions) -> Result<Self, LocalServerError> {
        let made = tokio::fs::create_dir_all(&options.folder).await;
        made.map_err(|source| LocalServerError::Folder { path: options.folder.clone(), source })?;
        let served = Arc::new(Served { folder: options.folder, git: options.git });
        let faults = Faults::default();
        let router = axum::Router::new().fallback(answer).with_state(Arc::clone(&served));
        let running = start(options.port, router, options.user, faults.clone()).await?;
        Ok(Self { served, faults, running })
    }

    /// `http://127.0.0.1:PORT`
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.running.address)
    }

    /// The address of a repository, to clone from and push to.
    #[must_use]
    pub fn repository_url(&self, name: &str) -> String {
        format!("{}/{name}.git", self.url())
    }

    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Makes a repository whose default branch is `main`; with files, they are its first commit. One that is there
    /// already is left as it is. Returns its address.
    pub async fn create_repository(
        &self,
        name: &str,
        files: &[(&str, &str)],
    ) -> Result<String, LocalServerError> {
        check_name(name)?;
        let folder = self.served.repository(name);
        if !folder.join("HEAD").exists() {
            self.git("init", name)
                .args(["--bare", "--quiet", "--"])
                .args([&folder])
                .output()
                .await
                .map_err(failed)?;
            if !files.is_empty() {
                self.commit_files(name, "main", "Initial commit", files).await?;
            }
        }
        Ok(self.repository_url(name))
    }

    /// Adds one commit that sets these files on a branch, which is made if missing. Returns the commit's id.
    pub async fn commit_files(
        &self,
        name: &str,
        branch: &str,
        message: &str,
        files: &[(&str, &str)],
    ) -> Result<String, LocalServerError> {
        let parent = self.branch(name, branch).await?;
        let mut stream =
            format!("commit refs/heads/{branch}\ncommitter Local Server <local@example.com> now\n");
        let _infallible = writeln!(stream, "data {}\n{message}", message.len());
        if let Some(parent) = parent {
            let _infallible = writeln!(stream, "from {parent}");
        }
        for (path, content) in files {
            let _infallible = writeln!(
                stream,
                "M 100644 inline \"{}\"",
                path.replace('\\', "\\\\").replace('"', "\\\"")
            );
            let _infallible = writeln!(stream, "data {}\n{content}", content.len());
        }
        let command = self.inside("fast-import", name)?;
        command
            .args(["--quiet", "--date-format=now"])
            .input(stream)
            .output()
            .await
            .map_err(failed)?;
        self.branch(name, branch).await?.ok_or_else(|| LocalServerError::Git {
            operation: "fast-import",
            detail: format!("branch {branch} was not made"),
        })
    }

    /// The commit a branch is at.
    pub async fn branch(
        &self,
        name: &str,
        branch: &str,
    ) -> Result<Option<String>, LocalServerError> {
        let command = self.inside("rev-parse", name)?;
        let asked = command.args([
            "--verify",
            "--quiet",
            "--end-of-options",
            &format!("refs/heads/{branch}"),
        ]);
        let finished = asked.run().await.map_err(failed)?;
        let found = String::from_utf8_lossy(&finished.stdout).trim().to_owned();
        Ok(finished.status.success().then_some(found))
    }

    /// Names of all branches.
    pub async fn branches(&self, name: &str) -> Result<Vec<String>, LocalServerError> {
        let command = self.inside("for-each-ref", name)?;
        let listed = command
            .args(["--format=%(refname:lstrip=2)", "refs/heads"])
            .text()
            .await
            .map_err(failed)?;
        Ok(listed.lines().map(str::to_owned).collect())
    }

    /// The newest commits of a branch, newest first; none if the branch is not there.
    pub async fn commits(
        &self,
        name: &str,
        branch: &str,
        limit: usize,
    ) -> Result<Vec<CommitSummary>, LocalServerError> {
        let Some(tip) = self.branch(name, branch).await? else { return Ok(Vec::new()) };
        let command = self.inside("log", name)?;
        let format = "--format=%H%x00%ct%x00%an <%ae>%x00%s%x00%B";
        let listed = command
            .args(["-z", format, &format!("--max-count={limit}"), &tip])
            .text()
            .await
            .map_err(failed)?;
        let fields: Vec<&str> = listed.split('\0').collect();
        let commits = fields.chunks(5).filter_map(|fields| {
            let [id, seconds, author, subject, message] = fields else { return None };
            Some(CommitSummary {
                id: (*id).to_owned(),
                date: Timestamp::from_second(seconds.parse().ok()?).ok()?,
                author: (*author).to_owned(),
                subject: (*subject).to_owned(),
                message: (*message).to_owned(),
            })
        });
        Ok(commits.collect())
    }

    /// A file at a revision (branch, tag or commit); `None` if it is not there.
    pub async fn read_file(
        &self,
        name: &str,
        revision: &str,
        path: &str,
    ) -> Result<Option<String>, LocalServerError> {
        let command = self.inside("cat-file", name)?;
        let finished =
            command.args(["blob", &format!("{revision}:{path}")]).run().await.map_err(failed)?;
        let text = String::from_utf8_lossy(&finished.stdout).into_owned();
        Ok(finished.status.success().then_some(text))
    }

    /// The paths a commit changed against its first parent, or brought when it has none.
    pub async fn changed_paths(
        &self,
        name: &str,
        commit: &str,
    ) -> Result<Vec<String>, LocalServerError> {
        let command = self.inside("diff-tree", name)?;
        let arguments = [
            "-r",
            "--root",
            "--no-commit-id",
            "--name-only",
            "--no-renames",
            "--end-of-options",
            commit,
        ];
        let listed = command.args(arguments).text().await.map_err(failed)?;
        Ok(listed.lines().map(str::to_owned).collect())
    }

    fn inside(
        &self,
        operation: &'static str,
        name: &str,
    ) -> Result<GitCommand<'_>, LocalServerError> {
        check_name(name)?;
        Ok(self.git(operation, name).git_dir(&self.served.repository(name)))
    }

    fn git(&self, operation: &'static str, name: &str) -> GitCommand<'_> {
        GitCommand::new(&self.served.git, operation, name)
    }
}

impl Served {
    fn repository(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.git"))
    }
}

fn failed(error: GitError) -> LocalServerError {
    match error {
        GitError::Executable { source, .. } => LocalServerError::Run { source },
        GitError::Command { operation, detail, .. } => LocalServerError::Git { operation, detail },
        other => LocalServerError::Git { operation: "command", detail: other.to_string() },
    }
}

/// What the served repositories allow: pushes, partial clones, and commits asked for by id.
const SERVED_CONFIGURATION: &[(&str, &str)] = &[
    ("http.receivepack", "true"),
    ("uploadpack.allowFilter", "true"),
    ("uploadpack.allowAnySHA1InWant", "true"),
    ("receive.autogc", "false"),
];

async fn answer(State(served): State<Arc<Served>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let named = path.trim_start_matches('/').split(".git/").next().unwrap_or_default();
    if check_name(named).is_err() || !served.repository(named).join("HEAD").exists() {
        return (StatusCode::NOT_FOUND, "no such repository\n").into_response();
    }
    let configuration: Vec<(String, String)> = SERVED_CONFIGURATION
        .iter()
        .map(|(key, value)| ((*key).to_owned(), (*value).to_owned()))
        .collect();
    let mut command = Command::new(&served.git.executable);
    command.arg("http-backend");
    set_environment(&mut command, &served.git, &configuration);
    command.envs(cgi_environment(&served.folder, &path, &request));
    cgi::run(&mut command, request.into_body()).await
}

fn cgi_environment(folder: &Path, path: &str, request: &Request) -> Vec<(&'static str, OsString)> {
    let header = |name: header::HeaderName| -> OsString {
        request.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().into()
    };
    let mut environment: Vec<(&'static str, OsString)> = vec![
        ("GIT_PROJECT_ROOT", folder.into()),
        ("GIT_HTTP_EXPORT_ALL", "1".into()),
        ("PATH_INFO", path.into()),
        ("REQUEST_METHOD", request.method().as_str().into()),
        ("QUERY_STRING", request.uri().query().unwrap_or_default().into()),
        ("CONTENT_TYPE", header(header::CONTENT_TYPE)),
        ("HTTP_CONTENT_ENCODING", header(header::CONTENT_ENCODING)),
        ("GIT_PROTOCOL", header(header::HeaderName::from_static("git-protocol"))),
        ("REMOTE_USER", "local".into()),
        ("REMOTE_ADDR", "127.0.0.1".into()),
    ];
    let length = header(header::CONTENT_LENGTH);
    if !length.is_empty() {
        environment.push(("CONTENT_LENGTH", length));
    }
    environment
}
