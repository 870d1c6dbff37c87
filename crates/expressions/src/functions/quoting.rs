//! Kargo's functions that force a template's result to be a string.

use super::Call;
use crate::go_text;
use crate::json;
use crate::operators::Outcome;
use crate::value::Value;

fn wrapped(call: &mut Call<'_>, inner: &str, end: &str) -> Outcome {
    call.made(format!("\"{inner}{end}\"").into_bytes())
}

/// Strings in Go's quotes; anything else as JSON in quotes.
pub(super) fn quote(mut call: Call<'_>) -> Outcome {
    match call.argument(0) {
        Value::Text(text) => call.made(go_text::quote(text.as_bytes()).into_bytes()),
        _ => unsafe_quote(call),
    }
}

pub(super) fn unsafe_quote(mut call: Call<'_>) -> Outcome {
    let encoded = json::encode(call.argument(0), None).map_err(|message| call.refuse(&message))?;
    wrapped(&mut call, &encoded, "")
}

pub(super) fn as_json(mut call: Call<'_>) -> Outcome {
    let encoded =
        json::encode(call.argument(0), Some("  ")).map_err(|message| call.refuse(&message))?;
    wrapped(&mut call, &encoded, "\n")
}

pub(super) fn as_yaml(mut call: Call<'_>) -> Outcome {
    let encoded = crate::yaml::encode(call.argument(0)).map_err(|message| call.refuse(&message))?;
    wrapped(&mut call, &encoded, "")
}
