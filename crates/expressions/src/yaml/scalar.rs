//! How a string is written: plain where it reads back as itself, else quoted; several lines as a block.

use std::sync::LazyLock;

use base64::Engine as _;
use regex::Regex;

use super::INDENT;
use crate::go_text::parse_float;

/// Longer keys stand behind a `?`; a tag counts too.
const MAX_KEY_LENGTH: usize = 128;
const BINARY: &str = "!!binary";

/// What ends a line for the emitter.
pub(super) fn is_break(character: char) -> bool {
    matches!(character, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

pub(super) fn is_simple_key(text: &[u8]) -> bool {
    std::str::from_utf8(text).map_or_else(
        |_| BINARY.len() + text.len().div_ceil(3) * 4 <= MAX_KEY_LENGTH,
        |text| text.len() <= MAX_KEY_LENGTH && !text.contains(is_break),
    )
}

fn binary(out: &mut String, bytes: &[u8]) {
    out.push_str(BINARY);
    out.push(' ');
    out.push_str(&base64::engine::general_purpose::STANDARD.encode(bytes));
}

pub(super) fn write(out: &mut String, text: &[u8], indent: usize) {
    let Ok(text) = std::str::from_utf8(text) else { return binary(out, text) };
    let analysis = Analysis::of(text);
    if text.contains('\n') && analysis.block {
        return block(out, text, indent);
    }
    if text.contains('\n') || !reads_as_text(text) {
        return double(out, text);
    }
    without_newline(out, text, &analysis, indent);
}

/// A key for which [`is_simple_key`] holds.
pub(super) fn write_key(out: &mut String, text: &[u8]) {
    let Ok(text) = std::str::from_utf8(text) else { return binary(out, text) };
    if !reads_as_text(text) {
        return double(out, text);
    }
    without_newline(out, text, &Analysis::of(text), 0);
}

fn without_newline(out: &mut String, text: &str, analysis: &Analysis, indent: usize) {
    if analysis.plain {
        out.push_str(text);
    } else if analysis.single {
        out.push('\'');
        lines(out, &text.replace('\'', "''"), indent, false);
        out.push('\'');
    } else {
        double(out, text);
    }
}

/// Whether the plain text would be read as a string, also by YAML 1.1.
fn reads_as_text(text: &str) -> bool {
    static PATTERNS: LazyLock<Option<[Regex; 3]>> = LazyLock::new(|| {
        Some([
            Regex::new(r"^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$").ok()?,
            Regex::new(r"^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$").ok()?,
            Regex::new(r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}([.,][0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2})?)?$").ok()?,
        ])
    });
    let words = [
        "", "~", "null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE", ".nan",
        ".NaN", ".NAN", ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF", "-.inf", "-.Inf",
        "-.INF", "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO",
        "off", "Off", "OFF",
    ];
    let Some([float, base60, timestamp]) = PATTERNS.as_ref() else { return false };
    if words.contains(&text) || base60.is_match(text) || timestamp.is_match(text) {
        return false;
    }
    if text.starts_with('.') {
        return parse_float(text.as_bytes()).is_none();
    }
    if !text.starts_with(|first: char| first.is_ascii_digit() || first == '+' || first == '-') {
        return true;
    }
    let digits = text.replace('_', "");
    !(is_integer(&digits) || (float.is_match(&digits) && parse_float(digits.as_bytes()).is_some()))
}

/// Decimal, or with a base prefix; a leading zero is octal.
fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let lower = digits.to_ascii_lowercase();
    let (digits, base) = if let Some(rest) = lower.strip_prefix("0x") {
        (rest, 16)
    } else if let Some(rest) = lower.strip_prefix("0b") {
        (rest, 2)
    } else if let Some(rest) = lower.strip_prefix("0o") {
        (rest, 8)
    } else if lower.len() > 1 && lower.starts_with('0') {
        (&lower[1..], 8)
    } else {
        (lower.as_str(), 10)
    };
    !digits.is_empty()
        && digits.chars().all(|digit| digit.is_digit(base))
        && u64::from_str_radix(digits, base).is_ok()
}

