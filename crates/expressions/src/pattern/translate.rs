//! From Go's dialect of regular expressions to Rust's, and what compiling will cost.

/// Names between `[:` and `:]`.
const CLASSES: [&str; 14] = [
    "alnum", "alpha", "ascii", "blank", "cntrl", "digit", "graph", "lower", "print", "punct",
    "space", "upper", "word", "xdigit",
];

/// Steps that compiling counts for, as measured: a literal or a class of ASCII; a class of nearly everything, which is
/// many sequences of bytes; a Unicode property.
pub(super) const LITERAL: usize = 20;
const WIDE: usize = 150;
const PROPERTY: usize = 5_000;
/// Of every pattern, however short.
const BASE: usize = 500;

/// The pattern in Rust's dialect, and the steps that compiling it counts for.
pub(super) fn translate(pattern: &str) -> Result<(String, usize), String> {
    let translator = Translator {
        rest: pattern.chars().collect(),
        at: 0,
        out: String::new(),
        pattern,
        open: Vec::new(),
        total: BASE,
        last: 0,
    };
    translator.run()
}

/// Rewrites what the two dialects read differently: ASCII classes, literal braces, classes in classes.
struct Translator<'a> {
    rest: Vec<char>,
    at: usize,
    out: String,
    pattern: &'a str,
    /// The costs before each open group.
    open: Vec<usize>,
    /// The cost of the group so far, and of its last part: that is what a repetition repeats.
    total: usize,
    last: usize,
}

