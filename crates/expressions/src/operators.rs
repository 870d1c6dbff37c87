//! What operators do with values: Go's arithmetic (wrapping integers, division that gives floats) and comparisons.

use crate::error::Refusal;
use crate::syntax::Binary;
use crate::value::{Array, ArrayType, Key, Map, Text, Value};

pub(crate) type Outcome = Result<Value, Refusal>;

enum Number {
    Int(i64),
    Float(f64),
}

fn number(value: &Value) -> Option<Number> {
    Some(match value {
        Value::Int(value) => Number::Int(*value),
        Value::Byte(value) => Number::Int(i64::from(*value)),
        Value::Unsigned(value) => Number::Int(value.cast_signed()),
        Value::Float(value) => Number::Float(*value),
        _ => return None,
    })
}

impl Number {
    #[expect(clippy::cast_precision_loss, reason = "as Go converts")]
    fn float(&self) -> f64 {
        match self {
            Self::Int(value) => *value as f64,
            Self::Float(value) => *value,
        }
    }
}

/// Go's conversion: what does not fit becomes the smallest integer.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
pub(crate) fn truncate(value: f64) -> i64 {
    if (-9_223_372_036_854_775_808.0..9_223_372_036_854_775_808.0).contains(&value) {
        value as i64
    } else {
        i64::MIN
    }
}

/// Any number as an integer; fractions are cut.
pub(crate) fn to_int(value: &Value) -> Result<i64, Refusal> {
    match number(value) {
        Some(Number::Int(value)) => Ok(value),
        Some(Number::Float(value)) => Ok(truncate(value)),
        None => Err(format!("a {} is not a number", value.type_name()).into()),
    }
}

pub(crate) fn to_float(value: &Value) -> Result<f64, Refusal> {
    number(value)
        .map(|value| value.float())
        .ok_or_else(|| format!("a {} is not a number", value.type_name()).into())
}

fn invalid(left: &Value, operator: Binary, right: &Value) -> Refusal {
    format!("invalid operation: {} {} {}", left.type_name(), operator.symbol(), right.type_name())
        .into()
}

pub(crate) fn arithmetic(operator: Binary, left: &Value, right: &Value) -> Outcome {
    if let (Some(a), Some(b)) = (number(left), number(right)) {
        return numeric(operator, &a, &b).ok_or_else(|| match (operator, b) {
            (Binary::Modulo, Number::Int(0)) => "integer divide by zero".into(),
            _ => invalid(left, operator, right),
        });
    }
    let value = match (operator, left, right) {
        (Binary::Add, Value::Text(a), Value::Text(b)) => {
            let mut joined = Vec::with_capacity(a.len() + b.len());
            joined.extend_from_slice(a.as_bytes());
            joined.extend_from_slice(b.as_bytes());
            Value::Text(joined.into())
        }
        (Binary::Add, Value::Time(time), Value::Duration(duration))
        | (Binary::Add, Value::Duration(duration), Value::Time(time)) => {
            Value::Time(time.add(*duration))
        }
        (Binary::Add, Value::Duration(a), Value::Duration(b)) => {
            Value::Duration(a.wrapping_add(*b))
        }
        (Binary::Subtract, Value::Time(a), Value::Time(b)) => Value::Duration(a.since(b)),
        (Binary::Subtract, Value::Time(time), Value::Duration(duration)) => {
            Value::Time(time.add(duration.wrapping_neg()))
        }
        (Binary::Subtract, Value::Duration(a), Value::Duration(b)) => {
            Value::Duration(a.wrapping_sub(*b))
        }
        (Binary::Multiply, Value::Duration(a), Value::Duration(b)) => {
            Value::Duration(a.wrapping_mul(*b))
        }
        (Binary::Multiply, Value::Duration(duration), other)
        | (Binary::Multiply, other, Value::Duration(duration)) => match number(other) {
            Some(Number::Int(other)) => Value::Duration(duration.wrapping_mul(other)),
            Some(Number::Float(other)) => Value::Float(Number::Int(*duration).float() * other),
            None => return Err(invalid(left, operator, right)),
        },
        _ => return Err(invalid(left, operator, right)),
    };
    Ok(value)
}

