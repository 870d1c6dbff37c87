//! One loop, observe, decide, act, and one file per kind.
