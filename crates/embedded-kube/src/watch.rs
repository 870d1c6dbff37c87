//! `watch`: a stream of changes read from the log, from any revision it still remembers.
use crate::call::Call;
use crate::read::too_old;
use crate::reply::{self, Shape};
use crate::selection::Selection;
use crate::server::Server;
use crate::status::Status;
use crate::store::{Change, ChangeKind, Entry};
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use http::{HeaderValue, header};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, Interval};

/// How often a quiet watch is told the current revision.
const BOOKMARK_EVERY: Duration = Duration::from_secs(10);
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(1800);
/// A watcher gets at most about this much in one piece.
const CHUNK: usize = 256 << 10;

struct Watch {
    server: Arc<Server>,
    call: Call,
    selection: Selection,
    prefix: String,
    revisions: tokio::sync::watch::Receiver<u64>,
    /// Everything up to here was told.
    cursor: u64,
    /// Changes taken from the log and not told yet.
    pending: std::vec::IntoIter<Change>,
    /// Objects that existed when the watch began and are not told yet.
    initial: std::vec::IntoIter<Arc<Entry>>,
    announce_end: bool,
    bookmarks: Interval,
    deadline: Instant,
    columns_told: bool,
    finished: bool,
}

impl Server {
    pub(crate) fn watch(self: &Arc<Self>, call: Call) -> Result<Response, Status> {
        let selection = Selection::of(&call)?;
        check(&call)?;
        let query = &call.query;
        self.not_ahead(&query.resource_version)?;
        let prefix = call.resource.prefix(call.namespace.as_deref());
        let from = query.resource_version.parse::<u64>().unwrap_or_default();
        let wants_initial = query.initial_events.unwrap_or(from == 0);
        let revisions = self.store.subscribe();
        let (cursor, initial) = if wants_initial {
            let snapshot = self.store.list(&prefix);
            (snapshot.revision, snapshot.entries)
        } else if from == 0 {
            (self.store.revision(), Vec::new())
        } else {
            self.store.since(from, &prefix).map_err(|gone| too_old(from, gone.oldest))?;
            (from, Vec::new())
        };
        let timeout = query.timeout_seconds.filter(|seconds| *seconds > 0);
        let timeout =
            timeout.map_or(DEFAULT_TIMEOUT, Duration::from_secs).min(Duration::from_secs(86_400));
        let mut bookmarks = tokio::time::interval(BOOKMARK_EVERY);
        bookmarks.reset();
        let watch = Watch {
            server: self.clone(),
            selection,
            prefix,
            revisions,
            cursor,
            pending: Vec::new().into_iter(),
            initial: initial.into_iter(),
            announce_end: query.initial_events == Some(true),
            bookmarks,
            deadline: Instant::now() + timeout,
            columns_told: false,
            finished: false,
            call,
        };
        Ok(watch.into_response())
    }
}

fn check(call: &Call) -> Result<(), Status> {
    let query = &call.query;
    if query.initial_events.is_some() && query.resource_version_match != "NotOlderThan" {
        return Err(Status::bad_request(
            "sendInitialEvents: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
        ));
    }
    if query.initial_events.is_none() && !query.resource_version_match.is_empty() {
        return Err(Status::bad_request(
            "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
        ));
    }
    Ok(())
}

impl Watch {
    fn into_response(self) -> Response {
        let kind = match self.call.shape {
            Shape::Table => "application/json;as=Table;g=meta.k8s.io;v=v1;stream=watch",
            Shape::Metadata => {
                "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1;stream=watch"
            }
            Shape::Object => "application/json;stream=watch",
        };
        let chunks = stream::unfold(self, |mut watch| async move {
            let chunk = watch.next().await?;
            Some((Ok::<_, Infallible>(chunk), watch))
        });
        let mut response = Response::new(Body::from_stream(chunks));
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
        response
    }

