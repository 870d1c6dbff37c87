//! YAML as Go's yaml.v3 writes it: block style, four spaces, keys in natural order.

mod scalar;

use std::cmp::Ordering;

use crate::go_text::display;
use crate::lexer;
use crate::value::{Key, Value, readable};

const INDENT: usize = 4;
const MAX_DEPTH: usize = 140;

pub(crate) fn encode(value: &Value) -> Result<String, String> {
    let mut out = String::new();
    write(&mut out, &plain(value), 0, 0, Place::Root)?;
    if !at_line_start(&out) {
        out.push('\n');
    }
    Ok(out)
}

/// A block ends its line itself, also with one of the rarer line breaks.
fn at_line_start(out: &str) -> bool {
    out.ends_with(scalar::is_break)
}

/// Where a node stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Root,
    /// Behind `key:`.
    Value,
    /// Behind the `:` on a line of its own, after a key that needed a `?`.
    LoneValue,
    /// Behind `- `.
    Item,
}

/// What YAML distinguishes.
enum Plain {
    Scalar(String),
    Text(Vec<u8>),
    Sequence(Vec<Value>),
    Mapping(Vec<(Key, Value)>),
    Function,
}

fn plain(value: &Value) -> Plain {
    match value {
        Value::Nil => Plain::Scalar("null".to_owned()),
        Value::Float(number) if number.is_nan() => Plain::Scalar(".nan".to_owned()),
        Value::Float(number) if number.is_infinite() => {
            Plain::Scalar(if *number > 0.0 { ".inf" } else { "-.inf" }.to_owned())
        }
        Value::Float(number) => Plain::Scalar(crate::go_text::yaml_float(*number)),
        Value::Month(number) | Value::Weekday(number) => Plain::Scalar(number.to_string()),
        Value::Time(time) => Plain::Scalar(time.format("2006-01-02T15:04:05.999999999Z07:00")),
        Value::Text(text) => Plain::Text(text.as_bytes().to_vec()),
        Value::Duration(_) | Value::Version(_) => Plain::Text(display(value)),
        Value::Bytes(bytes) => {
            Plain::Sequence(bytes.as_bytes().iter().map(|byte| Value::Byte(*byte)).collect())
        }
        Value::Array(array) => Plain::Sequence(array.items.to_vec()),
        Value::Map(map) => {
            let mut entries: Vec<_> =
                map.entries.iter().map(|(key, value)| (key.clone(), value.clone())).collect();
            entries.sort_by(|(a, _), (b, _)| natural(a, b));
            Plain::Mapping(entries)
        }
        Value::Structure(structure) => {
            let fields = structure.fields.iter();
            Plain::Mapping(
                fields
                    .map(|field| (Key::Text(field.name.to_lowercase().into()), field.value.clone()))
                    .collect(),
            )
        }
        Value::Zone(_) => Plain::Mapping(Vec::new()),
        Value::Method(_) => Plain::Function,
        _ => Plain::Scalar(readable(&display(value)).into_owned()),
    }
}

/// `outer` is the indentation of the collection the node stands in.
fn write(
    out: &mut String,
    node: &Plain,
    outer: usize,
    depth: usize,
    place: Place,
) -> Result<(), String> {
    if depth > MAX_DEPTH {
        return Err("YAML nested too deeply".to_owned());
    }
    // Behind a dash two columns on, behind a key at the next multiple of four.
    let indent = match place {
        Place::Root => 0,
        Place::Item => outer + 2,
        Place::Value | Place::LoneValue => next_indent(outer),
    };
    match node {
        Plain::Function => return Err("YAML cannot hold a function".to_owned()),
        Plain::Scalar(text) => {
            separate(out, place);
            out.push_str(text);
        }
        Plain::Text(text) => {
            separate(out, place);
            scalar::write(out, text, if place == Place::Root { INDENT } else { indent });
        }
        Plain::Sequence(items) if items.is_empty() => {
            separate(out, place);
            out.push_str("[]");
        }
        Plain::Mapping(entries) if entries.is_empty() => {
            separate(out, place);
            out.push_str("{}");
        }
        Plain::Sequence(items) => {
            for (index, item) in items.iter().enumerate() {
                entry(out, indent, place, index);
                out.push('-');
                write(out, &plain(item), indent, depth + 1, Place::Item)?;
            }
        }
        Plain::Mapping(entries) => {
            for (index, (key, value)) in entries.iter().enumerate() {
                entry(out, indent, place, index);
                let place = write_key(out, key, indent);
                write(out, &plain(value), indent, depth + 1, place)?;
            }
        }
    }
    Ok(())
}

