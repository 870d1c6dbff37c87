//! The program as a user has it: every test runs the real binary, with a home of its own.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod backups;
mod commands;
mod demo;
mod expressions;
mod faults;
mod pipeline;
mod program;
mod quickstart;
mod recovery;
mod starting;
