//! Which tag names take part at all: ignore expressions beat allow expressions, both unanchored.

use expressions::pattern::Pattern;

use crate::pattern::{PatternError, regular_expression};

/// The compiled `allowTagsRegexes` and `ignoreTagsRegexes` of a subscription.
#[derive(Clone, Debug, Default)]
pub struct TagFilter {
    allow: Vec<Pattern>,
    ignore: Vec<Pattern>,
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
        let named_by =
            |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.is_match(tag.as_bytes()));
        !named_by(&self.ignore) && (self.allow.is_empty() || named_by(&self.allow))
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
