//! Reading a time by its layout.

use super::layout::{Part, lookup, next_part};
use super::{Civil, Time, Zone, date_of, days_of};

#[derive(Default)]
struct Read {
    year: i64,
    month: Option<i64>,
    day: Option<i64>,
    year_day: Option<i64>,
    hour: i64,
    minute: i64,
    second: i64,
    nanosecond: i64,
    afternoon: bool,
    morning: bool,
    utc: bool,
    offset: Option<i32>,
    zone_name: String,
}

/// Reads `value`; without an offset in it the time is in `zone` (or UTC). `None` when it does not fit.
pub(crate) fn parse(layout: &str, value: &str, zone: Option<&Zone>) -> Option<Time> {
    let mut read = Read::default();
    let (mut layout, mut rest) = (layout, value);
    loop {
        let (before, part, after) = next_part(layout);
        rest = skip(rest, before)?;
        let Some(part) = part else { break };
        rest = read.part(part, rest, after)?;
        layout = after;
    }
    if !rest.is_empty() {
        return None;
    }
    read.finish(zone)
}

/// The literal text of the layout: a run of spaces matches any run of spaces.
fn skip<'a>(mut value: &'a str, literal: &str) -> Option<&'a str> {
    let mut literal = literal;
    while let Some(expected) = literal.chars().next() {
        if expected == ' ' {
            if !value.is_empty() && !value.starts_with(' ') {
                return None;
            }
            literal = literal.trim_start_matches(' ');
            value = value.trim_start_matches(' ');
            continue;
        }
        value = value.strip_prefix(expected)?;
        literal = &literal[expected.len_utf8()..];
    }
    Some(value)
}

/// One or two digits; exactly two if `fixed`.
fn number(value: &str, fixed: bool) -> Option<(i64, &str)> {
    let digit = |at: usize| {
        value
            .as_bytes()
            .get(at)
            .filter(|byte| byte.is_ascii_digit())
            .map(|byte| i64::from(byte - b'0'))
    };
    let first = digit(0)?;
    match digit(1) {
        Some(second) => Some((first * 10 + second, &value[2..])),
        None if fixed => None,
        None => Some((first, &value[1..])),
    }
}

fn within(value: i64, range: std::ops::RangeInclusive<i64>) -> Option<i64> {
    range.contains(&value).then_some(value)
}

/// Digits behind a point or comma as nanoseconds.
fn fraction(digits: &str) -> Option<i64> {
    let digits = digits.get(..digits.len().min(9))?;
    let value: i64 = digits.parse().ok()?;
    Some(value * 10i64.pow(9 - u32::try_from(digits.len()).ok()?))
}

