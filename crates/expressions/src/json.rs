//! JSON as Go's `encoding/json` writes and reads it: sorted keys, `<`, `>` and `&` escaped, every number a float.

mod decode;

pub(crate) use decode::decode;

use crate::go_text::json_float;
use crate::value::{Array, Key, Map, MapType, Value};

const MAX_DEPTH: usize = 140;

/// The JSON text; indented with `indent` if given.
pub(crate) fn encode(value: &Value, indent: Option<&str>) -> Result<String, String> {
    let mut encoder = Encoder { out: String::new(), indent, depth: 0 };
    encoder.value(value)?;
    Ok(encoder.out)
}

struct Encoder<'a> {
    out: String,
    indent: Option<&'a str>,
    depth: usize,
}

fn unsupported(what: &str) -> String {
    format!("JSON cannot hold {what}")
}

/// A map's key type decides before any key is looked at.
fn check_map(map: &Map) -> Result<(), String> {
    match map.of {
        MapType::TextToAny | MapType::TextToText => Ok(()),
        MapType::AnyToAny => Err(unsupported("a map with keys of any type (from fromPairs)")),
        MapType::AnyToArray => Err(unsupported("a map with keys of any type (from groupBy)")),
    }
}

impl Encoder<'_> {
    fn value(&mut self, value: &Value) -> Result<(), String> {
        if self.depth > MAX_DEPTH {
            return Err(unsupported("values nested this deeply"));
        }
        match value {
            Value::Nil => self.out.push_str("null"),
            Value::Bool(value) => self.out.push_str(if *value { "true" } else { "false" }),
            Value::Int(value) | Value::Duration(value) => self.out.push_str(&value.to_string()),
            Value::Byte(value) | Value::Month(value) | Value::Weekday(value) => {
                self.out.push_str(&value.to_string());
            }
            Value::Unsigned(value) => self.out.push_str(&value.to_string()),
            Value::Float(value) => {
                self.out.push_str(
                    &json_float(*value).ok_or_else(|| unsupported("NaN or an infinity"))?,
                );
            }
            Value::Text(text) => bytes(&mut self.out, text.as_bytes()),
            Value::Bytes(content) => {
                use base64::Engine as _;
                let encoded = base64::engine::general_purpose::STANDARD.encode(content.as_bytes());
                string(&mut self.out, &encoded);
            }
            Value::Array(array) if array.absent => self.out.push_str("null"),
            Value::Array(array) => {
                let items: Vec<_> = array.items.iter().map(|item| (None, item)).collect();
                self.container(('[', ']'), &items)?;
            }
            Value::Map(map) => {
                check_map(map)?;
                let items: Vec<_> =
                    map.entries.iter().map(|(key, item)| (Some(key_text(key)), item)).collect();
                self.container(('{', '}'), &items)?;
            }
            Value::Time(time) => string(&mut self.out, &time.to_json()?),
            Value::Zone(_) => self.out.push_str("{}"),
            Value::Version(version) => string(&mut self.out, &version.to_string()),
            Value::Structure(structure) => {
                let fields = structure
                    .fields
                    .iter()
                    .filter(|field| !field.omit_empty || !is_empty(&field.value));
                let items: Vec<_> =
                    fields.map(|field| (Some(field.json.to_owned()), &field.value)).collect();
                self.container(('{', '}'), &items)?;
            }
            Value::Method(_) => return Err(unsupported("a function")),
        }
        Ok(())
    }

    fn container(
        &mut self,
        (open, close): (char, char),
        items: &[(Option<String>, &Value)],
    ) -> Result<(), String> {
        self.out.push(open);
        self.depth += 1;
        for (index, (key, value)) in items.iter().enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            self.line();
            if let Some(key) = key {
                string(&mut self.out, key);
                self.out.push(':');
                if self.indent.is_some() {
                    self.out.push(' ');
                }
            }
            self.value(value)?;
        }
        self.depth -= 1;
        if !items.is_empty() {
            self.line();
        }
        self.out.push(close);
        Ok(())
    }

    fn line(&mut self) {
        if let Some(indent) = self.indent {
            self.out.push('\n');
            self.out.push_str(&indent.repeat(self.depth));
        }
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Nil => true,
        Value::Bool(value) => !value,
        Value::Int(value) => *value == 0,
        Value::Float(value) => *value == 0.0,
        Value::Text(text) => text.is_empty(),
        Value::Array(array) => array.items.is_empty(),
        Value::Map(map) => map.entries.is_empty(),
        _ => false,
    }
}

