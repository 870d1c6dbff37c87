//! Reading JSON.

use crate::go_text::parse_float;
use crate::value::{Array, ArrayType, Key, Map, MapType, Text, Value, readable};

/// What evaluations accept.
const MAX_NESTING: usize = 128;

/// Reads JSON as Go: numbers as floats, the last of equal keys wins, lone surrogates become U+FFFD.
pub(crate) fn decode(text: &[u8]) -> Result<Value, String> {
    let mut decoder = Decoder { text, at: 0, depth: 0 };
    decoder.space();
    let value = decoder.value()?;
    decoder.space();
    if decoder.at < text.len() {
        return decoder.refuse("after the top-level value");
    }
    Ok(value)
}

struct Decoder<'a> {
    text: &'a [u8],
    at: usize,
    depth: usize,
}

impl Decoder<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn refuse<T>(&self, place: &str) -> Result<T, String> {
        match self.peek() {
            None => Err("invalid JSON: unexpected end".to_owned()),
            Some(byte) => Err(format!(
                "invalid JSON: unexpected {:?} {place} at byte {}",
                char::from(byte),
                self.at
            )),
        }
    }

    fn value(&mut self) -> Result<Value, String> {
        self.depth += 1;
        if self.depth > MAX_NESTING {
            return Err("invalid JSON: nested too deeply".to_owned());
        }
        let value = match self.peek() {
            Some(b'{') => self.object(),
            Some(b'[') => self.array(),
            Some(b'"') => self.string().map(Value::Text),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'n') => self.word("null", Value::Nil),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => self.refuse("looking for a value"),
        };
        self.depth -= 1;
        value
    }

    fn word(&mut self, word: &str, value: Value) -> Result<Value, String> {
        if self.text[self.at..].starts_with(word.as_bytes()) {
            self.at += word.len();
            return Ok(value);
        }
        self.refuse("in a literal")
    }

    fn digits(&mut self) -> bool {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at > start
    }

    fn number(&mut self) -> Result<Value, String> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        if self.peek() == Some(b'0') {
            self.at += 1;
        } else if !self.digits() {
            return self.refuse("in a number");
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            if !self.digits() {
                return self.refuse("after the decimal point");
            }
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            if !self.digits() {
                return self.refuse("in the exponent");
            }
        }
        let written = &self.text[start..self.at];
        parse_float(written)
            .map(Value::Float)
            .ok_or_else(|| format!("the number {} does not fit", String::from_utf8_lossy(written)))
    }

    fn array(&mut self) -> Result<Value, String> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::Array(Array::new(ArrayType::Any, items)));
        }
        loop {
            self.space();
            items.push(self.value()?);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Value::Array(Array::new(ArrayType::Any, items)));
                }
                _ => return self.refuse("after an array element"),
            }
        }
    }

    fn object(&mut self) -> Result<Value, String> {
        self.at += 1;
        let mut entries = std::collections::BTreeMap::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Map(Map::new(MapType::TextToAny, entries)));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return self.refuse("looking for an object key");
            }
            let key = self.string()?;
            self.space();
            if self.peek() != Some(b':') {
                return self.refuse("after an object key");
            }
            self.at += 1;
            self.space();
            let value = self.value()?;
            entries.insert(Key::Text(key), value);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Value::Map(Map::new(MapType::TextToAny, entries)));
                }
                _ => return self.refuse("after an object value"),
            }
        }
    }

    fn string(&mut self) -> Result<Text, String> {
        self.at += 1;
        let mut out: Vec<u8> = Vec::new();
        loop {
            match self.peek() {
                None | Some(0..=0x1F) => return self.refuse("in a string"),
                Some(b'"') => {
                    self.at += 1;
                    return Ok(Text::from(readable(&out).as_ref()));
                }
                Some(b'\\') => {
                    self.at += 1;
                    self.escape(&mut out)?;
                }
                Some(byte) => {
                    out.push(byte);
                    self.at += 1;
                }
            }
        }
    }

    fn escape(&mut self, out: &mut Vec<u8>) -> Result<(), String> {
        let plain = match self.peek() {
            Some(byte @ (b'"' | b'\\' | b'/')) => byte,
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(b'n') => b'\n',
            Some(b'r') => b'\r',
            Some(b't') => b'\t',
            Some(b'u') => return self.unicode(out),
            _ => return self.refuse("in a string escape"),
        };
        self.at += 1;
        out.push(plain);
        Ok(())
    }

    /// Four hexadecimal digits behind `u`.
    fn code(&self, at: usize) -> Option<u32> {
        let digits = self.text.get(at..at + 4)?;
        if !digits.iter().all(u8::is_ascii_hexdigit) {
            return None;
        }
        u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    }

    fn unicode(&mut self, out: &mut Vec<u8>) -> Result<(), String> {
        let Some(mut code) = self.code(self.at + 1) else {
            return self.refuse("in a \\u escape");
        };
        self.at += 5;
        if (0xD800..0xDC00).contains(&code)
            && self.text.get(self.at..self.at + 2) == Some(b"\\u")
            && let Some(low) = self.code(self.at + 2).filter(|low| (0xDC00..0xE000).contains(low))
        {
            code = 0x1_0000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            self.at += 6;
        }
        let character = char::from_u32(code).unwrap_or('\u{FFFD}');
        let mut buffer = [0; 4];
        out.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
        Ok(())
    }
}
