//! JSON patch (RFC 6902), as lenient as the library the Kubernetes API server uses.

use serde_json::Value;

/// The Kubernetes API server refuses longer patches with 413.
pub const MAX_OPERATIONS: usize = 10_000;

/// Why a patch could not be applied; the three kinds answer with different status codes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PatchError {
    /// The patch itself is malformed: 400.
    #[error("{0}")]
    Malformed(String),
    /// The patch has too many operations: 413.
    #[error("The allowed maximum operations in a JSON patch is {MAX_OPERATIONS}, got {0}")]
    TooManyOperations(usize),
    /// The patch does not fit the object: 422.
    #[error("{0}")]
    DoesNotApply(String),
}

/// Applies the operations of `patch`, an array, to `target`. On error `target` is left as it was.
pub fn apply(target: &mut Value, patch: &Value) -> Result<(), PatchError> {
    let Value::Array(operations) = patch else {
        return Err(PatchError::Malformed(format!(
            "error decoding patch: json: cannot unmarshal {} into Go value of type []handlers.jsonPatchOp",
            go_kind(patch)
        )));
    };
    if operations.len() > MAX_OPERATIONS {
        return Err(PatchError::TooManyOperations(operations.len()));
    }
    let mut result = target.clone();
    for operation in operations {
        step(&mut result, operation)?;
    }
    *target = result;
    Ok(())
}

pub(crate) fn go_kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn text<'a>(operation: &'a Value, key: &str) -> Result<&'a str, PatchError> {
    operation.get(key).and_then(Value::as_str).ok_or_else(|| {
        let name = operation.get("op").and_then(Value::as_str).unwrap_or_default();
        PatchError::DoesNotApply(format!("{name} operation has no usable \"{key}\": missing value"))
    })
}

fn step(target: &mut Value, operation: &Value) -> Result<(), PatchError> {
    let kind = operation.get("op").and_then(Value::as_str).unwrap_or_default();
    let path = if matches!(kind, "add" | "copy" | "move" | "remove" | "replace" | "test") {
        text(operation, "path")?
    } else {
        return Err(PatchError::DoesNotApply(format!("Unexpected kind: {kind}")));
    };
    let value = || {
        // The library of the real server reads an absent value as null.
        operation.get("value").cloned().unwrap_or(Value::Null)
    };
    match kind {
        "add" => add(target, path, value(), kind),
        "remove" => remove(target, path, kind).map(drop),
        "replace" => replace(target, path, value()),
        "test" => test(target, path, &value()),
        "move" => {
            let taken = remove(target, text(operation, "from")?, kind)?;
            add(target, path, taken, kind)
        }
        _ => {
            let from = text(operation, "from")?;
            let copied = target.pointer(from).cloned().ok_or_else(|| missing(kind, from))?;
            add(target, path, copied, kind)
        }
    }
}

fn missing(kind: &str, path: &str) -> PatchError {
    PatchError::DoesNotApply(format!(
        "{kind} operation does not apply: doc is missing path: {}: missing value",
        crate::field_error::quote(path)
    ))
}

fn missing_key(kind: &str, path: &str, key: &str) -> PatchError {
    if kind == "remove" {
        return PatchError::DoesNotApply(format!(
            "error in remove for path: '{path}': Unable to remove nonexistent key: {key}: missing value"
        ));
    }
    PatchError::DoesNotApply(format!(
        "{kind} operation does not apply: doc is missing key: {path}: missing value"
    ))
}

fn split<'a>(
    target: &'a mut Value,
    path: &str,
    kind: &str,
) -> Result<(&'a mut Value, String), PatchError> {
    let Some((head, last)) = path.rsplit_once('/') else { return Err(missing(kind, path)) };
    let key = last.replace("~1", "/").replace("~0", "~");
    let parent = target.pointer_mut(head).ok_or_else(|| missing(kind, path))?;
    if parent.is_object() || parent.is_array() {
        Ok((parent, key))
    } else {
        Err(missing(kind, path))
    }
}

/// Negative indices count from the end, as in the library of the real server.
fn index(key: &str, length: usize, kind: &str, path: &str) -> Result<usize, PatchError> {
    let number: i64 = key.parse().map_err(|_| {
        PatchError::DoesNotApply(format!("{kind} operation does not apply: doc is missing path: {path}: strconv.Atoi: parsing \"{key}\": invalid syntax"))
    })?;
    let length = i64::try_from(length).unwrap_or(i64::MAX);
    let place = if number < 0 { number + length } else { number };
    if place < 0 || place >= length {
        return Err(PatchError::DoesNotApply(format!(
            "Unable to access invalid index: {number}: invalid index referenced"
        )));
    }
    usize::try_from(place).map_err(|_| missing(kind, path))
}

fn add(target: &mut Value, path: &str, value: Value, kind: &str) -> Result<(), PatchError> {
    if path.is_empty() {
        *target = value;
        return Ok(());
    }
    match split(target, path, kind)? {
        (Value::Object(fields), key) => {
            fields.insert(key, value);
        }
        (Value::Array(items), key) if key == "-" => items.push(value),
        (Value::Array(items), key) => {
            // One past the end is a legal place to add.
            let place = if key.parse() == Ok(items.len()) {
                items.len()
            } else {
                index(&key, items.len() + usize::from(key.starts_with('-')), kind, path)?
            };
            items.insert(place, value);
        }
        _ => return Err(missing(kind, path)),
    }
    Ok(())
}

