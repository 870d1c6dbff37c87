//! Names, labels and annotations: which are allowed, in the words of the Kubernetes API server.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use crate::field_error::FieldError;

const LABEL: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN: &str = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const QUALIFIED: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const LABEL_VALUE: &str = "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?";
const CONFIG_KEY: &str = "[-._a-zA-Z0-9]+";
const DNS_1035: &str = "[a-z]([-a-z0-9]*[a-z0-9])?";
/// All annotations of an object together, keys and values.
pub const ANNOTATIONS_LIMIT: usize = 256 * 1024;

fn whole(pattern: &str) -> Option<Regex> {
    Regex::new(&format!("^(?:{pattern})$")).ok()
}

static LABEL_RE: LazyLock<Option<Regex>> = LazyLock::new(|| whole(LABEL));
static SUBDOMAIN_RE: LazyLock<Option<Regex>> = LazyLock::new(|| whole(SUBDOMAIN));
static QUALIFIED_RE: LazyLock<Option<Regex>> = LazyLock::new(|| whole(QUALIFIED));
static LABEL_VALUE_RE: LazyLock<Option<Regex>> = LazyLock::new(|| whole(LABEL_VALUE));
static CONFIG_KEY_RE: LazyLock<Option<Regex>> = LazyLock::new(|| whole(CONFIG_KEY));
static DNS_1035_RE: LazyLock<Option<Regex>> = LazyLock::new(|| whole(DNS_1035));

fn fits(pattern: &Option<Regex>, text: &str) -> bool {
    pattern.as_ref().is_some_and(|pattern| pattern.is_match(text))
}

fn too_long(limit: usize) -> String {
    format!("must be no more than {limit} bytes")
}

/// Names of objects are counted in other words than labels are.
fn too_long_name(limit: usize) -> String {
    format!("must be no more than {limit} characters")
}

fn wording(rule: &str, pattern: &str, examples: &[&str]) -> String {
    let mut text = format!("{rule} (e.g. ");
    for (index, example) in examples.iter().enumerate() {
        if index > 0 {
            text.push_str(" or ");
        }
        text.push_str(&format!("'{example}', "));
    }
    text.push_str(&format!("regex used for validation is '{pattern}')"));
    text
}

/// Complaints about an RFC 1123 label (namespace names).
pub fn dns1123_label(text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    if text.len() > 63 {
        complaints.push(too_long_name(63));
    }
    if !fits(&LABEL_RE, text) {
        let rule = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
        complaints.push(wording(rule, LABEL, &["my-name", "123-abc"]));
    }
    complaints
}

/// Complaints about an RFC 1123 subdomain (most object names).
pub fn dns1123_subdomain(text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    if text.len() > 253 {
        complaints.push(too_long_name(253));
    }
    if !fits(&SUBDOMAIN_RE, text) {
        let rule = "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
        complaints.push(wording(rule, SUBDOMAIN, &["example.com"]));
    }
    complaints
}

/// Complaints about an RFC 1035 label (plural names of custom resources).
pub fn dns1035_label(text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    if text.len() > 63 {
        complaints.push(too_long_name(63));
    }
    if !fits(&DNS_1035_RE, text) {
        let rule = "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
        complaints.push(wording(rule, DNS_1035, &["my-name", "abc-123"]));
    }
    complaints
}

/// Complaints about a name used as one path segment (RBAC kinds).
pub fn path_segment(text: &str) -> Vec<String> {
    if text == "." || text == ".." {
        return vec![format!("may not be '{text}'")];
    }
    ["/", "%"]
        .iter()
        .filter(|part| text.contains(**part))
        .map(|part| format!("may not contain '{part}'"))
        .collect()
}

/// Complaints about a qualified name: label keys, annotation keys, finalizers.
pub fn qualified_name(text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    let parts: Vec<&str> = text.split('/').collect();
    let name = match parts.as_slice() {
        [name] => *name,
        [prefix, name] => {
            if prefix.is_empty() {
                complaints.push("prefix part must be non-empty".to_string());
            } else {
                complaints.extend(
                    dns1123_subdomain(prefix).into_iter().map(|one| format!("prefix part {one}")),
                );
            }
            *name
        }
        _ => {
            let rule = "a qualified name must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
            let text = wording(rule, QUALIFIED, &["MyName", "my.name", "123-abc"]);
            return vec![format!(
                "{text} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
            )];
        }
    };
    if name.is_empty() {
        complaints.push("name part must be non-empty".to_string());
    } else if name.len() > 63 {
        complaints.push(format!("name part {}", too_long(63)));
    }
    if !fits(&QUALIFIED_RE, name) {
        let rule = "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
        complaints.push(format!(
            "name part {}",
            wording(rule, QUALIFIED, &["MyName", "my.name", "123-abc"])
        ));
    }
    complaints
}

