//! Tables of names that Kargo itself would give.
use super::*;
