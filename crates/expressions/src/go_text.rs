//! Text as Go writes and reads it: numbers, durations, quotes, `%v`, simple case mapping.

mod duration;
mod numbers;
mod power;

pub(crate) use duration::{format as format_duration, parse as parse_duration};
pub(crate) use numbers::{format_float, json_float, parse_float, parse_int, yaml_float};
pub(crate) use power::power;

use crate::value::{Key, Map, Value};

/// `%v`.
pub(crate) fn display(value: &Value) -> Vec<u8> {
    let mut out = Vec::new();
    write(&mut out, value);
    out
}

fn write(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Nil => out.extend_from_slice(b"<nil>"),
        Value::Bool(value) => out.extend_from_slice(value.to_string().as_bytes()),
        Value::Int(value) => out.extend_from_slice(value.to_string().as_bytes()),
        Value::Byte(value) => out.extend_from_slice(value.to_string().as_bytes()),
        Value::Unsigned(value) => out.extend_from_slice(value.to_string().as_bytes()),
        Value::Float(value) => out.extend_from_slice(format_float(*value).as_bytes()),
        Value::Text(text) => out.extend_from_slice(text.as_bytes()),
        Value::Bytes(bytes) => {
            sequence(out, bytes.as_bytes().iter().map(|byte| Value::Byte(*byte)));
        }
        Value::Array(array) => sequence(out, array.items.iter().cloned()),
        Value::Map(map) => write_map(out, map),
        Value::Time(time) => out.extend_from_slice(time.to_string().as_bytes()),
        Value::Duration(duration) => out.extend_from_slice(format_duration(*duration).as_bytes()),
        Value::Zone(zone) => out.extend_from_slice(zone.name().as_bytes()),
        Value::Month(month) => {
            out.extend_from_slice(crate::clock_time::month_name(*month).as_bytes());
        }
        Value::Weekday(day) => {
            out.extend_from_slice(crate::clock_time::weekday_name(*day).as_bytes());
        }
        Value::Version(version) => out.extend_from_slice(version.to_string().as_bytes()),
        Value::Structure(structure) => {
            out.push(b'{');
            for (index, field) in structure.fields.iter().enumerate() {
                if index > 0 {
                    out.push(b' ');
                }
                write(out, &field.value);
            }
            out.push(b'}');
        }
        Value::Method(_) => out.extend_from_slice(b"func"),
    }
}

fn sequence(out: &mut Vec<u8>, items: impl Iterator<Item = Value>) {
    out.push(b'[');
    for (index, item) in items.enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        write(out, &item);
    }
    out.push(b']');
}

fn write_map(out: &mut Vec<u8>, map: &Map) {
    out.extend_from_slice(b"map[");
    for (index, (key, value)) in map.entries.iter().enumerate() {
        if index > 0 {
            out.push(b' ');
        }
        write(out, &Key::to_value(key));
        out.push(b':');
        write(out, value);
    }
    out.push(b']');
}

/// `type(x)`.
pub(crate) fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Nil => "nil",
        Value::Bool(_) => "bool",
        Value::Int(_) => "int",
        Value::Byte(_) | Value::Unsigned(_) => "uint",
        Value::Float(_) => "float",
        Value::Text(_) => "string",
        Value::Bytes(_) | Value::Array(_) => "array",
        Value::Map(_) => "map",
        Value::Time(_) => "time.Time",
        Value::Duration(_) => "time.Duration",
        Value::Zone(_) => "time.Location",
        Value::Month(_) => "time.Month",
        Value::Weekday(_) => "time.Weekday",
        Value::Version(_) => "github.com/Masterminds/semver/v3.Version",
        Value::Structure(structure) => match structure.type_name {
            "FreightOrigin" => "github.com/akuity/kargo/api/v1alpha1.FreightOrigin",
            "GitCommit" => "github.com/akuity/kargo/api/v1alpha1.GitCommit",
            "Image" => "github.com/akuity/kargo/api/v1alpha1.Image",
            "Chart" => "github.com/akuity/kargo/api/v1alpha1.Chart",
            _ => "struct",
        },
        Value::Method(_) => "func",
    }
}

/// `%q`: Go's double-quoted string.
pub(crate) fn quote(text: &[u8]) -> String {
    let mut out = String::from("\"");
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            quote_character(&mut out, character);
        }
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out.push('"');
    out
}

fn quote_character(out: &mut String, character: char) {
    match character {
        '"' | '\\' => {
            out.push('\\');
            out.push(character);
        }
        '\u{07}' => out.push_str("\\a"),
        '\u{08}' => out.push_str("\\b"),
        '\u{0C}' => out.push_str("\\f"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{0B}' => out.push_str("\\v"),
        _ if is_printable(character) => out.push(character),
        _ => {
            let code = u32::from(character);
            if code < 0x80 {
                out.push_str(&format!("\\x{code:02x}"));
            } else if code < 0x1_0000 {
                out.push_str(&format!("\\u{code:04x}"));
            } else {
                out.push_str(&format!("\\U{code:08x}"));
            }
        }
    }
}

/// Letters, marks, numbers, punctuation, symbols and the ASCII space.
fn is_printable(character: char) -> bool {
    use std::sync::LazyLock;
    static PRINTABLE: LazyLock<Option<regex::Regex>> =
        LazyLock::new(|| regex::Regex::new(r"^[\p{L}\p{M}\p{N}\p{P}\p{S}]$").ok());
    if character.is_ascii() {
        return (' '..='~').contains(&character);
    }
    let mut buffer = [0; 4];
    PRINTABLE
        .as_ref()
        .is_some_and(|printable| printable.is_match(character.encode_utf8(&mut buffer)))
}

/// Maps each character on its own; where Unicode's full mapping needs several, the simple one is taken.
fn map_case(text: &[u8], map: impl Fn(char) -> char) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut buffer = [0; 4];
    for chunk in text.utf8_chunks() {
        for character in chunk.valid().chars() {
            out.extend_from_slice(map(character).encode_utf8(&mut buffer).as_bytes());
        }
        for _ in chunk.invalid() {
            out.extend_from_slice("\u{FFFD}".as_bytes());
        }
    }
    out
}

pub(crate) fn upper(text: &[u8]) -> Vec<u8> {
    map_case(text, |character| {
        let mut mapped = character.to_uppercase();
        match (mapped.next(), mapped.next()) {
            (Some(upper), None) => upper,
            _ => simple_upper(character),
        }
    })
}

/// Greek letters with an iota below have a single capital in the simple mapping.
fn simple_upper(character: char) -> char {
    let offset = match u32::from(character) {
        0x1F80..=0x1F87 | 0x1F90..=0x1F97 | 0x1FA0..=0x1FA7 => 8,
        0x1FB3 | 0x1FC3 | 0x1FF3 => 9,
        _ => 0,
    };
    char::from_u32(u32::from(character) + offset).unwrap_or(character)
}

pub(crate) fn lower(text: &[u8]) -> Vec<u8> {
    map_case(text, |character| character.to_lowercase().next().unwrap_or(character))
}
