//! Kargo's watches: the list URL with `watch=true` answers Server-Sent Events of `{"type": …, "object": …}`.

use std::convert::Infallible;
use std::time::Duration;

use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures::{Stream, StreamExt};
use http::{HeaderName, HeaderValue, StatusCode};
use kube::core::WatchEvent;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::App;
use crate::error::Result;
use crate::kubernetes::{Kubernetes, WatchTarget};
use crate::operation::RESOURCE_VERSION;
use crate::request::Parameters;

const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// Frames a slow reader may be behind before its watch waits for it.
const BEHIND: usize = 64;

/// Until a watch ends by itself, so that an expired login does not stay connected. Readers take it up again.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// Decides whether an object belongs to a watch.
pub(crate) type Filter = Box<dyn Fn(&Value) -> bool + Send + Sync>;

/// Streams changes until the reader goes away or the resourceVersion is too old.
pub(crate) async fn stream(
    app: &App,
    kube: Kubernetes,
    target: WatchTarget,
    parameters: &Parameters,
    filter: Option<Filter>,
) -> Result<Response> {
    let (frames, receiver) = mpsc::channel(BEHIND);
    let version = parameters.get(RESOURCE_VERSION).unwrap_or_default().to_owned();
    let watch = Watch { kube, target, version, filter };
    match watch.start().await {
        Ok(events) => {
            let shutdown = app.config.shutdown.clone();
            tokio::spawn(async move {
                tokio::select! {
                    () = shutdown.cancelled() => {}
                    () = frames.closed() => {}
                    () = watch.run(events, &frames) => {}
                    () = tokio::time::sleep(LONGEST) => {}
                }
            });
        }
        // Expiry is part of the protocol of a watch, so it is told as an event.
        Err(error) if error.status == StatusCode::GONE => {
            let _ = frames.try_send(expired(&error.message));
        }
        Err(error) => return Err(error),
    }
    Ok(respond(tokio_stream::wrappers::ReceiverStream::new(receiver), KEEP_ALIVE, "keepalive"))
}

/// An event stream that proxies neither buffer nor close for silence.
pub(crate) fn respond(
    frames: impl Stream<Item = Event> + Send + 'static,
    every: Duration,
    comment: &'static str,
) -> Response {
    let keep_alive = KeepAlive::new().interval(every).text(comment);
    let frames = frames.map(Ok::<_, Infallible>);
    let mut response = Sse::new(frames).keep_alive(keep_alive).into_response();
    let buffering = HeaderName::from_static("x-accel-buffering");
    response.headers_mut().insert(buffering, HeaderValue::from_static("no"));
    response
}

type Events =
    futures::stream::BoxStream<'static, std::result::Result<WatchEvent<Value>, kube::Error>>;

struct Watch {
    kube: Kubernetes,
    target: WatchTarget,
    version: String,
    filter: Option<Filter>,
}

impl Watch {
    async fn start(&self) -> Result<Events> {
        Ok(self.kube.watch(&self.target, &self.version).await?.boxed())
    }

    /// Kubernetes ends a watch every few minutes; ours goes on from where it was.
    async fn run(mut self, mut events: Events, frames: &mpsc::Sender<Event>) {
        loop {
            while let Some(event) = events.next().await {
                let frame = match event {
                    Ok(event) => self.frame(event),
                    Err(error) => {
                        tracing::debug!(%error, "a watch broke off");
                        break;
                    }
                };
                let (frame, last) = match frame {
                    Frame::Send(frame) => (frame, false),
                    Frame::Last(frame) => (frame, true),
                    Frame::Nothing => continue,
                };
                if frames.send(frame).await.is_err() || last {
                    return;
                }
            }
            // Without a version a new watch would repeat every object.
            if self.version.is_empty() {
                return;
            }
            match self.start().await {
                Ok(next) => events = next,
                Err(error) => {
                    let frame = if error.status == StatusCode::GONE {
                        expired(&error.message)
                    } else {
                        failure("unknown", &format!("watch error: {}", error.message))
                    };
                    let _ = frames.send(frame).await;
                    return;
                }
            }
        }
    }

    fn frame(&mut self, event: WatchEvent<Value>) -> Frame {
        let (kind, object) = match event {
            WatchEvent::Added(object) => ("ADDED", object),
            WatchEvent::Modified(object) => ("MODIFIED", object),
            WatchEvent::Deleted(object) => ("DELETED", object),
            WatchEvent::Bookmark(bookmark) => {
                self.version = bookmark.metadata.resource_version;
                return Frame::Nothing;
            }
            WatchEvent::Error(status) if status.code == 410 => {
                return Frame::Last(expired(&status.message));
            }
            WatchEvent::Error(status) => {
                return Frame::Last(failure(
                    "unknown",
                    &format!("watch error: {}", status.message),
                ));
            }
        };
        if let Some(version) = object.pointer("/metadata/resourceVersion").and_then(Value::as_str) {
            self.version = version.to_owned();
        }
        let matches = self.filter.as_ref().is_none_or(|filter| filter(&object));
        // An object that stopped matching is gone for this reader; one it never had does no harm.
        let kind = match (matches, kind) {
            (true, kind) => kind,
            (false, "MODIFIED") => "DELETED",
            (false, _) => return Frame::Nothing,
        };
        Frame::Send(Event::default().data(json!({ "type": kind, "object": object }).to_string()))
    }
}

enum Frame {
    Send(Event),
    Last(Event),
    Nothing,
}

fn expired(message: &str) -> Event {
    failure("out_of_range", &format!("watch resource version expired: {message}"))
}

fn failure(code: &str, message: &str) -> Event {
    Event::default().event("error").data(json!({ "code": code, "message": message }).to_string())
}
