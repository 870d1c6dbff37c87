//! The crate against real git, real HTTP, and real servers where they run.

mod git_discovery;
mod git_failures;
mod git_promotion;
mod peers;
mod registry;
mod servers;
mod world;