/// Complaints about a label value.
pub fn label_value(text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    if text.len() > 63 {
        complaints.push(too_long(63));
    }
    if !fits(&LABEL_VALUE_RE, text) {
        let rule = "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";
        complaints.push(wording(rule, LABEL_VALUE, &["MyValue", "my_value", "12345"]));
    }
    complaints
}

/// Complaints about a key of a ConfigMap or Secret.
pub fn config_key(text: &str) -> Vec<String> {
    let mut complaints = Vec::new();
    if text.len() > 253 {
        complaints.push(too_long_name(253));
    }
    if !fits(&CONFIG_KEY_RE, text) {
        let rule = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'";
        complaints.push(wording(rule, CONFIG_KEY, &["key.name", "KEY_NAME", "key-name"]));
    }
    if text == "." {
        complaints.push("must not be '.'".to_string());
    } else if text == ".." {
        complaints.push("must not be '..'".to_string());
    } else if text.starts_with("..") {
        complaints.push("must not start with '..'".to_string());
    }
    complaints
}

/// Which rule the names of a kind follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameRule {
    Label,
    PathSegment,
    Subdomain,
}

impl NameRule {
    pub fn complaints(self, name: &str) -> Vec<String> {
        match self {
            Self::Label => dns1123_label(name),
            Self::PathSegment => path_segment(name),
            Self::Subdomain => dns1123_subdomain(name),
        }
    }

    /// A `generateName` may end with a dash, because more text follows it.
    fn prefix_complaints(self, prefix: &str) -> Vec<String> {
        match self {
            Self::PathSegment => path_segment(prefix),
            _ => self.complaints(&mask_trailing_dash(prefix)),
        }
    }
}

fn mask_trailing_dash(prefix: &str) -> String {
    match prefix.strip_suffix('-') {
        Some(head) if head.len() < prefix.len() && !head.is_empty() => format!("{head}a"),
        _ => prefix.to_string(),
    }
}

/// Checks `metadata` of an object: name, namespace, labels, annotations, finalizers, owners.
pub fn validate_metadata(object: &Value, namespaced: bool, rule: NameRule) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let Some(metadata) = object.get("metadata").and_then(Value::as_object) else {
        return vec![FieldError::required("metadata.name", "name or generateName is required")];
    };
    let text = |key: &str| metadata.get(key).and_then(Value::as_str).unwrap_or_default();
    if !text("generateName").is_empty() {
        for complaint in rule.prefix_complaints(text("generateName")) {
            errors.push(FieldError::invalid(
                "metadata.generateName",
                text("generateName"),
                complaint,
            ));
        }
    }
    if text("name").is_empty() {
        errors.push(FieldError::required("metadata.name", "name or generateName is required"));
    } else {
        for complaint in rule.complaints(text("name")) {
            errors.push(FieldError::invalid("metadata.name", text("name"), complaint));
        }
    }
    if namespaced {
        if text("namespace").is_empty() {
            errors.push(FieldError::required("metadata.namespace", ""));
        } else {
            for complaint in dns1123_label(text("namespace")) {
                errors.push(FieldError::invalid(
                    "metadata.namespace",
                    text("namespace"),
                    complaint,
                ));
            }
        }
    } else if !text("namespace").is_empty() {
        errors.push(FieldError::forbidden("metadata.namespace", "not allowed on this type"));
    }
    errors.extend(validate_labels(
        metadata.get("labels").and_then(Value::as_object),
        "metadata.labels",
    ));
    errors.extend(validate_annotations(metadata.get("annotations").and_then(Value::as_object)));
    errors.extend(validate_owners(metadata.get("ownerReferences")));
    errors.extend(validate_finalizers(metadata.get("finalizers")));
    errors
}

/// Checks the keys and values of a label map found at `path`.
pub fn validate_labels(labels: Option<&Map<String, Value>>, path: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (key, value) in labels.into_iter().flatten() {
        for complaint in qualified_name(key) {
            errors.push(FieldError::invalid(path, key.as_str(), complaint));
        }
        let value = value.as_str().unwrap_or_default();
        for complaint in label_value(value) {
            errors.push(FieldError::invalid(path, value, complaint));
        }
    }
    errors
}

