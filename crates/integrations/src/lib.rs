//! The outside world, one module per system.
//!
//! Nothing here decides what should happen: callers in `promotion` and `controllers` say what they want, and each module
//! does it within bounds (time, bytes, addresses) and answers with errors that name the thing and what would be right.

pub mod clock;
pub mod credentials;
pub mod git;
pub mod local_servers;
pub mod oci;
pub mod outbound;
