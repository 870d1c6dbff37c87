//! Signing in to registries: passwords and tokens.

use std::time::{Duration, Instant};

use base64::Engine as _;
use http::header::{self, HeaderValue};
use http::{Method, StatusCode};
use serde::Deserialize;
use url::Url;

use super::challenge::Challenge;
use super::client::{Call, Registries};
use super::error::OciError;
use crate::credentials::Credentials;
use crate::outbound::OutboundRequest;

/// What goes with each request to a repository.
#[derive(Clone)]
pub(super) struct SignIn {
    pub(super) header: HeaderValue,
    pub(super) until: Option<Instant>,
}

impl Registries {
    pub(super) async fn sign_in(
        &self,
        call: &Call<'_>,
        challenge: Option<Challenge>,
    ) -> Result<Option<SignIn>, OciError> {
        match (challenge, &call.access.credentials) {
            (Some(Challenge::Basic), Some(credentials)) => {
                Ok(basic(credentials).map(|header| SignIn { header, until: None }))
            }
            (Some(Challenge::Bearer { realm, service, scope }), credentials) => {
                self.token(call, &realm, service, scope, credentials.as_ref()).await
            }
            _ => Ok(None),
        }
    }

    async fn token(
        &self,
        call: &Call<'_>,
        realm: &str,
        service: Option<String>,
        scope: Option<String>,
        credentials: Option<&Credentials>,
    ) -> Result<Option<SignIn>, OciError> {
        #[derive(Deserialize)]
        struct Token {
            token: Option<String>,
            access_token: Option<String>,
            expires_in: Option<u64>,
        }
        let access = call.access;
        let mut url = Url::parse(realm)
            .map_err(|_| self.unusable(access, "a challenge", "its realm is not an address"))?;
        let plain = *call.host.scheme.lock() == Some("http");
        if url.scheme() == "http" && !plain && credentials.is_some() {
            return Err(self.unusable(
                access,
                "a challenge",
                "it asks to send credentials over plain http",
            ));
        }
        let scope =
            scope.unwrap_or_else(|| format!("repository:{}:pull", access.repository.name()));
        url.query_pairs_mut().append_pair("scope", &scope);
        if let Some(service) = service {
            url.query_pairs_mut().append_pair("service", &service);
        }
        let mut request = OutboundRequest::new(Method::GET, url);
        if let Some(header) = credentials.and_then(basic) {
            request.headers.insert(header::AUTHORIZATION, header);
        }
        request.timeout = Some(self.inner.settings.timeout);
        request.insecure_skip_tls_verify = access.insecure_skip_tls_verify;
        let asked = self.inner.outbound.exchange(request).await;
        let answer =
            asked.map_err(|error| OciError::from_outbound(access.repository.registry(), error))?;
        if answer.status == StatusCode::UNAUTHORIZED {
            return Ok(None);
        }
        let answer = self.expect_found(access, answer, "a request for a token")?;
        let token: Token = self.parse(access, &answer.body, "a token")?;
        let Some(text) = token.token.or(token.access_token) else {
            return Err(self.unusable(access, "a token", "it is empty"));
        };
        // Sixty seconds is what the protocol says when nothing is said.
        let lasts = Duration::from_secs(token.expires_in.unwrap_or(60).max(60));
        let mut header = HeaderValue::from_str(&format!("Bearer {text}"))
            .map_err(|_| self.unusable(access, "a token", "it holds odd characters"))?;
        header.set_sensitive(true);
        let until = Instant::now().checked_add(lasts.saturating_sub(Duration::from_secs(15)));
        Ok(Some(SignIn { header, until }))
    }
}

fn basic(credentials: &Credentials) -> Option<HeaderValue> {
    let pair = format!("{}:{}", credentials.username, credentials.password);
    let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
    let mut header = HeaderValue::from_str(&format!("Basic {encoded}")).ok()?;
    header.set_sensitive(true);
    Some(header)
}
