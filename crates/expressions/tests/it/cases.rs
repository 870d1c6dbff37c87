//! The test cases of `kargo expr test`.

use expressions::cases::{self, Environments, Summary};

#[test]
fn differences_are_told() {
    let environments = Environments::parse(r#"{"promotion": {"vars": {"n": 3}}, "small": {}}"#)
        .expect("environments");
    let lines = r#"
        {"env": "promotion", "expr": "vars.n / 9", "ok": true, "result": 0.3333333333333333}
        {"env": "promotion", "expr": "vars.n % 2", "ok": false, "stage": "run", "error": "any"}
        {"env": "small", "expr": "1 + 1", "ok": true, "result": 3}
        {"env": "small", "expr": "1 + 1", "ok": false}
        {"env": "nowhere", "expr": "1", "ok": true, "result": 1}
        {"ok": true, "result": "v3", "template": "v${{ vars.n }}"}
        {"kind": "cmp", "a": "1.0.0", "b": "1.0.1", "r": -1}
        {"kind": "check", "c": "^1", "v": "2.0.0", "r": true}
        {"kind": "constraint", "c": "x.y", "ok": false}
        {"kind": "parse", "v": "v1", "ok": true, "strict": false, "norm": "1.0.0"}
        not JSON
    "#;
    let mut failed = Vec::new();
    let summary = cases::run(lines, &environments, |line, difference| {
        failed.push((line, difference.to_owned()));
    });
    assert_eq!(summary, Summary { passed: 6, failed: 5 });
    assert_eq!(failed.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [4, 5, 6, 9, 12]);
    assert_eq!(failed[0].1, "1 + 1: gave 2, wanted 3");
    assert!(Environments::parse("[]").is_err());
}
