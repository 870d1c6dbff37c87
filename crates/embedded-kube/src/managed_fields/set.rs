//! Sets of field paths and their wire form, `fieldsV1`.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// Deepest nesting of a set that is read.
const MAX_DEPTH: usize = 128;

/// One step of a path. Values are kept as canonical JSON text, so that they can be ordered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Step {
    Field(String),
    /// An item of a map list, by its key fields.
    Key(String),
    /// An item of a set.
    Value(String),
    Index(u64),
}

impl Step {
    fn parse(text: &str) -> Option<Self> {
        let (kind, rest) = text.split_once(':')?;
        match kind {
            "f" => Some(Self::Field(rest.to_string())),
            "k" => Some(Self::Key(canonical(&serde_json::from_str(rest).ok()?))),
            "v" => Some(Self::Value(canonical(&serde_json::from_str(rest).ok()?))),
            "i" => rest.parse().ok().map(Self::Index),
            _ => None,
        }
    }

    fn encode(&self) -> String {
        match self {
            Self::Field(name) => format!("f:{name}"),
            Self::Key(text) => format!("k:{text}"),
            Self::Value(text) => format!("v:{text}"),
            Self::Index(index) => format!("i:{index}"),
        }
    }

    /// The step as conflicts show it.
    fn shown(&self) -> String {
        match self {
            Self::Field(name) => format!(".{name}"),
            Self::Key(text) => {
                let fields: Map<String, Value> = serde_json::from_str(text).unwrap_or_default();
                let pairs: Vec<String> =
                    fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
                format!("[{}]", pairs.join(","))
            }
            Self::Value(text) => format!("[={text}]"),
            Self::Index(index) => format!("[{index}]"),
        }
    }
}

/// JSON text with sorted keys and no spaces.
pub(super) fn canonical(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let sorted: BTreeMap<&String, &Value> = fields.iter().collect();
            let parts: Vec<String> = sorted
                .into_iter()
                .map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), canonical(value)))
                .collect();
            format!("{{{}}}", parts.join(","))
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(canonical).collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

/// A set of paths: members are in the set themselves, children hold longer paths.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Set {
    members: BTreeSet<Step>,
    children: BTreeMap<Step, Self>,
}

impl Set {
    /// Reads `fieldsV1`.
    pub fn decode(fields: &Value) -> Option<Self> {
        Self::decode_level(fields, 0).map(|(set, _)| set)
    }

    /// The set below this level, and whether the level itself is a member (`.`).
    fn decode_level(fields: &Value, depth: usize) -> Option<(Self, bool)> {
        if depth > MAX_DEPTH {
            return None;
        }
        let mut set = Self::default();
        let mut own = false;
        for (key, below) in fields.as_object()? {
            if key == "." {
                own = true;
                continue;
            }
            let step = Step::parse(key)?;
            let (child, member) = Self::decode_level(below, depth + 1)?;
            if member || child.is_empty() {
                set.members.insert(step.clone());
            }
            if !child.is_empty() {
                set.children.insert(step, child);
            }
        }
        Some((set, own))
    }

    /// Writes `fieldsV1`.
    pub fn encode(&self) -> Value {
        let mut out = Map::new();
        let steps: BTreeSet<&Step> = self.members.iter().chain(self.children.keys()).collect();
        for step in steps {
            let below = match self.children.get(step) {
                None => Value::Object(Map::new()),
                Some(child) => {
                    let mut below = Map::new();
                    if self.members.contains(step) {
                        below.insert(".".to_string(), Value::Object(Map::new()));
                    }
                    if let Value::Object(fields) = child.encode() {
                        below.extend(fields);
                    }
                    Value::Object(below)
                }
            };
            out.insert(step.encode(), below);
        }
        Value::Object(out)
    }

    pub fn is_empty(&self) -> bool {
        self.members.is_empty() && self.children.is_empty()
    }

    pub fn insert(&mut self, path: &[Step]) {
        match path {
            [] => {}
            [last] => {
                self.members.insert(last.clone());
            }
            [first, rest @ ..] => self.children.entry(first.clone()).or_default().insert(rest),
        }
    }

