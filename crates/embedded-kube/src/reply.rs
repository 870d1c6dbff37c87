//! Answers: plain objects, tables and bare metadata, as the `Accept` header asks.
use crate::status::Status;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use http::{HeaderValue, StatusCode, header};
use serde_json::{Value, json};

/// The form of objects a client wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Shape {
    #[default]
    Object,
    Table,
    /// `PartialObjectMetadata` or its list.
    Metadata,
}

impl Shape {
    /// The first form offered by `accept` that is known here.
    pub(crate) fn negotiate(accept: &str) -> Result<Self, Status> {
        if accept.is_empty() {
            return Ok(Self::Object);
        }
        for media in accept.split(',') {
            let mut parts = media.split(';').map(str::trim);
            let kind = parts.next().unwrap_or_default();
            if !matches!(kind, "application/json" | "*/*" | "application/*") {
                continue;
            }
            let wanted = parts.find_map(|part| part.strip_prefix("as="));
            match wanted {
                None => return Ok(Self::Object),
                Some("Table") => return Ok(Self::Table),
                Some("PartialObjectMetadata" | "PartialObjectMetadataList") => {
                    return Ok(Self::Metadata);
                }
                Some(_) => {}
            }
        }
        let message = "only the following media types are accepted: application/json, application/json;stream=watch";
        Err(Status::new(406, "NotAcceptable", message))
    }
}

pub(crate) fn bytes(code: u16, body: Bytes) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(code).unwrap_or(StatusCode::OK);
    let json = HeaderValue::from_static("application/json");
    response.headers_mut().insert(header::CONTENT_TYPE, json);
    response
}

pub(crate) fn json(code: u16, body: &Value) -> Response {
    bytes(code, serde_json::to_vec(body).unwrap_or_default().into())
}

pub(crate) fn refusal(status: &Status) -> Response {
    let mut response = json(status.code, &status.to_json());
    let retry = status.details.as_ref().and_then(|details| details.retry_after_seconds);
    if let Some(seconds) = retry {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

pub(crate) fn text(body: &'static str) -> Response {
    Response::new(Body::from(body))
}

/// Adds `Warning` headers: what kubectl prints as `Warning: …`.
pub(crate) fn warn(response: &mut Response, warnings: &[String]) {
    for warning in warnings {
        let escaped: String = warning.chars().filter(|letter| !letter.is_control()).collect();
        let escaped = escaped.replace('\\', "\\\\").replace('"', "\\\"");
        if let Ok(value) = HeaderValue::from_str(&format!("299 - \"{escaped}\"")) {
            response.headers_mut().append(header::WARNING, value);
        }
    }
}

/// An object without anything but its metadata.
pub(crate) fn partial(object: &Value) -> Value {
    json!({"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1", "metadata": object["metadata"]})
}