struct Analysis {
    plain: bool,
    single: bool,
    block: bool,
}

impl Analysis {
    fn of(text: &str) -> Self {
        let characters: Vec<char> = text.chars().collect();
        let is_blank = |character: Option<&char>| {
            character
                .is_none_or(|&character| matches!(character, ' ' | '\t') || is_break(character))
        };
        let mut indicators = text.starts_with("---") || text.starts_with("...");
        let (mut breaks, mut special, mut tabs, mut space_break, mut break_space) =
            (false, false, false, false, false);
        let mut previous: Option<char> = None;
        for (index, &character) in characters.iter().enumerate() {
            let followed = is_blank(characters.get(index + 1));
            let preceded = is_blank(previous.as_ref());
            indicators |= match character {
                '#' => index == 0 || preceded,
                ',' | '[' | ']' | '{' | '}' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%'
                | '@' | '`' => index == 0,
                '?' | '-' => index == 0 && followed,
                ':' => followed,
                _ => false,
            };
            if character == '\t' {
                tabs = true;
            } else if !is_printable(character) {
                special = true;
            }
            if character == ' ' {
                break_space |= previous.is_some_and(is_break);
            } else if is_break(character) {
                breaks = true;
                space_break |= previous == Some(' ');
            }
            previous = Some(character);
        }
        let at_edge =
            |character: Option<&char>| character.is_some_and(|&edge| edge == ' ' || is_break(edge));
        let edges = at_edge(characters.first()) || at_edge(characters.last());
        let broken = break_space || space_break || tabs || special;
        Self {
            plain: !(edges || broken || breaks || indicators),
            single: !broken,
            block: !(characters.last() == Some(&' ') || space_break || special),
        }
    }
}

fn is_printable(character: char) -> bool {
    matches!(character, '\n' | ' '..='~' | '\u{A0}'..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}')
        && character != '\u{FEFF}'
}

/// `|`, each line indented; the mark says what to do with the last line break.
fn block(out: &mut String, text: &str, indent: usize) {
    out.push('|');
    if text.starts_with(|first| first == ' ' || is_break(first)) {
        out.push_str(&INDENT.to_string());
    }
    let mut last = text.chars().rev();
    if !last.next().is_some_and(is_break) {
        out.push('-');
    } else if last.next().is_none_or(is_break) {
        out.push('+');
    }
    out.push('\n');
    lines(out, text, indent, true);
}

/// Indents what follows a line break.
fn lines(out: &mut String, text: &str, indent: usize, mut broken: bool) {
    for character in text.chars() {
        if !is_break(character) && broken {
            out.push_str(&" ".repeat(indent));
        }
        broken = is_break(character);
        out.push(character);
    }
}

fn double(out: &mut String, text: &str) {
    // Behind a byte order mark at the start, yaml.v3 escapes every character.
    let escape_all = text.starts_with('\u{FEFF}');
    out.push('"');
    for character in text.chars() {
        let escape = match character {
            '"' => Some('"'),
            '\\' => Some('\\'),
            '\0' => Some('0'),
            '\u{07}' => Some('a'),
            '\u{08}' => Some('b'),
            '\t' => Some('t'),
            '\n' => Some('n'),
            '\u{0B}' => Some('v'),
            '\u{0C}' => Some('f'),
            '\r' => Some('r'),
            '\u{1B}' => Some('e'),
            '\u{85}' => Some('N'),
            '\u{A0}' if escape_all => Some('_'),
            '\u{2028}' => Some('L'),
            '\u{2029}' => Some('P'),
            _ => None,
        };
        let code = u32::from(character);
        match escape {
            Some(escape) => {
                out.push('\\');
                out.push(escape);
            }
            None if is_printable(character) && !escape_all => out.push(character),
            None if code <= 0xFF => out.push_str(&format!("\\x{code:02X}")),
            None if code <= 0xFFFF => out.push_str(&format!("\\u{code:04X}")),
            None => out.push_str(&format!("\\U{code:08X}")),
        }
    }
    out.push('"');
}
