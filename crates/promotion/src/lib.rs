//! Runs the steps of a Promotion, exactly once each.
