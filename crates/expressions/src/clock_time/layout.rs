//! Go's layouts: a time is described by how one known moment looks in it.

use super::Time;

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const DAYS: [&str; 7] =
    ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];

pub(crate) fn month_name(month: u8) -> &'static str {
    MONTHS.get(usize::from(month).wrapping_sub(1)).copied().unwrap_or("%!Month")
}

pub(crate) fn weekday_name(day: u8) -> &'static str {
    DAYS.get(usize::from(day)).copied().unwrap_or("%!Weekday")
}

/// A part of a layout.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    LongMonth,
    ShortMonth,
    Month,
    PaddedMonth,
    LongWeekday,
    ShortWeekday,
    Day,
    SpacedDay,
    PaddedDay,
    YearDay,
    SpacedYearDay,
    Hour,
    Hour12,
    PaddedHour12,
    Minute,
    PaddedMinute,
    Second,
    PaddedSecond,
    LongYear,
    Year,
    UpperHalf,
    LowerHalf,
    ZoneName,
    /// Digits are hours only, hours and minutes, or seconds too; with colons; `Z` for UTC.
    Offset {
        fields: u8,
        colons: bool,
        zulu: bool,
    },
    /// Exactly so many digits.
    Fraction {
        digits: usize,
        comma: bool,
    },
    /// At most so many digits, no trailing zeros.
    TrimmedFraction {
        digits: usize,
        comma: bool,
    },
}

const FIXED: &[(&str, Part)] = &[
    ("January", Part::LongMonth),
    ("Monday", Part::LongWeekday),
    ("MST", Part::ZoneName),
    ("01", Part::PaddedMonth),
    ("002", Part::YearDay),
    ("02", Part::PaddedDay),
    ("03", Part::PaddedHour12),
    ("04", Part::PaddedMinute),
    ("05", Part::PaddedSecond),
    ("06", Part::Year),
    ("15", Part::Hour),
    ("1", Part::Month),
    ("2006", Part::LongYear),
    ("2", Part::Day),
    ("__2", Part::SpacedYearDay),
    ("3", Part::Hour12),
    ("4", Part::Minute),
    ("5", Part::Second),
    ("PM", Part::UpperHalf),
    ("pm", Part::LowerHalf),
    ("-070000", Part::Offset { fields: 3, colons: false, zulu: false }),
    ("-07:00:00", Part::Offset { fields: 3, colons: true, zulu: false }),
    ("-0700", Part::Offset { fields: 2, colons: false, zulu: false }),
    ("-07:00", Part::Offset { fields: 2, colons: true, zulu: false }),
    ("-07", Part::Offset { fields: 1, colons: false, zulu: false }),
    ("Z070000", Part::Offset { fields: 3, colons: false, zulu: true }),
    ("Z07:00:00", Part::Offset { fields: 3, colons: true, zulu: true }),
    ("Z0700", Part::Offset { fields: 2, colons: false, zulu: true }),
    ("Z07:00", Part::Offset { fields: 2, colons: true, zulu: true }),
    ("Z07", Part::Offset { fields: 1, colons: false, zulu: true }),
];

/// What stands before the first part, the part, and what follows.
pub(super) fn next_part(layout: &str) -> (&str, Option<Part>, &str) {
    for (at, _) in layout.char_indices() {
        let rest = &layout[at..];
        if let Some((part, length)) = part_at(rest) {
            // `_2006` is an underscore and a year.
            if part == Part::SpacedDay && rest.starts_with("_2006") {
                return (&layout[..=at], Some(Part::LongYear), &layout[at + 5..]);
            }
            return (&layout[..at], Some(part), &rest[length..]);
        }
    }
    (layout, None, "")
}

fn part_at(rest: &str) -> Option<(Part, usize)> {
    for &(written, part) in FIXED {
        if rest.starts_with(written) {
            return Some((part, written.len()));
        }
    }
    let lower_follows = |at: usize| rest.as_bytes().get(at).is_some_and(u8::is_ascii_lowercase);
    if rest.starts_with("Jan") && !lower_follows(3) {
        return Some((Part::ShortMonth, 3));
    }
    if rest.starts_with("Mon") && !lower_follows(3) {
        return Some((Part::ShortWeekday, 3));
    }
    if rest.starts_with("_2") {
        return Some((Part::SpacedDay, 2));
    }
    let bytes = rest.as_bytes();
    let comma = match bytes.first() {
        Some(b'.') => false,
        Some(b',') => true,
        _ => return None,
    };
    let digit = *bytes.get(1).filter(|&&digit| digit == b'0' || digit == b'9')?;
    let digits = bytes[1..].iter().take_while(|&&next| next == digit).count();
    if bytes.get(1 + digits).is_some_and(u8::is_ascii_digit) {
        return None;
    }
    let part = if digit == b'0' {
        Part::Fraction { digits, comma }
    } else {
        Part::TrimmedFraction { digits, comma }
    };
    Some((part, 1 + digits))
}

