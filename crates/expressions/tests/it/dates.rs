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
        date("2023 046", "2006 002") => "2023-02-15T00:00:00Z"
        date("2023  46", "2006 __2") => "2023-02-15T00:00:00Z"
        date("2023 7", "2006 __2") => "2023-01-07T00:00:00Z"
        date("2023 7", "2006 002") => error: no date
        date("24 Dec 2023 14:00 CET", "2 Jan 2006 15:04 MST", "Europe/Vienna") => "2023-12-24T14:00:00+01:00"
        date("24 Dec 2023 14:00 CEST", "2 Jan 2006 15:04 MST", "Europe/Vienna") => "2023-12-24T13:00:00+01:00"
        date("24 Dec 2023 14:00 PST", "2 Jan 2006 15:04 MST", "Europe/Vienna").Unix() => 1703426400
        date("2262-04-12").UnixNano() => -9223371273709551616
        date("2024-01-01").Local().Location().String() + timezone("Local").String() => "LocalLocal"
        date("2024-01-01").Local() == date("2024-01-01") => true
        string(date("2024-01-01").Local()) => "2024-01-01 00:00:00 +0000 UTC"
        string(fromBase64(toBase64(string(date("2024-01-01").MarshalText())))) => "[50 48 50 52 45 48 49 45 48 49 84 48 48 58 48 48 58 48 48 90]"
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
