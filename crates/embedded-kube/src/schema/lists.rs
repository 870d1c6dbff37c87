//! Uniqueness in lists that are sets or maps.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{FieldError, ListType, MAX_ERRORS, Node};

pub(super) fn uniqueness(node: &Node, object: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    walk(node, object, String::new(), &mut errors);
    errors
}

fn walk(node: &Node, value: &Value, path: String, errors: &mut Vec<FieldError>) {
    if !node.unique_below || errors.len() >= MAX_ERRORS {
        return;
    }
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                if !value.is_object() && !value.is_array() {
                    continue;
                }
                let Some(child) = node.field(name).filter(|child| child.unique_below) else {
                    continue;
                };
                let path = match (path.is_empty(), node.properties.contains_key(name)) {
                    (true, _) => name.clone(),
                    (false, true) => format!("{path}.{name}"),
                    (false, false) => format!("{path}[{name}]"),
                };
                walk(child, value, path, errors);
            }
        }
        Value::Array(items) => {
            match node.list_type {
                ListType::Atomic => {}
                ListType::Set => duplicates(items.iter().cloned(), &path, errors),
                ListType::Map => {
                    for (index, item) in
                        items.iter().enumerate().filter(|(_, one)| !one.is_object())
                    {
                        errors.push(FieldError::invalid(
                            format!("{path}[{index}]"),
                            item.clone(),
                            "must be an object for an array of list-type map",
                        ));
                    }
                    duplicates(items.iter().map(|item| keys(node, item)), &path, errors);
                }
            }
            let Some(child) = node.items.as_deref() else { return };
            for (index, item) in items.iter().enumerate() {
                walk(child, item, format!("{path}[{index}]"), errors);
            }
        }
        _ => {}
    }
}

/// The identity of an item of a map list; an absent key counts as its default, else as absent.
fn keys(node: &Node, item: &Value) -> Value {
    let mut identity = Map::new();
    for key in &node.map_keys {
        let default = || {
            node.items
                .as_ref()
                .and_then(|items| items.properties.get(key))
                .and_then(|child| child.default.clone())
        };
        if let Some(value) = item.get(key).cloned().or_else(default) {
            identity.insert(key.clone(), value);
        }
    }
    Value::Object(identity)
}

/// Each identity that occurs again is named once.
fn duplicates(identities: impl Iterator<Item = Value>, path: &str, errors: &mut Vec<FieldError>) {
    let mut seen: HashMap<String, usize> = HashMap::new();
    for (index, identity) in identities.enumerate() {
        let times = seen.entry(identity.to_string()).or_default();
        *times += 1;
        if *times == 2 {
            errors.push(FieldError::duplicate(format!("{path}[{index}]"), identity));
        }
    }
}
