//! The Board: rows made of everything in a Project (pure), and the feed that keeps them current for open pages.

mod artifacts;
pub(crate) mod eligibility;
pub(crate) mod feed;
mod rows;
mod stages;
mod warehouses;

pub(crate) use rows::{Facts, Rows};
