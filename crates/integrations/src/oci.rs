//! Container registries: what tags there are, what they point at, and when it was built.
//!
//! One [`Registries`] serves all Projects of the process: connections are pooled, tokens kept until they expire, a tag is
//! looked up by `HEAD` and its content read once per digest, and requests to one registry are spread fairly over
//! Projects at a bounded rate. Which tags matter is not decided here.

mod access;
mod challenge;
mod client;
mod describe;
mod error;
mod image;
mod scheduler;
mod sign_in;

pub use access::{Repository, RepositoryAccess};
pub use client::{Registries, RegistrySettings};
pub use error::OciError;
pub use image::{ImageDescription, PlatformFilter, PlatformName};
