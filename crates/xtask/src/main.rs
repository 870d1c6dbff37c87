//! Code generation, tidy checks and benchmark runs.

fn main() {}