impl Translator<'_> {
    fn part(&mut self, cost: usize) {
        self.total = self.total.saturating_add(cost);
        self.last = cost;
    }

    fn end_group(&mut self) {
        let inside = self.total;
        self.total = self.open.pop().unwrap_or_default();
        self.part(inside.saturating_add(LITERAL));
    }

    fn refuse<T>(&self, why: &str) -> Result<T, String> {
        Err(format!("invalid regular expression {:?}: {why}", self.pattern))
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.rest.get(self.at + ahead).copied()
    }

    fn run(mut self) -> Result<(String, usize), String> {
        let mut repeated = false;
        while let Some(character) = self.peek(0) {
            self.at += 1;
            let mut repeats = false;
            match character {
                '\\' => self.escape(false)?,
                '[' => self.class()?,
                '(' => {
                    self.open.push(std::mem::take(&mut self.total));
                    if self.peek(0) == Some('?') {
                        self.group()?;
                    } else {
                        self.out.push('(');
                    }
                }
                ')' => {
                    self.end_group();
                    self.out.push(')');
                }
                '*' | '+' | '?' => {
                    if repeated {
                        return self.refuse("invalid nested repetition operator");
                    }
                    self.out.push(character);
                    self.lazy();
                    repeats = true;
                }
                '{' => {
                    repeats = self.repetition(repeated)?;
                }
                '}' | '#' | '&' | '~' | '-' => {
                    self.part(LITERAL);
                    self.out.push('\\');
                    self.out.push(character);
                }
                _ => {
                    self.part(if character == '.' { WIDE } else { LITERAL });
                    self.out.push(character);
                }
            }
            repeated = repeats;
        }
        let cost = self.open.iter().fold(self.total, |sum, cost| sum.saturating_add(*cost));
        Ok((self.out, cost))
    }

    fn lazy(&mut self) {
        if self.peek(0) == Some('?') {
            self.at += 1;
            self.out.push('?');
        }
    }

    /// `{2,3}` repeats; any other brace is itself.
    fn repetition(&mut self, repeated: bool) -> Result<bool, String> {
        let close = self.rest[self.at..].iter().take(16).position(|&character| character == '}');
        let Some(close) = close else {
            self.out.push_str("\\{");
            return Ok(false);
        };
        let inside: String = self.rest[self.at..self.at + close].iter().collect();
        let (low, high) = inside.split_once(',').unwrap_or((&inside, &inside));
        let number =
            |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if !number(low) || !(high.is_empty() || number(high)) {
            self.out.push_str("\\{");
            return Ok(false);
        }
        let bound = |text: &str| text.parse::<u32>().unwrap_or(u32::MAX);
        if bound(low) > 1000
            || (!high.is_empty() && (bound(high) > 1000 || bound(high) < bound(low)))
        {
            return self.refuse("invalid repeat count");
        }
        if repeated {
            return self.refuse("invalid nested repetition operator");
        }
        let times = bound(if high.is_empty() { low } else { high }) as usize;
        self.part(self.last.saturating_mul(times.saturating_sub(1)));
        self.out.push('{');
        self.out.push_str(&inside);
        self.out.push('}');
        self.at += close + 1;
        self.lazy();
        Ok(true)
    }

    /// `(?…`: names and the flags i, m, s, U.
    fn group(&mut self) -> Result<(), String> {
        let rest: String = self.rest[self.at..].iter().take(2).collect();
        if rest == "?P" || rest == "?<" {
            self.out.push('(');
            return Ok(());
        }
        self.at += 1;
        self.out.push_str("(?");
        let mut flags = String::new();
        while let Some(character) = self.peek(0) {
            self.at += 1;
            self.out.push(character);
            match character {
                // A flag may be repeated.
                'i' | 'm' | 's' | 'U' if flags.contains(character) => {
                    self.out.pop();
                }
                'i' | 'm' | 's' | 'U' | '-' => {}
                ':' => return Ok(()),
                ')' => {
                    self.end_group();
                    return Ok(());
                }
                _ => break,
            }
            flags.push(character);
        }
        self.refuse("invalid or unsupported group")
    }

    fn escape(&mut self, in_class: bool) -> Result<(), String> {
        let Some(character) = self.peek(0) else { return self.refuse("trailing backslash") };
        self.at += 1;
        let class = match character {
            'd' => Some("0-9"),
            'w' => Some("0-9A-Za-z_"),
            's' => Some("\\t\\n\\f\\r "),
            _ => None,
        };
        self.part(match character {
            'p' | 'P' => PROPERTY,
            'D' | 'W' | 'S' => WIDE,
            _ => LITERAL,
        });
        match (character, class) {
            (_, Some(class)) if in_class => self.out.push_str(class),
            (_, Some(class)) => self.out.push_str(&format!("[{class}]")),
            ('D', _) => self.out.push_str("[^0-9]"),
            ('W', _) => self.out.push_str("[^0-9A-Za-z_]"),
            ('S', _) => self.out.push_str("[^\\t\\n\\f\\r ]"),
            ('b' | 'B', _) if !in_class => self.out.push_str(&format!("(?-u:\\{character})")),
            ('A' | 'z', _) if !in_class => {
                self.out.push('\\');
                self.out.push(character);
            }
            ('Q', _) if !in_class => self.quoted(),
            ('a', _) => self.out.push_str("\\x07"),
            ('p' | 'P', _) => self.property(character)?,
            ('f' | 't' | 'n' | 'r' | 'v' | 'x', _) => {
                self.out.push('\\');
                self.out.push(character);
                if character == 'x' {
                    self.braced()?;
                }
            }
            ('0'..='7', _) => self.octal(character)?,
            _ if character.is_ascii() && !character.is_ascii_alphanumeric() => {
                if !matches!(character, '<' | '>') {
                    self.out.push('\\');
                }
                self.out.push(character);
            }
            _ => return self.refuse("invalid escape sequence"),
        }
        Ok(())
    }

    /// `\\pL`, `\\p{Greek}`, and the other way round `\\P{Greek}` or `\\p{^Greek}`.
    fn property(&mut self, character: char) -> Result<(), String> {
        let negated = self.peek(0) == Some('{') && self.peek(1) == Some('^');
        self.out.push('\\');
        self.out.push(if negated == (character == 'P') { 'p' } else { 'P' });
        if negated {
            self.at += 1;
            self.rest[self.at] = '{';
        }
        // Rust also knows `IsGreek`.
        let name = self.rest.get(self.at + 1..self.at + 3).unwrap_or_default();
        if self.peek(0) == Some('{') && matches!(name, ['i' | 'I', 's' | 'S']) {
            return self.refuse("invalid character class range");
        }
        match self.peek(0) {
            Some('{') => self.braced(),
            Some(letter) => {
                self.at += 1;
                self.out.push(letter);
                Ok(())
            }
            None => self.refuse("invalid character class range"),
        }
    }

    /// `{Greek}` or `{1F600}` behind `\\p` or `\\x`.
    fn braced(&mut self) -> Result<(), String> {
        if self.peek(0) != Some('{') {
            return Ok(());
        }
        while let Some(character) = self.peek(0) {
            self.at += 1;
            self.out.push(character);
            match character {
                '}' => return Ok(()),
                '{' | '_' => {}
                _ if character.is_ascii_alphanumeric() => {}
                _ => break,
            }
        }
        self.refuse("invalid character class range")
    }

    /// Octal codes: `\0…` and, with three digits, `\1…`; never references.
    fn octal(&mut self, first: char) -> Result<(), String> {
        let digit = |character: Option<char>| character.and_then(|character| character.to_digit(8));
        if first != '0' && digit(self.peek(0)).is_none() {
            return self.refuse("invalid escape sequence");
        }
        let mut code = first.to_digit(8).unwrap_or_default();
        for _ in 0..2 {
            let Some(next) = digit(self.peek(0)) else { break };
            code = code * 8 + next;
            self.at += 1;
        }
        self.out.push_str(&format!("\\x{{{code:x}}}"));
        Ok(())
    }

    fn quoted(&mut self) {
        self.part(LITERAL.saturating_mul(self.rest.len() - self.at));
        while let Some(character) = self.peek(0) {
            if character == '\\' && self.peek(1) == Some('E') {
                self.at += 2;
                return;
            }
            self.at += 1;
            self.out.push_str(&regex::escape(&character.to_string()));
        }
    }

    fn class(&mut self) -> Result<(), String> {
        let before = self.total;
        self.total = LITERAL;
        self.out.push('[');
        if self.peek(0) == Some('^') {
            self.at += 1;
            self.out.push('^');
            self.total = WIDE;
        }
        self.class_items()?;
        let inside = self.total;
        self.total = before;
        self.part(inside);
        Ok(())
    }

    fn class_items(&mut self) -> Result<(), String> {
        let mut first = true;
        while let Some(character) = self.peek(0) {
            self.at += 1;
            match character {
                ']' if !first => {
                    self.out.push(']');
                    return Ok(());
                }
                '[' if self.peek(0) == Some(':') => {
                    let close = self.rest[self.at..]
                        .windows(2)
                        .take(16)
                        .position(|pair| pair == [':', ']']);
                    match close {
                        Some(close) => {
                            let name: String =
                                self.rest[self.at - 1..self.at + close + 2].iter().collect();
                            if !CLASSES.contains(&name.trim_matches(['[', ':', ']', '^'])) {
                                return self.refuse("invalid character class range");
                            }
                            self.out.push_str(&name);
                            self.at += close + 2;
                        }
                        None => self.out.push_str("\\["),
                    }
                }
                '\\' => self.escape(true)?,
                '[' | ']' | '&' | '~' => {
                    self.out.push('\\');
                    self.out.push(character);
                }
                '-' if first || self.peek(0) == Some(']') => self.out.push_str("\\-"),
                // Two hyphens are no difference of sets.
                '-' if self.peek(0) == Some('-') => {
                    self.at += 1;
                    self.out.push_str("-\\-");
                }
                _ => {
                    self.part(if character.is_ascii() { 1 } else { LITERAL });
                    self.out.push(character);
                }
            }
            first = false;
        }
        self.refuse("missing closing ]")
    }
}
