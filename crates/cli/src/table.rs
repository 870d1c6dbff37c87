//! Tables for people: columns, cells and ages.

use api::{Timestamp, annotations, condition, labels};
use comfy_table::{Cell, Color, ContentArrangement, Table, presets};
use serde_json::Value;

use crate::console::Console;

/// One column: a heading and how a cell is made from an object.
#[derive(Clone, Copy)]
pub(crate) struct Column {
    heading: &'static str,
    cell: Content,
}

#[derive(Clone, Copy)]
enum Content {
    Pointer(&'static str),
    Made(fn(&Value, Timestamp) -> String),
}

impl Column {
    pub(crate) const NAME: Self = Self::text("NAME", "/metadata/name");
    pub(crate) const AGE: Self = Self::made("AGE", age_of);
    pub(crate) const READY: Self = Self::made("READY", |object, _| ready(object, "status"));
    pub(crate) const STATUS: Self = Self::made("STATUS", |object, _| ready(object, "message"));
    pub(crate) const ORIGIN: Self = Self::made("ORIGIN", origin);
    pub(crate) const ARTIFACTS: Self = Self::made("ARTIFACTS", artifacts);
    pub(crate) const PROMOTION_SHARD: Self =
        Self::made("SHARD", |object, _| in_map(object, "/metadata/labels", labels::SHARD));
    pub(crate) const CREDENTIAL_TYPE: Self =
        Self::made("TYPE", |object, _| in_map(object, "/metadata/labels", labels::CREDENTIAL_TYPE));
    pub(crate) const DESCRIPTION: Self = Self::made("DESCRIPTION", |object, _| {
        in_map(object, "/metadata/annotations", annotations::DESCRIPTION)
    });
    pub(crate) const REPOSITORY: Self = Self::made("REPO", |object, _| {
        let plain = text(object, "/stringData/repoURL");
        if plain.is_empty() { text(object, "/data/repoURL") } else { plain }
    });

    /// A column with what stands at a place in the object.
    pub(crate) const fn text(heading: &'static str, pointer: &'static str) -> Self {
        Self { heading, cell: Content::Pointer(pointer) }
    }

    const fn made(heading: &'static str, make: fn(&Value, Timestamp) -> String) -> Self {
        Self { heading, cell: Content::Made(make) }
    }

    fn cell(&self, object: &Value, now: Timestamp) -> String {
        match self.cell {
            Content::Pointer(pointer) => text(object, pointer),
            Content::Made(make) => make(object, now),
        }
    }
}

/// The text at a place in an object; empty when there is none.
pub(crate) fn text(object: &Value, pointer: &str) -> String {
    match object.pointer(pointer) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(flag)) => flag.to_string(),
        _ => String::new(),
    }
}

fn in_map(object: &Value, pointer: &str, key: &str) -> String {
    let value = object.pointer(pointer).and_then(|map| map.get(key)).and_then(Value::as_str);
    value.unwrap_or_default().to_owned()
}

fn ready(object: &Value, field: &str) -> String {
    let conditions = object.pointer("/status/conditions").and_then(Value::as_array);
    let ready = conditions.into_iter().flatten().find(|one| one["type"] == condition::READY);
    ready.map_or_else(String::new, |ready| text(ready, &format!("/{field}")))
}

fn origin(object: &Value, _: Timestamp) -> String {
    match (text(object, "/origin/kind"), text(object, "/origin/name")) {
        (kind, name) if kind.is_empty() && name.is_empty() => String::new(),
        (kind, name) => format!("{kind}/{name}"),
    }
}

/// What is in a piece of Freight, in a few words.
fn artifacts(object: &Value, _: Timestamp) -> String {
    let list = |field: &str| object.get(field).and_then(Value::as_array).into_iter().flatten();
    let last = |url: String| {
        let url = url.trim_end_matches('/').trim_end_matches(".git");
        url.rsplit('/').next().unwrap_or(url).to_owned()
    };
    let mut words = Vec::new();
    words.extend(
        list("images")
            .map(|image| format!("{}:{}", last(text(image, "/repoURL")), text(image, "/tag"))),
    );
    words.extend(list("charts").map(|chart| {
        let name = text(chart, "/name");
        let name = if name.is_empty() { last(text(chart, "/repoURL")) } else { name };
        format!("{name}:{}", text(chart, "/version"))
    }));
    words.extend(list("commits").map(|commit| {
        let tag = text(commit, "/tag");
        let id: String = text(commit, "/id").chars().take(7).collect();
        format!("{}@{}", last(text(commit, "/repoURL")), if tag.is_empty() { id } else { tag })
    }));
    words.extend(
        list("artifacts")
            .map(|one| format!("{}:{}", text(one, "/subscriptionName"), text(one, "/version"))),
    );
    words.join(", ")
}

