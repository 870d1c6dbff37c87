//! The controllers over a real Kubernetes API, a real git server and a real registry. With `KUBECONFIG` set the API is
//! that cluster's.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

mod automatic;
mod events;
mod lifecycle;
mod pipeline;
mod quiet;
mod runs;
mod sources;
