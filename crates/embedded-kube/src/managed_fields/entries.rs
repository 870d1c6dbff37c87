//! The entries of `metadata.managedFields`: reading, merging, ordering, limiting.

use serde_json::{Map, Value, json};

use super::{Manager, set::Set};

/// Beyond this many updating managers the oldest are put together.
const MAX_UPDATERS: usize = 10;
/// Name of the entry that collects the oldest updaters.
const ANCIENT: &str = "ancient-changes";

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) manager: String,
    pub(super) applies: bool,
    pub(super) subresource: Option<String>,
    pub(super) api_version: String,
    pub(super) time: String,
    pub(super) fields: Set,
}

impl Entry {
    pub(super) fn new(manager: &Manager<'_>, applies: bool, fields: Set) -> Self {
        Self {
            manager: manager.name.to_string(),
            applies,
            subresource: manager.subresource.filter(|name| !name.is_empty()).map(str::to_string),
            api_version: manager.api_version.to_string(),
            time: manager.time.to_string(),
            fields,
        }
    }

    /// Whether both are the same manager doing the same kind of thing.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.manager == other.manager
            && self.applies == other.applies
            && self.subresource == other.subresource
            && (self.applies || self.api_version == other.api_version)
    }

    fn read(entry: &Value) -> Option<Self> {
        let text = |key: &str| entry.get(key).and_then(Value::as_str).map(str::to_string);
        Some(Self {
            manager: text("manager").unwrap_or_default(),
            applies: match entry.get("operation").and_then(Value::as_str)? {
                "Apply" => true,
                "Update" => false,
                _ => return None,
            },
            subresource: text("subresource").filter(|name| !name.is_empty()),
            api_version: text("apiVersion").unwrap_or_default(),
            time: text("time").unwrap_or_default(),
            fields: match entry.get("fieldsV1") {
                Some(fields) => Set::decode(fields)?,
                None => Set::default(),
            },
        })
    }

    fn write(&self) -> Value {
        let mut entry = Map::new();
        entry.insert("apiVersion".to_string(), self.api_version.as_str().into());
        entry.insert("fieldsType".to_string(), "FieldsV1".into());
        entry.insert("fieldsV1".to_string(), self.fields.encode());
        entry.insert("manager".to_string(), self.manager.as_str().into());
        entry.insert("operation".to_string(), if self.applies { "Apply" } else { "Update" }.into());
        if let Some(subresource) = &self.subresource {
            entry.insert("subresource".to_string(), subresource.as_str().into());
        }
        if !self.time.is_empty() {
            entry.insert("time".to_string(), self.time.as_str().into());
        }
        Value::Object(entry)
    }
}

/// The entries of an object; none when they cannot be read, as on the real server.
pub(super) fn read(object: &Value) -> Vec<Entry> {
    let list = object.pointer("/metadata/managedFields").and_then(Value::as_array);
    let entries: Option<Vec<Entry>> = list.into_iter().flatten().map(Entry::read).collect();
    let mut merged: Vec<Entry> = Vec::new();
    for entry in entries.unwrap_or_default() {
        match merged.iter_mut().find(|known| known.is_same(&entry)) {
            Some(known) => known.fields = known.fields.union(&entry.fields),
            None => merged.push(entry),
        }
    }
    merged
}

/// Whether a client asks for the entries to be forgotten: exactly one, empty entry.
pub(super) fn is_reset(object: &Value) -> bool {
    object.pointer("/metadata/managedFields") == Some(&json!([{}]))
}

/// Writes the entries into an object, appliers first, then by time.
pub(super) fn write(object: &mut Value, mut entries: Vec<Entry>) {
    entries.retain(|entry| !entry.fields.is_empty());
    limit(&mut entries);
    entries.sort_by(|left, right| {
        (!left.applies, &left.time, &left.manager, &left.api_version, &left.subresource).cmp(&(
            !right.applies,
            &right.time,
            &right.manager,
            &right.api_version,
            &right.subresource,
        ))
    });
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    if entries.is_empty() {
        metadata.shift_remove("managedFields");
    } else {
        metadata.insert("managedFields".to_string(), entries.iter().map(Entry::write).collect());
    }
}

/// Puts the oldest updaters together, one entry per API version.
fn limit(entries: &mut Vec<Entry>) {
    let updaters =
        entries.iter().filter(|entry| !entry.applies && entry.subresource.is_none()).count();
    if updaters <= MAX_UPDATERS {
        return;
    }
    let mut order: Vec<usize> = (0..entries.len())
        .filter(|place| !entries[*place].applies && entries[*place].subresource.is_none())
        .collect();
    order.sort_by(|left, right| entries[*left].time.cmp(&entries[*right].time));
    let oldest: Vec<usize> = order.into_iter().take(updaters - MAX_UPDATERS + 1).collect();
    let mut ancient: Vec<Entry> = Vec::new();
    for place in &oldest {
        let entry = &entries[*place];
        match ancient.iter_mut().find(|known| known.api_version == entry.api_version) {
            Some(known) => {
                known.fields = known.fields.union(&entry.fields);
                known.time = known.time.clone().max(entry.time.clone());
            }
            None => ancient.push(Entry { manager: ANCIENT.to_string(), ..entry.clone() }),
        }
    }
    let mut place = 0;
    entries.retain(|_| {
        place += 1;
        !oldest.contains(&(place - 1))
    });
    entries.extend(ancient);
}
