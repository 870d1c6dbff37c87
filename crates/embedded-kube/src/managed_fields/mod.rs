//! Who set which field: server-side apply, conflicts, and the record of updates.

mod entries;
mod set;
mod typed;
mod types;
mod walk;

use serde_json::{Map, Value, json};

pub use set::{Set, Step};
pub use types::{ListTypes, Untyped};

use crate::field_error::quote;
use entries::Entry;
use types::TypeAt;
use walk::Comparison;

/// Who writes, and how.
#[derive(Clone, Copy, Debug)]
pub struct Manager<'a> {
    pub name: &'a str,
    /// Take fields from other managers instead of reporting conflicts.
    pub force: bool,
    pub subresource: Option<&'a str>,
    /// RFC 3339, whole seconds.
    pub time: &'a str,
    pub api_version: &'a str,
}

/// One field another manager owns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The owner as messages show it, quoted and with what it did.
    pub manager: String,
    /// Such as `.spec.replicas`.
    pub path: String,
}

impl Conflict {
    /// The entry for `status.details.causes`.
    pub fn cause(&self) -> Value {
        json!({ "reason": "FieldManagerConflict", "message": format!("conflict with {}", self.manager), "field": self.path })
    }
}

/// Why an apply was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// 409; the message is the one kubectl shows.
    #[error("{}", conflict_message(.0))]
    Conflict(Vec<Conflict>),
    /// 400 or 422.
    #[error("{0}")]
    Invalid(String),
}

fn conflict_message(conflicts: &[Conflict]) -> String {
    if let [one] = conflicts {
        return format!(
            "Apply failed with 1 conflict: conflict with {}: {}",
            one.manager, one.path
        );
    }
    let mut managers: Vec<&str> =
        conflicts.iter().map(|conflict| conflict.manager.as_str()).collect();
    managers.sort_unstable();
    managers.dedup();
    let mut lines = Vec::new();
    for manager in managers {
        lines.push(format!("conflicts with {manager}:"));
        lines.extend(
            conflicts
                .iter()
                .filter(|conflict| conflict.manager == manager)
                .map(|conflict| format!("- {}", conflict.path)),
        );
    }
    format!("Apply failed with {} conflicts: {}", conflicts.len(), lines.join("\n"))
}

/// Fields nobody owns: identity and what only the server sets.
const UNOWNED: [&str; 9] = [
    "clusterName",
    "creationTimestamp",
    "generation",
    "managedFields",
    "name",
    "namespace",
    "resourceVersion",
    "selfLink",
    "uid",
];

fn without_unowned(set: &Set) -> Set {
    let mut unowned = Set::default();
    for name in ["apiVersion", "kind", "metadata"] {
        unowned.insert(&[Step::Field(name.to_string())]);
    }
    for name in UNOWNED {
        unowned.insert(&[Step::Field("metadata".to_string()), Step::Field(name.to_string())]);
    }
    set.difference(&unowned)
}

fn without_managed_fields(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
        metadata.shift_remove("managedFields");
    }
    object
}

/// Server-side apply: the object that results, with its `managedFields`.
///
/// `live` is the stored object, `None` when it is created. Fields the manager applied before and
/// applies no longer are removed unless somebody else owns them.
pub fn apply(
    live: Option<&Value>,
    applied: &Value,
    manager: &Manager<'_>,
    lists: &dyn ListTypes,
) -> Result<Value, ApplyError> {
    let types = TypeAt::root(lists);
    if !applied.is_object() {
        return Err(ApplyError::Invalid("the applied configuration must be an object".to_string()));
    }
    typed::check(applied, types)?;
    let config = configuration(applied, manager);
    let skeleton =
        json!({ "apiVersion": applied["apiVersion"], "kind": applied["kind"], "metadata": {} });
    let before = live.map_or(skeleton, without_managed_fields);
    let mut managers = live.map(entries::read).unwrap_or_default();
    if managers.is_empty() && live.is_some() {
        // An object nobody tracked: what is there belongs to an update before the first apply.
        let first =
            Manager { name: "before-first-apply", force: false, subresource: None, ..*manager };
        let all =
            without_unowned(&Comparison::of(&json!({ "metadata": {} }), &before, types).added);
        managers.push(Entry::new(&first, false, all));
    }
    let merged = walk::merge(&before, &config, types);
    let wanted = Entry::new(manager, true, without_unowned(&walk::field_set(&config, types)));
    let last = managers
        .iter()
        .position(|entry| entry.is_same(&wanted))
        .map(|place| managers.remove(place));
    let pruned = match &last {
        Some(last) if !last.fields.is_empty() => prune(&merged, last, &wanted, &managers, types),
        _ => merged,
    };
    // Pruning drops containers it emptied; those applied as empty come back here.
    let mut result = walk::merge(&pruned, &config, types);
    let changes = Comparison::of(&before, &result, types);
    take_over(&mut managers, &changes, manager.force)?;
    let unchanged = result == before;
    let entry = match last {
        // Without any change the old time stays, or controllers would wake each other for ever.
        Some(last)
            if unchanged
                && last.fields == wanted.fields
                && last.api_version == wanted.api_version =>
        {
            last
        }
        _ => wanted,
    };
    managers.push(entry);
    entries::write(&mut result, managers);
    Ok(result)
}

