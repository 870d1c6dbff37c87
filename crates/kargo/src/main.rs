//! The binary: configuration, roles and wiring.

fn main() {}
