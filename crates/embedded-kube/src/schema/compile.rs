//! From `openAPIV3Schema` to the compiled tree.

use regex::RegexBuilder;
use serde_json::{Map, Value};

use super::{Additional, Checks, ListType, MAX_DEPTH, Node, Type, cel};

/// Largest compiled pattern, in bytes.
const MAX_PATTERN: usize = 1 << 20;

pub(super) fn node(schema: &Value, path: &str, depth: usize) -> Result<Node, String> {
    if depth > MAX_DEPTH {
        return Err(format!("{path}: nested deeper than {MAX_DEPTH} levels"));
    }
    let Some(fields) = schema.as_object() else {
        return Err(format!("{path}: must be an object, not {schema}"));
    };
    let mut node = Node {
        kind: kind(fields, path)?,
        nullable: flag(fields, "nullable"),
        int_or_string: flag(fields, "x-kubernetes-int-or-string"),
        preserve_unknown: flag(fields, "x-kubernetes-preserve-unknown-fields"),
        embedded: flag(fields, "x-kubernetes-embedded-resource"),
        list_type: list_type(fields, path)?,
        map_keys: texts(fields, "x-kubernetes-list-map-keys"),
        default: fields.get("default").cloned(),
        format: fields.get("format").and_then(Value::as_str).map(str::to_string),
        checks: checks(fields, path, depth)?,
        rules: cel::compile(fields, path)?,
        ..Node::default()
    };
    if let Some(properties) = fields.get("properties").and_then(Value::as_object) {
        for (name, child) in properties {
            let child = self::node(child, &format!("{path}.properties[{name}]"), depth + 1)?;
            node.properties.insert(name.clone(), child);
        }
    }
    node.additional = match fields.get("additionalProperties") {
        None | Some(Value::Bool(false)) => Additional::Forbidden,
        Some(Value::Bool(true)) => Additional::Anything,
        Some(child) => Additional::Schema(Box::new(self::node(
            child,
            &format!("{path}.additionalProperties"),
            depth + 1,
        )?)),
    };
    if let Some(child) = fields.get("items") {
        node.items = Some(Box::new(self::node(child, &format!("{path}.items"), depth + 1)?));
    }
    note_what_is_below(&mut node);
    Ok(node)
}

fn note_what_is_below(node: &mut Node) {
    let children = || {
        let additional = match &node.additional {
            Additional::Schema(child) => Some(child.as_ref()),
            _ => None,
        };
        node.properties.values().chain(additional).chain(node.items.as_deref())
    };
    let rules = !node.rules.is_empty()
        || children().chain(&node.checks.all_of).any(|child| child.rules_below);
    let deep = node.rules.iter().any(super::cel::Rule::is_deep)
        || children().chain(&node.checks.all_of).any(|child| child.deep_below);
    let unique = node.list_type != ListType::Atomic || children().any(|child| child.unique_below);
    // A field with a default makes its parent interesting, so the child's own default counts here.
    let defaults = children().any(|child| child.defaults_below || child.default.is_some());
    node.rules_below = rules;
    node.unique_below = unique;
    node.deep_below = deep;
    node.defaults_below = defaults;
}

fn flag(fields: &Map<String, Value>, name: &str) -> bool {
    fields.get(name).and_then(Value::as_bool).unwrap_or_default()
}

fn texts(fields: &Map<String, Value>, name: &str) -> Vec<String> {
    let list = fields.get(name).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_string).collect()
}

fn kind(fields: &Map<String, Value>, path: &str) -> Result<Option<Type>, String> {
    match fields.get("type").and_then(Value::as_str) {
        None | Some("") => Ok(None),
        Some("array") => Ok(Some(Type::Array)),
        Some("boolean") => Ok(Some(Type::Boolean)),
        Some("integer") => Ok(Some(Type::Integer)),
        Some("number") => Ok(Some(Type::Number)),
        Some("object") => Ok(Some(Type::Object)),
        Some("string") => Ok(Some(Type::String)),
        Some(other) => Err(format!(
            "{path}.type: Unsupported value: \"{other}\": supported values: \"array\", \"boolean\", \"integer\", \"number\", \"object\", \"string\""
        )),
    }
}

