//! Bitwise operations on integers.

use super::Call;
use crate::error::Refusal;
use crate::operators::Outcome;
use crate::value::Value;

fn integer(call: &Call<'_>, index: usize) -> Result<i64, Refusal> {
    match call.argument(index) {
        Value::Int(value) => Ok(*value),
        Value::Byte(value) => Ok(i64::from(*value)),
        Value::Unsigned(value) => Ok(value.cast_signed()),
        other => {
            Err(call.refuse(&format!("takes integers, not a {}; use int()", other.type_name())))
        }
    }
}

fn both(call: &Call<'_>, operation: impl Fn(i64, i64) -> i64) -> Outcome {
    Ok(Value::Int(operation(integer(call, 0)?, integer(call, 1)?)))
}

/// A count beyond the width shifts everything out.
fn shift(call: &Call<'_>, operation: fn(i64, u32) -> Option<i64>, out: fn(i64) -> i64) -> Outcome {
    let (value, count) = (integer(call, 0)?, integer(call, 1)?);
    if count < 0 {
        return Err(call.refuse("the shift count is negative"));
    }
    let shifted = u32::try_from(count).ok().and_then(|count| operation(value, count));
    Ok(Value::Int(shifted.unwrap_or_else(|| out(value))))
}

pub(super) fn and(call: Call<'_>) -> Outcome {
    both(&call, |left, right| left & right)
}

pub(super) fn nand(call: Call<'_>) -> Outcome {
    both(&call, |left, right| left & !right)
}

pub(super) fn or(call: Call<'_>) -> Outcome {
    both(&call, |left, right| left | right)
}

pub(super) fn xor(call: Call<'_>) -> Outcome {
    both(&call, |left, right| left ^ right)
}

pub(super) fn not(call: Call<'_>) -> Outcome {
    Ok(Value::Int(!integer(&call, 0)?))
}

pub(super) fn shift_left(call: Call<'_>) -> Outcome {
    shift(&call, i64::checked_shl, |_| 0)
}

pub(super) fn shift_right(call: Call<'_>) -> Outcome {
    shift(&call, i64::checked_shr, |value| if value < 0 { -1 } else { 0 })
}

pub(super) fn shift_right_unsigned(call: Call<'_>) -> Outcome {
    shift(
        &call,
        |value, count| value.cast_unsigned().checked_shr(count).map(u64::cast_signed),
        |_| 0,
    )
}
