//! The four walks over objects: field set, comparison, merge, removal.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{
    set::{Set, Step, canonical},
    types::{ListKind, TypeAt},
};

/// Deepest nesting that is followed; anything below is owned as a whole.
const MAX_DEPTH: usize = 128;

/// The step that names a list item.
pub(super) fn item_step(kind: &ListKind, types: TypeAt<'_>, item: &Value, index: usize) -> Step {
    match kind {
        ListKind::Atomic => Step::Index(index as u64),
        ListKind::Set => Step::Value(canonical(item)),
        ListKind::Map(keys) => {
            let mut fields = Map::new();
            for key in keys {
                if let Some(value) = item.get(key).or_else(|| types.items().default_of(key)) {
                    fields.insert(key.clone(), value.clone());
                }
            }
            Step::Key(canonical(&Value::Object(fields)))
        }
    }
}

/// Whether a value is owned as a whole.
fn is_leaf(value: &Value, types: TypeAt<'_>, depth: usize) -> bool {
    match value {
        Value::Object(fields) => fields.is_empty() || types.atomic_map() || depth >= MAX_DEPTH,
        Value::Array(items) => {
            items.is_empty() || types.list() == ListKind::Atomic || depth >= MAX_DEPTH
        }
        _ => true,
    }
}

/// All fields a value sets.
pub(super) fn field_set(value: &Value, types: TypeAt<'_>) -> Set {
    let mut set = Set::default();
    fill(value, types, 0, &mut set);
    set
}

fn fill(value: &Value, types: TypeAt<'_>, depth: usize, out: &mut Set) {
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                let (step, below) = (Step::Field(name.clone()), types.field(name));
                if is_leaf(value, below, depth + 1) {
                    out.add_member(step);
                    continue;
                }
                // Entries of free maps count as members of their own.
                if !types.declares(name) {
                    out.add_member(step.clone());
                }
                let mut child = Set::default();
                fill(value, below, depth + 1, &mut child);
                out.set_child(step, child);
            }
        }
        Value::Array(items) => {
            let kind = types.list();
            for (index, item) in items.iter().enumerate() {
                let step = item_step(&kind, types, item, index);
                out.add_member(step.clone());
                if kind != ListKind::Set && !is_leaf(item, types.items(), depth + 1) {
                    let mut child = Set::default();
                    fill(item, types.items(), depth + 1, &mut child);
                    out.set_child(step, child);
                }
            }
        }
        _ => {}
    }
}

/// What differs between two objects.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    pub(super) added: Set,
    pub(super) modified: Set,
    pub(super) removed: Set,
}

impl Comparison {
    pub(super) fn of(old: &Value, new: &Value, types: TypeAt<'_>) -> Self {
        let mut found = Self::default();
        found.level(Some(old), Some(new), types, &mut Vec::new());
        found
    }

    fn leaf(&mut self, old: Option<&Value>, new: Option<&Value>, path: &[Step]) {
        match (old, new) {
            (None, Some(_)) => self.added.insert(path),
            (Some(_), None) => self.removed.insert(path),
            (Some(old), Some(new)) if old != new => self.modified.insert(path),
            _ => {}
        }
    }

    fn level(
        &mut self,
        old: Option<&Value>,
        new: Option<&Value>,
        types: TypeAt<'_>,
        path: &mut Vec<Step>,
    ) {
        let leaf =
            |value: Option<&Value>| value.is_none_or(|value| is_leaf(value, types, path.len()));
        let same_shape = match (old, new) {
            (Some(old), Some(new)) => {
                old.is_object() == new.is_object() && old.is_array() == new.is_array()
            }
            _ => true,
        };
        if !same_shape {
            // A change of type: everything old goes, everything new comes, the place itself changed.
            self.modified.insert(path);
            self.children(old, None, types, path);
            self.children(None, new, types, path);
            return;
        }
        let whole = (leaf(old) && leaf(new))
            || (types.atomic_map() && (old.or(new)).is_some_and(Value::is_object));
        if whole {
            self.leaf(old, new, path);
            return;
        }
        self.children(old, new, types, path);
        if !path.is_empty() {
            match (old, new) {
                (None, Some(_)) => self.added.insert(path),
                (Some(_), None) => self.removed.insert(path),
                _ => {}
            }
        }
    }

    fn children(
        &mut self,
        old: Option<&Value>,
        new: Option<&Value>,
        types: TypeAt<'_>,
        path: &mut Vec<Step>,
    ) {
        if path.len() >= MAX_DEPTH {
            return;
        }
        if old.or(new).is_some_and(Value::is_object) {
            let (old, new) = (old.and_then(Value::as_object), new.and_then(Value::as_object));
            let only_new = |name: &&String| old.is_none_or(|old| !old.contains_key(*name));
            let names = old.into_iter().flat_map(Map::keys);
            let names = names.chain(new.into_iter().flat_map(Map::keys).filter(only_new));
            for name in names {
                path.push(Step::Field(name.clone()));
                let (old, new) =
                    (old.and_then(|old| old.get(name)), new.and_then(|new| new.get(name)));
                self.level(old, new, types.field(name), path);
                path.pop();
            }
        } else if types.list() != ListKind::Atomic {
            let kind = types.list();
            let (old, new) = (steps_of(old, &kind, types), steps_of(new, &kind, types));
            let old_by: HashMap<&Step, &Value> =
                old.iter().map(|(step, item)| (step, *item)).collect();
            let new_by: HashMap<&Step, &Value> =
                new.iter().map(|(step, item)| (step, *item)).collect();
            let only_new = new.iter().filter(|(step, _)| !old_by.contains_key(step));
            for (step, _) in old.iter().chain(only_new) {
                path.push(step.clone());
                let (old, new) = (old_by.get(step).copied(), new_by.get(step).copied());
                self.level(old, new, types.items(), path);
                path.pop();
            }
        }
    }
}

