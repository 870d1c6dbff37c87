//! Structural validation: types, limits, enums, patterns and the logical operators.

use serde_json::Value;

use super::{Additional, FieldError, FieldErrorKind, MAX_ERRORS, Node, Type, formats};

pub(super) fn structural(node: &Node, object: &Value) -> Vec<FieldError> {
    let mut errors = Vec::new();
    value(node, object, true, String::new(), &mut errors);
    errors
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

fn value(node: &Node, value: &Value, root: bool, path: String, errors: &mut Vec<FieldError>) {
    if errors.len() >= MAX_ERRORS {
        return;
    }
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
        _ => {}
    }
    enumeration(node, value, &path, errors);
    match value {
        Value::Array(items) => array(node, items, &path, errors),
        Value::Object(_) => object(node, value, root, &path, errors),
        _ => {}
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
    let value = || Value::from(text);
    if let Some(limit) = node.checks.max_length.filter(|limit| length > *limit) {
        errors.push(FieldError::too_long(path, limit));
    }
    if let Some(limit) = node.checks.min_length.filter(|limit| length < *limit) {
        invalid(path, &value(), &format!("should be at least {limit} chars long"), errors);
    }
    if let Some((source, pattern)) = &node.checks.pattern
        && !pattern.is_match(text)
    {
        invalid(path, &value(), &format!("should match '{source}'"), errors);
    }
    if let Some(format) = &node.format
        && !formats::has(format, text)
    {
        let detail =
            format!("{path} in body must be of type {format}: {}", crate::field_error::quote(text));
        errors.push(FieldError::new(FieldErrorKind::TypeInvalid, path, value(), detail));
    }
}

fn number(node: &Node, value: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let Some(found) = value.as_f64() else { return };
    if let Some((limit, shown, exclusive)) = &node.checks.maximum
        && (found > *limit || (*exclusive && found >= *limit))
    {
        let words =
            if *exclusive { "should be less than" } else { "should be less than or equal to" };
        invalid(path, value, &format!("{words} {shown}"), errors);
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
    if let Some((factor, shown)) = &node.checks.multiple_of
        && *factor > 0.0
        && (found / factor).fract() != 0.0
    {
        invalid(path, value, &format!("should be a multiple of {shown}"), errors);
    }
}

fn array(node: &Node, items: &[Value], path: &str, errors: &mut Vec<FieldError>) {
    let length = items.len() as u64;
    if let Some(limit) = node.checks.max_items.filter(|limit| length > *limit) {
        errors.push(FieldError::too_many(path, length, limit));
    }
    if let Some(limit) = node.checks.min_items.filter(|limit| length < *limit) {
        invalid(path, &length.into(), &format!("should have at least {limit} items"), errors);
    }
    if node.checks.unique_items {
        let mut seen = std::collections::HashSet::new();
        if items.iter().any(|item| !seen.insert(item.to_string())) {
            invalid(path, &Value::Array(items.to_vec()), "shouldn't contain duplicates", errors);
        }
    }
    let Some(below) = node.items.as_deref() else { return };
    for (index, item) in items.iter().enumerate() {
        value(below, item, false, format!("{path}[{index}]"), errors);
    }
}

fn object(node: &Node, whole: &Value, root: bool, path: &str, errors: &mut Vec<FieldError>) {
    let Some(fields) = whole.as_object() else { return };
    let size = fields.len() as u64;
    if let Some(limit) = node.checks.max_properties.filter(|limit| size > *limit) {
        errors.push(FieldError::too_many(path, size, limit));
    }
    if let Some(limit) = node.checks.min_properties.filter(|limit| size < *limit) {
        invalid(path, &size.into(), &format!("should have at least {limit} properties"), errors);
    }
    for name in &node.checks.required {
        if !fields.contains_key(name) {
            errors.push(FieldError::required(child(path, name), ""));
        }
    }
    for (name, below) in fields {
        // The envelope of a resource is checked by the rules for names, not by its schema.
        if root && matches!(name.as_str(), "apiVersion" | "kind" | "metadata") {
            continue;
        }
        if let Some(schema) = node.field(name) {
            value(schema, below, false, child(path, name), errors);
        } else if matches!(node.additional, Additional::Forbidden) {
            // Unknown fields are pruned or refused before validation.
        }
    }
}

/// Whether `value` has no complaint from `node`.
fn fits(node: &Node, found: &Value, path: &str) -> bool {
    let mut errors = Vec::new();
    value(node, found, false, path.to_string(), &mut errors);
    errors.is_empty()
}

fn operators(node: &Node, found: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let checks = &node.checks;
    let mut complain = |text: String| errors.push(FieldError::invalid("<nil>", "", text));
    if !checks.any_of.is_empty()
        && !node.int_or_string
        && !checks.any_of.iter().any(|branch| fits(branch, found, path))
    {
        complain(format!("\"{path}\" must validate at least one schema (anyOf)"));
    }
    if !checks.one_of.is_empty() {
        match checks.one_of.iter().filter(|branch| fits(branch, found, path)).count() {
            1 => {}
            0 => complain(format!(
                "\"{path}\" must validate one and only one schema (oneOf). Found none valid"
            )),
            many => complain(format!(
                "\"{path}\" must validate one and only one schema (oneOf). Found {many} valid alternatives"
            )),
        }
    }
    if checks.not.as_deref().is_some_and(|branch| fits(branch, found, path)) {
        complain(format!("\"{path}\" must not validate the schema (not)"));
    }
    let mut failed = false;
    for branch in &checks.all_of {
        let before = errors.len();
        value(branch, found, false, path.to_string(), errors);
        failed |= errors.len() > before;
    }
    if failed {
        errors.push(FieldError::invalid(
            "<nil>",
            "",
            format!("\"{path}\" must validate all the schemas (allOf)"),
        ));
    }
}
