//! `POST /v1beta1/login`: the admin password, sent as the bearer token, for a token that lasts a day.

use std::net::SocketAddr;

use axum::Json;
use axum::extract::{ConnectInfo, State};
use axum::http::Extensions;
use http::{HeaderMap, header};

use api::rest::LoginResponse;

use crate::error::{ApiError, Result};
use crate::operation::{Operation, operation};
use crate::{Admin, App, Authentication};

/// bcrypt reads no more than this.
const MAX_PASSWORD_BYTES: usize = 72;

pub(crate) const LOGIN: Operation =
    operation("AdminLogin", "A token for the admin password, which is sent as the bearer token.")
        .answers::<LoginResponse>();

pub(crate) async fn login(
    State(app): State<App>,
    headers: HeaderMap,
    extensions: Extensions,
) -> Result<Json<LoginResponse>> {
    let admin = admin(&app)?;
    let header = headers
        .get(header::AUTHORIZATION)
        .ok_or_else(|| ApiError::bad_request("Authorization header is required"))?;
    let password = header
        .as_bytes()
        .strip_prefix(b"Bearer ")
        .filter(|password| !password.is_empty())
        .ok_or_else(|| {
            ApiError::bad_request("Authorization header must be in format 'Bearer <password>'")
        })?;
    let id_token = exchange(&app, admin, password, &extensions).await?;
    Ok(Json(LoginResponse { id_token }))
}

/// The admin account, if there is one.
pub(crate) fn admin(app: &App) -> Result<&Admin> {
    match &app.config.authentication {
        Authentication::Tokens { admin: Some(admin) } => Ok(admin),
        _ => Err(ApiError::forbidden("admin user is not enabled")),
    }
}

/// A token for the right password. Wrong ones are counted per address.
pub(crate) async fn exchange(
    app: &App,
    admin: &Admin,
    password: &[u8],
    extensions: &Extensions,
) -> Result<String> {
    let address = extensions.get::<ConnectInfo<SocketAddr>>();
    let address = address.map_or_else(String::new, |ConnectInfo(address)| address.ip().to_string());
    let now = app.config.clock.now();
    if let Some(seconds) = app.attempts.wait(&address, now) {
        return Err(ApiError::too_many_requests("too many failed logins; wait a little", seconds));
    }
    if !matches(app, admin, password).await? {
        app.attempts.failed(&address, now);
        return Err(ApiError::forbidden("invalid password"));
    }
    admin.issue(now).map_err(|error| ApiError::internal("issuing a token", &error))
}

async fn matches(app: &App, admin: &Admin, password: &[u8]) -> Result<bool> {
    if password.len() > MAX_PASSWORD_BYTES {
        return Ok(false);
    }
    let internal = |error: &(dyn std::error::Error + 'static)| {
        ApiError::internal("checking a password", error)
    };
    let _turn = app.password_checks.acquire().await.map_err(|error| internal(&error))?;
    let (password, hash) = (password.to_vec(), admin.password_hash.clone());
    tokio::task::spawn_blocking(move || bcrypt::verify(password, &hash))
        .await
        .map_err(|error| internal(&error))?
        .map_err(|error| internal(&error))
}
