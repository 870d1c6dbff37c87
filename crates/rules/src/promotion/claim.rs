//! Names by which a Promotion can be claimed before it exists: the ULID in the name orders the queue, and for
//! automatic Promotions it follows from what was seen, so that a crash or a stale view cannot create a second one.

use sha1::{Digest, Sha1};

/// Crockford's alphabet, in lower case as it appears in names.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const LENGTH: usize = 26;
const RANDOM_BITS: u32 = 80;

/// A ULID: 48 bits of milliseconds, 80 bits to tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ulid(u128);

impl Ulid {
    /// From its parts; bits beyond their room are dropped.
    #[must_use]
    pub fn new(milliseconds: u64, random: u128) -> Self {
        let time = u128::from(milliseconds) & ((1 << 48) - 1);
        Self((time << RANDOM_BITS) | (random & ((1 << RANDOM_BITS) - 1)))
    }

    /// From 26 characters, upper or lower case.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() != LENGTH {
            return None;
        }
        let mut value: u128 = 0;
        for (index, byte) in text.bytes().enumerate() {
            let digit = ALPHABET.iter().position(|known| *known == byte.to_ascii_lowercase())?;
            if index == 0 && digit > 7 {
                return None;
            }
            value = (value << 5) | digit as u128;
        }
        Some(Self(value))
    }

    /// The ULID inside a Promotion's name `<stage>.<ulid>.<freight>`.
    #[must_use]
    pub fn of_promotion(name: &str) -> Option<Self> {
        name.rsplit('.').find_map(Self::parse)
    }

    /// The milliseconds part.
    #[must_use]
    pub fn milliseconds(self) -> u64 {
        u64::try_from(self.0 >> RANDOM_BITS).unwrap_or(u64::MAX)
    }

    /// The same moment or, when that would not sort after `newest`, the next millisecond after it.
    #[must_use]
    pub fn after(self, newest: Option<Self>) -> Self {
        match newest {
            Some(newest) if self <= newest => {
                Self::new(newest.milliseconds().saturating_add(1), self.0)
            }
            _ => self,
        }
    }
}

impl std::fmt::Display for Ulid {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for index in (0..LENGTH as u32).rev() {
            let digit = (self.0 >> (5 * index)) & 31;
            let letter = ALPHABET.get(digit as usize).copied().unwrap_or(b'0');
            std::fmt::Write::write_char(formatter, char::from(letter))?;
        }
        Ok(())
    }
}

/// The claim of an automatic Promotion: the same for everybody who saw the same last attempt with this Freight, and
/// later than the Promotion the Stage recorded last.
#[must_use]
pub fn automatic(
    stage_uid: &str,
    freight: &str,
    since_milliseconds: u64,
    tried: Option<&str>,
    last: Option<&str>,
) -> Ulid {
    let digest = digest(&[stage_uid, freight, tried.unwrap_or_default()]);
    let random = digest.iter().take(10).fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte));
    let earlier = tried.and_then(Ulid::of_promotion).max(last.and_then(Ulid::of_promotion));
    Ulid::new(since_milliseconds, random).after(earlier)
}

/// A hash that tells parts apart, for names that follow from what was seen.
pub(crate) fn digest(parts: &[&str]) -> Vec<u8> {
    let mut hash = Sha1::new();
    for part in parts {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    hash.finalize().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        let ulid = Ulid::new(1_469_918_176_385, 0x1234_5678_9abc_def0_1234);
        assert_eq!(ulid.to_string().len(), 26);
        assert!(ulid.to_string().starts_with("01aryz6s41"), "{ulid}");
        assert_eq!(Ulid::parse(&ulid.to_string()), Some(ulid));
        assert_eq!(Ulid::parse(&ulid.to_string().to_uppercase()), Some(ulid));
        for bad in [
            "",
            "01arz3ndektsv4rrffq69g5fa",
            "81arz3ndektsv4rrffq69g5fav",
            "01arz3ndektsv4rrffq69g5fau",
        ] {
            assert_eq!(Ulid::parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn claims_follow_from_what_was_seen() {
        let first = automatic("uid", "f1", 1000, None, None);
        assert_eq!(first, automatic("uid", "f1", 1000, None, None));
        assert_ne!(first, automatic("uid", "f2", 1000, None, None));
        let name = format!("prod.{first}.abcdef0");
        let second = automatic("uid", "f1", 1000, Some(&name), None);
        assert!(second > first);
        assert!(format!("prod.{second}.0000000") > name);
    }

    #[test]
    fn later_promotions_sort_later_even_when_clocks_go_back() {
        let newest = Ulid::new(2_000, 7);
        assert!(Ulid::new(1_000, 5).after(Some(newest)) > newest);
        assert_eq!(Ulid::new(3_000, 5).after(Some(newest)), Ulid::new(3_000, 5));
        assert_eq!(Ulid::new(3_000, 5).after(None), Ulid::new(3_000, 5));
    }
}
