//! A served resource: its names, where its objects are stored, and what its schema says.
use crate::builtin::Kind;
use crate::events;
use crate::managed_fields::{ListTypes, Untyped};
use crate::schema::Schema;
use crate::store::Entry;
use crate::table::Columns;
use bytes::Bytes;
use serde_json::Value;
use std::sync::Arc;

/// How stored objects become the served form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Conversion {
    /// Stored as served.
    None,
    /// Only `apiVersion` differs: versions of a custom resource.
    Version,
    /// `events.k8s.io/v1` over core events.
    Events,
}

pub(crate) struct Resource {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) kind: String,
    pub(crate) list_kind: String,
    pub(crate) plural: String,
    pub(crate) singular: String,
    pub(crate) short_names: Vec<String>,
    pub(crate) categories: Vec<String>,
    pub(crate) namespaced: bool,
    /// Reviews are answered, never stored.
    pub(crate) stored: bool,
    pub(crate) has_status: bool,
    pub(crate) has_generation: bool,
    /// Custom resources refuse strategic merge patches and updates without a resourceVersion.
    pub(crate) custom: Option<Arc<Custom>>,
    pub(crate) builtin: Option<&'static Kind>,
    pub(crate) columns: Columns,
    /// `/group/plural`, the start of the keys of its objects.
    pub(crate) collection: String,
    pub(crate) storage_version: String,
    pub(crate) conversion: Conversion,
    pub(crate) names: crate::names::NameRule,
    pub(crate) selectable: Vec<String>,
}

/// What a CustomResourceDefinition adds.
#[derive(Debug)]
pub(crate) struct Custom {
    /// UID and generation of the definition, to know whether it is still the same.
    pub(crate) identity: (String, i64),
    pub(crate) schema: Schema,
}

impl Resource {
    pub(crate) fn api_version(&self) -> String {
        api_version(&self.group, &self.version)
    }

    pub(crate) fn key(&self, namespace: &str, name: &str) -> Arc<str> {
        format!("{}/{namespace}/{name}", self.collection).into()
    }

    /// What the keys of a list start with; no namespace means all of them.
    pub(crate) fn prefix(&self, namespace: Option<&str>) -> String {
        match namespace {
            Some(namespace) => format!("{}/{namespace}/", self.collection),
            None => format!("{}/", self.collection),
        }
    }

    pub(crate) fn schema(&self) -> Option<&Schema> {
        match (&self.custom, self.builtin) {
            (Some(custom), _) => Some(&custom.schema),
            (None, Some(kind)) => kind.schema(),
            (None, None) => None,
        }
    }

    /// How lists merge when managers share an object.
    pub(crate) fn list_types(&self) -> &dyn ListTypes {
        match self.schema() {
            Some(schema) => schema,
            None => &Untyped,
        }
    }

    /// The object in this resource's version.
    pub(crate) fn read(&self, entry: &Entry) -> Value {
        self.converted(entry.value())
    }

    /// The bytes of the object in this resource's version.
    pub(crate) fn bytes(&self, entry: &Entry) -> Bytes {
        match self.conversion {
            Conversion::None => entry.bytes.clone(),
            _ => serde_json::to_vec(&self.read(entry)).unwrap_or_default().into(),
        }
    }

    fn converted(&self, mut object: Value) -> Value {
        match self.conversion {
            Conversion::None => {}
            Conversion::Version => object["apiVersion"] = self.api_version().into(),
            Conversion::Events => events::from_core(&mut object),
        }
        object
    }

    /// The object as it is stored.
    pub(crate) fn to_storage(&self, mut object: Value) -> Value {
        match self.conversion {
            Conversion::None => {}
            Conversion::Version => {
                object["apiVersion"] = api_version(&self.group, &self.storage_version).into();
            }
            Conversion::Events => events::to_core(&mut object),
        }
        object
    }
}

pub(crate) fn api_version(group: &str, version: &str) -> String {
    if group.is_empty() { version.into() } else { format!("{group}/{version}") }
}

/// The collection of a group and plural name; the core group is called `core` in keys.
pub(crate) fn collection(group: &str, plural: &str) -> String {
    format!("/{}/{plural}", if group.is_empty() { "core" } else { group })
}
