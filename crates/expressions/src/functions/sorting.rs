//! Sorting, with an order that can fail.

use super::Call;
use crate::error::Refusal;
use crate::operators::{Outcome, less};
use crate::value::{Array, ArrayType, Value};

/// Arrays this short are sorted by insertion, as in Go: equal elements keep their order.
const SHORT: usize = 12;

/// The order's name.
pub(crate) fn descending(order: &Value) -> Result<bool, Refusal> {
    match order.as_text().map(crate::value::Text::as_bytes) {
        Some(b"asc") => Ok(false),
        Some(b"desc") => Ok(true),
        _ => Err(format!("the order must be \"asc\" or \"desc\", not {order}").into()),
    }
}

pub(super) fn sort(call: Call<'_>) -> Outcome {
    let descending = if call.arguments.len() > 1 { descending(call.argument(1))? } else { false };
    let items = match call.argument(0) {
        Value::Array(array) if !matches!(array.of, ArrayType::Pair | ArrayType::Pairs) => {
            array.items.to_vec()
        }
        _ => return Ok(Value::Array(Array::absent(ArrayType::Any))),
    };
    call.budget.elements(items.len())?;
    call.budget.steps(items.len().saturating_mul(20))?;
    let mut keyed: Vec<(Value, Value)> = items.into_iter().map(|item| (item, Value::Nil)).collect();
    sort_by_key(&mut keyed, descending)?;
    Ok(Value::array(keyed.into_iter().map(|(key, _)| key).collect()))
}

/// Sorts by the first of each pair; stable.
pub(crate) fn sort_by_key(
    items: &mut Vec<(Value, Value)>,
    descending: bool,
) -> Result<(), Refusal> {
    let before = |a: &(Value, Value), b: &(Value, Value)| {
        if descending { less(&b.0, &a.0) } else { less(&a.0, &b.0) }
    };
    let mut start = 0;
    while start < items.len() {
        let end = (start + SHORT).min(items.len());
        for index in start + 1..end {
            let mut at = index;
            while at > start && before(&items[at], &items[at - 1])? {
                items.swap(at, at - 1);
                at -= 1;
            }
        }
        start = end;
    }
    let mut width = SHORT;
    while width < items.len() {
        let mut merged = Vec::with_capacity(items.len());
        for chunk in items.chunks(width * 2) {
            let (left, right) = chunk.split_at(width.min(chunk.len()));
            let (mut left, mut right) = (left.iter().peekable(), right.iter().peekable());
            while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
                let next = if before(b, a)? { right.next() } else { left.next() };
                merged.extend(next.cloned());
            }
            merged.extend(left.cloned());
            merged.extend(right.cloned());
        }
        *items = merged;
        width *= 2;
    }
    Ok(())
}
