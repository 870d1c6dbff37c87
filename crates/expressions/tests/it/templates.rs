//! Kargo's templates and the types results take on.

use super::scope;
use expressions::template::{evaluate, evaluate_json};
use serde_json::{Value, json};

fn check(template: &str, wanted: Value) {
    assert_eq!(evaluate(template, &scope()).expect(template), wanted, "{template}");
}

#[test]
fn types() {
    check("42", json!("42"));
    check("${{ vars.n }}", json!(3));
    check("${{ 1.10 }}", json!(1.1));
    check("1${{ 2 }}", json!(12));
    check("${{ \"t\" }}", json!(true));
    check("${{ \"2024_01_15\" }}", json!(20_240_115));
    check("${{ vars.none }}", json!(null));
    check("${{ \"0x1F\" }}", json!("0x1F"));
    check("${{ vars.list }}", json!(["a", "b"]));
    check("${{ quote(true) }}", json!("true"));
    check("${{ quote('say \"hi\"') }}", json!("say \\\"hi\\\""));
    check("${% {\"a\": {\"b\": 1}} %}", json!({"a": {"b": 1}}));
    check("x-${{ ctx.stage }}\n", json!("x-uat\n"));
    check("${{ 5 }}\n", json!(5));
    check("a${{}}b${{ nope( }}", json!("ab${{ nope( }}"));
    check("\"1\" and \"x\"${{ \"\" }}\"", json!("1\" and \"x\""));
    check("${{ asJSON([1]) }}", json!("[\n  1\n]\n"));
    check(
        "${{ asYAML({\"b\": [1, {\"c\": \"yes\"}], \"a\": nil}) }}",
        json!("a: null\nb:\n    - 1\n    - c: \"yes\"\n"),
    );
}

#[test]
fn faults() {
    for template in ["${{ 1", "${{ \"inf\" }}", "${{ fromPairs([[1, 2]]) }}", "${{ 1 + }}"] {
        assert!(evaluate(template, &scope()).is_err(), "{template}");
    }
}

#[test]
fn documents() {
    let document = json!({"${{ key }}": ["${{ vars.n }}", 1, {"deep": "v${{ vars.n }}"}], "n": 9_007_199_254_740_993_i64});
    let wanted = json!({"${{ key }}": [3, 1, {"deep": "v3"}], "n": 9_007_199_254_740_992_i64});
    assert_eq!(evaluate_json(&document, &scope()).expect("a document"), wanted);
}

/// Strings and keys that need more than quotes.
#[test]
fn yaml() {
    for (expression, wanted) in [
        (
            r#"{"two\nlines": {"x": [1]}, "a": "b"}"#,
            "a: b\n? |-\n    two\n    lines\n:   x:\n        - 1\n",
        ),
        (r#"[{"k\nl": 1}]"#, "- ? |-\n    k\n    l\n  : 1\n"),
        (r#"{(repeat("k", 128)): 1}"#, &format!("{}: 1\n", "k".repeat(128))),
        (r#"{(repeat("k", 129)): 1}"#, &format!("? {}\n: 1\n", "k".repeat(129))),
        (r#"{("é"[0:1]): "é"[1:]}"#, "!!binary ww==: !!binary qQ==\n"),
        (r#""one\r\ntwo""#, "\"one\\r\\ntwo\"\n"),
        (r#""next\u0085line""#, "\"next\\Nline\"\n"),
        (r#"["line\u2028break: x"]"#, "- 'line\u{2028}  break: x'\n"),
        (
            r#"{"a": "one\ntwo\u2028three\u2029"}"#,
            "a: |\n    one\n    two\u{2028}    three\u{2029}",
        ),
        (r#""\ufeffé x""#, "\"\\uFEFF\\xE9\\x20\\x78\"\n"),
        (r#"["<<", "~", "a #b"]"#, "- <<\n- \"~\"\n- 'a #b'\n"),
    ] {
        let template = format!("x${{{{ asYAML({expression}) }}}}");
        check(&template, json!(format!("x\"{wanted}\"")));
    }
}
