//! How a command ends when it does not end well: what went wrong, what to do about it, and the exit code.

use std::fmt;

/// A command that did not end well.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    message: String,
    hints: Vec<String>,
    code: u8,
    status: Option<u16>,
}

pub(crate) type Result<T> = std::result::Result<T, Failure>;

const FAILED: u8 = 1;
const USAGE: u8 = 2;
const PROMOTION_FAILED: u8 = 3;

impl Failure {
    fn with_code(message: impl Into<String>, code: u8) -> Self {
        Self { message: message.into(), hints: Vec::new(), code, status: None }
    }

    /// It was asked for something possible, and that did not work.
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self::with_code(message, FAILED)
    }

    /// It was asked for something that cannot be.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self::with_code(message, USAGE)
    }

    /// A Promotion that was waited for did not succeed.
    pub(crate) fn promotion(message: impl Into<String>) -> Self {
        Self::with_code(message, PROMOTION_FAILED)
    }

    /// The reader of our output went away; nothing is to be said.
    pub(crate) fn nobody_reads() -> Self {
        Self::with_code("", FAILED)
    }

    /// Adds what can be done about it.
    #[must_use]
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// Takes all advice away.
    #[must_use]
    pub(crate) fn without_hints(mut self) -> Self {
        self.hints.clear();
        self
    }

    /// Adds the HTTP status the server answered with.
    #[must_use]
    pub(crate) fn with_status(mut self, status: u16) -> Self {
        self.status = Some(status);
        self
    }

    pub(crate) fn status(&self) -> Option<u16> {
        self.status
    }

    pub(crate) fn code(&self) -> u8 {
        self.code
    }

    pub(crate) fn is_silent(&self) -> bool {
        self.message.is_empty()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.message)?;
        self.hints.iter().try_for_each(|hint| write!(formatter, "\nhint: {hint}"))
    }
}

/// An error and what caused it, in one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let words = error.to_string();
        if !text.contains(&words) {
            text = format!("{text}: {words}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_follow_the_message() {
        let failure = Failure::usage("no project").hint("name one with --project");
        assert_eq!(failure.to_string(), "no project\nhint: name one with --project");
        assert_eq!(failure.code(), 2);
    }
}