fn key_text(key: &Key) -> String {
    match key {
        Key::Text(text) => text.to_str().into_owned(),
        _ => key.to_value().to_string(),
    }
}

fn string(out: &mut String, text: &str) {
    bytes(out, text.as_bytes());
}

/// Invalid bytes are written as the escape of U+FFFD.
fn bytes(out: &mut String, text: &[u8]) {
    out.push('"');
    for chunk in text.utf8_chunks() {
        characters(out, chunk.valid());
        for _ in chunk.invalid() {
            out.push_str("\\ufffd");
        }
    }
    out.push('"');
}

fn characters(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{08}' => out.push_str("\\b"),
            '\u{0C}' => out.push_str("\\f"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' | '\u{00}'..='\u{1F}' => {
                out.push_str(&format!("\\u{:04x}", u32::from(character)));
            }
            _ => out.push(character),
        }
    }
}

/// The value as `serde_json` holds it; whole numbers become integers.
pub(crate) fn to_serde(value: &Value) -> Result<serde_json::Value, String> {
    nested(value, 0)
}

fn nested(value: &Value, depth: usize) -> Result<serde_json::Value, String> {
    use serde_json::Value as Json;
    if depth > MAX_DEPTH {
        return Err(unsupported("values nested this deeply"));
    }
    Ok(match value {
        Value::Nil => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(value) | Value::Duration(value) => Json::from(*value),
        Value::Byte(value) | Value::Month(value) | Value::Weekday(value) => Json::from(*value),
        Value::Unsigned(value) => Json::from(*value),
        Value::Float(value) => number(*value).ok_or_else(|| unsupported("NaN or an infinity"))?,
        Value::Text(text) => Json::String(text.to_str().into_owned()),
        Value::Array(Array { absent: true, .. }) => Json::Null,
        Value::Array(array) => Json::Array(
            array.items.iter().map(|item| nested(item, depth + 1)).collect::<Result<_, _>>()?,
        ),
        Value::Map(map) => {
            check_map(map)?;
            let entries =
                map.entries.iter().map(|(key, item)| Ok((key_text(key), nested(item, depth + 1)?)));
            Json::Object(entries.collect::<Result<_, String>>()?)
        }
        Value::Structure(structure) => {
            let fields = structure
                .fields
                .iter()
                .filter(|field| !field.omit_empty || !is_empty(&field.value));
            let fields =
                fields.map(|field| Ok((field.json.to_owned(), nested(&field.value, depth + 1)?)));
            Json::Object(fields.collect::<Result<_, String>>()?)
        }
        Value::Bytes(_)
        | Value::Time(_)
        | Value::Zone(_)
        | Value::Version(_)
        | Value::Method(_) => {
            let encoded = encode(value, None)?;
            nested(&decode(encoded.as_bytes())?, depth + 1)?
        }
    })
}

/// Whole numbers as integers: what reads the JSON next may want one.
#[expect(clippy::cast_possible_truncation, reason = "the range is checked")]
pub(crate) fn number(value: f64) -> Option<serde_json::Value> {
    let whole =
        value.fract() == 0.0 && value.abs() < 9.2e18 && !(value == 0.0 && value.is_sign_negative());
    if whole {
        return Some(serde_json::Value::from(value as i64));
    }
    serde_json::Number::from_f64(value).map(serde_json::Value::Number)
}
