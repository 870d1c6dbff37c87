//! Which of the artifacts that exist a subscription means, newest first: candidates in, choice out.

pub mod commit_filter;
pub mod git;
pub mod image;
pub mod paths;
pub mod platform;
pub mod tags;
pub mod versions;
