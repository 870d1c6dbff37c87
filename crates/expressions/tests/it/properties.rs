//! No input can bring the process down: everything ends in a value or an error, on a thread of normal stack.

use super::scope;
use expressions::semver::{Constraint, Version};
use expressions::{Functions, Scope, evaluate, template};
use proptest::prelude::*;

const SEEDS: &[&str] = &[
    r#"filter(items, .n > 1 and #.name matches "^[a-y]$") | map(#.name + "x") | join(",")"#,
    r#"let x = vars.nested?.a?.b ?? 42; x ** 2 % 7 in 1..9 ? {"a": [x, nil]} : [1, 2][0:1]"#,
    r#"reduce(1..9, #acc + # * #index, 0.5) - median([1, [2, 3]]) / mean(vars.nums)"#,
    r#"date("2024-02-29T13:45:06Z").In(timezone("Europe/Zurich")).Format("Jan _2 15:04:05.000 MST")"#,
    r#"if not (vars.text contains "x") { toJSON(groupBy(items, .n).foo) } else { fromJSON("[1]")[0] }"#,
    r#"sortBy(toPairs(vars), #[0], "desc")[-1][1]; split(replace("aXb", "X", ""), "", 2) | first()"#,
    r#"semverParse("v1.2.3-rc.1").IncMinor().String() + quote(asYAML({"a": [1, {"b": "yes"}]}))"#,
    r#"findLast(1..5, # < 3) + count(vars.list, true) + bitshl(1, 70) + int(duration("1h2m").Hours())"#,
    "\"\\u00e9\\x41\\101\" + 'a' + `raw``x` + b\"\\xff\"[0:1] /* c */ // d",
];

fn everything() -> Scope {
    scope().with(&[
        Functions::Template,
        Functions::Freight,
        Functions::Data,
        Functions::Utility,
        Functions::Status,
        Functions::Receiver,
    ])
}

/// Whatever comes out must also be printable and, if JSON can hold it, JSON.
fn exercise(source: &str) {
    let scope = everything();
    match evaluate(source, &scope) {
        Ok(value) => {
            let _ = value.to_string();
            let _ = value.to_json_text();
            if let Ok(json) = value.to_json() {
                assert!(serde_json::to_string(&json).is_ok());
            }
        }
        Err(error) => assert!(!error.to_string().is_empty()),
    }
    let _ = template::evaluate(source, &scope);
    let _ = template::evaluate(&format!("${{{{ {source} }}}}"), &scope);
}

/// Cuts, doubles and exchanges pieces of valid expressions.
fn mutate(seed: &str, other: &str, cuts: &[(u16, u16, u8)]) -> String {
    let mut characters: Vec<char> = seed.chars().collect();
    let other: Vec<char> = other.chars().collect();
    for &(from, to, what) in cuts {
        if characters.is_empty() {
            break;
        }
        let from = usize::from(from) % characters.len();
        let to = (from + usize::from(to) % 12).min(characters.len());
        match what % 4 {
            0 => {
                characters.drain(from..to);
            }
            1 => {
                let piece: Vec<char> = characters[from..to].to_vec();
                characters.splice(from..from, piece);
            }
            2 => {
                let start = from % other.len();
                let piece: Vec<char> = other[start..(start + to - from).min(other.len())].to_vec();
                characters.splice(from..to, piece);
            }
            _ => characters[from] = char::from(32 + what % 95),
        }
    }
    characters.into_iter().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text(source in any::<String>()) {
        exercise(&source);
    }

    #[test]
    fn any_tokens(source in "[-a-z#.0-9()\\[\\]{}\"'`|?:;,+*/%<>=!&_ \\\\]{0,60}") {
        exercise(&source);
    }

    #[test]
    fn mutated(
        seed in 0..SEEDS.len(),
        other in 0..SEEDS.len(),
        cuts in prop::collection::vec(any::<(u16, u16, u8)>(), 1..6),
    ) {
        exercise(&mutate(SEEDS[seed], SEEDS[other], &cuts));
    }

    #[test]
    fn patterns(pattern in "[-a-z\\[\\](){}*+?^$.|\\\\:,0-9PQE<>!=]{0,24}", text in any::<String>()) {
        let mut scope = Scope::new();
        scope.set_json("pattern", &pattern.into());
        scope.set_json("text", &text.into());
        let _ = evaluate("text matches pattern", &scope);
    }

    #[test]
    fn any_layout(layout in "[ -~]{0,30}|(2006|01|Jan|_2|15|PM|MST|Z07:00|-0700|\\.999|[ :/.-]){0,8}", text in any::<String>()) {
        let mut scope = super::scope();
        scope.set_json("layout", &layout.into());
        scope.set_json("text", &text.into());
        let _ = evaluate("date(text, layout)", &scope);
        let _ = evaluate("date(now().Format(layout), layout).AddDate(1, -1, 1)", &scope);
    }

    #[test]
    fn any_version(text in any::<String>(), other in "[-v0-9xX.*<>=~^|, a-z+]{0,24}") {
        for text in [&text, &other] {
            if let Ok(version) = Version::parse(text) {
                prop_assert_eq!(&Version::parse(&version.to_string()).expect("normal form"), &version);
                let _ = (version.increment_major(), version.increment_minor(), version.increment_patch());
            }
            if let Ok(constraint) = Constraint::parse(text) {
                let _ = constraint.check(&Version::parse("1.2.3-rc.1").expect("a version"));
            }
        }
    }
}

