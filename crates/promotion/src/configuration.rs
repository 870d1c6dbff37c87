//! Checks a step's evaluated configuration against the step's schema and reads it into its type.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use jsonschema::{ValidationError, Validator};
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::step::{Step, StepError};

/// A message with more problems than this helps nobody.
const MOST_PROBLEMS: usize = 5;

/// Compiling a schema costs far more than using it.
static CHECKED: LazyLock<Mutex<BTreeMap<&'static str, Arc<Checked>>>> =
    LazyLock::new(Mutex::default);

/// Checks and reads a configuration.
pub fn parse<Config: DeserializeOwned>(
    step: &'static Step,
    config: Value,
) -> Result<Config, StepError> {
    let problems = problems(step, &config)?;
    if !problems.is_empty() {
        return Err(StepError::Invalid { step: step.name, problem: problems.join("; ") });
    }
    serde_json::from_value(config)
        .map_err(|error| StepError::Invalid { step: step.name, problem: error.to_string() })
}

/// What is wrong with `config` for `step`, each entry naming the field; empty when nothing is.
pub fn problems(step: &'static Step, config: &Value) -> Result<Vec<String>, StepError> {
    let Checked { schema, validator } = &*checked(step)?;
    Ok(validator
        .iter_errors(config)
        .take(MOST_PROBLEMS)
        .map(|error| {
            let place = dotted(&error.instance_path().to_string());
            let problem = choice(schema, &error).unwrap_or_else(|| error.to_string());
            if place.is_empty() { problem } else { format!("{place}: {problem}") }
        })
        .collect())
}

/// A step's schema, and its compiled form.
struct Checked {
    schema: Value,
    validator: Validator,
}

fn checked(step: &'static Step) -> Result<Arc<Checked>, StepError> {
    let mut known = CHECKED.lock();
    if let Some(checked) = known.get(step.name) {
        return Ok(checked.clone());
    }
    let schema = (step.schema)().to_value();
    let validator = compile(&schema).map_err(|error| StepError::Invalid {
        step: step.name,
        problem: format!("its schema is broken: {error}"),
    })?;
    let checked = Arc::new(Checked { schema, validator });
    known.insert(step.name, checked.clone());
    Ok(checked)
}

/// Formats are checked, as in Kargo; an address as far as git needs it.
pub(crate) fn compile(schema: &Value) -> Result<Validator, jsonschema::ValidationError<'static>> {
    let options = jsonschema::options().should_validate_formats(true);
    options.with_format("email", is_address).build(schema)
}

fn is_address(text: &str) -> bool {
    let odd = |letter: char| letter.is_whitespace() || letter.is_control() || "<>".contains(letter);
    text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
        && !text.contains(odd)
}

/// Which fields exclude each other, where that is what is wrong.
fn choice(schema: &Value, error: &ValidationError<'_>) -> Option<String> {
    let branches = schema.pointer(&error.schema_path().to_string())?.as_array()?;
    if !error.schema_path().to_string().ends_with("/oneOf") {
        return None;
    }
    let given = error.instance();
    let has = |name: &str| given.get(name).is_some_and(|value| !is_unset(value));
    let required = |branch: &Value| Some(branch["required"][0].as_str()?.to_owned());
    let names: Vec<String> = branches.iter().filter_map(required).collect();
    let chosen: Vec<&String> = names.iter().filter(|name| has(name)).collect();
    if let [only] = chosen[..]
        && let Some(branch) = branches.iter().find(|branch| required(branch).as_ref() == Some(only))
    {
        let excluded = branch["properties"].as_object()?.iter().find(|(name, wanted)| {
            let allowed = wanted["enum"].as_array();
            has(name) && allowed.is_some_and(|allowed| !allowed.contains(&given[name.as_str()]))
        });
        let (name, _) = excluded?;
        return Some(format!(
            "`{only}` cannot be combined with `{name}: {}`",
            given[name.as_str()]
        ));
    }
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    let (last, others) = names.split_last()?;
    let count = if names.len() == branches.len() { "exactly" } else { "at most" };
    Some(format!("give {count} one of {} and {last}", others.join(", ")))
}

/// Empty values count as left out wherever fields exclude each other.
fn is_unset(value: &Value) -> bool {
    matches!(value, Value::Null | Value::Bool(false)) || value.as_str() == Some("")
}

/// `/checkout/0/path` as users write it: `checkout[0].path`.
fn dotted(pointer: &str) -> String {
    let mut text = String::new();
    for part in pointer.split('/').skip(1) {
        if part.bytes().all(|byte| byte.is_ascii_digit()) {
            text.push_str(&format!("[{part}]"));
        } else {
            if !text.is_empty() {
                text.push('.');
            }
            text.push_str(&part.replace("~1", "/").replace("~0", "~"));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::steps;

    #[test]
    fn problems_name_the_field_and_what_would_be_right() {
        let author = json!({"name": "n", "email": "nobody"});
        for (step, config, expected) in [
            (
                "git-push",
                json!({"path": "a", "targetBranch": "b", "tag": "c"}),
                "give at most one of `generateTargetBranch`, `targetBranch` and `tag`",
            ),
            (
                "git-push",
                json!({"path": "a", "tag": "b", "force": true}),
                "`tag` cannot be combined with `force: true`",
            ),
            (
                "git-clone",
                json!({"repoURL": "u", "checkout": [{"path": "a", "branch": "b", "tag": "c"}]}),
                "checkout[0]: give at most one of `branch`, `commit` and `tag`",
            ),
            (
                "git-clone",
                json!({"repoURL": "u", "checkout": [{"path": "a"}], "author": author}),
                "author.email: \"nobody\" is not a \"email\"",
            ),
            ("delete", json!({}), "give exactly one of `path` and `paths`"),
            (
                "delete",
                json!({"path": "a", "paths": ["b"]}),
                "give exactly one of `path` and `paths`",
            ),
            (
                "http",
                json!({"url": "u", "body": "a", "bodyFromFile": "b"}),
                "give at most one of `body` and `bodyFromFile`",
            ),
            (
                "kustomize-set-image",
                json!({"path": "a", "images": [{"image": "a"}]}),
                "images[0]: give exactly one of `tag` and `digest`",
            ),
        ] {
            let problems = super::problems(steps::find(step).unwrap(), &config).unwrap();
            assert_eq!(problems, [expected], "{config}");
        }
        for address in ["a@b.c", "49699333+robot[bot]@users.example.com"] {
            assert!(super::is_address(address), "{address}");
        }
        for address in ["", "a", "@b", "a@", "A <a@b.c>", "a@b\n"] {
            assert!(!super::is_address(address), "{address}");
        }
    }

    #[test]
    fn places_are_written_as_users_write_them() {
        assert_eq!(super::dotted("/checkout/0/path"), "checkout[0].path");
        assert_eq!(super::dotted("/a~1b"), "a/b");
    }
}
