//! Constraints: `>=1.2, <2 || ^3.1`.

use std::cmp::Ordering;
use std::fmt;
use std::sync::LazyLock;

use regex::Regex;

use super::{Invalid, Version, compare_parts};

const MAX_LENGTH: usize = 512;
const MAX_ALTERNATIVES: usize = 32;

/// What a version can be checked against.
#[derive(Debug, Clone)]
pub struct Constraint {
    alternatives: Vec<Alternative>,
}

/// Conditions that must all hold.
#[derive(Debug, Clone)]
struct Alternative {
    conditions: Vec<Condition>,
    /// One of them names a prerelease: prereleases are looked at.
    prereleases: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Tilde,
    Caret,
}

#[derive(Debug, Clone)]
struct Condition {
    operator: Operator,
    symbol: String,
    written: String,
    version: Version,
    /// A part is open (`x`, `*` or missing); which one.
    open: bool,
    open_minor: bool,
    open_patch: bool,
}

const VERSION: &str = r"v?([0-9|x|X|\*]+)(\.[0-9|x|X|\*]+)?(\.[0-9|x|X|\*]+)?(-([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?(\+([0-9A-Za-z\-]+(\.[0-9A-Za-z\-]+)*))?";
const OPERATORS: &str = r"=||!=|>|<|>=|=>|<=|=<|~|~>|\^";

struct Grammar {
    one: Regex,
    range: Regex,
    find: Regex,
    all: Regex,
}

static GRAMMAR: LazyLock<Option<Grammar>> = LazyLock::new(|| {
    let compile = |pattern: String| Regex::new(&pattern.replace(r"\s", r"[\t\n\f\r ]")).ok();
    Some(Grammar {
        one: compile(format!(r"^\s*({OPERATORS})\s*({VERSION})\s*$"))?,
        range: compile(format!(r"\s*({VERSION})\s+-\s+({VERSION})\s*"))?,
        find: compile(format!(r"({OPERATORS})\s*({VERSION})"))?,
        all: compile(format!(
            r"^(\s*({OPERATORS})\s*({VERSION})\s*)((?:\s+|,\s*)({OPERATORS})\s*({VERSION})\s*)*$"
        ))?,
    })
});

impl Constraint {
    /// Reads a constraint.
    ///
    /// # Errors
    /// When the text is none.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        if text.len() > MAX_LENGTH {
            return Err(Invalid::ConstraintTooLong(MAX_LENGTH));
        }
        let Some(grammar) = GRAMMAR.as_ref() else {
            return Err(Invalid::Constraint(text.to_owned()));
        };
        let text = rewrite_ranges(text, grammar);
        let parts: Vec<&str> = text.split("||").collect();
        if parts.len() > MAX_ALTERNATIVES {
            return Err(Invalid::TooManyAlternatives(MAX_ALTERNATIVES));
        }
        let alternatives: Result<Vec<_>, _> =
            parts.into_iter().map(|part| Alternative::parse(part, grammar)).collect();
        Ok(Self { alternatives: alternatives? })
    }

    /// Whether the version satisfies it.
    #[must_use]
    pub fn check(&self, version: &Version) -> bool {
        self.alternatives.iter().any(|alternative| {
            (version.prerelease().is_empty() || alternative.prereleases)
                && alternative.conditions.iter().all(|condition| condition.check(version))
        })
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, alternative) in self.alternatives.iter().enumerate() {
            if index > 0 {
                formatter.write_str(" || ")?;
            }
            for (index, condition) in alternative.conditions.iter().enumerate() {
                let gap = if index > 0 { " " } else { "" };
                write!(formatter, "{gap}{}{}", condition.symbol, condition.written)?;
            }
        }
        Ok(())
    }
}

/// `1.2 - 1.4` means `>= 1.2, <= 1.4`.
fn rewrite_ranges(text: &str, grammar: &Grammar) -> String {
    let mut rewritten = text.to_owned();
    for found in grammar.range.captures_iter(text) {
        let (Some(whole), Some(low), Some(high)) = (found.get(0), found.get(1), found.get(11))
        else {
            continue;
        };
        let replacement = format!(">= {}, <= {} ", low.as_str(), high.as_str());
        rewritten = rewritten.replacen(whole.as_str(), &replacement, 1);
    }
    rewritten
}