fn age_of(object: &Value, now: Timestamp) -> String {
    let created = text(object, "/metadata/creationTimestamp").parse::<Timestamp>();
    created.map_or_else(
        |_| "<unknown>".to_owned(),
        |created| age(now.as_second() - created.as_second()),
    )
}

/// Seconds in the two units that matter, as kubectl shows them.
pub(crate) fn age(seconds: i64) -> String {
    let seconds = seconds.max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86_400);
    let two = |whole: i64, unit: char, rest: i64, small: char| {
        if rest == 0 { format!("{whole}{unit}") } else { format!("{whole}{unit}{rest}{small}") }
    };
    match seconds {
        0..120 => format!("{seconds}s"),
        120..600 => two(minutes, 'm', seconds % 60, 's'),
        600..10_800 => format!("{minutes}m"),
        10_800..28_800 => two(hours, 'h', minutes % 60, 'm'),
        28_800..172_800 => format!("{hours}h"),
        172_800..691_200 => two(days, 'd', hours % 24, 'h'),
        691_200..63_072_000 => format!("{days}d"),
        _ => two(days / 365, 'y', days % 365, 'd'),
    }
}

/// A table of objects.
pub(crate) fn render(
    columns: &[Column],
    objects: &[Value],
    no_headers: bool,
    console: &Console,
    now: Timestamp,
) -> String {
    let headings = (!no_headers).then(|| columns.iter().map(|column| column.heading).collect());
    let rows = objects
        .iter()
        .map(|object| columns.iter().map(|column| column.cell(object, now)).collect())
        .collect();
    lay_out(headings, rows, console)
}

/// A table of texts, without lines, in columns.
pub(crate) fn lay_out(
    headings: Option<Vec<&str>>,
    rows: Vec<Vec<String>>,
    console: &Console,
) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    // On a terminal long cells are folded; its width is found out when it was not told.
    let arrangement = if console.is_terminal {
        ContentArrangement::Dynamic
    } else {
        ContentArrangement::Disabled
    };
    table.set_content_arrangement(arrangement);
    if let Some(width) = console.width.filter(|width| *width >= 40) {
        table.set_width(width);
    }
    if console.color {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    if let Some(headings) = headings {
        table.set_header(headings);
    }
    for row in rows {
        table.add_row(row.iter().map(|text| cell(text)));
    }
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table.trim_fmt()
}

fn cell(text: &str) -> Cell {
    let cell = Cell::new(text);
    match text {
        "Healthy" | "Succeeded" | "Successful" | "True" => cell.fg(Color::Green),
        "Unhealthy" | "Failed" | "Errored" | "Error" | "False" => cell.fg(Color::Red),
        "Running" | "Progressing" | "Pending" => cell.fg(Color::Yellow),
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kinds::Kind;
    use serde_json::json;

    fn plain() -> Console {
        Console { color: false, is_terminal: false, width: None }
    }

    fn now() -> Timestamp {
        "2026-01-02T03:04:05Z".parse().unwrap()
    }

    #[test]
    fn ages() {
        for (seconds, text) in [
            (-5, "0s"),
            (119, "119s"),
            (120, "2m"),
            (185, "3m5s"),
            (3600, "60m"),
            (10_860, "3h1m"),
            (90_000, "25h"),
            (180_000, "2d2h"),
            (864_000, "10d"),
            (70_000_000, "2y80d"),
        ] {
            assert_eq!(age(seconds), text);
        }
    }

    #[test]
    fn stages_and_freight() {
        let stage = json!({
            "metadata": { "name": "test", "creationTimestamp": "2026-01-02T03:00:00Z" },
            "spec": {},
            "status": {
                "freightSummary": "abc", "health": { "status": "Healthy" },
                "conditions": [{ "type": "Ready", "status": "True", "message": "all is well" }],
            },
        });
        insta::assert_snapshot!(render(Kind::Stage.columns(), &[stage], false, &plain(), now()), @r"
        NAME  SHARD  CURRENT FREIGHT  HEALTH   READY  STATUS       AGE
        test         abc              Healthy  True   all is well  4m5s
        ");
        let freight = json!({
            "metadata": { "name": "f1" }, "alias": "calm-owl",
            "origin": { "kind": "Warehouse", "name": "app" },
            "images": [{ "repoURL": "registry.example.com/app", "tag": "1.2.3" }],
            "commits": [{ "repoURL": "https://git.example.com/config.git", "id": "0123456789" }],
        });
        insta::assert_snapshot!(render(Kind::Freight.columns(), &[freight], true, &plain(), now()), @"f1  calm-owl  Warehouse/app  app:1.2.3, config@0123456  <unknown>");
    }
}
