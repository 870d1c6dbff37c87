//! Methods of times, durations, time zones and versions: one table.

use std::sync::Arc;

use crate::error::Refusal;
use crate::functions::Parameter;
use crate::go_text;
use crate::nature::Nature;
use crate::operators::{Outcome, to_int};
use crate::semver::Version;
use crate::value::Value;

pub(crate) struct Method {
    /// Whose method it is.
    receiver: fn(&Nature) -> bool,
    pub(crate) name: &'static str,
    pub(crate) parameters: &'static [Parameter],
    pub(crate) returns: fn() -> Nature,
    run: fn(&Value, &[Value]) -> Outcome,
}

pub(crate) fn find(nature: &Nature, name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name && (method.receiver)(nature))
}

/// Calls what `callee` is: only methods are values that can be called.
pub(crate) fn call(callee: &Value, arguments: &[Value]) -> Outcome {
    let Value::Method(bound) = callee else {
        return Err(match callee {
            Value::Nil => "there is no function of this name here".into(),
            _ => format!("a {} cannot be called", callee.type_name()).into(),
        });
    };
    let (receiver, name) = bound.as_ref();
    let method = find(&Nature::of_value(receiver), name).ok_or("the method is gone")?;
    if arguments.len() != method.parameters.len() {
        let message = format!(
            "{name}() takes {} arguments, not {}",
            method.parameters.len(),
            arguments.len()
        );
        return Err(message.into());
    }
    for (argument, parameter) in arguments.iter().zip(method.parameters) {
        if !parameter.fits(argument) {
            let message =
                format!("{name}() takes {}, not a {}", parameter.describe(), argument.type_name());
            return Err(message.into());
        }
    }
    (method.run)(receiver, arguments)
}

macro_rules! methods {
    ($($receiver:pat => $name:literal($($parameter:ident),*) -> $nature:expr, $run:expr;)*) => {
        &[$(Method {
            receiver: |nature| matches!(nature, $receiver),
            name: $name,
            parameters: &[$(Parameter::$parameter),*],
            returns: || $nature,
            run: $run,
        }),*]
    };
}

fn mismatch() -> Refusal {
    "the method does not fit its receiver".into()
}

fn time(value: &Value) -> Result<&crate::Time, Refusal> {
    match value {
        Value::Time(time) => Ok(time),
        _ => Err(mismatch()),
    }
}

fn duration(value: &Value) -> Result<i64, Refusal> {
    match value {
        Value::Duration(duration) => Ok(*duration),
        _ => Err(mismatch()),
    }
}

fn version(value: &Value) -> Result<&Version, Refusal> {
    match value {
        Value::Version(version) => Ok(version),
        _ => Err(mismatch()),
    }
}

/// The first value of a header, whatever its spelling; empty when it is absent.
fn header(response: &Value, name: &str) -> Outcome {
    let Value::Structure(response) = response else { return Err(mismatch()) };
    let Some(Value::Map(headers)) = response.field("headers") else { return Err(mismatch()) };
    let found = headers.entries.iter().find_map(|(key, values)| match (key, values) {
        (crate::Key::Text(key), Value::Array(values))
            if key.to_str().eq_ignore_ascii_case(name) =>
        {
            values.items.first()
        }
        _ => None,
    });
    Ok(found.cloned().unwrap_or_else(|| Value::text("")))
}

fn first(arguments: &[Value]) -> &Value {
    arguments.first().unwrap_or(&Value::Nil)
}

fn unsigned(value: u64) -> Outcome {
    Ok(Value::Unsigned(value))
}

fn changed(version: Option<Version>) -> Outcome {
    version
        .map(|version| Value::Version(Arc::new(version)))
        .ok_or_else(|| "the number would overflow".into())
}

/// Whole units, and the rest as a fraction.
#[expect(clippy::cast_precision_loss, reason = "as Go divides")]
fn in_units(duration: i64, unit: i64) -> Outcome {
    Ok(Value::Float((duration / unit) as f64 + (duration % unit) as f64 / unit as f64))
}

fn truncate_duration(duration: i64, step: i64) -> i64 {
    if step <= 0 { duration } else { duration - duration % step }
}

/// Halves go away from zero; what would overflow stays at the edge.
fn round_duration(duration: i64, step: i64) -> i64 {
    if step <= 0 {
        return duration;
    }
    let remainder = (duration % step).unsigned_abs();
    let down = duration - duration % step;
    if remainder.saturating_mul(2) < step.unsigned_abs() {
        return down;
    }
    if duration < 0 { down.saturating_sub(step) } else { down.saturating_add(step) }
}

/// Units since 1970; what 64 bits cannot hold wraps around.
#[expect(clippy::cast_possible_truncation, reason = "as Go wraps")]
fn instant_in(value: &Value, unit: i128) -> Outcome {
    number(time(value)?.instant().div_euclid(unit) as i64)
}

fn text(text: impl Into<crate::Text>) -> Outcome {
    Ok(Value::text(text))
}

fn compare<T: Ord>(left: &T, right: &T) -> Outcome {
    Ok(Value::Int(left.cmp(right) as i64))
}