/// The items of a list with the steps that name them.
fn steps_of<'a>(
    list: Option<&'a Value>,
    kind: &ListKind,
    types: TypeAt<'_>,
) -> Vec<(Step, &'a Value)> {
    let items = list.and_then(Value::as_array).into_iter().flatten().enumerate();
    items.map(|(index, item)| (item_step(kind, types, item, index), item)).collect()
}

/// Merges `applied` into `live`: maps and map lists field by field, everything else as a whole.
pub(super) fn merge(live: &Value, applied: &Value, types: TypeAt<'_>) -> Value {
    merge_level(live, applied, types, 0)
}

fn merge_level(live: &Value, applied: &Value, types: TypeAt<'_>, depth: usize) -> Value {
    if depth >= MAX_DEPTH {
        return applied.clone();
    }
    match (live, applied) {
        (Value::Object(live), Value::Object(applied)) if !types.atomic_map() => {
            let mut out = live.clone();
            for (name, value) in applied {
                let merged = match live.get(name) {
                    Some(old) => merge_level(old, value, types.field(name), depth + 1),
                    None => value.clone(),
                };
                out.insert(name.clone(), merged);
            }
            Value::Object(out)
        }
        (Value::Array(live), Value::Array(applied)) if types.list() != ListKind::Atomic => {
            Value::Array(merge_lists(live, applied, types, depth))
        }
        _ => applied.clone(),
    }
}

/// Applied items keep their order; live items that were not applied stay in front of what followed them.
fn merge_lists(live: &[Value], applied: &[Value], types: TypeAt<'_>, depth: usize) -> Vec<Value> {
    let kind = types.list();
    let steps = |items: &[Value]| -> Vec<Step> {
        items.iter().enumerate().map(|(index, item)| item_step(&kind, types, item, index)).collect()
    };
    let (live_steps, applied_steps) = (steps(live), steps(applied));
    let live_by: HashMap<&Step, &Value> = live_steps.iter().zip(live).collect();
    let is_applied: HashMap<&Step, ()> = applied_steps.iter().map(|step| (step, ())).collect();
    let mut shared = applied_steps.iter().filter(|step| live_by.contains_key(step)).peekable();
    let merged = |step: &Step, item: &Value| match live_by.get(step) {
        Some(old) if kind != ListKind::Set => merge_level(old, item, types.items(), depth + 1),
        _ => item.clone(),
    };
    let mut out = Vec::new();
    let (mut left, mut right) = (0, 0);
    while left < live.len() || right < applied.len() {
        if let Some(step) = live_steps.get(left) {
            if !is_applied.contains_key(step) {
                out.push(live[left].clone());
                left += 1;
                continue;
            }
            // A shared item whose turn is not now is taken when its turn in the applied order comes.
            if shared.peek().is_none_or(|next| *next != step)
                || applied_steps.get(right) == Some(step)
            {
                left += 1;
                if applied_steps.get(right) != Some(step) {
                    continue;
                }
            }
        }
        let Some(step) = applied_steps.get(right) else { continue };
        if shared.peek().is_some_and(|next| *next == step) {
            shared.next();
        }
        out.push(merged(step, &applied[right]));
        right += 1;
    }
    out
}

/// Removes the members of `gone` from `value`; a container that becomes empty goes with its last field.
pub(super) fn remove(value: &Value, gone: &Set, types: TypeAt<'_>) -> Option<Value> {
    match value {
        Value::Object(fields) if !types.atomic_map() => {
            let mut out = Map::new();
            for (name, value) in fields {
                let step = Step::Field(name.clone());
                if gone.has(&step) {
                    continue;
                }
                let kept = match gone.below(&step) {
                    Some(below) => remove(value, below, types.field(name)),
                    None => Some(value.clone()),
                };
                if let Some(kept) = kept {
                    out.insert(name.clone(), kept);
                }
            }
            (!out.is_empty()).then_some(Value::Object(out))
        }
        Value::Array(items) if types.list() != ListKind::Atomic => {
            let kind = types.list();
            let mut out = Vec::new();
            for (index, item) in items.iter().enumerate() {
                let step = item_step(&kind, types, item, index);
                if gone.has(&step) {
                    continue;
                }
                match gone.below(&step) {
                    Some(below) => out.extend(remove(item, below, types.items())),
                    None => out.push(item.clone()),
                }
            }
            (!out.is_empty()).then_some(Value::Array(out))
        }
        _ => None,
    }
}

/// Adds declared fields on the way to members as members of their own.
pub(super) fn with_named_fields(set: &Set, types: TypeAt<'_>) -> Set {
    let mut out = set.members_only();
    for (step, child) in set.steps() {
        let below = match step {
            Step::Field(name) => {
                if types.declares(name) {
                    out.add_member(step.clone());
                }
                types.field(name)
            }
            _ => types.items(),
        };
        out.set_child(step.clone(), with_named_fields(child, below));
    }
    out
}
