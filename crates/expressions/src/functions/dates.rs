//! Dates and durations.

use super::Call;
use crate::clock_time::{self, Zone};
use crate::go_text;
use crate::nature::Nature;
use crate::operators::Outcome;
use crate::value::{Value, readable};

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

fn zone(call: &Call<'_>, name: &[u8]) -> Result<Zone, crate::error::Refusal> {
    let name = readable(name);
    Zone::find(&name)
        .ok_or_else(|| call.refuse(&format!("{name:?} is no timezone such as \"Europe/Zurich\"")))
}

pub(super) fn timezone(call: Call<'_>) -> Outcome {
    zone(&call, call.text(0)?).map(Value::Zone)
}

/// `date([zone,] text [, layout [, zone name]])`.
pub(super) fn date(call: Call<'_>) -> Outcome {
    let (given, skip) = match call.argument(0) {
        Value::Zone(zone) => (Some(zone.clone()), 1),
        _ => (None, 0),
    };
    let text = readable(call.text(skip)?);
    let refuse = || call.refuse(&format!("{text:?} is no date of a known layout"));
    let read = |layout: &str, zone: Option<&Zone>| clock_time::parse(layout, &text, zone);
    let parsed = match call.arguments.len() - skip {
        0 | 1 => LAYOUTS.iter().find_map(|layout| read(layout, given.as_ref())),
        2 => read(&readable(call.text(skip + 1)?), given.as_ref()),
        3 => {
            let named = zone(&call, call.text(skip + 2)?)?;
            read(&readable(call.text(skip + 1)?), Some(&named))
        }
        // Go falls back to the known layouts.
        _ => LAYOUTS.iter().find_map(|layout| read(layout, given.as_ref())),
    };
    parsed.map(Value::Time).ok_or_else(refuse)
}
