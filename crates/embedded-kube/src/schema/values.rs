//! JSON as values of the rule language, guided by the schema.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use base64::Engine as _;
use kube::core::cel::cel::{
    Context, Program, Value as CelValue,
    objects::{Key, Map as CelMap},
};
use serde_json::Value;

use super::{Additional, Node, cel::run};

static TO_TIMESTAMP: LazyLock<Option<Program>> =
    LazyLock::new(|| Program::compile("timestamp(text)").ok());
static TO_DURATION: LazyLock<Option<Program>> =
    LazyLock::new(|| Program::compile("duration(text)").ok());

/// Time types of the interpreter are made by the interpreter itself.
fn converted(program: Option<&Program>, text: &str) -> CelValue {
    let plain = || CelValue::String(Arc::new(text.to_string()));
    let Some(program) = program else { return plain() };
    let mut scope = Context::default();
    scope.add_variable_from_value("text", plain());
    run(program, &scope).unwrap_or_else(|_| plain())
}

pub(super) fn to_cel(node: Option<&Node>, value: &Value) -> CelValue {
    match value {
        Value::Null => CelValue::Null,
        Value::Bool(value) => CelValue::Bool(*value),
        Value::Number(number) => {
            let wants_float = node.is_some_and(|node| node.kind == Some(super::Type::Number));
            match (number.as_i64(), number.as_u64()) {
                (Some(whole), _) if !wants_float => CelValue::Int(whole),
                (None, Some(whole)) if !wants_float => CelValue::UInt(whole),
                _ => CelValue::Float(number.as_f64().unwrap_or(f64::NAN)),
            }
        }
        Value::String(text) => string_to_cel(node, text),
        Value::Array(items) => {
            let child = node.and_then(|node| node.items.as_deref());
            CelValue::List(Arc::new(items.iter().map(|item| to_cel(child, item)).collect()))
        }
        Value::Object(fields) => {
            let is_map = node.is_none_or(|node| !matches!(node.additional, Additional::Forbidden));
            let mut map = HashMap::with_capacity(fields.len());
            for (name, value) in fields {
                let key = if is_map { name.clone() } else { escaped(name) };
                map.insert(Key::from(key), to_cel(node.and_then(|node| node.field(name)), value));
            }
            CelValue::Map(CelMap { map: Arc::new(map) })
        }
    }
}

fn string_to_cel(node: Option<&Node>, text: &str) -> CelValue {
    let format = node.filter(|node| !node.int_or_string).and_then(|node| node.format.as_deref());
    match format {
        Some("date-time" | "date") => converted(TO_TIMESTAMP.as_ref(), text),
        Some("duration") => converted(TO_DURATION.as_ref(), text),
        Some("byte") => match base64::engine::general_purpose::STANDARD.decode(text) {
            Ok(bytes) => CelValue::Bytes(Arc::new(bytes)),
            Err(_) => CelValue::String(Arc::new(text.to_string())),
        },
        _ => CelValue::String(Arc::new(text.to_string())),
    }
}

const RESERVED: [&str; 21] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "false",
    "for",
    "function",
    "if",
    "import",
    "in",
    "let",
    "loop",
    "namespace",
    "null",
    "package",
    "return",
    "true",
    "var",
    "void",
    "while",
];

/// Field names as rules have to write them.
fn escaped(name: &str) -> String {
    if RESERVED.contains(&name) {
        return format!("__{name}__");
    }
    name.replace("__", "__underscores__")
        .replace('.', "__dot__")
        .replace('-', "__dash__")
        .replace('/', "__slash__")
}
