//! In which order the Promotions of a Stage take their turn: by name, which carries the time.

use std::borrow::Borrow;

use api::{Promotion, PromotionPhase};

/// Its name; empty before admission gave it one.
#[must_use]
pub fn name_of(promotion: &Promotion) -> &str {
    promotion.metadata.name.as_deref().unwrap_or_default()
}

/// Those that have not ended, the one to serve first in front: running ones, then the oldest.
#[must_use]
pub fn queue<P: Borrow<Promotion>>(promotions: &[P]) -> Vec<&Promotion> {
    let all = promotions.iter().map(Borrow::borrow);
    let mut waiting: Vec<&Promotion> =
        all.filter(|promotion| !super::is_terminal(promotion)).collect();
    waiting.sort_by_key(|promotion| {
        (super::phase(promotion) != PromotionPhase::Running, name_of(promotion))
    });
    waiting
}

/// For lists: running, then waiting oldest first, then ended newest first.
pub fn sort(promotions: &mut [Promotion]) {
    promotions.sort_by(|a, b| {
        let rank = |promotion: &Promotion| match super::phase(promotion) {
            PromotionPhase::Running => 0,
            phase if phase.is_terminal() => 2,
            _ => 1,
        };
        let by_name = name_of(a).cmp(name_of(b));
        rank(a).cmp(&rank(b)).then(if rank(a) == 2 { by_name.reverse() } else { by_name })
    });
}
