//! Checks a step's evaluated configuration against the step's schema and reads it into its type.

use std::{
    collections::BTreeMap,
    sync::{Arc, LazyLock},
};

use jsonschema::Validator;
use parking_lot::Mutex;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::step::{Step, StepError};

/// A message with more problems than this helps nobody.
const MOST_PROBLEMS: usize = 5;

/// Compiling a schema costs far more than using it.
static VALIDATORS: LazyLock<Mutex<BTreeMap<&'static str, Arc<Validator>>>> =
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
    let validator = validator(step)?;
    Ok(validator
        .iter_errors(config)
        .take(MOST_PROBLEMS)
        .map(|error| {
            let place = error.instance_path().to_string();
            if place.is_empty() {
                error.to_string()
            } else {
                format!("{}: {error}", dotted(&place))
            }
        })
        .collect())
}

fn validator(step: &'static Step) -> Result<Arc<Validator>, StepError> {
    let mut validators = VALIDATORS.lock();
    if let Some(validator) = validators.get(step.name) {
        return Ok(validator.clone());
    }
    let schema = (step.schema)().to_value();
    let validator = jsonschema::validator_for(&schema).map(Arc::new).map_err(|error| {
        StepError::Invalid { step: step.name, problem: format!("its schema is broken: {error}") }
    })?;
    validators.insert(step.name, validator.clone());
    Ok(validator)
}

/// `/checkout/0/path` as users write it: `checkout[0].path`.
fn dotted(pointer: &str) -> String {
    let mut text = String::new();
    for part in pointer.trim_start_matches('/').split('/') {
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
    #[test]
    fn places_are_written_as_users_write_them() {
        assert_eq!(super::dotted("/checkout/0/path"), "checkout[0].path");
        assert_eq!(super::dotted("/a~1b"), "a/b");
    }
}
