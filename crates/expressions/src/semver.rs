//! Semantic versions and constraints as Masterminds/semver reads them: what Kargo selects images, charts and tags by.

mod constraint;

use std::cmp::Ordering;
use std::fmt;
use std::sync::LazyLock;

use regex::Regex;

pub use constraint::Constraint;

/// As upstream: longer ones are refused.
const MAX_LENGTH: usize = 256;

/// Why a text is no version or no constraint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Invalid {
    #[error("a version must not be empty")]
    Empty,
    #[error("the version is longer than {MAX_LENGTH} bytes")]
    TooLong,
    #[error("{0:?} is no semantic version (major.minor.patch, then -prerelease and +metadata)")]
    Version(String),
    #[error("a number of the version {0:?} starts with 0")]
    LeadingZero(String),
    #[error("the prerelease {0:?} is invalid")]
    Prerelease(String),
    #[error("the metadata {0:?} is invalid")]
    Metadata(String),
    #[error("a number of the version {0:?} is too large")]
    TooLarge(String),
    #[error(
        "{0:?} is no version constraint, such as \">=1.2, <2\", \"^1.2\", \"~1.2.3\" or \"1.x\""
    )]
    Constraint(String),
    #[error("the constraint is longer than {0} bytes")]
    ConstraintTooLong(usize),
    #[error("the constraint has more than {0} alternatives")]
    TooManyAlternatives(usize),
}

/// A version. Equality and order follow the specification: metadata does not count.
#[derive(Debug, Clone)]
pub struct Version {
    major: u64,
    minor: u64,
    patch: u64,
    prerelease: String,
    metadata: String,
    original: String,
}

static LOOSE: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(
        r"^v?([0-9]+)(\.[0-9]+)?(\.[0-9]+)?(-([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?(\+([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?$",
    )
    .ok()
});

impl Version {
    /// Reads leniently: a leading `v`, missing minor and patch, and leading zeros are fine.
    ///
    /// # Errors
    /// When the text is no version.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.len() > MAX_LENGTH {
            return Err(Invalid::TooLong);
        }
        let invalid = || Invalid::Version(text.to_owned());
        let groups = LOOSE.as_ref().and_then(|loose| loose.captures(text)).ok_or_else(invalid)?;
        let group = |index: usize| groups.get(index).map_or("", |group| group.as_str());
        let number = |index: usize| match group(index).trim_start_matches('.') {
            "" => Ok(0),
            digits => digits.parse().map_err(|_| Invalid::TooLarge(text.to_owned())),
        };
        let version = Self {
            major: number(1)?,
            minor: number(2)?,
            patch: number(3)?,
            prerelease: group(5).to_owned(),
            metadata: group(8).to_owned(),
            original: text.to_owned(),
        };
        check_prerelease(&version.prerelease)?;
        Ok(version)
    }

    /// Reads strictly: exactly what the specification allows.
    ///
    /// # Errors
    /// When the text is no version.
    pub fn parse_strict(text: &str) -> Result<Self, Invalid> {
        if text.is_empty() {
            return Err(Invalid::Empty);
        }
        if text.len() > MAX_LENGTH {
            return Err(Invalid::TooLong);
        }
        let mut parts = text.splitn(3, '.');
        let (Some(major), Some(minor), Some(rest)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(Invalid::Version(text.to_owned()));
        };
        let (rest, metadata) =
            rest.split_once('+').map_or((rest, None), |(rest, metadata)| (rest, Some(metadata)));
        if let Some(metadata) = metadata {
            check_metadata(metadata)?;
        }
        let (patch, prerelease) =
            rest.split_once('-').map_or((rest, None), |(patch, pre)| (patch, Some(pre)));
        if let Some(prerelease) = prerelease {
            check_prerelease_parts(prerelease)?;
        }
        let number = |digits: &str| {
            if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(Invalid::Version(text.to_owned()));
            }
            if digits.len() > 1 && digits.starts_with('0') {
                return Err(Invalid::LeadingZero(text.to_owned()));
            }
            if digits.is_empty() {
                return Err(Invalid::Version(text.to_owned()));
            }
            digits.parse().map_err(|_| Invalid::TooLarge(text.to_owned()))
        };
        Ok(Self {
            major: number(major)?,
            minor: number(minor)?,
            patch: number(patch)?,
            prerelease: prerelease.unwrap_or_default().to_owned(),
            metadata: metadata.unwrap_or_default().to_owned(),
            original: text.to_owned(),
        })
    }

    #[must_use]
    pub fn major(&self) -> u64 {
        self.major
    }

    #[must_use]
    pub fn minor(&self) -> u64 {
        self.minor
    }

    #[must_use]
    pub fn patch(&self) -> u64 {
        self.patch
    }

    #[must_use]
    pub fn prerelease(&self) -> &str {
        &self.prerelease
    }

    #[must_use]
    pub fn metadata(&self) -> &str {
        &self.metadata
    }

    /// As it was written.
    #[must_use]
    pub fn original(&self) -> &str {
        &self.original
    }

    /// Also metadata and spelling agree.
    #[must_use]
    pub fn is_identical(&self, other: &Self) -> bool {
        self == other && self.metadata == other.metadata && self.original == other.original
    }

    fn next(&self, major: u64, minor: u64, patch: u64) -> Self {
        let next = Self {
            major,
            minor,
            patch,
            prerelease: String::new(),
            metadata: String::new(),
            original: String::new(),
        };
        next.renamed(self)
    }

    fn renamed(mut self, from: &Self) -> Self {
        let prefix = if from.original.starts_with('v') { "v" } else { "" };
        self.original = format!("{prefix}{self}");
        self
    }

    /// The next patch; a prerelease becomes its release. `None` when the number would overflow.
    #[must_use]
    pub fn increment_patch(&self) -> Option<Self> {
        let patch =
            if self.prerelease.is_empty() { self.patch.checked_add(1)? } else { self.patch };
        Some(self.next(self.major, self.minor, patch))
    }

    #[must_use]
    pub fn increment_minor(&self) -> Option<Self> {
        Some(self.next(self.major, self.minor.checked_add(1)?, 0))
    }

    #[must_use]
    pub fn increment_major(&self) -> Option<Self> {
        Some(self.next(self.major.checked_add(1)?, 0, 0))
    }

    /// The same version with another prerelease (no leading hyphen; "" removes it).
    ///
    /// # Errors
    /// When it is no valid prerelease.
    pub fn with_prerelease(&self, prerelease: &str) -> Result<Self, Invalid> {
        if !prerelease.is_empty() {
            check_prerelease_parts(prerelease)?;
        }
        let changed = Self { prerelease: prerelease.to_owned(), ..self.clone() };
        Ok(changed.renamed(self))
    }

    /// The same version with other metadata (no leading plus; "" removes it).
    ///
    /// # Errors
    /// When it is no valid metadata.
    pub fn with_metadata(&self, metadata: &str) -> Result<Self, Invalid> {
        if !metadata.is_empty() {
            check_metadata(metadata)?;
        }
        let changed = Self { metadata: metadata.to_owned(), ..self.clone() };
        Ok(changed.renamed(self))
    }
}

