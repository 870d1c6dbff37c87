//! How a value is written in YAML.

use serde_json::Value;

/// The text for `value` in place of `old`, which decides the quotes of a string.
pub(crate) fn render(value: &Value, old: &str, in_flow: bool) -> String {
    let Value::String(text) = value else { return flow(value) };
    match old.as_bytes().first() {
        Some(b'\'') if single_quotable(text) => format!("'{}'", text.replace('\'', "''")),
        Some(b'"') => quoted(text),
        _ if plain_is_safe(text, in_flow) => text.clone(),
        _ => quoted(text),
    }
}

/// Lists and objects in one line, with the blanks that readers of YAML 1.1 want.
fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => quoted(text),
        Value::Array(items) => {
            format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", "))
        }
        Value::Object(map) => {
            let entry =
                |(key, value): (&String, &Value)| format!("{}: {}", quoted(key), flow(value));
            format!("{{{}}}", map.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// The value as commit messages show it: quoted only where it would read as something else.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::String(text) if !reads_as_other(text) => text.clone(),
        Value::String(text) => quoted(text),
        other => other.to_string(),
    }
}

/// JSON's string syntax is YAML's double-quoted style, but YAML wants more characters escaped.
fn quoted(text: &str) -> String {
    let json = Value::String(text.to_owned()).to_string();
    json.chars().fold(String::with_capacity(json.len()), |mut quoted, character| {
        match u32::from(character) {
            _ if printable(character) => quoted.push(character),
            code @ 0..=0xffff => quoted.push_str(&format!("\\u{code:04x}")),
            code => quoted.push_str(&format!("\\U{code:08x}")),
        }
        quoted
    })
}

/// Printable to YAML, and no line end or byte order mark to any reader.
fn printable(character: char) -> bool {
    matches!(character, ' '..='~' | '\u{a1}'..='\u{2027}' | '\u{202a}'..='\u{d7ff}' | '\u{e000}'..='\u{fefe}' | '\u{ff00}'..='\u{fffd}' | '\u{10000}'..)
}

fn single_quotable(text: &str) -> bool {
    text.chars().all(printable)
}

fn plain_is_safe(text: &str, in_flow: bool) -> bool {
    let starts_well = text.chars().next().is_some_and(|first| {
        first.is_alphanumeric() || matches!(first, '/' | '.' | '_' | '(' | '+' | '^' | '~')
    });
    starts_well
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.chars().any(|character| {
            character.is_control()
                || (in_flow && matches!(character, ',' | '[' | ']' | '{' | '}' | ':'))
        })
        && !reads_as_other(text)
}

/// True when some YAML reader would take the plain text for a number, a boolean, null or a date.
fn reads_as_other(text: &str) -> bool {
    let number = text.parse::<f64>().is_ok() || text.replace('_', "").parse::<f64>().is_ok();
    let word = matches!(
        text.to_ascii_lowercase().as_str(),
        "" | "~" | "null" | "true" | "false" | "t" | "f" | "y" | "n" | "yes" | "no" | "on" | "off"
    );
    let date = text.len() >= 8
        && text.as_bytes()[..4].iter().all(u8::is_ascii_digit)
        && text.bytes().all(|byte| byte.is_ascii_digit() || b"-:TtZz.+ ".contains(&byte));
    number
        || word
        || date
        || with_base(text)
        || sexagesimal(text)
        || serde_json::from_str::<Value>(text).is_ok()
        || matches!(
            text.trim_start_matches(['+', '-', '.']).to_ascii_lowercase().as_str(),
            "inf" | "nan"
        )
}

/// `0x1f`, `0o17` and `0b11`, in either case and with a sign.
fn with_base(text: &str) -> bool {
    let digits = text.trim_start_matches(['+', '-']).to_ascii_lowercase();
    ["0x", "0o", "0b"].iter().any(|base| digits.starts_with(base))
}

/// `12:30:45` is a number to YAML 1.1 readers.
fn sexagesimal(text: &str) -> bool {
    text.contains(':') && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b':')
}
