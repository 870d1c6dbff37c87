//! The crate against real git, real HTTP, and real servers where they run.
#![expect(clippy::unwrap_used, reason = "shared code of tests stands outside test functions")]

mod git_awkward;
mod git_cut_off;
mod git_discovery;
mod git_failures;
mod git_promotion;
mod git_signing;
mod peers;
mod registry;
mod servers;
mod world;
