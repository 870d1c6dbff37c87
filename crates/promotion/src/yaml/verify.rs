//! Proof that an edit changed what was asked for and nothing else: both texts are read again by
//! another parser and compared.

use serde_json::Value;

use super::{Change, YamlProblem, locate, parse, values};

/// Compares what the texts say, but for the changes.
pub(super) fn changes(
    before: &str,
    after: &str,
    changes: &[Change<'_>],
) -> Result<(), YamlProblem> {
    let collateral = || {
        let keys: Vec<_> =
            changes.iter().map(|change| format!("`{}`", change.update.key)).collect();
        YamlProblem::Collateral { key: keys.join(", ") }
    };
    let Some(mut expected) = values(before) else { return still_there(after, changes) };
    let found = values(after).ok_or_else(collateral)?;
    if shares_values(before) {
        // What an anchor names changes with it, wherever its aliases are.
        let set = |change: &Change<'_>| {
            let place = found.first().and_then(|first| at(first, &change.path));
            place.is_some_and(|place| equal(place, &change.update.value))
        };
        return if changes.iter().all(set) { Ok(()) } else { Err(collateral()) };
    }
    for change in changes {
        if let Some(place) = expected.first_mut().and_then(|first| at_mut(first, &change.path)) {
            *place = change.update.value.clone();
        }
    }
    if same(&expected, &found) { Ok(()) } else { Err(collateral()) }
}

/// All that can be told of a text only the more lenient parser takes.
fn still_there(after: &str, changes: &[Change<'_>]) -> Result<(), YamlProblem> {
    let file = parse(after)?;
    for Change { path, update, .. } in changes {
        if !update.value.is_object() && !update.value.is_array() {
            locate(&file, after, path, &update.key)?;
        }
    }
    Ok(())
}

/// Whether some `*name` has its `&name`.
fn shares_values(text: &str) -> bool {
    let named = |mark: char| {
        let starts = move |before: Option<char>| {
            before.is_none_or(|before| before.is_whitespace() || "[{,:-".contains(before))
        };
        text.match_indices(mark).filter_map(move |(at, _)| {
            let name = text[at + 1..].split([' ', '\t', '\r', '\n', ',', ']', '}']).next()?;
            (starts(text[..at].chars().next_back()) && !name.is_empty()).then_some(name)
        })
    };
    let anchors: std::collections::BTreeSet<_> = named('&').collect();
    !anchors.is_empty() && named('*').any(|name| anchors.contains(name))
}

fn step<'a>(value: &'a Value, part: &String) -> Option<&'a Value> {
    match value {
        Value::Object(map) => map.get(part),
        Value::Array(items) => items.get(part.parse::<usize>().ok()?),
        _ => None,
    }
}

fn at<'a>(value: &'a Value, path: &[String]) -> Option<&'a Value> {
    path.iter().try_fold(value, step)
}

fn at_mut<'a>(value: &'a mut Value, path: &[String]) -> Option<&'a mut Value> {
    path.iter().try_fold(value, |value, part| match value {
        Value::Object(map) => map.get_mut(part),
        Value::Array(items) => items.get_mut(part.parse::<usize>().ok()?),
        _ => None,
    })
}

pub(super) fn same(one: &[Value], other: &[Value]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(one, other)| equal(one, other))
}

/// Equal as YAML reads them: `1` and `1.0` may be written for the same number.
fn equal(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || one.as_f64() == other.as_f64()
        }
        (Value::Array(one), Value::Array(other)) => same(one, other),
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(key, value)| other.get(key).is_some_and(|found| equal(value, found)))
        }
        _ => one == other,
    }
}