fn both_times(left: &Value, arguments: &[Value], check: fn(i128, i128) -> bool) -> Outcome {
    Ok(Value::Bool(check(time(left)?.instant(), time(first(arguments))?.instant())))
}

fn both_versions(
    left: &Value,
    arguments: &[Value],
    check: fn(&Version, &Version) -> bool,
) -> Outcome {
    Ok(Value::Bool(check(version(left)?, version(first(arguments))?)))
}

fn zone_argument(value: &Value) -> Result<crate::Zone, Refusal> {
    match value {
        Value::Zone(zone) => Ok(zone.clone()),
        _ => Err("a timezone is missing".into()),
    }
}

fn number(value: i64) -> Outcome {
    Ok(Value::Int(value))
}

fn add_date(value: &Value, arguments: &[Value]) -> Outcome {
    let part = |index: usize| arguments.get(index).map_or(Ok(0), to_int);
    Ok(Value::Time(time(value)?.add_date(part(0)?, part(1)?, part(2)?)))
}

fn as_json(value: &Value) -> Outcome {
    Ok(Value::Bytes(crate::json::encode(value, None)?.into_bytes().into()))
}

fn argument_text(arguments: &[Value]) -> String {
    first(arguments).to_string()
}

fn refused(invalid: &crate::semver::Invalid) -> Refusal {
    invalid.to_string().into()
}

