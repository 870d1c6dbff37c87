//! What handlers take out of a request: the caller, and bodies whose errors have our shape.

use axum::extract::{FromRequest, FromRequestParts, Request};
use http::StatusCode;
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::App;
use crate::error::{ApiError, Result};
use crate::identity::Identity;
use crate::kubernetes::Kubernetes;
use crate::operation::{Form, Operation, Query, WATCH};

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

/// Query parameters. Ones that the operation does not have are ignored, as Kargo does.
pub(crate) struct Parameters {
    given: Vec<(String, String)>,
    operation: Option<&'static Operation>,
}

impl Parameters {
    pub(crate) fn get(&self, query: Query) -> Option<&str> {
        debug_assert!(self.is_declared(query), "{} is not declared", query.name);
        let found = self.given.iter().find(|(key, value)| key == query.name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    }

    fn is_declared(&self, query: Query) -> bool {
        self.operation.is_none_or(|o| o.parameters().any(|known| known.name == query.name))
    }

    pub(crate) fn flag(&self, query: Query) -> bool {
        self.get(query) == Some("true")
    }

    /// Whether the caller asked for a watch, and there is one.
    pub(crate) fn watched(&self) -> bool {
        self.operation.is_some_and(|operation| operation.watch.is_some()) && self.flag(WATCH)
    }

    /// A list, written `a,b` or by repeating the parameter: Kargo's documents say one, its clients do the other.
    pub(crate) fn list(&self, query: Query) -> Vec<&str> {
        debug_assert!(self.is_declared(query), "{} is not declared", query.name);
        let values = self.given.iter().filter(|(key, _)| key == query.name);
        let parts = values.flat_map(|(_, value)| value.split(','));
        parts.map(str::trim).filter(|part| !part.is_empty()).collect()
    }

    pub(crate) fn number(&self, query: Query) -> Result<Option<usize>> {
        let Some(text) = self.get(query) else { return Ok(None) };
        let number = text.parse().map(Some);
        number
            .map_err(|_| ApiError::bad_request(format!("{}={text:?} is not a number", query.name)))
    }

    /// One of the words the parameter may be.
    pub(crate) fn word(&self, query: Query) -> Result<Option<&str>> {
        let Some(text) = self.get(query) else { return Ok(None) };
        match query.form {
            Form::Word(words) if !words.contains(&text) => Err(ApiError::bad_request(format!(
                "{}={text:?} is none of {}",
                query.name,
                words.join(", ")
            ))),
            _ => Ok(Some(text)),
        }
    }
}

impl FromRequestParts<App> for Parameters {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let operation = parts.extensions.get::<&'static Operation>().copied();
        axum::extract::Query::<Vec<(String, String)>>::from_request_parts(parts, app)
            .await
            .map(|query| Self { given: query.0, operation })
            .map_err(|rejection| ApiError::bad_request(rejection.body_text()))
    }
}
