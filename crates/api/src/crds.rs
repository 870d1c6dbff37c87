//! The CustomResourceDefinitions, made from the Rust types.

use crate::{
    ClusterConfig, ClusterPromotionTask, Freight, Project, ProjectConfig, Promotion,
    PromotionRequest, PromotionTask, Stage, Target, Warehouse, kind, schema,
};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::Resource;
use schemars::JsonSchema;
use serde_json::{Value, json};

/// Printer column: name, JSON path, type.
type Column = (&'static str, &'static str, &'static str);

const AGE: Column = ("Age", ".metadata.creationTimestamp", "date");
const READY: Column = ("Ready", r#".status.conditions[?(@.type=="Ready")].status"#, "string");
const STATUS: Column = ("Status", r#".status.conditions[?(@.type=="Ready")].message"#, "string");
const SPEC_SHARD: Column = ("Shard", ".spec.shard", "string");

/// What a CustomResourceDefinition says besides the schema.
struct Definition {
    scope: &'static str,
    short_names: &'static [&'static str],
    columns: &'static [Column],
    has_status: bool,
    schema: fn() -> Value,
}

/// The CustomResourceDefinitions of all Kargo kinds, sorted by name.
pub fn crds() -> Vec<CustomResourceDefinition> {
    definitions().into_iter().filter_map(|value| serde_json::from_value(value).ok()).collect()
}

fn definitions() -> Vec<Value> {
    vec![
        definition::<ClusterConfig>(CLUSTER_CONFIG),
        definition::<ClusterPromotionTask>(CLUSTER_PROMOTION_TASK),
        definition::<Freight>(FREIGHT),
        definition::<ProjectConfig>(PROJECT_CONFIG),
        definition::<Project>(PROJECT),
        definition::<PromotionRequest>(PROMOTION_REQUEST),
        definition::<Promotion>(PROMOTION),
        definition::<PromotionTask>(PROMOTION_TASK),
        definition::<Stage>(STAGE),
        definition::<Target>(TARGET),
        definition::<Warehouse>(WAREHOUSE),
    ]
}

const CLUSTER_CONFIG: Definition = Definition {
    scope: "Cluster",
    short_names: &["clusterconfig", "clusterconfigs"],
    columns: &[READY, STATUS, AGE],
    has_status: true,
    schema: schema::structural::<ClusterConfig>,
};

const CLUSTER_PROMOTION_TASK: Definition = Definition {
    scope: "Cluster",
    short_names: &["clusterpromotask", "clusterpromotasks"],
    columns: &[AGE],
    has_status: false,
    schema: schema::structural::<ClusterPromotionTask>,
};

const FREIGHT: Definition = Definition {
    scope: "Namespaced",
    short_names: &[],
    columns: &[
        ("Alias", r".metadata.labels.kargo\.akuity\.io/alias", "string"),
        ("Origin (Kind)", ".origin.kind", "string"),
        ("Origin (Name)", ".origin.name", "string"),
        AGE,
    ],
    has_status: true,
    schema: schema::structural::<Freight>,
};

const PROJECT: Definition = Definition {
    scope: "Cluster",
    short_names: &[],
    columns: &[READY, STATUS, AGE],
    has_status: true,
    schema: schema::structural::<Project>,
};

const PROJECT_CONFIG: Definition = Definition {
    scope: "Namespaced",
    short_names: &[],
    columns: &[READY, STATUS, AGE],
    has_status: true,
    schema: schema::structural::<ProjectConfig>,
};

const PROMOTION: Definition = Definition {
    scope: "Namespaced",
    short_names: &["promo", "promos"],
    columns: &[
        ("Shard", r".metadata.labels.kargo\.akuity\.io/shard", "string"),
        ("Stage", ".spec.stage", "string"),
        ("Freight", ".spec.freight", "string"),
        ("Phase", ".status.phase", "string"),
        AGE,
    ],
    has_status: true,
    schema: schema::structural::<Promotion>,
};

const PROMOTION_REQUEST: Definition = Definition {
    scope: "Namespaced",
    short_names: &["promotionrequest", "promotionrequests"],
    columns: &[
        ("Stage", ".spec.stage", "string"),
        ("Freight", ".spec.freight", "string"),
        ("Phase", ".status.phase", "string"),
        AGE,
    ],
    has_status: true,
    schema: schema::structural::<PromotionRequest>,
};

const PROMOTION_TASK: Definition = Definition {
    scope: "Namespaced",
    short_names: &["promotask", "promotasks"],
    columns: &[AGE],
    has_status: false,
    schema: schema::structural::<PromotionTask>,
};

const STAGE: Definition = Definition {
    scope: "Namespaced",
    short_names: &[],
    columns: &[
        SPEC_SHARD,
        ("Current Freight", ".status.freightSummary", "string"),
        ("Health", ".status.health.status", "string"),
        READY,
        STATUS,
        AGE,
    ],
    has_status: true,
    schema: schema::structural::<Stage>,
};

const TARGET: Definition = Definition {
    scope: "Namespaced",
    short_names: &[],
    columns: &[AGE],
    has_status: true,
    schema: schema::structural::<Target>,
};

const WAREHOUSE: Definition = Definition {
    scope: "Namespaced",
    short_names: &[],
    columns: &[SPEC_SHARD, AGE],
    has_status: true,
    schema: schema::structural::<Warehouse>,
};

fn definition<K: Resource<DynamicType = ()> + JsonSchema>(definition: Definition) -> Value {
    let (kind, plural) = (K::kind(&()), K::plural(&()));
    let mut names = json!({
        "kind": kind,
        "listKind": format!("{kind}List"),
        "plural": plural,
        "singular": kind.to_lowercase(),
    });
    if !definition.short_names.is_empty() {
        names["shortNames"] = json!(definition.short_names);
    }
    let columns: Vec<Value> = definition
        .columns
        .iter()
        .map(|(name, path, kind)| json!({ "name": name, "jsonPath": path, "type": kind }))
        .collect();
    let subresources = if definition.has_status { json!({ "status": {} }) } else { json!({}) };
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": { "name": format!("{plural}.{}", kind::GROUP) },
        "spec": {
            "group": kind::GROUP,
            "names": names,
            "scope": definition.scope,
            "versions": [{
                "name": kind::VERSION,
                "served": true,
                "storage": true,
                "additionalPrinterColumns": columns,
                "subresources": subresources,
                "schema": { "openAPIV3Schema": with_type_fields((definition.schema)()) },
            }],
        },
    })
}

/// Adds what every object carries and no Rust struct has as a field.
fn with_type_fields(mut schema: Value) -> Value {
    schema["properties"]["apiVersion"] = json!({
        "type": "string",
        "description": "Group and version of the kind, as kargo.akuity.io/v1alpha1.",
    });
    schema["properties"]["kind"] = json!({
        "type": "string",
        "description": "Kind of the object.",
    });
    if let Some(metadata) = schema["properties"]["metadata"].as_object_mut() {
        metadata.remove("default");
        metadata.remove("description");
    }
    schema
}

#[cfg(test)]
mod tests;
