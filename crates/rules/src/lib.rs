//! What should happen next, decided without touching the outside world: every rule is a function from what was seen
//! to what should happen and why. No clock, no randomness, no I/O.

pub mod admission;
pub mod decision;
pub mod events;
pub mod explain;
pub mod freight;
pub mod freight_availability;
pub mod garbage;
pub mod label_selector;
pub mod pattern;
pub mod project;
pub mod promotion;
pub mod selection;
pub mod stage;
pub mod warehouse;

mod expression;
mod reasons;

pub use decision::{Again, Decision};