/// What is merged: without the fields only the server sets, and for a subresource only its part.
fn configuration(applied: &Value, manager: &Manager<'_>) -> Value {
    let mut config = without_managed_fields(applied);
    if let Some(metadata) = config.get_mut("metadata").and_then(Value::as_object_mut) {
        for name in ["creationTimestamp", "generation", "resourceVersion", "selfLink", "uid"] {
            metadata.shift_remove(name);
        }
        if manager.subresource == Some("status") {
            metadata.retain(|name, _| matches!(name.as_str(), "name" | "namespace"));
        }
    }
    if manager.subresource == Some("status")
        && let Some(fields) = config.as_object_mut()
    {
        fields.retain(|name, _| {
            matches!(name.as_str(), "apiVersion" | "kind" | "metadata" | "status")
        });
    }
    config
}

/// Removes what the manager applied before and does not apply now, except what anybody owns.
fn prune(
    merged: &Value,
    last: &Entry,
    wanted: &Entry,
    others: &[Entry],
    types: TypeAt<'_>,
) -> Value {
    let nothing = || Value::Object(Map::new());
    let named = |set: &Set| walk::with_named_fields(set, types);
    let last = named(&last.fields);
    let pruned = walk::remove(merged, &last, types).unwrap_or_else(nothing);
    let owned = others.iter().fold(wanted.fields.clone(), |all, entry| all.union(&entry.fields));
    let all = named(&walk::field_set(merged, types));
    // What another manager owns comes back.
    let kept = named(&walk::field_set(&pruned, types)).union(&named(&owned));
    let pruned = walk::remove(merged, &all.difference(&kept), types).unwrap_or_else(nothing);
    // What was never applied by this manager comes back too.
    let left = named(&walk::field_set(&pruned, types));
    let gone = without_unowned(&all.difference(&left).intersection(&last));
    walk::remove(merged, &gone, types).unwrap_or_else(nothing)
}

/// Takes changed fields from the other managers, or reports them as conflicts.
fn take_over(
    managers: &mut Vec<Entry>,
    changes: &Comparison,
    force: bool,
) -> Result<(), ApplyError> {
    let changed = changes.modified.union(&changes.added);
    let mut conflicts = Vec::new();
    for entry in managers.iter_mut() {
        let contested = entry.fields.intersection(&changed);
        if !contested.is_empty() && !force {
            let manager = shown(entry);
            conflicts.extend(
                contested
                    .paths()
                    .into_iter()
                    .map(|path| Conflict { manager: manager.clone(), path }),
            );
        }
        entry.fields = entry.fields.difference(&contested).difference(&changes.removed);
    }
    if !conflicts.is_empty() {
        return Err(ApplyError::Conflict(conflicts));
    }
    managers.retain(|entry| !entry.fields.is_empty());
    Ok(())
}

fn shown(entry: &Entry) -> String {
    let mut text = quote(&entry.manager);
    if let Some(subresource) = &entry.subresource {
        text.push_str(&format!(" with subresource {}", quote(subresource)));
    }
    if !entry.applies {
        text.push_str(&format!(" using {}", entry.api_version));
    }
    text
}

/// Records an update: fields that changed belong to the manager, removed ones to nobody.
///
/// `old` is the stored object, `None` on create. `managedFields` sent by the client count when they
/// can be read; `[{}]` forgets them; none at all keeps the stored ones.
pub fn record_update(
    old: Option<&Value>,
    new: &mut Value,
    manager: &Manager<'_>,
    lists: &dyn ListTypes,
) {
    let types = TypeAt::root(lists);
    let of_live = || old.map(entries::read).unwrap_or_default();
    let mut managers = if manager.subresource.is_some() {
        of_live()
    } else if entries::is_reset(new) {
        Vec::new()
    } else {
        let sent = entries::read(new);
        if sent.is_empty() { of_live() } else { sent }
    };
    if managers.is_empty() && old.is_some() {
        // Once forgotten, updates are not tracked until somebody applies.
        entries::write(new, managers);
        return;
    }
    // The entries themselves are compared too; nobody owns them, so that does not matter.
    let nothing = json!({ "metadata": {} });
    let mut changes = Comparison::of(old.unwrap_or(&nothing), new, types);
    changes.added = without_unowned(&changes.added);
    changes.modified = without_unowned(&changes.modified);
    let changed = changes.modified.union(&changes.added);
    for entry in &mut managers {
        entry.fields = entry.fields.difference(&changed).difference(&changes.removed);
    }
    managers.retain(|entry| !entry.fields.is_empty());
    if !changed.is_empty() {
        let mut own = Entry::new(manager, false, changed);
        if let Some(place) = managers.iter().position(|entry| entry.is_same(&own)) {
            own.fields = own.fields.union(&managers.remove(place).fields);
        }
        managers.push(own);
    }
    entries::write(new, managers);
}

#[cfg(test)]
mod tests;
