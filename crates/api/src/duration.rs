//! Lengths of time as Go writes them (`5m0s`), kept as written and read when needed.

use jiff::SignedDuration;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A length of time such as `90s` or `1h30m`. The text is kept; [`Duration::get`] reads it.
#[derive(
    Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
#[schemars(inline)]
pub struct Duration(pub String);

/// A text that is not a length of time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a duration: {problem} (write for example 30s, 5m or 1h30m)")]
pub struct DurationError {
    /// The text that was read.
    pub text: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

impl Duration {
    /// Reads the text.
    pub fn get(&self) -> Result<SignedDuration, DurationError> {
        parse(&self.0).map_err(|problem| DurationError { text: self.0.clone(), problem })
    }
}

impl From<SignedDuration> for Duration {
    fn from(duration: SignedDuration) -> Self {
        Self(print(duration))
    }
}

impl From<&str> for Duration {
    fn from(text: &str) -> Self {
        Self(text.to_owned())
    }
}

impl std::fmt::Display for Duration {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.pad(&self.0)
    }
}

const UNITS: [(&str, i128); 8] = [
    ("ns", 1),
    ("us", 1_000),
    ("µs", 1_000),
    ("μs", 1_000),
    ("ms", 1_000_000),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

fn parse(text: &str) -> Result<SignedDuration, &'static str> {
    let (negative, mut rest) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Ok(SignedDuration::ZERO);
    }
    if rest.is_empty() {
        return Err("it is empty");
    }
    let mut total: i128 = 0;
    while !rest.is_empty() {
        let (nanoseconds, after) = parse_part(rest)?;
        total = total.checked_add(nanoseconds).ok_or(TOO_LONG)?;
        rest = after;
    }
    let total = i64::try_from(if negative { -total } else { total }).map_err(|_| TOO_LONG)?;
    Ok(SignedDuration::from_nanos(total))
}

const TOO_LONG: &str = "it is longer than 292 years";

fn parse_part(text: &str) -> Result<(i128, &str), &'static str> {
    let number = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let (number, rest) = text.split_at(number);
    let unit = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
    let (unit, rest) = rest.split_at(unit);
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return Err("a number is missing");
    }
    if fraction.contains('.') {
        return Err("a number has two points");
    }
    if unit.is_empty() {
        return Err("a unit is missing");
    }
    let scale = UNITS.iter().find(|(name, _)| *name == unit).ok_or("a unit is unknown")?.1;
    let whole: i128 =
        if whole.is_empty() { 0 } else { whole.parse::<i64>().map_err(|_| TOO_LONG)?.into() };
    let fraction = &fraction[..fraction.len().min(15)];
    let digits: i128 =
        if fraction.is_empty() { 0 } else { fraction.parse().map_err(|_| TOO_LONG)? };
    let divisor = 10_i128.pow(u32::try_from(fraction.len()).unwrap_or(0));
    Ok((whole * scale + digits * scale / divisor, rest))
}

fn print(duration: SignedDuration) -> String {
    let total = duration.as_nanos();
    if total == 0 {
        return "0s".to_owned();
    }
    let sign = if total < 0 { "-" } else { "" };
    let total = total.unsigned_abs();
    if total < 1_000_000_000 {
        let (unit, scale) = match total {
            0..1_000 => ("ns", 1),
            1_000..1_000_000 => ("µs", 1_000),
            _ => ("ms", 1_000_000),
        };
        return format!("{sign}{}{unit}", decimal(total / scale, total % scale, scale));
    }
    let (hours, rest) = (total / 3_600_000_000_000, total % 3_600_000_000_000);
    let (minutes, rest) = (rest / 60_000_000_000, rest % 60_000_000_000);
    let seconds = decimal(rest / 1_000_000_000, rest % 1_000_000_000, 1_000_000_000);
    match (hours, minutes) {
        (0, 0) => format!("{sign}{seconds}s"),
        (0, _) => format!("{sign}{minutes}m{seconds}s"),
        _ => format!("{sign}{hours}h{minutes}m{seconds}s"),
    }
}

/// A number with the digits of `part / scale` after the point, without trailing zeros.
fn decimal(whole: u128, part: u128, scale: u128) -> String {
    if part == 0 {
        return whole.to_string();
    }
    let width = scale.to_string().len() - 1;
    let digits = format!("{part:0width$}");
    format!("{whole}.{}", digits.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_and_prints_as_go() {
        let cases = [
            ("0", "0s"),
            ("5m", "5m0s"),
            ("5m0s", "5m0s"),
            ("90m", "1h30m0s"),
            ("1.5h", "1h30m0s"),
            ("1h", "1h0m0s"),
            ("300ms", "300ms"),
            ("1.5s", "1.5s"),
            (".5s", "500ms"),
            ("1m1.001s", "1m1.001s"),
            ("2us", "2µs"),
            ("1500ns", "1.5µs"),
            ("-1h2s", "-1h0m2s"),
            ("+3s", "3s"),
        ];
        for (text, printed) in cases {
            let duration = Duration::from(text).get().unwrap();
            assert_eq!(Duration::from(duration).0, printed, "{text}");
        }
    }

    #[test]
    fn refuses_what_go_refuses() {
        for text in ["", "-", "5", "5 m", "m", ".s", "1d", "1.2.3s", "abc", "9999999999h", "é"] {
            assert!(Duration::from(text).get().is_err(), "{text:?}");
        }
    }
}
