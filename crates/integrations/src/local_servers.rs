//! A git server and an image registry inside this process, on loopback.
//!
//! They are for `kargo demo` and for tests, never for production: everything is served to anyone on this machine unless
//! a user is set, and nothing is tuned for size. They are real enough that `git`, `crane` and `skopeo` work with them.

mod cgi;
mod faults;
mod git_server;
mod oci_blobs;
mod oci_registry;
mod oci_routes;
mod serving;

pub use faults::{Fault, Faults};
pub use git_server::{CommitSummary, GitServer, GitServerOptions};
pub use oci_registry::{OciRegistry, OciRegistryOptions};
pub use serving::{BasicUser, LocalServerError};
