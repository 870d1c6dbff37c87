//! An HTTP answer as expressions see it: `response`.

use expressions::{Field, Scope, Structure, Value};
use integrations::outbound::OutboundResponse;

use crate::step::StepError;

/// The scope of the step's expressions.
pub(crate) fn scope(
    answer: &OutboundResponse,
    content_type: Option<&str>,
) -> Result<Scope, StepError> {
    let own = answer.headers.get("content-type").and_then(|value| value.to_str().ok());
    let own = own.and_then(|value| value.split(';').next()).map(str::trim);
    let kind = content_type.or(own).unwrap_or_default().to_ascii_lowercase();
    let mut scope = Scope::new();
    let fields = [
        ("status", Value::Int(i64::from(answer.status.as_u16()))),
        ("headers", headers(answer)),
        ("body", body(&answer.body, &kind)?),
    ];
    let field = |(name, value)| Field { name, json: name, omit_empty: false, value };
    let fields = fields.into_iter().map(field).collect();
    // By this name the language knows its method `header`.
    let response = Structure { type_name: "HTTPResponse", fields };
    scope.set("response", Value::Structure(response.into()));
    Ok(scope)
}

fn body(bytes: &[u8], kind: &str) -> Result<Value, StepError> {
    if bytes.is_empty() {
        return Ok(Value::map::<&str>([]));
    }
    let unreadable = |format: &str, error: String| {
        StepError::errored(format!("read the answer as {format}"), error)
    };
    match kind {
        "text/plain" => Ok(Value::text(bytes)),
        "application/yaml" | "text/yaml" | "application/x-yaml" => {
            let text = std::str::from_utf8(bytes)
                .map_err(|error| unreadable("YAML", error.to_string()))?;
            let value: serde_json::Value = serde_saphyr::from_str(text)
                .map_err(|error| unreadable("YAML", error.to_string()))?;
            Ok(Value::from_json(&value))
        }
        "application/json" => serde_json::from_slice(bytes)
            .map(|value: serde_json::Value| Value::from_json(&value))
            .map_err(|error| unreadable("JSON", error.to_string())),
        // An unknown type is read when it happens to be JSON and is left out when not.
        _ => Ok(serde_json::from_slice::<serde_json::Value>(bytes)
            .map_or_else(|_| Value::map::<&str>([]), |value| Value::from_json(&value))),
    }
}

/// Every header with its values, under the spelling Go uses.
fn headers(answer: &OutboundResponse) -> Value {
    Value::map(answer.headers.keys().map(|name| {
        let values = answer.headers.get_all(name).iter();
        let values = values.map(|value| Value::text(value.as_bytes())).collect();
        (canonical(name.as_str()), Value::array(values))
    }))
}

/// `content-type` as `Content-Type`.
fn canonical(name: &str) -> String {
    let mut upper = true;
    name.chars()
        .map(|character| {
            let written = if upper { character.to_ascii_uppercase() } else { character };
            upper = character == '-';
            written
        })
        .collect()
}
