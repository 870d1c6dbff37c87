//! Durations as Go writes (`1h2m3.5s`) and reads them.

const SECOND: u64 = 1_000_000_000;

pub(crate) fn format(duration: i64) -> String {
    let magnitude = duration.unsigned_abs();
    let sign = if duration < 0 { "-" } else { "" };
    if magnitude == 0 {
        return "0s".to_owned();
    }
    if magnitude < SECOND {
        let (unit, name) = match magnitude {
            0..1_000 => return format!("{sign}{magnitude}ns"),
            1_000..1_000_000 => (1_000, "µs"),
            _ => (1_000_000, "ms"),
        };
        return format!("{sign}{}{name}", with_fraction(magnitude, unit));
    }
    let (hours, minutes) = (magnitude / SECOND / 3600, magnitude / SECOND / 60);
    let seconds = with_fraction(magnitude % (60 * SECOND), SECOND);
    if hours > 0 {
        format!("{sign}{hours}h{}m{seconds}s", minutes % 60)
    } else if minutes > 0 {
        format!("{sign}{minutes}m{seconds}s")
    } else {
        format!("{sign}{seconds}s")
    }
}

fn with_fraction(value: u64, unit: u64) -> String {
    let width = unit.ilog10() as usize;
    let fraction = format!("{:0width$}", value % unit);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() {
        format!("{}", value / unit)
    } else {
        format!("{}.{fraction}", value / unit)
    }
}

/// Reads `-1h30.5m`. `None` when the text is no duration or too long.
pub(crate) fn parse(text: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(text).ok()?;
    let (negative, mut rest) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: u64 = 0;
    while !rest.is_empty() {
        let whole_end =
            rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
        let (whole, after) = rest.split_at(whole_end);
        let (fraction, after) = match after.strip_prefix('.') {
            None => ("", after),
            Some(after) => after.split_at(
                after.find(|character: char| !character.is_ascii_digit()).unwrap_or(after.len()),
            ),
        };
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        let unit_end = after
            .find(|character: char| character == '.' || character.is_ascii_digit())
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(unit_end);
        let unit = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => SECOND,
            "m" => 60 * SECOND,
            "h" => 3600 * SECOND,
            _ => return None,
        };
        let whole: u64 = if whole.is_empty() {
            0
        } else {
            whole.parse().ok().filter(|&whole| whole <= 1 << 63)?
        };
        let mut value = whole.checked_mul(unit).filter(|&value| value <= 1 << 63)?;
        value = value.checked_add(fraction_of(fraction, unit))?;
        total = total.checked_add(value).filter(|&total| total <= 1 << 63)?;
        rest = after;
    }
    if negative {
        return Some(0i64.wrapping_sub_unsigned(total));
    }
    i64::try_from(total).ok()
}

/// As Go: the digits as a whole number, scaled by a float; digits that do not fit are left out.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "as Go"
)]
fn fraction_of(fraction: &str, unit: u64) -> u64 {
    let (mut digits, mut scale, mut full) = (0u64, 1f64, false);
    for byte in fraction.bytes() {
        let next =
            digits.checked_mul(10).and_then(|digits| digits.checked_add(u64::from(byte - b'0')));
        match next {
            Some(next) if !full && digits <= (1 << 63) / 10 && next <= 1 << 63 => {
                digits = next;
                scale *= 10.0;
            }
            _ => full = true,
        }
    }
    (digits as f64 * (unit as f64 / scale)) as u64
}
