//! `min`, `max`, `mean`, `median` over numbers and arrays of them, however nested.

use super::Call;
use crate::error::Refusal;
use crate::nature::{GoKind, Nature};
use crate::operators::{Outcome, compare, to_float};
use crate::syntax::Binary;
use crate::value::{ArrayType, Value};

const MAX_DEPTH: usize = 140;

/// Looks at arguments until the first that could be an array.
pub(super) fn check(name: &'static str, arguments: &[Nature]) -> Result<Nature, String> {
    let Some(first) = arguments.first() else {
        return Err(format!("{name}() needs an argument"));
    };
    for argument in arguments {
        match argument.kind() {
            GoKind::Interface | GoKind::Array | GoKind::Slice => return Ok(Nature::Any),
            GoKind::Int | GoKind::Int64 | GoKind::Uint8 | GoKind::Uint64 | GoKind::Float64 => {}
            _ => return Err(format!("{name}() does not take a {}", argument.describe())),
        }
    }
    Ok(first.clone())
}

fn is_number(value: &Value) -> bool {
    matches!(value, Value::Int(_) | Value::Float(_) | Value::Byte(_) | Value::Unsigned(_))
}

fn is_array(value: &Value) -> bool {
    matches!(value, Value::Array(_) | Value::Bytes(_))
}

fn wrong(name: &str, value: &Value) -> Refusal {
    format!("{name}() does not take a {}", value.type_name()).into()
}

fn elements(value: &Value) -> Vec<Value> {
    match value {
        Value::Array(array) => array.items.to_vec(),
        Value::Bytes(bytes) => bytes.as_bytes().iter().map(|byte| Value::Byte(*byte)).collect(),
        _ => Vec::new(),
    }
}

pub(super) fn max(call: Call<'_>) -> Outcome {
    extreme(&call, Binary::Less)
}

pub(super) fn min(call: Call<'_>) -> Outcome {
    extreme(&call, Binary::More)
}

fn extreme(call: &Call<'_>, replaces: Binary) -> Outcome {
    Ok(best(call.name, replaces, call.arguments, 0)?.unwrap_or(Value::Nil))
}

fn best(
    name: &'static str,
    replaces: Binary,
    arguments: &[Value],
    depth: usize,
) -> Result<Option<Value>, Refusal> {
    if depth > MAX_DEPTH {
        return Err(format!("{name}(): nested too deeply").into());
    }
    let mut found: Option<Value> = None;
    let mut offer = |candidate: Value| {
        let better = match &found {
            None => true,
            Some(found) => compare(replaces, found, &candidate)?,
        };
        if better {
            found = Some(candidate);
        }
        Ok::<(), Refusal>(())
    };
    for argument in arguments {
        if is_array(argument) {
            // A nil is passed over in an array of anything, and refused in an array of a type.
            let anything = matches!(argument, Value::Array(array) if array.of == ArrayType::Any);
            for item in elements(argument) {
                if is_number(&item) {
                    offer(item)?;
                } else if !is_array(&item) {
                    return Err(wrong(name, &item));
                } else if let Some(inner) =
                    best(name, replaces, std::slice::from_ref(&item), depth + 1)?
                {
                    offer(inner)?;
                } else if !anything {
                    return Err(wrong(name, &item));
                }
            }
        } else if is_number(argument)
            || matches!(argument, Value::Duration(_) | Value::Month(_) | Value::Weekday(_))
        {
            offer(argument.clone())?;
        } else if arguments.len() == 1 {
            return Ok(Some(argument.clone()));
        } else {
            return Err(wrong(name, argument));
        }
    }
    Ok(found)
}

fn collect(call: &Call<'_>) -> Result<Vec<f64>, Refusal> {
    let mut numbers = Vec::new();
    for argument in call.arguments {
        gather(call.name, argument, 0, &mut numbers)?;
    }
    Ok(numbers)
}

#[expect(clippy::cast_precision_loss, reason = "as Go converts")]
fn gather(
    name: &'static str,
    value: &Value,
    depth: usize,
    numbers: &mut Vec<f64>,
) -> Result<(), Refusal> {
    if depth > MAX_DEPTH {
        return Err(format!("{name}(): nested too deeply").into());
    }
    match value {
        Value::Duration(duration) => numbers.push(*duration as f64),
        Value::Month(value) | Value::Weekday(value) => numbers.push(f64::from(*value)),
        _ if is_array(value) => {
            for item in elements(value) {
                gather(name, &item, depth + 1, numbers)?;
            }
        }
        _ => numbers.push(to_float(value).map_err(|_| wrong(name, value))?),
    }
    Ok(())
}

/// Arrays are summed up on their own first: the order of float additions shows.
fn total(name: &'static str, values: &[Value], depth: usize) -> Result<(f64, usize), Refusal> {
    let (mut sum, mut count) = (0.0, 0);
    for value in values {
        if is_array(value) && depth <= MAX_DEPTH {
            let items = elements(value);
            // A direct argument's flat elements are added to the running total.
            if depth == 0 {
                for item in &items {
                    let (inner, inner_count) = total(name, std::slice::from_ref(item), depth + 1)?;
                    sum += inner;
                    count += inner_count;
                }
            } else {
                let (inner, inner_count) = total(name, &items, depth + 1)?;
                sum += inner;
                count += inner_count;
            }
        } else {
            let mut numbers = Vec::new();
            gather(name, value, depth, &mut numbers)?;
            count += numbers.len();
            sum += numbers.iter().sum::<f64>();
        }
    }
    Ok((sum, count))
}

#[expect(clippy::cast_precision_loss, reason = "as Go divides")]
pub(super) fn mean(call: Call<'_>) -> Outcome {
    let (sum, count) = total(call.name, call.arguments, 0)?;
    Ok(Value::Float(if count == 0 { 0.0 } else { sum / count as f64 }))
}

pub(super) fn median(call: Call<'_>) -> Outcome {
    let mut numbers = collect(&call)?;
    // As Go sorts: NaN first.
    numbers.sort_by(|a, b| a.partial_cmp(b).unwrap_or_else(|| b.is_nan().cmp(&a.is_nan())));
    let middle = numbers.len() / 2;
    Ok(Value::Float(match numbers.len() {
        0 => 0.0,
        length if length % 2 == 1 => numbers[middle],
        _ => (numbers[middle - 1] + numbers[middle]) / 2.0,
    }))
}
