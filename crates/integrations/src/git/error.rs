//! What can go wrong with git, sorted by what a user would do about it.

use std::path::PathBuf;
use std::time::Duration;

use super::signing::last_of_gpg;
use crate::credentials::in_clear_text;
use crate::outbound::OutboundError;

#[derive(Debug, thiserror::Error)]
pub enum GitError {
    #[error(
        "{url} wants a sign-in: the credentials stored for it are missing or wrong{}",
        clear_text_note(url)
    )]
    Authentication { url: String },
    #[error("there is no git repository at {url}, or the credentials may not see it")]
    NotFound { url: String },
    #[error("{url} has no {reference}")]
    ReferenceMissing { url: String, reference: String },
    #[error("{url} cannot be reached: {detail}")]
    Unreachable { url: String, detail: String },
    #[error("{url} dropped the connection: {detail}")]
    Dropped { url: String, detail: String },
    #[error("no secure connection to {url}: {detail}")]
    Tls { url: String, detail: String },
    #[error("the address of {url} is not allowed")]
    Refused { url: String, source: OutboundError },
    #[error("{url} refused the push to {target}: {detail}")]
    PushRefused { url: String, target: String, detail: String },
    #[error("{target} of {url} kept moving: {attempts} attempts to push were overtaken")]
    PushOvertaken { url: String, target: String, attempts: u32 },
    #[error("the local commits conflict with {target} of {url} in {}", files.join(", "))]
    Conflict { url: String, target: String, files: Vec<String> },
    #[error(
        "the local commits cannot be put on top of {target} of {url} under the policy {policy}"
    )]
    NotFastForward { url: String, target: String, policy: &'static str },
    #[error("git {operation} of {subject} did not end within {after:?}")]
    TimedOut { operation: &'static str, subject: String, after: Duration },
    #[error("git {operation} of {subject} printed more than {limit} bytes")]
    OutputTooLarge { operation: &'static str, subject: String, limit: usize },
    #[error("the disk is full: git {operation} of {subject} could not write")]
    DiskFull { operation: &'static str, subject: String },
    #[error("{field} {value:?} is not usable: {wanted}")]
    Invalid { field: &'static str, value: String, wanted: &'static str },
    #[error("{} is not a git work tree of this control plane; a git-clone step makes one", path.display())]
    NotAWorkTree { path: PathBuf },
    #[error("{} already exists and is not an empty folder", path.display())]
    Occupied { path: PathBuf },
    #[error("{} cannot be run; is it installed?", executable.display())]
    Executable { executable: PathBuf, source: std::io::Error },
    #[error("commits cannot be signed with the author's key: {detail}")]
    Signing { detail: String },
    #[error("cannot use {}", path.display())]
    Files { path: PathBuf, source: std::io::Error },
    #[error("git {operation} of {subject} failed: {detail}")]
    Command { operation: &'static str, subject: String, detail: String },
}

impl GitError {
    /// Whether the same call may succeed later without anybody changing anything.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self {
            Self::Unreachable { .. }
            | Self::Dropped { .. }
            | Self::PushOvertaken { .. }
            | Self::TimedOut { .. }
            | Self::DiskFull { .. }
            | Self::Files { .. }
            | Self::Command { .. } => true,
            Self::Refused { source, .. } => source.retryable(),
            Self::Authentication { .. }
            | Self::NotFound { .. }
            | Self::ReferenceMissing { .. }
            | Self::Tls { .. }
            | Self::PushRefused { .. }
            | Self::Conflict { .. }
            | Self::NotFastForward { .. }
            | Self::OutputTooLarge { .. }
            | Self::Invalid { .. }
            | Self::NotAWorkTree { .. }
            | Self::Occupied { .. }
            | Self::Signing { .. }
            | Self::Executable { .. } => false,
        }
    }

    /// Sorts what git said on its error channel. `subject` is the repository's address, or a path for local commands.
    pub(super) fn from_stderr(operation: &'static str, subject: &str, stderr: &str) -> Self {
        let said = |phrases: &[&str]| phrases.iter().any(|phrase| stderr.contains(phrase));
        let (url, detail) = (subject.to_owned(), last_words(stderr));
        if said(&["No space left on device", "Disk quota exceeded"]) {
            Self::DiskFull { operation, subject: url }
        } else if said(&["gpg failed to sign"]) {
            Self::Signing { detail: last_of_gpg(stderr) }
        } else if said(REFUSED_SIGN_IN) {
            Self::Authentication { url }
        } else if said(&[
            "SSL certificate",
            "server certificate",
            "certificate verif",
            "SSL peer",
            "gnutls_handshake",
        ]) {
            Self::Tls { url, detail }
        } else if said(&["couldn't find remote ref", "Remote branch", "no such remote ref"]) {
            Self::ReferenceMissing { url, reference: missing_reference(stderr) }
        } else if said(NO_REPOSITORY) {
            Self::NotFound { url }
        } else if said(NO_CONNECTION) {
            Self::Unreachable { url, detail }
        } else if said(BROKEN_CONNECTION) {
            Self::Dropped { url, detail }
        } else {
            Self::Command { operation, subject: url, detail }
        }
    }
}

/// Why credentials that are stored may still be missing.
fn clear_text_note(url: &str) -> &'static str {
    match in_clear_text(url) {
        true => {
            "; over http:// they are only sent when kargo runs with --allow-credentials-over-http"
        }
        false => "",
    }
}

const REFUSED_SIGN_IN: &[&str] = &[
    "Authentication failed",
    "could not read Username",
    "could not read Password",
    "Access denied",
    "returned error: 401",
    "returned error: 403",
    "Permission denied (",
    "Host key verification failed",
];
const NO_REPOSITORY: &[&str] = &[
    "returned error: 404",
    "does not appear to be a git repository",
    "Repository not found",
    "repository not found",
    "/' not found",
    "not valid: is this a git repository",
    "returned error: 410",
];
const NO_CONNECTION: &[&str] = &[
    "Could not resolve host",
    "Failed to connect",
    "Couldn't connect",
    "Connection refused",
    "Connection timed out",
    "Network is unreachable",
    "No route to host",
    "returned error: 429",
    "returned error: 5",
    "Operation too slow",
];
const BROKEN_CONNECTION: &[&str] = &[
    "early EOF",
    "hung up unexpectedly",
    "unexpected disconnect",
    "Empty reply from server",
    "Recv failure",
    "Send failure",
    "transfer closed",
    "Connection reset",
    "RPC failed",
    "invalid index-pack output",
    "bad line length character",
    "expected flush after",
];

fn missing_reference(stderr: &str) -> String {
    let from = stderr.lines().find_map(|line| line.split_once("remote ref "));
    from.map_or_else(|| "such reference".to_owned(), |(_, reference)| reference.trim().to_owned())
}

/// The most telling line: the last `fatal:` or `error:` one, else the last one, within a bound.
pub(super) fn last_words(stderr: &str) -> String {
    let lines: Vec<&str> = stderr.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let telling =
        lines.iter().rev().find(|line| line.starts_with("fatal:") || line.starts_with("error:"));
    let line = telling.or(lines.last()).copied().unwrap_or("no reason given");
    let line = line.trim_start_matches("fatal: ").trim_start_matches("error: ");
    line.chars().take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_git_says_is_sorted() {
        let sorted =
            |stderr: &str| GitError::from_stderr("fetch", "https://h/r", stderr).to_string();
        let cases = [
            (
                "fatal: could not read Username for 'https://h': terminal prompts disabled",
                "https://h/r wants a sign-in: the credentials stored for it are missing or wrong",
            ),
            (
                "fatal: Authentication failed for 'https://h/r/'",
                "https://h/r wants a sign-in: the credentials stored for it are missing or wrong",
            ),
            (
                "fatal: repository 'https://h/r/' not found",
                "there is no git repository at https://h/r, or the credentials may not see it",
            ),
            ("fatal: couldn't find remote ref refs/heads/x", "https://h/r has no refs/heads/x"),
            (
                "fatal: unable to access 'https://h/r/': Failed to connect to h port 1: Connection refused",
                "https://h/r cannot be reached: unable to access 'https://h/r/': Failed to connect to h port 1: Connection refused",
            ),
            (
                "error: RPC failed; curl 18\nfatal: early EOF",
                "https://h/r dropped the connection: early EOF",
            ),
            (
                "fatal: write error: No space left on device",
                "the disk is full: git fetch of https://h/r could not write",
            ),
            ("warning: odd\n", "git fetch of https://h/r failed: warning: odd"),
            ("", "git fetch of https://h/r failed: no reason given"),
        ];
        for (stderr, message) in cases {
            assert_eq!(sorted(stderr), message);
        }
        let plain = GitError::from_stderr("fetch", "http://h/r", "fatal: Authentication failed");
        assert!(plain.to_string().ends_with("with --allow-credentials-over-http"), "{plain}");
    }
}
