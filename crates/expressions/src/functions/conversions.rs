//! Numbers, lengths and types.

use super::Call;
use crate::go_text;
use crate::nature::{GoKind, Nature};
use crate::operators::{Outcome, to_float, truncate};
use crate::value::Value;

fn one<'a>(name: &str, arguments: &'a [Nature]) -> Result<&'a Nature, String> {
    match arguments {
        [only] => Ok(only),
        _ => Err(format!("{name}() takes 1 argument, not {}", arguments.len())),
    }
}

fn is_numeric(nature: &Nature) -> bool {
    matches!(
        nature.kind(),
        GoKind::Int | GoKind::Int64 | GoKind::Uint8 | GoKind::Uint64 | GoKind::Float64
    )
}

fn wrong(name: &str, nature: &Nature) -> String {
    format!("{name}() does not take a {}", nature.describe())
}

pub(super) fn check_number(name: &'static str, arguments: &[Nature]) -> Result<Nature, String> {
    let argument = one(name, arguments)?;
    if is_numeric(argument) || argument.is_unknown() {
        Ok(argument.clone())
    } else {
        Err(wrong(name, argument))
    }
}

pub(super) fn check_round(name: &'static str, arguments: &[Nature]) -> Result<Nature, String> {
    check_number(name, arguments).map(|_| Nature::Float)
}

pub(super) fn check_convert(name: &'static str, arguments: &[Nature]) -> Result<Nature, String> {
    let argument = one(name, arguments)?;
    if !is_numeric(argument) && !argument.is_unknown() && *argument != Nature::Text {
        return Err(wrong(name, argument));
    }
    Ok(if name == "int" { Nature::Int } else { Nature::Float })
}

pub(super) fn check_length(name: &'static str, arguments: &[Nature]) -> Result<Nature, String> {
    let argument = one(name, arguments)?;
    let known =
        matches!(argument.kind(), GoKind::Slice | GoKind::Array | GoKind::Map | GoKind::String);
    if known || argument.is_unknown() { Ok(Nature::Int) } else { Err(wrong(name, argument)) }
}

fn invalid(call: &Call<'_>) -> crate::error::Refusal {
    call.refuse(&format!("cannot take {} ({})", call.argument(0).type_name(), call.argument(0)))
}

pub(super) fn abs(call: Call<'_>) -> Outcome {
    Ok(match call.argument(0) {
        Value::Int(value) => Value::Int(value.wrapping_abs()),
        // As Go: minus zero keeps its sign.
        Value::Float(value) => Value::Float(if *value < 0.0 { -value } else { *value }),
        value @ (Value::Byte(_) | Value::Unsigned(_)) => value.clone(),
        _ => return Err(invalid(&call)),
    })
}

fn rounded(call: &Call<'_>, round: fn(f64) -> f64) -> Outcome {
    Ok(Value::Float(round(to_float(call.argument(0)).map_err(|_| invalid(call))?)))
}

pub(super) fn ceil(call: Call<'_>) -> Outcome {
    rounded(&call, f64::ceil)
}

pub(super) fn floor(call: Call<'_>) -> Outcome {
    rounded(&call, f64::floor)
}

pub(super) fn round(call: Call<'_>) -> Outcome {
    rounded(&call, f64::round)
}

pub(super) fn int(call: Call<'_>) -> Outcome {
    Ok(Value::Int(match call.argument(0) {
        Value::Int(value) | Value::Duration(value) => *value,
        Value::Float(value) => truncate(*value),
        Value::Byte(value) | Value::Month(value) | Value::Weekday(value) => i64::from(*value),
        Value::Unsigned(value) => value.cast_signed(),
        Value::Text(text) => go_text::parse_int(text.as_bytes()).ok_or_else(|| invalid(&call))?,
        _ => return Err(invalid(&call)),
    }))
}

pub(super) fn float(call: Call<'_>) -> Outcome {
    Ok(Value::Float(match call.argument(0) {
        Value::Text(text) => go_text::parse_float(text.as_bytes()).ok_or_else(|| invalid(&call))?,
        value => to_float(value).map_err(|_| invalid(&call))?,
    }))
}

pub(super) fn string(mut call: Call<'_>) -> Outcome {
    let text = go_text::display(call.argument(0));
    call.made(text)
}

pub(super) fn type_name(call: Call<'_>) -> Outcome {
    Ok(Value::text(go_text::type_of(call.argument(0))))
}

/// Strings are counted in characters.
pub(super) fn length(call: Call<'_>) -> Outcome {
    let length = match call.argument(0) {
        Value::Array(array) => array.items.len(),
        Value::Map(map) => map.entries.len(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Text(text) => text
            .as_bytes()
            .utf8_chunks()
            .map(|chunk| chunk.valid().chars().count() + chunk.invalid().len())
            .sum(),
        _ => return Err(invalid(&call)),
    };
    Ok(Value::Int(i64::try_from(length).unwrap_or(i64::MAX)))
}