pub(super) fn format(time: &Time, layout: &str) -> String {
    let mut out = String::new();
    let mut rest = layout;
    loop {
        let (before, part, after) = next_part(rest);
        out.push_str(before);
        let Some(part) = part else { return out };
        write(&mut out, time, part);
        rest = after;
    }
}

fn write(out: &mut String, time: &Time, part: Part) {
    let civil = time.civil();
    let hour12 = if civil.hour % 12 == 0 { 12 } else { civil.hour % 12 };
    let month = month_name(u8::try_from(civil.month).unwrap_or_default());
    let weekday = weekday_name(time.weekday());
    match part {
        Part::LongMonth => out.push_str(month),
        Part::ShortMonth => out.push_str(&month[..3]),
        Part::Month => out.push_str(&civil.month.to_string()),
        Part::PaddedMonth => out.push_str(&format!("{:02}", civil.month)),
        Part::LongWeekday => out.push_str(weekday),
        Part::ShortWeekday => out.push_str(&weekday[..3]),
        Part::Day => out.push_str(&civil.day.to_string()),
        Part::SpacedDay => out.push_str(&format!("{:2}", civil.day)),
        Part::PaddedDay => out.push_str(&format!("{:02}", civil.day)),
        Part::YearDay => out.push_str(&format!("{:03}", time.year_day())),
        Part::SpacedYearDay => out.push_str(&format!("{:3}", time.year_day())),
        Part::Hour => out.push_str(&format!("{:02}", civil.hour)),
        Part::Hour12 => out.push_str(&hour12.to_string()),
        Part::PaddedHour12 => out.push_str(&format!("{hour12:02}")),
        Part::Minute => out.push_str(&civil.minute.to_string()),
        Part::PaddedMinute => out.push_str(&format!("{:02}", civil.minute)),
        Part::Second => out.push_str(&civil.second.to_string()),
        Part::PaddedSecond => out.push_str(&format!("{:02}", civil.second)),
        Part::LongYear if civil.year < 0 => out.push_str(&format!("-{:04}", -civil.year)),
        Part::LongYear => out.push_str(&format!("{:04}", civil.year)),
        Part::Year => out.push_str(&format!("{:02}", civil.year.abs() % 100)),
        Part::UpperHalf => out.push_str(if civil.hour >= 12 { "PM" } else { "AM" }),
        Part::LowerHalf => out.push_str(if civil.hour >= 12 { "pm" } else { "am" }),
        Part::ZoneName => {
            let (offset, name, _) = time.offset();
            if name.is_empty() {
                write_offset(out, offset, 2, false);
            } else {
                out.push_str(&name);
            }
        }
        Part::Offset { fields, colons, zulu } => {
            let (offset, _, _) = time.offset();
            if zulu && offset == 0 {
                out.push('Z');
            } else {
                write_offset(out, offset, fields, colons);
            }
        }
        Part::Fraction { digits, comma } => {
            write_fraction(out, civil.nanosecond, digits, comma, false);
        }
        Part::TrimmedFraction { digits, comma } => {
            write_fraction(out, civil.nanosecond, digits, comma, true);
        }
    }
}

fn write_offset(out: &mut String, offset: i32, fields: u8, colons: bool) {
    let magnitude = offset.abs();
    // Go decides the sign by whole minutes.
    out.push(if offset / 60 < 0 { '-' } else { '+' });
    out.push_str(&format!("{:02}", magnitude / 3600));
    for (field, value) in [(2, magnitude / 60 % 60), (3, magnitude % 60)] {
        if fields >= field {
            if colons {
                out.push(':');
            }
            out.push_str(&format!("{value:02}"));
        }
    }
}

fn write_fraction(out: &mut String, nanosecond: i64, digits: usize, comma: bool, trimmed: bool) {
    let written = format!("{nanosecond:09}");
    let mut fraction: String =
        written.chars().chain(std::iter::repeat('0')).take(digits.min(9)).collect();
    if trimmed {
        fraction.truncate(fraction.trim_end_matches('0').len());
        if fraction.is_empty() {
            return;
        }
    }
    out.push(if comma { ',' } else { '.' });
    out.push_str(&fraction);
}

/// Finds a month or weekday at the start, whatever its case: its index and what follows.
pub(super) fn lookup(value: &str, long: bool, months: bool) -> Option<(usize, &str)> {
    let names: &[&str] = if months { &MONTHS } else { &DAYS };
    names.iter().enumerate().find_map(|(index, name)| {
        let name = if long { name } else { &name[..3] };
        let head = value.get(..name.len())?;
        head.eq_ignore_ascii_case(name).then(|| (index, &value[name.len()..]))
    })
}
