//! Tables for apply and update.
