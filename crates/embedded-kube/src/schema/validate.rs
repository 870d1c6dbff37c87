//! Structural validation: types, limits, enums, patterns and the logical operators.

use serde_json::Value;

use super::{FieldError, FieldErrorKind, ListType, MAX_ERRORS, Node, Type, formats};

/// Complaints about `object`; on update those about unchanged values are not repeated.
pub(super) fn structural(node: &Node, object: &Value, old: Option<&Value>) -> Vec<FieldError> {
    let mut errors = Vec::new();
    value(node, Pair { new: object, old }, true, String::new(), &mut errors);
    errors
}

/// A value and the one it replaces, where that can be told.
#[derive(Clone, Copy)]
struct Pair<'a> {
    new: &'a Value,
    old: Option<&'a Value>,
}

fn child(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_string() } else { format!("{path}.{name}") }
}

/// The JSON type as the real server names it.
fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

fn wanted(node: &Node) -> &'static str {
    match node.kind {
        _ if node.int_or_string => "integer,string",
        Some(Type::Array) => "array",
        Some(Type::Boolean) => "boolean",
        Some(Type::Integer) => "integer",
        Some(Type::Number) => "number",
        Some(Type::Object) => "object",
        Some(Type::String) => "string",
        None => "",
    }
}

fn type_fits(node: &Node, value: &Value) -> bool {
    if value.is_null() {
        return node.nullable || (node.kind.is_none() && !node.int_or_string);
    }
    if node.int_or_string {
        return value.is_string() || is_whole(value);
    }
    match node.kind {
        None => true,
        Some(Type::Array) => value.is_array(),
        Some(Type::Boolean) => value.is_boolean(),
        Some(Type::Integer) => is_whole(value),
        Some(Type::Number) => value.is_number(),
        Some(Type::Object) => value.is_object(),
        Some(Type::String) => value.is_string(),
    }
}

fn is_whole(value: &Value) -> bool {
    value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0)
}

fn value(node: &Node, pair: Pair<'_>, root: bool, path: String, errors: &mut Vec<FieldError>) {
    if errors.len() >= MAX_ERRORS {
        return;
    }
    let before = errors.len();
    let value = pair.new;
    if !type_fits(node, value) {
        let found = type_name(value);
        let detail = format!("{path} in body must be of type {}: \"{found}\"", wanted(node));
        errors.push(FieldError::new(
            FieldErrorKind::TypeInvalid,
            path.as_str(),
            found.into(),
            detail,
        ));
    }
    if !value.is_null() {
        operators(node, value, &path, errors);
    }
    match value {
        Value::String(text) => string(node, text, &path, errors),
        Value::Number(_) => number(node, value, &path, errors),
        Value::Array(items) => array(node, items, pair.old, &path, errors),
        _ => {}
    }
    enumeration(node, value, &path, errors);
    if value.is_object() {
        object(node, pair, root, &path, errors);
    }
    if errors.len() > before && pair.old == Some(value) {
        errors.truncate(before);
    }
}

fn invalid(path: &str, value: &Value, complaint: &str, errors: &mut Vec<FieldError>) {
    errors.push(FieldError::invalid(path, value.clone(), format!("{path} in body {complaint}")));
}

fn enumeration(node: &Node, value: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let Some(allowed) = &node.checks.enumeration else { return };
    if allowed.contains(value) || (value.is_null() && node.nullable) {
        return;
    }
    let names: Vec<String> = allowed
        .iter()
        .map(|one| match one {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        })
        .collect();
    errors.push(FieldError::not_supported(path, value.clone(), &names));
}

fn string(node: &Node, text: &str, path: &str, errors: &mut Vec<FieldError>) {
    let length = text.chars().count() as u64;
    let too_long = node.checks.max_length.filter(|limit| length > *limit);
    let too_short = node.checks.min_length.filter(|limit| length < *limit);
    let pattern = node.checks.pattern.as_ref().filter(|(_, pattern)| !pattern.is_match(text));
    let value = Value::from(text);
    if let Some(limit) = too_long {
        errors.push(FieldError::too_long(path, limit));
    } else if let Some(limit) = too_short {
        invalid(path, &value, &format!("should be at least {limit} chars long"), errors);
    } else if let Some((source, _)) = pattern {
        invalid(path, &value, &format!("should match '{source}'"), errors);
    }
    if let Some(format) = &node.format
        && !formats::has(format, text)
    {
        let detail =
            format!("{path} in body must be of type {format}: {}", crate::field_error::quote(text));
        errors.push(FieldError::new(FieldErrorKind::TypeInvalid, path, value, detail));
    }
}

fn number(node: &Node, value: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let Some(found) = value.as_f64() else { return };
    let small = value.as_i64().is_some_and(|whole| i32::try_from(whole).is_ok());
    if node.format.as_deref() == Some("int32") && node.kind == Some(Type::Integer) && !small {
        let detail = format!("Checked value must be of type integer with format int32 in {path}");
        errors.push(FieldError::invalid("<nil>", "", detail));
    }
    if let Some((factor, shown)) = &node.checks.multiple_of
        && *factor > 0.0
        && (found / factor).fract() != 0.0
    {
        invalid(path, value, &format!("should be a multiple of {shown}"), errors);
    }
    if let Some((limit, shown, exclusive)) = &node.checks.minimum
        && (found < *limit || (*exclusive && found <= *limit))
    {
        let words = if *exclusive {
            "should be greater than"
        } else {
            "should be greater than or equal to"
        };
        invalid(path, value, &format!("{words} {shown}"), errors);
    }
    if let Some((limit, shown, exclusive)) = &node.checks.maximum
        && (found > *limit || (*exclusive && found >= *limit))
    {
        let words =
            if *exclusive { "should be less than" } else { "should be less than or equal to" };
        invalid(path, value, &format!("{words} {shown}"), errors);
    }
}

