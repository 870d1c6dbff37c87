//! `get` and `list`.
use crate::call::Call;
use crate::reply::{self, Shape};
use crate::selection::Selection;
use crate::server::Server;
use crate::status::{Cause, Status};
use crate::store::{Entry, Snapshot};
use axum::response::Response;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use std::sync::Arc;

impl Server {
    pub(crate) fn get(&self, call: &Call) -> Result<Response, Status> {
        self.not_ahead(&call.query.resource_version)?;
        let entry = self.store.get(&call.key()).ok_or_else(|| call.not_found())?;
        Ok(self.answer_entry(call, 200, &entry))
    }

    /// One stored object in the form the client asked for.
    pub(crate) fn answer_entry(&self, call: &Call, code: u16, entry: &Entry) -> Response {
        match call.shape {
            Shape::Object => reply::bytes(code, call.resource.bytes(entry)),
            _ => self.answer_value(call, code, &call.resource.read(entry)),
        }
    }

    pub(crate) fn answer_value(&self, call: &Call, code: u16, object: &Value) -> Response {
        match call.shape {
            Shape::Object => reply::json(code, object),
            Shape::Metadata => reply::json(code, &reply::partial(object)),
            Shape::Table => {
                let metadata = json!({
                    "resourceVersion": object["metadata"]["resourceVersion"],
                });
                let rows = std::slice::from_ref(object);
                reply::json(code, &self.table(call, rows, metadata, true))
            }
        }
    }

    pub(crate) fn list(&self, call: &Call) -> Result<Response, Status> {
        let selection = Selection::of(call)?;
        let page = self.page(call, &selection)?;
        let mut metadata = json!({});
        // Lists of custom resources name an empty `continue`, those of built-in kinds leave it out.
        let untyped = call.resource.custom.is_some() && call.shape == Shape::Object;
        if let Some(continuation) = page.continuation.or_else(|| untyped.then(String::new)) {
            metadata["continue"] = continuation.into();
        }
        metadata["resourceVersion"] = page.revision.to_string().into();
        if let Some(remaining) = page.remaining {
            metadata["remainingItemCount"] = remaining.into();
        }
        let entries = &page.entries;
        if call.shape == Shape::Object {
            return Ok(reply::bytes(200, join(call, entries, &metadata).into()));
        }
        let objects: Vec<Value> = entries.iter().map(|entry| call.resource.read(entry)).collect();
        if call.shape == Shape::Table {
            return Ok(reply::json(200, &self.table(call, &objects, metadata, true)));
        }
        let items: Vec<Value> = objects.iter().map(reply::partial).collect();
        let list = json!({
            "kind": "PartialObjectMetadataList", "apiVersion": "meta.k8s.io/v1",
            "metadata": metadata, "items": items,
        });
        Ok(reply::json(200, &list))
    }

    fn page(&self, call: &Call, selection: &Selection) -> Result<Page, Status> {
        let query = &call.query;
        check_version_match(call)?;
        let prefix = call.resource.prefix(call.namespace.as_deref());
        let token = match query.continuation.as_str() {
            "" => None,
            text => Some(Token::decode(text)?),
        };
        let exact = query.resource_version_match == "Exact";
        let expired = |_| {
            let message = "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.";
            Status::expired(message)
        };
        let Snapshot { revision, entries } = match &token {
            Some(token) if token.revision > 0 => {
                self.not_ahead(&token.revision.to_string())?;
                self.store.list_at(&prefix, token.revision).map_err(expired)?
            }
            None if exact => {
                self.not_ahead(&query.resource_version)?;
                let revision = query.resource_version.parse().unwrap_or_default();
                self.store
                    .list_at(&prefix, revision)
                    .map_err(|gone| too_old(revision, gone.oldest))?
            }
            _ => {
                self.not_ahead(&query.resource_version)?;
                match (selection.only_name(), call.namespace.as_deref()) {
                    (Some(name), Some(namespace)) => {
                        self.just_one(&call.resource.key(namespace, name))
                    }
                    (Some(name), None) if !call.resource.namespaced => {
                        self.just_one(&call.resource.key("", name))
                    }
                    _ => self.store.list(&prefix),
                }
            }
        };
        let after = token.map(|token| token.after);
        let chosen = entries.into_iter().filter(|entry| {
            after.as_deref().is_none_or(|after| &*entry.key > after)
                && (selection.is_everything() || selection.matches(&call.resource, entry))
        });
        Ok(Page::cut(chosen.collect(), revision, query.limit, selection.is_everything()))
    }

    fn just_one(&self, key: &str) -> Snapshot {
        let revision = self.store.revision();
        Snapshot { revision, entries: self.store.get(key).into_iter().collect() }
    }

