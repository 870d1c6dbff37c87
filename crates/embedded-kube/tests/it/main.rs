//! The embedded API as a client sees it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod access;
mod applying;
mod collection;
mod controllers;
mod durability;
mod hostile;
mod kubectl_answers;
mod lists;
mod objects;
mod support;
mod tour;
