//! Byte for byte: what an update changes and what it leaves alone.
use serde_json::{Value, json};

use super::{Update, update};

fn set(text: &str, key: &str, value: Value) -> Result<String, String> {
    let update_ = Update { key: key.to_owned(), value };
    update(text, &[update_]).map_err(|error| error.to_string())
}

#[test]
fn only_the_value_changes() {
    for (before, key, value, after) in [
        ("a: 1 # one\nb: 2\n", "a", json!(5), "a: 5 # one\nb: 2\n"),
        ("image:\n  tag: v1   # now\n", "image.tag", json!("v2"), "image:\n  tag: v2   # now\n"),
        ("tag: 'v1'", "tag", json!("v2"), "tag: 'v2'"),
        ("tag: \"v1\"\r\nx: 1\r\n", "tag", json!("v2"), "tag: \"v2\"\r\nx: 1\r\n"),
        ("tag: v1\n", "tag", json!("1.10"), "tag: \"1.10\"\n"),
        ("tag: \"v1\"\n", "tag", json!(1.5), "tag: 1.5\n"),
        ("tag: v1\n", "tag", json!("a: b"), "tag: \"a: b\"\n"),
        ("tag: v1\n", "tag", json!("two\nlines"), "tag: \"two\\nlines\"\n"),
        ("tag: v1\n", "tag", json!(null), "tag: null\n"),
        ("tag:\nb: 1\n", "tag", json!("x"), "tag: x\nb: 1\n"),
        (
            "l:\n- n: a\n  v: 1\n- n: b\n  v: 2\n",
            "l.1.v",
            json!(3),
            "l:\n- n: a\n  v: 1\n- n: b\n  v: 3\n",
        ),
        ("g: {x: 1, y: [a, b]}\n", "g.y.0", json!("c:d"), "g: {x: 1, y: [\"c:d\", b]}\n"),
        ("a: &k v1\nb: *k\n", "a", json!("v2"), "a: &k v2\nb: *k\n"),
        ("a: !!str v1\n", "a", json!("v2"), "a: !!str v2\n"),
        ("a: |\n  one\n  two\nb: 1\n", "a", json!("x"), "a: x\nb: 1\n"),
        ("a.b: 1\n", r"a\.b", json!(2), "a.b: 2\n"),
        ("m:\n  2: x\n", "m.:2", json!("w"), "m:\n  2: w\n"),
        ("a: 1\n---\na: 2\n", "a", json!(3), "a: 3\n---\na: 2\n"),
        ("- x\n- y\n", "1", json!("z"), "- x\n- z\n"),
        ("url: x\n", "url", json!("registry:5000/a@sha256:0"), "url: registry:5000/a@sha256:0\n"),
        ("é: é # ü\nb: 1\n", "b", json!(2), "é: é # ü\nb: 2\n"),
        ("a: # later\nb: 1\n", "a", json!("x"), "a: x # later\nb: 1\n"),
        ("m:\n  a:   # later\n  b: 1\n", "m.a", json!("x"), "m:\n  a: x   # later\n  b: 1\n"),
        (
            "a: 1 # c\n",
            "a",
            json!({"b": [1, "x"], "c": {}}),
            "a: {\"b\": [1, \"x\"], \"c\": {}} # c\n",
        ),
        ("a: [x]\n", "a.0", json!([]), "a: [[]]\n"),
        ("a: 1\n", "a", json!("0b11"), "a: \"0b11\"\n"),
        ("a: 1\n", "a", json!("-0X1F"), "a: \"-0X1F\"\n"),
        ("a: &k\n  t: 1\nb:\n  <<: *k\n", "a.t", json!(2), "a: &k\n  t: 2\nb:\n  <<: *k\n"),
        ("u: a?b&c\ncron: '* * *'\n", "u", json!("x"), "u: x\ncron: '* * *'\n"),
        ("a: 1\r\nb: |\r\n  x\r\n  y\r\nc: 1\r\n", "b", json!("z"), "a: 1\r\nb: z\r\nc: 1\r\n"),
        (
            "annotations:\n  x.io/a:b: old\n",
            r"annotations.x\.io/a\:b",
            json!("new"),
            "annotations:\n  x.io/a:b: new\n",
        ),
        ("\u{feff}a: 1\n", "a", json!(2), "\u{feff}a: 2\n"),
        ("a: 1", "a", json!(2), "a: 2"),
        ("{\"a\": 1,\n \"b\": [null]}\n", "b.0", json!("v2"), "{\"a\": 1,\n \"b\": [\"v2\"]}\n"),
        ("a: 1\na: 2\n", "a", json!(3), "a: 3\na: 2\n"),
        ("a: plain\n  goes on\nb: 1\n", "a", json!("x"), "a: x\nb: 1\n"),
    ] {
        assert_eq!(set(before, key, value).as_deref(), Ok(after), "{key} in {before:?}");
    }
}

#[test]
fn several_values_are_set_at_once() {
    let before = "a: 1 # one\nb: [x, y]\nc:\nd: |\n  text\ne: 1\n";
    let updates = [
        ("e", json!(2)),
        ("a", json!(7)),
        ("c", json!("new")),
        ("b.1", json!("z")),
        ("d", json!("short")),
        ("a", json!(8)),
    ];
    let updates = updates.map(|(key, value)| Update { key: key.to_owned(), value });
    let after = "a: 8 # one\nb: [x, z]\nc: new\nd: short\ne: 2\n";
    assert_eq!(update(before, &updates).unwrap(), after);
}

#[test]
fn what_cannot_be_set_is_named() {
    for (before, key, expected) in [
        ("a: 1\n", "b", "there is no `b`"),
        ("a: 1\n", "a.b", "below a single value"),
        ("a:\n  b: 1\n", "a", "not a single value"),
        ("a: [1]\n", "a.1", "the sequence has 1"),
        ("a: [1]\n", "a.x", "not an index"),
        ("a: &k v\nb: *k\n", "b", "alias `*k`"),
        ("a: [1\nb: 2\n", "a", "not valid YAML"),
        ("", "a", "leads nowhere"),
        ("a: 1\n", "a..b", "cannot be read"),
    ] {
        let error = set(before, key, json!(1)).unwrap_err();
        assert!(error.contains(expected), "{key} in {before:?}: {error}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_survives_in_any_place(text in ".{0,30}", style in 0..5usize) {
        let (before, key) = [
            ("a: x # c\nb: 1\n", "a"),
            ("a: 'x' # c\nb: 1\n", "a"),
            ("a: \"x\"\nb: 1\n", "a"),
            ("a: {k: x, l: y}\n", "a.k"),
            ("- p\n- x\n", "1"),
        ][style];
        let after = set(before, key, json!(text)).unwrap();
        let found = super::values(&after).unwrap();
        let place = key.split('.').fold(found[0].clone(), |value, part| match value {
            Value::Array(items) => items[part.parse::<usize>().unwrap()].clone(),
            other => other[part].clone(),
        });
        proptest::prop_assert_eq!(place, json!(text));
    }

    #[test]
    fn no_text_panics(text in "[a-z:\\- \\n\\[\\]{}#&*'\"|>]{0,60}", key in "[a-c.:0-2\\\\]{1,6}") {
        let _ = set(&text, &key, json!("v"));
    }
}
