//! Characters to tokens.

use std::sync::LazyLock;

use regex::Regex;

use crate::error::Unbound;
use crate::value::Text;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TokenKind {
    Identifier,
    Number,
    Text,
    Bytes,
    Operator,
    Bracket,
    End,
}

#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub(crate) kind: TokenKind,
    /// The written form; for strings a placeholder.
    pub(crate) word: String,
    /// The content of a string literal.
    pub(crate) text: Text,
    pub(crate) at: usize,
}

impl Token {
    pub(crate) fn is(&self, kind: TokenKind, word: &str) -> bool {
        self.kind == kind && self.word == word
    }

    pub(crate) fn is_operator(&self, word: &str) -> bool {
        self.is(TokenKind::Operator, word)
    }

    pub(crate) fn is_bracket(&self, word: &str) -> bool {
        self.is(TokenKind::Bracket, word)
    }
}

static LETTER: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{L}$").ok());
static DIGIT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{Nd}$").ok());

fn is_class(class: &Option<Regex>, character: char) -> bool {
    let mut buffer = [0; 4];
    class.as_ref().is_some_and(|class| class.is_match(character.encode_utf8(&mut buffer)))
}

pub(crate) fn is_alphabetic(character: char) -> bool {
    match character {
        '_' | '$' | 'a'..='z' | 'A'..='Z' => true,
        _ if character.is_ascii() => false,
        _ => is_class(&LETTER, character),
    }
}

pub(crate) fn is_alphanumeric(character: char) -> bool {
    is_alphabetic(character)
        || character.is_ascii_digit()
        || (!character.is_ascii() && is_class(&DIGIT, character))
}

pub(crate) fn is_identifier(word: &str) -> bool {
    let mut characters = word.chars();
    characters.next().is_some_and(is_alphabetic) && characters.all(is_alphanumeric)
}

pub(crate) fn tokens(source: &str) -> Result<Vec<Token>, Unbound> {
    let mut lexer =
        Lexer { source: source.chars().collect(), start: 0, end: 0, tokens: Vec::new() };
    while lexer.token()? {}
    Ok(lexer.tokens)
}

struct Lexer {
    source: Vec<char>,
    start: usize,
    end: usize,
    tokens: Vec<Token>,
}

impl Lexer {
    fn peek(&self) -> Option<char> {
        self.source.get(self.end).copied()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.end += 1;
        Some(character)
    }

    fn accept(&mut self, valid: &str) -> bool {
        let accepted = self.peek().is_some_and(|character| valid.contains(character));
        self.end += usize::from(accepted);
        accepted
    }

    fn accept_run(&mut self, valid: &str) {
        while self.accept(valid) {}
    }

    fn word(&self) -> String {
        self.source.get(self.start..self.end).unwrap_or_default().iter().collect()
    }

    fn emit(&mut self, kind: TokenKind) {
        let word = self.word();
        self.tokens.push(Token { kind, word, text: Text::default(), at: self.start });
        self.start = self.end;
    }

    fn emit_text(&mut self, kind: TokenKind, text: Text) {
        self.tokens.push(Token { kind, word: "\"\"".to_owned(), text, at: self.start });
        self.start = self.end;
    }

    fn fault(&self, message: impl Into<String>) -> Unbound {
        Unbound::new(self.end.saturating_sub(1), message)
    }

