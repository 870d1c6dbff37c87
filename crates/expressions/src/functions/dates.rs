//! Dates and durations.

use std::borrow::Cow;

use super::Call;
use crate::clock_time::{self, Zone};
use crate::go_text;
use crate::nature::Nature;
use crate::operators::Outcome;
use crate::value::{Value, readable};

/// Steps that reading a time zone counts for, and looking for an abbreviation in it.
const ZONE_STEPS: usize = 400;
const ABBREVIATION_STEPS: usize = 2_000;

/// What `date` tries without a layout.
const LAYOUTS: [&str; 7] = [
    "2006-01-02",
    "15:04:05",
    "2006-01-02 15:04:05",
    "2006-01-02T15:04:05Z07:00",
    "02 Jan 06 15:04 MST",
    "Monday, 02-Jan-06 15:04:05 MST",
    "Mon, 02 Jan 2006 15:04:05 MST",
];

pub(super) fn check_date(name: &'static str, arguments: &[Nature]) -> Result<Nature, String> {
    let zone = usize::from(matches!(arguments.first(), Some(Nature::Zone)));
    if arguments.is_empty() || arguments.len() - zone > 3 {
        return Err(format!("{name}() takes 1 to 3 arguments, not {}", arguments.len()));
    }
    Ok(Nature::Time)
}

pub(super) fn check_now(name: &'static str, arguments: &[Nature]) -> Result<Nature, String> {
    match arguments {
        [] | [Nature::Zone] => Ok(Nature::Time),
        _ => Err(format!("{name}() takes no argument, or a timezone")),
    }
}

pub(super) fn now(call: Call<'_>) -> Outcome {
    let now = call.scope.now().ok_or_else(|| call.refuse("the time is not known here"))?;
    Ok(Value::Time(match call.argument(0) {
        Value::Zone(zone) => now.in_zone(zone.clone()),
        _ => now.clone(),
    }))
}

pub(super) fn duration(call: Call<'_>) -> Outcome {
    let text = call.text(0)?;
    go_text::parse_duration(text).map(Value::Duration).ok_or_else(|| {
        call.refuse(&format!("{:?} is no duration such as \"1h30m\" or \"250ms\"", readable(text)))
    })
}

fn zone(call: &mut Call<'_>, name: &[u8]) -> Result<Zone, crate::error::Refusal> {
    call.budget.steps(ZONE_STEPS)?;
    let name = readable(name);
    Zone::find(&name)
        .ok_or_else(|| call.refuse(&format!("{name:?} is no timezone such as \"Europe/Zurich\"")))
}

pub(super) fn timezone(mut call: Call<'_>) -> Outcome {
    let name = call.text(0)?;
    zone(&mut call, name).map(Value::Zone)
}

/// `date([zone,] text [, layout [, zone name]])`.
pub(super) fn date(mut call: Call<'_>) -> Outcome {
    let (mut given, skip) = match call.argument(0) {
        Value::Zone(zone) => (Some(zone.clone()), 1),
        _ => (None, 0),
    };
    let arguments = call.arguments.len() - skip;
    let text = readable(call.text(skip)?);
    let layout =
        if matches!(arguments, 2 | 3) { readable(call.text(skip + 1)?) } else { Cow::Borrowed("") };
    if arguments == 3 {
        let name = call.text(skip + 2)?;
        given = Some(zone(&mut call, name)?);
    }
    let abbreviation =
        if given.is_some() && layout.contains("MST") { ABBREVIATION_STEPS } else { 0 };
    call.budget.steps(layout.len() / 2 + abbreviation)?;
    let refuse = || call.refuse(&format!("{text:?} is no date of a known layout"));
    let read = |layout: &str, zone: Option<&Zone>| clock_time::parse(layout, &text, zone);
    let parsed = match arguments {
        0 | 1 => LAYOUTS.iter().find_map(|layout| read(layout, given.as_ref())),
        2 | 3 => read(&layout, given.as_ref()),
        // Go falls back to the known layouts.
        _ => LAYOUTS.iter().find_map(|layout| read(layout, given.as_ref())),
    };
    parsed.map(Value::Time).ok_or_else(refuse)
}