fn list_type(fields: &Map<String, Value>, path: &str) -> Result<ListType, String> {
    match fields.get("x-kubernetes-list-type").and_then(Value::as_str) {
        None | Some("atomic") => Ok(ListType::Atomic),
        Some("set") => Ok(ListType::Set),
        Some("map") if texts(fields, "x-kubernetes-list-map-keys").is_empty() => Err(format!(
            "{path}.x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map"
        )),
        Some("map") => Ok(ListType::Map),
        Some(other) => Err(format!(
            "{path}.x-kubernetes-list-type: Unsupported value: \"{other}\": supported values: \"atomic\", \"map\", \"set\""
        )),
    }
}

fn checks(fields: &Map<String, Value>, path: &str, depth: usize) -> Result<Checks, String> {
    let count = |name: &str| fields.get(name).and_then(Value::as_u64);
    let limit = |name: &str, exclusive: &str| {
        let value = fields.get(name)?;
        Some((value.as_f64()?, value.clone(), flag(fields, exclusive)))
    };
    let branches = |name: &str| -> Result<Vec<Node>, String> {
        let list = fields.get(name).and_then(Value::as_array).into_iter().flatten().enumerate();
        list.map(|(index, branch)| node(branch, &format!("{path}.{name}[{index}]"), depth + 1))
            .collect()
    };
    let not = match fields.get("not") {
        Some(branch) => Some(Box::new(node(branch, &format!("{path}.not"), depth + 1)?)),
        None => None,
    };
    Ok(Checks {
        required: texts(fields, "required"),
        enumeration: fields.get("enum").and_then(Value::as_array).cloned(),
        pattern: pattern(fields, path)?,
        min_length: count("minLength"),
        max_length: count("maxLength"),
        min_items: count("minItems"),
        max_items: count("maxItems"),
        unique_items: flag(fields, "uniqueItems"),
        min_properties: count("minProperties"),
        max_properties: count("maxProperties"),
        minimum: limit("minimum", "exclusiveMinimum"),
        maximum: limit("maximum", "exclusiveMaximum"),
        multiple_of: fields
            .get("multipleOf")
            .and_then(|value| Some((value.as_f64()?, value.clone()))),
        all_of: branches("allOf")?,
        any_of: branches("anyOf")?,
        one_of: branches("oneOf")?,
        not,
    })
}

fn pattern(
    fields: &Map<String, Value>,
    path: &str,
) -> Result<Option<(String, regex::Regex)>, String> {
    let Some(text) = fields.get("pattern").and_then(Value::as_str) else { return Ok(None) };
    let compiled = RegexBuilder::new(&go_pattern(text)).size_limit(MAX_PATTERN).build();
    match compiled {
        Ok(pattern) => Ok(Some((text.to_string(), pattern))),
        Err(why) => Err(format!(
            "{path}.pattern: Invalid value: {}: must be a valid regular expression, but isn't: {why}",
            crate::field_error::quote(text)
        )),
    }
}

/// Go's classes `\d \s \w \b` are ASCII only; elsewhere both dialects agree.
fn go_pattern(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            out.push(letter);
            continue;
        }
        match letters.next() {
            Some('d') => out.push_str("[0-9]"),
            Some('D') => out.push_str("[^0-9]"),
            Some('s') => out.push_str(r"[\t\n\f\r ]"),
            Some('S') => out.push_str(r"[^\t\n\f\r ]"),
            Some('w') => out.push_str("[0-9A-Za-z_]"),
            Some('W') => out.push_str("[^0-9A-Za-z_]"),
            Some('b') => out.push_str("(?-u:\\b)"),
            Some('z') => out.push_str("\\z"),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out
}
