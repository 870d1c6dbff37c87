//! Filling in defaults.

use serde_json::Value;

use super::{Additional, Node};

fn refused_null(node: &Node, value: &Value) -> bool {
    value.is_null() && !node.nullable
}

pub(super) fn apply(node: &Node, value: &mut Value) {
    match value {
        Value::Object(fields) => {
            // Nothing to do below unless a child may have a default.
            if !node.defaults_below {
                return;
            }
            for (name, child) in &node.properties {
                let Some(default) = &child.default else { continue };
                if fields.get(name).is_none_or(|value| refused_null(child, value)) {
                    fields.insert(name.clone(), default.clone());
                }
            }
            for (name, value) in fields.iter_mut() {
                if let Some(child) = node.field(name) {
                    fill_null(child, value);
                    apply(child, value);
                }
            }
        }
        Value::Array(items) => {
            let Some(child) = node.items.as_deref().filter(|_| node.defaults_below) else { return };
            for item in items {
                fill_null(child, item);
                apply(child, item);
            }
        }
        _ => {}
    }
}

fn fill_null(node: &Node, value: &mut Value) {
    if let Some(default) = &node.default
        && refused_null(node, value)
    {
        *value = default.clone();
    }
}

pub(super) fn drop_nulls(node: &Node, value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|name, value| {
                let known = node.properties.get(name).or(match &node.additional {
                    Additional::Schema(child) => Some(child),
                    _ => None,
                });
                !known.is_some_and(|child| refused_null(child, value) && child.default.is_none())
            });
            for (name, value) in fields.iter_mut() {
                if let Some(child) = node.field(name) {
                    drop_nulls(child, value);
                }
            }
        }
        Value::Array(items) => {
            if let Some(child) = node.items.as_deref() {
                items.iter_mut().for_each(|item| drop_nulls(child, item));
            }
        }
        _ => {}
    }
}
