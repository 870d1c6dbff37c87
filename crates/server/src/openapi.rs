//! The OpenAPI document, made of the table of routes and the schemas of the types.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use api::rest::ErrorBody;
use schemars::SchemaGenerator;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use crate::authorization::{Access, ROUTES, Route, Rule};
use crate::operation::{Form, Payload, Query, SchemaOf};

/// The document as it is served.
pub(crate) static TEXT: LazyLock<String> = LazyLock::new(|| document().to_string());

const COMPONENTS: &str = "/components/schemas";
/// Kubernetes' own types carry the path of their package in their names.
const KUBERNETES_TYPES: &str = "io.k8s.";

/// OpenAPI 3.1 of every route.
#[must_use]
pub fn document() -> Value {
    let mut settings = SchemaSettings::draft2020_12().for_serialize();
    settings.definitions_path = COMPONENTS.into();
    settings.meta_schema = None;
    let mut generator = settings.into_generator();
    let mut paths = Map::new();
    for route in ROUTES {
        let methods = paths.entry(route.path).or_insert_with(|| json!({}));
        methods[route.verb.as_str().to_lowercase()] = operation(route, &mut generator);
    }
    let error = generator.subschema_for::<ErrorBody>();
    let _ = generator.subschema_for::<api::ObjectMeta>();
    let schemas = components(generator.take_definitions(true));
    let mut document = json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Kargo",
            "version": "v1beta1",
            "description": "Continuous promotion. Everything is done with the caller's own Kubernetes rights.",
            "license": { "name": "Apache-2.0", "identifier": "Apache-2.0" },
        },
        "security": [{ "bearer": [] }, { "session": [] }],
        "paths": paths,
        "components": {
            "responses": { "Error": {
                "description": "It did not work; the body says why.",
                "content": { "application/json": { "schema": error } },
            } },
            "schemas": schemas,
            "securitySchemes": {
                "bearer": { "type": "http", "scheme": "bearer" },
                "session": { "type": "apiKey", "in": "cookie", "name": "kargo-session" },
            },
        },
    });
    shorten_references(&mut document);
    document
}

fn operation(route: &Route, generator: &mut SchemaGenerator) -> Value {
    let described = &route.operation;
    let mut operation = json!({
        "operationId": described.id,
        "summary": described.summary,
        "tags": [tag(route.path)],
    });
    let mut parameters: Vec<Value> = path_parameters(route.path).map(path_parameter).collect();
    parameters.extend(described.parameters().map(query_parameter));
    if !parameters.is_empty() {
        operation["parameters"] = Value::Array(parameters);
    }
    if let Some(content) = content(described.body, generator) {
        operation["requestBody"] = json!({ "required": true, "content": content });
    }
    let mut success = json!({ "description": "It worked." });
    let mut answers = content(described.answer, generator).unwrap_or_default();
    if let Some(frame) = described.watch {
        answers.extend(events(frame, generator));
    }
    if !answers.is_empty() {
        success["content"] = Value::Object(answers);
    }
    let error = json!({ "$ref": "#/components/responses/Error" });
    operation["responses"] = json!({ described.status.to_string(): success, "default": error });
    match route.access {
        Access::Public => operation["security"] = json!([]),
        Access::AsCaller(rules) | Access::Reviewed(rules) => {
            operation["x-kubernetes-permissions"] =
                rules.iter().map(|rule| format!("{} {}", rule.verb, kind_of(rule))).collect();
        }
        Access::Identified | Access::InBody => {}
    }
    operation
}

fn kind_of(rule: &Rule) -> String {
    match rule.group {
        "" => rule.resource.to_owned(),
        group => format!("{}.{group}", rule.resource),
    }
}

/// Groups operations by what they are about.
fn tag(path: &str) -> &str {
    let words: Vec<&str> = path.split('/').skip(2).collect();
    match words.as_slice() {
        ["projects", "{project}", "ui", ..] => "ui",
        ["projects", "{project}", word, ..] | ["shared" | "system", word, ..] | [word, ..] => word,
        [] => "",
    }
}

/// The names in braces.
pub fn path_parameters(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}

fn path_parameter(name: &str) -> Value {
    let (what, of) = name.split_once("-name-or-").unwrap_or((name, ""));
    let noun = what.replace('-', " ");
    let summary = match of {
        "" => format!("Name of the {noun}."),
        other => format!("Name or {other} of the {noun}."),
    };
    json!({
        "in": "path", "name": name, "required": true, "description": summary,
        "schema": { "type": "string" },
    })
}

fn query_parameter(query: Query) -> Value {
    let schema = match query.form {
        Form::Flag => json!({ "type": "boolean" }),
        Form::List => json!({ "type": "array", "items": { "type": "string" } }),
        Form::Number => json!({ "type": "integer", "minimum": 0 }),
        Form::Text => json!({ "type": "string" }),
        Form::Word(words) => json!({ "type": "string", "enum": words }),
    };
    let mut parameter = json!({
        "in": "query", "name": query.name, "description": query.summary, "schema": schema,
    });
    if query.required {
        parameter["required"] = true.into();
    }
    if query.form == Form::List {
        parameter["explode"] = false.into();
    }
    parameter
}

