//! The crate from outside.
#![expect(clippy::print_stderr, reason = "a skipped test says why")]

mod conformance;
