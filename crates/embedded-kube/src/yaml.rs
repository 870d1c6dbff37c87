//! YAML bodies (server-side apply, `application/yaml`), with bounds.
use serde_json::Value;

pub(crate) fn parse(body: &[u8]) -> Result<Value, String> {
    // JSON is YAML, and by far the most common; the JSON parser bounds nesting itself.
    if let Ok(value) = serde_json::from_slice(body) {
        return Ok(value);
    }
    let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
    serde_saphyr::from_str(text).map_err(|error| error.to_string())
}
