//! Kargo's functions: which exist where, what they ask for, and host values.

use std::sync::Arc;

use super::{check, scope, text};
use expressions::{Error, Functions, Lookup, Value, evaluate, structure};
use serde_json::json;

#[test]
fn versions() {
    check(
        &scope().with(&[Functions::Utility]),
        r#"
        semverParse("v1.2.3").IncMinor().String() => "1.3.0"
        semverParse("v1.2.3-rc.1").IncPatch().Original() => "v1.2.3"
        semverParse("1.2").Major() + 1 => 2
        semverParse("1.2.3").LessThan(semverParse("1.10")) => true
        semverParse("1.2.3") => "1.2.3"
        semverParse("x") => error: no semantic version
        semverParse("v1.2").Value() => "1.2.0"
        semverParse("v1.2").MarshalJSON() => "IjEuMi4wIg=="
        semverParse("1").Nope() => error: no method Nope
        semverDiff("1.2.3", "1.3.0") => "Minor"
        semverDiff("1.2.3", "x") => "Incomparable"
        "#,
    );
    check(&scope(), r#"semverDiff("1", "2") => error: no function"#);
}

#[test]
fn missing_facts_are_named() {
    let mut scope = scope().with(&[Functions::Data]);
    let lookup = Lookup::new("secret", vec![json!("token")]);
    assert_eq!(
        evaluate("secret('token').key", &scope).expect_err("missing"),
        Error::Missing(lookup.clone())
    );
    scope.provide(&lookup, Ok(Value::text_map([("key", "s3cret")])));
    check(&scope, r#"secret("token").key + secret("token").other => "s3cret""#);
    scope.provide(&lookup, Err("forbidden".to_owned()));
    check(&scope, r#"secret("token") => error: forbidden"#);
}

#[test]
fn freight() {
    let mut scope = scope().with(&[Functions::Freight]);
    let origin = json!({"kind": "Warehouse", "name": "main"});
    let lookup = Lookup::new("imageFrom", vec![json!("registry/app"), origin]);
    let image = structure::IMAGE.read(&json!({"repoURL": "registry/app", "tag": "v1"}));
    scope.provide(&lookup, Ok(Value::Structure(Arc::new(image))));
    check(
        &scope,
        r#"
        imageFrom("registry/app", warehouse("main")).Tag => "v1"
        imageFrom("registry/app", warehouse("main")).Digest => ""
        imageFrom("registry/app", warehouse("main")).tag => error: no field tag
        imageFrom("registry/app", warehouse("main")) => {"repoURL":"registry/app","tag":"v1"}
        imageFrom("registry/app", "main") => error: takes at most 1
        warehouse("") => error: must not be empty
        "#,
    );
    let value = evaluate("warehouse('main')", &scope).expect("a value");
    assert_eq!(text(&value), "{Warehouse main}");
}