    /// Reads one token; false at the end.
    fn token(&mut self) -> Result<bool, Unbound> {
        self.start = self.end;
        let Some(character) = self.next() else {
            self.tokens.push(Token {
                kind: TokenKind::End,
                word: "EOF".to_owned(),
                text: Text::default(),
                at: self.end.saturating_sub(1),
            });
            return Ok(false);
        };
        match character {
            _ if character.is_whitespace() => {}
            '\'' | '"' => {
                self.scan_quoted(character)?;
                let text =
                    unescape(&self.content(1), false).map_err(|message| self.fault(message))?;
                self.emit_text(TokenKind::Text, text);
            }
            '`' => self.scan_raw()?,
            'b' | 'B' if matches!(self.peek(), Some('\'' | '"')) => {
                let quote = self.next().unwrap_or('"');
                self.scan_quoted(quote)?;
                let text =
                    unescape(&self.content(2), true).map_err(|message| self.fault(message))?;
                self.emit_text(TokenKind::Bytes, text);
            }
            '0'..='9' => {
                self.end -= 1;
                self.scan_number()?;
            }
            '?' => self.operator(".?"),
            '/' => self.scan_slash()?,
            '#' => self.scan_pointer(),
            '|' => self.operator("|"),
            ':' => self.operator(":"),
            '(' | '[' | '{' | ')' | ']' | '}' => self.emit(TokenKind::Bracket),
            ',' | ';' | '%' | '+' | '-' | '^' => self.emit(TokenKind::Operator),
            '&' | '!' | '=' | '*' | '<' | '>' => self.operator("&=*"),
            '.' => {
                if self.peek().is_some_and(|next| next.is_ascii_digit()) {
                    self.scan_number()?;
                } else {
                    self.operator(".");
                }
            }
            _ if is_alphanumeric(character) => self.scan_word(),
            _ => return Err(self.fault(format!("unrecognized character: {character:?}"))),
        }
        Ok(true)
    }

    fn operator(&mut self, second: &str) {
        self.accept(second);
        self.emit(TokenKind::Operator);
    }

    fn scan_word(&mut self) {
        while self.peek().is_some_and(is_alphanumeric) {
            self.end += 1;
        }
        let kind = match self.word().as_str() {
            "not" | "in" | "or" | "and" | "matches" | "contains" | "startsWith" | "endsWith"
            | "let" | "if" | "else" => TokenKind::Operator,
            _ => TokenKind::Identifier,
        };
        self.emit(kind);
    }

    fn scan_pointer(&mut self) {
        self.operator("#");
        while self.peek().is_some_and(is_alphanumeric) {
            self.end += 1;
        }
        if self.end > self.start {
            self.emit(TokenKind::Identifier);
        }
    }

    fn scan_slash(&mut self) -> Result<(), Unbound> {
        if self.accept("/") {
            while self.next().is_some_and(|character| character != '\n') {}
            return Ok(());
        }
        if !self.accept("*") {
            self.emit(TokenKind::Operator);
            return Ok(());
        }
        loop {
            match self.next() {
                None => return Err(self.fault("unclosed comment")),
                Some('*') if self.accept("/") => return Ok(()),
                Some(_) => {}
            }
        }
    }

    fn scan_number(&mut self) -> Result<(), Unbound> {
        let mut digits = "0123456789_";
        if self.accept("0") {
            if self.accept("xX") {
                digits = "0123456789abcdefABCDEF_";
            } else if self.accept("oO") {
                digits = "01234567_";
            } else if self.accept("bB") {
                digits = "01_";
            }
        }
        self.accept_run(digits);
        let before_dot = self.end;
        if self.accept(".") {
            // `1..2` is a range.
            if self.peek() == Some('.') {
                self.end = before_dot;
                self.emit(TokenKind::Number);
                return Ok(());
            }
            self.accept_run(digits);
        }
        if self.accept("eE") {
            self.accept("+-");
            self.accept_run(digits);
        }
        if self.peek().is_some_and(is_alphanumeric) {
            self.end += 1;
            return Err(self.fault(format!("bad number syntax: {:?}", self.word())));
        }
        self.emit(TokenKind::Number);
        Ok(())
    }

    /// The literal without its prefix and closing quote.
    fn content(&self, prefix: usize) -> Vec<char> {
        let content = self.source.get(self.start + prefix..self.end - 1).unwrap_or_default();
        let mut normalized = Vec::with_capacity(content.len());
        for (index, &character) in content.iter().enumerate() {
            match character {
                '\r' if content.get(index + 1) == Some(&'\n') => {}
                '\r' => normalized.push('\n'),
                _ => normalized.push(character),
            }
        }
        normalized
    }

    fn scan_quoted(&mut self, quote: char) -> Result<(), Unbound> {
        loop {
            match self.next() {
                None | Some('\n') => return Err(self.fault("literal not terminated")),
                Some('\\') => self.scan_escape(quote)?,
                Some(character) if character == quote => return Ok(()),
                Some(_) => {}
            }
        }
    }

