//! Maps. Go hands out keys in random order; here they are sorted.

use std::collections::BTreeMap;

use super::Call;
use crate::access;
use crate::error::Refusal;
use crate::nature::Nature;
use crate::operators::{Outcome, any_key};
use crate::value::{Array, ArrayType, Map, MapType, Value};

pub(super) fn check_map(name: &'static str, arguments: &[Nature]) -> Result<Nature, String> {
    match arguments {
        [argument] if argument.is_unknown() || matches!(argument, Nature::Map(_)) => {
            Ok(Nature::any_array())
        }
        [argument] => Err(format!("{name}() takes a map, not a {}", argument.describe())),
        _ => Err(format!("{name}() takes 1 argument, not {}", arguments.len())),
    }
}

pub(super) fn check_from_pairs(name: &'static str, arguments: &[Nature]) -> Result<Nature, String> {
    match arguments {
        [argument] if argument.is_unknown() || argument.is_array() => {
            Ok(Nature::Map(MapType::AnyToAny))
        }
        [argument] => {
            Err(format!("{name}() takes an array of pairs, not a {}", argument.describe()))
        }
        _ => Err(format!("{name}() takes 1 argument, not {}", arguments.len())),
    }
}

/// The checker looks at `get` itself.
pub(super) fn check_get(_: &'static str, _: &[Nature]) -> Result<Nature, String> {
    Ok(Nature::Unknown)
}

fn map<'a>(call: &Call<'a>) -> Result<&'a Map, Refusal> {
    match call.argument(0) {
        Value::Map(map) => Ok(map),
        other => Err(call.refuse(&format!("takes a map, not a {}", other.type_name()))),
    }
}

pub(super) fn get(call: Call<'_>) -> Outcome {
    access::get(call.argument(0), call.argument(1))
}

pub(super) fn keys(call: Call<'_>) -> Outcome {
    let map = map(&call)?;
    call.budget.steps(map.entries.len())?;
    Ok(Value::array(map.entries.keys().map(|key| key.to_value()).collect()))
}

pub(super) fn values(call: Call<'_>) -> Outcome {
    let map = map(&call)?;
    call.budget.steps(map.entries.len())?;
    Ok(Value::array(map.entries.values().cloned().collect()))
}

pub(super) fn to_pairs(call: Call<'_>) -> Outcome {
    let map = map(&call)?;
    call.budget.steps(map.entries.len())?;
    let pair = |key: Value, value: &Value| {
        Value::Array(Array::new(ArrayType::Pair, vec![key, value.clone()]))
    };
    let pairs = map.entries.iter().map(|(key, value)| pair(key.to_value(), value)).collect();
    Ok(Value::Array(Array::new(ArrayType::Pairs, pairs)))
}

pub(super) fn from_pairs(call: Call<'_>) -> Outcome {
    let pairs = match call.argument(0) {
        Value::Array(array) => array,
        Value::Bytes(bytes) if bytes.is_empty() => {
            return Ok(Value::Map(Map::new(MapType::AnyToAny, BTreeMap::new())));
        }
        other => {
            return Err(
                call.refuse(&format!("takes an array of pairs, not a {}", other.type_name()))
            );
        }
    };
    let mut entries = BTreeMap::new();
    call.budget.steps(pairs.items.len())?;
    for pair in pairs.items.iter() {
        let Value::Array(pair) = pair else {
            return Err(call.refuse(&format!("{pair} is no pair")));
        };
        let [key, value] = pair.items.as_ref() else {
            return Err(call.refuse(&format!("a pair has 2 elements, not {}", pair.items.len())));
        };
        entries.insert(any_key(key)?, value.clone());
    }
    Ok(Value::Map(Map::new(MapType::AnyToAny, entries)))
}
