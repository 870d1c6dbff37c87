//! What single built-in kinds need when they are written.
use crate::field_error::FieldError;
use crate::resource::Resource;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// Fills in what the real server fills in for a new object.
pub(crate) fn on_create(resource: &Resource, object: &mut Value, now: &str) {
    match resource.collection.as_str() {
        "/core/namespaces" => {
            object["spec"] = json!({"finalizers": ["kubernetes"]});
            object["status"] = json!({"phase": "Active"});
            label_namespace(object);
        }
        "/core/secrets" => secret(object),
        "/apiextensions.k8s.io/customresourcedefinitions" => {
            crate::crd::complete(object, None, now);
        }
        _ => {}
    }
}

/// Keeps what the real server keeps when an object changes.
pub(crate) fn on_update(resource: &Resource, current: &Value, object: &mut Value) {
    match resource.collection.as_str() {
        "/core/namespaces" => label_namespace(object),
        "/core/secrets" => secret(object),
        "/apiextensions.k8s.io/customresourcedefinitions" => {
            crate::crd::complete(object, Some(current), "");
        }
        _ => {}
    }
}

fn label_namespace(object: &mut Value) {
    let name = object["metadata"]["name"].clone();
    if !object["metadata"]["labels"].is_object() {
        object["metadata"]["labels"] = json!({});
    }
    object["metadata"]["labels"]["kubernetes.io/metadata.name"] = name;
}

/// `stringData` is for writing only: it lands in `data`.
fn secret(object: &mut Value) {
    let Some(fields) = object.as_object_mut() else { return };
    if let Some(Value::Object(plain)) = fields.remove("stringData") {
        let data = fields.entry("data").or_insert_with(|| json!({}));
        if !data.is_object() {
            *data = json!({});
        }
        for (name, text) in plain {
            data[name] = STANDARD.encode(text.as_str().unwrap_or_default()).into();
        }
    }
    if fields.get("type").and_then(Value::as_str).unwrap_or_default().is_empty() {
        fields.insert("type".into(), "Opaque".into());
    }
}

/// The rules of built-in kinds that clients rely on.
pub(crate) fn validate(
    resource: &Resource,
    object: &Value,
    old: Option<&Value>,
) -> Vec<FieldError> {
    let mut errors = Vec::new();
    match resource.collection.as_str() {
        "/core/secrets" | "/core/configmaps" => {
            validate_data(object, &mut errors);
            validate_immutable(object, old, &mut errors);
        }
        "/rbac.authorization.k8s.io/rolebindings" | "/rbac.authorization.k8s.io/clusterrolebindings" => {
            if let Some(old) = old
                && old["roleRef"] != object["roleRef"]
            {
                errors.push(FieldError::invalid("roleRef", object["roleRef"].clone(), "cannot change roleRef"));
            }
            if object["roleRef"]["name"].as_str().unwrap_or_default().is_empty() {
                errors.push(FieldError::required("roleRef.name", ""));
            }
        }
        "/apiextensions.k8s.io/customresourcedefinitions" => {
            crate::crd::validate(object, old, &mut errors);
        }
        _ => {}
    }
    errors
}

fn validate_data(object: &Value, errors: &mut Vec<FieldError>) {
    let secret = object["kind"] == "Secret";
    for field in ["data", "binaryData"] {
        let Some(data) = object[field].as_object() else {
            if !object[field].is_null() {
                errors.push(FieldError::invalid(field, object[field].clone(), "must be an object of strings"));
            }
            continue;
        };
        for (key, value) in data {
            let path = format!("{field}[{key}]");
            for complaint in crate::names::config_key(key) {
                errors.push(FieldError::invalid(path.clone(), key.as_str(), complaint));
            }
            let Some(text) = value.as_str() else {
                errors.push(FieldError::invalid(path, value.clone(), "must be a string"));
                continue;
            };
            if (secret || field == "binaryData") && STANDARD.decode(text).is_err() {
                errors.push(FieldError::invalid(path, "<not shown>", "must be base64"));
            }
        }
    }
}

fn validate_immutable(object: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    let Some(old) = old else { return };
    if object["kind"] == "Secret" && old["type"] != object["type"] {
        errors.push(FieldError::invalid("type", object["type"].clone(), "field is immutable"));
    }
    if old["immutable"] != true {
        return;
    }
    for field in ["data", "binaryData", "immutable"] {
        if old[field] != object[field] {
            errors.push(FieldError::forbidden(field, "field is immutable when `immutable` is set"));
        }
    }
}