fn validate_annotations(annotations: Option<&Map<String, Value>>) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let mut size = 0;
    for (key, value) in annotations.into_iter().flatten() {
        for complaint in qualified_name(&key.to_lowercase()) {
            errors.push(FieldError::invalid("metadata.annotations", key.as_str(), complaint));
        }
        size += key.len() + value.as_str().map_or(0, str::len);
    }
    if size > ANNOTATIONS_LIMIT {
        errors.push(FieldError::too_long("metadata.annotations", ANNOTATIONS_LIMIT as u64));
    }
    errors
}

fn validate_finalizers(finalizers: Option<&Value>) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for name in finalizers.and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
    {
        for complaint in qualified_name(name) {
            errors.push(FieldError::invalid("metadata.finalizers", name, complaint));
        }
    }
    errors
}

fn validate_owners(owners: Option<&Value>) -> Vec<FieldError> {
    let mut errors = Vec::new();
    let owners = owners.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let mut controller = None;
    for owner in owners {
        let text = |key: &str| owner.get(key).and_then(Value::as_str).unwrap_or_default();
        let version = text("apiVersion");
        if version.rsplit('/').next().unwrap_or_default().is_empty() {
            errors.push(FieldError::invalid(
                "metadata.ownerReferences.apiVersion",
                version,
                "version must not be empty",
            ));
        }
        for key in ["kind", "name", "uid"] {
            if text(key).is_empty() {
                let path = format!("metadata.ownerReferences.{key}");
                errors.push(FieldError::invalid(path, text(key), "must not be empty"));
            }
        }
        if owner.get("controller").and_then(Value::as_bool) == Some(true) {
            if let Some(first) = &controller {
                let detail = format!(
                    "Only one reference can have Controller set to true. Found \"true\" in references for {first} and {}/{}",
                    text("kind"),
                    text("name")
                );
                errors.push(FieldError::invalid("metadata.ownerReferences", owner.clone(), detail));
            } else {
                controller = Some(format!("{}/{}", text("kind"), text("name")));
            }
        }
    }
    errors
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn names_are_refused_in_known_words() {
        assert_eq!(dns1123_subdomain("a.b-c"), Vec::<String>::new());
        assert_eq!(
            dns1123_subdomain("Bad_Name"),
            [
                "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
            ]
        );
        assert_eq!(
            dns1123_label("a.b"),
            [
                "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
            ]
        );
        assert_eq!(dns1123_label(&"a".repeat(64)), ["must be no more than 63 characters"]);
        assert_eq!(path_segment("a/b"), ["may not contain '/'"]);
        assert_eq!(qualified_name("example.com/name"), Vec::<String>::new());
        assert_eq!(qualified_name("a/b/c").len(), 1);
        assert_eq!(qualified_name("/b"), ["prefix part must be non-empty"]);
        assert_eq!(label_value(""), Vec::<String>::new());
        assert_eq!(config_key(".."), ["must not be '..'"]);
    }

    #[test]
    fn metadata_is_checked() {
        let told = |object: serde_json::Value| -> Vec<String> {
            validate_metadata(&object, true, NameRule::Subdomain)
                .iter()
                .map(|error| format!("{} {}", error.path, error.kind.reason()))
                .collect()
        };
        assert_eq!(
            told(json!({"metadata": {"name": "x", "namespace": "n", "labels": {"a": "b"}}})),
            Vec::<String>::new()
        );
        assert_eq!(
            told(
                json!({"metadata": {"name": "X", "namespace": "N", "labels": {"a b": "-"}, "annotations": {"?": ""}, "finalizers": ["!"]}})
            ),
            [
                "metadata.name FieldValueInvalid",
                "metadata.namespace FieldValueInvalid",
                "metadata.labels FieldValueInvalid",
                "metadata.labels FieldValueInvalid",
                "metadata.annotations FieldValueInvalid",
                "metadata.finalizers FieldValueInvalid",
            ]
        );
        let owner = |name: &str| json!({"apiVersion": "v1", "kind": "K", "name": name, "uid": "u", "controller": true});
        assert_eq!(
            told(
                json!({"metadata": {"name": "x", "namespace": "n", "ownerReferences": [owner("a"), owner("b")]}})
            ),
            ["metadata.ownerReferences FieldValueInvalid"]
        );
        assert_eq!(
            told(json!({"metadata": {"generateName": "x-", "namespace": "n", "name": "x-1"}})),
            Vec::<String>::new()
        );
    }
}
