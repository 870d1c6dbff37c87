//! String formats a schema may ask for. Unknown formats are ignored, as on a real server.

use std::{
    net::{Ipv4Addr, Ipv6Addr},
    str::FromStr,
    sync::LazyLock,
};

use base64::Engine as _;
use regex::Regex;

fn matches(pattern: &Option<Regex>, text: &str) -> bool {
    pattern.as_ref().is_none_or(|pattern| pattern.is_match(text))
}

static DURATION: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^[-+]?(0|([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))*)$").ok()
});
static WORD_DURATION: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^((\d+)\s*([A-Za-zµ]+))$").ok());
static EMAIL: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^[^\s@<>]+@[^\s@<>]+$").ok());
static UUID: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"(?i)^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$").ok()
});
static HOSTNAME: LazyLock<Option<Regex>> = LazyLock::new(|| {
    Regex::new(r"^([a-zA-Z0-9_\p{L}]([a-zA-Z0-9_\p{L}-]{0,62}[a-zA-Z0-9_\p{L}])?)(\.[a-zA-Z0-9_\p{L}]([a-zA-Z0-9_\p{L}-]{0,62}[a-zA-Z0-9_\p{L}])?)*$").ok()
});
static HEX_COLOUR: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^#?([0-9a-fA-F]{3}|[0-9a-fA-F]{6})$").ok());
static MAC: LazyLock<Option<Regex>> =
    LazyLock::new(|| Regex::new(r"^([0-9A-Fa-f]{2}[:-]){5,7}[0-9A-Fa-f]{2}$").ok());

/// Whether `text` has the named format.
pub(super) fn has(format: &str, text: &str) -> bool {
    match format {
        "byte" => base64::engine::general_purpose::STANDARD.decode(text).is_ok(),
        "cidr" => is_cidr(text),
        "date" => text.len() == 10 && jiff::civil::Date::from_str(text).is_ok(),
        "date-time" | "datetime" => is_date_time(text),
        "duration" => matches(&DURATION, text) || matches(&WORD_DURATION, text),
        "email" => matches(&EMAIL, text),
        "hexcolor" => matches(&HEX_COLOUR, text),
        "hostname" => text.len() <= 255 && matches(&HOSTNAME, text),
        "ipv4" => Ipv4Addr::from_str(text).is_ok(),
        "ipv6" => Ipv6Addr::from_str(text).is_ok(),
        "mac" => matches(&MAC, text),
        "uri" => is_uri(text),
        "uuid" | "uuid3" | "uuid4" | "uuid5" => matches(&UUID, text),
        _ => true,
    }
}

fn is_cidr(text: &str) -> bool {
    let Some((address, bits)) = text.split_once('/') else { return false };
    let Ok(bits) = bits.parse::<u8>() else { return false };
    (Ipv4Addr::from_str(address).is_ok() && bits <= 32)
        || (Ipv6Addr::from_str(address).is_ok() && bits <= 128)
}

fn is_date_time(text: &str) -> bool {
    text.len() >= 20
        && text.as_bytes().get(10).is_some_and(|letter| b"tT".contains(letter))
        && jiff::Timestamp::from_str(text).is_ok()
}

fn is_uri(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(':') else { return text.starts_with('/') };
    text.starts_with('/')
        || (scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && !text.contains(char::is_whitespace))
}