fn content(payload: Payload, generator: &mut SchemaGenerator) -> Option<Map<String, Value>> {
    let content = match payload {
        Payload::Nothing => return None,
        Payload::Json(schema) => json!({ "application/json": { "schema": schema(generator) } }),
        Payload::Manifests => json!({
            "application/json": { "schema": {} },
            "application/yaml": { "schema": { "type": "string" } },
        }),
        Payload::Events(schema) => return Some(events(schema, generator)),
    };
    content.as_object().cloned()
}

fn events(schema: SchemaOf, generator: &mut SchemaGenerator) -> Map<String, Value> {
    let content = json!({ "text/event-stream": { "schema": schema(generator) } });
    content.as_object().cloned().unwrap_or_default()
}

/// Puts the schemas of types into the form in which they are shown.
fn components(definitions: Map<String, Value>) -> Map<String, Value> {
    let mut found = BTreeSet::new();
    let mut components: Vec<(String, Value)> = Vec::new();
    for (name, mut schema) in definitions {
        let foreign = name.starts_with(KUBERNETES_TYPES);
        tidy(&mut schema, foreign);
        let short = short(&name).to_owned();
        if let Some(properties) = schema.get_mut("properties").and_then(Value::as_object_mut) {
            complete_object(&short, properties);
        }
        if short == "ObjectMeta" {
            // Optional in a manifest; every stored object has both.
            schema["required"] = json!(["name", "creationTimestamp"]);
        }
        if found.insert(short.clone()) {
            components.push((short, schema));
        }
    }
    components.sort_by(|(a, _), (b, _)| a.cmp(b));
    components.into_iter().collect()
}

/// What every object carries and no Rust struct has as a field.
fn complete_object(name: &str, properties: &mut Map<String, Value>) {
    let is_list = name.ends_with("List") && properties.contains_key("items");
    // Of metadata the schemas of kinds say no more than that it is an object.
    let is_plain = |metadata: &Value| {
        metadata["type"] == "object" && metadata.get("additionalProperties").is_none()
    };
    let is_object = properties.get("metadata").is_some_and(is_plain);
    if is_object {
        properties.insert("metadata".into(), json!({ "$ref": "#/components/schemas/ObjectMeta" }));
    }
    if is_object || (is_list && properties.contains_key("metadata")) {
        for field in ["kind", "apiVersion"] {
            if !properties.contains_key(field) {
                properties.shift_insert(0, field.to_owned(), json!({ "type": "string" }));
            }
        }
    }
}

/// One node, then everything below it.
fn tidy(schema: &mut Value, foreign: bool) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(|item| tidy(item, foreign)),
        Value::Object(node) => {
            node.retain(|key, _| !key.starts_with("x-kubernetes"));
            // Fields may have the names of keywords, so only what is one goes.
            let said = |key: &str| node.get(key).is_some_and(Value::is_string);
            let (has_title, has_description) = (said("title"), said("description"));
            if has_title {
                node.remove("title");
            }
            if foreign && has_description {
                node.remove("description");
            }
            without_null(node);
            api::words_as_enum(node);
            node.values_mut().for_each(|below| tidy(below, foreign));
        }
        _ => {}
    }
}

/// What is absent is left out on the wire, never null.
fn without_null(node: &mut Map<String, Value>) {
    if let Some(Value::Array(types)) = node.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            node["type"] = only.clone();
        }
    }
    if let Some(Value::Array(words)) = node.get_mut("enum") {
        words.retain(|word| !word.is_null());
    }
    if node.get("default").is_some_and(Value::is_null) {
        node.remove("default");
    }
    let Some(Value::Array(branches)) = node.get_mut("anyOf") else { return };
    branches.retain(|branch| branch["type"] != "null");
    if let [only] = branches.as_slice()
        && let Some(only) = only.as_object().cloned()
    {
        node.remove("anyOf");
        for (key, value) in only {
            node.entry(key).or_insert(value);
        }
    }
}

fn short(name: &str) -> &str {
    if !name.starts_with(KUBERNETES_TYPES) {
        return name;
    }
    name.rsplit('.').next().unwrap_or(name)
}

fn shorten_references(node: &mut Value) {
    match node {
        Value::Array(items) => items.iter_mut().for_each(shorten_references),
        Value::Object(fields) => {
            if let Some(Value::String(reference)) = fields.get_mut("$ref")
                && let Some(name) = reference.strip_prefix("#/components/schemas/")
            {
                *reference = format!("#/components/schemas/{}", short(name));
            }
            fields.values_mut().for_each(shorten_references);
        }
        _ => {}
    }
}