    /// Refuses a revision that does not exist yet.
    pub(crate) fn not_ahead(&self, wanted: &str) -> Result<(), Status> {
        if wanted.is_empty() {
            return Ok(());
        }
        let Ok(wanted) = wanted.parse::<u64>() else {
            return Err(Status::bad_request(format!(
                "invalid resource version: resourceVersion: Invalid value: {wanted:?}: strconv.ParseUint: parsing {wanted:?}: invalid syntax"
            )));
        };
        let current = self.store.revision();
        if wanted <= current {
            return Ok(());
        }
        let message = format!("Too large resource version: {wanted}, current: {current}");
        let mut status = Status::new(504, "Timeout", message);
        let details = status.details.get_or_insert_default();
        details.retry_after_seconds = Some(1);
        details.causes = vec![Cause {
            reason: "ResourceVersionTooLarge".into(),
            message: "Too large resource version".into(),
            field: String::new(),
        }];
        Err(status)
    }
}

pub(crate) fn too_old(wanted: u64, oldest: u64) -> Status {
    Status::expired(format!("too old resource version: {wanted} ({oldest})"))
}

fn check_version_match(call: &Call) -> Result<(), Status> {
    let query = &call.query;
    let refuse = |reason: &str, message: String| {
        let cause = Cause { reason: reason.into(), message, field: "resourceVersionMatch".into() };
        Err(Status::invalid("meta.k8s.io", "ListOptions", "", vec![cause]))
    };
    let forbidden = |why: &str| refuse("FieldValueForbidden", format!("Forbidden: {why}"));
    match query.resource_version_match.as_str() {
        "" => Ok(()),
        _ if !query.continuation.is_empty() => {
            forbidden("resourceVersionMatch is forbidden when continue is provided")
        }
        _ if query.resource_version.is_empty() => {
            forbidden("resourceVersionMatch is forbidden unless resourceVersion is provided")
        }
        "Exact" if query.resource_version == "0" => {
            forbidden("resourceVersionMatch \"exact\" is forbidden for resourceVersion \"0\"")
        }
        "Exact" | "NotOlderThan" => Ok(()),
        other => refuse(
            "FieldValueNotSupported",
            format!(
                "Unsupported value: {other:?}: supported values: \"Exact\", \"NotOlderThan\", \"\""
            ),
        ),
    }
}

/// A part of a list and where the rest begins.
struct Page {
    revision: u64,
    entries: Vec<Arc<Entry>>,
    continuation: Option<String>,
    remaining: Option<usize>,
}

impl Page {
    fn cut(mut entries: Vec<Arc<Entry>>, revision: u64, limit: usize, counts: bool) -> Self {
        let left = if limit == 0 { 0 } else { entries.len().saturating_sub(limit) };
        if left == 0 {
            return Self { revision, entries, continuation: None, remaining: None };
        }
        entries.truncate(limit);
        let after = entries.last().map(|entry| entry.key.to_string()).unwrap_or_default();
        let continuation = Some(Token { revision, after }.encode());
        // The rest is counted only when nothing filters it, as Kubernetes does.
        Self { revision, entries, continuation, remaining: counts.then_some(left) }
    }
}

/// Where a chunked list goes on: the revision it began at and the last key given.
struct Token {
    revision: u64,
    after: String,
}

impl Token {
    fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(json!({"rv": self.revision, "start": self.after}).to_string())
    }

    fn decode(text: &str) -> Result<Self, Status> {
        let read = || -> Option<Self> {
            let bytes = URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).ok()?;
            let value: Value = serde_json::from_slice(&bytes).ok()?;
            Some(Self {
                revision: value["rv"].as_u64()?,
                after: value["start"].as_str()?.to_owned(),
            })
        };
        read()
            .ok_or_else(|| Status::bad_request("invalid continue token: continue key is not valid"))
    }
}

fn join(call: &Call, entries: &[Arc<Entry>], metadata: &Value) -> Vec<u8> {
    let resource = &call.resource;
    let size: usize = entries.iter().map(|entry| entry.bytes.len() + 1).sum();
    let mut out = Vec::with_capacity(size + 256);
    out.extend_from_slice(
        format!(r#"{{"apiVersion":"{}","items":["#, resource.api_version()).as_bytes(),
    );
    for (index, entry) in entries.iter().enumerate() {
        if index > 0 {
            out.push(b',');
        }
        out.extend_from_slice(&resource.bytes(entry));
    }
    out.extend_from_slice(
        format!(r#"],"kind":"{}","metadata":{metadata}}}"#, resource.list_kind).as_bytes(),
    );
    out
}
