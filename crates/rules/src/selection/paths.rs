//! Whether a commit touches what a subscription cares about.

use crate::pattern::{Pattern, PatternError};

/// The compiled `includePaths` and `excludePaths` of a git subscription.
#[derive(Clone, Debug, Default)]
pub struct PathFilter {
    include: Vec<Pattern>,
    exclude: Vec<Pattern>,
}

impl PathFilter {
    /// Compiles both lists; the first bad pattern is named.
    pub fn new(include: &[String], exclude: &[String]) -> Result<Self, PatternError> {
        let compile = |patterns: &[String]| {
            patterns.iter().map(|pattern| Pattern::path(pattern)).collect::<Result<Vec<_>, _>>()
        };
        Ok(Self { include: compile(include)?, exclude: compile(exclude)? })
    }

    /// Nothing to look at: every commit passes and no paths need to be listed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.include.is_empty() && self.exclude.is_empty()
    }

    /// A commit passes when any one of its paths is included (or nothing is) and not excluded.
    pub fn accepts<'a>(&self, changed: impl IntoIterator<Item = &'a str>) -> bool {
        self.is_empty() || changed.into_iter().any(|path| self.wants(path))
    }

    fn wants(&self, path: &str) -> bool {
        let named_by = |patterns: &[Pattern]| patterns.iter().any(|pattern| pattern.matches(path));
        (self.include.is_empty() || named_by(&self.include)) && !named_by(&self.exclude)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(include: &[&str], exclude: &[&str], changed: &[&str], expected: bool) {
        let own = |patterns: &[&str]| {
            patterns.iter().map(|pattern| (*pattern).to_owned()).collect::<Vec<_>>()
        };
        let filter = PathFilter::new(&own(include), &own(exclude)).unwrap();
        assert_eq!(filter.accepts(changed.iter().copied()), expected);
    }

    #[test]
    fn one_wanted_path_is_enough() {
        check(&[], &[], &[], true);
        check(&["apps"], &[], &["docs/a", "apps/b"], true);
        check(&["apps"], &[], &["docs/a"], false);
        check(&[], &["docs"], &["docs/a"], false);
        check(&[], &["docs"], &["docs/a", "src/b"], true);
        check(&["apps"], &["apps/test"], &["apps/test/x"], false);
        check(&["apps"], &["glob:**/*.md"], &["apps/README.md", "apps/main.go"], true);
        check(&["apps"], &[], &[], false);
    }
}
