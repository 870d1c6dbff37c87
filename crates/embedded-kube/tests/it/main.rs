//! The embedded API as a client sees it.
mod access;
mod applying;
mod collection;
mod controllers;
mod durability;
mod lists;
mod objects;
mod support;
mod tour;
