//! `os/arch[/variant]` constraints on images.

use std::fmt;

use thiserror::Error;

/// What an image must be able to run on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Platform {
    /// Such as `linux`.
    pub os: String,
    /// Such as `amd64`.
    pub architecture: String,
    /// Such as `v8`; none matches only images that name none.
    pub variant: Option<String>,
}

/// Not a platform.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0:?} is not a platform; write os/arch or os/arch/variant, such as linux/amd64")]
pub struct PlatformError(pub String);

impl Platform {
    /// Parses a constraint as a subscription writes it.
    pub fn parse(text: &str) -> Result<Self, PlatformError> {
        let word = |part: &&str| {
            !part.is_empty()
                && part.chars().all(|char| char.is_ascii_alphanumeric() || "._-".contains(char))
        };
        let parts: Vec<&str> = text.split('/').collect();
        match parts.as_slice() {
            [os, architecture, rest @ ..] if rest.len() <= 1 && parts.iter().all(word) => {
                Ok(Self {
                    os: (*os).to_owned(),
                    architecture: (*architecture).to_owned(),
                    variant: rest.first().map(|variant| (*variant).to_owned()),
                })
            }
            _ => Err(PlatformError(text.to_owned())),
        }
    }

    /// Whether an image built for `os`, `architecture` and `variant` is meant. Unlike Kargo, a constraint without
    /// a variant accepts the default variant that builders write for arm64, and single-architecture images match.
    #[must_use]
    pub fn matches(&self, os: &str, architecture: &str, variant: Option<&str>) -> bool {
        let default = |variant: Option<&str>| match (architecture, variant) {
            ("arm64", Some("v8")) | (_, Some("")) => None,
            (_, other) => other.map(str::to_owned),
        };
        self.os == os
            && self.architecture == architecture
            && default(self.variant.as_deref()) == default(variant)
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.os, self.architecture)?;
        match &self.variant {
            Some(variant) => write!(formatter, "/{variant}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_and_matches() {
        let linux = Platform::parse("linux/amd64").unwrap();
        assert!(linux.matches("linux", "amd64", None));
        assert!(linux.matches("linux", "amd64", Some("")));
        assert!(!linux.matches("linux", "arm64", None));
        assert!(!linux.matches("windows", "amd64", None));
        let arm = Platform::parse("linux/arm/v7").unwrap();
        assert_eq!(arm.to_string(), "linux/arm/v7");
        assert!(!arm.matches("linux", "arm", Some("v6")));
        assert!(!arm.matches("linux", "arm", None));
        assert!(Platform::parse("linux/arm64").unwrap().matches("linux", "arm64", Some("v8")));
        for bad in ["", "linux", "linux/", "/amd64", "linux/arm/v7/x", "linux amd64/x"] {
            assert_eq!(Platform::parse(bad), Err(PlatformError(bad.to_owned())));
        }
    }
}
