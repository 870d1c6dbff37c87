//! Schemas of the built-in kinds: generated from the client types, with the list types the client types do not carry.

use k8s_openapi::{
    api::{authentication, authorization, coordination, core, events, rbac},
    apiextensions_apiserver::pkg::apis::apiextensions,
    apimachinery::pkg::apis::meta::v1::ObjectMeta,
    schemars::{JsonSchema, generate::SchemaSettings},
};
use serde_json::{Map, Value, json};

/// How a list is merged: definition, field, list type, key, and whether strategic patches merge it.
type ListRow = (&'static str, &'static str, &'static str, &'static str, bool);

static LISTS: &[ListRow] = &[
    ("io.k8s.api.core.v1.NamespaceSpec", "finalizers", "atomic", "", false),
    ("io.k8s.api.core.v1.NamespaceStatus", "conditions", "map", "type", true),
    ("io.k8s.api.core.v1.ServiceAccount", "imagePullSecrets", "atomic", "", false),
    ("io.k8s.api.core.v1.ServiceAccount", "secrets", "map", "name", true),
    (
        "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinitionStatus",
        "conditions",
        "map",
        "type",
        false,
    ),
    ("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta", "finalizers", "set", "", true),
    ("io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta", "ownerReferences", "map", "uid", true),
];

/// Definitions whose fields are owned as a whole.
static ATOMIC: &[&str] = &[
    "io.k8s.api.core.v1.LocalObjectReference",
    "io.k8s.api.core.v1.ObjectReference",
    "io.k8s.api.rbac.v1.RoleRef",
    "io.k8s.api.rbac.v1.Subject",
    "io.k8s.apimachinery.pkg.apis.meta.v1.LabelSelector",
    "io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference",
];

/// A schema inside a schema: recursive, and checked when the definition is compiled.
const RECURSIVE: &str = "JSONSchemaProps";

/// Where an inlined definition keeps its name and its own description, for OpenAPI.
pub(crate) const DEFINITION: &str = "x-definition";

fn generated<T: JsonSchema>() -> Value {
    let schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<T>();
    let mut root = schema.to_value();
    let definitions = root.get_mut("$defs").map(Value::take).unwrap_or_default();
    let name = T::schema_name().to_string();
    let mut schema = inlined(&root, &definitions, &name, 0);
    if let Some(fields) = schema.as_object_mut() {
        fields.shift_remove("$schema");
        fields.shift_remove("title");
    }
    schema
}

/// Replaces references by what they refer to.
fn inlined(schema: &Value, definitions: &Value, name: &str, depth: usize) -> Value {
    let Some(fields) = schema.as_object() else { return schema.clone() };
    if let Some(target) = fields.get("$ref").and_then(Value::as_str) {
        let name = target.rsplit('/').next().unwrap_or_default();
        let mut inner = if name.ends_with(RECURSIVE) || depth > 24 {
            json!({ "type": "object", "x-kubernetes-preserve-unknown-fields": true })
        } else {
            definitions
                .get(name)
                .map(|found| inlined(found, definitions, name, depth + 1))
                .unwrap_or_default()
        };
        if let Some(inner) = inner.as_object_mut() {
            let own = inner.get("description").cloned().unwrap_or_default();
            inner.insert(DEFINITION.to_string(), json!({"name": name, "description": own}));
            if let Some(description) = fields.get("description") {
                inner.insert("description".to_string(), description.clone());
            }
        }
        return inner;
    }
    let mut out = Map::new();
    for (key, value) in fields {
        let value = match key.as_str() {
            "properties" => {
                let fields = value.as_object().into_iter().flatten();
                Value::Object(
                    fields
                        .map(|(field, value)| {
                            (field.clone(), property(value, definitions, name, field, depth))
                        })
                        .collect(),
                )
            }
            "items" | "additionalProperties" | "not" => inlined(value, definitions, "", depth + 1),
            "required" => value
                .as_array()
                .into_iter()
                .flatten()
                .filter(|field| *field != "metadata")
                .cloned()
                .collect(),
            _ => value.clone(),
        };
        out.insert(key.clone(), value);
    }
    if ATOMIC.contains(&name) {
        out.insert("x-kubernetes-map-type".to_string(), "atomic".into());
    }
    Value::Object(out)
}

fn property(schema: &Value, definitions: &Value, owner: &str, field: &str, depth: usize) -> Value {
    let mut schema = inlined(schema, definitions, "", depth + 1);
    let Some(fields) = schema.as_object_mut() else { return schema };
    // Fields that take any JSON have no type.
    if !fields.contains_key("type") && !fields.contains_key("x-kubernetes-int-or-string") {
        fields.insert("x-kubernetes-preserve-unknown-fields".to_string(), true.into());
    }
    if fields.get("type").and_then(Value::as_str) == Some("object")
        && !fields.contains_key("properties")
        && !fields.contains_key("additionalProperties")
    {
        fields.insert("x-kubernetes-preserve-unknown-fields".to_string(), true.into());
    }
    if fields.get("type").and_then(Value::as_str) != Some("array") {
        return schema;
    }
    let row = LISTS.iter().find(|(definition, name, ..)| *definition == owner && *name == field);
    let (kind, key, merges) =
        row.map_or(("atomic", "", false), |(_, _, kind, key, merges)| (kind, key, *merges));
    fields.insert("x-kubernetes-list-type".to_string(), kind.into());
    if kind == "map" {
        fields.insert("x-kubernetes-list-map-keys".to_string(), json!([key]));
    }
    if merges {
        fields.insert("x-kubernetes-patch-strategy".to_string(), "merge".into());
        if !key.is_empty() {
            fields.insert("x-kubernetes-patch-merge-key".to_string(), key.into());
        }
    }
    schema
}

pub(super) fn metadata() -> Value {
    generated::<ObjectMeta>()
}

macro_rules! schemas {
    ($($name:ident => $type:ty),* $(,)?) => {
        $(pub(super) fn $name() -> Value { generated::<$type>() })*
    };
}

schemas! {
    cluster_role => rbac::v1::ClusterRole,
    cluster_role_binding => rbac::v1::ClusterRoleBinding,
    config_map => core::v1::ConfigMap,
    definition => apiextensions::v1::CustomResourceDefinition,
    event => core::v1::Event,
    lease => coordination::v1::Lease,
    local_access_review => authorization::v1::LocalSubjectAccessReview,
    namespace => core::v1::Namespace,
    new_event => events::v1::Event,
    role => rbac::v1::Role,
    role_binding => rbac::v1::RoleBinding,
    secret => core::v1::Secret,
    self_access_review => authorization::v1::SelfSubjectAccessReview,
    self_review => authentication::v1::SelfSubjectReview,
    self_rules_review => authorization::v1::SelfSubjectRulesReview,
    service_account => core::v1::ServiceAccount,
    access_review => authorization::v1::SubjectAccessReview,
    token_review => authentication::v1::TokenReview,
}
