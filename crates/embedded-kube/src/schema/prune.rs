//! Removing fields that a schema does not know.

use serde_json::Value;

use super::{Additional, Node};

pub(super) fn root(node: &Node, object: &mut Value) -> Vec<String> {
    let mut dropped = Vec::new();
    walk(node, object, true, "", &mut dropped);
    if let Some(metadata) = object.get_mut("metadata") {
        dropped.extend(crate::builtin::prune_metadata(metadata));
    }
    dropped.sort();
    dropped
}

pub(super) fn part(node: &Node, part: &mut Value, path: &str) -> Vec<String> {
    let mut dropped = Vec::new();
    walk(node, part, false, path, &mut dropped);
    dropped
}

fn child(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_string() } else { format!("{path}.{name}") }
}

fn walk(node: &Node, value: &mut Value, resource: bool, path: &str, dropped: &mut Vec<String>) {
    let resource = resource || node.embedded;
    match value {
        Value::Object(fields) => {
            let kept = |name: &str| {
                (resource && matches!(name, "apiVersion" | "kind" | "metadata"))
                    || node.preserve_unknown
                    || node.properties.contains_key(name)
                    || !matches!(node.additional, Additional::Forbidden)
            };
            fields.retain(|name, _| {
                let keep = kept(name);
                if !keep {
                    dropped.push(child(path, name));
                }
                keep
            });
            for (name, value) in fields.iter_mut() {
                if resource && matches!(name.as_str(), "apiVersion" | "kind" | "metadata") {
                    continue;
                }
                if let Some(below) = node.field(name) {
                    walk(below, value, false, &child(path, name), dropped);
                }
            }
        }
        Value::Array(items) => {
            let Some(below) = node.items.as_deref() else { return };
            for (index, item) in items.iter_mut().enumerate() {
                walk(below, item, false, &format!("{path}[{index}]"), dropped);
            }
        }
        _ => {}
    }
}