/// On a stack of two megabytes, as threads have by default.
fn on_small_stack(work: impl FnOnce() + Send + 'static) {
    let thread = std::thread::Builder::new().stack_size(2 << 20).spawn(work).expect("a thread");
    thread.join().expect("the thread ends in peace");
}

#[test]
fn depth_is_bounded() {
    on_small_stack(|| {
        let scope = everything();
        for (open, middle, close) in [
            ("(", "1", ")"),
            ("[", "1", "]"),
            ("{\"a\":", "1", "}"),
            ("-", "1", ""),
            ("not ", "true", ""),
            ("map(1..2, ", "#", ")"),
            ("string(", "1", ")"),
            ("let x = ", "1", "; 1"),
            ("if true {", "1", "} else {2}"),
            ("true ? ", "1", " : 2"),
            ("1 + (", "1", ")"),
            ("2 ** ", "2", ""),
            ("vars?.[", "\"a\"", "]"),
            ("", "vars", ".a"),
            ("", "vars", "?.a"),
            ("", "vars", "[0]"),
            ("", "1", " + 1"),
            ("", "1", " ?? 1"),
            ("", "\"a\"", " | trim()"),
            ("", "true", " and true"),
            ("", "1", "; 1"),
            ("", "1", " < 1"),
            ("", "true", " ? 1 : true"),
            ("let a = 1; ", "a", ""),
        ] {
            for depth in [10, 45, 1_000, 20_000] {
                let source = format!("{}{middle}{}", open.repeat(depth), close.repeat(depth));
                let result = evaluate(&source, &scope);
                assert!(
                    depth > 45 || !format!("{result:?}").contains("too deeply"),
                    "{open}{middle}{close} {depth}"
                );
            }
        }
        for json in [
            "[".repeat(50_000),
            "{\"a\":".repeat(50_000),
            format!("{}{}", "[".repeat(100), "]".repeat(100)),
        ] {
            let mut scope = everything();
            scope.set_json("json", &json.into());
            for use_of in [
                "fromJSON(json)",
                "string(flatten(fromJSON(json)))",
                "asYAML(fromJSON(json))",
                "min(fromJSON(json))",
            ] {
                let _ = evaluate(use_of, &scope);
            }
        }
    });
}

#[test]
fn values_are_bounded() {
    on_small_stack(|| {
        for (source, part) in [
            ("1..2000000", "memory budget"),
            ("repeat(\"ab\", 999999)", "memory budget"),
            ("reduce(1..40, #acc + #acc, \"0123456789abcdef\")", "more than"),
            ("reduce(1..40, concat(#acc, #acc), [1])", "memory budget"),
            ("reduce(1..900, [#acc], 1) | toJSON()", "deeply"),
            ("reduce(1..900, [#acc], 1) | string()", "deeply"),
            ("map(1..9000, map(1..9000, 1))", "memory budget"),
            ("let s = repeat(\"a\", 900000); all(1..90000, not (s contains \"b\"))", "steps"),
            ("all(1..90000, \"a\" matches string(#) + \"|a\")", "steps"),
            ("let xs = 1..9000; all(xs, all(xs, true))", "steps"),
            ("count(1..9999, \"a\" matches \"\\\\pL{60}|\" + string(#))", "steps"),
            ("\"a\" matches \"(\\\\pL{99}){20}\"", "too large"),
            (
                "let s = repeat(\"aab\", 99999); count(1..9999, s matches \"(a|b)*a(a|b){200}c\")",
                "steps",
            ),
            ("reduce(1..60, replace(#acc, \"\", #acc), \"ab\")", "memory budget"),
        ] {
            let error = evaluate(source, &everything()).expect_err(source);
            assert!(error.to_string().contains(part), "{source}: {error}");
        }
    });
}
