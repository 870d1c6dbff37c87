//! The sockets users reach us on.

use std::net::SocketAddr;

use anyhow::{Context, Result, anyhow};
use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

/// Takes a port, or says which one and how to choose another.
pub(crate) async fn bind(address: SocketAddr, option: &str) -> Result<TcpListener> {
    TcpListener::bind(address).await.map_err(|error| match error.kind() {
        std::io::ErrorKind::AddrInUse => anyhow!(
            "{address} is in use, perhaps by another control plane; choose another with {option}"
        ),
        std::io::ErrorKind::AddrNotAvailable => {
            anyhow!("{address} is no address of this machine; see {option}")
        }
        std::io::ErrorKind::PermissionDenied => {
            anyhow!("{address} may not be listened on; choose a port above 1023 with {option}")
        }
        _ => anyhow!("cannot listen on {address}: {error}"),
    })
}

/// Adds what probes ask. When this answers, everything is there: nothing listens before that.
pub(crate) fn with_health(router: Router, serve_ui: bool) -> Router {
    let health = Router::new()
        .route("/healthz", get(|| async { "ok" }))
        .route("/readyz", get(|| async { "ok" }));
    let router = if serve_ui { router } else { router.layer(middleware::from_fn(rest_only)) };
    health.merge(router)
}

async fn rest_only(request: Request, next: Next) -> Response {
    if request.uri().path().starts_with("/v1beta1/") {
        return next.run(request).await;
    }
    (StatusCode::NOT_FOUND, "the UI is off\n").into_response()
}

pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: CancellationToken,
) -> Result<()> {
    // Failed logins are counted per address.
    let router = router.into_make_service_with_connect_info::<std::net::SocketAddr>();
    axum::serve(listener, router)
        .with_graceful_shutdown(shutdown.cancelled_owned())
        .await
        .context("the HTTP listener failed")
}
