//! What a local server can be told to do wrong, so that clients can be shown to cope.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use parking_lot::Mutex;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Accept the request and never answer.
    Hang,
    /// Close the connection in the middle of the answer.
    Drop,
    /// Answer with this status, 401 and 500 for example.
    Status(u16),
    /// Answer correctly, but this much later.
    Slow(Duration),
}

#[derive(Debug)]
struct Planned {
    path_part: String,
    fault: Fault,
    left: Option<usize>,
}

/// The faults in force. Shared with the running server: a change acts on the next request.
#[derive(Clone, Debug, Default)]
pub struct Faults {
    planned: Arc<Mutex<Vec<Planned>>>,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Faults {
    /// From now on, requests whose `METHOD /path?query` contains `part` meet this fault.
    pub fn always(&self, part: impl Into<String>, fault: Fault) {
        self.planned.lock().push(Planned { path_part: part.into(), fault, left: None });
    }

    /// The next `times` requests whose `METHOD /path?query` contains `part` meet this fault.
    pub fn next(&self, times: usize, part: impl Into<String>, fault: Fault) {
        self.planned.lock().push(Planned { path_part: part.into(), fault, left: Some(times) });
    }

    pub fn clear(&self) {
        self.planned.lock().clear();
    }

    /// Takes what was asked since the last call, as `METHOD /path?query`; the oldest are forgotten beyond 10,000.
    #[must_use]
    pub fn take_requests(&self) -> Vec<String> {
        std::mem::take(&mut *self.requests.lock())
    }

    fn of(&self, request: &str) -> Option<Fault> {
        let mut planned = self.planned.lock();
        let found = planned
            .iter_mut()
            .find(|one| one.left != Some(0) && request.contains(&one.path_part))?;
        found.left = found.left.map(|left| left - 1);
        let fault = found.fault.clone();
        planned.retain(|one| one.left != Some(0));
        Some(fault)
    }

    fn seen(&self, request: &str) {
        let mut requests = self.requests.lock();
        if requests.len() >= 10_000 {
            requests.drain(..1_000);
        }
        requests.push(request.to_owned());
    }
}

pub(super) async fn meet(State(faults): State<Faults>, request: Request, next: Next) -> Response {
    let target = request.uri().path_and_query().map_or("", |target| target.as_str());
    let line = format!("{} {target}", request.method());
    faults.seen(&line);
    match faults.of(&line) {
        None => next.run(request).await,
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::Drop) => broken_answer(),
        Some(Fault::Slow(by)) => {
            tokio::time::sleep(by).await;
            next.run(request).await
        }
        Some(Fault::Status(code)) => {
            StatusCode::from_u16(code).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR).into_response()
        }
    }
}

/// Promises a long body and then fails, which makes the server cut the connection.
fn broken_answer() -> Response {
    let cut = futures::stream::iter([
        Ok(bytes::Bytes::from_static(b"0")),
        Err(std::io::Error::from(std::io::ErrorKind::ConnectionAborted)),
    ]);
    let mut response = axum::body::Body::from_stream(cut).into_response();
    response
        .headers_mut()
        .insert(http::header::CONTENT_LENGTH, http::HeaderValue::from_static("100000"));
    response
}