impl Read {
    fn part<'a>(&mut self, part: Part, value: &'a str, layout_rest: &str) -> Option<&'a str> {
        let fixed = matches!(
            part,
            Part::PaddedMonth
                | Part::PaddedHour12
                | Part::PaddedMinute
                | Part::PaddedSecond
                | Part::PaddedDay
        );
        match part {
            Part::LongMonth | Part::ShortMonth => {
                let (index, rest) = lookup(value, part == Part::LongMonth, true)?;
                self.month = Some(i64::try_from(index).ok()? + 1);
                Some(rest)
            }
            Part::LongWeekday | Part::ShortWeekday => {
                lookup(value, part == Part::LongWeekday, false).map(|(_, rest)| rest)
            }
            Part::Month | Part::PaddedMonth => {
                let (month, rest) = number(value, fixed)?;
                self.month = Some(within(month, 1..=12)?);
                Some(rest)
            }
            Part::Day | Part::SpacedDay | Part::PaddedDay => {
                let value = if part == Part::SpacedDay {
                    value.strip_prefix(' ').unwrap_or(value)
                } else {
                    value
                };
                let (day, rest) = number(value, fixed)?;
                self.day = Some(day);
                Some(rest)
            }
            Part::YearDay | Part::SpacedYearDay => self.read_year_day(part, value),
            Part::LongYear => {
                let head =
                    value.get(..4).filter(|head| head.bytes().all(|byte| byte.is_ascii_digit()))?;
                self.year = head.parse().ok()?;
                Some(&value[4..])
            }
            Part::Year => {
                let (year, rest) = number(value, true)?;
                self.year = if year >= 69 { 1900 + year } else { 2000 + year };
                Some(rest)
            }
            _ => self.clock(part, value, layout_rest, fixed),
        }
    }

    /// `002` is three digits; `__2` up to three behind at most two spaces.
    fn read_year_day<'a>(&mut self, part: Part, mut value: &'a str) -> Option<&'a str> {
        let spaced = part == Part::SpacedYearDay;
        if spaced {
            for _ in 0..2 {
                value = value.strip_prefix(' ').unwrap_or(value);
            }
        }
        let length = value.bytes().take(3).take_while(u8::is_ascii_digit).count();
        if !spaced && length != 3 {
            return None;
        }
        self.year_day = Some(value.get(..length)?.parse().ok()?);
        value.get(length..)
    }

    fn clock<'a>(
        &mut self,
        part: Part,
        value: &'a str,
        layout_rest: &str,
        fixed: bool,
    ) -> Option<&'a str> {
        match part {
            Part::Hour => {
                let (hour, rest) = number(value, false)?;
                self.hour = within(hour, 0..=23)?;
                Some(rest)
            }
            Part::Hour12 | Part::PaddedHour12 => {
                let (hour, rest) = number(value, fixed)?;
                self.hour = within(hour, 0..=12)?;
                Some(rest)
            }
            Part::Minute | Part::PaddedMinute => {
                let (minute, rest) = number(value, fixed)?;
                self.minute = within(minute, 0..=59)?;
                Some(rest)
            }
            Part::Second | Part::PaddedSecond => {
                let (second, rest) = number(value, fixed)?;
                self.second = within(second, 0..=59)?;
                self.hidden_fraction(rest, layout_rest)
            }
            Part::UpperHalf | Part::LowerHalf => {
                let (am, pm) = if part == Part::UpperHalf { ("AM", "PM") } else { ("am", "pm") };
                let half = value.get(..2)?;
                self.afternoon |= half == pm;
                self.morning |= half == am;
                (half == am || half == pm).then(|| &value[2..])
            }
            Part::ZoneName => self.zone_name(value),
            Part::Offset { fields, colons, zulu } => self.read_offset(value, fields, colons, zulu),
            Part::Fraction { digits, .. } => {
                let head = value.get(..=digits)?;
                let separated = head.starts_with(['.', ',']);
                let tail = head
                    .get(1..)
                    .filter(|tail| separated && tail.bytes().all(|byte| byte.is_ascii_digit()))?;
                self.nanosecond = fraction(tail)?;
                Some(&value[digits + 1..])
            }
            _ => self.optional_fraction(value),
        }
    }

    /// A fraction is read behind seconds although the layout does not show it.
    fn hidden_fraction<'a>(&mut self, value: &'a str, layout_rest: &str) -> Option<&'a str> {
        let shown = matches!(
            next_part(layout_rest).1,
            Some(Part::Fraction { .. } | Part::TrimmedFraction { .. })
        );
        if shown { Some(value) } else { self.optional_fraction(value) }
    }

    fn optional_fraction<'a>(&mut self, value: &'a str) -> Option<&'a str> {
        let digits = value
            .strip_prefix(['.', ','])
            .map_or(0, |tail| tail.bytes().take_while(u8::is_ascii_digit).count());
        if digits == 0 {
            return Some(value);
        }
        self.nanosecond = fraction(&value[1..=digits])?;
        Some(&value[digits + 1..])
    }

    fn zone_name<'a>(&mut self, value: &'a str) -> Option<&'a str> {
        if let Some(rest) = value.strip_prefix("UTC") {
            self.utc = true;
            return Some(rest);
        }
        let length = zone_name_length(value)?;
        self.zone_name = value[..length].to_owned();
        Some(&value[length..])
    }

    fn read_offset<'a>(
        &mut self,
        value: &'a str,
        fields: u8,
        colons: bool,
        zulu: bool,
    ) -> Option<&'a str> {
        if zulu && let Some(rest) = value.strip_prefix('Z') {
            self.utc = true;
            return Some(rest);
        }
        let negative = match value.bytes().next()? {
            b'+' => false,
            b'-' => true,
            _ => return None,
        };
        let mut rest = &value[1..];
        let mut seconds = 0;
        for (field, (unit, limit)) in
            [(3600, 24), (60, 60), (1, 60)].into_iter().enumerate().take(usize::from(fields))
        {
            if field > 0 && colons {
                rest = rest.strip_prefix(':')?;
            }
            let (part, after) = number(rest, true)?;
            seconds += i32::try_from(within(part, 0..=limit)?).ok()? * unit;
            rest = after;
        }
        self.offset = Some(if negative { -seconds } else { seconds });
        Some(rest)
    }

    fn date(&self) -> Option<(i64, i64)> {
        let leap = days_of(self.year + 1, 1, 1) - days_of(self.year, 1, 1);
        if let Some(year_day) = self.year_day {
            within(year_day, 1..=leap)?;
            let (_, month, day) = date_of(days_of(self.year, 1, 1) + year_day - 1);
            if self.month.is_some_and(|given| given != month)
                || self.day.is_some_and(|given| given != day)
            {
                return None;
            }
            return Some((month, day));
        }
        let (month, day) = (self.month.unwrap_or(1), self.day.unwrap_or(1));
        let length = days_of(self.year, month + 1, 1) - days_of(self.year, month, 1);
        within(day, 1..=length)?;
        Some((month, day))
    }

    fn finish(mut self, zone: Option<&Zone>) -> Option<Time> {
        if self.afternoon && self.hour < 12 {
            self.hour += 12;
        } else if self.morning && self.hour == 12 {
            self.hour = 0;
        }
        let (month, day) = self.date()?;
        let civil = Civil {
            year: self.year,
            month,
            day,
            hour: self.hour,
            minute: self.minute,
            second: self.second,
            nanosecond: self.nanosecond,
        };
        if self.utc {
            return Some(Time::from_civil(civil, Zone::Utc));
        }
        if let Some(offset) = self.offset {
            let fixed = Zone::Fixed(self.zone_name.as_str().into(), offset);
            let time = Time::from_civil(civil, fixed);
            // An offset the given zone has at that moment is that zone.
            let local = zone.cloned().unwrap_or(Zone::Utc);
            let (known, name, _) = local.at(time.unix());
            let agrees = known == offset && (self.zone_name.is_empty() || self.zone_name == name);
            return Some(if agrees { time.in_zone(local) } else { time });
        }
        if self.zone_name.is_empty() {
            return Some(Time::from_civil(civil, zone.cloned().unwrap_or(Zone::Utc)));
        }
        let time = Time::from_civil(civil, Zone::Utc);
        if let Some(zone) = zone
            && let Some(offset) = zone.abbreviated(&self.zone_name, time.unix())
        {
            return Some(time.add(i64::from(-offset) * 1_000_000_000).in_zone(zone.clone()));
        }
        let hours = self
            .zone_name
            .strip_prefix("GMT")
            .and_then(|hours| hours.parse::<i32>().ok())
            .unwrap_or(0);
        // As Go: the figures are taken for UTC, the zone is only how they are shown.
        let fake = Zone::Fixed(self.zone_name.as_str().into(), hours * 3600);
        Some(time.in_zone(fake))
    }
}

/// Abbreviations are three or four capitals (five for a few), `GMT±n`, or `±nn`.
fn zone_name_length(value: &str) -> Option<usize> {
    if value.len() < 3 {
        return None;
    }
    if value.starts_with("ChST") || value.starts_with("MeST") {
        return Some(4);
    }
    if let Some(rest) = value.strip_prefix("GMT") {
        return Some(3 + signed_length(rest).unwrap_or(0));
    }
    if value.starts_with(['+', '-']) {
        return signed_length(value);
    }
    let capitals = value.bytes().take(6).take_while(u8::is_ascii_uppercase).count();
    match capitals {
        5 if value.as_bytes()[4] == b'T' => Some(5),
        4 if value.as_bytes()[3] == b'T' || value.starts_with("WITA") => Some(4),
        3 => Some(3),
        _ => None,
    }
}

fn signed_length(value: &str) -> Option<usize> {
    if !value.starts_with(['+', '-']) {
        return None;
    }
    let digits = value[1..].bytes().take_while(u8::is_ascii_digit).count();
    let hours: i64 = value[1..=digits].parse().ok()?;
    within(hours, 0..=23).map(|_| digits + 1)
}
