//! Reading the result of a user's condition.

use expressions::Value;

/// A bool is taken as it is; anything else is read as Go reads a bool.
pub(crate) fn as_bool(value: &Value) -> Result<bool, String> {
    if let Some(plain) = value.as_bool() {
        return Ok(plain);
    }
    let json = value.to_json().map_err(|error| error.to_string())?;
    let text = json.as_str().map_or_else(|| json.to_string(), str::to_owned);
    match text.as_str() {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(format!("the expression gives {text:?}; it must give true or false")),
    }
}
