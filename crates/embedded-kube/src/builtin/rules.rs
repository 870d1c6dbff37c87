//! What the real server checks and fills in for the content of built-in kinds.

use base64::Engine as _;
use serde_json::{Map, Value, json};

use crate::{
    field_error::{FieldError, quote},
    names,
};

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
    let Some(old) = old.filter(|old| old.get("immutable") == Some(&Value::Bool(true))) else { return };
    let detail = "field is immutable when `immutable` is set";
    if new.get("immutable") != Some(&Value::Bool(true)) {
        errors.push(FieldError::forbidden("immutable", detail));
    }
    let content = |object: &Value, key: &str| object.get(key).cloned().filter(|value| *value != json!({}));
    for key in keys {
        if content(new, key) != content(old, key) {
            errors.push(FieldError::forbidden(*key, detail));
        }
    }
}

pub(super) fn config_map(new: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    check_keys(new, "data", errors);
    check_keys(new, "binaryData", errors);
    for (name, _) in fields(new, "data") {
        if fields(new, "binaryData").any(|(other, _)| other == name) {
            errors.push(FieldError::invalid(format!("data[{name}]"), name.as_str(), "duplicate of key present in binaryData"));
        }
    }
    let decoded = |value: &Value| value.as_str().map_or(0, |text| text.len() / 4 * 3);
    let size: usize = fields(new, "data").map(|(_, value)| value.as_str().map_or(0, str::len)).sum::<usize>()
        + fields(new, "binaryData").map(|(_, value)| decoded(value)).sum::<usize>();
    if size > MAX_DATA {
        errors.push(FieldError::too_long("", MAX_DATA as u64));
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

pub(super) fn secret(new: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    check_keys(new, "data", errors);
    let bytes = |value: &Value| base64::engine::general_purpose::STANDARD.decode(value.as_str().unwrap_or_default()).unwrap_or_default();
    let data: Vec<(&String, Vec<u8>)> = fields(new, "data").map(|(name, value)| (name, bytes(value))).collect();
    if data.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() > MAX_DATA {
        errors.push(FieldError::too_long("data", MAX_DATA as u64));
    }
    let kind = text(new, "type");
    let has = |key: &str| data.iter().any(|(name, _)| *name == key);
    for key in SECRET_KEYS.iter().filter(|(name, _)| *name == kind).flat_map(|(_, keys)| keys.iter()) {
        if !has(key) {
            errors.push(FieldError::required(format!("data[{key}]"), ""));
        } else if key.starts_with(".docker") {
            let json = data.iter().find(|(name, _)| name == key).is_some_and(|(_, bytes)| serde_json::from_slice::<Map<String, Value>>(bytes).is_ok());
            if !json {
                errors.push(FieldError::invalid(format!("data[{key}]"), "<secret contents redacted>", "invalid character in the value: must be a JSON object"));
            }
        }
    }
    if kind == "kubernetes.io/basic-auth" && !has("username") && !has("password") {
        errors.push(FieldError::required("data[username]", ""));
        errors.push(FieldError::required("data[password]", ""));
    }
    if kind == "kubernetes.io/service-account-token" {
        let name = new.pointer("/metadata/annotations").map(|all| text(all, "kubernetes.io/service-account.name")).unwrap_or_default();
        if name.is_empty() {
            errors.push(FieldError::required("metadata.annotations[kubernetes.io/service-account.name]", ""));
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
pub(super) fn secret_defaults(object: &mut Value) {
    let Some(secret) = object.as_object_mut() else { return };
    if let Some(Value::Object(plain)) = secret.shift_remove("stringData") {
        let data = secret.entry("data").or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(data) = data {
            for (name, value) in plain {
                let encoded = base64::engine::general_purpose::STANDARD.encode(value.as_str().unwrap_or_default());
                data.insert(name, encoded.into());
            }
        }
    }
    if secret.get("type").and_then(Value::as_str).unwrap_or_default().is_empty() {
        secret.insert("type".to_string(), "Opaque".into());
    }
}

/// Every namespace can be selected by its name.
pub(super) fn namespace_defaults(object: &mut Value) {
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    let Some(name) = metadata.get("name").and_then(Value::as_str).filter(|name| !name.is_empty()).map(str::to_string) else { return };
    let labels = metadata.entry("labels").or_insert_with(|| Value::Object(Map::new()));
    if let Value::Object(labels) = labels {
        labels.insert("kubernetes.io/metadata.name".to_string(), name.into());
    }
}

fn policy_rules(object: &Value, namespaced: bool, errors: &mut Vec<FieldError>) {
    let rules = object.get("rules").and_then(Value::as_array).into_iter().flatten();
    for (index, rule) in rules.enumerate() {
        let path = format!("rules[{index}]");
        let list = |key: &str| rule.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        if list("verbs").is_empty() {
            errors.push(FieldError::required(format!("{path}.verbs"), "verbs must contain at least one value"));
        }
        if !list("nonResourceURLs").is_empty() {
            let urls = Value::from(list("nonResourceURLs"));
            if namespaced {
                errors.push(FieldError::invalid(format!("{path}.nonResourceURLs"), urls, "namespaced rules cannot apply to non-resource URLs"));
            } else if !list("apiGroups").is_empty() || !list("resources").is_empty() || !list("resourceNames").is_empty() {
                errors.push(FieldError::invalid(format!("{path}.nonResourceURLs"), urls, "rules cannot apply to both regular resources and non-resource URLs"));
            }
            continue;
        }
        if list("apiGroups").is_empty() {
            errors.push(FieldError::required(format!("{path}.apiGroups"), "resource rules must supply at least one api group"));
        }
        if list("resources").is_empty() {
            errors.push(FieldError::required(format!("{path}.resources"), "resource rules must supply at least one resource"));
        }
    }
}

pub(super) fn role(new: &Value, _: Option<&Value>, errors: &mut Vec<FieldError>) {
    policy_rules(new, true, errors);
}

pub(super) fn cluster_role(new: &Value, _: Option<&Value>, errors: &mut Vec<FieldError>) {
    policy_rules(new, false, errors);
    if let Some(selectors) = new.pointer("/aggregationRule") {
        let list = selectors.get("clusterRoleSelectors").and_then(Value::as_array);
        if list.is_none_or(Vec::is_empty) {
            errors.push(FieldError::required("aggregationRule.clusterRoleSelectors", "at least one clusterRoleSelector required if aggregationRule is non-nil"));
        }
    }
}

const RBAC: &str = "rbac.authorization.k8s.io";

pub(super) fn binding_defaults(object: &mut Value) {
    let default = |value: &mut Value, group: &str| {
        if let Some(fields) = value.as_object_mut()
            && fields.get("apiGroup").and_then(Value::as_str).unwrap_or_default().is_empty()
            && !group.is_empty()
        {
            fields.insert("apiGroup".to_string(), group.into());
        }
    };
    if let Some(reference) = object.get_mut("roleRef") {
        default(reference, RBAC);
    }
    for subject in object.get_mut("subjects").and_then(Value::as_array_mut).into_iter().flatten() {
        let group = match text(subject, "kind") {
            "Group" | "User" => RBAC,
            _ => "",
        };
        default(subject, group);
    }
}

pub(super) fn binding(new: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    let namespaced = new.get("kind") == Some(&json!("RoleBinding"));
    let reference = new.get("roleRef").cloned().unwrap_or_default();
    if text(&reference, "apiGroup") != RBAC {
        errors.push(FieldError::not_supported("roleRef.apiGroup", text(&reference, "apiGroup").into(), &[RBAC]));
    }
    let kinds: &[&str] = if namespaced { &["Role", "ClusterRole"] } else { &["ClusterRole"] };
    if !kinds.contains(&text(&reference, "kind")) {
        errors.push(FieldError::not_supported("roleRef.kind", text(&reference, "kind").into(), kinds));
    }
    let name = text(&reference, "name");
    if name.is_empty() {
        errors.push(FieldError::required("roleRef.name", ""));
    } else {
        errors.extend(names::path_segment(name).into_iter().map(|complaint| FieldError::invalid("roleRef.name", name, complaint)));
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
                errors.extend(complaints.map(|complaint| FieldError::invalid(format!("{path}.name"), name, complaint)));
            }
            if !group.is_empty() {
                errors.push(FieldError::not_supported(format!("{path}.apiGroup"), group.into(), &[""]));
            }
            if !namespaced && text(subject, "namespace").is_empty() {
                errors.push(FieldError::required(format!("{path}.namespace"), ""));
            }
        }
        "Group" | "User" => {
            if group != RBAC {
                errors.push(FieldError::not_supported(format!("{path}.apiGroup"), group.into(), &[RBAC]));
            }
        }
        other => errors.push(FieldError::not_supported(format!("{path}.kind"), other.into(), &["ServiceAccount", "User", "Group"])),
    }
}

pub(super) fn lease(new: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    let Some(spec) = new.get("spec") else { return };
    if let Some(seconds) = spec.get("leaseDurationSeconds").and_then(Value::as_i64).filter(|seconds| *seconds <= 0) {
        errors.push(FieldError::invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0"));
    }
    let transitions = |object: &Value| object.pointer("/spec/leaseTransitions").and_then(Value::as_i64);
    if let Some(count) = transitions(new).filter(|count| *count < 0) {
        errors.push(FieldError::invalid("spec.leaseTransitions", count, "must be greater than or equal to 0"));
    }
    if let (Some(before), Some(after)) = (old.and_then(transitions), transitions(new))
        && after < before
    {
        errors.push(FieldError::invalid("spec.leaseTransitions", after, "cannot be decreased"));
    }
}

/// Names, versions and schemas of a CustomResourceDefinition.
pub(super) fn definition(new: &Value, old: Option<&Value>, errors: &mut Vec<FieldError>) {
    let spec = new.get("spec").cloned().unwrap_or_default();
    let group = text(&spec, "group");
    let names = spec.get("names").cloned().unwrap_or_default();
    let plural = text(&names, "plural");
    if group.is_empty() {
        errors.push(FieldError::required("spec.group", ""));
    } else if !group.contains('.') {
        errors.push(FieldError::invalid("spec.group", group, "should be a domain with at least one dot"));
    } else {
        errors.extend(names::dns1123_subdomain(group).into_iter().map(|one| FieldError::invalid("spec.group", group, one)));
    }
    for (key, required) in [("plural", true), ("singular", false), ("kind", true), ("listKind", false)] {
        let value = text(&names, key);
        if value.is_empty() && required {
            errors.push(FieldError::required(format!("spec.names.{key}"), ""));
        } else if !value.is_empty() {
            let complaints = names::dns1035_label(&value.to_lowercase()).into_iter();
            errors.extend(complaints.map(|one| FieldError::invalid(format!("spec.names.{key}"), value, one)));
        }
    }
    let name = new.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    let wanted = format!("{plural}.{group}");
    if name != wanted {
        errors.push(FieldError::invalid("metadata.name", name, "must be spec.names.plural+\".\"+spec.group"));
    }
    let scope = text(&spec, "scope");
    if !matches!(scope, "Cluster" | "Namespaced") {
        errors.push(FieldError::not_supported("spec.scope", scope.into(), &["Cluster", "Namespaced"]));
    }
    if let Some(old) = old {
        for pointer in ["/spec/group", "/spec/scope", "/spec/names/plural", "/spec/names/kind"] {
            if old.pointer(pointer) != new.pointer(pointer) {
                let path = pointer.trim_start_matches('/').replace('/', ".");
                errors.push(FieldError::invalid(path, new.pointer(pointer).cloned().unwrap_or_default(), "field is immutable"));
            }
        }
    }
    versions(&spec, errors);
}

fn versions(spec: &Value, errors: &mut Vec<FieldError>) {
    let versions = spec.get("versions").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    if versions.is_empty() {
        errors.push(FieldError::required("spec.versions", "must have at least one version"));
        return;
    }
    let storage = versions.iter().filter(|version| version.get("storage") == Some(&Value::Bool(true))).count();
    if storage != 1 {
        errors.push(FieldError::invalid("spec.versions", Value::from(versions), "must have exactly one version marked as storage version"));
    }
    let mut seen = std::collections::HashSet::new();
    for (index, version) in versions.iter().enumerate() {
        let path = format!("spec.versions[{index}]");
        let name = text(version, "name");
        errors.extend(names::dns1035_label(name).into_iter().map(|one| FieldError::invalid(format!("{path}.name"), name, one)));
        if !seen.insert(name.to_string()) {
            errors.push(FieldError::invalid(format!("{path}.name"), name, "must be unique"));
        }
        match version.pointer("/schema/openAPIV3Schema") {
            None => errors.push(FieldError::required(format!("{path}.schema.openAPIV3Schema"), "schemas are required")),
            Some(schema) => {
                if schema.get("type").and_then(Value::as_str) != Some("object") {
                    let detail = format!("must be object at the root, found {}", quote(text(schema, "type")));
                    errors.push(FieldError::invalid(format!("{path}.schema.openAPIV3Schema.type"), text(schema, "type"), detail));
                }
                if let Err(why) = crate::schema::Schema::compile(schema) {
                    errors.push(FieldError::invalid(format!("{path}.schema.openAPIV3Schema"), "schema", why));
                }
            }
        }
    }
}
