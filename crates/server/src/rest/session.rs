//! `/v1beta1/ui/session`: the login of a browser, held in a cookie that no script can read.

use axum::Json;
use axum::extract::State;
use axum::http::Extensions;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};

use api::rest::{Session, SessionRequest};

use crate::authentication::{SESSION_COOKIE, review};
use crate::error::{ApiError, Result};
use crate::identity::Identity;
use crate::operation::{Operation, operation};
use crate::request::{Body, Caller};
use crate::rest::login;
use crate::security::{Credential, check_origin};
use crate::{App, Authentication};

pub(crate) const CURRENT: Operation =
    operation("GetSession", "Who the caller is.").answers::<Session>();
pub(crate) const END: Operation =
    operation("EndSession", "Log a browser out: takes its cookie away.").answers_nothing();
pub(crate) const START: Operation =
    operation("StartSession", "Log a browser in: gives it a cookie.")
        .takes::<SessionRequest>()
        .answers::<Session>();

pub(crate) async fn current(State(app): State<App>, caller: Caller) -> Json<Session> {
    Json(describe(&app, &caller.identity))
}

pub(crate) async fn start(
    State(app): State<App>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    extensions: Extensions,
    Body(request): Body<SessionRequest>,
) -> Result<Response> {
    own_page(&app, &method, &uri, &headers)?;
    let now = app.config.clock.now();
    let (token, identity) = match (request.password, request.token) {
        (Some(password), None) => {
            let admin = login::admin(&app)?;
            let token = login::exchange(&app, admin, password.as_bytes(), &extensions).await?;
            (token, Identity::admin(admin.groups.clone()))
        }
        (None, Some(token)) if is_cookie_safe(&token) => {
            let identity = review(&app, &token, now).await?;
            (token, identity)
        }
        (None, Some(_)) => return Err(ApiError::unauthorized("invalid token")),
        _ => return Err(ApiError::bad_request("exactly one of password or token must be given")),
    };
    let age = match &app.config.authentication {
        Authentication::Tokens { admin: Some(admin) } => admin.token_lifetime.as_secs(),
        _ => 24 * 60 * 60,
    };
    let mut response = Json(describe(&app, &identity)).into_response();
    response.headers_mut().insert(header::SET_COOKIE, cookie(&app, &token, age)?);
    Ok(response)
}

pub(crate) async fn end(
    State(app): State<App>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response> {
    own_page(&app, &method, &uri, &headers)?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().insert(header::SET_COOKIE, cookie(&app, "", 0)?);
    Ok(response)
}

/// Nobody else may log a browser in or out.
fn own_page(app: &App, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<()> {
    let base = app.config.base_url.as_deref();
    let base = base.and_then(|url| url.split_once("://")?.1.split('/').next());
    check_origin(Credential::Cookie, method, uri, headers, base)
}

fn describe(app: &App, identity: &Identity) -> Session {
    Session {
        actor: identity.actor(),
        groups: identity.groups.clone(),
        admin: identity.is_admin(),
        skip_auth: matches!(app.config.authentication, Authentication::Off { .. }),
        server_time: app.config.clock.now(),
    }
}

fn is_cookie_safe(token: &str) -> bool {
    let safe =
        |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~' | b'+' | b'/');
    !token.is_empty() && token.len() <= 3800 && token.trim_end_matches('=').bytes().all(safe)
}

fn cookie(app: &App, token: &str, age: i64) -> Result<HeaderValue> {
    let secure = app.config.base_url.as_deref().is_some_and(|url| url.starts_with("https://"));
    let secure = if secure { "; Secure" } else { "" };
    let text = format!(
        "{SESSION_COOKIE}={token}; Path=/; HttpOnly; SameSite=Strict; Max-Age={age}{secure}"
    );
    HeaderValue::from_str(&text).map_err(|error| ApiError::internal("writing a cookie", &error))
}
