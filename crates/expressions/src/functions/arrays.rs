//! Arrays.

use super::Call;
use crate::access;
use crate::error::Refusal;
use crate::nature::{GoKind, Nature};
use crate::operators::{Outcome, equal};
use crate::value::{Array, ArrayType, Value};

/// Deeper arrays are refused: no recursion without a bound.
const MAX_DEPTH: usize = 140;

fn takes_arrays(name: &str, arguments: &[Nature]) -> Result<(), String> {
    match arguments.iter().find(|argument| !argument.is_array() && !argument.is_unknown()) {
        Some(other) => Err(format!("{name}() takes an array, not a {}", other.describe())),
        None => Ok(()),
    }
}

pub(super) fn check_array(name: &'static str, arguments: &[Nature]) -> Result<Nature, String> {
    if arguments.len() != 1 {
        return Err(format!("{name}() takes 1 argument, not {}", arguments.len()));
    }
    takes_arrays(name, arguments).map(|()| Nature::any_array())
}

pub(super) fn check_concat(name: &'static str, arguments: &[Nature]) -> Result<Nature, String> {
    if arguments.is_empty() {
        return Err(format!("{name}() needs at least 1 argument"));
    }
    takes_arrays(name, arguments).map(|()| Nature::any_array())
}

pub(super) fn check_element(name: &'static str, arguments: &[Nature]) -> Result<Nature, String> {
    check_array(name, arguments)?;
    Ok(arguments.first().map_or(Nature::Any, |array| {
        if array.is_unknown() { Nature::Any } else { array.element() }
    }))
}

pub(super) fn check_take(name: &'static str, arguments: &[Nature]) -> Result<Nature, String> {
    let [array, count] = arguments else {
        return Err(format!("{name}() takes 2 arguments, not {}", arguments.len()));
    };
    takes_arrays(name, std::slice::from_ref(array))?;
    if !count.is_unknown() && !matches!(count.kind(), GoKind::Int | GoKind::Int64) {
        return Err(format!("{name}() takes an integer, not a {}", count.describe()));
    }
    Ok(array.clone())
}

fn items(call: &Call<'_>, index: usize) -> Result<Vec<Value>, Refusal> {
    match call.argument(index) {
        Value::Array(array) => Ok(array.items.to_vec()),
        Value::Bytes(bytes) => Ok(bytes.as_bytes().iter().map(|byte| Value::Byte(*byte)).collect()),
        other => Err(call.refuse(&format!("takes an array, not a {}", other.type_name()))),
    }
}

pub(super) fn first(call: Call<'_>) -> Outcome {
    Ok(access::fetch(call.argument(0), &Value::Int(0)).unwrap_or(Value::Nil))
}

pub(super) fn last(call: Call<'_>) -> Outcome {
    Ok(access::fetch(call.argument(0), &Value::Int(-1)).unwrap_or(Value::Nil))
}

pub(super) fn take(call: Call<'_>) -> Outcome {
    let (Value::Int(count) | Value::Duration(count)) = call.argument(1) else {
        return Err(call.refuse(&format!(
            "takes an integer, not a {}; use int()",
            call.argument(1).type_name()
        )));
    };
    let array = call.argument(0);
    if !matches!(array, Value::Array(_) | Value::Bytes(_)) {
        return Err(call.refuse(&format!("takes an array, not a {}", array.type_name())));
    }
    if *count < 0 {
        return Err(call.refuse("the count is negative"));
    }
    access::slice(array, &Value::Int(0), &Value::Int(*count))
}

pub(super) fn reverse(call: Call<'_>) -> Outcome {
    let mut items = items(&call, 0)?;
    items.reverse();
    call.budget.elements(items.len())?;
    Ok(Value::array(items))
}

pub(super) fn unique(call: Call<'_>) -> Outcome {
    let mut kept: Vec<Value> = Vec::new();
    for item in items(&call, 0)? {
        call.budget.steps(kept.len() + 1)?;
        if !kept.iter().any(|known| equal(&item, known)) {
            kept.push(item);
        }
    }
    Ok(Value::array(kept))
}

/// Nothing at all gives Go's nil slice.
pub(super) fn concat(call: Call<'_>) -> Outcome {
    let mut all = Vec::new();
    for index in 0..call.arguments.len() {
        let items = items(&call, index)?;
        call.budget.elements(items.len())?;
        all.extend(items);
    }
    Ok(Value::Array(if all.is_empty() { Array::absent(ArrayType::Any) } else { Array::any(all) }))
}

pub(super) fn flatten(call: Call<'_>) -> Outcome {
    let mut flat = Vec::new();
    for item in items(&call, 0)? {
        spread(&mut flat, item, 0)?;
    }
    call.budget.elements(flat.len())?;
    Ok(Value::array(flat))
}

fn spread(flat: &mut Vec<Value>, item: Value, depth: usize) -> Result<(), Refusal> {
    if depth > MAX_DEPTH {
        return Err("flatten(): nested too deeply".into());
    }
    match item {
        Value::Array(array) => {
            array.items.iter().try_for_each(|item| spread(flat, item.clone(), depth + 1))
        }
        Value::Bytes(bytes) => {
            flat.extend(bytes.as_bytes().iter().map(|byte| Value::Byte(*byte)));
            Ok(())
        }
        other => {
            flat.push(other);
            Ok(())
        }
    }
}
