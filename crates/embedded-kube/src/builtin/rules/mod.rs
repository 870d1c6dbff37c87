//! What the real server checks and fills in for the content of built-in kinds.

mod access;
mod definition;
mod event;

use base64::Engine as _;
use serde_json::{Map, Value, json};

pub(super) use access::{binding, binding_defaults, cluster_role, role};
pub(super) use definition::definition;
pub(super) use event::{event, event_defaults, new_event};

use crate::{field_error::FieldError, names};

/// All values of a Secret or ConfigMap together.
const MAX_DATA: usize = 1024 * 1024;

fn fields<'a>(object: &'a Value, key: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    object.get(key).and_then(Value::as_object).into_iter().flatten()
}

fn text<'a>(object: &'a Value, key: &str) -> &'a str {
    object.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn check_keys(object: &Value, key: &str, errors: &mut Vec<FieldError>) {
    for (name, _) in fields(object, key) {
        for complaint in names::config_key(name) {
            errors.push(FieldError::invalid(format!("{key}[{name}]"), name.as_str(), complaint));
        }
    }
}

/// What an immutable object may no longer change.
fn check_immutable(new: &Value, old: Option<&Value>, keys: &[&str], errors: &mut Vec<FieldError>) {
    let Some(old) = old.filter(|old| old.get("immutable") == Some(&Value::Bool(true))) else {
        return;
    };
    let detail = "field is immutable when `immutable` is set";
    if new.get("immutable") != Some(&Value::Bool(true)) {
        errors.push(FieldError::forbidden("immutable", detail));
    }
    let content =
        |object: &Value, key: &str| object.get(key).cloned().filter(|value| *value != json!({}));
    for key in keys {
        if content(new, key) != content(old, key) {
            errors.push(FieldError::forbidden(*key, detail));
        }
    }
}

pub(in crate::builtin) fn config_map(
    new: &Value,
    old: Option<&Value>,
    errors: &mut Vec<FieldError>,
) {
    check_keys(new, "data", errors);
    check_keys(new, "binaryData", errors);
    for (name, _) in fields(new, "data") {
        if fields(new, "binaryData").any(|(other, _)| other == name) {
            errors.push(FieldError::invalid(
                format!("data[{name}]"),
                name.as_str(),
                "duplicate of key present in binaryData",
            ));
        }
    }
    let decoded = |value: &Value| value.as_str().map_or(0, |text| text.len() / 4 * 3);
    let size: usize =
        fields(new, "data").map(|(_, value)| value.as_str().map_or(0, str::len)).sum::<usize>()
            + fields(new, "binaryData").map(|(_, value)| decoded(value)).sum::<usize>();
    if size > MAX_DATA {
        errors.push(FieldError::too_long("[]", MAX_DATA as u64));
    }
    check_immutable(new, old, &["data", "binaryData"], errors);
}

/// Types of Secrets whose content the real server checks, with the keys they need.
static SECRET_KEYS: &[(&str, &[&str])] = &[
    ("kubernetes.io/dockercfg", &[".dockercfg"]),
    ("kubernetes.io/dockerconfigjson", &[".dockerconfigjson"]),
    ("kubernetes.io/ssh-auth", &["ssh-privatekey"]),
    ("kubernetes.io/tls", &["tls.crt", "tls.key"]),
];

pub(in crate::builtin) fn secret(new: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    check_keys(new, "data", errors);
    let bytes = |value: &Value| {
        base64::engine::general_purpose::STANDARD
            .decode(value.as_str().unwrap_or_default())
            .unwrap_or_default()
    };
    let data: Vec<(&String, Vec<u8>)> =
        fields(new, "data").map(|(name, value)| (name, bytes(value))).collect();
    if data.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() > MAX_DATA {
        errors.push(FieldError::too_long("data", MAX_DATA as u64));
    }
    let kind = text(new, "type");
    let has = |key: &str| data.iter().any(|(name, _)| *name == key);
    for key in
        SECRET_KEYS.iter().filter(|(name, _)| *name == kind).flat_map(|(_, keys)| keys.iter())
    {
        if !has(key) {
            errors.push(FieldError::required(format!("data[{key}]"), ""));
        } else if key.starts_with(".docker") {
            let json = data.iter().find(|(name, _)| name == key).is_some_and(|(_, bytes)| {
                serde_json::from_slice::<Map<String, Value>>(bytes).is_ok()
            });
            if !json {
                errors.push(FieldError::invalid(
                    format!("data[{key}]"),
                    "<secret contents redacted>",
                    "invalid character in the value: must be a JSON object",
                ));
            }
        }
    }
    if kind == "kubernetes.io/basic-auth" && !has("username") && !has("password") {
        errors.push(FieldError::required("data[username]", ""));
        errors.push(FieldError::required("data[password]", ""));
    }
    if kind == "kubernetes.io/service-account-token" {
        let name = new
            .pointer("/metadata/annotations")
            .map(|all| text(all, "kubernetes.io/service-account.name"))
            .unwrap_or_default();
        if name.is_empty() {
            errors.push(FieldError::required(
                "metadata.annotations[kubernetes.io/service-account.name]",
                "",
            ));
        }
    }
    if let Some(old) = old
        && text(old, "type") != kind
    {
        errors.push(FieldError::invalid("type", kind, "field is immutable"));
    }
    check_immutable(new, old, &["data"], errors);
}

/// `stringData` is for writing only and wins over `data`; without a type a Secret is opaque.
pub(in crate::builtin) fn secret_defaults(object: &mut Value) {
    let Some(secret) = object.as_object_mut() else { return };
    if let Some(Value::Object(plain)) = secret.shift_remove("stringData") {
        let data = secret.entry("data").or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(data) = data {
            for (name, value) in plain {
                let encoded = base64::engine::general_purpose::STANDARD
                    .encode(value.as_str().unwrap_or_default());
                data.insert(name, encoded.into());
            }
        }
    }
    if secret.get("type").and_then(Value::as_str).unwrap_or_default().is_empty() {
        secret.insert("type".to_string(), "Opaque".into());
    }
}

/// Every namespace can be selected by its name.
pub(in crate::builtin) fn namespace_defaults(object: &mut Value) {
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    let Some(name) = metadata
        .get("name")
        .and_then(Value::as_str)
        .filter(|name| !name.is_empty())
        .map(str::to_string)
    else {
        return;
    };
    let labels = metadata.entry("labels").or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(labels) = labels {
        labels.insert("kubernetes.io/metadata.name".to_string(), name.into());
    }
}

pub(in crate::builtin) fn lease(new: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    let Some(spec) = new.get("spec") else { return };
    if let Some(seconds) =
        spec.get("leaseDurationSeconds").and_then(Value::as_i64).filter(|seconds| *seconds <= 0)
    {
        errors.push(FieldError::invalid(
            "spec.leaseDurationSeconds",
            seconds,
            "must be greater than 0",
        ));
    }
    let transitions =
        |object: &Value| object.pointer("/spec/leaseTransitions").and_then(Value::as_i64);
    if let Some(count) = transitions(new).filter(|count| *count < 0) {
        errors.push(FieldError::invalid(
            "spec.leaseTransitions",
            count,
            "must be greater than or equal to 0",
        ));
    }
    if let (Some(before), Some(after)) = (old.and_then(transitions), transitions(new))
        && after < before
    {
        errors.push(FieldError::invalid("spec.leaseTransitions", after, "cannot be decreased"));
    }
}
