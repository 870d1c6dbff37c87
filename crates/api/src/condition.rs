//! Conditions in a status: set and read so that their times mean what Kubernetes says they mean.

use crate::{Time, Timestamp};
pub use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;

/// The object does what its specification says.
pub const READY: &str = "Ready";
/// Work is going on.
pub const RECONCILING: &str = "Reconciling";
/// What the object stands for is well.
pub const HEALTHY: &str = "Healthy";
/// A Promotion is running.
pub const PROMOTING: &str = "Promoting";
/// What runs has been verified.
pub const VERIFIED: &str = "Verified";
/// Nothing will move without somebody acting.
pub const STALLED: &str = "Stalled";
/// The last look at the repositories made Freight.
pub const FREIGHT_CREATED: &str = "FreightCreated";
/// What was found satisfies the Warehouse's criteria.
pub const FREIGHT_CREATION_CRITERIA_SATISFIED: &str = "FreightCreationCriteriaSatisfied";

/// Messages are cut at this many bytes.
pub const MESSAGE_LIMIT: usize = 32768;

/// Whether a condition holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ConditionStatus {
    /// It holds.
    True,
    /// It does not.
    False,
    /// It is not known.
    Unknown,
}

impl ConditionStatus {
    /// The word used on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

impl From<bool> for ConditionStatus {
    fn from(holds: bool) -> Self {
        if holds { Self::True } else { Self::False }
    }
}

/// A condition as it would be if it had just become so.
pub fn new(
    kind: &str,
    status: impl Into<ConditionStatus>,
    reason: &str,
    message: impl Into<String>,
    generation: Option<i64>,
    now: Timestamp,
) -> Condition {
    Condition {
        type_: kind.to_owned(),
        status: status.into().as_str().to_owned(),
        reason: reason.to_owned(),
        message: cut(message.into()),
        observed_generation: generation,
        last_transition_time: Time(now),
    }
}

/// The condition of this type.
pub fn get<'a>(conditions: &'a [Condition], kind: &str) -> Option<&'a Condition> {
    conditions.iter().find(|condition| condition.type_ == kind)
}

/// Whether the condition of this type is there and holds.
pub fn is_true(conditions: &[Condition], kind: &str) -> bool {
    get(conditions, kind).is_some_and(|condition| condition.status == "True")
}

/// Adds or replaces a condition. The time of the old one is kept unless the status changed.
/// Says whether anything changed.
pub fn set(conditions: &mut Vec<Condition>, mut condition: Condition) -> bool {
    condition.message = cut(condition.message);
    let Some(old) = conditions.iter_mut().find(|old| old.type_ == condition.type_) else {
        conditions.push(condition);
        return true;
    };
    if old.status == condition.status {
        condition.last_transition_time = old.last_transition_time.clone();
    }
    let changed = *old != condition;
    *old = condition;
    changed
}

/// Removes the condition of this type and says whether it was there.
pub fn remove(conditions: &mut Vec<Condition>, kind: &str) -> bool {
    let before = conditions.len();
    conditions.retain(|condition| condition.type_ != kind);
    conditions.len() != before
}

fn cut(mut message: String) -> String {
    message.truncate(message.floor_char_boundary(MESSAGE_LIMIT));
    message
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn time_moves_only_with_the_status() {
        let mut conditions = Vec::new();
        assert!(set(&mut conditions, new(READY, false, "Syncing", "a", Some(1), at(1))));
        assert!(!set(&mut conditions, new(READY, false, "Syncing", "a", Some(1), at(2))));
        assert!(set(&mut conditions, new(READY, false, "Failed", "b", Some(2), at(3))));
        assert_eq!(conditions[0].last_transition_time, Time(at(1)));
        assert!(set(&mut conditions, new(READY, true, "Ok", "", Some(2), at(4))));
        assert_eq!(conditions[0].last_transition_time, Time(at(4)));
        assert!(is_true(&conditions, READY));
        assert!(remove(&mut conditions, READY));
        assert!(!remove(&mut conditions, READY));
        assert!(conditions.is_empty());
    }

    #[test]
    fn long_messages_are_cut_between_characters() {
        let message = format!("{}é", "x".repeat(MESSAGE_LIMIT - 1));
        let condition = new(READY, true, "Ok", message, None, at(0));
        assert_eq!(condition.message.len(), MESSAGE_LIMIT - 1);
    }
}
