//! Who is asking: the in-process identity, or a bearer token, and whom they act for.
use crate::identity::Identity;
use crate::server::Server;
use crate::status::Status;
use http::request::Parts;
use std::sync::Arc;

impl Server {
    pub(crate) fn authenticate(&self, parts: &Parts) -> Result<Arc<Identity>, Status> {
        parts.extensions.get::<Arc<Identity>>().cloned().ok_or_else(Status::unauthorized)
    }
}
