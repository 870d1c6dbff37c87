//! The subset of Kubernetes JSONPath used by printer columns.

use serde_json::Value;

/// Longest path accepted.
const MAX_LENGTH: usize = 4096;
/// Most values one path may select.
const MAX_RESULTS: usize = 10_000;

/// One step of a compiled path.
#[derive(Clone, Debug, PartialEq)]
enum Step {
    Field(String),
    /// `[*]` or `.*`
    Every,
    /// `..`
    Below,
    Index(i64),
    /// `[from:to:by]`
    Slice(Option<i64>, Option<i64>, Option<i64>),
    /// `[0,2]` or `['a','b']`
    Union(Vec<Self>),
    /// `[?(@.left == right)]`
    Filter(Operand, Option<(Comparison, Operand)>),
}

#[derive(Clone, Debug, PartialEq)]
enum Operand {
    Path(Vec<Step>),
    Literal(Value),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A compiled path such as `.status.conditions[?(@.type=="Ready")].status`.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonPath {
    steps: Vec<Step>,
}

impl JsonPath {
    pub fn parse(text: &str) -> Result<Self, String> {
        if text.len() > MAX_LENGTH {
            return Err(format!("path is longer than {MAX_LENGTH} bytes"));
        }
        let inner = text.trim();
        let inner =
            inner.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(inner);
        let inner = inner.strip_prefix('$').unwrap_or(inner);
        let mut parser = Parser { rest: inner, depth: 0 };
        Ok(Self { steps: parser.steps()? })
    }

    /// All values the path selects.
    pub fn select<'a>(&self, value: &'a Value) -> Vec<&'a Value> {
        follow(&self.steps, value)
    }

    /// The first value the path selects.
    pub fn first<'a>(&self, value: &'a Value) -> Option<&'a Value> {
        self.select(value).into_iter().next()
    }
}

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Parser<'a> {
    fn take(&mut self, prefix: &str) -> bool {
        match self.rest.strip_prefix(prefix) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn steps(&mut self) -> Result<Vec<Step>, String> {
        let mut steps = Vec::new();
        while !self.rest.is_empty() {
            if self.take("..") {
                steps.push(Step::Below);
                if !self.rest.starts_with('[') {
                    steps.push(self.name()?);
                }
            } else if self.take(".") {
                if !self.rest.is_empty() && !self.rest.starts_with('[') {
                    steps.push(self.name()?);
                }
            } else if self.take("[") {
                let inner = self.bracket()?;
                steps.push(self.bracketed(inner)?);
            } else if steps.is_empty() {
                steps.push(self.name()?);
            } else {
                return Err(format!(
                    "unrecognized character in path: {}",
                    self.rest.chars().next().unwrap_or_default()
                ));
            }
        }
        Ok(steps)
    }

    fn name(&mut self) -> Result<Step, String> {
        if self.take("*") {
            return Ok(Step::Every);
        }
        let mut name = String::new();
        let mut end = self.rest.len();
        let mut escaped = false;
        for (place, letter) in self.rest.char_indices() {
            match letter {
                _ if escaped => {
                    escaped = false;
                    name.push(letter);
                }
                '\\' => escaped = true,
                '.' | '[' | ']' | ' ' | '=' | '!' | '<' | '>' | ')' => {
                    end = place;
                    break;
                }
                other => name.push(other),
            }
        }
        self.rest = &self.rest[end..];
        if name.is_empty() {
            Err("path has an empty field name".to_string())
        } else {
            Ok(Step::Field(name))
        }
    }

    /// The text up to the matching bracket.
    fn bracket(&mut self) -> Result<&'a str, String> {
        let (mut depth, mut quoted) = (1, None);
        for (place, letter) in self.rest.char_indices() {
            match (quoted, letter) {
                (Some(quote), letter) if letter == quote => quoted = None,
                (Some(_), _) => {}
                (None, '"' | '\'') => quoted = Some(letter),
                (None, '[') => depth += 1,
                (None, ']') => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                let inner = &self.rest[..place];
                self.rest = &self.rest[place + 1..];
                return Ok(inner);
            }
        }
        Err("unterminated array".to_string())
    }

    fn bracketed(&mut self, inner: &str) -> Result<Step, String> {
        let inner = inner.trim();
        if inner == "*" {
            return Ok(Step::Every);
        }
        if let Some(filter) = inner.strip_prefix("?(").and_then(|rest| rest.strip_suffix(')')) {
            return self.filter(filter);
        }
        if let Some(name) = unquote(inner) {
            return Ok(Step::Field(name));
        }
        if inner.contains(',') {
            return inner
                .split(',')
                .map(|part| self.bracketed(part))
                .collect::<Result<_, _>>()
                .map(Step::Union);
        }
        let number = |text: &str| {
            text.trim().parse::<i64>().map_err(|_| format!("invalid array index {text}"))
        };
        if !inner.contains(':') {
            return number(inner).map(Step::Index);
        }
        let mut bounds = inner
            .split(':')
            .map(|part| if part.trim().is_empty() { Ok(None) } else { number(part).map(Some) });
        let mut bound = || bounds.next().unwrap_or(Ok(None));
        Ok(Step::Slice(bound()?, bound()?, bound()?))
    }

    fn filter(&mut self, text: &str) -> Result<Step, String> {
        if self.depth > 4 {
            return Err("filters are nested too deep".to_string());
        }
        const COMPARISONS: [(&str, Comparison); 6] = [
            ("==", Comparison::Equal),
            ("!=", Comparison::NotEqual),
            ("<=", Comparison::LessOrEqual),
            (">=", Comparison::GreaterOrEqual),
            ("<", Comparison::Less),
            (">", Comparison::Greater),
        ];
        let found = COMPARISONS.iter().filter_map(|(sign, comparison)| {
            text.find(sign).map(|place| (place, *sign, *comparison))
        });
        match found.min_by_key(|(place, sign, _)| (*place, std::cmp::Reverse(sign.len()))) {
            None => Ok(Step::Filter(self.operand(text)?, None)),
            Some((place, sign, comparison)) => {
                let left = self.operand(&text[..place])?;
                let right = self.operand(&text[place + sign.len()..])?;
                Ok(Step::Filter(left, Some((comparison, right))))
            }
        }
    }

    fn operand(&self, text: &str) -> Result<Operand, String> {
        let text = text.trim();
        if let Some(path) = text.strip_prefix('@') {
            return Parser { rest: path, depth: self.depth + 1 }.steps().map(Operand::Path);
        }
        if let Some(text) = unquote(text) {
            return Ok(Operand::Literal(text.into()));
        }
        serde_json::from_str(text)
            .map(Operand::Literal)
            .map_err(|_| format!("unrecognized value in filter: {text}"))
    }
}

