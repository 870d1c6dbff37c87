//! A Kubernetes API inside the process. Generic: knows nothing of Kargo's kinds.
//!
//! [`EmbeddedKube::open`] starts one over a data folder (or in memory); [`EmbeddedKube::client`] gives a
//! `kube::Client` that talks to it in process, [`EmbeddedKube::router`] and [`EmbeddedKube::serve`] offer the same over HTTP.
mod admission;
mod authentication;
mod authorization;
mod bootstrap;
pub mod builtin;
mod builtin_resources;
mod call;
mod collector;
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
pub mod managed_fields;
mod managers;
pub mod merge_patch;
pub mod names;
mod openapi;
mod patch;
pub mod protobuf;
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
mod serving;
mod status;
mod store;
pub mod strategic_merge;
pub mod table;
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
pub use serving::{ServeError, Serving};
pub use status::{Cause, Details, Status};
pub use store::StorageError;
