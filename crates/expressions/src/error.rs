//! What can go wrong, with the place in the expression it went wrong at.

use std::fmt;

use crate::scope::Lookup;

/// Why an expression or a template gave no value.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Error {
    #[error("syntax: {0}")]
    Syntax(Fault),
    #[error("types: {0}")]
    Type(Fault),
    #[error("evaluate: {0}")]
    Evaluate(Fault),
    /// A function needs a fact the scope does not hold: fetch it and evaluate again.
    #[error("{}() needs a fact that was not provided", .0.function)]
    Missing(Lookup),
    #[error("unclosed expression: expected \"{delimiter}\" but reached the end of the template")]
    Unclosed { delimiter: &'static str },
    #[error("encode as JSON: {0}")]
    Encode(String),
}

/// A message and its place: line and column (from 1) and the line itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub message: String,
    pub line: usize,
    pub column: usize,
    pub source_line: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} ({}:{})", self.message, self.line, self.column)?;
        if self.source_line.is_empty() {
            return Ok(());
        }
        write!(
            formatter,
            "\n | {}\n | {}^",
            self.source_line,
            " ".repeat(self.column.saturating_sub(1))
        )
    }
}

/// Characters of a message.
const MAX_MESSAGE: usize = 1000;

/// A fault not yet bound to its source: `at` counts characters.
#[derive(Debug, Clone)]
pub(crate) struct Unbound {
    pub(crate) message: String,
    pub(crate) at: usize,
}

impl Unbound {
    pub(crate) fn new(at: usize, message: impl Into<String>) -> Self {
        Self { message: message.into(), at }
    }

    pub(crate) fn bind(self, source: &str) -> Fault {
        let mut line = 1;
        let mut column = 1;
        for character in source.chars().take(self.at) {
            if character == '\n' {
                line += 1;
                column = 1;
            } else {
                column += 1;
            }
        }
        // A very long line would bury the message.
        let source_line = source.split('\n').nth(line - 1).unwrap_or_default();
        let source_line = if source_line.chars().count() > 200 {
            String::new()
        } else {
            source_line.replace('\t', " ")
        };
        // So would a very long value in it.
        let mut message = self.message;
        if let Some((at, _)) = message.char_indices().nth(MAX_MESSAGE) {
            message.truncate(at);
            message.push('…');
        }
        Fault { message, line, column, source_line }
    }
}

/// What stops an evaluation.
#[derive(Debug, Clone)]
pub(crate) enum Raised {
    Fault(Unbound),
    Missing(Lookup),
}

impl Raised {
    pub(crate) fn bind(self, source: &str) -> Error {
        match self {
            Self::Fault(fault) => Error::Evaluate(fault.bind(source)),
            Self::Missing(lookup) => Error::Missing(lookup),
        }
    }
}

/// What a function or operator reports; the evaluator adds the place.
#[derive(Debug, Clone)]
pub enum Refusal {
    Message(String),
    Missing(Lookup),
}

impl From<String> for Refusal {
    fn from(message: String) -> Self {
        Self::Message(message)
    }
}

impl From<&str> for Refusal {
    fn from(message: &str) -> Self {
        Self::Message(message.to_owned())
    }
}

impl Refusal {
    pub(crate) fn at(self, at: usize) -> Raised {
        match self {
            Self::Message(message) => Raised::Fault(Unbound { message, at }),
            Self::Missing(lookup) => Raised::Missing(lookup),
        }
    }
}
