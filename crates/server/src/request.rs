//! What handlers take out of a request: the caller, and bodies whose errors have our shape.

use axum::extract::{FromRequest, FromRequestParts, Request};
use http::StatusCode;
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::App;
use crate::error::{ApiError, Result};
use crate::identity::Identity;
use crate::kubernetes::Kubernetes;

/// The authenticated caller and the Kubernetes API as they see it.
pub(crate) struct Caller {
    pub(crate) identity: Identity,
    pub(crate) kube: Kubernetes,
}

impl FromRequestParts<App> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let identity = parts.extensions.get::<Identity>().cloned();
        let identity = identity.ok_or_else(|| ApiError::unauthorized("no token provided"))?;
        let kube = Kubernetes::new((app.config.client_as)(&identity));
        Ok(Self { identity, kube })
    }
}

/// A JSON body.
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<App> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let Text(text) = Text::from_request(request, app).await?;
        let text = if text.trim().is_empty() { "{}" } else { text.as_str() };
        // serde would read the fields of a struct from a list too.
        if !text.trim_start().starts_with('{') {
            return Err(ApiError::bad_request("the request body: a JSON object was expected"));
        }
        serde_json::from_str(text)
            .map(Self)
            .map_err(|error| ApiError::bad_request(format!("the request body: {error}")))
    }
}

/// A body of text: one or more manifests.
pub(crate) struct Text(pub(crate) String);

impl FromRequest<App> for Text {
    type Rejection = ApiError;

    async fn from_request(request: Request, app: &App) -> Result<Self> {
        let body = String::from_request(request, app).await;
        body.map(Self).map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "request body too large")
            }
            status => ApiError::new(status, rejection.body_text()),
        })
    }
}

/// Query parameters. Unknown ones are ignored, as Kargo does.
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(key, value)| key == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.get(name) == Some("true")
    }

    /// A list, written `a,b` or by repeating the parameter: Kargo's documents say one, its clients do the other.
    pub(crate) fn list(&self, name: &str) -> Vec<&str> {
        let values = self.0.iter().filter(|(key, _)| key == name);
        let parts = values.flat_map(|(_, value)| value.split(','));
        parts.map(str::trim).filter(|part| !part.is_empty()).collect()
    }

    pub(crate) fn number(&self, name: &str) -> Result<Option<usize>> {
        let Some(text) = self.get(name) else { return Ok(None) };
        let number = text.parse().map(Some);
        number.map_err(|_| ApiError::bad_request(format!("{name}={text:?} is not a number")))
    }
}

impl FromRequestParts<App> for Parameters {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        axum::extract::Query::<Vec<(String, String)>>::from_request_parts(parts, app)
            .await
            .map(|query| Self(query.0))
            .map_err(|rejection| ApiError::bad_request(rejection.body_text()))
    }
}
