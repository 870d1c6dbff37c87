//! Server-side tables: what `kubectl get` prints.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{builtin::Kind, jsonpath::JsonPath};

/// Computes the text of a cell from an object.
pub type Cell = fn(&Value, Timestamp) -> Value;

/// A column of a built-in kind.
#[derive(Clone, Copy)]
pub struct BuiltinColumn {
    pub name: &'static str,
    /// `string`, `integer`, …
    pub kind: &'static str,
    /// Columns above 0 are shown with `-o wide` only.
    pub priority: i64,
    pub cell: Cell,
}

/// The columns of one kind, prepared for printing many objects.
#[derive(Clone)]
pub struct Columns {
    columns: Vec<Column>,
}

#[derive(Clone)]
struct Column {
    name: String,
    kind: String,
    format: String,
    description: String,
    priority: i64,
    source: Source,
}

#[derive(Clone)]
enum Source {
    Path(Option<JsonPath>),
    Function(Cell),
}

const NAME_DESCRIPTION: &str = "Name must be unique within a namespace. Is required when creating resources, although some resources may allow a client to request the generation of an appropriate name automatically. Name is primarily intended for creation idempotence and configuration definition. Cannot be updated. More info: https://kubernetes.io/docs/concepts/overview/working-with-objects/names#names";
const AGE_DESCRIPTION: &str = "CreationTimestamp is a timestamp representing the server time when this object was created. It is not guaranteed to be set in happens-before order across separate operations. Clients may not set this value. It is represented in RFC3339 form and is in UTC.\n\nPopulated by the system. Read-only. Null for lists. More info: https://git.k8s.io/community/contributors/devel/sig-architecture/api-conventions.md#metadata";

impl Columns {
    /// From `additionalPrinterColumns` of a custom resource version; none given means the age.
    pub fn custom(printer_columns: Option<&Value>) -> Self {
        let mut columns = vec![name_column()];
        let given =
            printer_columns.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        for column in given {
            let text =
                |key: &str| column.get(key).and_then(Value::as_str).unwrap_or_default().to_string();
            let description = match text("description") {
                empty if empty.is_empty() => format!(
                    "Custom resource definition column (in JSONPath format): {}",
                    text("jsonPath")
                ),
                given => given,
            };
            columns.push(Column {
                name: text("name"),
                kind: text("type"),
                format: text("format"),
                description,
                priority: column.get("priority").and_then(Value::as_i64).unwrap_or_default(),
                source: Source::Path(JsonPath::parse(&text("jsonPath")).ok()),
            });
        }
        if given.is_empty() {
            columns.push(Column {
                name: "Age".to_string(),
                kind: "date".to_string(),
                format: String::new(),
                description: AGE_DESCRIPTION.to_string(),
                priority: 0,
                source: Source::Path(JsonPath::parse(".metadata.creationTimestamp").ok()),
            });
        }
        Self { columns }
    }

    /// The columns a real server prints for a built-in kind.
    pub fn builtin(kind: &Kind) -> Self {
        let mut columns = vec![name_column()];
        if let Some(first) = kind.columns.first()
            && first.name == "Last Seen"
        {
            columns.clear();
        }
        columns.extend(kind.columns.iter().map(|column| Column {
            name: column.name.to_string(),
            kind: column.kind.to_string(),
            format: if column.name == "Name" { "name".to_string() } else { String::new() },
            description: match column.name {
                "Age" => AGE_DESCRIPTION.to_string(),
                "Name" => NAME_DESCRIPTION.to_string(),
                _ => String::new(),
            },
            priority: column.priority,
            source: Source::Function(column.cell),
        }));
        if kind.columns.is_empty() {
            columns.push(Column {
                name: "Age".to_string(),
                kind: "string".to_string(),
                format: String::new(),
                description: AGE_DESCRIPTION.to_string(),
                priority: 0,
                source: Source::Function(age),
            });
        }
        Self { columns }
    }

    /// The `columnDefinitions` of a Table.
    pub fn definitions(&self) -> Value {
        let definitions = self.columns.iter().map(|column| {
            json!({
                "name": column.name,
                "type": column.kind,
                "format": column.format,
                "description": column.description,
                "priority": column.priority,
            })
        });
        definitions.collect()
    }

    /// The `cells` of the row of one object.
    pub fn cells(&self, object: &Value, now: Timestamp) -> Vec<Value> {
        self.columns.iter().map(|column| column.cell(object, now)).collect()
    }
}

fn name_column() -> Column {
    Column {
        name: "Name".to_string(),
        kind: "string".to_string(),
        format: "name".to_string(),
        description: NAME_DESCRIPTION.to_string(),
        priority: 0,
        source: Source::Path(JsonPath::parse(".metadata.name").ok()),
    }
}

impl Column {
    fn cell(&self, object: &Value, now: Timestamp) -> Value {
        let path = match &self.source {
            Source::Function(cell) => return cell(object, now),
            Source::Path(path) => path,
        };
        let Some(found) = path.as_ref().and_then(|path| path.first(object)) else {
            return Value::Null;
        };
        typed(&self.kind, found, now)
    }
}

