//! Test cases as lines of JSON, as `kargo expr test` reads them: an expression, a template or a question about versions,
//! and the answer.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

use crate::scope::Scope;
use crate::semver::{Constraint, Version};
use crate::{Error, Value, json, template};

/// The environments cases name.
#[derive(Debug, Clone, Default)]
pub struct Environments {
    scopes: BTreeMap<String, Scope>,
}

/// The environment of templates, which name none.
const TEMPLATE_ENVIRONMENT: &str = "promotion";

impl Environments {
    /// Reads a JSON object: names to objects of variables.
    ///
    /// # Errors
    /// When the text is not that.
    pub fn parse(text: &str) -> Result<Self, String> {
        let refuse = || "the environments are no JSON object of objects".to_owned();
        let Value::Map(environments) = json::decode(text.as_bytes())? else { return Err(refuse()) };
        let mut scopes = BTreeMap::new();
        for (name, variables) in environments.entries.iter() {
            let Value::Map(variables) = variables else { return Err(refuse()) };
            let mut scope = Scope::new();
            for (variable, value) in variables.entries.iter() {
                scope.set(&variable.to_value().to_string(), value.clone());
            }
            scopes.insert(name.to_value().to_string(), scope);
        }
        Ok(Self { scopes })
    }

    /// The same environments with the time `now()` gives.
    #[must_use]
    pub fn at(mut self, now: jiff::Timestamp) -> Self {
        for scope in self.scopes.values_mut() {
            scope.set_now(now);
        }
        self
    }

    /// A named environment.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Scope> {
        self.scopes.get(name)
    }
}

/// One case.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub enum Case {
    Expression {
        env: String,
        expr: String,
        ok: bool,
        #[serde(default)]
        result: Json,
    },
    Template {
        template: String,
        ok: bool,
        #[serde(default)]
        result: Json,
        #[serde(default)]
        env: Option<String>,
    },
    Compare {
        kind: CompareKind,
        a: String,
        b: String,
        r: i64,
    },
    Check {
        kind: CheckKind,
        c: String,
        v: String,
        r: bool,
    },
    Constraint {
        kind: ConstraintKind,
        c: String,
        ok: bool,
    },
    Parse {
        kind: ParseKind,
        v: String,
        ok: bool,
        #[serde(default)]
        strict: Option<bool>,
        #[serde(default)]
        norm: Option<String>,
    },
}

macro_rules! kinds {
    ($($name:ident $written:literal)*) => { $(
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
        pub enum $name {
            #[serde(rename = $written)]
            Only,
        }
    )* };
}

kinds! { CompareKind "cmp" CheckKind "check" ConstraintKind "constraint" ParseKind "parse" }

impl Case {
    /// Reads one line.
    ///
    /// # Errors
    /// When it is no case.
    pub fn parse(line: &str) -> Result<Self, String> {
        // Our own reader is exact about floats.
        json::decode(line.as_bytes())
            .and_then(|value| json::to_serde(&value))
            .and_then(|json| serde_json::from_value(json).map_err(|error| error.to_string()))
            .map_err(|error| format!("no test case: {error}: {line}"))
    }

    /// Runs the case.
    ///
    /// # Errors
    /// With the difference between what came out and what was wanted.
    pub fn run(&self, environments: &Environments) -> Result<(), String> {
        match self {
            Self::Expression { env, expr, ok, result } => {
                let scope = environments
                    .get(env)
                    .ok_or_else(|| format!("there is no environment {env:?}"))?;
                let got = crate::evaluate(expr, scope).and_then(|value| value.to_json());
                compare(expr, got, *ok, result)
            }
            Self::Template { template, ok, result, env } => {
                let env = env.as_deref().unwrap_or(TEMPLATE_ENVIRONMENT);
                let scope = environments
                    .get(env)
                    .ok_or_else(|| format!("there is no environment {env:?}"))?;
                compare(template, template::evaluate(template, scope), *ok, result)
            }
            Self::Compare { a, b, r, .. } => {
                let (Ok(left), Ok(right)) = (Version::parse(a), Version::parse(b)) else {
                    return Err(format!("compare {a:?} with {b:?}: no versions, wanted {r}"));
                };
                let got = left.cmp(&right) as i64;
                if got == *r {
                    Ok(())
                } else {
                    Err(format!("compare {a:?} with {b:?}: {got}, wanted {r}"))
                }
            }
            Self::Check { c, v, r, .. } => {
                let (Ok(constraint), Ok(version)) = (Constraint::parse(c), Version::parse(v))
                else {
                    return Err(format!("check {v:?} against {c:?}: unreadable, wanted {r}"));
                };
                let got = constraint.check(&version);
                if got == *r {
                    Ok(())
                } else {
                    Err(format!("check {v:?} against {c:?}: {got}, wanted {r}"))
                }
            }
            Self::Constraint { c, ok, .. } => {
                let got = Constraint::parse(c).is_ok();
                if got == *ok {
                    Ok(())
                } else {
                    Err(format!("constraint {c:?}: valid {got}, wanted {ok}"))
                }
            }
            Self::Parse { v, ok, strict, norm, .. } => {
                check_parse(v, *ok, *strict, norm.as_deref())
            }
        }
    }
}

fn check_parse(
    text: &str,
    ok: bool,
    strict: Option<bool>,
    norm: Option<&str>,
) -> Result<(), String> {
    let parsed = Version::parse(text);
    if parsed.is_ok() != ok {
        return Err(format!("version {text:?}: valid {}, wanted {ok}", parsed.is_ok()));
    }
    let strictly = Version::parse_strict(text).is_ok();
    if strict.is_some_and(|strict| strict != strictly) {
        return Err(format!("version {text:?}: strictly valid {strictly}, wanted {}", !strictly));
    }
    if let (Ok(parsed), Some(norm)) = (parsed, norm)
        && parsed.to_string() != norm
    {
        return Err(format!("version {text:?}: normalised {parsed}, wanted {norm}"));
    }
    Ok(())
}

fn compare(source: &str, got: Result<Json, Error>, ok: bool, wanted: &Json) -> Result<(), String> {
    match (got, ok) {
        (Ok(got), true) if same(&got, wanted) => Ok(()),
        (Ok(got), true) => Err(format!("{source}: gave {got}, wanted {wanted}")),
        (Ok(got), false) => Err(format!("{source}: gave {got}, wanted an error")),
        (Err(error), true) => Err(format!("{source}: wanted {wanted}, failed: {error}")),
        (Err(_), false) => Ok(()),
    }
}

/// Numbers by value: 1 and 1.0 are the same JSON number.
fn same(left: &Json, right: &Json) -> bool {
    match (left, right) {
        (Json::Number(a), Json::Number(b)) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => a == b,
            _ => a.as_f64() == b.as_f64(),
        },
        (Json::Array(a), Json::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Json::Object(a), Json::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => left == right,
    }
}

/// What a run of cases came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    pub passed: usize,
    pub failed: usize,
}

/// Runs every non-empty line; each difference goes to `report`.
pub fn run(
    lines: &str,
    environments: &Environments,
    mut report: impl FnMut(usize, &str),
) -> Summary {
    let mut summary = Summary::default();
    for (index, line) in lines.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match Case::parse(line).and_then(|case| case.run(environments)) {
            Ok(()) => summary.passed += 1,
            Err(difference) => {
                summary.failed += 1;
                report(index + 1, &difference);
            }
        }
    }
    summary
}
