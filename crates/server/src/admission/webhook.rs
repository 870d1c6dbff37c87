//! Webhook endpoints for a real cluster: `POST /mutate` and `POST /validate`. To be served over TLS, apart from REST.

use axum::extract::{DefaultBodyLimit, State};
use axum::routing::post;
use axum::{Json, Router};
use kube::core::DynamicObject;
use kube::core::admission::{AdmissionRequest, AdmissionResponse, AdmissionReview};

use super::Admission;

/// Objects have at most 1.5 MB in etcd; a review carries two of them.
const BODY_BYTES: usize = 8 * 1024 * 1024;

/// Both endpoints.
pub fn router(admission: Admission) -> Router {
    Router::new()
        .route("/mutate", post(mutate))
        .route("/validate", post(validate))
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .with_state(admission)
}

type Review = AdmissionReview<DynamicObject>;

async fn mutate(State(admission): State<Admission>, Json(review): Json<Review>) -> Json<Review> {
    Json(answer(&admission, review).await.into_review())
}

/// The same judgement without its changes: what other webhooks made of the object has to pass too.
async fn validate(State(admission): State<Admission>, Json(review): Json<Review>) -> Json<Review> {
    let answer = answer(&admission, review).await;
    if !answer.allowed || answer.patch.is_none() {
        return Json(answer.into_review());
    }
    // A validating webhook may not answer with a patch, and the patch cannot be taken out again.
    let mut plain = AdmissionResponse::invalid("");
    plain.types = answer.types;
    plain.uid = answer.uid;
    plain.allowed = true;
    plain.result = kube::core::Status::success();
    Json(plain.into_review())
}

async fn answer(admission: &Admission, review: Review) -> AdmissionResponse {
    let request: Result<AdmissionRequest<DynamicObject>, _> = review.try_into();
    match request {
        Ok(request) => admission.review(request).await,
        Err(error) => AdmissionResponse::invalid(error),
    }
}
