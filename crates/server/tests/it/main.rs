//! The server over the embedded Kubernetes API: what users see, and what they are kept from.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on may stop")]

mod harness;

mod access;
mod board;
mod contract;
mod credentials;
mod promote;
mod resources;
mod watches;
mod webhook;
