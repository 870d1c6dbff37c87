//! Turning Rust types into Kubernetes structural schemas, and the pieces several kinds share.

use schemars::{JsonSchema, Schema, generate::SchemaSettings};
use serde_json::{Map, Value, json};

/// A DNS-1123 subdomain: the form of object names.
pub(crate) const SUBDOMAIN: &str =
    r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";
/// A length of time in hours, minutes and seconds.
pub(crate) const DURATION: &str = r"^([0-9]+(\.[0-9]+)?(s|m|h))+$";
/// The name of an expression variable.
pub(crate) const VARIABLE: &str = r"^[a-zA-Z_]\w*$";

/// The structural schema of a type: nothing by reference, no nulls, free-form values marked.
pub(crate) fn structural<T: JsonSchema>() -> Value {
    let mut settings = SchemaSettings::draft07();
    settings.inline_subschemas = true;
    settings.meta_schema = None;
    let mut schema = settings.into_generator().into_root_schema_for::<T>().to_value();
    tidy(&mut schema);
    schema
}

/// One node, then everything below it.
fn tidy(schema: &mut Value) {
    if schema == &Value::Bool(true) {
        *schema = json!({});
    }
    let Value::Object(node) = schema else { return };
    lift_optional(node);
    words_as_enum(node);
    node.remove("title");
    if node.get("additionalProperties") == Some(&Value::Bool(false)) {
        node.remove("additionalProperties");
    }
    if let Some(Value::Array(types)) = node.get_mut("type") {
        types.retain(|name| name != "null");
        if let [only] = types.as_slice() {
            node["type"] = only.clone();
        }
    }
    if let Some(Value::Array(values)) = node.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if node.get("default") == Some(&Value::Null) {
        node.remove("default");
    }
    if !node.contains_key("type") {
        node.insert("x-kubernetes-preserve-unknown-fields".to_owned(), Value::Bool(true));
    }
    if let Some(Value::Object(properties)) = node.get_mut("properties") {
        properties.values_mut().for_each(tidy);
    }
    for key in ["items", "additionalProperties"] {
        if let Some(below) = node.get_mut(key) {
            tidy(below);
        }
    }
}

/// `anyOf: [T, null]` is how an optional T is said; Kubernetes only knows T.
fn lift_optional(node: &mut Map<String, Value>) {
    let Some(Value::Array(branches)) = node.get("anyOf") else { return };
    let [Value::Object(inner), Value::Object(null)] = branches.as_slice() else { return };
    if null.get("type") != Some(&json!("null")) {
        return;
    }
    let inner = inner.clone();
    node.remove("anyOf");
    for (key, value) in inner {
        node.entry(key).or_insert(value);
    }
}

/// Variants with a description come as `oneOf` of constants; Kubernetes and readers want one list of words.
pub fn words_as_enum(node: &mut Map<String, Value>) {
    let Some(Value::Array(branches)) = node.get("oneOf") else { return };
    let mut words = Vec::new();
    for branch in branches {
        match (branch.get("const"), branch.get("enum")) {
            (Some(word), _) => words.push(word.clone()),
            (None, Some(Value::Array(more))) => words.extend(more.iter().cloned()),
            _ => return,
        }
    }
    node.remove("oneOf");
    node.insert("type".to_owned(), json!("string"));
    node.insert("enum".to_owned(), Value::Array(words));
}

/// Marks a list of objects as a map by one key, for server-side apply.
pub(crate) fn list_map_by_name(schema: &mut Schema) {
    schema.insert("x-kubernetes-list-type".to_owned(), json!("map"));
    schema.insert("x-kubernetes-list-map-keys".to_owned(), json!(["name"]));
}

/// As [`list_map_by_name`], by `type`.
pub(crate) fn list_map_by_type(schema: &mut Schema) {
    schema.insert("x-kubernetes-list-type".to_owned(), json!("map"));
    schema.insert("x-kubernetes-list-map-keys".to_owned(), json!(["type"]));
}

/// Adds CEL rules to the items of a list: `(rule, message)`.
pub(crate) fn rules_on_items(schema: &mut Schema, rules: &[(&str, &str)]) {
    let rules: Vec<Value> =
        rules.iter().map(|(rule, message)| json!({ "rule": rule, "message": message })).collect();
    if let Some(Value::Object(items)) = schema.get_mut("items") {
        items.insert("x-kubernetes-validations".to_owned(), Value::Array(rules));
    }
}

/// Schema of a Kubernetes condition.
#[derive(JsonSchema)]
#[schemars(rename = "Condition", rename_all = "camelCase")]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct ConditionSchema {
    /// When the status last changed.
    last_transition_time: TimeSchema,
    /// What happened, for people.
    #[schemars(length(max = 32768))]
    message: String,
    /// The generation of the object that this condition was computed from.
    #[schemars(range(min = 0))]
    observed_generation: Option<i64>,
    /// Why, as one word for programs.
    #[schemars(
        length(min = 1, max = 1024),
        regex(pattern = r"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$")
    )]
    reason: String,
    /// Whether the condition holds.
    #[schemars(extend("enum" = ["True", "False", "Unknown"]))]
    status: String,
    /// What the condition is about.
    #[schemars(
        length(max = 316),
        regex(
            pattern = r"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$"
        )
    )]
    r#type: String,
}

/// Schema of a point in time.
pub(crate) struct TimeSchema;

impl JsonSchema for TimeSchema {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Time".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "string", "format": "date-time" })
    }
    fn inline_schema() -> bool {
        true
    }
}

/// Schema of `metadata`, which the API server checks by itself.
pub(crate) struct MetadataSchema;

impl JsonSchema for MetadataSchema {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "ObjectMeta".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> Schema {
        schemars::json_schema!({ "type": "object" })
    }
    fn inline_schema() -> bool {
        true
    }
}

/// Schema of a Kubernetes label selector.
#[derive(JsonSchema)]
#[schemars(
    rename = "LabelSelector",
    rename_all = "camelCase",
    extend("x-kubernetes-map-type" = "atomic")
)]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct LabelSelectorSchema {
    /// Requirements that must all hold.
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    match_expressions: Option<Vec<RequirementSchema>>,
    /// Labels that must be present with exactly these values.
    match_labels: Option<std::collections::BTreeMap<String, String>>,
}

/// One requirement on a label: a key, an operator and values.
#[derive(JsonSchema)]
#[schemars(rename = "LabelSelectorRequirement")]
#[expect(dead_code, reason = "only its schema is used")]
pub(crate) struct RequirementSchema {
    /// The label's key.
    key: String,
    /// How the label is compared: In, NotIn, Exists or DoesNotExist.
    operator: String,
    /// Values to compare with; empty for Exists and DoesNotExist.
    #[schemars(extend("x-kubernetes-list-type" = "atomic"))]
    values: Option<Vec<String>>,
}
