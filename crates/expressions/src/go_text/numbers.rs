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
    // Display never uses an exponent and gives the shortest digits.
    format!("{value}")
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
    Some(format!("{value}"))
}

/// The mantissa with its point, and the decimal exponent.
fn shortest(value: f64) -> (String, i32) {
    let written = format!("{value:e}");
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

/// Go's `math.Pow`: repeated squaring of the mantissa for the whole part of the exponent.
pub(crate) fn power(base: f64, exponent: f64) -> f64 {
    if let Some(special) = special_power(base, exponent) {
        return special;
    }
    let (mut whole, mut fraction) = (exponent.abs().trunc(), exponent.abs().fract());
    if fraction != 0.0 && base < 0.0 {
        return f64::NAN;
    }
    if whole >= 9.223_372_036_854_776e18 {
        return match (base == -1.0, (base.abs() < 1.0) == (exponent > 0.0)) {
            (true, _) => 1.0,
            (_, true) => 0.0,
            _ => f64::INFINITY,
        };
    }
    let mut result = 1.0;
    let mut result_exponent = 0i64;
    if fraction != 0.0 {
        if fraction > 0.5 {
            fraction -= 1.0;
            whole += 1.0;
        }
        result = (fraction * base.ln()).exp();
    }
    let (mut mantissa, mut mantissa_exponent) = split(base);
    #[expect(clippy::cast_possible_truncation, reason = "bounded above")]
    let mut remaining = whole as i64;
    while remaining != 0 {
        if !(-(1 << 12)..=1 << 12).contains(&mantissa_exponent) {
            result_exponent += mantissa_exponent;
            break;
        }
        if remaining & 1 == 1 {
            result *= mantissa;
            result_exponent += mantissa_exponent;
        }
        mantissa *= mantissa;
        mantissa_exponent <<= 1;
        if mantissa < 0.5 {
            mantissa += mantissa;
            mantissa_exponent -= 1;
        }
        remaining >>= 1;
    }
    if exponent < 0.0 {
        result = 1.0 / result;
        result_exponent = -result_exponent;
    }
    join(result, result_exponent)
}

fn special_power(base: f64, exponent: f64) -> Option<f64> {
    let odd = exponent.abs() < 9_007_199_254_740_992.0
        && exponent.fract() == 0.0
        && exponent % 2.0 != 0.0;
    Some(if exponent == 0.0 || base == 1.0 {
        1.0
    } else if exponent == 1.0 {
        base
    } else if base.is_nan() || exponent.is_nan() {
        f64::NAN
    } else if base == 0.0 {
        match (exponent < 0.0, odd) {
            (true, true) => f64::INFINITY.copysign(base),
            (true, false) => f64::INFINITY,
            (false, true) => base,
            (false, false) => 0.0,
        }
    } else if exponent.is_infinite() {
        if base == -1.0 {
            1.0
        } else if (base.abs() < 1.0) == (exponent > 0.0) {
            0.0
        } else {
            f64::INFINITY
        }
    } else if base.is_infinite() {
        if base < 0.0 {
            return Some(if exponent < 0.0 {
                if odd { -0.0 } else { 0.0 }
            } else if odd {
                f64::NEG_INFINITY
            } else {
                f64::INFINITY
            });
        }
        if exponent < 0.0 { 0.0 } else { f64::INFINITY }
    } else if exponent == 0.5 {
        base.sqrt()
    } else if exponent == -0.5 {
        1.0 / base.sqrt()
    } else {
        return None;
    })
}

/// A mantissa in [0.5, 1) and its exponent.
fn split(value: f64) -> (f64, i64) {
    let (value, shift) =
        if value.abs() < f64::MIN_POSITIVE { (value * 2f64.powi(52), -52) } else { (value, 0) };
    let bits = value.to_bits();
    let exponent = i64::try_from((bits >> 52) & 0x7FF).unwrap_or_default() - 1022 + shift;
    (f64::from_bits(bits & !(0x7FF << 52) | (1022 << 52)), exponent)
}

fn join(mantissa: f64, exponent: i64) -> f64 {
    if mantissa == 0.0 || !mantissa.is_finite() {
        return mantissa;
    }
    let (mantissa, extra) = split(mantissa);
    let exponent = exponent + extra;
    if exponent > 1024 {
        return f64::INFINITY.copysign(mantissa);
    }
    if exponent < -1075 {
        return 0f64.copysign(mantissa);
    }
    let half = i32::try_from(exponent / 2).unwrap_or_default();
    let rest = i32::try_from(exponent).unwrap_or_default() - half;
    if exponent < -1021 {
        // Subnormal: one rounding only.
        return mantissa
            * 2f64.powi(-1021)
            * 2f64.powi(i32::try_from(exponent + 1021).unwrap_or_default());
    }
    mantissa * 2f64.powi(half) * 2f64.powi(rest)
}
