//! What a schema must be like to be accepted in a definition: structural, with lists whose items can be told apart.

use serde_json::{Map, Value};

use super::{FieldError, FieldErrorKind, MAX_DEPTH, Schema};

/// Where a schema stands, which decides what a missing type is called.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Level {
    Root,
    Field,
    Item,
}

/// Keywords of a schema; others are unknown fields.
static KEYWORDS: &[&str] = &[
    "$ref",
    "$schema",
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "default",
    "definitions",
    "dependencies",
    "description",
    "enum",
    "example",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "externalDocs",
    "format",
    "id",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "nullable",
    "oneOf",
    "pattern",
    "patternProperties",
    "properties",
    "required",
    "title",
    "type",
    "uniqueItems",
    "x-kubernetes-embedded-resource",
    "x-kubernetes-int-or-string",
    "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type",
    "x-kubernetes-map-type",
    "x-kubernetes-preserve-unknown-fields",
    "x-kubernetes-validations",
];

/// Keywords no definition may use.
static FORBIDDEN: &[&str] = &[
    "$ref",
    "$schema",
    "additionalItems",
    "definitions",
    "dependencies",
    "id",
    "patternProperties",
];

/// What only the structure may say, not the branches of `allOf`, `anyOf`, `oneOf` and `not`.
static STRUCTURE: &[(&str, &str)] = &[
    ("additionalProperties", "must be undefined to be structural"),
    ("default", "must be undefined to be structural"),
    ("description", "must be empty to be structural"),
    ("nullable", "must be false to be structural"),
    ("title", "must be empty to be structural"),
    ("type", "must be empty to be structural"),
    ("x-kubernetes-embedded-resource", "must be false to be structural"),
    ("x-kubernetes-int-or-string", "must be false to be structural"),
    ("x-kubernetes-list-map-keys", "must be empty to be structural"),
    ("x-kubernetes-list-type", "must be undefined to be structural"),
    ("x-kubernetes-map-type", "must be undefined to be structural"),
    ("x-kubernetes-preserve-unknown-fields", "must be false to be structural"),
];

/// Every complaint about a schema found at `path` of a definition.
pub(crate) fn complaints(schema: &Value, path: &str) -> Vec<FieldError> {
    let mut errors = Vec::new();
    level(schema, path, Level::Root, 0, &mut errors);
    if errors.is_empty()
        && let Err(why) = Schema::compile(schema)
    {
        errors.push(compiled(&why, path));
    }
    errors
}

/// The complaint of the compiler, which begins with its own path, as one about a field.
fn compiled(why: &str, path: &str) -> FieldError {
    let (place, rest) = why.split_once(": ").unwrap_or(("", why));
    let place = format!("{path}{}", place.trim_start_matches("openAPIV3Schema"));
    for (words, kind) in [
        ("Forbidden: ", FieldErrorKind::Forbidden),
        ("Invalid value: ", FieldErrorKind::Invalid),
        ("Required value: ", FieldErrorKind::Required),
        ("Unsupported value: ", FieldErrorKind::NotSupported),
    ] {
        if let Some(detail) = rest.strip_prefix(words) {
            return FieldError::without_value(kind, place, detail);
        }
    }
    FieldError::without_value(FieldErrorKind::Invalid, place, rest)
}

fn text<'a>(schema: &'a Value, key: &str) -> &'a str {
    schema.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn flag(schema: &Value, key: &str) -> bool {
    schema.get(key).and_then(Value::as_bool).unwrap_or_default()
}

fn fields<'a>(schema: &'a Value, key: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    schema.get(key).and_then(Value::as_object).into_iter().flatten()
}

fn level(schema: &Value, path: &str, at: Level, depth: usize, errors: &mut Vec<FieldError>) {
    // The compiler refuses what nests deeper.
    if depth > MAX_DEPTH || !schema.is_object() {
        return;
    }
    keywords(schema, path, errors);
    types(schema, path, at, errors);
    lists(schema, path, errors);
    branches(schema, path, depth, errors);
    default(schema, path, errors);
    if at == Level::Root || flag(schema, "x-kubernetes-embedded-resource") {
        identity(schema, path, errors);
    }
    for (name, child) in fields(schema, "properties") {
        let implied = at == Level::Root && name == "metadata" && text(child, "type").is_empty();
        if !implied {
            level(child, &format!("{path}.properties[{name}]"), Level::Field, depth + 1, errors);
        }
    }
    for (key, at) in [("additionalProperties", Level::Field), ("items", Level::Item)] {
        if let Some(child) = schema.get(key) {
            level(child, &format!("{path}.{key}"), at, depth + 1, errors);
        }
    }
}

