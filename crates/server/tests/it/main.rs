//! The server over the embedded Kubernetes API: what users see, and what they are kept from.

mod harness;

mod access;
mod board;
mod promote;
mod resources;
mod watches;
