//! CustomResourceDefinitions.

use serde_json::Value;

use super::text;
use crate::{
    field_error::{FieldError, quote},
    names,
};

/// Names, versions and schemas of a CustomResourceDefinition.
pub(in crate::builtin) fn definition(
    new: &Value,
    old: Option<&Value>,
    errors: &mut Vec<FieldError>,
) {
    let spec = new.get("spec").cloned().unwrap_or_default();
    let group = text(&spec, "group");
    let names = spec.get("names").cloned().unwrap_or_default();
    let plural = text(&names, "plural");
    if group.is_empty() {
        errors.push(FieldError::required("spec.group", ""));
    } else if !group.contains('.') {
        errors.push(FieldError::invalid(
            "spec.group",
            group,
            "should be a domain with at least one dot",
        ));
    } else {
        errors.extend(
            names::dns1123_subdomain(group)
                .into_iter()
                .map(|one| FieldError::invalid("spec.group", group, one)),
        );
    }
    name_parts(&names, errors);
    let name = new.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    let wanted = format!("{plural}.{group}");
    if name != wanted {
        errors.push(FieldError::invalid(
            "metadata.name",
            name,
            "must be spec.names.plural+\".\"+spec.group",
        ));
    }
    let scope = text(&spec, "scope");
    if !matches!(scope, "Cluster" | "Namespaced") {
        errors.push(FieldError::not_supported(
            "spec.scope",
            scope.into(),
            &["Cluster", "Namespaced"],
        ));
    }
    immutable(new, old, errors);
    versions(&spec, errors);
}

fn name_parts(names: &Value, errors: &mut Vec<FieldError>) {
    for (key, required) in
        [("plural", true), ("singular", false), ("kind", true), ("listKind", false)]
    {
        let value = text(names, key);
        if value.is_empty() && required {
            errors.push(FieldError::required(format!("spec.names.{key}"), ""));
        } else if !value.is_empty() {
            let complaints = crate::names::dns1035_label(&value.to_lowercase()).into_iter();
            errors.extend(
                complaints.map(|one| FieldError::invalid(format!("spec.names.{key}"), value, one)),
            );
        }
    }
}

fn immutable(new: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    if let Some(old) = old {
        for pointer in ["/spec/group", "/spec/scope", "/spec/names/plural", "/spec/names/kind"] {
            if old.pointer(pointer) != new.pointer(pointer) {
                let path = pointer.trim_start_matches('/').replace('/', ".");
                errors.push(FieldError::invalid(
                    path,
                    new.pointer(pointer).cloned().unwrap_or_default(),
                    "field is immutable",
                ));
            }
        }
    }
}

fn versions(spec: &Value, errors: &mut Vec<FieldError>) {
    let versions =
        spec.get("versions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if versions.is_empty() {
        errors.push(FieldError::required("spec.versions", "must have at least one version"));
        return;
    }
    let storage = versions
        .iter()
        .filter(|version| version.get("storage") == Some(&Value::Bool(true)))
        .count();
    if storage != 1 {
        errors.push(FieldError::invalid(
            "spec.versions",
            Value::from(versions),
            "must have exactly one version marked as storage version",
        ));
    }
    let mut seen = std::collections::HashSet::new();
    for (index, version) in versions.iter().enumerate() {
        let path = format!("spec.versions[{index}]");
        let name = text(version, "name");
        errors.extend(
            names::dns1035_label(name)
                .into_iter()
                .map(|one| FieldError::invalid(format!("{path}.name"), name, one)),
        );
        if !seen.insert(name.to_string()) {
            errors.push(FieldError::invalid(format!("{path}.name"), name, "must be unique"));
        }
        match version.pointer("/schema/openAPIV3Schema") {
            None => errors.push(FieldError::required(
                format!("{path}.schema.openAPIV3Schema"),
                "schemas are required",
            )),
            Some(schema) => {
                if schema.get("type").and_then(Value::as_str) != Some("object") {
                    let detail = format!(
                        "must be object at the root, found {}",
                        quote(text(schema, "type"))
                    );
                    errors.push(FieldError::invalid(
                        format!("{path}.schema.openAPIV3Schema.type"),
                        text(schema, "type"),
                        detail,
                    ));
                }
                if let Err(why) = crate::schema::Schema::compile(schema) {
                    errors.push(FieldError::invalid(
                        format!("{path}.schema.openAPIV3Schema"),
                        "schema",
                        why,
                    ));
                }
            }
        }
    }
}
