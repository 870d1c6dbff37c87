//! Field selectors: equality over the fields a kind offers.

use super::MAX_LENGTH;
use crate::field_error::quote;

/// A parsed field selector; empty selects everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldSelector {
    terms: Vec<FieldTerm>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct FieldTerm {
    field: String,
    value: String,
    equal: bool,
}

impl FieldSelector {
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_LENGTH {
            return Err(format!("invalid selector: longer than {MAX_LENGTH} bytes"));
        }
        let mut terms = Vec::new();
        for part in split_terms(text) {
            if part.is_empty() {
                continue;
            }
            terms.push(field_term(text, part)?);
        }
        Ok(Self { terms })
    }

    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// The names of all fields asked for, so that a caller can refuse those it does not index.
    pub fn fields(&self) -> impl Iterator<Item = &str> {
        self.terms.iter().map(|term| term.field.as_str())
    }

    /// The value `field` must be equal to, when the selector demands exactly that.
    pub fn required(&self, field: &str) -> Option<&str> {
        self.terms
            .iter()
            .find(|term| term.equal && term.field == field)
            .map(|term| term.value.as_str())
    }

    /// `lookup` answers the text of a field; an absent field counts as empty.
    pub fn matches(&self, lookup: impl Fn(&str) -> Option<String>) -> bool {
        self.terms
            .iter()
            .all(|term| (lookup(&term.field).unwrap_or_default() == term.value) == term.equal)
    }
}

/// Splits at commas that are not escaped.
fn split_terms(text: &str) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut escaped) = (0, false);
    for (place, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            ',' => {
                parts.push(&text[start..place]);
                start = place + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

fn field_term(whole: &str, part: &str) -> Result<FieldTerm, String> {
    let bytes = part.as_bytes();
    let Some(place) = part.find('=') else {
        return Err(format!("invalid selector: '{whole}'; can't understand '{part}'"));
    };
    let (field, equal, rest) = if place > 0 && bytes[place - 1] == b'!' {
        (&part[..place - 1], false, &part[place + 1..])
    } else if part[place + 1..].starts_with('=') {
        (&part[..place], true, &part[place + 2..])
    } else {
        (&part[..place], true, &part[place + 1..])
    };
    Ok(FieldTerm { field: field.to_string(), value: unescape(rest)?, equal })
}

fn unescape(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => match letters.next() {
                Some(next @ ('\\' | ',' | '=')) => out.push(next),
                Some(next) => {
                    return Err(format!(
                        "invalid field selector: invalid escape sequence: {}",
                        quote(&format!("\\{next}"))
                    ));
                }
                None => return Err("invalid field selector: trailing backslash".to_string()),
            },
            ',' | '=' => {
                return Err(format!(
                    "invalid field selector: unescaped character in value: {letter}"
                ));
            }
            other => out.push(other),
        }
    }
    Ok(out)
}
