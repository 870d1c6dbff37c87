//! Which tag names take part at all: ignore expressions beat allow expressions, both unanchored.

use regex::Regex;

use crate::pattern::{PatternError, regular_expression};

/// The compiled `allowTagsRegexes` and `ignoreTagsRegexes` of a subscription.
#[derive(Clone, Debug, Default)]
pub struct TagFilter {
    allow: Vec<Regex>,
    ignore: Vec<Regex>,
}

impl TagFilter {
    /// Compiles both lists; the first bad expression is named.
    pub fn new(allow: &[String], ignore: &[String]) -> Result<Self, PatternError> {
        let compile = |patterns: &[String]| {
            patterns
                .iter()
                .map(|pattern| regular_expression(pattern))
                .collect::<Result<Vec<_>, _>>()
        };
        Ok(Self { allow: compile(allow)?, ignore: compile(ignore)? })
    }

    /// Whether the tag takes part.
    #[must_use]
    pub fn accepts(&self, tag: &str) -> bool {
        !self.ignore.iter().any(|regex| regex.is_match(tag))
            && (self.allow.is_empty() || self.allow.iter().any(|regex| regex.is_match(tag)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(allow: &[&str], ignore: &[&str], tag: &str, expected: bool) {
        let own = |patterns: &[&str]| {
            patterns.iter().map(|pattern| (*pattern).to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(TagFilter::new(&own(allow), &own(ignore)).unwrap().accepts(tag), expected);
    }

    #[test]
    fn ignoring_beats_allowing() {
        check(&[], &[], "anything", true);
        check(&["^v1"], &[], "v1.2", true);
        check(&["^v1"], &[], "v2.0", false);
        check(&["^v1", "^v2"], &[], "v2.0", true);
        check(&["^v1"], &["rc"], "v1.0-rc1", false);
        check(&[], &["rc"], "v1.0", true);
    }
}
