//! What both local servers share: listening on loopback, signing in, stopping.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use axum::extract::{Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::faults::{self, Faults};

#[derive(Debug, thiserror::Error)]
pub enum LocalServerError {
    #[error("cannot listen on {address}")]
    Listen { address: SocketAddr, source: std::io::Error },
    #[error("cannot use the folder {}", path.display())]
    Folder { path: PathBuf, source: std::io::Error },
    #[error(
        "{name:?} is not a usable repository name: letters, digits, `.`, `_`, `-` and `/` only"
    )]
    Name { name: String },
    #[error("git cannot be run; is it installed?")]
    Run { source: std::io::Error },
    #[error("git {operation} failed: {detail}")]
    Git { operation: &'static str, detail: String },
}

/// The one user a local server knows, when it asks for a sign-in at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BasicUser {
    pub username: String,
    pub password: String,
}

/// A running server; it stops when dropped.
#[derive(Debug)]
pub(super) struct Running {
    pub(super) address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves on loopback; port 0 takes a free one.
pub(super) async fn start(
    port: u16,
    router: axum::Router,
    user: Option<BasicUser>,
    faults: Faults,
) -> Result<Running, LocalServerError> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let failed = |source| LocalServerError::Listen { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    let router = router
        .layer(axum::extract::DefaultBodyLimit::disable())
        .layer(axum::middleware::from_fn_with_state(user, sign_in))
        .layer(axum::middleware::from_fn_with_state(faults, faults::meet));
    let task = tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "a local server ended");
        }
    });
    Ok(Running { address, task })
}

async fn sign_in(State(user): State<Option<BasicUser>>, request: Request, next: Next) -> Response {
    let Some(user) = user else { return next.run(request).await };
    let pair = format!("{}:{}", user.username, user.password);
    let expected = format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair));
    let given = request.headers().get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if given == Some(expected.as_str()) {
        return next.run(request).await;
    }
    let mut refused = (StatusCode::UNAUTHORIZED, "sign in first\n").into_response();
    refused
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"local server\""));
    refused
}

/// Names that are safe as a path below a folder and in a URL.
pub(super) fn check_name(name: &str) -> Result<(), LocalServerError> {
    let usable = |part: &str| {
        !part.is_empty()
            && !part.starts_with('.')
            && part
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-'))
    };
    if name.len() <= 255 && name.split('/').all(usable) {
        return Ok(());
    }
    Err(LocalServerError::Name { name: name.to_owned() })
}
