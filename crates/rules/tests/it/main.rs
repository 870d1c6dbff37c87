//! The rules, observed from outside: tables of cases, and whole worlds in memory that must come to rest.
#![expect(clippy::unwrap_used, reason = "a test that finds nothing shall fail")]

mod admission;
mod admission_promotion;
mod availability;
mod events;
mod explain;
mod garbage;
mod project;
mod promotion;
mod properties;
mod stage;
mod warehouse;
mod world;
