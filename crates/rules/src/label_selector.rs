//! Kubernetes label selectors, evaluated in process with the API server's meaning.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};
use thiserror::Error;

/// A selector the Kubernetes API would refuse.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SelectorError {
    /// Not one of the four operators.
    #[error(
        "operator {operator:?} of key {key:?} is unknown; use In, NotIn, Exists or DoesNotExist"
    )]
    UnknownOperator {
        /// The label key.
        key: String,
        /// What the user wrote.
        operator: String,
    },
    /// `In` and `NotIn` compare with something.
    #[error("key {key:?} with operator {operator} needs at least one value")]
    NoValues {
        /// The label key.
        key: String,
        /// The operator.
        operator: String,
    },
    /// `Exists` and `DoesNotExist` compare with nothing.
    #[error("key {key:?} with operator {operator} takes no values")]
    UnexpectedValues {
        /// The label key.
        key: String,
        /// The operator.
        operator: String,
    },
}

/// Whether `labels` satisfy every requirement; an empty selector is satisfied by everything.
pub fn matches(
    selector: &LabelSelector,
    labels: Option<&BTreeMap<String, String>>,
) -> Result<bool, SelectorError> {
    let empty = BTreeMap::new();
    let labels = labels.unwrap_or(&empty);
    let mut satisfied =
        selector.match_labels.iter().flatten().all(|(key, value)| labels.get(key) == Some(value));
    for requirement in selector.match_expressions.iter().flatten() {
        satisfied &= meets(requirement, labels)?;
    }
    Ok(satisfied)
}

/// Whether the API server would take the selector.
pub fn validate(selector: &LabelSelector) -> Result<(), SelectorError> {
    matches(selector, None).map(|_| ())
}

fn meets(
    requirement: &LabelSelectorRequirement,
    labels: &BTreeMap<String, String>,
) -> Result<bool, SelectorError> {
    let LabelSelectorRequirement { key, operator, values } = requirement;
    let values = values.as_deref().unwrap_or_default();
    let label = labels.get(key);
    let (needs_values, met) = match operator.as_str() {
        "In" => (true, label.is_some_and(|label| values.contains(label))),
        "NotIn" => (true, label.is_none_or(|label| !values.contains(label))),
        "Exists" => (false, label.is_some()),
        "DoesNotExist" => (false, label.is_none()),
        _ => {
            return Err(SelectorError::UnknownOperator {
                key: key.clone(),
                operator: operator.clone(),
            });
        }
    };
    match (needs_values, values.is_empty()) {
        (true, true) => {
            Err(SelectorError::NoValues { key: key.clone(), operator: operator.clone() })
        }
        (false, false) => {
            Err(SelectorError::UnexpectedValues { key: key.clone(), operator: operator.clone() })
        }
        _ => Ok(met),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(selector: &str, labels: &[(&str, &str)], expected: Result<bool, &str>) {
        let selector: LabelSelector = serde_json::from_str(selector).unwrap();
        let labels =
            labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let actual = matches(&selector, Some(&labels)).map_err(|error| error.to_string());
        assert_eq!(actual, expected.map_err(str::to_owned));
    }

    #[test]
    fn labels_and_expressions() {
        check("{}", &[], Ok(true));
        check(r#"{"matchLabels":{"a":"1"}}"#, &[("a", "1"), ("b", "2")], Ok(true));
        check(r#"{"matchLabels":{"a":"1"}}"#, &[("a", "2")], Ok(false));
        check(
            r#"{"matchExpressions":[{"key":"a","operator":"In","values":["1","2"]}]}"#,
            &[("a", "2")],
            Ok(true),
        );
        check(
            r#"{"matchExpressions":[{"key":"a","operator":"NotIn","values":["1"]}]}"#,
            &[],
            Ok(true),
        );
        check(r#"{"matchExpressions":[{"key":"a","operator":"Exists"}]}"#, &[], Ok(false));
        check(r#"{"matchExpressions":[{"key":"a","operator":"DoesNotExist"}]}"#, &[], Ok(true));
        check(
            r#"{"matchLabels":{"a":"1"},"matchExpressions":[{"key":"b","operator":"Exists"}]}"#,
            &[("a", "1")],
            Ok(false),
        );
    }

    #[test]
    fn refused_selectors() {
        check(
            r#"{"matchExpressions":[{"key":"a","operator":"Like","values":["1"]}]}"#,
            &[],
            Err("operator \"Like\" of key \"a\" is unknown; use In, NotIn, Exists or DoesNotExist"),
        );
        check(
            r#"{"matchExpressions":[{"key":"a","operator":"In"}]}"#,
            &[],
            Err("key \"a\" with operator In needs at least one value"),
        );
        check(
            r#"{"matchExpressions":[{"key":"a","operator":"Exists","values":["x"]}]}"#,
            &[],
            Err("key \"a\" with operator Exists takes no values"),
        );
    }
}
