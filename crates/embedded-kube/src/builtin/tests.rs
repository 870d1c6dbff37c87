//! Tables for the built-in kinds.

use serde_json::json;

use super::*;

#[test]
fn the_table_is_sorted_and_every_schema_compiles() {
    let names: Vec<(&str, &str)> = KINDS.iter().map(|kind| (kind.group, kind.kind)).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(names, sorted);
    for kind in KINDS {
        let schema =
            Schema::compile(&(kind.schema)()).unwrap_or_else(|why| panic!("{kind:?}: {why}"));
        assert!(schema.raw()["properties"]["metadata"].is_object(), "{kind:?}");
        assert!(schema.raw()["description"].is_string(), "{kind:?}");
        assert!(!schema.raw().to_string().contains("\"$ref\""), "{kind:?}");
        assert_eq!(kind.plural.to_lowercase(), kind.plural);
    }
}

#[test]
fn schemas_know_list_types() {
    let metadata = metadata_schema();
    assert_eq!(metadata["properties"]["finalizers"]["x-kubernetes-list-type"], "set");
    assert_eq!(
        metadata["properties"]["ownerReferences"]["x-kubernetes-list-map-keys"],
        json!(["uid"])
    );
    assert_eq!(
        metadata["properties"]["ownerReferences"]["items"]["x-kubernetes-map-type"],
        "atomic"
    );
    let account = find("", "v1", "serviceaccounts").unwrap().schema().unwrap().raw();
    assert_eq!(account["properties"]["secrets"]["x-kubernetes-patch-merge-key"], "name");
    assert_eq!(account["properties"]["secrets"]["items"]["x-kubernetes-map-type"], "atomic");
    let binding =
        find_kind("rbac.authorization.k8s.io", "RoleBinding").unwrap().schema().unwrap().raw();
    assert_eq!(binding["properties"]["roleRef"]["x-kubernetes-map-type"], "atomic");
}

#[test]
fn unknown_fields_and_types_are_named() {
    let secret = find("", "v1", "secrets").unwrap();
    let mut object = json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "x", "nope": 1}, "bogus": 1, "data": {"any.key": "eA=="}});
    assert_eq!(secret.prune(&mut object), ["bogus", "metadata.nope"]);
    assert_eq!(secret.type_error(&object), None);
    assert_eq!(
        secret.type_error(&json!({"type": 1})).unwrap(),
        "json: cannot unmarshal number into Go struct field Secret.type of type string"
    );
    let told = |object: serde_json::Value| secret.type_error(&object).unwrap();
    assert_eq!(told(json!({"data": {"a.b": "x y"}})), "illegal base64 data at input byte 1");
    assert_eq!(
        told(json!({"data": {"a": 1}})),
        "json: cannot unmarshal number into Go struct field Secret.data of type []uint8"
    );
    assert_eq!(
        metadata_type_error("Thing", &json!({"labels": {"a": 1}})).unwrap(),
        "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string"
    );
    let mut metadata =
        json!({"name": "x", "annotations": {}, "finalizers": [], "generateName": ""});
    assert_eq!(prune_metadata(&mut metadata), Vec::<String>::new());
    assert_eq!(metadata, json!({"name": "x"}));
    let definition = find_kind("apiextensions.k8s.io", "CustomResourceDefinition").unwrap();
    let mut object = json!({"spec": {"group": "g", "versions": [{"name": "v1", "schema": {"openAPIV3Schema": {"type": "object", "properties": {"a": {"default": 1}}}}}]}});
    assert_eq!(definition.prune(&mut object), Vec::<String>::new());
}

#[test]
fn secrets_are_completed_and_checked() {
    let secret = find("", "v1", "secrets").unwrap();
    let mut object = json!({"metadata": {"name": "x"}, "stringData": {"a": "1"}, "data": {"a": "b2xk", "b": "Yg=="}, "immutable": null});
    secret.apply_defaults(&mut object);
    assert_eq!(
        object,
        json!({"metadata": {"name": "x"}, "data": {"a": "MQ==", "b": "Yg=="}, "type": "Opaque"})
    );
    let told = |new: serde_json::Value, old: Option<serde_json::Value>| -> Vec<String> {
        secret.validate(&new, old.as_ref()).iter().map(ToString::to_string).collect()
    };
    assert_eq!(told(object.clone(), None), Vec::<String>::new());
    assert_eq!(
        told(json!({"type": "Opaque", "data": {"a b": ""}}), None),
        [
            r#"data[a b]: Invalid value: "a b": a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"#
        ]
    );
    assert_eq!(
        told(json!({"type": "kubernetes.io/tls"}), None),
        ["data[tls.crt]: Required value", "data[tls.key]: Required value"]
    );
    assert_eq!(
        told(
            json!({"type": "b", "immutable": true}),
            Some(json!({"type": "a", "immutable": true, "data": {"a": ""}}))
        ),
        [
            r#"type: Invalid value: "b": field is immutable"#,
            "data: Forbidden: field is immutable when `immutable` is set"
        ]
    );
}

