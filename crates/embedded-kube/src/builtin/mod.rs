//! The built-in kinds: one table, their schemas, their columns and their rules.

mod columns;
mod decoding;
mod kinds;
mod rules;
mod schemas;

use std::{borrow::Cow, sync::LazyLock};

use serde_json::Value;

pub use kinds::KINDS;
pub(crate) use schemas::DEFINITION;

use crate::{
    field_error::{FieldError, FieldErrorKind},
    managed_fields::ListTypes,
    names::NameRule,
    schema::Schema,
    table::BuiltinColumn,
};

/// One built-in kind.
pub struct Kind {
    pub group: &'static str,
    pub version: &'static str,
    pub kind: &'static str,
    pub plural: &'static str,
    pub singular: &'static str,
    pub short_names: &'static [&'static str],
    pub categories: &'static [&'static str],
    pub namespaced: bool,
    /// Reviews are answered, never stored.
    pub stored: bool,
    pub has_status: bool,
    /// Whether `metadata.generation` counts changes of the spec.
    pub has_generation: bool,
    pub names: NameRule,
    /// Field selectors besides `metadata.name` and `metadata.namespace`.
    pub selectable: &'static [&'static str],
    /// What `kubectl get` prints after the name.
    pub columns: &'static [BuiltinColumn],
    schema: fn() -> Value,
    rules: fn(&Value, Option<&Value>, &mut Vec<FieldError>),
    defaults: fn(&mut Value),
}

impl std::fmt::Debug for Kind {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{}/{} {}", self.group, self.version, self.kind)
    }
}

struct Compiled {
    group: &'static str,
    kind: &'static str,
    schema: Schema,
}

static COMPILED: LazyLock<Vec<Compiled>> = LazyLock::new(|| {
    let compiled = KINDS.iter().filter_map(|kind| {
        let schema = Schema::compile(&(kind.schema)()).ok()?;
        Some(Compiled { group: kind.group, kind: kind.kind, schema })
    });
    compiled.collect()
});

static METADATA: LazyLock<(Value, Option<Schema>)> = LazyLock::new(|| {
    let raw = schemas::metadata();
    let schema = Schema::compile(&raw).ok();
    (raw, schema)
});

/// The schema of `metadata` of every object.
pub fn metadata_schema() -> &'static Value {
    &METADATA.0
}

/// Removes unknown fields of `metadata` and returns their paths, such as `metadata.foo`.
/// Empty fields go silently: Go leaves them out.
pub fn prune_metadata(metadata: &mut Value) -> Vec<String> {
    if let Some(fields) = metadata.as_object_mut() {
        fields.retain(|_, value| !is_empty(value));
    }
    let Some(schema) = &METADATA.1 else { return Vec::new() };
    schema.prune_part(metadata, "metadata")
}

/// The first value in `metadata` that has a wrong type, worded as the real server does.
pub fn metadata_type_error(kind: &str, metadata: &Value) -> Option<String> {
    let errors = METADATA.1.as_ref()?.validate(&without_nulls(metadata), None);
    let mut errors = errors.iter().filter(|error| error.kind == FieldErrorKind::TypeInvalid);
    errors.next().map(|error| decoding::complaint(kind, &format!("metadata.{}", error.path), error))
}

/// The built-in kind served at a path.
pub fn find(group: &str, version: &str, plural: &str) -> Option<&'static Kind> {
    KINDS
        .iter()
        .find(|kind| kind.group == group && kind.version == version && kind.plural == plural)
}

/// The built-in kind by its name.
pub fn find_kind(group: &str, kind: &str) -> Option<&'static Kind> {
    KINDS.iter().find(|known| known.group == group && known.kind == kind)
}

impl Kind {
    /// `v1` or `group/version`.
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_string()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }

    /// The compiled schema; its `raw()` is what OpenAPI shows.
    pub fn schema(&self) -> Option<&'static Schema> {
        COMPILED
            .iter()
            .find(|compiled| compiled.group == self.group && compiled.kind == self.kind)
            .map(|compiled| &compiled.schema)
    }

    /// Removes unknown fields and returns their paths, as [`Schema::prune`] does.
    pub fn prune(&self, object: &mut Value) -> Vec<String> {
        self.schema().map(|schema| schema.prune(object)).unwrap_or_default()
    }

    /// The first value of a wrong type, worded as the real server's decoder does.
    pub fn type_error(&self, object: &Value) -> Option<String> {
        let errors = self.schema()?.validate(&without_nulls(object), None);
        let error = errors.iter().find(|error| error.kind == FieldErrorKind::TypeInvalid)?;
        Some(decoding::complaint(self.kind, &error.path, error))
    }

    /// Fills in what the real server fills in, such as the type of a Secret.
    pub fn apply_defaults(&self, object: &mut Value) {
        drop_nulls(object);
        (self.defaults)(object);
        self.drop_empty(object);
    }

    /// Go leaves empty maps and lists out, except where the field is required.
    fn drop_empty(&self, object: &mut Value) {
        let Some(properties) = self.schema().and_then(|schema| schema.raw().get("properties"))
        else {
            return;
        };
        let collection = |name: &str| {
            properties.get(name).is_some_and(|field| {
                field.get("type") == Some(&"array".into())
                    || field.get("additionalProperties").is_some()
            })
        };
        if let Some(fields) = object.as_object_mut() {
            fields.retain(|name, value| {
                name == "rules" || !is_empty(value) || value.is_string() || !collection(name)
            });
        }
    }

    /// The rules of the real server about the content of this kind; names and labels are checked elsewhere.
    pub fn validate(&self, new: &Value, old: Option<&Value>) -> Vec<FieldError> {
        let mut errors = Vec::new();
        (self.rules)(new, old, &mut errors);
        errors
    }
}

impl ListTypes for Kind {
    fn openapi(&self) -> Option<&Value> {
        self.schema().map(Schema::raw)
    }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
        _ => false,
    }
}

/// Go reads null as absent in typed objects.
fn without_nulls(value: &Value) -> Cow<'_, Value> {
    if !has_null(value) {
        return Cow::Borrowed(value);
    }
    let mut value = value.clone();
    drop_nulls(&mut value);
    Cow::Owned(value)
}

fn has_null(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Object(fields) => fields.values().any(has_null),
        Value::Array(items) => items.iter().any(has_null),
        _ => false,
    }
}

fn drop_nulls(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(drop_nulls);
        }
        Value::Array(items) => items.iter_mut().for_each(drop_nulls),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
