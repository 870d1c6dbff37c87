//! Tables for apply and update.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn manager<'a>(name: &'a str, time: &'a str) -> Manager<'a> {
    Manager { name, force: false, subresource: None, time, api_version: "example.com/v1" }
}

/// A kind with a free map, a map list, a set, an atomic list and an atomic map.
fn schema() -> Value {
    json!({"type": "object", "properties": {
        "spec": {"type": "object", "properties": {
            "replicas": {"type": "integer"},
            "params": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
            "ports": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["port", "protocol"],
                "items": {"type": "object", "properties": {
                    "port": {"type": "integer"}, "protocol": {"type": "string", "default": "TCP"}, "name": {"type": "string"}}}},
            "tags": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
            "plain": {"type": "array", "items": {"type": "string"}},
            "whole": {"type": "object", "x-kubernetes-map-type": "atomic", "additionalProperties": {"type": "string"}},
        }},
        "status": {"type": "object", "properties": {"phase": {"type": "string"}}},
    }})
}

fn object(spec: Value) -> Value {
    json!({"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "x", "namespace": "n"}, "spec": spec})
}

fn fields_of(object: &Value, manager: &str) -> Value {
    let entries = object["metadata"]["managedFields"].as_array().cloned().unwrap_or_default();
    entries
        .into_iter()
        .find(|entry| entry["manager"] == manager)
        .map(|entry| entry["fieldsV1"].clone())
        .unwrap_or_default()
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn updates_are_recorded_as_on_the_real_server() {
    let schema = schema();
    let update = |old: Option<&Value>, mut new: Value, name: &str, time: &str| {
        record_update(old, &mut new, &manager(name, time), &schema);
        new
    };
    let mut first =
        object(json!({"params": {"branch": "a", "cluster": {"nodes": 3, "region": "eu"}}}));
    first["metadata"]["labels"] = json!({"region": "eu", "tier": "edge"});
    let created = update(None, first, "kubectl-client-side-apply", "2026-01-01T00:00:00Z");
    assert_eq!(
        fields_of(&created, "kubectl-client-side-apply"),
        json!({
            "f:metadata": {"f:labels": {".": {}, "f:region": {}, "f:tier": {}}},
            "f:spec": {".": {}, "f:params": {".": {}, "f:branch": {}, "f:cluster": {".": {}, "f:nodes": {}, "f:region": {}}}},
        })
    );
    let mut patched = created.clone();
    patched["spec"]["params"]["branch"] = "b".into();
    let patched = update(Some(&created), patched, "kubectl-patch", "2026-01-01T00:00:01Z");
    assert_eq!(
        fields_of(&patched, "kubectl-patch"),
        json!({"f:spec": {"f:params": {"f:branch": {}}}})
    );
    let mut labelled = patched.clone();
    labelled["metadata"]["labels"]["owner"] = "pay".into();
    labelled["metadata"]["labels"]["region"] = "ap".into();
    let labelled = update(Some(&patched), labelled, "kubectl-label", "2026-01-01T00:00:02Z");
    assert_eq!(
        fields_of(&labelled, "kubectl-client-side-apply"),
        json!({
            "f:metadata": {"f:labels": {".": {}, "f:tier": {}}},
            "f:spec": {".": {}, "f:params": {".": {}, "f:cluster": {".": {}, "f:nodes": {}, "f:region": {}}}},
        })
    );
    assert_eq!(
        fields_of(&labelled, "kubectl-label"),
        json!({"f:metadata": {"f:labels": {"f:owner": {}, "f:region": {}}}})
    );
    // A PUT without entries keeps them, and what it removes belongs to nobody.
    let mut replaced =
        object(json!({"params": {"branch": "b", "cluster": {"nodes": 3, "region": "eu"}}}));
    replaced["metadata"]["labels"] = json!({"region": "ap", "tier": "edge"});
    let replaced = update(Some(&labelled), replaced, "kubectl-replace", "2026-01-01T00:00:03Z");
    assert_eq!(
        fields_of(&replaced, "kubectl-label"),
        json!({"f:metadata": {"f:labels": {"f:region": {}}}})
    );
    assert_eq!(fields_of(&replaced, "kubectl-replace"), Value::Null);
    let order: Vec<&str> = replaced["metadata"]["managedFields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["manager"].as_str().unwrap())
        .collect();
    assert_eq!(order, ["kubectl-client-side-apply", "kubectl-patch", "kubectl-label"]);
    // An empty list keeps the entries, one empty entry forgets them for good.
    let mut emptied = replaced.clone();
    emptied["metadata"]["managedFields"] = json!([]);
    let emptied = update(Some(&replaced), emptied, "x", "2026-01-01T00:00:04Z");
    assert_eq!(emptied, replaced);
    let mut reset = replaced.clone();
    reset["metadata"]["managedFields"] = json!([{}]);
    let reset = update(Some(&replaced), reset, "x", "2026-01-01T00:00:05Z");
    assert_eq!(reset["metadata"].get("managedFields"), None);
}

#[test]
fn apply_creates_takes_conflicts_and_removes() {
    let schema = schema();
    let config = object(
        json!({"replicas": 1, "params": {"a": {"b": 1}}, "tags": ["x"], "plain": ["p"], "whole": {"k": "v"},
        "ports": [{"port": 80, "name": "web"}]}),
    );
    let one = apply(None, &config, &manager("one", "2026-01-01T00:00:00Z"), &schema).unwrap();
    assert_eq!(
        fields_of(&one, "one"),
        json!({"f:spec": {
            "f:params": {"f:a": {".": {}, "f:b": {}}},
            "f:plain": {},
            "f:ports": {"k:{\"port\":80,\"protocol\":\"TCP\"}": {".": {}, "f:name": {}, "f:port": {}}},
            "f:replicas": {},
            "f:tags": {"v:\"x\"": {}},
            "f:whole": {},
        }})
    );
    // The same again changes nothing, not even the time.
    assert_eq!(
        apply(Some(&one), &config, &manager("one", "2026-02-02T00:00:00Z"), &schema).unwrap(),
        one
    );
    // Another manager cannot change a value, but can own the same one.
    let change = object(json!({"replicas": 2}));
    let error =
        apply(Some(&one), &change, &manager("two", "2026-01-01T00:00:01Z"), &schema).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"Apply failed with 1 conflict: conflict with "one": .spec.replicas"#
    );
    let both = object(json!({"replicas": 2, "plain": ["q"]}));
    let error =
        apply(Some(&one), &both, &manager("two", "2026-01-01T00:00:01Z"), &schema).unwrap_err();
    assert_eq!(
        error.to_string(),
        "Apply failed with 2 conflicts: conflicts with \"one\":\n- .spec.plain\n- .spec.replicas"
    );
    let shared = apply(
        Some(&one),
        &object(json!({"replicas": 1, "tags": ["y"]})),
        &manager("two", "2026-01-01T00:00:01Z"),
        &schema,
    )
    .unwrap();
    assert_eq!(shared["spec"]["tags"], json!(["x", "y"]));
    assert_eq!(
        fields_of(&shared, "two"),
        json!({"f:spec": {"f:replicas": {}, "f:tags": {"v:\"y\"": {}}}})
    );
    // The first gives up replicas: the second still owns it, everything else goes.
    let less = apply(
        Some(&shared),
        &object(json!({"params": {"a": {"b": 1}}})),
        &manager("one", "2026-01-01T00:00:02Z"),
        &schema,
    )
    .unwrap();
    assert_eq!(less["spec"], json!({"replicas": 1, "params": {"a": {"b": 1}}, "tags": ["y"]}));
    // Force takes the field away from its owner.
    let force = Manager { force: true, ..manager("three", "2026-01-01T00:00:03Z") };
    let forced = apply(Some(&less), &object(json!({"replicas": 9})), &force, &schema).unwrap();
    assert_eq!(forced["spec"]["replicas"], 9);
    assert_eq!(fields_of(&forced, "two"), json!({"f:spec": {"f:tags": {"v:\"y\"": {}}}}));
    assert_eq!(fields_of(&forced, "three"), json!({"f:spec": {"f:replicas": {}}}));
}

#[test]
fn apply_after_updates_names_the_operation_in_conflicts() {
    let schema = schema();
    let mut created = object(json!({"replicas": 1}));
    record_update(None, &mut created, &manager("editor", "2026-01-01T00:00:00Z"), &schema);
    let error = apply(
        Some(&created),
        &object(json!({"replicas": 2})),
        &manager("one", "2026-01-01T00:00:01Z"),
        &schema,
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"Apply failed with 1 conflict: conflict with "editor" using example.com/v1: .spec.replicas"#
    );
    let ApplyError::Conflict(conflicts) = error else { panic!("a conflict") };
    assert_eq!(
        conflicts[0].cause(),
        json!({"reason": "FieldManagerConflict", "message": "conflict with \"editor\" using example.com/v1", "field": ".spec.replicas"})
    );
    // Untracked objects belong to what was there before the first apply.
    let untracked = object(json!({"replicas": 1}));
    let error = apply(
        Some(&untracked),
        &object(json!({"replicas": 2})),
        &manager("one", "2026-01-01T00:00:01Z"),
        &schema,
    )
    .unwrap_err();
    assert!(error.to_string().contains("before-first-apply"));
}

#[test]
fn status_applies_touch_the_status_alone() {
    let schema = schema();
    let live = apply(
        None,
        &object(json!({"replicas": 1})),
        &manager("one", "2026-01-01T00:00:00Z"),
        &schema,
    )
    .unwrap();
    let mut config = object(json!({"replicas": 7}));
    config["status"] = json!({"phase": "Ready"});
    let status =
        Manager { subresource: Some("status"), ..manager("controller", "2026-01-01T00:00:01Z") };
    let result = apply(Some(&live), &config, &status, &schema).unwrap();
    assert_eq!(result["spec"], json!({"replicas": 1}));
    assert_eq!(result["status"], json!({"phase": "Ready"}));
    assert_eq!(fields_of(&result, "controller"), json!({"f:status": {"f:phase": {}}}));
    let entry = result["metadata"]["managedFields"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["manager"] == "controller")
        .unwrap();
    assert_eq!(entry["subresource"], "status");
}

#[test]
fn lists_keep_the_applied_order_and_the_others_place() {
    let schema = schema();
    let tags = |tags: Value| object(json!({ "tags": tags }));
    let one = apply(
        None,
        &tags(json!(["a", "b", "c"])),
        &manager("one", "2026-01-01T00:00:00Z"),
        &schema,
    )
    .unwrap();
    let two = apply(
        Some(&one),
        &tags(json!(["d", "b"])),
        &manager("two", "2026-01-01T00:00:01Z"),
        &schema,
    )
    .unwrap();
    assert_eq!(two["spec"]["tags"], json!(["a", "d", "b", "c"]));
    let three = apply(
        Some(&two),
        &tags(json!(["c", "a"])),
        &manager("one", "2026-01-01T00:00:02Z"),
        &schema,
    )
    .unwrap();
    assert_eq!(three["spec"]["tags"], json!(["d", "b", "c", "a"]));
    let twice = tags(json!(["a", "a"]));
    let error =
        apply(Some(&one), &twice, &manager("two", "2026-01-01T00:00:01Z"), &schema).unwrap_err();
    assert!(
        error.to_string().contains(r#".spec.tags: duplicate entries for key [="a"]"#),
        "{error}"
    );
}

#[test]
fn old_updaters_are_put_together() {
    let mut live = object(json!({"params": {}}));
    let untyped = Untyped;
    record_update(None, &mut live, &manager("m00", "2026-01-01T00:00:00Z"), &untyped);
    for round in 1..15 {
        let mut next = live.clone();
        next["spec"]["params"][format!("p{round}")] = round.into();
        let (name, time) = (format!("m{round:02}"), format!("2026-01-01T00:00:{round:02}Z"));
        record_update(Some(&live), &mut next, &manager(&name, &time), &untyped);
        live = next;
    }
    let entries = live["metadata"]["managedFields"].as_array().unwrap();
    assert_eq!(entries.len(), 10);
    assert!(entries.iter().any(|entry| entry["manager"] == "ancient-changes"));
}

fn any_spec() -> impl Strategy<Value = Value> {
    let text = || prop::sample::select(vec!["a", "b", "c"]);
    let tags = prop::collection::btree_set(text(), 0..3);
    let ports = prop::collection::btree_map(1u16..4, prop::option::of(text()), 0..3);
    let params = prop::collection::btree_map(
        "[a-c]",
        prop_oneof![Just(json!(1)), Just(json!({"x": 1})), Just(json!({}))],
        0..3,
    );
    (
        prop::option::of(0i64..3),
        prop::option::of(tags),
        prop::option::of(ports),
        prop::option::of(params),
    )
        .prop_map(|(replicas, tags, ports, params)| {
            let mut spec = serde_json::Map::new();
            if let Some(replicas) = replicas {
                spec.insert("replicas".into(), Value::from(replicas));
            }
            if let Some(tags) = tags {
                spec.insert("tags".into(), json!(tags));
            }
            if let Some(params) = params {
                spec.insert("params".into(), json!(params));
            }
            if let Some(ports) = ports {
                let port = |(port, name): (u16, Option<&str>)| match name {
                    Some(name) => json!({"port": port, "name": name}),
                    None => json!({ "port": port }),
                };
                spec.insert("ports".into(), ports.into_iter().map(port).collect());
            }
            Value::Object(spec)
        })
}

proptest! {
    #[test]
    fn applying_twice_is_applying_once(first in any_spec(), second in any_spec(), third in any_spec()) {
        let schema = schema();
        let force = |name: &'static str, time: &'static str| Manager { force: true, ..manager(name, time) };
        let live = apply(None, &object(first), &force("one", "2026-01-01T00:00:00Z"), &schema).unwrap();
        let live = apply(Some(&live), &object(second), &force("two", "2026-01-01T00:00:01Z"), &schema).unwrap();
        let once = apply(Some(&live), &object(third.clone()), &force("one", "2026-01-01T00:00:02Z"), &schema).unwrap();
        let twice = apply(Some(&once), &object(third.clone()), &force("one", "2026-01-01T00:00:03Z"), &schema).unwrap();
        prop_assert_eq!(&once, &twice);
        // What was applied is there.
        let again = walk::merge(&once, &object(third), types::TypeAt::root(&schema));
        prop_assert_eq!(without_managed_fields(&once), without_managed_fields(&again));
    }

    #[test]
    fn alone_a_manager_gets_exactly_what_it_applies(first in any_spec(), second in any_spec()) {
        let schema = schema();
        let live = apply(None, &object(first), &manager("one", "2026-01-01T00:00:00Z"), &schema).unwrap();
        let live = apply(Some(&live), &object(second.clone()), &manager("one", "2026-01-01T00:00:01Z"), &schema).unwrap();
        let mut got = live["spec"].clone();
        // Empty containers may go with their last field.
        let mut want = second;
        for value in [&mut got, &mut want] {
            if let Some(fields) = value.as_object_mut() {
                fields.retain(|_, value| *value != json!({}) && *value != json!([]));
            }
        }
        if got.is_null() {
            got = json!({});
        }
        prop_assert_eq!(got, want);
    }

    #[test]
    fn any_entries_are_survived(entries in prop::collection::vec("[fkvi]:[a-z{}\":]{0,6}", 0..4)) {
        let fields: Map<String, Value> = entries.into_iter().map(|key| (key, json!({}))).collect();
        let mut live = object(json!({"replicas": 1}));
        live["metadata"]["managedFields"] = json!([{"manager": "x", "operation": "Apply", "apiVersion": "v1", "fieldsV1": fields}]);
        let mut new = live.clone();
        new["spec"]["replicas"] = 2.into();
        record_update(Some(&live), &mut new, &manager("y", "2026-01-01T00:00:01Z"), &schema());
        let _ = apply(Some(&live), &object(json!({"replicas": 3})), &manager("z", "2026-01-01T00:00:01Z"), &schema());
    }
}
