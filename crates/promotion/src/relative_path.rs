//! A path from a step's configuration: it can only name something beneath the work directory.

use std::{borrow::Cow, fmt};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};

/// Linux refuses longer paths, so nothing longer can name a file.
const LONGEST: usize = 4096;

/// A cleaned path: no leading `/`, no `.` or `..`, and `.` for the work directory itself.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct RelativePath {
    written: String,
    clean: String,
}

/// Why a text is no path beneath the work directory.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PathProblem {
    /// Empty text.
    #[error("a path must not be empty")]
    Empty,
    /// A path no file system here would take.
    #[error("a path must not be longer than {LONGEST} bytes or contain a NUL character")]
    Unusable,
    /// `..` beyond the root.
    #[error("`{0}` leads out of the work directory; name a path beneath it")]
    Escapes(String),
}

impl RelativePath {
    /// Cleans `text`. A leading `/` means the work directory, as in Kargo.
    pub fn parse(text: &str) -> Result<Self, PathProblem> {
        if text.is_empty() {
            return Err(PathProblem::Empty);
        }
        if text.len() > LONGEST || text.contains('\0') {
            return Err(PathProblem::Unusable);
        }
        let mut parts: Vec<&str> = Vec::new();
        for part in text.split('/') {
            match part {
                "" | "." => {}
                ".." => {
                    parts.pop().ok_or_else(|| PathProblem::Escapes(text.to_owned()))?;
                }
                name => parts.push(name),
            }
        }
        let clean = if parts.is_empty() { ".".to_owned() } else { parts.join("/") };
        Ok(Self { written: text.to_owned(), clean })
    }

    /// The path as the user wrote it, for messages and for keys of outputs.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// The cleaned path.
    pub fn as_str(&self) -> &str {
        &self.clean
    }

    /// This path with `name` beneath it.
    pub fn join(&self, name: &str) -> Result<Self, PathProblem> {
        Self::parse(&format!("{}/{name}", self.clean))
    }

    /// The directory that holds this path; none for the work directory itself.
    pub fn parent(&self) -> Option<Self> {
        if self.clean == "." {
            return None;
        }
        let clean = self.clean.rsplit_once('/').map_or(".", |(parent, _)| parent).to_owned();
        Some(Self { written: clean.clone(), clean })
    }

    /// True when some component is git's own directory, which no step may write into: hooks and
    /// configuration there would be executed.
    pub fn touches_git(&self) -> bool {
        self.clean.split('/').any(|part| part.eq_ignore_ascii_case(".git"))
    }
}

impl fmt::Display for RelativePath {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.written)
    }
}

impl<'de> Deserialize<'de> for RelativePath {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(de::Error::custom)
    }
}

impl JsonSchema for RelativePath {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "RelativePath".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned_and_stay_inside() {
        for (text, clean) in [
            ("a", "a"),
            ("./a/b/", "a/b"),
            ("/a", "a"),
            ("a/../b", "b"),
            (".", "."),
            ("./", "."),
            ("a//b", "a/b"),
            ("a/..", "."),
        ] {
            assert_eq!(RelativePath::parse(text).unwrap().as_str(), clean, "{text}");
        }
        for text in ["..", "../a", "a/../../b", "/.."] {
            assert_eq!(RelativePath::parse(text), Err(PathProblem::Escapes(text.to_owned())));
        }
        assert_eq!(RelativePath::parse(""), Err(PathProblem::Empty));
        assert_eq!(RelativePath::parse("a\0b"), Err(PathProblem::Unusable));
    }

    #[test]
    fn gits_own_directory_is_recognised_at_any_depth() {
        for text in [".git", "a/.git/hooks/x", "a/.GIT"] {
            assert!(RelativePath::parse(text).unwrap().touches_git(), "{text}");
        }
        for text in ["a.git", ".gitignore", "a/.github/x"] {
            assert!(!RelativePath::parse(text).unwrap().touches_git(), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_yields_a_path_that_escapes(text in ".{0,40}") {
            if let Ok(path) = RelativePath::parse(&text) {
                proptest::prop_assert!(!path.as_str().starts_with('/'));
                proptest::prop_assert!(path.as_str().split('/').all(|part| part != ".." && !part.is_empty()));
            }
        }
    }
}
