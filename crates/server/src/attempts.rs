//! Slows down guessing: a few wrong passwords per address and minute, and a bound for all addresses together.

use std::collections::HashMap;

use jiff::Timestamp;
use parking_lot::Mutex;

/// Failures allowed per address within one window.
const PER_ADDRESS: u32 = 10;
/// Failures allowed for all addresses together within one window.
const TOGETHER: u32 = 100;
const WINDOW_SECONDS: i64 = 60;
/// Addresses remembered; beyond it the window is shared.
const ADDRESSES: usize = 10_000;

/// Failed logins of the current window.
#[derive(Default)]
pub(crate) struct Attempts {
    window: Mutex<Window>,
}

#[derive(Default)]
struct Window {
    started: Option<Timestamp>,
    together: u32,
    by_address: HashMap<String, u32>,
}

impl Attempts {
    /// How many seconds `address` has to wait, if it has to.
    pub(crate) fn wait(&self, address: &str, now: Timestamp) -> Option<u64> {
        let mut window = self.window.lock();
        let left = window.turn(now);
        let mine = window.by_address.get(address).copied().unwrap_or_default();
        (mine >= PER_ADDRESS || window.together >= TOGETHER).then_some(left)
    }

    pub(crate) fn failed(&self, address: &str, now: Timestamp) {
        let mut window = self.window.lock();
        window.turn(now);
        window.together += 1;
        if window.by_address.len() < ADDRESSES {
            *window.by_address.entry(address.to_owned()).or_default() += 1;
        }
    }
}

impl Window {
    /// Starts a new window when the old one is over; answers the seconds left in the current one.
    fn turn(&mut self, now: Timestamp) -> u64 {
        let started = *self.started.get_or_insert(now);
        let passed = now.as_second() - started.as_second();
        if (0..WINDOW_SECONDS).contains(&passed) {
            return u64::try_from(WINDOW_SECONDS - passed).unwrap_or(1);
        }
        *self = Self { started: Some(now), ..Self::default() };
        WINDOW_SECONDS.unsigned_abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_to_wait_and_is_let_in_again() {
        let attempts = Attempts::default();
        let at = |second| Timestamp::from_second(second).unwrap();
        for _ in 0..PER_ADDRESS {
            assert_eq!(attempts.wait("a", at(100)), None);
            attempts.failed("a", at(100));
        }
        assert_eq!(attempts.wait("a", at(110)), Some(50));
        assert_eq!(attempts.wait("b", at(110)), None);
        assert_eq!(attempts.wait("a", at(160)), None);
    }

    #[test]
    fn many_addresses_share_a_bound() {
        let attempts = Attempts::default();
        let now = Timestamp::from_second(5).unwrap();
        for address in 0..TOGETHER {
            attempts.failed(&address.to_string(), now);
        }
        assert!(attempts.wait("a new one", now).is_some());
    }
}
