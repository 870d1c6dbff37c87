//! Numbers as `strconv` and `fmt` read and write them.

/// `%v` of a float: shortest digits, an exponent from 1e6 on and below 1e-4.
pub(crate) fn format_float(value: f64) -> String {
    if value.is_nan() {
        return "NaN".to_owned();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.to_owned();
    }
    let (digits, exponent) = shortest(value);
    if value != 0.0 && !(-4..6).contains(&exponent) {
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{digits}e{sign}{:02}", exponent.abs());
    }
    plain(value)
}

/// A float as yaml.v3 writes it: `%v`'s way.
pub(crate) fn yaml_float(value: f64) -> String {
    format_float(value)
}

/// A float as Go's JSON writes it. `None` for what JSON cannot hold.
pub(crate) fn json_float(value: f64) -> Option<String> {
    if !value.is_finite() {
        return None;
    }
    let magnitude = value.abs();
    if magnitude != 0.0 && !(1e-6..1e21).contains(&magnitude) {
        let (digits, exponent) = shortest(value);
        let sign = if exponent < 0 { '-' } else { '+' };
        return Some(format!("{digits}e{sign}{}", exponent.abs()));
    }
    Some(plain(value))
}

/// Without an exponent.
fn plain(value: f64) -> String {
    let (mantissa, exponent) = shortest(value);
    let (sign, mantissa) = mantissa.strip_prefix('-').map_or(("", &*mantissa), |rest| ("-", rest));
    let digits = mantissa.replace('.', "");
    let Ok(whole) = usize::try_from(exponent + 1) else {
        let zeros = usize::try_from(-exponent - 1).unwrap_or_default();
        return format!("{sign}0.{}{digits}", "0".repeat(zeros));
    };
    match digits.split_at_checked(whole) {
        Some(("", fraction)) => format!("{sign}0.{fraction}"),
        Some((whole, "")) => format!("{sign}{whole}"),
        Some((whole, fraction)) => format!("{sign}{whole}.{fraction}"),
        None => format!("{sign}{digits:0<whole$}"),
    }
}

/// The mantissa with its point, and the decimal exponent: the fewest digits that read back as `value`. Where two are
/// equally near, Go ends on the even one, and Rust does so only with a given number of digits.
fn shortest(value: f64) -> (String, i32) {
    let mut written = format!("{value:e}");
    let mantissa = written.split_once('e').map_or(0, |(mantissa, _)| mantissa.len());
    let decimals = written[..mantissa].split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let rounded = format!("{value:.decimals$e}");
    if rounded.parse::<f64>() == Ok(value) {
        written = rounded;
    }
    match written.split_once('e') {
        Some((digits, exponent)) => (digits.to_owned(), exponent.parse().unwrap_or_default()),
        None => (written, 0),
    }
}

/// `strconv.Atoi`.
pub(crate) fn parse_int(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    text.parse().ok()
}

/// `strconv.ParseFloat`: also hexadecimal floats, infinities and underscores between digits; too large is no number.
pub(crate) fn parse_float(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?;
    let (negative, body) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let signed = text.len() != body.len();
    let lower = body.to_ascii_lowercase();
    if lower == "nan" {
        return if signed { None } else { Some(f64::NAN) };
    }
    if lower == "inf" || lower == "infinity" {
        return Some(if negative { f64::NEG_INFINITY } else { f64::INFINITY });
    }
    if lower.contains('_') && !underscores_fit(&lower) {
        return None;
    }
    let digits = lower.replace('_', "");
    let value = if let Some(hex) = digits.strip_prefix("0x") {
        parse_hex(hex)?
    } else {
        parse_decimal(&digits)?
    };
    Some(if negative { -value } else { value })
}

fn parse_decimal(digits: &str) -> Option<f64> {
    let mantissa = digits.split('e').next()?;
    let fits = mantissa.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
        && mantissa.bytes().any(|byte| byte.is_ascii_digit());
    if !fits {
        return None;
    }
    let value: f64 = digits.parse().ok()?;
    value.is_finite().then_some(value)
}

/// Each underscore stands between digits, or behind the base prefix.
fn underscores_fit(text: &str) -> bool {
    let bytes = text.as_bytes();
    let hex = text.starts_with("0x");
    let (mut last, start) =
        if hex || text.starts_with("0b") || text.starts_with("0o") { (b'0', 2) } else { (b'^', 0) };
    for &byte in &bytes[start..] {
        let digit = byte.is_ascii_digit() || (hex && byte.is_ascii_hexdigit());
        if digit {
            last = b'0';
        } else if byte == b'_' {
            if last != b'0' {
                return false;
            }
            last = b'_';
        } else {
            if last == b'_' {
                return false;
            }
            last = b'!';
        }
    }
    last != b'_'
}

/// `1.8p3`: hexadecimal digits and a binary exponent, which must be there.
fn parse_hex(text: &str) -> Option<f64> {
    let (mantissa, exponent) = text.split_once('p')?;
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let exponent_digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
    if exponent_digits.is_empty() || !exponent_digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let mut exponent: i64 =
        exponent.parse().unwrap_or(if exponent.starts_with('-') { -100_000 } else { 100_000 });
    exponent = exponent.clamp(-100_000, 100_000);
    let mut bits: u64 = 0;
    let mut sticky = false;
    for (index, character) in whole.chars().chain(fraction.chars()).enumerate() {
        let digit = u64::from(character.to_digit(16)?);
        if bits >> 59 == 0 {
            bits = bits << 4 | digit;
            exponent -= if index >= whole.len() { 4 } else { 0 };
        } else {
            sticky |= digit != 0;
            exponent += if index < whole.len() { 4 } else { 0 };
        }
    }
    if sticky {
        bits |= 1;
    }
    let value = scale(bits, exponent);
    value.is_finite().then_some(value)
}

/// `bits × 2^exponent`, rounded once for normal numbers.
#[expect(clippy::cast_precision_loss, reason = "the rounding is the point")]
fn scale(bits: u64, exponent: i64) -> f64 {
    let mut value = bits as f64;
    let mut exponent = exponent;
    while exponent > 0 && value.is_finite() && value != 0.0 {
        let step = exponent.min(1000);
        value *= 2f64.powi(i32::try_from(step).unwrap_or(1000));
        exponent -= step;
    }
    while exponent < 0 && value != 0.0 {
        let step = (-exponent).min(1000);
        value /= 2f64.powi(i32::try_from(step).unwrap_or(1000));
        exponent += step;
    }
    value
}
