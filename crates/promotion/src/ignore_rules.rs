//! Ignore rules in the syntax of `.gitignore`: the last matching line decides.

use globset::{GlobBuilder, GlobMatcher};

/// More rules than any ignore file has; each is tried on each file.
const MOST_RULES: usize = 1_000;

/// Parsed rules.
#[derive(Debug, Default)]
pub(crate) struct IgnoreRules(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    matcher: GlobMatcher,
    keeps: bool,
    only_directories: bool,
}

impl IgnoreRules {
    /// Reads one pattern per line; empty lines and lines that begin with `#` say nothing.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let mut rules = Vec::new();
        for line in text.lines() {
            if let Some(rule) = Rule::parse(line)? {
                rules.push(rule);
            }
            if rules.len() > MOST_RULES {
                return Err(format!("more than {MOST_RULES} patterns"));
            }
        }
        Ok(Self(rules))
    }

    /// Whether `path`, relative to the directory the rules speak of, is left out. Callers do not
    /// descend into ignored directories, so that nothing below them can be kept.
    pub(crate) fn ignores(&self, path: &str, is_directory: bool) -> bool {
        self.0
            .iter()
            .rev()
            .find(|rule| (is_directory || !rule.only_directories) && rule.matcher.is_match(path))
            .is_some_and(|rule| !rule.keeps)
    }
}

impl Rule {
    fn parse(line: &str) -> Result<Option<Self>, String> {
        let mut pattern = line.trim_end_matches('\r');
        if !pattern.ends_with("\\ ") {
            pattern = pattern.trim_end_matches(' ');
        }
        if pattern.is_empty() || pattern.starts_with('#') {
            return Ok(None);
        }
        let keeps = pattern.starts_with('!');
        pattern = pattern.strip_prefix('!').unwrap_or(pattern);
        let only_directories = pattern.ends_with('/');
        pattern = pattern.trim_end_matches('/');
        let anchored = pattern.contains('/');
        pattern = pattern.trim_start_matches('/');
        if pattern.is_empty() {
            return Ok(None);
        }
        // To git braces and commas are letters like others.
        let pattern = pattern.replace('{', "[{]").replace('}', "[}]");
        let glob = if anchored { pattern } else { format!("**/{pattern}") };
        let matcher = GlobBuilder::new(&glob)
            .literal_separator(true)
            .backslash_escape(true)
            .build()
            .map_err(|error| format!("`{line}`: {error}"))?
            .compile_matcher();
        Ok(Some(Self { matcher, keeps, only_directories }))
    }
}

#[cfg(test)]
mod tests {
    use super::IgnoreRules;

    #[test]
    fn last_match_decides() {
        let rules = IgnoreRules::parse(
            "*.log\n!keep.log\n/root\nsub/x\n\\#odd\ndir/\n{a,b}\nall/**\nx/**/z\n",
        )
        .unwrap();
        for (path, is_directory, ignored) in [
            ("a.log", false, true),
            ("deep/a.log", false, true),
            ("keep.log", false, false),
            ("root", false, true),
            ("deep/root", false, false),
            ("sub/x", false, true),
            ("a/sub/x", false, false),
            ("#odd", false, true),
            ("dir", true, true),
            ("dir", false, false),
            ("{a,b}", false, true),
            ("a", false, false),
            ("all/of/it", false, true),
            ("x/z", false, true),
            ("x/y/y/z", false, true),
        ] {
            assert_eq!(rules.ignores(path, is_directory), ignored, "{path}");
        }
    }
}
