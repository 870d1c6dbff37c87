//! Dates, durations and time zones.

use super::{check, scope};

#[test]
fn dates() {
    check(
        &scope(),
        r#"
        now().Year() => 2024
        now().Sub(date("2024-06-01")).String() => "12h0m0.5s"
        string(date("2024-02-29T13:45:06+01:00")) => "2024-02-29 13:45:06 +0100 +0100"
        date("2024-02-29").AddDate(1, 0, 0).Format("2006-01-02") => "2025-03-01"
        date("2024-03-01") - date("2024-02-28") == duration("48h") => true
        date("2024-07-01 12:00:00").In(timezone("America/New_York")).Hour() => 8
        date("2024-03-31 02:30:00", "2006-01-02 15:04:05", "Europe/Zurich") => "2024-03-31T03:30:00+02:00"
        date("02 Jan 06 15:04 MST") => "2006-01-02T15:04:00Z"
        date("x") => error: no date
        timezone("Nowhere/City") => error: no timezone
        date("2024-02-30") => error: no date
        string(date("2024-01-01").Month()) + string(date("2024-01-01").Weekday()) => "JanuaryMonday"
        date("2024-01-01").ISOWeek() => 2024
        date("2024-12-31").YearDay() => 366
        date("2024-01-01") < now() => true
        "#,
    );
}

#[test]
fn durations() {
    check(
        &scope(),
        r#"
        string(duration("90m")) => "1h30m0s"
        string(duration("1500us")) => "1.5ms"
        string(duration("-1h0.5s")) => "-1h0m0.5s"
        duration("1h").Minutes() => 60
        duration("1h") * 2 => 7200000000000
        duration("1h") / 2 => error: duration / int
        duration("1 hour") => error: no duration
        duration("1h1m1s").Truncate(duration("1h")).String() => "1h0m0s"
        duration("1h31m").Round(duration("1h")).String() => "2h0m0s"
        "#,
    );
}