    async fn next(&mut self) -> Option<Bytes> {
        let mut out = Vec::new();
        loop {
            if self.finished {
                return None;
            }
            self.tell_initial(&mut out);
            self.tell_changes(&mut out);
            if !out.is_empty() {
                return Some(out.into());
            }
            tokio::select! {
                changed = self.revisions.changed() => {
                    // The server is closing.
                    if changed.is_err() { return None; }
                }
                _ = self.bookmarks.tick(), if self.call.query.bookmarks => {
                    self.bookmark(&mut out, false);
                }
                () = tokio::time::sleep_until(self.deadline) => self.finished = true,
            }
        }
    }

    fn tell_initial(&mut self, out: &mut Vec<u8>) {
        while out.len() < CHUNK
            && let Some(entry) = self.initial.next()
        {
            if self.selection.matches(&self.call.resource, &entry) {
                self.line(out, "ADDED", &entry);
            }
        }
        if self.announce_end && self.initial.len() == 0 && out.len() < CHUNK {
            self.announce_end = false;
            self.bookmark(out, true);
        }
    }

    fn tell_changes(&mut self, out: &mut Vec<u8>) {
        if self.initial.len() > 0 || self.announce_end {
            return;
        }
        if self.pending.len() == 0 {
            self.revisions.borrow_and_update();
            match self.server.store.since(self.cursor, &self.prefix) {
                Ok((revision, changes)) => {
                    self.cursor = revision;
                    self.pending = changes.into_iter();
                }
                Err(gone) => {
                    let status = too_old(self.cursor, gone.oldest).to_json();
                    write_line(out, "ERROR", status.to_string().as_bytes());
                    self.finished = true;
                }
            }
        }
        while out.len() < CHUNK
            && let Some(change) = self.pending.next()
        {
            let resource = &self.call.resource;
            let is = change.kind == ChangeKind::Written
                && self.selection.matches(resource, &change.entry);
            let was = change
                .previous
                .as_ref()
                .is_some_and(|previous| self.selection.matches(resource, previous));
            match (was, is) {
                (false, true) => self.line(out, "ADDED", &change.entry),
                (true, true) => self.line(out, "MODIFIED", &change.entry),
                (true, false) => self.line(out, "DELETED", &change.entry),
                (false, false) => {}
            }
        }
    }

    fn line(&mut self, out: &mut Vec<u8>, kind: &str, entry: &Entry) {
        let resource = self.call.resource.clone();
        match self.call.shape {
            Shape::Object => write_line(out, kind, &resource.bytes(entry)),
            Shape::Metadata => {
                let partial = reply::partial(&resource.read(entry));
                write_line(out, kind, partial.to_string().as_bytes());
            }
            Shape::Table => {
                let object = resource.read(entry);
                let version = json!({"resourceVersion": entry.revision.to_string()});
                let rows = std::slice::from_ref(&object);
                let table = self.server.table(&self.call, rows, version, !self.columns_told);
                self.columns_told = true;
                write_line(out, kind, table.to_string().as_bytes());
            }
        }
    }

    fn bookmark(&self, out: &mut Vec<u8>, ends_initial: bool) {
        let mut metadata =
            json!({"resourceVersion": self.cursor.to_string(), "creationTimestamp": null});
        if ends_initial {
            metadata["annotations"] = json!({"k8s.io/initial-events-end": "true"});
        }
        let resource = &self.call.resource;
        let mut object: Value = json!({"kind": resource.kind, "apiVersion": resource.api_version(), "metadata": metadata});
        if self.call.shape == Shape::Table {
            object = self.server.table(&self.call, &[], metadata, false);
        } else if self.call.shape == Shape::Metadata {
            object = reply::partial(&object);
        }
        write_line(out, "BOOKMARK", object.to_string().as_bytes());
    }
}

fn write_line(out: &mut Vec<u8>, kind: &str, object: &[u8]) {
    out.reserve(object.len() + 40);
    out.extend_from_slice(b"{\"type\":\"");
    out.extend_from_slice(kind.as_bytes());
    out.extend_from_slice(b"\",\"object\":");
    out.extend_from_slice(object);
    out.extend_from_slice(b"}\n");
}
