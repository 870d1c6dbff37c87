//! Edits of YAML files that change the bytes that were asked for and no others.

mod images;
mod key;
mod scalar;
mod verify;

use std::{collections::BTreeMap, str::FromStr as _};

use serde_json::Value;
use yaml_edit::{Mapping, Sequence, YamlFile, YamlNode};

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
    #[error("setting {key} would change more than was asked for; the file was left as it is")]
    Collateral {
        /// As written, in backticks.
        key: String,
    },
}

/// Sets values that exist in the first document of `text`. Comments, quotes, anchors, order and
/// line ends stay as they are. Of several updates of one value the last counts.
pub(crate) fn update(text: &str, updates: &[Update]) -> Result<String, YamlProblem> {
    let file = parse(text)?;
    let mut changes = BTreeMap::new();
    for update in updates {
        let path = key::split(&update.key)
            .map_err(|problem| YamlProblem::Key { key: update.key.clone(), problem })?;
        let place = locate(&file, text, &path, &update.key)?;
        changes.insert(place.start, Change { place, path, update });
    }
    let changes: Vec<Change<'_>> = changes.into_values().collect();
    // JSON is YAML, and must remain JSON.
    let is_json = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    let edited = apply(text, &changes, is_json);
    verify::changes(text, &edited, &changes)?;
    Ok(edited)
}

/// An update and where it goes.
struct Change<'a> {
    place: Place,
    path: Vec<String>,
    update: &'a Update,
}

/// Changes in the order of their places, which cannot overlap because each is a single value.
fn apply(text: &str, changes: &[Change<'_>], is_json: bool) -> String {
    let mut edited = String::with_capacity(text.len() + 32 * changes.len());
    let mut done = 0;
    for Change { place, update, .. } in changes {
        edited.push_str(&text[done..place.start]);
        let old = &text[place.start..place.end];
        if old.is_empty() && !edited.ends_with([' ', '\t']) {
            edited.push(' ');
        }
        edited.push_str(&match is_json {
            true => update.value.to_string(),
            false => scalar::render(&update.value, old, place.in_flow),
        });
        // A block scalar owns the line end after it, which the new value does not bring.
        if old.ends_with('\n') {
            let ends = old.len() - old.trim_end_matches(['\r', '\n']).len();
            edited.push_str(&old[old.len() - ends..]);
        }
        done = place.end;
    }
    edited.push_str(&text[done..]);
    edited
}

struct Place {
    start: usize,
    end: usize,
    in_flow: bool,
}

fn locate(file: &YamlFile, text: &str, path: &[String], key: &str) -> Result<Place, YamlProblem> {
    let lost = |problem: String| YamlProblem::NotFound { key: key.to_owned(), problem };
    let mut node = root(file).ok_or_else(|| lost("the file is empty".into()))?;
    let (mut in_flow, mut colon) = (false, None);
    for part in path {
        if let YamlNode::TaggedNode(tagged) = &node {
            let inner = tagged.as_mapping().map(YamlNode::Mapping);
            node = inner.or_else(|| tagged.as_sequence().map(YamlNode::Sequence)).unwrap_or(node);
        }
        (node, colon) = match &node {
            YamlNode::Mapping(mapping) => {
                in_flow |= mapping.is_flow_style();
                let (value, name_ends) =
                    child(mapping, part).ok_or_else(|| lost(format!("there is no `{part}`")))?;
                let colon = text[name_ends..].find(':').map(|at| name_ends + at + 1);
                (value, colon)
            }
            YamlNode::Sequence(sequence) => {
                in_flow |= sequence.is_flow_style();
                (item(sequence, part).map_err(lost)?, None)
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
            let (start, end) = (range.start as usize, range.end as usize);
            // Where nothing stands but a comment, the value goes before it.
            match colon.filter(|&colon| start == end && comment_follows(text, colon)) {
                Some(colon) => Ok(Place { start: colon, end: colon, in_flow }),
                None => Ok(Place { start, end, in_flow }),
            }
        }
        YamlNode::Alias(alias) => {
            Err(lost(format!("it is the alias `*{}`; change its anchor", alias.name())))
        }
        _ => Err(lost("it is a mapping or a sequence, not a single value".into())),
    }
}

fn comment_follows(text: &str, at: usize) -> bool {
    text[at..].trim_start_matches([' ', '\t']).starts_with('#')
}

fn item(sequence: &Sequence, part: &str) -> Result<YamlNode, String> {
    let index: usize =
        part.parse().map_err(|_| format!("`{part}` is not an index of a sequence"))?;
    sequence
        .get(index)
        .ok_or_else(|| format!("there is no item {index}; the sequence has {}", sequence.len()))
}

/// The value of `name`, of repeated keys the first as in Kargo, and where the name ends.
fn child(mapping: &Mapping, name: &str) -> Option<(YamlNode, usize)> {
    mapping.entries().find_map(|entry| match entry.key_node()? {
        YamlNode::Scalar(key) if key.as_string() == name => {
            let name_ends = YamlNode::Scalar(key).byte_range().end as usize;
            Some((entry.value_node()?, name_ends))
        }
        _ => None,
    })
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

/// All documents as plain values; none when the stricter parser does not take the text.
pub(crate) fn values(text: &str) -> Option<Vec<Value>> {
    let options = serde_saphyr::options! {
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::FirstWins,
    };
    serde_saphyr::from_multiple_with_options::<Value>(text, options).ok()
}

#[cfg(test)]
mod tests;
