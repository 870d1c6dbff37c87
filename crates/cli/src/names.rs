//! Names that are put into paths.

use crate::failure::{Failure, Result};

/// Refuses what cannot be the name of an object, before it becomes part of a URL.
pub(crate) fn check(what: &str, name: &str) -> Result<()> {
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.' || c == '_';
    let fits = (1..=253).contains(&name.len());
    if fits && name.chars().all(is_allowed) && name.starts_with(|c: char| c.is_ascii_alphanumeric())
    {
        return Ok(());
    }
    Err(Failure::usage(format!("{name:?} cannot be the name of a {what}"))
        .hint("names are made of lower-case letters, digits, '-' and '.', and begin with a letter or a digit"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn paths_cannot_be_smuggled_in() {
        assert!(super::check("stage", "test-1.x").is_ok());
        for name in ["", ".", "..", "../x", "a/b", "a?b", "-a", "a b"] {
            assert!(super::check("stage", name).is_err(), "{name:?}");
        }
    }
}
