//! `/v1beta1/openapi.json`: this API in OpenAPI 3.1, for programs that make clients.

use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};

use crate::openapi::TEXT;
use crate::operation::{Operation, operation};

pub(crate) const GET: Operation =
    operation("GetOpenApi", "This API in OpenAPI 3.1.").answers::<serde_json::Value>();

pub(crate) async fn get() -> Response {
    let json = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, json)], TEXT.as_str()).into_response()
}
