//! Edits of YAML files that change the bytes that were asked for and no others.

mod images;
mod key;
mod scalar;

use std::str::FromStr as _;

use serde_json::Value;
use yaml_edit::{YamlFile, YamlNode};

pub(crate) use images::{KustomizeImage, set_images};
pub(crate) use scalar::shown;

/// One value to set.
#[derive(Clone, Debug)]
pub(crate) struct Update {
    /// Parts separated by dots; a number selects from a sequence; `\.` is a dot inside a part.
    pub(crate) key: String,
    /// The new value.
    pub(crate) value: Value,
}

/// Why a file was left as it was.
#[derive(Debug, thiserror::Error)]
pub(crate) enum YamlProblem {
    /// The text is not YAML.
    #[error("not valid YAML: {0}")]
    Syntax(String),
    /// A key that cannot be read.
    #[error("the key `{key}` cannot be read: {problem}")]
    Key {
        /// As written.
        key: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A key that leads nowhere.
    #[error("the key `{key}` leads nowhere: {problem}")]
    NotFound {
        /// As written.
        key: String,
        /// Where the search ended.
        problem: String,
    },
    /// The edit would have changed something else.
    #[error("setting `{key}` would change more than that value; the file was left as it is")]
    Collateral {
        /// As written.
        key: String,
    },
}

/// Sets values that exist in the first document of `text`. Comments, quotes, anchors, order and
/// line ends stay as they are.
pub(crate) fn update(text: &str, updates: &[Update]) -> Result<String, YamlProblem> {
    let mut text = text.to_owned();
    for update in updates {
        text = set(&text, update)?;
    }
    Ok(text)
}

fn set(text: &str, update: &Update) -> Result<String, YamlProblem> {
    let path = key::split(&update.key)
        .map_err(|problem| YamlProblem::Key { key: update.key.clone(), problem })?;
    let place = locate(text, &path, &update.key)?;
    let old = &text[place.start..place.end];
    let new = scalar::render(&update.value, old, place.in_flow);
    let mut edited = String::with_capacity(text.len() + new.len() + 2);
    edited.push_str(&text[..place.start]);
    if old.is_empty() && !text[..place.start].ends_with([' ', '\t']) {
        edited.push(' ');
    }
    edited.push_str(&new);
    // A block scalar owns the line end after it, which the new value does not bring.
    if old.ends_with('\n') {
        let ends = old.len() - old.trim_end_matches(['\r', '\n']).len();
        edited.push_str(&old[old.len() - ends..]);
    }
    edited.push_str(&text[place.end..]);
    verify(text, &edited, &path, update)?;
    Ok(edited)
}

struct Place {
    start: usize,
    end: usize,
    in_flow: bool,
}

fn locate(text: &str, path: &[String], key: &str) -> Result<Place, YamlProblem> {
    let lost = |problem: String| YamlProblem::NotFound { key: key.to_owned(), problem };
    let file = parse(text)?;
    let mut node = root(&file).ok_or_else(|| lost("the file is empty".into()))?;
    let mut in_flow = false;
    for part in path {
        if let YamlNode::TaggedNode(tagged) = &node {
            let inner = tagged.as_mapping().map(YamlNode::Mapping);
            node = inner.or_else(|| tagged.as_sequence().map(YamlNode::Sequence)).unwrap_or(node);
        }
        node = match &node {
            YamlNode::Mapping(mapping) => {
                in_flow |= mapping.is_flow_style();
                child(mapping, part).ok_or_else(|| lost(format!("there is no `{part}`")))?
            }
            YamlNode::Sequence(sequence) => {
                in_flow |= sequence.is_flow_style();
                let index: usize = part
                    .parse()
                    .map_err(|_| lost(format!("`{part}` is not an index of a sequence")))?;
                sequence.get(index).ok_or_else(|| {
                    lost(format!("there is no item {index}; the sequence has {}", sequence.len()))
                })?
            }
            YamlNode::Alias(alias) => {
                let problem = format!(
                    "`{part}` lies behind the alias `*{}`; change its anchor",
                    alias.name()
                );
                return Err(lost(problem));
            }
            _ => return Err(lost(format!("`{part}` lies below a single value"))),
        };
    }
    if let YamlNode::TaggedNode(tagged) = &node
        && let Some(inner) = tagged.value()
    {
        node = YamlNode::Scalar(inner);
    }
    match &node {
        YamlNode::Scalar(_) => {
            let range = node.byte_range();
            Ok(Place { start: range.start as usize, end: range.end as usize, in_flow })
        }
        YamlNode::Alias(alias) => {
            Err(lost(format!("it is the alias `*{}`; change its anchor", alias.name())))
        }
        _ => Err(lost("it is a mapping or a sequence, not a single value".into())),
    }
}

/// The value of `name`; of repeated keys the first, as in Kargo.
fn child(mapping: &yaml_edit::Mapping, name: &str) -> Option<YamlNode> {
    mapping
        .entries()
        .find(|entry| match entry.key_node() {
            Some(YamlNode::Scalar(key)) => key.as_string() == name,
            _ => false,
        })
        .and_then(|entry| entry.value_node())
}

/// Reads a file.
pub(crate) fn parse(text: &str) -> Result<YamlFile, YamlProblem> {
    YamlFile::from_str(text).map_err(|error| YamlProblem::Syntax(error.to_string()))
}

fn root(file: &YamlFile) -> Option<YamlNode> {
    let document = file.document()?;
    document
        .as_mapping()
        .map(YamlNode::Mapping)
        .or_else(|| document.as_sequence().map(YamlNode::Sequence))
        .or_else(|| document.as_scalar().map(YamlNode::Scalar))
}

/// Reads both texts again, with a second parser where it takes the original, and compares.
fn verify(before: &str, after: &str, path: &[String], update: &Update) -> Result<(), YamlProblem> {
    let collateral = || YamlProblem::Collateral { key: update.key.clone() };
    locate(after, path, &update.key).map_err(|_| collateral())?;
    // What an anchor names changes with it, wherever its aliases are.
    if before.contains('&') && before.contains('*') {
        return Ok(());
    }
    let Some(mut expected) = values(before) else { return Ok(()) };
    let found = values(after).ok_or_else(collateral)?;
    if let Some(place) = expected.first_mut().and_then(|first| at_mut(first, path)) {
        *place = update.value.clone();
    }
    if same(&expected, &found) { Ok(()) } else { Err(collateral()) }
}

/// All documents as plain values; none when the stricter parser does not take the text.
pub(crate) fn values(text: &str) -> Option<Vec<Value>> {
    let options = serde_saphyr::options! {
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::FirstWins,
    };
    serde_saphyr::from_multiple_with_options::<Value>(text, options).ok()
}

fn at_mut<'a>(value: &'a mut Value, path: &[String]) -> Option<&'a mut Value> {
    path.iter().try_fold(value, |value, part| match value {
        Value::Object(map) => map.get_mut(part),
        Value::Array(items) => items.get_mut(part.parse::<usize>().ok()?),
        _ => None,
    })
}

fn same(one: &[Value], other: &[Value]) -> bool {
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

#[cfg(test)]
mod tests;
