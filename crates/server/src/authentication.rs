//! Who is asking? Answered before routing: an anonymous caller learns nothing about paths that need an identity.

use std::collections::HashMap;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use http::{HeaderMap, header};
use jiff::{SignedDuration, Timestamp};
use k8s_openapi::api::authentication::v1::{TokenReview, TokenReviewSpec};
use kube::api::PostParams;
use parking_lot::Mutex;
use sha2::{Digest, Sha256};

use crate::error::{ApiError, Result};
use crate::identity::Identity;
use crate::security::{Credential, check_origin};
use crate::{App, Authentication, authorization, tokens};

/// The cookie of a browser session. It holds the same token a command line tool would send.
pub(crate) const SESSION_COOKIE: &str = "kargo-session";
/// Longest token accepted; Kubernetes tokens stay well below.
const MAX_TOKEN_BYTES: usize = 16 * 1024;

/// Lets a request in with an [`Identity`], or without one where the table says so.
pub(crate) async fn authenticate(State(app): State<App>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let path = parts.uri.path();
    if is_api(path) {
        let public = authorization::is_public(&parts.method, path);
        match identify(&app, &parts).await {
            Ok(identity) => {
                parts.extensions.insert(identity);
            }
            // A stale token must not keep anyone from the login page.
            Err(_) if public => {}
            Err(error) => return error.into_response(),
        }
    }
    next.run(Request::from_parts(parts, body)).await
}

fn is_api(path: &str) -> bool {
    path == "/v1beta1" || path.starts_with("/v1beta1/")
}

async fn identify(app: &App, request: &Parts) -> Result<Identity> {
    let headers = &request.headers;
    let base_host = app.config.base_url.as_deref().and_then(host_of);
    let check =
        |credential| check_origin(credential, &request.method, &request.uri, headers, base_host);
    let admin = match &app.config.authentication {
        Authentication::Off { groups } => {
            check(Credential::Nothing)?;
            return Ok(Identity::admin(groups.clone()));
        }
        Authentication::Tokens { admin } => admin.as_ref(),
    };
    let (credential, token) =
        token_of(headers).ok_or_else(|| ApiError::unauthorized("no token provided"))?;
    check(credential)?;
    let now = app.config.clock.now();
    if let Some(admin) = admin
        && tokens::untrusted_issuer(token).is_some_and(|issuer| issuer == admin.token_issuer)
    {
        return match admin.verify(token, now) {
            Ok(()) => Ok(Identity::admin(admin.groups.clone())),
            Err(_) => Err(ApiError::unauthorized("invalid token")),
        };
    }
    review(app, token, now).await
}

/// The host (and port) part of a URL.
fn host_of(url: &str) -> Option<&str> {
    url.split_once("://")?.1.split('/').next()
}

/// The token of a request. An Authorization header wins over a cookie.
pub(crate) fn token_of(headers: &HeaderMap) -> Option<(Credential, &str)> {
    let bearer = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .map(|token| (Credential::Bearer, token.trim()));
    let cookie = || {
        let cookies = headers.get_all(header::COOKIE).iter();
        cookies
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == SESSION_COOKIE)
            .map(|(_, token)| (Credential::Cookie, token))
    };
    bearer.or_else(cookie).filter(|(_, token)| !token.is_empty() && token.len() <= MAX_TOKEN_BYTES)
}

/// Answers of Kubernetes about tokens, kept for a moment so that a page with ten requests asks once.
#[derive(Default)]
pub(crate) struct TokenReviews {
    known: Mutex<HashMap<[u8; 32], (Identity, Timestamp)>>,
}

impl TokenReviews {
    const KEPT: SignedDuration = SignedDuration::from_secs(10);
    const MOST: usize = 1024;

    fn get(&self, key: &[u8; 32], now: Timestamp) -> Option<Identity> {
        let known = self.known.lock();
        let (identity, at) = known.get(key)?;
        let age = now.duration_since(*at);
        (age < Self::KEPT && !age.is_negative()).then(|| identity.clone())
    }

    fn put(&self, key: [u8; 32], identity: Identity, now: Timestamp) {
        let mut known = self.known.lock();
        if known.len() >= Self::MOST {
            known.clear();
        }
        known.insert(key, (identity, now));
    }
}

/// Asks Kubernetes whose token this is. Only accepted tokens are remembered.
pub(crate) async fn review(app: &App, token: &str, now: Timestamp) -> Result<Identity> {
    let key: [u8; 32] = Sha256::digest(token.as_bytes()).into();
    if let Some(identity) = app.reviews.get(&key, now) {
        return Ok(identity);
    }
    let review = TokenReview {
        spec: TokenReviewSpec { token: Some(token.to_owned()), ..TokenReviewSpec::default() },
        ..TokenReview::default()
    };
    let answer = kube::Api::<TokenReview>::all(app.own.client().clone())
        .create(&PostParams::default(), &review)
        .await
        .map_err(|error| ApiError::internal("reviewing a token", &error))?;
    let user = answer
        .status
        .filter(|status| status.authenticated == Some(true))
        .and_then(|status| status.user)
        .ok_or_else(|| ApiError::unauthorized("invalid token"))?;
    let identity = Identity {
        user: user.username.unwrap_or_default(),
        groups: user.groups.unwrap_or_default(),
    };
    if identity.user.is_empty() {
        return Err(ApiError::unauthorized("invalid token"));
    }
    app.reviews.put(key, identity.clone(), now);
    Ok(identity)
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    #[test]
    fn where_tokens_are_found() {
        let mut headers = HeaderMap::new();
        assert_eq!(token_of(&headers), None);
        let cookies = HeaderValue::from_static("theme=dark; kargo-session=abc; x=y");
        headers.insert(header::COOKIE, cookies);
        assert_eq!(token_of(&headers), Some((Credential::Cookie, "abc")));
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Bearer xyz"));
        assert_eq!(token_of(&headers), Some((Credential::Bearer, "xyz")));
        headers.insert(header::AUTHORIZATION, HeaderValue::from_static("Basic xyz"));
        assert_eq!(token_of(&headers), Some((Credential::Cookie, "abc")));
    }

    #[test]
    fn hosts_of_urls() {
        assert_eq!(host_of("https://kargo.example.com/base"), Some("kargo.example.com"));
        assert_eq!(host_of("http://localhost:8080"), Some("localhost:8080"));
        assert_eq!(host_of("nonsense"), None);
    }
}