fn numeric(operator: Binary, left: &Number, right: &Number) -> Option<Value> {
    let (a, b) = (left.float(), right.float());
    Some(match (operator, left, right) {
        (Binary::Add, Number::Int(a), Number::Int(b)) => Value::Int(a.wrapping_add(*b)),
        (Binary::Subtract, Number::Int(a), Number::Int(b)) => Value::Int(a.wrapping_sub(*b)),
        (Binary::Multiply, Number::Int(a), Number::Int(b)) => Value::Int(a.wrapping_mul(*b)),
        (Binary::Modulo, Number::Int(_), Number::Int(0)) => return None,
        (Binary::Modulo, Number::Int(a), Number::Int(b)) => Value::Int(a.wrapping_rem(*b)),
        (Binary::Add, ..) => Value::Float(a + b),
        (Binary::Subtract, ..) => Value::Float(a - b),
        (Binary::Multiply, ..) => Value::Float(a * b),
        (Binary::Divide, ..) => Value::Float(a / b),
        (Binary::Power, ..) => Value::Float(crate::go_text::power(a, b)),
        _ => return None,
    })
}

pub(crate) fn negate(value: &Value) -> Outcome {
    Ok(match value {
        Value::Int(value) => Value::Int(value.wrapping_neg()),
        Value::Float(value) => Value::Float(-value),
        Value::Byte(value) => Value::Byte(value.wrapping_neg()),
        Value::Unsigned(value) => Value::Unsigned(value.wrapping_neg()),
        _ => return Err(format!("invalid operation: - {}", value.type_name()).into()),
    })
}

pub(crate) fn less(left: &Value, right: &Value) -> Result<bool, Refusal> {
    compare(Binary::Less, left, right)
}

pub(crate) fn compare(operator: Binary, left: &Value, right: &Value) -> Result<bool, Refusal> {
    use std::cmp::Ordering;
    let ordering = match (left, right) {
        (Value::Text(a), Value::Text(b)) => Some(a.as_bytes().cmp(b.as_bytes())),
        (Value::Time(a), Value::Time(b)) => Some(a.instant().cmp(&b.instant())),
        (Value::Duration(a), Value::Duration(b)) => Some(a.cmp(b)),
        _ => match (number(left), number(right)) {
            (Some(Number::Int(a)), Some(Number::Int(b))) => Some(a.cmp(&b)),
            (Some(a), Some(b)) => a.float().partial_cmp(&b.float()),
            _ => return Err(invalid(left, operator, right)),
        },
    };
    Ok(match operator {
        Binary::Less => ordering == Some(Ordering::Less),
        Binary::More => ordering == Some(Ordering::Greater),
        Binary::LessOrEqual => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
        _ => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
    })
}

/// The language's equality: numbers by value whatever their type, arrays element by element.
pub(crate) fn equal(left: &Value, right: &Value) -> bool {
    if let (Some(a), Some(b)) = (number(left), number(right)) {
        return match (a, b) {
            (Number::Int(a), Number::Int(b)) => a == b,
            (a, b) => a.float() == b.float(),
        };
    }
    match (left, right) {
        (Value::Array(a), Value::Array(b)) if comparable_arrays(a.of, b.of) => {
            a.items.len() == b.items.len()
                && a.items.iter().zip(b.items.iter()).all(|(a, b)| equal(a, b))
        }
        (Value::Array(array), Value::Bytes(bytes)) | (Value::Bytes(bytes), Value::Array(array))
            if array.of == ArrayType::Any =>
        {
            array.items.len() == bytes.len()
                && array
                    .items
                    .iter()
                    .zip(bytes.as_bytes())
                    .all(|(item, byte)| equal(item, &Value::Byte(*byte)))
        }
        (Value::Time(a), Value::Time(b)) => a.instant() == b.instant(),
        _ if left.is_nil() && right.is_nil() => true,
        _ => deep_equal(left, right),
    }
}

