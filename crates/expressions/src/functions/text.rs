//! Strings. They are bytes; characters matter only where said.

use super::Call;
use crate::go_text;
use crate::operators::{Outcome, to_int};
use crate::value::{Array, ArrayType, Value};

/// Where `needle` first stands, in linear time.
pub(crate) fn find(text: &[u8], needle: &[u8]) -> Option<usize> {
    memchr::memmem::find(text, needle)
}

/// How many bytes the first character takes; an invalid byte stands for itself.
fn character_length(text: &[u8]) -> usize {
    let head = &text[..text.len().min(4)];
    match head.utf8_chunks().next() {
        Some(chunk) => chunk.valid().chars().next().map_or(1, char::len_utf8),
        None => 0,
    }
}

fn position(found: Option<usize>) -> Outcome {
    Ok(Value::Int(found.and_then(|at| i64::try_from(at).ok()).unwrap_or(-1)))
}

pub(super) fn index_of(call: Call<'_>) -> Outcome {
    position(find(call.text(0)?, call.text(1)?))
}

pub(super) fn last_index_of(call: Call<'_>) -> Outcome {
    position(memchr::memmem::rfind(call.text(0)?, call.text(1)?))
}

pub(super) fn has_prefix(call: Call<'_>) -> Outcome {
    Ok(Value::Bool(call.text(0)?.starts_with(call.text(1)?)))
}

pub(super) fn has_suffix(call: Call<'_>) -> Outcome {
    Ok(Value::Bool(call.text(0)?.ends_with(call.text(1)?)))
}

pub(super) fn upper(mut call: Call<'_>) -> Outcome {
    let text = go_text::upper(call.text(0)?);
    call.made(text)
}

pub(super) fn lower(mut call: Call<'_>) -> Outcome {
    let text = go_text::lower(call.text(0)?);
    call.made(text)
}

pub(super) fn trim(mut call: Call<'_>) -> Outcome {
    let text = call.text(0)?;
    let cutset =
        if call.arguments.len() > 1 { Some(crate::value::readable(call.text(1)?)) } else { None };
    let cut = |character: char| {
        cutset.as_ref().map_or_else(|| character.is_whitespace(), |set| set.contains(character))
    };
    let decode = |bytes: &[u8]| crate::value::readable(bytes).chars().next().unwrap_or_default();
    let mut rest = text;
    while !rest.is_empty() {
        let length = character_length(rest);
        if !cut(decode(&rest[..length])) {
            break;
        }
        rest = &rest[length..];
    }
    while !rest.is_empty() {
        // From the longest: a last byte on its own would count as an invalid character.
        let start = (1..=rest.len().min(4))
            .rev()
            .map(|length| rest.len() - length)
            .find(|&start| character_length(&rest[start..]) == rest.len() - start)
            .unwrap_or(rest.len() - 1);
        if !cut(decode(&rest[start..])) {
            break;
        }
        rest = &rest[..start];
    }
    call.made(rest.to_vec())
}

fn affix<'a>(call: &Call<'a>) -> Result<&'a [u8], crate::error::Refusal> {
    if call.arguments.len() > 1 { call.text(1) } else { Ok(b" ") }
}

pub(super) fn trim_prefix(mut call: Call<'_>) -> Outcome {
    let (text, prefix) = (call.text(0)?, affix(&call)?);
    call.made(text.strip_prefix(prefix).unwrap_or(text).to_vec())
}

pub(super) fn trim_suffix(mut call: Call<'_>) -> Outcome {
    let (text, suffix) = (call.text(0)?, affix(&call)?);
    call.made(text.strip_suffix(suffix).unwrap_or(text).to_vec())
}

pub(super) fn split(call: Call<'_>) -> Outcome {
    pieces(call, false)
}

pub(super) fn split_after(call: Call<'_>) -> Outcome {
    pieces(call, true)
}

/// At most `limit` pieces, the last one the rest; an empty separator splits into characters.
fn pieces(call: Call<'_>, keep: bool) -> Outcome {
    let (text, separator) = (call.text(0)?, call.text(1)?);
    let limit = if call.arguments.len() > 2 { to_int(call.argument(2))? } else { -1 };
    if limit == 0 {
        return Ok(Value::Array(Array::absent(ArrayType::Text)));
    }
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut pieces: Vec<&[u8]> = Vec::new();
    let mut rest = text;
    while pieces.len() + 1 < limit {
        let (end, next) = if separator.is_empty() {
            let length = character_length(rest);
            if length == 0 || length == rest.len() {
                break;
            }
            (length, length)
        } else {
            let Some(at) = find(rest, separator) else { break };
            (if keep { at + separator.len() } else { at }, at + separator.len())
        };
        pieces.push(&rest[..end]);
        rest = &rest[next..];
    }
    if !(separator.is_empty() && text.is_empty()) {
        pieces.push(rest);
    }
    call.budget.bytes(text.len())?;
    call.budget.steps(pieces.len())?;
    Ok(Value::Array(Array::new(ArrayType::Text, pieces.into_iter().map(Value::text).collect())))
}

pub(super) fn replace(mut call: Call<'_>) -> Outcome {
    let (text, old, new) = (call.text(0)?, call.text(1)?, call.text(2)?);
    let limit = if call.arguments.len() > 3 { to_int(call.argument(3))? } else { -1 };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    let mut count = 0;
    while count < limit {
        let at = if !old.is_empty() {
            let Some(at) = find(rest, old) else { break };
            at
        } else if count == 0 {
            0
        } else if rest.is_empty() {
            break;
        } else {
            character_length(rest)
        };
        call.budget.bytes(at + new.len())?;
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(new);
        rest = &rest[at + old.len()..];
        count += 1;
    }
    out.extend_from_slice(rest);
    call.made(out)
}

/// As many elements of the budget as bytes made, as in Go.
pub(super) fn repeat(mut call: Call<'_>) -> Outcome {
    let text = call.text(0)?;
    let count = to_int(call.argument(1))?;
    if count < 0 {
        return Err(call.refuse("the count is negative"));
    }
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    if count > 1_000_000 {
        return Err(call.refuse("memory budget exceeded"));
    }
    call.budget.elements(text.len().saturating_mul(count))?;
    call.made(text.repeat(count))
}

pub(super) fn join(mut call: Call<'_>) -> Outcome {
    let glue = if call.arguments.len() > 1 { call.text(1)? } else { b"" };
    let Value::Array(array) = call.argument(0) else {
        return Err(call.refuse("the first argument must be an array of strings"));
    };
    if !matches!(array.of, ArrayType::Any | ArrayType::Text) {
        return Err(call.refuse("the first argument must be an array of strings"));
    }
    let mut out = Vec::new();
    for (index, item) in array.items.iter().enumerate() {
        let Value::Text(item) = item else {
            return Err(
                call.refuse(&format!("element {index} is a {}, not a string", item.type_name()))
            );
        };
        let glue = if index > 0 { glue } else { b"" };
        call.budget.bytes(glue.len() + item.len())?;
        out.extend_from_slice(glue);
        out.extend_from_slice(item.as_bytes());
    }
    call.made(out)
}
