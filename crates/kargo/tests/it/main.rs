//! The program as a user has it: every test runs the real binary, with a home of its own.

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