fn comparable_arrays(left: ArrayType, right: ArrayType) -> bool {
    let plain = |of| matches!(of, ArrayType::Any | ArrayType::Int | ArrayType::Text);
    (left == right && plain(left))
        || (left == ArrayType::Any && plain(right))
        || (right == ArrayType::Any && plain(left))
}

/// Go's `reflect.DeepEqual`: types must agree, an integer is no float.
fn deep_equal(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Nil, Value::Nil) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        (Value::Int(a), Value::Int(b)) | (Value::Duration(a), Value::Duration(b)) => a == b,
        (Value::Unsigned(a), Value::Unsigned(b)) => a == b,
        (Value::Byte(a), Value::Byte(b))
        | (Value::Month(a), Value::Month(b))
        | (Value::Weekday(a), Value::Weekday(b)) => a == b,
        (Value::Float(a), Value::Float(b)) => a == b,
        (Value::Text(a), Value::Text(b)) | (Value::Bytes(a), Value::Bytes(b)) => a == b,
        (Value::Array(a), Value::Array(b)) => deep_equal_arrays(a, b),
        (Value::Map(a), Value::Map(b)) => deep_equal_maps(a, b),
        (Value::Time(a), Value::Time(b)) => a == b,
        (Value::Zone(a), Value::Zone(b)) => a == b,
        (Value::Version(a), Value::Version(b)) => a.is_identical(b),
        (Value::Structure(a), Value::Structure(b)) => {
            a.type_name == b.type_name
                && a.fields.len() == b.fields.len()
                && a.fields.iter().zip(&b.fields).all(|(a, b)| deep_equal(&a.value, &b.value))
        }
        _ => false,
    }
}

fn deep_equal_arrays(left: &Array, right: &Array) -> bool {
    left.of == right.of
        && left.absent == right.absent
        && left.items.len() == right.items.len()
        && left.items.iter().zip(right.items.iter()).all(|(a, b)| deep_equal(a, b))
}

fn deep_equal_maps(left: &Map, right: &Map) -> bool {
    left.of == right.of
        && left.entries.len() == right.entries.len()
        && left
            .entries
            .iter()
            .zip(right.entries.iter())
            .all(|((key, a), (other, b))| key == other && deep_equal(a, b))
}

/// `needle in collection`.
pub(crate) fn contains(needle: &Value, collection: &Value) -> Result<bool, Refusal> {
    match collection {
        Value::Nil => Ok(false),
        Value::Array(array) => Ok(array.items.iter().any(|item| equal(item, needle))),
        Value::Bytes(bytes) => {
            Ok(bytes.as_bytes().iter().any(|byte| equal(&Value::Byte(*byte), needle)))
        }
        Value::Map(map) => Ok(map.entries.contains_key(&crate::access::map_key(map, needle)?)),
        Value::Structure(structure) => {
            let name = needle.as_text().ok_or("a field name is a string")?;
            Ok(structure.field(&name.to_str()).is_some())
        }
        Value::Time(_) if matches!(needle, Value::Text(_)) => Ok(false),
        _ => {
            Err(format!("the operator \"in\" is not defined on a {}", collection.type_name())
                .into())
        }
    }
}

/// `in` a set of constants of one type: a value of another type is an error, nil is the type's zero.
pub(crate) fn in_texts(needle: &Value, set: &[Text]) -> Result<bool, Refusal> {
    match needle {
        Value::Nil => Ok(set.iter().any(Text::is_empty)),
        Value::Text(needle) => Ok(set.contains(needle)),
        _ => Err(format!("a {} cannot be in a set of strings", needle.type_name()).into()),
    }
}

pub(crate) fn in_integers(needle: &Value, set: &[i64]) -> Result<bool, Refusal> {
    match needle {
        Value::Nil => Ok(set.contains(&0)),
        Value::Int(needle) => Ok(set.contains(needle)),
        _ => Err(format!("a {} cannot be in a set of integers", needle.type_name()).into()),
    }
}

/// A key of a `map[any]…`; NaN is never found again.
pub(crate) fn any_key(value: &Value) -> Result<Key, Refusal> {
    Key::from_value(value)
        .ok_or_else(|| format!("a {} cannot be a map key", value.type_name()).into())
}