impl Alternative {
    fn parse(text: &str, grammar: &Grammar) -> Result<Self, Invalid> {
        if !grammar.all.is_match(text) {
            return Err(Invalid::Constraint(text.to_owned()));
        }
        let conditions: Result<Vec<_>, _> = grammar
            .find
            .find_iter(text)
            .map(|found| Condition::parse(found.as_str(), grammar))
            .collect();
        let conditions = conditions?;
        let prereleases =
            conditions.iter().any(|condition| !condition.version.prerelease().is_empty());
        Ok(Self { conditions, prereleases })
    }
}

impl Condition {
    fn parse(text: &str, grammar: &Grammar) -> Result<Self, Invalid> {
        let invalid = || Invalid::Constraint(text.to_owned());
        let found = grammar.one.captures(text).ok_or_else(invalid)?;
        let group = |index: usize| found.get(index).map_or("", |group| group.as_str());
        let operator = match group(1) {
            "" | "=" => Operator::Equal,
            "!=" => Operator::NotEqual,
            ">" => Operator::Greater,
            "<" => Operator::Less,
            ">=" | "=>" => Operator::GreaterOrEqual,
            "<=" | "=<" => Operator::LessOrEqual,
            "~" | "~>" => Operator::Tilde,
            _ => Operator::Caret,
        };
        let is_open = |part: &str| matches!(part.trim_start_matches('.'), "" | "x" | "X" | "*");
        let (major, minor, patch, prerelease) = (group(3), group(4), group(5), group(6));
        let (mut open, mut open_minor, mut open_patch) = (true, false, false);
        let version = if is_open(major) {
            format!("0.0.0{prerelease}")
        } else if is_open(minor) {
            open_minor = true;
            format!("{major}.0.0{prerelease}")
        } else if is_open(patch) {
            open_patch = true;
            format!("{major}{minor}.0{prerelease}")
        } else {
            open = false;
            group(2).to_owned()
        };
        Ok(Self {
            operator,
            symbol: group(1).to_owned(),
            written: group(2).to_owned(),
            version: Version::parse(&version).map_err(|_| invalid())?,
            open,
            open_minor,
            open_patch,
        })
    }

    fn check(&self, version: &Version) -> bool {
        let wanted = &self.version;
        match self.operator {
            Operator::Equal if self.open => self.tilde(version),
            Operator::Equal => version == wanted,
            Operator::NotEqual => self.differs(version),
            Operator::Greater => self.greater(version),
            Operator::Less => version < wanted,
            Operator::GreaterOrEqual => version >= wanted,
            Operator::LessOrEqual if !self.open => version <= wanted,
            Operator::LessOrEqual => {
                version.major() <= wanted.major()
                    && !(version.major() == wanted.major()
                        && version.minor() > wanted.minor()
                        && !self.open_minor)
            }
            Operator::Tilde => self.tilde(version),
            Operator::Caret => self.caret(version),
        }
    }

    fn differs(&self, version: &Version) -> bool {
        let wanted = &self.version;
        if !self.open {
            return version != wanted;
        }
        if version.major() != wanted.major()
            || (version.minor() != wanted.minor() && !self.open_minor)
        {
            return true;
        }
        if self.open_minor {
            return false;
        }
        if version.patch() != wanted.patch() && !self.open_patch {
            return true;
        }
        if self.open_patch {
            let either = !version.prerelease().is_empty() || !wanted.prerelease().is_empty();
            return either
                && compare_parts(version.prerelease(), wanted.prerelease()) != Ordering::Equal;
        }
        version != wanted
    }

    fn greater(&self, version: &Version) -> bool {
        let wanted = &self.version;
        if !self.open || version.major() != wanted.major() {
            return if self.open { version.major() > wanted.major() } else { version > wanted };
        }
        // `>11` wants 12, `>11.1` wants 11.2.
        if self.open_minor {
            false
        } else if self.open_patch {
            version.minor() > wanted.minor()
        } else {
            version > wanted
        }
    }

    fn tilde(&self, version: &Version) -> bool {
        let wanted = &self.version;
        if version < wanted {
            return false;
        }
        let zero = (wanted.major(), wanted.minor(), wanted.patch()) == (0, 0, 0);
        if zero && !self.open_minor && !self.open_patch {
            return true;
        }
        version.major() == wanted.major() && (version.minor() == wanted.minor() || self.open_minor)
    }

    fn caret(&self, version: &Version) -> bool {
        let wanted = &self.version;
        if version < wanted {
            return false;
        }
        if wanted.major() > 0 || self.open_minor {
            return version.major() == wanted.major();
        }
        if version.major() > 0 {
            return false;
        }
        if wanted.minor() > 0 || self.open_patch {
            return version.minor() == wanted.minor();
        }
        version.minor() == 0 && version.patch() == wanted.patch()
    }
}
