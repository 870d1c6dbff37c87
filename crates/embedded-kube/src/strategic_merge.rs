//! Strategic merge patch for built-in kinds: lists with a merge key merge item by item.

use serde_json::{Map, Value};

use crate::builtin;
pub use crate::json_patch::PatchError;

/// Deepest nesting of a patch that is followed.
const MAX_DEPTH: usize = 64;
const DIRECTIVE: &str = "$patch";
const RETAIN: &str = "$retainKeys";
const ORDER: &str = "$setElementOrder/";
const DELETE_FROM: &str = "$deleteFromPrimitiveList/";

/// Applies `patch` to `target`, an object of a built-in kind. On error `target` is left as it was.
pub fn apply(kind: &str, target: &mut Value, patch: &Value) -> Result<(), PatchError> {
    let Some(patch) = patch.as_object() else {
        return Err(PatchError::Malformed(
            "the strategic merge patch must be an object".to_string(),
        ));
    };
    let group = target
        .get("apiVersion")
        .and_then(Value::as_str)
        .and_then(|version| version.split_once('/'))
        .map_or("", |(group, _)| group);
    let schema = builtin::find_kind(group, kind)
        .and_then(builtin::Kind::schema)
        .map(crate::schema::Schema::raw);
    let original = target.as_object().cloned().unwrap_or_default();
    *target = Value::Object(merge_maps(original, patch, Types { schema, root: true }, 0)?);
    Ok(())
}

#[derive(Clone, Copy)]
struct Types<'a> {
    schema: Option<&'a Value>,
    root: bool,
}

impl<'a> Types<'a> {
    fn field(self, name: &str) -> Self {
        if self.root && name == "metadata" {
            return Self { schema: Some(builtin::metadata_schema()), root: false };
        }
        let found = self.schema.and_then(|schema| {
            schema.get("properties")?.get(name).or_else(|| schema.get("additionalProperties"))
        });
        Self { schema: found, root: false }
    }

    fn items(self) -> Self {
        Self { schema: self.schema.and_then(|schema| schema.get("items")), root: false }
    }

    fn merges(self) -> bool {
        self.text("x-kubernetes-patch-strategy") == Some("merge")
    }

    fn key(self) -> Option<&'a str> {
        self.text("x-kubernetes-patch-merge-key")
    }

    fn text(self, name: &str) -> Option<&'a str> {
        self.schema?.get(name)?.as_str()
    }
}

fn malformed<T>(text: impl Into<String>) -> Result<T, PatchError> {
    Err(PatchError::Malformed(text.into()))
}

fn merge_maps(
    mut original: Map<String, Value>,
    patch: &Map<String, Value>,
    types: Types<'_>,
    depth: usize,
) -> Result<Map<String, Value>, PatchError> {
    if depth > MAX_DEPTH {
        return malformed("the patch is nested too deep");
    }
    match patch.get(DIRECTIVE).map(|directive| directive.as_str().unwrap_or_default()) {
        None | Some("merge") => {}
        Some("replace") => return Ok(without_directives(patch)),
        Some("delete") => return Ok(Map::new()),
        Some(other) => return malformed(format!("Unknown patch type found: {other}")),
    }
    if let Some(retained) = patch.get(RETAIN) {
        let Some(retained) = retained.as_array() else {
            return malformed("$retainKeys must be a list of field names");
        };
        original.retain(|name, _| retained.iter().any(|one| one == name.as_str()));
    }
    remove_from_lists(&mut original, patch)?;
    for (name, change) in patch {
        if name.starts_with('$') {
            continue;
        }
        let below = types.field(name);
        let order = patch.get(&format!("{ORDER}{name}")).and_then(Value::as_array);
        match (original.get_mut(name), change) {
            (_, Value::Null) => {
                original.shift_remove(name);
            }
            (Some(Value::Object(old)), Value::Object(change)) => {
                let merged = merge_maps(std::mem::take(old), change, below, depth + 1)?;
                original.insert(name.clone(), Value::Object(merged));
            }
            (Some(Value::Array(old)), Value::Array(change)) if below.merges() => {
                let known = old.clone();
                let merged = merge_lists(std::mem::take(old), change, below, depth + 1)?;
                let merged = match order {
                    Some(_) => ordered(merged, order, below),
                    None => interleaved(merged, &known, change, below),
                };
                original.insert(name.clone(), Value::Array(merged));
            }
            (_, Value::Object(change)) => {
                let merged = merge_maps(Map::new(), change, below, depth + 1)?;
                original.insert(name.clone(), Value::Object(merged));
            }
            (_, Value::Array(change)) if below.merges() => {
                let merged = merge_lists(Vec::new(), change, below, depth + 1)?;
                original.insert(name.clone(), Value::Array(ordered(merged, order, below)));
            }
            (_, change) => {
                original.insert(name.clone(), change.clone());
            }
        }
    }
    reorder_untouched(&mut original, patch, types);
    Ok(original)
}

