//! Reviews: questions about tokens and rights, answered and not stored.
use crate::call::{Call, Path};
use crate::identity::Identity;
use crate::server::Server;
use crate::status::Status;
use axum::response::Response;
use http::{HeaderMap, Method};

pub(crate) enum Review {}

impl Server {
    pub(crate) fn review_kind(&self, _target: &Path, _method: &Method) -> Option<Review> {
        None
    }

    pub(crate) async fn review(
        &self,
        review: Review,
        _target: &Path,
        _identity: &Identity,
        _headers: &HeaderMap,
        _body: &[u8],
    ) -> Result<Response, Status> {
        match review {}
    }

    pub(crate) fn request_token(&self, _call: &Call, _body: &[u8]) -> Result<Response, Status> {
        Err(Status::no_such_resource())
    }
}
