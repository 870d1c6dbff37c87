//! `/v1beta1/system`: what this server is and how it is set up.

use axum::Json;
use axum::extract::State;

use api::rest::{PublicConfig, ServerConfig, VersionInfo};

use crate::operation::{Operation, operation};
use crate::{App, Authentication};

pub(crate) const CONFIG: Operation =
    operation("GetConfig", "How this server is set up.").answers::<ServerConfig>();
pub(crate) const PUBLIC_CONFIG: Operation =
    operation("GetPublicConfig", "How to log in.").answers::<PublicConfig>();
pub(crate) const VERSION: Operation =
    operation("GetVersionInfo", "What this server is.").answers::<VersionInfo>();

pub(crate) async fn version(State(app): State<App>) -> Json<VersionInfo> {
    let build = app.config.build.clone();
    Json(VersionInfo {
        version: build.version,
        git_commit: build.git_commit,
        git_tree_dirty: build.git_tree_dirty,
        build_date: build.build_date,
        compiler: "rustc".into(),
        go_version: String::new(),
        platform: format!("{}/{}", std::env::consts::OS, std::env::consts::ARCH),
    })
}

pub(crate) async fn config(State(app): State<App>) -> Json<ServerConfig> {
    let namespaces = app.config.namespaces.clone();
    Json(ServerConfig {
        kargo_namespace: namespaces.kargo,
        shared_resources_namespace: namespaces.shared,
        system_resources_namespace: namespaces.system,
        secret_management_enabled: app.config.secret_management,
        ..ServerConfig::default()
    })
}

pub(crate) async fn public_config(State(app): State<App>) -> Json<PublicConfig> {
    let authentication = &app.config.authentication;
    Json(PublicConfig {
        admin_account_enabled: matches!(authentication, Authentication::Tokens { admin: Some(_) }),
        skip_auth: matches!(authentication, Authentication::Off { .. }),
        oidc_config: None,
    })
}
