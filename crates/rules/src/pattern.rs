//! Patterns users write to name things: exact names, `glob:` and `regex:`; for paths also directory prefixes.

use expressions::pattern::Pattern as Regex;
use globset::{GlobBuilder, GlobMatcher};
use thiserror::Error;

/// A pattern that cannot be used.
#[derive(Debug, Error)]
pub enum PatternError {
    /// The text after `glob:` is not a glob.
    #[error("{pattern:?} is not a valid glob pattern; use *, **, ?, [a-z] or {{a,b}}")]
    Glob {
        /// What the user wrote.
        pattern: String,
        /// What is wrong with it.
        source: globset::Error,
    },
    /// The text is not a regular expression.
    #[error("{0}; use RE2 syntax, which has no look-around and no back references")]
    Regex(String),
}

/// A compiled pattern.
#[derive(Clone, Debug)]
pub enum Pattern {
    /// This text and no other.
    Exact(String),
    /// This directory and what is below it; a file is its own directory.
    Directory(String),
    /// Shell style; `*` stops at `/`, `**` does not.
    Glob(GlobMatcher),
    /// Unanchored regular expression.
    Regex(Regex),
}

impl Pattern {
    /// A pattern for names: exact unless it says `glob:`, `regex:` or `regexp:`.
    pub fn name(pattern: &str) -> Result<Self, PatternError> {
        Self::parse(pattern, |exact| Self::Exact(exact.to_owned()))
    }

    /// A pattern for paths in a repository: a directory prefix unless it says otherwise.
    pub fn path(pattern: &str) -> Result<Self, PatternError> {
        Self::parse(pattern, |prefix| Self::Directory(clean(prefix)))
    }

    fn parse(pattern: &str, plain: impl Fn(&str) -> Self) -> Result<Self, PatternError> {
        if let Some(glob) = pattern.strip_prefix("glob:") {
            return glob_matcher(glob).map(Self::Glob);
        }
        for prefix in ["regex:", "regexp:"] {
            if let Some(expression) = pattern.strip_prefix(prefix) {
                return regular_expression(expression).map(Self::Regex);
            }
        }
        Ok(plain(pattern))
    }

    /// Whether `text` is meant.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        match self {
            Self::Exact(exact) => exact == text,
            Self::Directory(prefix) => inside(prefix, text),
            Self::Glob(glob) => glob.is_match(text),
            Self::Regex(regex) => regex.is_match(text.as_bytes()),
        }
    }
}

/// Compiles a user's regular expression, in the one dialect that expressions have too.
pub fn regular_expression(pattern: &str) -> Result<Regex, PatternError> {
    Regex::new(pattern).map_err(PatternError::Regex)
}

fn glob_matcher(pattern: &str) -> Result<GlobMatcher, PatternError> {
    GlobBuilder::new(pattern)
        .literal_separator(true)
        .backslash_escape(true)
        .empty_alternates(true)
        .build()
        .map(|glob| glob.compile_matcher())
        .map_err(|source| PatternError::Glob { pattern: pattern.to_owned(), source })
}

fn inside(prefix: &str, path: &str) -> bool {
    let path = clean(path);
    prefix.is_empty()
        || path == prefix
        || path.strip_prefix(prefix).is_some_and(|rest| rest.starts_with('/'))
}

/// Drops `.` segments and doubled or trailing slashes, and resolves `..` inside the path.
fn clean(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." if segments.last().is_some_and(|last| *last != "..") => {
                segments.pop();
            }
            other => segments.push(other),
        }
    }
    segments.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn name(pattern: &str, text: &str, expected: bool) {
        assert_eq!(Pattern::name(pattern).unwrap().matches(text), expected, "{pattern} on {text}");
    }

    #[track_caller]
    fn path(pattern: &str, text: &str, expected: bool) {
        assert_eq!(Pattern::path(pattern).unwrap().matches(text), expected, "{pattern} on {text}");
    }

    #[test]
    fn names() {
        name("test", "test", true);
        name("test", "test2", false);
        name("", "", true);
        name("glob:*-stage", "uat-stage", true);
        name("glob:prod-{eu,us}", "prod-eu", true);
        name("glob:prod-?", "prod-12", false);
        name("glob:prod{,-eu}", "prod", true);
        name("glob:[!p]*", "prod", false);
        name("regex:^prod-", "prod-eu", true);
        name("regexp:od", "prod", true);
        name("regex:^od", "prod", false);
        name("regex:^\\Qa.b\\E$", "a.b", true);
        name("regex:^[[a]b$", "[b", true);
        name("regex:^a{,2}$", "a{,2}", true);
        name("regex:^\\w+$", "ö", false);
    }

    #[test]
    fn paths() {
        path("apps/guestbook", "apps/guestbook/main.go", true);
        path("apps/guestbook/", "apps/guestbook", true);
        path("./apps", "apps/x", true);
        path("apps/guest", "apps/guestbook/main.go", false);
        path("", "anything", true);
        path(".", "anything", true);
        path("glob:apps/*.yaml", "apps/a.yaml", true);
        path("glob:apps/*.yaml", "apps/b/a.yaml", false);
        path("glob:apps/**/*.yaml", "apps/b/c/a.yaml", true);
        path("regex:\\.go$", "a/b.go", true);
    }

    #[test]
    fn broken_patterns_are_named() {
        assert!(Pattern::name("glob:[").unwrap_err().to_string().contains("\"[\""));
        assert!(Pattern::name("regex:(").unwrap_err().to_string().contains("\"(\""));
    }
}