fn keywords(schema: &Value, path: &str, errors: &mut Vec<FieldError>) {
    for name in FORBIDDEN.iter().filter(|name| schema.get(**name).is_some()) {
        let detail = format!("{name} is not supported");
        errors.push(FieldError::forbidden(format!("{path}.{name}"), detail));
    }
    if flag(schema, "uniqueItems") {
        let detail =
            "uniqueItems cannot be set to true since the runtime complexity becomes quadratic";
        errors.push(FieldError::forbidden(format!("{path}.uniqueItems"), detail));
    }
    let both = fields(schema, "properties").next().is_some()
        && schema.get("additionalProperties").is_some_and(|value| *value != false);
    if both {
        let detail = "additionalProperties and properties are mutual exclusive";
        errors.push(FieldError::forbidden(format!("{path}.additionalProperties"), detail));
    }
}

fn types(schema: &Value, path: &str, at: Level, errors: &mut Vec<FieldError>) {
    let kind = text(schema, "type");
    let place = format!("{path}.type");
    let free = flag(schema, "x-kubernetes-int-or-string")
        || flag(schema, "x-kubernetes-preserve-unknown-fields");
    match (kind, at) {
        ("", Level::Root) => {
            errors.push(FieldError::required(place, "must not be empty at the root"));
        }
        ("", _) if free => {}
        ("", Level::Field) => {
            errors
                .push(FieldError::required(place, "must not be empty for specified object fields"));
        }
        ("", Level::Item) => {
            errors.push(FieldError::required(place, "must not be empty for specified array items"));
        }
        ("object", _) => {}
        (_, Level::Root) => {
            errors.push(FieldError::invalid(place, kind, "must be object at the root"));
        }
        _ => {}
    }
    if kind == "array" && schema.get("items").is_none() {
        errors.push(FieldError::required(format!("{path}.items"), "must be specified"));
    }
}

fn lists(schema: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let kind = text(schema, "x-kubernetes-list-type");
    if kind.is_empty() {
        return;
    }
    if !matches!(kind, "atomic" | "map" | "set") {
        let supported = ["atomic", "set", "map"];
        let place = format!("{path}.x-kubernetes-list-type");
        errors.push(FieldError::not_supported(place, kind.into(), &supported));
        return;
    }
    if text(schema, "type") != "array" {
        let detail = "must be array if x-kubernetes-list-type is specified";
        errors.push(FieldError::invalid(format!("{path}.type"), text(schema, "type"), detail));
        return;
    }
    let items = schema.get("items").unwrap_or(&Value::Null);
    let atomic = text(items, "x-kubernetes-map-type") == "atomic";
    if kind == "set" && text(items, "type") == "object" && !atomic {
        let detail = "must be atomic as item of a list with x-kubernetes-list-type=set";
        let found = items.get("x-kubernetes-map-type").cloned().unwrap_or_default();
        let place = format!("{path}.items.x-kubernetes-map-type");
        errors.push(FieldError::invalid(place, found, detail));
    }
    if kind == "map" {
        map_list(schema, items, path, errors);
    }
}

/// Items of a map list are told apart by keys that are always there.
fn map_list(schema: &Value, items: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let keys = schema.get("x-kubernetes-list-map-keys").and_then(Value::as_array);
    let keys: Vec<&str> = keys.into_iter().flatten().filter_map(Value::as_str).collect();
    if keys.is_empty() {
        let detail = "must not be empty if x-kubernetes-list-type is map";
        errors.push(FieldError::required(format!("{path}.x-kubernetes-list-map-keys"), detail));
    }
    if text(items, "type") != "object" {
        let detail = "must be object if parent array's x-kubernetes-list-type is map";
        let place = format!("{path}.items.type");
        errors.push(FieldError::invalid(place, text(items, "type"), detail));
        return;
    }
    let required = items.get("required").and_then(Value::as_array);
    let required = required.map(Vec::as_slice).unwrap_or_default();
    for key in keys {
        match items.pointer("/properties").and_then(|all| all.get(key)) {
            None => {
                let place = format!("{path}.x-kubernetes-list-map-keys");
                let detail = "entries must all be names of item properties";
                errors.push(FieldError::invalid(place, key, detail));
            }
            Some(field) if field.get("default").is_none() && !required.contains(&key.into()) => {
                let place = format!("{path}.items.properties[{key}].default");
                let detail = "this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property";
                errors.push(FieldError::required(place, detail));
            }
            Some(_) => {}
        }
    }
}

