//! What a rule answers: the status as seen, what to do, when to look again, and why.

use api::Reason;
use jiff::Timestamp;

/// The outcome of one pass over one object.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub struct Decision<Status, Effect> {
    /// What was seen, complete. Written only when it differs from what is stored.
    pub status: Status,
    /// What to do, in this order. Each is safe to repeat.
    pub effects: Vec<Effect>,
    /// When to look again even if nothing changes.
    pub again: Again,
    /// Why this, or why nothing.
    pub because: Vec<Reason>,
}

/// When to look at an object again, even if nothing changes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Again {
    /// A watch will tell.
    #[default]
    OnChange,
    /// At this moment; a moment that has passed means now.
    At(Timestamp),
}

impl Again {
    /// The earlier of the two.
    #[must_use]
    pub fn or_at(self, at: Timestamp) -> Self {
        match self {
            Self::OnChange => Self::At(at),
            Self::At(known) => Self::At(known.min(at)),
        }
    }

    /// The earlier of the two, where there is a second one.
    #[must_use]
    pub fn or_maybe_at(self, at: Option<Timestamp>) -> Self {
        at.map_or(self, |at| self.or_at(at))
    }

    /// The moment, if there is one.
    #[must_use]
    pub fn at(self) -> Option<Timestamp> {
        match self {
            Self::OnChange => None,
            Self::At(at) => Some(at),
        }
    }
}
