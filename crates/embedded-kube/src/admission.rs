//! The hook that may change or refuse writes before they are stored, called in process.
use crate::status::Status;
use futures::future::BoxFuture;
use serde_json::Value;

/// What a write does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    /// A new object.
    Create,
    /// A changed object.
    Update,
    /// An object that goes.
    Delete,
}

/// A write about to happen.
#[derive(Debug, Clone)]
pub struct AdmissionRequest {
    /// What the write does.
    pub operation: Operation,
    /// Who asks.
    pub user: String,
    /// Their groups.
    pub groups: Vec<String>,
    /// API group of the object.
    pub group: String,
    /// API version of the object.
    pub version: String,
    /// Kind of the object.
    pub kind: String,
    /// Plural resource name.
    pub resource: String,
    /// `status`, when the write is about it.
    pub subresource: Option<String>,
    /// Namespace, for namespaced kinds.
    pub namespace: Option<String>,
    /// Name of the object.
    pub name: String,
    /// The object as it would be stored; absent for deletions.
    pub object: Option<Value>,
    /// The object as it is; absent for creations.
    pub old_object: Option<Value>,
    /// Nothing will be stored.
    pub dry_run: bool,
}

/// Decides about writes.
pub trait Admission: Send + Sync {
    /// Answers `Ok(None)` to admit, `Ok(Some(object))` to admit a changed object, or why not.
    fn review(&self, request: AdmissionRequest) -> BoxFuture<'_, Result<Option<Value>, Status>>;
}
