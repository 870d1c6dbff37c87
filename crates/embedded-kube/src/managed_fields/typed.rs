//! What an applied configuration must be like for its type, before anything is merged.

use std::collections::HashSet;

use serde_json::Value;

use super::types::{ListKind, TypeAt};
use super::{ApplyError, Set, Step, walk};

/// Most complaints that are told at once.
const MOST: usize = 20;
/// Deepest nesting that is looked at.
const DEEPEST: usize = 128;

/// Refuses what cannot be merged: fields the type does not know, values of another shape, and items that cannot be told
/// apart.
pub(super) fn check(applied: &Value, types: TypeAt<'_>) -> Result<(), ApplyError> {
    let mut complaints = Vec::new();
    level(applied, types, &mut String::new(), 0, &mut complaints);
    complaints.sort_unstable();
    complaints.truncate(MOST);
    let told = match complaints.as_slice() {
        [] => return Ok(()),
        [one] => one.clone(),
        many => format!("errors:\n  {}", many.join("\n  ")),
    };
    let text = |pointer: &str| applied.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (namespace, name) = (text("/metadata/namespace"), text("/metadata/name"));
    let (version, kind) = (text("/apiVersion"), text("/kind"));
    Err(ApplyError::Invalid(format!(
        "failed to create typed patch object ({namespace}/{name}; {version}, Kind={kind}): {told}"
    )))
}

fn level(
    value: &Value,
    types: TypeAt<'_>,
    path: &mut String,
    depth: usize,
    complaints: &mut Vec<String>,
) {
    if depth > DEEPEST || complaints.len() >= MOST {
        return;
    }
    match (value, types.shape()) {
        (Value::Object(_) | Value::Null, Some("object"))
        | (Value::Array(_) | Value::Null, Some("array")) => {}
        (other, Some("object")) => {
            complaints.push(format!("{path}: expected map, got &{{{}}}", shown(other)));
            return;
        }
        (other, Some("array")) => {
            complaints.push(format!("{path}: expected list, got &{{{}}}", shown(other)));
            return;
        }
        _ => {}
    }
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let length = path.len();
                path.push('.');
                path.push_str(name);
                if types.lacks(name) {
                    complaints.push(format!("{path}: field not declared in schema"));
                } else {
                    level(value, types.field(name), path, depth + 1, complaints);
                }
                path.truncate(length);
            }
        }
        Value::Array(items) => list(items, types, path, depth, complaints),
        _ => {}
    }
}

fn list(
    items: &[Value],
    types: TypeAt<'_>,
    path: &mut String,
    depth: usize,
    complaints: &mut Vec<String>,
) {
    let kind = types.list();
    let mut seen = HashSet::new();
    for (index, item) in items.iter().enumerate() {
        if let ListKind::Map(keys) = &kind {
            let has =
                |key: &String| item.get(key).is_some() || types.items().default_of(key).is_some();
            if !keys.iter().any(has) {
                let keys: Vec<String> = keys.iter().map(|key| format!("{key:?}")).collect();
                complaints.push(format!(
                    "{path}: element {index}: associative list with keys has an element that omits all key fields [{}] (and doesn't have default values for any key fields)",
                    keys.join(" ")
                ));
                continue;
            }
        }
        let step = walk::item_step(&kind, types, item, index);
        let mut own = Set::default();
        own.insert(std::slice::from_ref(&step));
        let shown = own.paths().concat();
        if !matches!(step, Step::Index(_)) && !seen.insert(step) {
            complaints.push(format!("{path}: duplicate entries for key {shown}"));
            continue;
        }
        let length = path.len();
        path.push_str(&shown);
        level(item, types.items(), path, depth + 1, complaints);
        path.truncate(length);
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
