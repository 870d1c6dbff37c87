//! Roles and bindings.

use serde_json::{Value, json};

use super::text;
use crate::{field_error::FieldError, names};

fn policy_rules(object: &Value, namespaced: bool, errors: &mut Vec<FieldError>) {
    let rules = object.get("rules").and_then(Value::as_array).into_iter().flatten();
    for (index, rule) in rules.enumerate() {
        let path = format!("rules[{index}]");
        let list = |key: &str| {
            rule.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
        };
        if list("verbs").is_empty() {
            errors.push(FieldError::required(
                format!("{path}.verbs"),
                "verbs must contain at least one value",
            ));
        }
        if !list("nonResourceURLs").is_empty() {
            let urls = Value::from(list("nonResourceURLs"));
            if namespaced {
                errors.push(FieldError::invalid(
                    format!("{path}.nonResourceURLs"),
                    urls,
                    "namespaced rules cannot apply to non-resource URLs",
                ));
            } else if !list("apiGroups").is_empty()
                || !list("resources").is_empty()
                || !list("resourceNames").is_empty()
            {
                errors.push(FieldError::invalid(
                    format!("{path}.nonResourceURLs"),
                    urls,
                    "rules cannot apply to both regular resources and non-resource URLs",
                ));
            }
            continue;
        }
        if list("apiGroups").is_empty() {
            errors.push(FieldError::required(
                format!("{path}.apiGroups"),
                "resource rules must supply at least one api group",
            ));
        }
        if list("resources").is_empty() {
            errors.push(FieldError::required(
                format!("{path}.resources"),
                "resource rules must supply at least one resource",
            ));
        }
    }
}

pub(in crate::builtin) fn role(new: &Value, _: Option<&Value>, errors: &mut Vec<FieldError>) {
    policy_rules(new, true, errors);
}

pub(in crate::builtin) fn cluster_role(
    new: &Value,
    _: Option<&Value>,
    errors: &mut Vec<FieldError>,
) {
    policy_rules(new, false, errors);
    if let Some(selectors) = new.pointer("/aggregationRule") {
        let list = selectors.get("clusterRoleSelectors").and_then(Value::as_array);
        if list.is_none_or(Vec::is_empty) {
            errors.push(FieldError::required(
                "aggregationRule.clusterRoleSelectors",
                "at least one clusterRoleSelector required if aggregationRule is non-nil",
            ));
        }
    }
}

const RBAC: &str = "rbac.authorization.k8s.io";

pub(in crate::builtin) fn binding_defaults(object: &mut Value) {
    let default = |value: &mut Value, group: &str| {
        if let Some(fields) = value.as_object_mut()
            && fields.get("apiGroup").and_then(Value::as_str).unwrap_or_default().is_empty()
            && !group.is_empty()
        {
            fields.insert("apiGroup".to_string(), group.into());
        }
    };
    if let Some(fields) = object.as_object_mut() {
        default(fields.entry("roleRef").or_insert_with(|| json!({})), RBAC);
    }
    for subject in object.get_mut("subjects").and_then(Value::as_array_mut).into_iter().flatten() {
        let group = match text(subject, "kind") {
            "Group" | "User" => RBAC,
            _ => "",
        };
        default(subject, group);
    }
}

pub(in crate::builtin) fn binding(new: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    let namespaced = new.get("kind") == Some(&json!("RoleBinding"));
    let reference = new.get("roleRef").cloned().unwrap_or_default();
    if text(&reference, "apiGroup") != RBAC {
        errors.push(FieldError::not_supported(
            "roleRef.apiGroup",
            text(&reference, "apiGroup").into(),
            &[RBAC],
        ));
    }
    let kinds: &[&str] = if namespaced { &["Role", "ClusterRole"] } else { &["ClusterRole"] };
    if !kinds.contains(&text(&reference, "kind")) {
        errors.push(FieldError::not_supported(
            "roleRef.kind",
            text(&reference, "kind").into(),
            kinds,
        ));
    }
    let name = text(&reference, "name");
    if name.is_empty() {
        errors.push(FieldError::required("roleRef.name", ""));
    } else {
        errors.extend(
            names::path_segment(name)
                .into_iter()
                .map(|complaint| FieldError::invalid("roleRef.name", name, complaint)),
        );
    }
    let subjects = new.get("subjects").and_then(Value::as_array).into_iter().flatten();
    for (index, one) in subjects.enumerate() {
        subject(one, &format!("subjects[{index}]"), namespaced, errors);
    }
    if let Some(old) = old
        && old.get("roleRef") != Some(&reference)
    {
        errors.push(FieldError::invalid("roleRef", reference, "cannot change roleRef"));
    }
}

fn subject(subject: &Value, path: &str, namespaced: bool, errors: &mut Vec<FieldError>) {
    let (name, group) = (text(subject, "name"), text(subject, "apiGroup"));
    if name.is_empty() {
        errors.push(FieldError::required(format!("{path}.name"), ""));
    }
    match text(subject, "kind") {
        "ServiceAccount" => {
            if !name.is_empty() {
                let complaints = names::dns1123_subdomain(name).into_iter();
                errors.extend(
                    complaints.map(|complaint| {
                        FieldError::invalid(format!("{path}.name"), name, complaint)
                    }),
                );
            }
            if !group.is_empty() {
                errors.push(FieldError::not_supported(
                    format!("{path}.apiGroup"),
                    group.into(),
                    &[""],
                ));
            }
            if !namespaced && text(subject, "namespace").is_empty() {
                errors.push(FieldError::required(format!("{path}.namespace"), ""));
            }
        }
        "Group" | "User" => {
            if group != RBAC {
                errors.push(FieldError::not_supported(
                    format!("{path}.apiGroup"),
                    group.into(),
                    &[RBAC],
                ));
            }
        }
        other => errors.push(FieldError::not_supported(
            format!("{path}.kind"),
            other.into(),
            &["ServiceAccount", "User", "Group"],
        )),
    }
}
