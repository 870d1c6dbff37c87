//! What `kubectl get` prints for built-in kinds.

use jiff::Timestamp;
use serde_json::Value;

use crate::table::{BuiltinColumn, Cell, age, since};

const fn column(name: &'static str, kind: &'static str, cell: Cell) -> BuiltinColumn {
    BuiltinColumn { name, kind, priority: 0, cell }
}

const fn wide(name: &'static str, kind: &'static str, cell: Cell) -> BuiltinColumn {
    BuiltinColumn { name, kind, priority: 1, cell }
}

const AGE: BuiltinColumn = column("Age", "string", age);

pub(super) const NAMESPACE: &[BuiltinColumn] =
    &[column("Status", "string", |object, _| text(object, "/status/phase")), AGE];

pub(super) const SECRET: &[BuiltinColumn] = &[
    column("Type", "string", |object, _| text(object, "/type")),
    column("Data", "string", |object, _| count(object, &["/data"])),
    AGE,
];

pub(super) const CONFIG_MAP: &[BuiltinColumn] =
    &[column("Data", "string", |object, _| count(object, &["/data", "/binaryData"])), AGE];

pub(super) const LEASE: &[BuiltinColumn] =
    &[column("Holder", "string", |object, _| text(object, "/spec/holderIdentity")), AGE];

pub(super) const CREATED_AT: &[BuiltinColumn] =
    &[column("Created At", "date", |object, _| text(object, "/metadata/creationTimestamp"))];

pub(super) const BINDING: &[BuiltinColumn] = &[
    column("Role", "string", role),
    AGE,
    wide("Users", "string", |object, _| subjects(object, "User")),
    wide("Groups", "string", |object, _| subjects(object, "Group")),
    wide("ServiceAccounts", "string", |object, _| subjects(object, "ServiceAccount")),
];

pub(super) const EVENT: &[BuiltinColumn] = &[
    column("Last Seen", "string", |object, now| last_seen(object, &CORE, now)),
    column("Type", "string", |object, _| text(object, "/type")),
    column("Reason", "string", |object, _| text(object, "/reason")),
    column("Object", "string", |object, _| target(object, "/involvedObject")),
    wide("Subobject", "string", |object, _| text(object, "/involvedObject/fieldPath")),
    wide("Source", "string", |object, _| source(object, "/source", "/reportingComponent")),
    column("Message", "string", |object, _| trimmed(object, "/message")),
    wide("First Seen", "string", |object, now| first_seen(object, &CORE, now)),
    wide("Count", "string", |object, _| times(object, &CORE)),
    wide("Name", "string", |object, _| text(object, "/metadata/name")),
];

pub(super) const NEW_EVENT: &[BuiltinColumn] = &[
    column("Last Seen", "string", |object, now| last_seen(object, &NEW, now)),
    column("Type", "string", |object, _| text(object, "/type")),
    column("Reason", "string", |object, _| text(object, "/reason")),
    column("Object", "string", |object, _| target(object, "/regarding")),
    wide("Subobject", "string", |object, _| text(object, "/regarding/fieldPath")),
    wide("Source", "string", |object, _| {
        source(object, "/deprecatedSource", "/reportingController")
    }),
    column("Message", "string", |object, _| trimmed(object, "/note")),
    wide("First Seen", "string", |object, now| first_seen(object, &NEW, now)),
    wide("Count", "string", |object, _| times(object, &NEW)),
    wide("Name", "string", |object, _| text(object, "/metadata/name")),
];

/// Where the two kinds of events keep their times.
struct Times {
    first: &'static str,
    last: &'static str,
    count: &'static str,
}

const CORE: Times = Times { first: "/firstTimestamp", last: "/lastTimestamp", count: "/count" };
const NEW: Times = Times {
    first: "/deprecatedFirstTimestamp",
    last: "/deprecatedLastTimestamp",
    count: "/deprecatedCount",
};

fn at<'a>(object: &'a Value, path: &str) -> &'a str {
    object.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

fn text(object: &Value, path: &str) -> Value {
    at(object, path).into()
}

fn trimmed(object: &Value, path: &str) -> Value {
    at(object, path).trim().into()
}

fn count(object: &Value, paths: &[&str]) -> Value {
    let length = |value: &Value| {
        value.as_object().map(serde_json::Map::len).or_else(|| value.as_array().map(Vec::len))
    };
    paths.iter().filter_map(|path| object.pointer(path).and_then(length)).sum::<usize>().into()
}

fn role(object: &Value, _: Timestamp) -> Value {
    format!("{}/{}", at(object, "/roleRef/kind"), at(object, "/roleRef/name")).into()
}

fn subjects(object: &Value, kind: &str) -> Value {
    let list = object.get("subjects").and_then(Value::as_array).into_iter().flatten();
    let names = list.filter(|subject| at(subject, "/kind") == kind).map(|subject| match kind {
        "ServiceAccount" => format!("{}/{}", at(subject, "/namespace"), at(subject, "/name")),
        _ => at(subject, "/name").to_string(),
    });
    names.collect::<Vec<_>>().join(", ").into()
}

fn target(object: &Value, path: &str) -> Value {
    let (kind, name) =
        (at(object, &format!("{path}/kind")).to_lowercase(), at(object, &format!("{path}/name")));
    if name.is_empty() { kind.into() } else { format!("{kind}/{name}").into() }
}

fn source(object: &Value, path: &str, controller: &str) -> Value {
    let component = match at(object, &format!("{path}/component")) {
        "" => at(object, controller),
        found => found,
    };
    let host = match at(object, &format!("{path}/host")) {
        "" => at(object, "/reportingInstance"),
        found => found,
    };
    [component, host]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(", ")
        .into()
}

fn first_seen(object: &Value, times: &Times, now: Timestamp) -> Value {
    let first = object.pointer(times.first).filter(|time| time.is_string());
    since(first.or_else(|| object.get("eventTime")), now)
}

fn last_seen(object: &Value, times: &Times, now: Timestamp) -> Value {
    let last = object
        .pointer("/series/lastObservedTime")
        .or_else(|| object.pointer(times.last))
        .filter(|time| time.is_string());
    match last {
        Some(last) => since(Some(last), now),
        None => first_seen(object, times, now),
    }
}

fn times(object: &Value, times: &Times) -> Value {
    let count = object
        .pointer("/series/count")
        .or_else(|| object.pointer(times.count))
        .and_then(Value::as_i64);
    count.filter(|count| *count > 0).unwrap_or(1).into()
}