fn check_prerelease(prerelease: &str) -> Result<(), Invalid> {
    if prerelease.is_empty() { Ok(()) } else { check_prerelease_parts(prerelease) }
}

fn check_prerelease_parts(prerelease: &str) -> Result<(), Invalid> {
    for part in prerelease.split('.') {
        let numeric = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        if numeric && part.len() > 1 && part.starts_with('0') {
            return Err(Invalid::LeadingZero(prerelease.to_owned()));
        }
        if !is_identifier(part) {
            return Err(Invalid::Prerelease(prerelease.to_owned()));
        }
    }
    Ok(())
}

fn check_metadata(metadata: &str) -> Result<(), Invalid> {
    if metadata.split('.').all(is_identifier) {
        Ok(())
    } else {
        Err(Invalid::Metadata(metadata.to_owned()))
    }
}

fn is_identifier(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}.{}", self.major, self.minor, self.patch)?;
        if !self.prerelease.is_empty() {
            write!(formatter, "-{}", self.prerelease)?;
        }
        if !self.metadata.is_empty() {
            write!(formatter, "+{}", self.metadata)?;
        }
        Ok(())
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let numbers = |version: &Self| (version.major, version.minor, version.patch);
        numbers(self)
            .cmp(&numbers(other))
            .then_with(|| compare_prereleases(&self.prerelease, &other.prerelease))
    }
}

/// A release stands above its prereleases.
fn compare_prereleases(left: &str, right: &str) -> Ordering {
    match (left.is_empty(), right.is_empty()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => compare_parts(left, right),
    }
}

pub(crate) fn compare_parts(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left.split('.'), right.split('.'));
    loop {
        let (a, b) = (left.next(), right.next());
        if a.is_none() && b.is_none() {
            return Ordering::Equal;
        }
        let ordering = compare_part(a.unwrap_or_default(), b.unwrap_or_default());
        if ordering != Ordering::Equal {
            return ordering;
        }
    }
}

/// Numbers before words; nothing before something.
fn compare_part(left: &str, right: &str) -> Ordering {
    if left == right {
        return Ordering::Equal;
    }
    if left.is_empty() {
        return Ordering::Less;
    }
    if right.is_empty() {
        return Ordering::Greater;
    }
    let number = |part: &str| {
        if part.bytes().all(|byte| byte.is_ascii_digit()) { part.parse::<u64>().ok() } else { None }
    };
    match (number(left), number(right)) {
        (None, None) => left.cmp(right),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        // Upstream never finds two different spellings equal.
        (Some(left), Some(right)) => left.cmp(&right).then(Ordering::Less),
    }
}
