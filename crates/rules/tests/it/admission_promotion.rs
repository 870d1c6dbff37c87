//! admission_promotion
