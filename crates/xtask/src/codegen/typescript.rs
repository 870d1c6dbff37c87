//! TypeScript declarations of the schemas in an OpenAPI document.

use serde_json::{Map, Value};

const HEAD: &str =
    "// Written by `cargo xtask codegen` from the Rust types; change those instead.\n";
const WIDTH: usize = 110;

/// One exported type per schema.
pub(super) fn declarations(document: &Value) -> String {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
    let mut text = HEAD.to_owned();
    for (name, schema) in schemas.into_iter().flatten() {
        text.push('\n');
        text.push_str(&comment(schema, ""));
        match schema.get("properties").and_then(Value::as_object) {
            Some(properties) => {
                text.push_str(&format!("export interface {name} {}\n", body(schema, properties)));
            }
            None => text.push_str(&alias(name, &type_of(schema))),
        }
    }
    text
}

/// One line where it fits, else one branch per line.
fn alias(name: &str, of: &str) -> String {
    let line = format!("export type {name} = {of};\n");
    if line.len() <= WIDTH || !of.contains(" | ") {
        return line;
    }
    format!("export type {name} =\n  | {};\n", of.replace(" | ", "\n  | "))
}

fn body(schema: &Value, properties: &Map<String, Value>) -> String {
    let required = |name: &str| {
        let names = schema.get("required").and_then(Value::as_array);
        names.into_iter().flatten().any(|required| required == name)
    };
    let mut text = String::from("{\n");
    for (name, property) in properties {
        let mark = if required(name) { "" } else { "?" };
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let key = if plain { name.clone() } else { format!("{name:?}") };
        text.push_str(&comment(property, "  "));
        text.push_str(&format!("  {key}{mark}: {};\n", type_of(property)));
    }
    text.push('}');
    text
}

/// The description as a comment in front.
fn comment(schema: &Value, indent: &str) -> String {
    let Some(description) = schema.get("description").and_then(Value::as_str) else {
        return String::new();
    };
    let text = description.replace("*/", "* /");
    if !text.contains('\n') {
        return format!("{indent}/** {text} */\n");
    }
    let lines = text.lines().map(|line| format!("{indent} * {line}").trim_end().to_owned() + "\n");
    format!("{indent}/**\n{}{indent} */\n", lines.collect::<String>())
}

fn type_of(schema: &Value) -> String {
    if let Some(name) = schema.get("$ref").and_then(Value::as_str) {
        return name.rsplit('/').next().unwrap_or(name).to_owned();
    }
    if let Some(word) = schema.get("const") {
        return word.to_string();
    }
    for branches in ["enum", "anyOf", "oneOf"] {
        if let Some(branches) = schema.get(branches).and_then(Value::as_array) {
            let is_enum = |value: &Value| !value.is_object();
            let types = branches.iter().map(|branch| match is_enum(branch) {
                true => branch.to_string(),
                false => type_of(branch),
            });
            return types.collect::<Vec<_>>().join(" | ");
        }
    }
    match schema.get("type") {
        Some(Value::Array(types)) => {
            let types = types.iter().filter_map(Value::as_str).map(|name| named(name, schema));
            types.collect::<Vec<_>>().join(" | ")
        }
        Some(Value::String(name)) => named(name, schema),
        _ => "unknown".into(),
    }
}

fn named(name: &str, schema: &Value) -> String {
    match name {
        "array" => {
            let items = schema.get("items").map_or_else(|| "unknown".into(), type_of);
            if items.contains(' ') { format!("({items})[]") } else { format!("{items}[]") }
        }
        "boolean" | "null" | "string" => name.into(),
        "integer" | "number" => "number".into(),
        _ => match (schema.get("properties"), schema.get("additionalProperties")) {
            (Some(Value::Object(properties)), _) => {
                // Shapes without a name are small; one line is enough.
                body(schema, properties).replace('\n', " ").replace("  ", " ")
            }
            (_, Some(values @ Value::Object(_))) => format!("Record<string, {}>", type_of(values)),
            _ => "Record<string, unknown>".into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn shapes() {
        let schemas = json!({
            "Color": { "type": "string", "enum": ["red", "green"] },
            "Thing": {
                "description": "A thing.\nWith two lines.",
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": { "type": "string", "description": "What it is called." },
                    "colors": { "type": "array", "items": { "enum": ["a", "b"] } },
                    "of-any": { "type": "object", "additionalProperties": { "type": "integer" } },
                    "parent": { "$ref": "#/components/schemas/Thing" },
                    "value": {},
                },
            },
        });
        let text = declarations(&json!({ "components": { "schemas": schemas } }));
        let expected = format!(
            "{HEAD}\nexport type Color = \"red\" | \"green\";\n\n/**\n * A thing.\n * With two lines.\n */\n\
             export interface Thing {{\n  /** What it is called. */\n  name: string;\n  \
             colors?: (\"a\" | \"b\")[];\n  \"of-any\"?: Record<string, number>;\n  parent?: Thing;\n  \
             value?: unknown;\n}}\n"
        );
        assert_eq!(text, expected);
    }
}
