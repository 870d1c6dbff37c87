//! Versions and constraints: a table that stands without the conformance files.

use expressions::semver::{Constraint, Version};

#[test]
fn versions() {
    for text in ["1.2.3.4", "", "v", "1.2.3-", "1.2.3-01", "a.b.c", "99999999999999999999.0.0"] {
        assert!(Version::parse(text).is_err(), "{text}");
    }
    for (text, normal, strict) in [
        ("v1", "1.0.0", false),
        ("1.2", "1.2.0", false),
        ("01.2.3", "1.2.3", false),
        ("1.2.3-rc.1+b.2", "1.2.3-rc.1+b.2", true),
    ] {
        assert_eq!(Version::parse(text).expect(text).to_string(), normal);
        assert_eq!(Version::parse_strict(text).is_ok(), strict, "{text}");
    }
}

#[test]
fn order() {
    let ordered = [
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.0.1",
        "2",
    ];
    for pair in ordered.windows(2) {
        assert!(
            Version::parse(pair[0]).expect("a version")
                < Version::parse(pair[1]).expect("a version"),
            "{pair:?}"
        );
    }
    assert_eq!(
        Version::parse("1.0.0+a").expect("a version"),
        Version::parse("v1+b").expect("a version")
    );
}

#[test]
fn constraints() {
    for (constraint, version, wanted) in [
        ("^1.2", "1.9.0", true),
        ("^1.2", "2.0.0", false),
        ("^0.2.3", "0.3.0", false),
        ("~1.2.3", "1.2.9", true),
        ("~1.2.3", "1.3.0", false),
        ("1.x", "1.5.0", true),
        (">=1.2, <2", "1.2.0-rc.1", false),
        (">=1.2-0, <2", "1.2.0-rc.1", true),
        ("1.2 - 1.4", "1.4.9", true),
        ("<1 || >2", "3.0.0", true),
        ("!=1.2.x", "1.2.7", false),
        (">11", "11.1.0", false),
        ("*", "1.0.0-rc.1", false),
        ("*-0", "1.0.0-rc.1", true),
    ] {
        let parsed = Constraint::parse(constraint).expect(constraint);
        assert_eq!(
            parsed.check(&Version::parse(version).expect(version)),
            wanted,
            "{constraint} {version}"
        );
    }
    for text in ["", "x.y", ">>1", "1.2.3 &&"] {
        assert!(Constraint::parse(text).is_err(), "{text}");
    }
}
