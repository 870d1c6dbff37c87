//! Kargo's templates: `${{ … }}` and `${% … %}` in strings, and what type the result takes on.

use serde_json::Value as Json;

use crate::error::Error;
use crate::go_text::parse_float;
use crate::json;
use crate::scope::{Functions, Scope};
use crate::value::Value;

const DELIMITERS: [(&str, &str); 2] = [("${{", "}}"), ("${%", "%}")];

/// Evaluates a template. Without a delimiter the text comes back as it is; otherwise the results are put in and the
/// whole text takes on the type it looks like: number, bool, JSON, or string. Outer quotes keep it a string.
///
/// # Errors
/// Of an expression in it; also for a result JSON cannot hold (`inf`).
pub fn evaluate(text: &str, scope: &Scope) -> Result<Json, Error> {
    match evaluate_value(text, scope)? {
        Value::Float(number) => json::number(number)
            .ok_or_else(|| Error::Encode(format!("JSON cannot hold the number {number}"))),
        value => value.to_json(),
    }
}

/// As [`evaluate`], with Go's types: infinities and NaN are numbers here.
///
/// # Errors
/// Of an expression in it.
pub fn evaluate_value(text: &str, scope: &Scope) -> Result<Value, Error> {
    if !is_template(text) {
        return Ok(Value::text(text));
    }
    let scope = scope.clone().with(&[Functions::Template]);
    Ok(typed(substitute(text, &scope)?))
}

/// Evaluates every string of a JSON document; keys stay as they are.
///
/// # Errors
/// Of the first expression that fails.
pub fn evaluate_json(document: &Json, scope: &Scope) -> Result<Json, Error> {
    Ok(match document {
        Json::String(text) => evaluate(text, scope)?,
        Json::Array(items) => Json::Array(
            items.iter().map(|item| evaluate_json(item, scope)).collect::<Result<_, _>>()?,
        ),
        Json::Object(entries) => {
            let entries =
                entries.iter().map(|(key, value)| Ok((key.clone(), evaluate_json(value, scope)?)));
            Json::Object(entries.collect::<Result<_, Error>>()?)
        }
        // Numbers pass through Go's float64.
        Json::Number(number) => number.as_f64().and_then(json::number).unwrap_or(Json::Null),
        other => other.clone(),
    })
}

/// Whether the text holds an expression.
#[must_use]
pub fn is_template(text: &str) -> bool {
    DELIMITERS.iter().any(|(start, _)| text.contains(start))
}

fn substitute(text: &str, scope: &Scope) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    let mut rest = text;
    loop {
        let next = DELIMITERS
            .iter()
            .filter_map(|&(start, end)| rest.find(start).map(|at| (at, start, end)))
            .min_by_key(|&(at, _, _)| at);
        let Some((at, start, end)) = next else { break };
        let inside = at + start.len();
        let length = rest[inside..].find(end).ok_or(Error::Unclosed { delimiter: end })?;
        out.extend_from_slice(&rest.as_bytes()[..at]);
        let expression = &rest[inside..inside + length];
        rest = &rest[inside + length + end.len()..];
        if expression.is_empty() {
            // Upstream takes an empty expression for the end of all expressions.
            break;
        }
        match crate::evaluate(expression, scope)? {
            Value::Text(text) => out.extend_from_slice(text.as_bytes()),
            value => out.extend_from_slice(value.to_json_text()?.as_bytes()),
        }
    }
    out.extend_from_slice(rest.as_bytes());
    Ok(out)
}

fn typed(mut text: Vec<u8>) -> Value {
    let newline = text.last() == Some(&b'\n');
    if newline {
        text.pop();
    }
    let put_back = |mut text: Vec<u8>| {
        if newline {
            text.push(b'\n');
        }
        Value::text(text)
    };
    if text.len() > 1
        && let [b'"', inner @ .., b'"'] = text.as_slice()
    {
        return put_back(inner.to_vec());
    }
    if let Some(number) = parse_float(&text) {
        return Value::Float(number);
    }
    match text.as_slice() {
        b"t" | b"T" | b"true" | b"TRUE" | b"True" | b"1" => return Value::Bool(true),
        b"f" | b"F" | b"false" | b"FALSE" | b"False" | b"0" => return Value::Bool(false),
        _ => {}
    }
    json::decode(&text).unwrap_or_else(|_| put_back(text))
}