/// A default is a value of its own schema.
fn default(schema: &Value, path: &str, errors: &mut Vec<FieldError>) {
    let Some(value) = schema.get("default") else { return };
    let Ok(compiled) = Schema::compile(schema) else { return };
    let place = format!("{path}.default");
    if !compiled.prune_part(&mut value.clone(), "").is_empty() {
        errors.push(FieldError::invalid(place, value.clone(), "must not have unknown fields"));
        return;
    }
    for mut error in compiled.validate(value, None) {
        error.path = place.clone();
        errors.push(error);
    }
}

/// `apiVersion`, `kind` and `metadata` are what they are everywhere.
fn identity(schema: &Value, path: &str, errors: &mut Vec<FieldError>) {
    for (name, child) in fields(schema, "properties") {
        let wanted = match name.as_str() {
            "apiVersion" | "kind" => "string",
            "metadata" => "object",
            _ => continue,
        };
        let kind = text(child, "type");
        let place = format!("{path}.properties[{name}]");
        if !kind.is_empty() && kind != wanted {
            let detail = format!("must be {wanted}");
            errors.push(FieldError::invalid(format!("{place}.type"), kind, detail));
        }
        let restricts = |(field, _): (&String, &Value)| field != "name" && field != "generateName";
        if name == "metadata" && fields(child, "properties").any(restricts) {
            let detail = "must not specify anything other than name and generateName, but metadata is implicitly specified";
            errors.push(FieldError::forbidden(place, detail));
        }
    }
}

fn branches(schema: &Value, path: &str, depth: usize, errors: &mut Vec<FieldError>) {
    for key in ["allOf", "anyOf", "oneOf"] {
        let list = schema.get(key).and_then(Value::as_array).into_iter().flatten();
        for (index, branch) in list.enumerate() {
            // A number or a text is said by its two types.
            let types = matches!(text(branch, "type"), "integer" | "string");
            if flag(schema, "x-kubernetes-int-or-string") && key != "oneOf" && types {
                continue;
            }
            nested(branch, schema, &format!("{path}.{key}[{index}]"), depth + 1, errors);
        }
    }
    if let Some(branch) = schema.get("not") {
        nested(branch, schema, &format!("{path}.not"), depth + 1, errors);
    }
}

/// A branch says more about fields that the structure has; it brings none of its own.
fn nested(branch: &Value, outside: &Value, path: &str, depth: usize, errors: &mut Vec<FieldError>) {
    if depth > MAX_DEPTH {
        return;
    }
    let int_or_string = flag(outside, "x-kubernetes-int-or-string");
    for (key, detail) in STRUCTURE {
        let empty = branch.get(*key).is_none_or(|value| *value == false || *value == "");
        let is_part = int_or_string && *key == "type";
        if !empty && !is_part {
            errors.push(FieldError::forbidden(format!("{path}.{key}"), *detail));
        }
    }
    for (name, child) in fields(branch, "properties") {
        let place = format!("{path}.properties[{name}]");
        let known = outside.pointer("/properties").and_then(|all| all.get(name));
        let nothing = Value::Null;
        nested(child, known.unwrap_or(&nothing), &place, depth + 1, errors);
    }
    if let Some(child) = branch.get("items") {
        let known = outside.get("items").unwrap_or(&Value::Null);
        nested(child, known, &format!("{path}.items"), depth + 1, errors);
    }
    branches(branch, path, depth, errors);
}

/// Removes what is no keyword of a schema found at `path`, and returns where that was.
pub(crate) fn prune(schema: &mut Value, path: &str, depth: usize, unknown: &mut Vec<String>) {
    let Some(fields) = schema.as_object_mut().filter(|_| depth <= MAX_DEPTH) else { return };
    fields.retain(|name, _| {
        let known = KEYWORDS.contains(&name.as_str());
        if !known {
            unknown.push(format!("{path}.{name}"));
        }
        known
    });
    for (name, child) in
        fields.get_mut("properties").and_then(Value::as_object_mut).into_iter().flatten()
    {
        prune(child, &format!("{path}.properties.{name}"), depth + 1, unknown);
    }
    for name in ["additionalProperties", "items", "not"] {
        prune_child(fields, name, path, depth, unknown);
    }
    for name in ["allOf", "anyOf", "oneOf"] {
        let list = fields.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten();
        for (index, child) in list.enumerate() {
            prune(child, &format!("{path}.{name}[{index}]"), depth + 1, unknown);
        }
    }
}