    fn scan_escape(&mut self, quote: char) -> Result<(), Unbound> {
        let (base, count) = match self.next() {
            Some('a' | 'b' | 'f' | 'n' | 'r' | 't' | 'v' | '\\') => return Ok(()),
            Some(character) if character == quote => return Ok(()),
            Some('0'..='7') => (8, 2),
            Some('x') => (16, 2),
            Some('u') if self.peek() == Some('{') => {
                self.end += 1;
                let mut digits = 0;
                while self.peek().is_some_and(|digit| digit.is_ascii_hexdigit()) {
                    self.end += 1;
                    digits += 1;
                }
                if (1..=6).contains(&digits) && self.accept("}") {
                    return Ok(());
                }
                return Err(self.fault("invalid char escape"));
            }
            Some('u') => (16, 4),
            Some('U') => (16, 8),
            _ => return Err(self.fault("invalid char escape")),
        };
        for _ in 0..count {
            if !self.next().is_some_and(|digit| digit.is_digit(base)) {
                return Err(self.fault("invalid char escape"));
            }
        }
        Ok(())
    }

    fn scan_raw(&mut self) -> Result<(), Unbound> {
        let mut text = String::new();
        loop {
            match self.next() {
                None => return Err(self.fault("literal not terminated")),
                Some('`') if self.accept("`") => text.push('`'),
                Some('`') => break,
                Some(character) => text.push(character),
            }
        }
        self.emit_text(TokenKind::Text, text.into());
        Ok(())
    }
}

const FAULT: &str = "unable to unescape string";

/// The code that `count` digits spell.
fn digits(
    content: &[char],
    position: &mut usize,
    base: u32,
    count: usize,
) -> Result<u32, &'static str> {
    let mut code: u32 = 0;
    for _ in 0..count {
        let digit = content.get(*position).and_then(|digit| digit.to_digit(base)).ok_or(FAULT)?;
        code = code.checked_mul(base).and_then(|code| code.checked_add(digit)).ok_or(FAULT)?;
        *position += 1;
    }
    Ok(code)
}

/// Resolves the escapes of a literal that was scanned already.
fn unescape(content: &[char], bytes: bool) -> Result<Text, &'static str> {
    let mut out = Vec::with_capacity(content.len());
    let mut push = |code: u32, raw: bool| {
        let mut buffer = [0; 4];
        if raw {
            out.push(u8::try_from(code).map_err(|_| FAULT)?);
        } else if code > 0x0010_FFFF {
            return Err(FAULT);
        } else {
            let character = char::from_u32(code).unwrap_or('\u{FFFD}');
            out.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
        }
        Ok(())
    };
    let mut position = 0;
    while let Some(&character) = content.get(position) {
        position += 1;
        if character != '\\' {
            push(u32::from(character), false)?;
            continue;
        }
        let escape = *content.get(position).ok_or(FAULT)?;
        position += 1;
        match escape {
            'a' => push(7, false)?,
            'b' => push(8, false)?,
            'f' => push(12, false)?,
            'n' => push(10, false)?,
            'r' => push(13, false)?,
            't' => push(9, false)?,
            'v' => push(11, false)?,
            '\\' | '\'' | '"' => push(u32::from(escape), false)?,
            'x' => push(digits(content, &mut position, 16, 2)?, bytes)?,
            '0'..='3' => {
                let first = escape.to_digit(8).unwrap_or_default();
                push(first * 64 + digits(content, &mut position, 8, 2)?, bytes)?;
            }
            'u' if !bytes && content.get(position) == Some(&'{') => {
                let length =
                    content[position + 1..].iter().take_while(|&&digit| digit != '}').count();
                let code: String = content[position + 1..position + 1 + length].iter().collect();
                position += length + 2;
                push(u32::from_str_radix(&code, 16).map_err(|_| FAULT)?, false)?;
            }
            'u' if !bytes => push(digits(content, &mut position, 16, 4)?, false)?,
            'U' if !bytes => push(digits(content, &mut position, 16, 8)?, false)?,
            _ => return Err(FAULT),
        }
    }
    Ok(out.into())
}