/// What a real server prints for a value in a column of a given type; a mismatch prints nothing.
fn typed(kind: &str, value: &Value, now: Timestamp) -> Value {
    match (kind, value) {
        ("date", Value::String(text)) => match text.parse::<Timestamp>() {
            Ok(time) => human_duration(now.as_second() - time.as_second()).into(),
            Err(_) => "<unknown>".into(),
        },
        ("integer", value) if value.is_number() => value.as_i64().map_or(Value::Null, Value::from),
        ("number", value) if value.is_number() => value.clone(),
        ("boolean", Value::Bool(_)) => value.clone(),
        ("string", Value::String(_)) => value.clone(),
        ("string", Value::Null) => Value::Null,
        ("string", value) => value.to_string().into(),
        _ => Value::Null,
    }
}

/// The age of an object.
pub fn age(object: &Value, now: Timestamp) -> Value {
    since(object.pointer("/metadata/creationTimestamp"), now)
}

/// The time since `time`, as text.
pub fn since(time: Option<&Value>, now: Timestamp) -> Value {
    match time.and_then(Value::as_str).map(str::parse::<Timestamp>) {
        Some(Ok(time)) => human_duration(now.as_second() - time.as_second()).into(),
        _ => "<unknown>".into(),
    }
}

/// kubectl's short form of a duration: `5s`, `3m10s`, `7d2h`.
pub fn human_duration(seconds: i64) -> String {
    const MINUTE: i64 = 60;
    const HOUR: i64 = 60 * MINUTE;
    const DAY: i64 = 24 * HOUR;
    const YEAR: i64 = 365 * DAY;
    if seconds < -1 {
        return "<invalid>".to_string();
    }
    let seconds = seconds.max(0);
    let two = |whole: i64, unit: &str, rest: i64, small: &str| {
        if rest == 0 { format!("{whole}{unit}") } else { format!("{whole}{unit}{rest}{small}") }
    };
    match seconds {
        _ if seconds < 2 * MINUTE => format!("{seconds}s"),
        _ if seconds < 10 * MINUTE => two(seconds / MINUTE, "m", seconds % MINUTE, "s"),
        _ if seconds < 3 * HOUR => format!("{}m", seconds / MINUTE),
        _ if seconds < 8 * HOUR => two(seconds / HOUR, "h", seconds % HOUR / MINUTE, "m"),
        _ if seconds < 2 * DAY => format!("{}h", seconds / HOUR),
        _ if seconds < 8 * DAY => two(seconds / DAY, "d", seconds % DAY / HOUR, "h"),
        _ if seconds < 2 * YEAR => format!("{}d", seconds / DAY),
        _ if seconds < 8 * YEAR => two(seconds / YEAR, "y", seconds % YEAR / DAY, "d"),
        _ => format!("{}y", seconds / YEAR),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_like_kubectls() {
        let cases = [
            (-5, "<invalid>"),
            (-1, "0s"),
            (0, "0s"),
            (119, "119s"),
            (120, "2m"),
            (185, "3m5s"),
            (600, "10m"),
            (3 * 3600 - 1, "179m"),
            (3 * 3600, "3h"),
            (3 * 3600 + 60, "3h1m"),
            (9 * 3600, "9h"),
            (47 * 3600, "47h"),
            (50 * 3600, "2d2h"),
            (8 * 86400, "8d"),
            (800 * 86400, "2y70d"),
            (9 * 365 * 86400, "9y"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(human_duration(seconds), expected, "{seconds}");
        }
    }

    #[test]
    fn custom_columns_print_typed_cells() {
        let now: Timestamp = "2026-01-01T01:00:00Z".parse().unwrap();
        let columns = Columns::custom(Some(&json!([
            {"name": "Ready", "type": "string", "jsonPath": ".status.conditions[?(@.type==\"Ready\")].status"},
            {"name": "Count", "type": "integer", "jsonPath": ".spec.count", "priority": 1},
            {"name": "Wrong", "type": "integer", "jsonPath": ".metadata.name"},
            {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
        ])));
        let object = json!({
            "metadata": {"name": "x", "creationTimestamp": "2026-01-01T00:00:00Z"},
            "spec": {"count": 3},
            "status": {"conditions": [{"type": "Ready", "status": "True"}]},
        });
        assert_eq!(json!(columns.cells(&object, now)), json!(["x", "True", 3, null, "60m"]));
        assert_eq!(json!(columns.cells(&json!({}), now)), json!([null, null, null, null, null]));
        let definitions = columns.definitions();
        assert_eq!(definitions[0]["format"], "name");
        assert_eq!(definitions[2]["priority"], 1);
        assert_eq!(definitions[4]["type"], "date");
        assert_eq!(json!(Columns::custom(None).cells(&object, now)), json!(["x", "60m"]));
    }
}