fn remove(target: &mut Value, path: &str, kind: &str) -> Result<Value, PatchError> {
    match split(target, path, kind)? {
        (Value::Object(fields), key) => {
            fields.shift_remove(&key).ok_or_else(|| missing_key(kind, path, &key))
        }
        (Value::Array(items), key) => {
            let place = index(&key, items.len(), kind, path)?;
            Ok(items.remove(place))
        }
        _ => Err(missing(kind, path)),
    }
}

fn replace(target: &mut Value, path: &str, value: Value) -> Result<(), PatchError> {
    if path.is_empty() {
        *target = value;
        return Ok(());
    }
    match split(target, path, "replace")? {
        (Value::Object(fields), key) => match fields.get_mut(&key) {
            Some(place) => *place = value,
            None => return Err(missing_key("replace", path, &key)),
        },
        (Value::Array(items), key) => {
            let place = index(&key, items.len(), "replace", path)?;
            if let Some(item) = items.get_mut(place) {
                *item = value;
            }
        }
        _ => return Err(missing("replace", path)),
    }
    Ok(())
}

/// `test … null` passes when the path is absent: kube's finalizer helper relies on it.
fn test(target: &Value, path: &str, value: &Value) -> Result<(), PatchError> {
    let found = if path.is_empty() { Some(target) } else { target.pointer(path) };
    let equal = match found {
        Some(found) => same(found, value),
        None => value.is_null(),
    };
    if equal {
        Ok(())
    } else {
        Err(PatchError::DoesNotApply(format!("testing value {path} failed: test failed")))
    }
}

fn same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => {
            left == right || left.as_f64() == right.as_f64()
        }
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left.iter().zip(right).all(|(left, right)| same(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .all(|(key, value)| right.get(key).is_some_and(|other| same(value, other)))
        }
        _ => left == right,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn applies_operations() {
        let cases = [
            (
                json!({"a": 1}),
                json!([{"op": "add", "path": "/b", "value": 2}]),
                json!({"a": 1, "b": 2}),
            ),
            (
                json!({"a": [1, 3]}),
                json!([{"op": "add", "path": "/a/1", "value": 2}]),
                json!({"a": [1, 2, 3]}),
            ),
            (
                json!({"a": [1]}),
                json!([{"op": "add", "path": "/a/-", "value": 2}]),
                json!({"a": [1, 2]}),
            ),
            (
                json!({"a": [1]}),
                json!([{"op": "add", "path": "/a/1", "value": 2}]),
                json!({"a": [1, 2]}),
            ),
            (
                json!({"a/b": 1, "c": 2}),
                json!([{"op": "remove", "path": "/a~1b"}]),
                json!({"c": 2}),
            ),
            (json!({"a": [1, 2]}), json!([{"op": "remove", "path": "/a/-1"}]), json!({"a": [1]})),
            (json!({"a": 1}), json!([{"op": "move", "from": "/a", "path": "/b"}]), json!({"b": 1})),
            (
                json!({"a": 1}),
                json!([{"op": "copy", "from": "/a", "path": "/b"}]),
                json!({"a": 1, "b": 1}),
            ),
            (
                json!({"a": 1}),
                json!([{"op": "test", "path": "/b", "value": null}, {"op": "replace", "path": "/a", "value": 2}]),
                json!({"a": 2}),
            ),
            (
                json!({}),
                json!([{"op": "test", "path": "/metadata/finalizers", "value": null}, {"op": "add", "path": "/f", "value": ["x"]}]),
                json!({"f": ["x"]}),
            ),
        ];
        for (mut target, patch, expected) in cases {
            assert_eq!(apply(&mut target, &patch), Ok(()), "{patch}");
            assert_eq!(target, expected, "{patch}");
        }
    }

    #[test]
    fn refuses_what_does_not_apply_and_leaves_the_object() {
        let before = json!({"a": {"b": [1]}});
        let patches = [
            json!({"op": "add"}),
            json!([{"op": "nothing", "path": "/a"}]),
            json!([{"op": "replace", "path": "/x", "value": 1}]),
            json!([{"op": "remove", "path": "/x/y"}]),
            json!([{"op": "remove", "path": "a"}]),
            json!([{"op": "add", "path": "/a/b/7", "value": 1}]),
            json!([{"op": "add", "path": "/a/b/-9", "value": 1}]),
            json!([{"op": "add", "path": "/a/b/x", "value": 1}]),
            json!([{"op": "add", "path": "/z", "value": 1}, {"op": "test", "path": "/a", "value": 1}]),
            json!([{"op": "copy", "from": "/nope", "path": "/a"}]),
            json!([{"path": "/a"}]),
            json!([7]),
        ];
        for patch in patches {
            let mut target = before.clone();
            assert!(apply(&mut target, &patch).is_err(), "{patch}");
            assert_eq!(target, before);
        }
        let many = Value::Array(vec![
            json!({"op": "test", "path": "", "value": null});
            MAX_OPERATIONS + 1
        ]);
        assert_eq!(
            apply(&mut json!(null), &many),
            Err(PatchError::TooManyOperations(MAX_OPERATIONS + 1))
        );
    }

    proptest! {
        #[test]
        fn no_operation_panics(
            kind in "add|remove|replace|move|copy|test|x",
            path in "(/(a|b|0|1|-1|-|~1|~0|é|99999999999999999999)?){0,3}",
            from in "(/(a|b|0|-5|-)?){0,3}",
        ) {
            let mut target = json!({"a": [1, {"b": 2}], "b": {"a": null}});
            let before = target.clone();
            let patch = json!([{"op": kind, "path": path, "from": from, "value": {"x": 1}}]);
            if apply(&mut target, &patch).is_err() {
                prop_assert_eq!(target, before);
            }
        }
    }
}
