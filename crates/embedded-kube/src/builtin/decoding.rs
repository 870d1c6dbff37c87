//! Values of a wrong type, in the words of Go's decoder.

use crate::field_error::FieldError;

/// Structs below the kind itself, by the field that holds them.
static STRUCTS: &[(&str, &str)] = &[
    ("imagePullSecrets", "LocalObjectReference"),
    ("involvedObject", "ObjectReference"),
    ("metadata", "ObjectMeta"),
    ("ownerReferences", "OwnerReference"),
    ("regarding", "ObjectReference"),
    ("roleRef", "RoleRef"),
    ("rules", "PolicyRule"),
    ("secrets", "ObjectReference"),
    ("source", "EventSource"),
    ("subjects", "Subject"),
];

/// Maps with free keys: Go names the map, not the key.
static MAPS: &[&str] = &["annotations", "binaryData", "data", "labels", "stringData"];

/// What the real server says about a value that cannot be read.
pub(super) fn complaint(kind: &str, path: &str, error: &FieldError) -> String {
    let wanted = error.detail.split("must be of type ").nth(1).unwrap_or_default();
    let wanted = wanted.split(':').next().unwrap_or_default();
    let fields = fields(path);
    let binary = kind == "Secret" && fields.first().is_some_and(|field| field == "data")
        || fields.first().is_some_and(|field| field == "binaryData");
    let found = error.value.as_str().unwrap_or_default();
    if wanted == "byte" {
        return format!("illegal base64 data at input byte {}", first_bad_byte(found));
    }
    if wanted == "date-time" {
        let micro = matches!(
            fields.last().map(String::as_str),
            Some("acquireTime" | "eventTime" | "lastObservedTime" | "renewTime")
        );
        let fraction = if micro { ".000000" } else { "" };
        return format!(
            "parsing time \"{found}\" as \"2006-01-02T15:04:05{fraction}Z07:00\": cannot parse \"{found}\" as \"2006\""
        );
    }
    let found = match found {
        "boolean" => "bool",
        "integer" => "number",
        other => other,
    };
    let wanted = match wanted {
        "string" if binary => "[]uint8",
        "integer" => "int64",
        "boolean" => "bool",
        "object" => "map[string]string",
        "array" => "[]string",
        other => other,
    };
    let holder = match fields.as_slice() {
        [.., holder, _] => STRUCTS.iter().find(|(field, _)| field == holder),
        _ => None,
    };
    let holder = match (holder, fields.as_slice()) {
        (Some((_, name)), _) => (*name).to_string(),
        (None, [first, _, ..]) if first == "spec" || first == "status" => {
            format!("{kind}{}", if first == "spec" { "Spec" } else { "Status" })
        }
        _ => kind.to_string(),
    };
    let path = fields.join(".");
    format!("json: cannot unmarshal {found} into Go struct field {holder}.{path} of type {wanted}")
}

/// The field names of a path, without indices and without the keys of maps.
fn fields(path: &str) -> Vec<String> {
    let mut fields = Vec::new();
    for part in path.split('.') {
        let name = part.split('[').next().unwrap_or_default().to_string();
        let is_map = MAPS.contains(&name.as_str());
        fields.push(name);
        if is_map {
            break;
        }
    }
    fields
}

/// Where Go's decoder stops.
fn first_bad_byte(text: &str) -> usize {
    let good = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    text.bytes().position(|byte| !good(byte)).unwrap_or(text.len() / 4 * 4)
}