static METHODS: &[Method] = methods! {
    Nature::Time => "Add"(Duration) -> Nature::Time, |t, a| Ok(Value::Time(time(t)?.add(duration(first(a))?)));
    Nature::Time => "AddDate"(Int, Int, Int) -> Nature::Time, add_date;
    Nature::Time => "After"(Time) -> Nature::Bool, |t, a| both_times(t, a, |a, b| a > b);
    Nature::Time => "Before"(Time) -> Nature::Bool, |t, a| both_times(t, a, |a, b| a < b);
    Nature::Time => "Compare"(Time) -> Nature::Int, |t, a| compare(&time(t)?.instant(), &time(first(a))?.instant());
    Nature::Time => "Day"() -> Nature::Int, |t, _| number(time(t)?.civil().day);
    Nature::Time => "Equal"(Time) -> Nature::Bool, |t, a| both_times(t, a, |a, b| a == b);
    Nature::Time => "Format"(Text) -> Nature::Text, |t, a| text(time(t)?.format(&argument_text(a)));
    Nature::Time => "Hour"() -> Nature::Int, |t, _| number(time(t)?.civil().hour);
    Nature::Time => "ISOWeek"() -> Nature::Int, |t, _| number(time(t)?.iso_week().0);
    Nature::Time => "In"(Zone) -> Nature::Time, |t, a| Ok(Value::Time(time(t)?.in_zone(zone_argument(first(a))?)));
    Nature::Time => "IsDST"() -> Nature::Bool, |t, _| Ok(Value::Bool(time(t)?.offset().2));
    Nature::Time => "IsZero"() -> Nature::Bool, |t, _| Ok(Value::Bool(time(t)?.is_zero()));
    Nature::Time => "Local"() -> Nature::Time, |t, _| Ok(Value::Time(time(t)?.in_zone(crate::Zone::Local)));
    Nature::Time => "Location"() -> Nature::Zone, |t, _| Ok(Value::Zone(time(t)?.zone().clone()));
    Nature::Time => "MarshalJSON"() -> Nature::Bytes, |t, _| as_json(t);
    Nature::Time => "MarshalText"() -> Nature::Bytes, |t, _| Ok(Value::Bytes(time(t)?.to_json()?.into_bytes().into()));
    Nature::Time => "Minute"() -> Nature::Int, |t, _| number(time(t)?.civil().minute);
    Nature::Time => "Month"() -> Nature::Month,
        |t, _| Ok(Value::Month(u8::try_from(time(t)?.civil().month).unwrap_or_default()));
    Nature::Time => "Nanosecond"() -> Nature::Int, |t, _| number(time(t)?.civil().nanosecond);
    Nature::Time => "Round"(Duration) -> Nature::Time, |t, a| Ok(Value::Time(time(t)?.round(duration(first(a))?)));
    Nature::Time => "Second"() -> Nature::Int, |t, _| number(time(t)?.civil().second);
    Nature::Time => "String"() -> Nature::Text, |t, _| text(time(t)?.to_string());
    Nature::Time => "Sub"(Time) -> Nature::Duration, |t, a| Ok(Value::Duration(time(t)?.since(time(first(a))?)));
    Nature::Time => "Truncate"(Duration) -> Nature::Time, |t, a| Ok(Value::Time(time(t)?.truncate(duration(first(a))?)));
    Nature::Time => "UTC"() -> Nature::Time, |t, _| Ok(Value::Time(time(t)?.in_zone(crate::Zone::Utc)));
    Nature::Time => "Unix"() -> Nature::Int, |t, _| number(time(t)?.unix());
    Nature::Time => "UnixMicro"() -> Nature::Int, |t, _| instant_in(t, 1_000);
    Nature::Time => "UnixMilli"() -> Nature::Int, |t, _| instant_in(t, 1_000_000);
    Nature::Time => "UnixNano"() -> Nature::Int, |t, _| instant_in(t, 1);
    Nature::Time => "Weekday"() -> Nature::Weekday, |t, _| Ok(Value::Weekday(time(t)?.weekday()));
    Nature::Time => "Year"() -> Nature::Int, |t, _| number(time(t)?.civil().year);
    Nature::Time => "YearDay"() -> Nature::Int, |t, _| number(time(t)?.year_day());
    Nature::Time => "Zone"() -> Nature::Text, |t, _| text(time(t)?.offset().1);
    Nature::Duration => "Abs"() -> Nature::Duration,
        |d, _| Ok(Value::Duration(duration(d)?.checked_abs().unwrap_or(i64::MAX)));
    Nature::Duration => "Hours"() -> Nature::Float, |d, _| in_units(duration(d)?, 3_600_000_000_000);
    Nature::Duration => "Microseconds"() -> Nature::Int, |d, _| number(duration(d)? / 1_000);
    Nature::Duration => "Milliseconds"() -> Nature::Int, |d, _| number(duration(d)? / 1_000_000);
    Nature::Duration => "Minutes"() -> Nature::Float, |d, _| in_units(duration(d)?, 60_000_000_000);
    Nature::Duration => "Nanoseconds"() -> Nature::Int, |d, _| number(duration(d)?);
    Nature::Duration => "Round"(Duration) -> Nature::Duration,
        |d, a| Ok(Value::Duration(round_duration(duration(d)?, duration(first(a))?)));
    Nature::Duration => "Seconds"() -> Nature::Float, |d, _| in_units(duration(d)?, 1_000_000_000);
    Nature::Duration => "String"() -> Nature::Text, |d, _| text(go_text::format_duration(duration(d)?));
    Nature::Duration => "Truncate"(Duration) -> Nature::Duration,
        |d, a| Ok(Value::Duration(truncate_duration(duration(d)?, duration(first(a))?)));
    Nature::Zone | Nature::Month | Nature::Weekday => "String"() -> Nature::Text, |value, _| text(value.to_string());
    Nature::Version => "Compare"(Version) -> Nature::Int, |v, a| compare(version(v)?, version(first(a))?);
    Nature::Version => "Equal"(Version) -> Nature::Bool, |v, a| both_versions(v, a, |a, b| a == b);
    Nature::Version => "GreaterThan"(Version) -> Nature::Bool, |v, a| both_versions(v, a, |a, b| a > b);
    Nature::Version => "GreaterThanEqual"(Version) -> Nature::Bool, |v, a| both_versions(v, a, |a, b| a >= b);
    Nature::Version => "IncMajor"() -> Nature::Version, |v, _| changed(version(v)?.increment_major());
    Nature::Version => "IncMinor"() -> Nature::Version, |v, _| changed(version(v)?.increment_minor());
    Nature::Version => "IncPatch"() -> Nature::Version, |v, _| changed(version(v)?.increment_patch());
    Nature::Version => "LessThan"(Version) -> Nature::Bool, |v, a| both_versions(v, a, |a, b| a < b);
    Nature::Version => "LessThanEqual"(Version) -> Nature::Bool, |v, a| both_versions(v, a, |a, b| a <= b);
    Nature::Version => "Major"() -> Nature::Unsigned, |v, _| unsigned(version(v)?.major());
    Nature::Version => "MarshalJSON"() -> Nature::Bytes, |v, _| as_json(v);
    Nature::Version => "MarshalText"() -> Nature::Bytes, |v, _| Ok(Value::Bytes(version(v)?.to_string().into_bytes().into()));
    Nature::Version => "Metadata"() -> Nature::Text, |v, _| text(version(v)?.metadata());
    Nature::Version => "Minor"() -> Nature::Unsigned, |v, _| unsigned(version(v)?.minor());
    Nature::Version => "Original"() -> Nature::Text, |v, _| text(version(v)?.original());
    Nature::Version => "Patch"() -> Nature::Unsigned, |v, _| unsigned(version(v)?.patch());
    Nature::Version => "Prerelease"() -> Nature::Text, |v, _| text(version(v)?.prerelease());
    Nature::Version => "SetMetadata"(Text) -> Nature::Version,
        |v, a| changed(Some(version(v)?.with_metadata(&argument_text(a)).map_err(|invalid| refused(&invalid))?));
    Nature::Version => "SetPrerelease"(Text) -> Nature::Version,
        |v, a| changed(Some(version(v)?.with_prerelease(&argument_text(a)).map_err(|invalid| refused(&invalid))?));
    Nature::Version => "String"() -> Nature::Text, |v, _| text(version(v)?.to_string());
    Nature::Version => "Value"() -> Nature::Any, |v, _| text(version(v)?.to_string());
    Nature::Structure("HTTPResponse") => "header"(Text) -> Nature::Text, |response, a| header(response, &argument_text(a));
};
