//! Tables for schemas: wording, pruning, defaults, rules.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

fn with_spec(spec: Value) -> Schema {
    let schema =
        json!({"type": "object", "properties": {"spec": {"type": "object", "properties": spec}}});
    Schema::compile(&schema).unwrap_or_else(|why| panic!("{why}"))
}

fn complaints(schema: &Schema, spec: Value, old: Option<Value>) -> Vec<String> {
    let old = old.map(|old| json!({ "spec": old }));
    schema
        .validate(&json!({ "spec": spec }), old.as_ref())
        .iter()
        .map(ToString::to_string)
        .collect()
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn complaints_read_like_the_real_servers() {
    let schema = with_spec(json!({
        "text": {"type": "string", "minLength": 2, "maxLength": 4, "pattern": "^[a-z]*$"},
        "count": {"type": "integer", "minimum": 1, "maximum": 5, "multipleOf": 2},
        "ratio": {"type": "number", "exclusiveMaximum": true, "maximum": 1.5},
        "choice": {"type": "string", "enum": ["a", "b"]},
        "list": {"type": "array", "minItems": 1, "maxItems": 2, "items": {"type": "string"}},
        "set": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
        "map": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"],
            "items": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}},
        "props": {"type": "object", "maxProperties": 1, "additionalProperties": {"type": "string"}},
        "either": {"x-kubernetes-int-or-string": true},
        "when": {"type": "string", "format": "date-time"},
        "maybe": {"type": "string", "nullable": true},
        "one": {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
            "oneOf": [{"required": ["a"]}, {"required": ["b"]}]},
    }));
    let cases: [(Value, &[&str]); 25] = [
        (
            json!({"text": "abc", "count": 4, "ratio": 1, "choice": "a", "either": "x", "maybe": null, "when": "2026-01-01T00:00:00Z"}),
            &[],
        ),
        (json!({"text": "abcde"}), &["spec.text: Too long: may not be more than 4 bytes"]),
        (
            json!({"text": "a"}),
            &[
                r#"spec.text: Invalid value: "a": spec.text in body should be at least 2 chars long"#,
            ],
        ),
        (
            json!({"text": "A1"}),
            &[r#"spec.text: Invalid value: "A1": spec.text in body should match '^[a-z]*$'"#],
        ),
        (
            json!({"text": 1}),
            &[
                r#"spec.text: Invalid value: "integer": spec.text in body must be of type string: "integer""#,
            ],
        ),
        (
            json!({"text": null}),
            &[
                r#"spec.text: Invalid value: "null": spec.text in body must be of type string: "null""#,
            ],
        ),
        (
            json!({"count": "x"}),
            &[
                r#"spec.count: Invalid value: "string": spec.count in body must be of type integer: "string""#,
            ],
        ),
        (json!({"count": 2.0}), &[]),
        (
            json!({"count": 6}),
            &["spec.count: Invalid value: 6: spec.count in body should be less than or equal to 5"],
        ),
        (
            json!({"count": -1}),
            &[
                "spec.count: Invalid value: -1: spec.count in body should be a multiple of 2",
                "spec.count: Invalid value: -1: spec.count in body should be greater than or equal to 1",
            ],
        ),
        (
            json!({"ratio": 1.5}),
            &["spec.ratio: Invalid value: 1.5: spec.ratio in body should be less than 1.5"],
        ),
        (
            json!({"choice": "c"}),
            &[r#"spec.choice: Unsupported value: "c": supported values: "a", "b""#],
        ),
        (
            json!({"list": []}),
            &["spec.list: Invalid value: 0: spec.list in body should have at least 1 items"],
        ),
        (json!({"list": ["a", "b", "c"]}), &["spec.list: Too many: 3: must have at most 2 items"]),
        (
            json!({"list": ["a", 1]}),
            &[
                r#"spec.list[1]: Invalid value: "integer": spec.list[1] in body must be of type string: "integer""#,
            ],
        ),
        (json!({"set": ["a", "a"]}), &[r#"spec.set[1]: Duplicate value: "a""#]),
        (
            json!({"map": [{"name": "a"}, {"name": "a"}]}),
            &[r#"spec.map[1]: Duplicate value: {"name":"a"}"#],
        ),
        (json!({"map": [{}]}), &["spec.map[0].name: Required value"]),
        (
            json!({"props": {"a": "1", "b": "2"}}),
            &["spec.props: Too many: 2: must have at most 1 item"],
        ),
        (
            json!({"props": {"a": 1}}),
            &[
                r#"spec.props.a: Invalid value: "integer": spec.props.a in body must be of type string: "integer""#,
            ],
        ),
        (
            json!({"either": true}),
            &[
                r#"spec.either: Invalid value: "boolean": spec.either in body must be of type integer,string: "boolean""#,
            ],
        ),
        (
            json!({"when": "now"}),
            &[
                r#"spec.when: Invalid value: "now": spec.when in body must be of type date-time: "now""#,
            ],
        ),
        (
            json!({"one": {}}),
            &[
                r#"<nil>: Invalid value: "": "spec.one" must validate one and only one schema (oneOf). Found none valid"#,
                "spec.one.a: Required value",
            ],
        ),
        (
            json!({"one": {"a": "x", "b": "x"}}),
            &[
                r#"<nil>: Invalid value: "": "spec.one" must validate one and only one schema (oneOf). Found 2 valid alternatives"#,
            ],
        ),
        (json!({"one": {"a": "x"}}), &[]),
    ];
    for (spec, expected) in cases {
        assert_eq!(complaints(&schema, spec.clone(), None), expected, "{spec}");
    }
}

#[test]
fn rules_are_evaluated() {
    let schema = with_spec(json!({
        "min": {"type": "integer"},
        "max": {"type": "integer", "x-kubernetes-validations": [{"rule": "self < 100", "message": "too big"}]},
        "fixed": {"type": "string", "x-kubernetes-validations": [{"rule": "self == oldSelf", "messageExpression": "'was ' + oldSelf"}]},
        "once": {"type": "string", "x-kubernetes-validations": [
            {"rule": "!oldSelf.hasValue() || oldSelf.value() == self", "optionalOldSelf": true}]},
        "when": {"type": "string", "format": "date-time", "x-kubernetes-validations": [{"rule": "self > timestamp('2020-01-01T00:00:00Z')"}]},
        "in-dash": {"type": "object", "properties": {"namespace": {"type": "string"}, "a-b": {"type": "string"}},
            "x-kubernetes-validations": [{"rule": "!has(self.__namespace__) || self.__namespace__ == self.a__dash__b",
                "reason": "FieldValueForbidden", "fieldPath": ".a-b"}]},
        "list": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"], "items": {"type": "object",
            "properties": {"name": {"type": "string"}, "value": {"type": "integer", "x-kubernetes-validations": [{"rule": "self >= oldSelf"}]}}},
            "x-kubernetes-validations": [{"rule": "self.all(x, self.exists_one(y, x.name == y.name))"}]},
    }));
    let cases: [(Value, Option<Value>, &[&str]); 9] = [
        (json!({"max": 1}), None, &[]),
        (json!({"max": 100}), None, &["spec.max: Invalid value: 100: too big"]),
        (json!({"fixed": "a"}), None, &[]),
        (
            json!({"fixed": "a"}),
            Some(json!({"fixed": "b"})),
            &[r#"spec.fixed: Invalid value: "a": was b"#],
        ),
        (
            json!({"when": "2019-01-01T00:00:00Z"}),
            None,
            &[
                r#"spec.when: Invalid value: "2019-01-01T00:00:00Z": failed rule: self > timestamp('2020-01-01T00:00:00Z')"#,
            ],
        ),
        (
            json!({"in-dash": {"namespace": "x", "a-b": "y"}}),
            None,
            &[
                "spec.in-dash.a-b: Forbidden: failed rule: !has(self.__namespace__) || self.__namespace__ == self.a__dash__b",
            ],
        ),
        (json!({"in-dash": {"namespace": "x", "a-b": "x"}}), None, &[]),
        (
            json!({"list": [{"name": "b", "value": 1}, {"name": "a", "value": 5}]}),
            Some(json!({"list": [{"name": "a", "value": 5}, {"name": "b", "value": 2}]})),
            &[r#"spec.list[0].value: Invalid value: 1: failed rule: self >= oldSelf"#],
        ),
        (
            json!({"max": "x"}),
            None,
            &[
                r#"spec.max: Invalid value: "string": spec.max in body must be of type integer: "string""#,
                r#"<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation"#,
            ],
        ),
    ];
    for (spec, old, expected) in cases {
        assert_eq!(complaints(&schema, spec.clone(), old), expected, "{spec}");
    }
}

#[test]
fn costly_rules_are_refused_not_evaluated() {
    let rule = "self.all(a, self.all(b, self.all(c, self.all(d, a + b + c + d != 'x'))))";
    let schema = with_spec(
        json!({"list": {"type": "array", "items": {"type": "string"}, "x-kubernetes-validations": [{"rule": rule}]}}),
    );
    let few = json!({"list": ["a", "b", "c"]});
    assert_eq!(complaints(&schema, few, None), Vec::<String>::new());
    let many: Vec<String> = (0..2000).map(|number| number.to_string()).collect();
    let found = complaints(&schema, json!({ "list": many }), None);
    assert_eq!(found.len(), 1);
    let words =
        r#"spec.list: Invalid value: "array": 'operation cancelled: actual cost limit exceeded'"#;
    assert!(found[0].starts_with(words), "{found:?}");
}

#[test]
fn unusable_schemas_are_refused() {
    let cases = [
        (json!([]), "must be an object"),
        (json!({"type": "thing"}), "supported values"),
        (json!({"type": "string", "pattern": "("}), "regular expression"),
        (json!({"type": "array", "x-kubernetes-list-type": "map"}), "x-kubernetes-list-map-keys"),
        (
            json!({"type": "object", "x-kubernetes-validations": [{"rule": "self +"}]}),
            "compilation failed",
        ),
        (
            json!({"type": "object", "x-kubernetes-validations": [{"message": "x"}]}),
            "Required value",
        ),
        (
            json!({"type": "object", "x-kubernetes-validations": [{"rule": "true", "reason": "Whatever"}]}),
            "reason",
        ),
    ];
    for (schema, expected) in cases {
        let why = Schema::compile(&schema).unwrap_err();
        assert!(why.contains(expected), "{why}");
    }
    let mut deep = json!({"type": "string"});
    for _ in 0..MAX_DEPTH + 1 {
        deep = json!({"type": "object", "properties": {"a": deep}});
    }
    assert!(Schema::compile(&deep).unwrap_err().contains("nested deeper"));
}

#[test]
fn unknown_fields_are_dropped_and_named() {
    let schema = with_spec(json!({
        "known": {"type": "string"},
        "free": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "properties": {"inner": {"type": "object", "properties": {}}}},
        "map": {"type": "object", "additionalProperties": {"type": "object", "properties": {"a": {"type": "string"}}}},
        "list": {"type": "array", "items": {"type": "object", "properties": {"a": {"type": "string"}}}},
        "embedded": {"type": "object", "x-kubernetes-embedded-resource": true, "properties": {"spec": {"type": "object", "properties": {}}}},
    }));
    let mut object = json!({
        "apiVersion": "v1", "kind": "X", "metadata": {"name": "x", "bogus": 1, "labels": {"any": "thing"}}, "top": 1,
        "spec": {"known": "a", "unknown": {"deep": 1}, "free": {"any": {"thing": 1}, "inner": {"gone": 1}},
            "map": {"k": {"a": "1", "b": 2}}, "list": [{"a": "1"}, {"b": 2}],
            "embedded": {"apiVersion": "v1", "kind": "K", "metadata": {}, "spec": {"x": 1}, "y": 1}},
    });
    let dropped = schema.prune(&mut object);
    assert_eq!(
        dropped,
        [
            "metadata.bogus",
            "spec.embedded.spec.x",
            "spec.embedded.y",
            "spec.free.inner.gone",
            "spec.list[1].b",
            "spec.map.k.b",
            "spec.unknown",
            "top"
        ]
    );
    assert_eq!(
        object,
        json!({
            "apiVersion": "v1", "kind": "X", "metadata": {"name": "x", "labels": {"any": "thing"}},
            "spec": {"known": "a", "free": {"any": {"thing": 1}, "inner": {}}, "map": {"k": {"a": "1"}}, "list": [{"a": "1"}, {}],
                "embedded": {"apiVersion": "v1", "kind": "K", "metadata": {}, "spec": {}}},
        })
    );
    let before = object.clone();
    assert_eq!(schema.prune(&mut object), Vec::<String>::new());
    assert_eq!(object, before);
}

#[test]
fn defaults_fill_what_is_absent() {
    let schema = with_spec(json!({
        "a": {"type": "string", "default": "x"},
        "b": {"type": "string", "default": "x", "nullable": true},
        "c": {"type": "string"},
        "inner": {"type": "object", "default": {}, "properties": {"d": {"type": "integer", "default": 3}}},
        "list": {"type": "array", "items": {"type": "object", "properties": {"e": {"type": "boolean", "default": true}}}},
        "map": {"type": "object", "additionalProperties": {"type": "object", "properties": {"f": {"type": "string", "default": "y"}}}},
    }));
    let mut object =
        json!({"spec": {"a": null, "b": null, "c": null, "list": [{}], "map": {"k": {}}}});
    schema.apply_defaults(&mut object);
    let expected = json!({"spec": {"a": "x", "b": null, "list": [{"e": true}], "map": {"k": {"f": "y"}}, "inner": {"d": 3}}});
    assert_eq!(object, expected);
    schema.apply_defaults(&mut object);
    assert_eq!(object, expected);
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i8>().prop_map(Value::from),
        "[a-c]{0,3}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[a-d]|spec|metadata", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_object_is_survived(mut object in any_json(), old in any_json()) {
        let schema = with_spec(json!({
            "a": {"type": "string", "default": "x", "x-kubernetes-validations": [{"rule": "self == oldSelf"}]},
            "b": {"type": "array", "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["a"],
                "items": {"type": "object", "properties": {"a": {"type": "string"}}}},
            "c": {"type": "object", "additionalProperties": {"type": "integer"}},
        }));
        schema.validate(&object, Some(&old));
        schema.prune(&mut object);
        schema.apply_defaults(&mut object);
        let once = object.clone();
        prop_assert!(schema.prune(&mut object).is_empty());
        schema.apply_defaults(&mut object);
        prop_assert_eq!(&once, &object);
    }

    #[test]
    fn any_schema_is_survived(schema in any_json(), rule in "[a-z().+ ']{0,12}") {
        let _ = Schema::compile(&schema);
        let _ = Schema::compile(&json!({"type": "object", "x-kubernetes-validations": [{"rule": rule}]}))
            .map(|schema| schema.validate(&json!({}), None));
    }
}

#[test]
fn unchanged_values_are_not_blamed_again() {
    let schema = with_spec(json!({
        "text": {"type": "string", "maxLength": 2},
        "other": {"type": "string"},
        "rule": {"type": "string", "x-kubernetes-validations": [{"rule": "self == 'good'"}]},
        "set": {"type": "array", "x-kubernetes-list-type": "set", "items": {"type": "string"}},
    }));
    let bad = json!({"text": "long", "rule": "bad", "set": ["a", "a"]});
    assert_eq!(complaints(&schema, bad.clone(), None).len(), 3);
    let mut changed = bad.clone();
    changed["other"] = "x".into();
    assert_eq!(complaints(&schema, changed.clone(), Some(bad.clone())), Vec::<String>::new());
    changed["rule"] = "worse".into();
    assert_eq!(
        complaints(&schema, changed, Some(bad)),
        [r#"spec.rule: Invalid value: "worse": failed rule: self == 'good'"#]
    );
}

#[test]
fn optional_old_values_can_be_asked_for() {
    let schema = with_spec(json!({"once": {"type": "string", "x-kubernetes-validations": [{
        "rule": "!oldSelf.hasValue() || oldSelf.value() == self", "optionalOldSelf": true}]}}));
    assert_eq!(complaints(&schema, json!({"once": "a"}), None), Vec::<String>::new());
    let old = json!({"once": "a"});
    assert_eq!(complaints(&schema, old.clone(), Some(old.clone())), Vec::<String>::new());
    assert_eq!(complaints(&schema, json!({"once": "b"}), Some(old)).len(), 1);
}

#[test]
fn rules_over_large_lists_stay_affordable() {
    let schema = with_spec(json!({"list": {"type": "array", "items": {"type": "string"},
        "x-kubernetes-validations": [{"rule": "self.all(x, x.size() < 10)"}]}}));
    let many: Vec<String> = (0..5000).map(|number| number.to_string()).collect();
    assert_eq!(complaints(&schema, json!({ "list": many }), None), Vec::<String>::new());
}

#[test]
fn hostile_rules_do_not_take_the_stack_down() {
    let of_size = |deep: usize, long: usize| {
        [
            format!("{}true{}", "(".repeat(deep), ")".repeat(deep)),
            format!("{}1{} == 1", "[".repeat(deep), "]".repeat(deep)),
            format!("{}x{}", "size(".repeat(deep), ")".repeat(deep)),
            format!("{}true", "!".repeat(long)),
            format!("1{} > 0", "+1".repeat(long)),
            format!("self{} == 1", ".a".repeat(long)),
            format!("true{}", " && true".repeat(long / 2)),
            format!("{}true{}", "true ? ".repeat(long), " : true".repeat(long)),
            format!("self{} == 1", "[0]".repeat(long)),
            format!("true{}", " ? true : false".repeat(long)),
        ]
    };
    let rules = of_size(20, 250).into_iter().chain(of_size(7000, 7000));
    for rule in rules {
        // The stack of a worker thread.
        let worker = std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(move || {
            let schema = json!({"type": "object", "x-kubernetes-validations": [{"rule": rule}]});
            let Ok(schema) = Schema::compile(&schema) else { return };
            schema.validate(&json!({}), None);
        });
        worker.unwrap().join().unwrap();
    }
}