fn unquote(text: &str) -> Option<String> {
    let mut letters = text.chars();
    let quote = letters.next().filter(|quote| matches!(quote, '"' | '\''))?;
    let inner = text.get(1..)?.strip_suffix(quote)?;
    Some(inner.replace(&format!("\\{quote}"), &quote.to_string()))
}

fn follow<'a>(steps: &[Step], value: &'a Value) -> Vec<&'a Value> {
    let mut found = vec![value];
    for step in steps {
        let mut next = Vec::new();
        for value in found {
            take(step, value, &mut next);
            if next.len() > MAX_RESULTS {
                next.truncate(MAX_RESULTS);
                break;
            }
        }
        found = next;
    }
    found
}

fn take<'a>(step: &Step, value: &'a Value, out: &mut Vec<&'a Value>) {
    match (step, value) {
        (Step::Field(name), Value::Object(fields)) => out.extend(fields.get(name)),
        (Step::Every, Value::Object(fields)) => out.extend(fields.values()),
        (Step::Every, Value::Array(items)) => out.extend(items),
        (Step::Below, _) => below(value, out),
        (Step::Index(index), Value::Array(items)) => {
            out.extend(place(*index, items.len()).and_then(|place| items.get(place)));
        }
        (Step::Slice(from, to, by), Value::Array(items)) => slice(*from, *to, *by, items, out),
        (Step::Union(parts), _) => parts.iter().for_each(|part| take(part, value, out)),
        (Step::Filter(left, test), Value::Array(items)) => {
            out.extend(items.iter().filter(|item| passes(left, test.as_ref(), item)));
        }
        (Step::Filter(left, test), Value::Object(fields)) => {
            out.extend(fields.values().filter(|item| passes(left, test.as_ref(), item)));
        }
        _ => {}
    }
}