fn next_indent(outer: usize) -> usize {
    outer / INDENT * INDENT + INDENT
}

fn separate(out: &mut String, place: Place) {
    if place != Place::Root {
        out.push(' ');
    }
}

/// Starts an entry: the first one of a collection behind a dash stands there.
fn entry(out: &mut String, indent: usize, place: Place, index: usize) {
    if index == 0 && place == Place::Item {
        out.push(' ');
        return;
    }
    if index == 0 && place == Place::LoneValue {
        let column = out.len() - out.rfind('\n').map_or(0, |line_end| line_end + 1);
        out.push_str(&" ".repeat(indent.saturating_sub(column)));
        return;
    }
    if !out.is_empty() && !at_line_start(out) {
        out.push('\n');
    }
    out.push_str(&" ".repeat(indent));
}

/// The key of a mapping at `indent` with its colon: behind a `?` when it is long or takes several lines.
fn write_key(out: &mut String, key: &Key, indent: usize) -> Place {
    match plain(&key.to_value()) {
        Plain::Text(text) if scalar::is_simple_key(&text) => scalar::write_key(out, &text),
        Plain::Text(text) => {
            out.push_str("? ");
            scalar::write(out, &text, next_indent(indent));
            if !at_line_start(out) {
                out.push('\n');
            }
            out.push_str(&" ".repeat(indent));
            out.push(':');
            return Place::LoneValue;
        }
        Plain::Scalar(text) => out.push_str(&text),
        _ => out.push_str("null"),
    }
    out.push(':');
    Place::Value
}

/// Letters by code, runs of digits by number, other characters before letters.
fn natural(left: &Key, right: &Key) -> Ordering {
    let (Key::Text(a), Key::Text(b)) = (left, right) else { return left.cmp(right) };
    let (a, b): (Vec<char>, Vec<char>) =
        (a.to_str().chars().collect(), b.to_str().chars().collect());
    let digit =
        |text: &[char], at: usize| text.get(at).and_then(|character| character.to_digit(10));
    let mut digits = false;
    for (index, (x, y)) in a.iter().zip(&b).enumerate() {
        if x == y {
            digits = x.is_ascii_digit();
            continue;
        }
        let letter =
            |character: char| lexer::is_alphabetic(character) && !matches!(character, '_' | '$');
        let (x_letter, y_letter) = (letter(*x), letter(*y));
        if x_letter && y_letter {
            return x.cmp(y);
        }
        if x_letter || y_letter {
            let first = if digits { x_letter } else { y_letter };
            return if first { Ordering::Less } else { Ordering::Greater };
        }
        let mut start = 0u64;
        if *x == '0' || *y == '0' {
            let before = a[..index].iter().rev().take_while(|character| character.is_ascii_digit());
            start = u64::from(before.clone().any(|character| *character != '0'));
        }
        let number = |text: &[char]| {
            let (mut value, mut at) = (start, index);
            while let Some(next) = digit(text, at) {
                value = value.wrapping_mul(10).wrapping_add(u64::from(next));
                at += 1;
            }
            (value, at)
        };
        let (x_number, y_number) = (number(&a), number(&b));
        return x_number.cmp(&y_number).then(x.cmp(y));
    }
    a.len().cmp(&b.len())
}
