//! A Kubernetes API inside the process. Generic: knows nothing of Kargo's kinds.
//!
//! [`EmbeddedKube::open`] starts one over a data folder (or in memory); [`EmbeddedKube::client`] gives a
//! `kube::Client` that talks to it in process, [`EmbeddedKube::router`] and [`EmbeddedKube::serve`] offer the same over HTTP.
mod admission;
mod authentication;
mod authorization;
mod builtin_resources;
mod call;
mod crd;
mod delete;
mod discovery;
mod embedded;
mod events;
pub mod field_error;
mod identity;
pub mod json_patch;
pub mod jsonpath;
mod kinds;
mod managers;
pub mod merge_patch;
pub mod names;
mod patch;
mod query;
pub mod rbac;
mod read;
mod registry;
mod reply;
mod resource;
mod reviews;
pub mod schema;
mod selection;
pub mod selectors;
mod server;
mod status;
mod store;
mod tables;
mod tokens;
mod validate;
mod watch;
mod write;
mod yaml;

pub use admission::{Admission, AdmissionRequest, Operation};
pub use embedded::{EmbeddedKube, Error, Options, Storage};
pub use identity::Identity;
pub use server::Now;
pub use status::{Cause, Details, Status};
pub use store::StorageError;
mod builtin { pub(crate) fn prune_metadata(_: &mut serde_json::Value) -> Vec<String> { Vec::new() } }
