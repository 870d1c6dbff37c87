//! What the merge has to know about types: which lists are maps or sets, which maps are atomic.

use serde_json::Value;

use crate::schema::Schema;

/// Where the list types of a kind come from.
pub trait ListTypes: Send + Sync {
    /// The OpenAPI schema of the kind; `None` when nothing is known, then lists are atomic.
    fn openapi(&self) -> Option<&Value>;
}

impl ListTypes for Schema {
    fn openapi(&self) -> Option<&Value> {
        Some(self.raw())
    }
}

impl ListTypes for Value {
    fn openapi(&self) -> Option<&Value> {
        Some(self)
    }
}

/// Nothing is known about the types.
#[derive(Clone, Copy, Debug)]
pub struct Untyped;

impl ListTypes for Untyped {
    fn openapi(&self) -> Option<&Value> {
        None
    }
}

/// How a list is merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum ListKind {
    Atomic,
    Set,
    Map(Vec<String>),
}

/// The type at one place of an object.
#[derive(Clone, Copy, Debug)]
pub(super) struct TypeAt<'a> {
    schema: Option<&'a Value>,
    root: bool,
}

impl<'a> TypeAt<'a> {
    pub(super) fn root(lists: &'a dyn ListTypes) -> Self {
        Self { schema: lists.openapi(), root: true }
    }

    const fn of(schema: Option<&'a Value>) -> Self {
        Self { schema, root: false }
    }

    fn text(&self, key: &str) -> Option<&'a str> {
        self.schema?.get(key)?.as_str()
    }

    /// Whether maps at this place are owned as a whole.
    pub(super) fn atomic_map(&self) -> bool {
        self.text("x-kubernetes-map-type") == Some("atomic")
    }

    pub(super) fn list(&self) -> ListKind {
        match self.text("x-kubernetes-list-type") {
            Some("set") => ListKind::Set,
            Some("map") => {
                let keys = self
                    .schema
                    .and_then(|schema| schema.get("x-kubernetes-list-map-keys"))
                    .and_then(Value::as_array);
                let keys: Vec<String> = keys
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .map(str::to_string)
                    .collect();
                if keys.is_empty() { ListKind::Atomic } else { ListKind::Map(keys) }
            }
            _ => ListKind::Atomic,
        }
    }

    /// Whether a field is declared by name, as opposed to an entry of a free map.
    pub(super) fn declares(&self, name: &str) -> bool {
        (self.root && matches!(name, "apiVersion" | "kind" | "metadata"))
            || self.schema.is_some_and(|schema| {
                schema.get("properties").and_then(|fields| fields.get(name)).is_some()
            })
    }

    /// The shape a value must have here, where the type says it.
    pub(super) fn shape(&self) -> Option<&'a str> {
        self.text("type").filter(|_| !self.root)
    }

    /// Whether the type is known and has no field of this name.
    pub(super) fn lacks(&self, name: &str) -> bool {
        let Some(schema) = self.schema else { return false };
        let open = |key: &str| schema.get(key).is_some_and(|value| *value != false);
        let identity = open("x-kubernetes-embedded-resource")
            && matches!(name, "apiVersion" | "kind" | "metadata");
        let takes_any = open("additionalProperties")
            || open("x-kubernetes-preserve-unknown-fields")
            || identity
            || self.declares(name);
        let is_object = self.text("type") == Some("object") && schema.get("properties").is_some();
        is_object && !takes_any
    }

    pub(super) fn field(&self, name: &str) -> Self {
        if self.root && name == "metadata" {
            return Self::of(Some(crate::builtin::metadata_schema()));
        }
        let Some(schema) = self.schema else { return Self::of(None) };
        let declared = schema.get("properties").and_then(|fields| fields.get(name));
        Self::of(declared.or_else(|| {
            schema.get("additionalProperties").filter(|additional| additional.is_object())
        }))
    }

    pub(super) fn items(&self) -> Self {
        Self::of(self.schema.and_then(|schema| schema.get("items")))
    }

    /// The default of a field, needed for absent keys of map lists.
    pub(super) fn default_of(&self, name: &str) -> Option<&'a Value> {
        self.schema?.get("properties")?.get(name)?.get("default")
    }
}
