//! Reaching into values: members, indexes, slices.

use std::sync::Arc;

use crate::error::Refusal;
use crate::methods;
use crate::nature::Nature;
use crate::operators::{Outcome, any_key, to_int};
use crate::value::{Array, ArrayType, Key, Map, MapType, Text, Value};

/// The key as the map's type wants it: a map with string keys takes nothing else (nil stands for "").
pub(crate) fn map_key(map: &Map, key: &Value) -> Result<Key, Refusal> {
    match (map.of, key) {
        (MapType::TextToAny | MapType::TextToText, Value::Nil) => Ok(Key::Text(Text::default())),
        (MapType::TextToAny | MapType::TextToText, Value::Text(text)) => {
            Ok(Key::Text(text.clone()))
        }
        (MapType::TextToAny | MapType::TextToText, _) => {
            Err(format!("a {} cannot be a key of a map with string keys", key.type_name()).into())
        }
        _ => any_key(key),
    }
}

pub(crate) fn map_value(map: &Map, key: &Value) -> Outcome {
    let key = map_key(map, key)?;
    Ok(map.entries.get(&key).cloned().unwrap_or_else(|| match map.of {
        MapType::TextToText => Value::Text(Text::default()),
        MapType::AnyToArray => Value::Array(Array::absent(ArrayType::Any)),
        MapType::TextToAny | MapType::AnyToAny => Value::Nil,
    }))
}

fn method(value: &Value, name: &Value) -> Option<Value> {
    let name = name.as_text()?.to_str();
    let found = methods::find(&Nature::of_value(value), &name)?;
    Some(Value::Method(Arc::new((value.clone(), found.name))))
}

/// `from[key]` and `from.key`.
pub(crate) fn fetch(from: &Value, key: &Value) -> Outcome {
    if let Some(method) = method(from, key) {
        return Ok(method);
    }
    match from {
        Value::Array(array) => Ok(array.items[index(array.items.len(), key)?].clone()),
        Value::Text(text) => Ok(Value::Byte(text.as_bytes()[index(text.len(), key)?])),
        Value::Bytes(bytes) => Ok(Value::Byte(bytes.as_bytes()[index(bytes.len(), key)?])),
        Value::Map(map) => map_value(map, key),
        Value::Structure(structure) => {
            let name = key.as_text().ok_or("a field name is a string")?.to_str();
            structure.field(&name).cloned().ok_or_else(|| {
                let known: Vec<_> = structure.fields.iter().map(|field| field.name).collect();
                format!("{} has no field {name}; it has {}", structure.type_name, known.join(", "))
                    .into()
            })
        }
        _ => Err(format!("cannot fetch {key} from {}", from.type_name()).into()),
    }
}

fn index(length: usize, key: &Value) -> Result<usize, Refusal> {
    let written = to_int(key)?;
    position(length, written)
        .ok_or_else(|| format!("index out of range: {written} (array length is {length})").into())
}

fn position(length: usize, written: i64) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    let index = if written < 0 { length.checked_add(written)? } else { written };
    if (0..length).contains(&index) { usize::try_from(index).ok() } else { None }
}

/// `get(from, key)`: like `fetch`, but what is not there is nil.
pub(crate) fn get(from: &Value, key: &Value) -> Outcome {
    if let Some(method) = method(from, key) {
        return Ok(method);
    }
    Ok(match from {
        Value::Array(array) => {
            position(array.items.len(), to_int(key)?).map(|at| array.items[at].clone())
        }
        Value::Text(text) | Value::Bytes(text) => {
            position(text.len(), to_int(key)?).map(|at| Value::Byte(text.as_bytes()[at]))
        }
        Value::Map(map) => map.entries.get(&map_key(map, key)?).cloned(),
        Value::Structure(structure) => {
            structure.field(&key.as_text().ok_or("a field name is a string")?.to_str()).cloned()
        }
        _ => None,
    }
    .unwrap_or(Value::Nil))
}

/// The length a slice without an end goes to: bytes for strings.
pub(crate) fn slice_length(value: &Value) -> Result<i64, Refusal> {
    let length = match value {
        Value::Array(array) => array.items.len(),
        Value::Text(text) | Value::Bytes(text) => text.len(),
        Value::Map(map) => map.entries.len(),
        _ => return Err(format!("cannot slice a {}", value.type_name()).into()),
    };
    i64::try_from(length).map_err(|_| "the value is too long".into())
}

pub(crate) fn slice(value: &Value, from: &Value, to: &Value) -> Outcome {
    let length = match value {
        Value::Map(_) => return Err("cannot slice a map".into()),
        _ => slice_length(value)?,
    };
    let clamp = |bound: i64| {
        (if bound < 0 { length.saturating_add(bound) } else { bound }).clamp(0, length)
    };
    let end = clamp(to_int(to)?);
    let start = {
        let bound = to_int(from)?;
        (if bound < 0 { length.saturating_add(bound).max(0) } else { bound }).min(end)
    };
    let bound = |bound: i64| usize::try_from(bound).unwrap_or_default();
    let range = bound(start)..bound(end);
    Ok(match value {
        Value::Text(text) => Value::Text(text.as_bytes()[range].into()),
        Value::Bytes(bytes) => Value::Bytes(bytes.as_bytes()[range].into()),
        Value::Array(array) => {
            let of = if array.of == ArrayType::Pair { ArrayType::Any } else { array.of };
            Value::Array(Array {
                of,
                absent: array.absent,
                ..Array::new(of, array.items[range].to_vec())
            })
        }
        _ => Value::Nil,
    })
}