fn prune_child(
    fields: &mut Map<String, Value>,
    name: &str,
    path: &str,
    depth: usize,
    unknown: &mut Vec<String>,
) {
    if let Some(child) = fields.get_mut(name) {
        prune(child, &format!("{path}.{name}"), depth + 1, unknown);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[track_caller]
    fn check(spec: Value, expected: &[&str]) {
        let schema = json!({"type": "object", "properties": {"spec": spec}});
        let found: Vec<String> =
            complaints(&schema, "schema").iter().map(ToString::to_string).collect();
        let expected: Vec<String> =
            expected.iter().map(|one| one.replace('@', "schema.properties[spec]")).collect();
        assert_eq!(found, expected, "{schema}");
    }

    #[test]
    fn fields_have_types_and_lists_have_items() {
        check(
            json!({}),
            &["@.type: Required value: must not be empty for specified object fields"],
        );
        check(json!({"type": "array"}), &["@.items: Required value: must be specified"]);
        check(
            json!({"type": "array", "items": {}}),
            &["@.items.type: Required value: must not be empty for specified array items"],
        );
        check(json!({"x-kubernetes-int-or-string": true}), &[]);
        check(
            json!({"type": "colour"}),
            &[
                r#"@.type: Unsupported value: "colour": supported values: "array", "boolean", "integer", "number", "object", "string""#,
            ],
        );
    }

    #[test]
    fn what_no_definition_may_use_is_refused() {
        check(
            json!({"type": "string", "$ref": "#/a"}),
            &["@.$ref: Forbidden: $ref is not supported"],
        );
        check(
            json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": {"type": "string"}}),
            &[
                "@.additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive",
            ],
        );
        check(
            json!({"type": "array", "items": {"type": "string"}, "uniqueItems": true}),
            &[
                "@.uniqueItems: Forbidden: uniqueItems cannot be set to true since the runtime complexity becomes quadratic",
            ],
        );
    }

    #[test]
    fn items_of_lists_can_be_told_apart() {
        let list = |kind: &str, keys: Value, items: Value| json!({"type": "array", "x-kubernetes-list-type": kind, "x-kubernetes-list-map-keys": keys, "items": items});
        let item = json!({"type": "object", "properties": {"id": {"type": "string"}}});
        check(
            list("map", json!([]), item.clone()),
            &[
                "@.x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map",
            ],
        );
        check(
            list("map", json!(["id"]), item.clone()),
            &[
                "@.items.properties[id].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property",
            ],
        );
        check(
            list("set", json!([]), item),
            &[
                "@.items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set",
            ],
        );
        check(
            json!({"type": "string", "x-kubernetes-list-type": "set"}),
            &[
                r#"@.type: Invalid value: "string": must be array if x-kubernetes-list-type is specified"#,
            ],
        );
    }

    #[test]
    fn defaults_fit_and_branches_bring_nothing_new() {
        check(
            json!({"type": "object", "default": {"a": 1}, "properties": {"b": {"type": "string"}}}),
            &[r#"@.default: Invalid value: {"a":1}: must not have unknown fields"#],
        );
        check(
            json!({"type": "integer", "default": "x"}),
            &[r#"@.default: Invalid value: "string":  in body must be of type integer: "string""#],
        );
        check(
            json!({"type": "object", "not": {"type": "object"}}),
            &["@.not.type: Forbidden: must be empty to be structural"],
        );
        check(
            json!({"type": "object", "properties": {"a": {"type": "string"}}, "oneOf": [{"required": ["a"]}, {"not": {"required": ["a"]}}]}),
            &[],
        );
        check(
            json!({"x-kubernetes-int-or-string": true, "anyOf": [{"type": "integer"}, {"type": "string"}]}),
            &[],
        );
    }

    #[test]
    fn the_root_is_an_object_with_the_usual_identity() {
        let told = |schema: Value| -> Vec<String> {
            complaints(&schema, "s").iter().map(ToString::to_string).collect()
        };
        assert_eq!(told(json!({})), ["s.type: Required value: must not be empty at the root"]);
        assert_eq!(
            told(json!({"type": "string"})),
            [r#"s.type: Invalid value: "string": must be object at the root"#]
        );
        assert_eq!(
            told(json!({"type": "object", "properties": {"kind": {"type": "integer"}}})),
            [r#"s.properties[kind].type: Invalid value: "integer": must be string"#]
        );
    }

    #[test]
    fn unknown_keywords_are_found_at_every_level() {
        let mut schema = json!({"type": "object", "properties": {"a": {"type": "array", "colour": 1, "items": {"type": "string", "shape": 2}}}});
        let mut unknown = Vec::new();
        prune(&mut schema, "s", 0, &mut unknown);
        assert_eq!(unknown, ["s.properties.a.colour", "s.properties.a.items.shape"]);
        assert_eq!(
            schema["properties"]["a"],
            json!({"type": "array", "items": {"type": "string"}})
        );
    }
}
