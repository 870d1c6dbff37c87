//! What is served: versions, groups, resources and their OpenAPI documents.
use crate::registry::Registry;
use crate::reply;
use crate::server::Server;
use crate::status::Status;
use axum::response::Response;
use http::request::Parts;

impl Server {
    pub(crate) fn describe(
        &self,
        _registry: &Registry,
        parts: &Parts,
    ) -> Result<Response, Status> {
        match parts.uri.path().trim_end_matches('/') {
            "/healthz" | "/livez" | "/readyz" => Ok(reply::text("ok")),
            _ => Err(Status::no_such_resource()),
        }
    }
}
