//! Tables for the built-in kinds.
