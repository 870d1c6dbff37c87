//! Whether what was discovered goes together: the user's expression over the newest of each subscription.

use std::sync::Arc;

use api::{DiscoveredArtifacts, Warehouse, identity};
use expressions::structure::{
    ARTIFACT_REFERENCE, CHART, DISCOVERED_COMMIT, DISCOVERED_IMAGE, Shape,
};
use expressions::{Error, Functions, Lookup, Scope, Value};
use serde_json::json;

use crate::expression::as_bool;

/// How many different questions one expression may ask.
const QUESTIONS: usize = 100;

/// Whether Freight may be made; `Err` says what is wrong with the expression.
pub(super) fn satisfied(
    warehouse: &Warehouse,
    found: &DiscoveredArtifacts,
) -> Result<bool, String> {
    let criteria = warehouse.spec.freight_creation_criteria.as_ref();
    let expression = criteria.and_then(|criteria| criteria.expression.as_deref()).map(str::trim);
    let Some(expression) = expression.filter(|expression| !expression.is_empty()) else {
        return Ok(true);
    };
    if found.git.is_empty() && found.images.is_empty() && found.charts.is_empty() {
        // As Kargo: with generic subscriptions alone there is nothing to evaluate over.
        return Ok(true);
    }
    let mut scope = Scope::new().with(&[Functions::Freight, Functions::Utility]);
    for _ in 0..QUESTIONS {
        match expressions::evaluate(expression, &scope) {
            Ok(value) => return as_bool(&value),
            Err(Error::Missing(lookup)) => scope.provide(&lookup, answer(&lookup, found)),
            Err(error) => return Err(error.to_string()),
        }
    }
    Err(format!("the expression asks for more than {QUESTIONS} artifacts"))
}

/// The newest of what the function asks for, or nil.
fn answer(lookup: &Lookup, found: &DiscoveredArtifacts) -> Result<Value, String> {
    let text = |index: usize| {
        lookup.arguments.get(index).and_then(|argument| argument.as_str()).unwrap_or_default()
    };
    match lookup.function.as_str() {
        "commitFrom" => {
            let wanted = identity::normalize_git(text(0));
            let mut same =
                found.git.iter().filter(|git| identity::normalize_git(&git.repo_url) == wanted);
            Ok(structure(
                &DISCOVERED_COMMIT,
                same.find_map(|git| git.commits.first()).map(|commit| json!(commit)),
            ))
        }
        "imageFrom" => {
            let wanted = identity::normalize_image(text(0));
            let mut same = found
                .images
                .iter()
                .filter(|image| identity::normalize_image(&image.repo_url) == wanted);
            Ok(structure(
                &DISCOVERED_IMAGE,
                same.find_map(|image| image.references.first()).map(|image| json!(image)),
            ))
        }
        "chartFrom" => {
            let (wanted, name) = (identity::normalize_chart(text(0)), text(1));
            let chart = found
                .charts
                .iter()
                .filter(|chart| identity::normalize_chart(&chart.repo_url) == wanted)
                .find_map(|chart| {
                    let named =
                        name.is_empty() || chart.name.as_deref().unwrap_or_default() == name;
                    let version = chart.versions.first().filter(|_| named)?;
                    Some(json!({ "repoURL": wanted, "name": chart.name, "version": version }))
                });
            Ok(structure(&CHART, chart))
        }
        "artifactFrom" => {
            let mut same =
                found.results.iter().filter(|result| result.subscription_name == text(0));
            let artifact = same.find_map(|result| result.artifact_references.first());
            Ok(structure(&ARTIFACT_REFERENCE, artifact.map(|artifact| json!(artifact))))
        }
        other => Err(format!("{other}() is not available in Freight creation criteria")),
    }
}

fn structure(shape: &Shape, json: Option<serde_json::Value>) -> Value {
    json.map_or(Value::Nil, |json| Value::Structure(Arc::new(shape.read(&json))))
}