#[test]
fn roles_bindings_and_definitions_are_checked() {
    let told = |group: &str, kind: &str, new: serde_json::Value| -> Vec<String> {
        find_kind(group, kind)
            .unwrap()
            .validate(&new, None)
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    let rbac = "rbac.authorization.k8s.io";
    assert_eq!(
        told(rbac, "Role", json!({"rules": [{"verbs": []}]})),
        [
            "rules[0].verbs: Required value: verbs must contain at least one value",
            "rules[0].apiGroups: Required value: resource rules must supply at least one api group",
            "rules[0].resources: Required value: resource rules must supply at least one resource",
        ]
    );
    let mut binding = json!({"kind": "RoleBinding", "roleRef": {"kind": "Role", "name": "r"},
        "subjects": [{"kind": "User", "name": "u"}, {"kind": "ServiceAccount", "name": "s", "namespace": "n"}]});
    find_kind(rbac, "RoleBinding").unwrap().apply_defaults(&mut binding);
    assert_eq!(told(rbac, "RoleBinding", binding), Vec::<String>::new());
    assert_eq!(
        told(
            rbac,
            "ClusterRoleBinding",
            json!({"kind": "ClusterRoleBinding", "roleRef": {"apiGroup": rbac, "kind": "Role", "name": ""}})
        ),
        [
            r#"roleRef.kind: Unsupported value: "Role": supported values: "ClusterRole""#,
            "roleRef.name: Required value"
        ]
    );
    let complaints = told(
        "apiextensions.k8s.io",
        "CustomResourceDefinition",
        json!({"metadata": {"name": "x"}, "spec": {"group": "g"}}),
    );
    assert!(
        complaints.contains(
            &r#"spec.group: Invalid value: "g": should be a domain with at least one dot"#
                .to_string()
        ),
        "{complaints:?}"
    );
    assert!(
        complaints.contains(
            &"spec.versions: Invalid value: []: must have exactly one version marked as storage version"
                .to_string()
        ),
        "{complaints:?}"
    );
}

#[test]
fn columns_print() {
    let now: jiff::Timestamp = "2026-01-01T01:00:00Z".parse().unwrap();
    let row = |group: &str, kind: &str, object: serde_json::Value| {
        json!(crate::table::Columns::builtin(find_kind(group, kind).unwrap()).cells(&object, now))
    };
    let metadata = json!({"name": "x", "creationTimestamp": "2026-01-01T00:00:00Z"});
    assert_eq!(
        row(
            "",
            "Secret",
            json!({"metadata": metadata, "type": "Opaque", "data": {"a": "", "b": ""}})
        ),
        json!(["x", "Opaque", 2, "60m"])
    );
    assert_eq!(
        row("", "Namespace", json!({"metadata": metadata, "status": {"phase": "Active"}})),
        json!(["x", "Active", "60m"])
    );
    assert_eq!(
        row(
            "rbac.authorization.k8s.io",
            "RoleBinding",
            json!({"metadata": metadata, "roleRef": {"kind": "Role", "name": "r"},
            "subjects": [{"kind": "ServiceAccount", "namespace": "n", "name": "s"}, {"kind": "User", "name": "u"}]})
        ),
        json!(["x", "Role/r", "60m", "u", "", "n/s"])
    );
    assert_eq!(
        row("rbac.authorization.k8s.io", "Role", json!({"metadata": metadata})),
        json!(["x", "2026-01-01T00:00:00Z"])
    );
    assert_eq!(
        row(
            "",
            "Event",
            json!({"metadata": metadata, "type": "Normal", "reason": "R", "message": " m ", "count": 3,
            "involvedObject": {"kind": "Stage", "name": "s"}, "source": {"component": "c"},
            "firstTimestamp": "2026-01-01T00:00:00Z", "lastTimestamp": "2026-01-01T00:59:00Z"})
        ),
        json!(["60s", "Normal", "R", "stage/s", "", "c", "m", "60m", 3, "x"])
    );
}