/// A list may be reordered without being changed.
fn reorder_untouched(
    original: &mut Map<String, Value>,
    patch: &Map<String, Value>,
    types: Types<'_>,
) {
    for (name, order) in patch {
        let Some(field) = name.strip_prefix(ORDER) else { continue };
        if patch.contains_key(field) {
            continue;
        }
        if let Some(Value::Array(items)) = original.get_mut(field) {
            *items = ordered(std::mem::take(items), order.as_array(), types.field(field));
        }
    }
}

fn remove_from_lists(
    original: &mut Map<String, Value>,
    patch: &Map<String, Value>,
) -> Result<(), PatchError> {
    for (name, gone) in patch {
        let Some(field) = name.strip_prefix(DELETE_FROM) else { continue };
        let Some(gone) = gone.as_array() else {
            return malformed(format!("{name} must be a list"));
        };
        if let Some(Value::Array(items)) = original.get_mut(field) {
            items.retain(|item| !gone.contains(item));
        }
    }
    Ok(())
}

fn without_directives(patch: &Map<String, Value>) -> Map<String, Value> {
    patch
        .iter()
        .filter(|(name, _)| !name.starts_with('$'))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

fn merge_lists(
    mut original: Vec<Value>,
    patch: &[Value],
    types: Types<'_>,
    depth: usize,
) -> Result<Vec<Value>, PatchError> {
    let Some(key) = types.key() else {
        for item in patch {
            if !original.contains(item) {
                original.push(item.clone());
            }
        }
        return Ok(original);
    };
    let replaces = patch.iter().any(|item| {
        item.get(DIRECTIVE).and_then(Value::as_str) == Some("replace") && item.get(key).is_none()
    });
    if replaces {
        original.clear();
    }
    for item in patch {
        let Some(change) = item.as_object() else {
            return malformed("an item of a list with a merge key must be an object");
        };
        let directive = change.get(DIRECTIVE).and_then(Value::as_str);
        let Some(identity) = change.get(key).filter(|identity| !identity.is_null()) else {
            if directive == Some("replace") {
                continue;
            }
            return malformed(format!("map: {item} does not contain declared merge key: {key}"));
        };
        let place = original.iter().position(|old| old.get(key) == Some(identity));
        match (place, directive) {
            (Some(place), Some("delete")) => {
                original.remove(place);
            }
            (None, Some("delete")) => {}
            (Some(place), _) => {
                let old = original[place].as_object().cloned().unwrap_or_default();
                original[place] = Value::Object(merge_maps(old, change, types.items(), depth + 1)?);
            }
            (None, _) => original.push(Value::Object(merge_maps(
                Map::new(),
                change,
                types.items(),
                depth + 1,
            )?)),
        }
    }
    Ok(original)
}

/// Without a given order the items of the patch keep theirs, and items it does not name come before the first of them
/// that they came before already. What is new comes first.
fn interleaved(
    items: Vec<Value>,
    known: &[Value],
    patch: &[Value],
    types: Types<'_>,
) -> Vec<Value> {
    let identity = |item: &Value| match types.key() {
        Some(key) => item.get(key).cloned().unwrap_or_default(),
        None => item.clone(),
    };
    let place =
        |list: &[Value], item: &Value| list.iter().position(|one| identity(one) == identity(item));
    let (mut named, others): (Vec<Value>, Vec<Value>) =
        items.into_iter().partition(|item| place(patch, item).is_some());
    named.sort_by_key(|item| place(patch, item));
    let mut out = Vec::with_capacity(named.len() + others.len());
    let mut others = others.into_iter().peekable();
    for item in named {
        let before = place(known, &item);
        while let (Some(before), Some(other)) = (before, others.peek())
            && place(known, other) < Some(before)
        {
            out.extend(others.next());
        }
        out.push(item);
    }
    out.extend(others);
    out
}

/// Items named in `order` take that order; the others stay behind the item they followed.
fn ordered(items: Vec<Value>, order: Option<&Vec<Value>>, types: Types<'_>) -> Vec<Value> {
    let Some(order) = order else { return items };
    let identity = |item: &Value| match types.key() {
        Some(key) => item.get(key).cloned().unwrap_or_default(),
        None => item.clone(),
    };
    let wanted: Vec<Value> = order.iter().map(&identity).collect();
    let mut groups: Vec<(Option<usize>, Vec<Value>)> = vec![(None, Vec::new())];
    for item in items {
        match wanted.iter().position(|one| *one == identity(&item)) {
            Some(rank) => groups.push((Some(rank), vec![item])),
            None => {
                if let Some((_, followers)) = groups.last_mut() {
                    followers.push(item);
                }
            }
        }
    }
    groups.sort_by_key(|(rank, _)| *rank);
    groups.into_iter().flat_map(|(_, items)| items).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn new_items_come_first_and_known_ones_keep_their_places() {
        let named =
            |names: &[&str]| -> Value { names.iter().map(|name| json!({"name": name})).collect() };
        let cases: [(&[&str], &[&str], &[&str]); 2] = [
            (&["a", "b", "c"], &["n", "c", "m"], &["n", "a", "b", "c", "m"]),
            (&["a"], &["b"], &["b", "a"]),
        ];
        for (known, patch, expected) in cases {
            let mut account = json!({"kind": "ServiceAccount", "secrets": named(known)});
            apply("ServiceAccount", &mut account, &json!({"secrets": named(patch)})).unwrap();
            assert_eq!(account["secrets"], named(expected), "{patch:?}");
        }
        let nameless = json!({"secrets": [{"name": null}]});
        assert!(apply("ServiceAccount", &mut json!({}), &nameless).is_err());
        let mut map = json!({"kind": "ConfigMap", "metadata": {"finalizers": ["a/b", "c/d"]}});
        let patch = json!({"metadata": {"finalizers": ["e/f", "c/d"]}});
        apply("ConfigMap", &mut map, &patch).unwrap();
        assert_eq!(map["metadata"]["finalizers"], json!(["e/f", "a/b", "c/d"]));
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "a table")]
    fn applies() {
        let account = |fields: Value| {
            let mut object =
                json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "x"}});
            crate::merge_patch::apply(&mut object, &fields);
            object
        };
        let cases = [
            // Lists with a merge key merge by it.
            (
                account(json!({"secrets": [{"name": "a"}, {"name": "b"}]})),
                json!({"secrets": [{"name": "b", "namespace": "n"}, {"name": "c"}]}),
                account(
                    json!({"secrets": [{"name": "a"}, {"name": "b", "namespace": "n"}, {"name": "c"}]}),
                ),
            ),
            (
                account(json!({"secrets": [{"name": "a"}, {"name": "b"}]})),
                json!({"secrets": [{"name": "a", "$patch": "delete"}]}),
                account(json!({"secrets": [{"name": "b"}]})),
            ),
            (
                account(json!({"secrets": [{"name": "a"}, {"name": "b"}]})),
                json!({"secrets": [{"$patch": "replace"}, {"name": "z"}]}),
                account(json!({"secrets": [{"name": "z"}]})),
            ),
            (
                account(json!({"secrets": [{"name": "a"}, {"name": "b"}]})),
                json!({"$setElementOrder/secrets": [{"name": "c"}, {"name": "b"}, {"name": "a"}], "secrets": [{"name": "c"}]}),
                account(json!({"secrets": [{"name": "c"}, {"name": "b"}, {"name": "a"}]})),
            ),
            // Lists without one are replaced.
            (
                account(json!({"imagePullSecrets": [{"name": "a"}]})),
                json!({"imagePullSecrets": [{"name": "b"}]}),
                account(json!({"imagePullSecrets": [{"name": "b"}]})),
            ),
            // Finalizers are a set.
            (
                account(json!({"metadata": {"finalizers": ["a", "b"]}})),
                json!({"metadata": {"finalizers": ["b", "c"]}}),
                account(json!({"metadata": {"finalizers": ["a", "b", "c"]}})),
            ),
            (
                account(json!({"metadata": {"finalizers": ["a", "b"]}})),
                json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"]}}),
                account(json!({"metadata": {"finalizers": ["b"]}})),
            ),
            (
                account(json!({"metadata": {"labels": {"a": "1", "b": "2"}}})),
                json!({"metadata": {"labels": {"a": null, "c": "3"}}}),
                account(json!({"metadata": {"labels": {"b": "2", "c": "3"}}})),
            ),
            (
                account(json!({"metadata": {"labels": {"a": "1", "b": "2"}}})),
                json!({"metadata": {"labels": {"$patch": "replace", "c": "3"}}}),
                account(json!({"metadata": {"labels": {"c": "3"}}})),
            ),
            (
                account(json!({"metadata": {"labels": {"a": "1", "b": "2"}}})),
                json!({"metadata": {"labels": {"$retainKeys": ["b", "c"], "c": "3"}}}),
                account(json!({"metadata": {"labels": {"b": "2", "c": "3"}}})),
            ),
        ];
        for (mut target, patch, expected) in cases {
            assert_eq!(apply("ServiceAccount", &mut target, &patch), Ok(()), "{patch}");
            assert_eq!(target, expected, "{patch}");
        }
    }

    #[test]
    fn refuses_malformed_patches() {
        for patch in [
            json!([]),
            json!({"$patch": "nonsense"}),
            json!({"secrets": [{"x": 1}]}),
            json!({"secrets": [1]}),
            json!({"$retainKeys": 1}),
        ] {
            let before =
                json!({"apiVersion": "v1", "kind": "ServiceAccount", "secrets": [{"name": "a"}]});
            let mut target = before.clone();
            assert!(apply("ServiceAccount", &mut target, &patch).is_err(), "{patch}");
            assert_eq!(target, before);
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i8>().prop_map(Value::from),
            "[a-c]".prop_map(Value::from),
        ];
        let names = "a|b|name|secrets|metadata|finalizers|labels|ownerReferences|uid";
        leaf.prop_recursive(4, 24, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map(names, inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn applying_twice_changes_nothing_more(before in any_json(), patch in any_json()) {
            let mut once = before;
            if apply("ServiceAccount", &mut once, &patch).is_ok() {
                let mut twice = once.clone();
                prop_assert_eq!(apply("ServiceAccount", &mut twice, &patch), Ok(()));
                prop_assert_eq!(once, twice);
            }
        }
    }
}
