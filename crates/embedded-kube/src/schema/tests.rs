//! Tables for schemas: wording, pruning, defaults, rules.
