//! REST, admission, authentication and the UI files. The only crate that serves HTTP to users.
//!
//! A request passes `security` (headers), `authentication` (who is it; before any routing) and then the one table in
//! `authorization`, which holds every route with the verb and object it needs. Handlers in `rest/` act through a
//! Kubernetes client of the caller, so what a user may not do in Kubernetes they cannot do here.

pub mod admission;
mod attempts;
mod authentication;
mod authorization;
mod board;
mod error;
mod identity;
mod kubernetes;
mod manifests;
pub mod openapi;
mod operation;
mod request;
mod rest;
mod security;
mod tokens;
mod ui_files;
mod watch;

use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use integrations::clock::Clock;
use tokio_util::sync::CancellationToken;

pub use authorization::{Access, ROUTES, Route, Rule, Verb};
pub use identity::{ClientAs, Identity, OWN_USER_PREFIX, actor_of, impersonating};
pub use operation::{Form, Operation, Payload, Query, SchemaOf};
pub use tokens::Admin;

use kubernetes::Kubernetes;

/// Who may come in.
#[derive(Clone, Debug)]
pub enum Authentication {
    /// Everybody is the administrator, in these Kubernetes groups. For a server that only listens on loopback.
    Off { groups: Vec<String> },
    /// Tokens: of the administrator if there is one, else of Kubernetes.
    Tokens { admin: Option<Admin> },
}

/// Names of the namespaces that belong to no Project.
#[derive(Clone, Debug)]
pub struct Namespaces {
    /// Where Kargo itself runs.
    pub kargo: String,
    /// Secrets and ConfigMaps every Project may use.
    pub shared: String,
    /// Secrets and ConfigMaps of the system.
    pub system: String,
}

impl Default for Namespaces {
    fn default() -> Self {
        Self {
            kargo: "kargo".into(),
            shared: "kargo-shared-resources".into(),
            system: "kargo-system-resources".into(),
        }
    }
}

/// What the binary is, for `kargo version` and the UI.
#[derive(Clone, Debug, Default)]
pub struct Build {
    pub version: String,
    pub git_commit: String,
    pub build_date: String,
    pub git_tree_dirty: bool,
}

/// Everything the server needs to know.
#[derive(Clone)]
pub struct ServerConfig {
    /// Acts with our own rights: token reviews, whether a Project exists, the shared watches behind the Board.
    pub client: kube::Client,
    /// Acts as a caller. [`impersonating`] makes one for any API that honours impersonation headers.
    pub client_as: ClientAs,
    pub clock: Arc<dyn Clock>,
    pub authentication: Authentication,
    /// Where browsers reach us, such as `https://kargo.example.com`; decides the cookie's `Secure` flag.
    pub base_url: Option<String>,
    /// Serve the UI from this folder instead of the embedded files.
    pub ui_directory: Option<PathBuf>,
    pub namespaces: Namespaces,
    pub secret_management: bool,
    pub build: Build,
    /// Ends open streams, so that a graceful shutdown does not wait for browsers.
    pub shutdown: CancellationToken,
}

/// What handlers share.
#[derive(Clone)]
pub(crate) struct App(Arc<Shared>);

pub(crate) struct Shared {
    pub(crate) config: ServerConfig,
    pub(crate) own: Kubernetes,
    pub(crate) attempts: attempts::Attempts,
    pub(crate) feeds: board::feed::Feeds,
    pub(crate) reviews: authentication::TokenReviews,
    /// Comparing a password takes a core for a moment: two at a time.
    pub(crate) password_checks: tokio::sync::Semaphore,
}

impl std::ops::Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

/// The whole server: REST under `/v1beta1`, the UI everywhere else.
pub fn router(config: ServerConfig) -> Router {
    let app = App(Arc::new(Shared {
        own: Kubernetes::new(config.client.clone()),
        attempts: attempts::Attempts::default(),
        feeds: board::feed::Feeds::default(),
        reviews: authentication::TokenReviews::default(),
        password_checks: tokio::sync::Semaphore::new(2),
        config,
    }));
    let routed = authorization::routes(&app);
    // A layer runs after the routing of its own router; as everything is routed one router further in, this is before.
    Router::new()
        .fallback_service(routed)
        .layer(axum::middleware::from_fn_with_state(app, authentication::authenticate))
        .layer(axum::middleware::from_fn(security::add_headers))
}

#[cfg(test)]
mod router_tests;
