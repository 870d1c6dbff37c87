//! The crate from outside.
#![expect(clippy::print_stderr, reason = "a skipped test says why")]

mod cases;
mod conformance;
mod dates;
mod kargo_functions;
mod language;
mod properties;
mod semver;
mod templates;

use expressions::{Scope, Value, evaluate};
use serde_json::json;

/// Variables like those of a promotion.
fn scope() -> Scope {
    let mut scope = Scope::new();
    scope.set_json("ctx", &json!({"project": "guestbook", "stage": "uat"}));
    scope.set_json(
        "vars",
        &json!({"n": 3, "ratio": 0.75, "text": "stage/uat", "empty": "", "none": null, "list": ["a", "b"],
            "nums": [5, 3, 8, 1], "nested": {"a": {"b": 42}}, "debug": true}),
    );
    scope.set_json(
        "items",
        &json!([{"name": "x", "n": 1}, {"name": "y", "n": 2}, {"name": "z", "n": 3}]),
    );
    scope.set_now("2024-06-01T12:00:00.5Z".parse().expect("a timestamp"));
    scope
}

/// Each line of `table` is `expression => JSON`, or `expression => error: part of the message`.
fn check(scope: &Scope, table: &str) {
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (expression, wanted) = line.rsplit_once(" => ").expect("a line with =>");
        let got = evaluate(expression.trim(), scope).and_then(|value| value.to_json_text());
        match (got, wanted.trim().strip_prefix("error: ")) {
            (Ok(got), None) => assert_eq!(got, wanted.trim(), "{expression}"),
            (Err(error), Some(part)) => {
                assert!(error.to_string().contains(part), "{expression}: {error}");
            }
            (Ok(got), Some(part)) => panic!("{expression}: gave {got}, wanted the error {part}"),
            (Err(error), None) => panic!("{expression}: {error}"),
        }
    }
}

fn text(value: &Value) -> String {
    value.to_string()
}
