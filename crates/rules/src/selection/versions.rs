//! Choosing by semantic version, as Masterminds/semver reads versions and constraints.

use expressions::semver::{Constraint, Version};

/// Whether a constraint can be used; empty means any version. The error is for people.
pub fn check_constraint(constraint: &str) -> Result<(), String> {
    parse_constraint(constraint).map(|_| ())
}

fn parse_constraint(constraint: &str) -> Result<Option<Constraint>, String> {
    match constraint.trim() {
        "" => Ok(None),
        constraint => Constraint::parse(constraint).map(Some).map_err(|error| error.to_string()),
    }
}

/// The texts that are versions within the constraint, highest first; equal versions by text, descending.
/// Strict means exactly three numbers, with or without a leading `v`.
pub fn by_version<T: AsRef<str>>(
    texts: impl IntoIterator<Item = T>,
    constraint: &str,
    strict: bool,
) -> Result<Vec<T>, String> {
    let constraint = parse_constraint(constraint)?;
    let mut found: Vec<(Version, T)> = texts
        .into_iter()
        .filter_map(|text| Some((parse(text.as_ref(), strict)?, text)))
        .filter(|(version, _)| {
            constraint.as_ref().is_none_or(|constraint| constraint.check(version))
        })
        .collect();
    found.sort_by(|(a, a_text), (b, b_text)| {
        b.cmp(a).then_with(|| b_text.as_ref().cmp(a_text.as_ref()))
    });
    Ok(found.into_iter().map(|(_, text)| text).collect())
}

fn parse(text: &str, strict: bool) -> Option<Version> {
    if strict {
        return Version::parse_strict(text.strip_prefix('v').unwrap_or(text)).ok();
    }
    Version::parse(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(texts: &[&str], constraint: &str, strict: bool, expected: &[&str]) {
        assert_eq!(by_version(texts.iter().copied(), constraint, strict).unwrap(), expected);
    }

    #[test]
    fn highest_first() {
        check(&["1.0.0", "v1.10.0", "1.9.0", "latest"], "", true, &["v1.10.0", "1.9.0", "1.0.0"]);
        check(&["1.0", "1.0.0", "v1"], "", true, &["1.0.0"]);
        check(&["1.0", "1.0.0"], "", false, &["1.0.0", "1.0"]);
        check(&["1.2.3", "1.3.0", "2.0.0"], "^1.2", true, &["1.3.0", "1.2.3"]);
        check(&["1.3.0-rc.1", "1.2.0"], "^1.0", true, &["1.2.0"]);
        check(&["1.3.0-rc.1", "1.2.0"], "^1.0-0", true, &["1.3.0-rc.1", "1.2.0"]);
    }

    #[test]
    fn broken_constraints_are_refused() {
        assert!(check_constraint("^^1").is_err());
        assert!(check_constraint("").is_ok());
    }
}