fn array(
    node: &Node,
    items: &[Value],
    old: Option<&Value>,
    path: &str,
    errors: &mut Vec<FieldError>,
) {
    if let Some(below) = node.items.as_deref() {
        let old = old.and_then(Value::as_array).filter(|_| node.list_type == ListType::Map);
        for (index, item) in items.iter().enumerate() {
            let old = old.and_then(|old| old.iter().find(|other| node.same_item(item, other)));
            value(below, Pair { new: item, old }, false, format!("{path}[{index}]"), errors);
        }
    }
    let length = items.len() as u64;
    if let Some(limit) = node.checks.min_items.filter(|limit| length < *limit) {
        invalid(path, &length.into(), &format!("should have at least {limit} items"), errors);
    }
    if let Some(limit) = node.checks.max_items.filter(|limit| length > *limit) {
        errors.push(FieldError::too_many(path, length, limit));
    }
    if node.checks.unique_items {
        let mut seen = std::collections::HashSet::new();
        if items.iter().any(|item| !seen.insert(item.to_string())) {
            invalid(path, &"".into(), "shouldn't contain duplicates", errors);
        }
    }
}

fn object(node: &Node, pair: Pair<'_>, root: bool, path: &str, errors: &mut Vec<FieldError>) {
    let Some(fields) = pair.new.as_object() else { return };
    let size = fields.len() as u64;
    if let Some(limit) = node.checks.min_properties.filter(|limit| size < *limit) {
        invalid(path, &size.into(), &format!("should have at least {limit} properties"), errors);
    }
    if let Some(limit) = node.checks.max_properties.filter(|limit| size > *limit) {
        errors.push(FieldError::too_many(path, size, limit));
    }
    for (name, below) in fields {
        // The envelope of a resource is checked by the rules for names; a schema may limit names further.
        if root && matches!(name.as_str(), "apiVersion" | "kind") {
            continue;
        }
        if let Some(schema) = node.field(name) {
            let old = pair.old.and_then(|old| old.get(name));
            value(schema, Pair { new: below, old }, false, child(path, name), errors);
        }
    }
    for name in &node.checks.required {
        if !fields.contains_key(name) {
            errors.push(FieldError::required(child(path, name), ""));
        }
    }
    if node.embedded {
        embedded(pair.new, path, errors);
    }
}

/// A resource inside a resource says what it is.
fn embedded(resource: &Value, path: &str, errors: &mut Vec<FieldError>) {
    for name in ["apiVersion", "kind"] {
        let path = child(path, name);
        match resource.get(name) {
            None => errors.push(FieldError::required(path, "")),
            Some(Value::String(text)) if text.is_empty() => {
                errors.push(FieldError::invalid(path, "", "must not be empty"));
            }
            Some(Value::String(_)) => {}
            Some(other) => {
                errors.push(FieldError::invalid(path, other.clone(), "must be a string"));
            }
        }
    }
}

/// The complaints of one branch of a logical operator.
fn judged(node: &Node, found: &Value, path: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    value(node, Pair { new: found, old: None }, false, path.to_string(), &mut errors);
    errors
}

fn operators(node: &Node, found: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let checks = &node.checks;
    let complain = |text: String, errors: &mut Vec<FieldError>| {
        errors.push(FieldError::invalid("<nil>", "", text));
    };
    let judge = |branches: &[Node]| -> Vec<Vec<FieldError>> {
        branches.iter().map(|branch| judged(branch, found, path)).collect()
    };
    // The complaints of the branch that came closest help more than "none fits".
    let closest = |outcomes: Vec<Vec<FieldError>>| {
        outcomes.into_iter().min_by_key(Vec::len).unwrap_or_default()
    };
    let outcomes = judge(&checks.any_of);
    if !outcomes.is_empty() && outcomes.iter().all(|outcome| !outcome.is_empty()) {
        complain(format!("\"{path}\" must validate at least one schema (anyOf)"), errors);
        errors.extend(closest(outcomes));
    }
    let outcomes = judge(&checks.one_of);
    let fitting = outcomes.iter().filter(|outcome| outcome.is_empty()).count();
    if !outcomes.is_empty() && fitting != 1 {
        let found = match fitting {
            0 => "Found none valid".to_string(),
            many => format!("Found {many} valid alternatives"),
        };
        let text = format!("\"{path}\" must validate one and only one schema (oneOf). {found}");
        complain(text, errors);
        errors.extend(closest(outcomes));
    }
    let outcomes = judge(&checks.all_of);
    let failed = outcomes.iter().filter(|outcome| !outcome.is_empty()).count();
    if failed > 0 {
        let suffix = if failed == outcomes.len() { ". None validated" } else { "" };
        errors.extend(outcomes.into_iter().flatten());
        complain(format!("\"{path}\" must validate all the schemas (allOf){suffix}"), errors);
    }
    if checks.not.as_deref().is_some_and(|branch| judged(branch, found, path).is_empty()) {
        complain(format!("\"{path}\" must not validate the schema (not)"), errors);
    }
}