/// JSON read from the wire nests at most 128 levels, so recursion is bounded.
fn below<'a>(value: &'a Value, out: &mut Vec<&'a Value>) {
    if out.len() > MAX_RESULTS {
        return;
    }
    out.push(value);
    match value {
        Value::Object(fields) => fields.values().for_each(|value| below(value, out)),
        Value::Array(items) => items.iter().for_each(|value| below(value, out)),
        _ => {}
    }
}

fn place(index: i64, length: usize) -> Option<usize> {
    let length = i64::try_from(length).ok()?;
    usize::try_from(if index < 0 { index + length } else { index }).ok()
}

fn slice<'a>(
    from: Option<i64>,
    to: Option<i64>,
    by: Option<i64>,
    items: &'a [Value],
    out: &mut Vec<&'a Value>,
) {
    let start = place(from.unwrap_or(0), items.len()).unwrap_or(0);
    let end = to.map_or(items.len(), |to| place(to, items.len()).unwrap_or(0)).min(items.len());
    let by = by.and_then(|by| usize::try_from(by).ok()).filter(|by| *by > 0).unwrap_or(1);
    if start < end {
        out.extend(items[start..end].iter().step_by(by));
    }
}

fn passes(left: &Operand, test: Option<&(Comparison, Operand)>, item: &Value) -> bool {
    let Some((comparison, right)) = test else {
        return resolve(left, item).is_some();
    };
    let (Some(left), Some(right)) = (resolve(left, item), resolve(right, item)) else {
        return false;
    };
    let order = match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64().partial_cmp(&right.as_f64()),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        (left, right) if left == right => Some(std::cmp::Ordering::Equal),
        _ => None,
    };
    match (comparison, order) {
        (Comparison::Equal, order) => order == Some(std::cmp::Ordering::Equal),
        (Comparison::NotEqual, order) => order != Some(std::cmp::Ordering::Equal),
        (_, None) => false,
        (Comparison::Less, Some(order)) => order.is_lt(),
        (Comparison::LessOrEqual, Some(order)) => order.is_le(),
        (Comparison::Greater, Some(order)) => order.is_gt(),
        (Comparison::GreaterOrEqual, Some(order)) => order.is_ge(),
    }
}

fn resolve<'a>(operand: &'a Operand, item: &'a Value) -> Option<&'a Value> {
    match operand {
        Operand::Literal(value) => Some(value),
        Operand::Path(steps) => follow(steps, item).into_iter().next(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn selects() {
        let value = json!({
            "metadata": {"name": "x", "annotations": {"a.b/c": "dotted"}},
            "status": {"conditions": [
                {"type": "Ready", "status": "True", "n": 3},
                {"type": "Healthy", "status": "False", "n": 5}
            ]}
        });
        let cases = [
            (".metadata.name", json!(["x"])),
            ("{.metadata.name}", json!(["x"])),
            ("metadata.name", json!(["x"])),
            (r".metadata.annotations.a\.b/c", json!(["dotted"])),
            (".metadata.annotations['a.b/c']", json!(["dotted"])),
            (r#".status.conditions[?(@.type=="Ready")].status"#, json!(["True"])),
            (".status.conditions[?(@.type == 'Healthy')].status", json!(["False"])),
            (".status.conditions[?(@.n>3)].type", json!(["Healthy"])),
            (".status.conditions[?(@.n>=3)].type", json!(["Ready", "Healthy"])),
            (".status.conditions[?(@.type!=\"Ready\")].n", json!([5])),
            (".status.conditions[-1].n", json!([5])),
            (".status.conditions[*].n", json!([3, 5])),
            (".status.conditions[0:1].n", json!([3])),
            (".status.conditions[0,1].n", json!([3, 5])),
            ("..n", json!([3, 5])),
            (".status.conditions[?(@.missing)]", json!([])),
            (".nope.deeper", json!([])),
            (".status.conditions[9]", json!([])),
        ];
        for (path, expected) in cases {
            let found = JsonPath::parse(path).unwrap_or_else(|why| panic!("{path}: {why}"));
            assert_eq!(json!(found.select(&value)), expected, "{path}");
        }
        assert!(JsonPath::parse(".a[").is_err());
        assert!(JsonPath::parse(".a[x]").is_err());
    }

    proptest! {
        #[test]
        fn no_text_panics(text in r#"[.\[\]?(@=<>!'"*:,a-c0-9\\é)-]{0,24}"#) {
            if let Ok(path) = JsonPath::parse(&text) {
                path.select(&json!({"a": [{"b": 1}, "c"]}));
            }
        }
    }
}