    pub(super) fn has(&self, step: &Step) -> bool {
        self.members.contains(step)
    }

    pub(super) fn below(&self, step: &Step) -> Option<&Self> {
        self.children.get(step)
    }

    pub(super) fn steps(&self) -> impl Iterator<Item = (&Step, &Self)> {
        self.children.iter()
    }

    pub(super) fn add_member(&mut self, step: Step) {
        self.members.insert(step);
    }

    pub(super) fn set_child(&mut self, step: Step, child: Self) {
        if child.is_empty() {
            self.children.remove(&step);
        } else {
            self.children.insert(step, child);
        }
    }

    pub(super) fn members_only(&self) -> Self {
        Self { members: self.members.clone(), children: BTreeMap::new() }
    }

    #[must_use]
    pub fn union(&self, other: &Self) -> Self {
        let mut out = self.clone();
        out.members.extend(other.members.iter().cloned());
        for (step, child) in &other.children {
            let merged = match out.children.get(step) {
                Some(own) => own.union(child),
                None => child.clone(),
            };
            out.children.insert(step.clone(), merged);
        }
        out
    }

    #[must_use]
    pub fn intersection(&self, other: &Self) -> Self {
        let mut out = Self {
            members: self.members.intersection(&other.members).cloned().collect(),
            children: BTreeMap::new(),
        };
        for (step, child) in &self.children {
            if let Some(other) = other.children.get(step) {
                out.set_child(step.clone(), child.intersection(other));
            }
        }
        out
    }

    /// Members of this set that are not members of the other.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Self {
        let mut out = Self {
            members: self.members.difference(&other.members).cloned().collect(),
            children: BTreeMap::new(),
        };
        for (step, child) in &self.children {
            let child = match other.children.get(step) {
                Some(other) => child.difference(other),
                None => child.clone(),
            };
            out.set_child(step.clone(), child);
        }
        out
    }

    /// Every path as conflicts show it, such as `.spec.ports[name="web"].port`.
    pub fn paths(&self) -> Vec<String> {
        let mut out = Vec::new();
        self.collect("", &mut out);
        out
    }

    /// Members of a level come before what is below it, as the real server tells conflicts.
    fn collect(&self, prefix: &str, out: &mut Vec<String>) {
        out.extend(self.members.iter().map(|step| format!("{prefix}{}", step.shown())));
        for (step, child) in &self.children {
            child.collect(&format!("{prefix}{}", step.shown()), out);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn wire_form_survives_a_round_trip() {
        let fields = json!({
            "f:metadata": {"f:labels": {".": {}, "f:tier": {}}},
            "f:spec": {
                ".": {},
                "f:list": {"k:{\"name\":\"a\"}": {".": {}, "f:name": {}}},
                "f:set": {"v:\"x\"": {}, "v:3": {}},
            },
        });
        let set = Set::decode(&fields).unwrap();
        assert_eq!(set.encode(), fields);
        assert_eq!(
            set.paths(),
            [
                ".spec",
                ".metadata.labels",
                ".metadata.labels.tier",
                r#".spec.list[name="a"]"#,
                r#".spec.list[name="a"].name"#,
                r#".spec.set[="x"]"#,
                ".spec.set[=3]",
            ]
        );
        assert!(Set::decode(&json!({"nonsense": {}})).is_none());
        assert!(Set::decode(&json!([])).is_none());
    }

    #[test]
    fn set_arithmetic() {
        let set = |value: Value| Set::decode(&value).unwrap();
        let left = set(json!({"f:a": {".": {}, "f:b": {}, "f:c": {}}}));
        let right = set(json!({"f:a": {"f:b": {}, "f:d": {}}}));
        assert_eq!(
            left.union(&right).encode(),
            json!({"f:a": {".": {}, "f:b": {}, "f:c": {}, "f:d": {}}})
        );
        assert_eq!(left.intersection(&right).encode(), json!({"f:a": {"f:b": {}}}));
        assert_eq!(left.difference(&right).encode(), json!({"f:a": {".": {}, "f:c": {}}}));
        assert!(left.difference(&left).is_empty());
    }
}
