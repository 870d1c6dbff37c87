//! CustomResourceDefinitions.

use serde_json::Value;

use super::text;
use crate::{field_error::FieldError, names, schema::structural};

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
    short_names(&names, errors);
    let name = new.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    let wanted = format!("{plural}.{group}");
    if name != wanted && old.is_none() {
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
    if spec.get("preserveUnknownFields") == Some(&Value::Bool(true)) {
        let detail = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead";
        errors.push(FieldError::invalid("spec.preserveUnknownFields", true, detail));
    }
    match old {
        Some(_) => immutable(new, old, errors),
        None => approval(new, group, errors),
    }
    versions(&spec, errors);
    stored_versions(new, errors);
}

fn name_parts(names: &Value, errors: &mut Vec<FieldError>) {
    for (key, required) in
        [("plural", true), ("singular", false), ("kind", true), ("listKind", false)]
    {
        let value = text(names, key);
        if value.is_empty() && required {
            errors.push(FieldError::required(format!("spec.names.{key}"), ""));
        } else if !value.is_empty() {
            // Kinds are written with capitals, nothing else is.
            let judged = if matches!(key, "kind" | "listKind") {
                value.to_lowercase()
            } else {
                value.to_owned()
            };
            let complaints = crate::names::dns1035_label(&judged).into_iter();
            errors.extend(
                complaints.map(|one| FieldError::invalid(format!("spec.names.{key}"), value, one)),
            );
        }
    }
}

fn short_names(names: &Value, errors: &mut Vec<FieldError>) {
    for key in ["shortNames", "categories"] {
        let list = names.get(key).and_then(Value::as_array).into_iter().flatten();
        for (index, name) in list.filter_map(Value::as_str).enumerate() {
            let complaints = crate::names::dns1035_label(name).into_iter();
            let place = format!("spec.names.{key}[{index}]");
            errors.extend(complaints.map(|one| FieldError::invalid(place.clone(), name, one)));
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
    let storage = versions
        .iter()
        .filter(|version| version.get("storage") == Some(&Value::Bool(true)))
        .count();
    if storage != 1 {
        let detail = "must have exactly one version marked as storage version";
        errors.push(FieldError::invalid("spec.versions", Value::from(versions), detail));
    }
    let mut seen = std::collections::HashSet::new();
    if !versions.iter().all(|version| seen.insert(text(version, "name"))) {
        let detail = "must contain unique version names";
        errors.push(FieldError::invalid("spec.versions", Value::from(versions), detail));
    }
    // What all versions say alike, the real server finds once for all of them.
    let schema = |version: &Value| version.pointer("/schema/openAPIV3Schema").cloned();
    let alike = versions.windows(2).all(|pair| schema(&pair[0]) == schema(&pair[1]));
    for (index, version) in versions.iter().enumerate() {
        let path = format!("spec.versions[{index}]");
        let name = text(version, "name");
        errors.extend(
            names::dns1035_label(name)
                .into_iter()
                .map(|one| FieldError::invalid(format!("{path}.name"), name, one)),
        );
        let above = if alike { "spec".to_owned() } else { path.clone() };
        match schema(version) {
            None => {
                errors.push(FieldError::required(format!("{path}.schema.openAPIV3Schema"), ""));
            }
            Some(_) if alike && index > 0 => {}
            Some(schema) => {
                let field = if alike { "validation" } else { "schema" };
                let place = format!("{above}.{field}.openAPIV3Schema");
                errors.extend(structural::complaints(&schema, &place));
            }
        }
        if !alike || index == 0 {
            presentation(version, &above, errors);
        }
    }
}

/// Columns and subresources of a version point into its objects.
fn presentation(version: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let simple = |place: String, value: &str, errors: &mut Vec<FieldError>| {
        if !value.starts_with('.') {
            let detail = "must be a simple json path starting with .";
            errors.push(FieldError::invalid(place, value, detail));
        }
    };
    let columns = version.get("additionalPrinterColumns").and_then(Value::as_array);
    for (index, column) in columns.into_iter().flatten().enumerate() {
        let place = format!("{path}.additionalPrinterColumns[{index}]");
        let kind = text(column, "type");
        if !matches!(kind, "boolean" | "date" | "integer" | "number" | "string") {
            let detail = "must be one of boolean,date,integer,number,string";
            errors.push(FieldError::invalid(format!("{place}.type"), kind, detail));
        }
        simple(format!("{place}.JSONPath"), text(column, "jsonPath"), errors);
    }
    if let Some(scale) = version.pointer("/subresources/scale") {
        for key in ["specReplicasPath", "statusReplicasPath"] {
            simple(format!("{path}.subresources.scale.{key}"), text(scale, key), errors);
        }
    }
}

/// Versions in which objects may still be stored have to stay.
fn stored_versions(new: &Value, errors: &mut Vec<FieldError>) {
    let stored = new.pointer("/status/storedVersions").and_then(Value::as_array);
    let versions = new.pointer("/spec/versions").and_then(Value::as_array);
    let known = |name: &Value| {
        versions.into_iter().flatten().any(|version| version.get("name") == Some(name))
    };
    for (index, name) in stored.into_iter().flatten().enumerate().filter(|(_, name)| !known(name)) {
        let shown = name.as_str().unwrap_or_default();
        let detail = format!(
            "missing from spec.versions; {shown} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in {shown} and removes {shown} from status.storedVersions"
        );
        errors.push(FieldError::invalid(
            format!("status.storedVersions[{index}]"),
            name.clone(),
            detail,
        ));
    }
}

/// Groups of the Kubernetes project need its approval.
fn approval(new: &Value, group: &str, errors: &mut Vec<FieldError>) {
    const APPROVAL: &str = "api-approved.kubernetes.io";
    let guarded = ["k8s.io", "kubernetes.io"]
        .iter()
        .any(|domain| group == *domain || group.ends_with(&format!(".{domain}")));
    let approved =
        new.pointer("/metadata/annotations").is_some_and(|all| !text(all, APPROVAL).is_empty());
    if guarded && !approved {
        let detail = format!(
            "protected groups must have approval annotation \"{APPROVAL}\", see https://github.com/kubernetes/enhancements/pull/1111"
        );
        let place = format!("metadata.annotations[{APPROVAL}]");
        errors.push(FieldError::required(place, detail));
    }
}
