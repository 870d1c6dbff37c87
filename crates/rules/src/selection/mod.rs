//! Which of the artifacts that exist a subscription means, newest first: candidates in, choice out.

pub mod paths;
pub mod platform;
pub mod tags;
