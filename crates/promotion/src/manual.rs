//! The manual of the steps, from their module comments and schemas: the pages under
//! `docs/reference/steps/` and what `kargo explain step` prints.

use serde_json::Value;

use crate::{
    step::{Reach, Step},
    steps::{self, STEPS},
};

/// Fields are listed this deep; configurations are not deeper.
const DEEPEST: usize = 6;

/// The manual page of a step, as Markdown.
pub fn page(step: &Step) -> String {
    let (head, rest) = split(&text(step));
    let mut page = head;
    page.truncate(page.trim_end().len());
    page.push_str(&format!("\n\n**Reach**: {}.\n\n## Configuration\n\n", reach(step.reach)));
    let mut rows = Vec::new();
    let schema = (step.schema)().to_value();
    fields(&schema, &schema, "", 0, &mut rows);
    if rows.is_empty() {
        page.push_str("Any fields.\n");
    } else {
        page.push_str("| Field | Type | Meaning |\n|---|---|---|\n");
        for row in rows {
            let required = if row.required { " (required)" } else { "" };
            page.push_str(&format!(
                "| `{}` | {}{required} | {} |\n",
                row.name, row.kind, row.meaning
            ));
        }
    }
    if !rest.is_empty() {
        page.push('\n');
        page.push_str(&rest);
    }
    page
}

/// What `kargo explain step NAME` prints; the list of steps when there is no such step.
pub fn explain(name: &str) -> Result<String, String> {
    steps::find(name).map(page).ok_or_else(|| {
        let names: Vec<_> = STEPS.iter().map(|step| step.name).collect();
        format!("there is no step `{name}`; there are {}", names.join(", "))
    })
}

/// One line per step: name and what it does.
pub fn index() -> Vec<(&'static str, String)> {
    STEPS.iter().map(|step| (step.name, summary(step))).collect()
}

/// The first sentence of the page.
pub fn summary(step: &Step) -> String {
    let text = text(step);
    text.lines().skip(1).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
}

/// The examples of the page: its YAML blocks.
pub fn examples(step: &Step) -> Vec<String> {
    let text = text(step);
    text.split("```yaml\n")
        .skip(1)
        .filter_map(|part| part.split("```").next())
        .map(str::to_owned)
        .collect()
}

/// The module comment without its markers.
fn text(step: &Step) -> String {
    let mut text = String::new();
    for line in step.source.lines().map_while(|line| line.strip_prefix("//!")) {
        text.push_str(line.strip_prefix(' ').unwrap_or(line));
        text.push('\n');
    }
    text
}

/// The page up to its first section, and the sections.
fn split(text: &str) -> (String, String) {
    match text.find("\n## ") {
        Some(at) => (text[..=at].to_owned(), text[at + 1..].to_owned()),
        None => (text.to_owned(), String::new()),
    }
}

fn reach(reach: Reach) -> &'static str {
    match reach {
        Reach::Pure => "computes only",
        Reach::WorkDir => "changes files in the work directory",
        Reach::Reads => "reads from outside; a dry run does so as well",
        Reach::Writes => "changes something outside; left out of a dry run",
    }
}

/// One field of a configuration.
#[derive(Clone, Debug)]
pub struct FieldRow {
    /// Dotted, with `[]` for items.
    pub name: String,
    /// Its type in words.
    pub kind: String,
    /// Whether it must be there.
    pub required: bool,
    /// Its description.
    pub meaning: String,
}

fn fields(root: &Value, schema: &Value, prefix: &str, depth: usize, rows: &mut Vec<FieldRow>) {
    let schema = resolve(root, schema);
    let required = schema["required"].as_array().cloned().unwrap_or_default();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let resolved = resolve(root, property);
        let description = property["description"].as_str().or(resolved["description"].as_str());
        let row = FieldRow {
            name: format!("{prefix}{name}"),
            kind: kind(root, resolved),
            required: required.iter().any(|field| field == name.as_str()),
            meaning: description.unwrap_or_default().replace('\n', " ").replace('|', "\\|"),
        };
        let below = match resolved["items"].is_object() {
            true => Some((format!("{}[].", row.name), &resolved["items"])),
            false => {
                resolved["properties"].is_object().then(|| (format!("{}.", row.name), resolved))
            }
        };
        rows.push(row);
        if let Some((prefix, schema)) = below
            && depth < DEEPEST
        {
            fields(root, schema, &prefix, depth + 1, rows);
        }
    }
}

/// Every field of a step's configuration.
pub fn field_rows(step: &Step) -> Vec<FieldRow> {
    let schema = (step.schema)().to_value();
    let mut rows = Vec::new();
    fields(&schema, &schema, "", 0, &mut rows);
    rows
}

fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    let reference = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    reference.and_then(|pointer| root.pointer(pointer)).unwrap_or(schema)
}

fn kind(root: &Value, schema: &Value) -> String {
    if let Some(choices) = schema["enum"].as_array() {
        let choices: Vec<_> = choices.iter().filter_map(Value::as_str).collect();
        return format!("`{}`", choices.join("`, `"));
    }
    match &schema["type"] {
        Value::String(kind) if kind == "array" => {
            format!("list of {}", kind_of_items(root, &schema["items"]))
        }
        Value::String(kind) => kind.clone(),
        Value::Array(kinds) => {
            let kinds: Vec<_> =
                kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null").collect();
            kinds.join(" or ")
        }
        _ => "anything".to_owned(),
    }
}

fn kind_of_items(root: &Value, items: &Value) -> String {
    kind(root, resolve(root, items))
}
