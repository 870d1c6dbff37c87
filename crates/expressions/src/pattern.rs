//! Regular expressions as Go's `regexp` reads them, on Rust's engine (both take linear time).

mod translate;

use regex::bytes::{Regex, RegexBuilder};
use translate::{LITERAL, translate};

/// Compiled size; Go bounds by repetition instead.
const MAX_SIZE: usize = 4 << 20;
const MAX_LENGTH: usize = 64 << 10;

/// A pattern in Rust's dialect, not compiled yet.
#[derive(Debug)]
pub(crate) struct Draft<'a> {
    pattern: &'a str,
    translated: String,
    cost: usize,
}

impl<'a> Draft<'a> {
    pub(crate) fn new(pattern: &'a str) -> Result<Self, String> {
        if pattern.len() > MAX_LENGTH {
            return Err(format!("the pattern is longer than {MAX_LENGTH} bytes"));
        }
        let (translated, cost) = translate(pattern)?;
        Ok(Self { pattern, translated, cost })
    }

    /// Steps that compiling counts for.
    pub(crate) fn cost(&self) -> usize {
        self.cost
    }

    pub(crate) fn compile(self) -> Result<Pattern, String> {
        let regex = RegexBuilder::new(&self.translated)
            .size_limit(MAX_SIZE)
            .nest_limit(200)
            .build()
            .map_err(|_| format!("invalid regular expression {:?}", self.pattern))?;
        Ok(Pattern { regex: Some(regex), size: self.cost / LITERAL })
    }
}

/// A compiled regular expression, unanchored. The default one matches nothing.
#[derive(Clone, Debug, Default)]
pub struct Pattern {
    regex: Option<Regex>,
    /// In literals.
    size: usize,
}

impl Pattern {
    /// Compiles within bounds.
    ///
    /// # Errors
    /// What Go would not take either, for people.
    pub fn new(pattern: &str) -> Result<Self, String> {
        Draft::new(pattern)?.compile()
    }

    /// Whether it is found anywhere in `text`.
    #[must_use]
    pub fn is_match(&self, text: &[u8]) -> bool {
        self.regex.as_ref().is_some_and(|regex| regex.is_match(text))
    }

    /// Steps that matching a text counts for: at worst every byte meets every part of the pattern.
    pub(crate) fn match_cost(&self, length: usize) -> usize {
        (length / 64).saturating_mul(1 + self.size / 64)
    }
}
