//! What a Promotion should do next, how it is built from its Stage, and in which order Promotions take their turn.

pub mod build;
pub mod claim;
pub mod order;
pub mod outcome;
mod proceed;
pub mod tasks;

use api::{Promotion, PromotionPhase};

pub use proceed::{PromotionEffect, Seen, abort_message, next, reverify_after, target_collection};

/// Its phase; one that was never looked at is pending.
#[must_use]
pub fn phase(promotion: &Promotion) -> PromotionPhase {
    promotion.status.as_ref().and_then(|status| status.phase.clone()).unwrap_or_default()
}

/// Whether it has ended.
#[must_use]
pub fn is_terminal(promotion: &Promotion) -> bool {
    phase(promotion).is_terminal()
}
