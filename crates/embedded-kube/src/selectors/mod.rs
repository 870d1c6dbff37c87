//! Label and field selectors of list, watch and deletecollection requests.

mod fields;
mod labels;

pub use fields::FieldSelector;
pub use labels::LabelSelector;

/// Longest selector that is parsed.
const MAX_LENGTH: usize = 64 * 1024;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn label_selectors_select() {
        let labels = json!({"region": "eu", "tier": "edge", "weight": "7"});
        let cases = [
            ("", true),
            ("region=eu", true),
            ("region==eu,tier=edge", true),
            ("region!=eu", false),
            ("missing!=eu", true),
            ("region in (us, eu)", true),
            ("region in (us,ap)", false),
            ("tier notin (core),region!=us", true),
            ("!region", false),
            ("! missing", true),
            ("region", true),
            ("weight>6", true),
            ("weight<7", false),
            ("tier>1", false),
            ("region in (,eu)", true),
            ("missing in ()", false),
            ("region=", false),
            ("in", false),
        ];
        for (text, expected) in cases {
            let selector = LabelSelector::parse(text).unwrap_or_else(|why| panic!("{text}: {why}"));
            assert_eq!(selector.matches(labels.as_object()), expected, "{text}");
        }
        assert!(LabelSelector::parse("!x").unwrap().matches(None));
    }

    #[test]
    fn label_selectors_are_refused_in_known_words() {
        let cases = [
            ("a=b=c", "found '=', expected: ',' or 'end of string'"),
            ("a=b,", "found '', expected: identifier after ','"),
            ("=x", "found '=', expected: !, identifier, or 'end of string'"),
            (
                "a b",
                "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt",
            ),
            ("a in b", "unable to parse requirement: found 'b', expected: '('"),
            ("a in (b c)", "unable to parse requirement: found 'c', expected: ',' or ')'"),
        ];
        for (text, expected) in cases {
            assert_eq!(LabelSelector::parse(text).unwrap_err(), expected);
        }
        assert!(LabelSelector::parse("a=-b").unwrap_err().starts_with(
            r#"unable to parse requirement: values[0][a]: Invalid value: "-b": a valid label must"#
        ));
        assert!(LabelSelector::parse("a>b").unwrap_err().contains("the value must be an integer"));
    }

    #[test]
    fn field_selectors_select() {
        let lookup = |field: &str| (field == "metadata.name").then(|| "a,b".to_string());
        let cases = [
            ("", true),
            (r"metadata.name=a\,b", true),
            (r"metadata.name==a\,b", true),
            ("metadata.name!=x", true),
            ("metadata.name=x", false),
            ("spec.other=", true),
        ];
        for (text, expected) in cases {
            assert_eq!(FieldSelector::parse(text).unwrap().matches(lookup), expected, "{text}");
        }
        assert_eq!(
            FieldSelector::parse("nonsense").unwrap_err(),
            "invalid selector: 'nonsense'; can't understand 'nonsense'"
        );
        assert_eq!(
            FieldSelector::parse("a=b,c!=d").unwrap().fields().collect::<Vec<_>>(),
            ["a", "c"]
        );
        assert_eq!(FieldSelector::parse("a=b,c!=d").unwrap().required("a"), Some("b"));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in "[a-z=!,() <>\\\\é]{0,24}") {
            let _ = LabelSelector::parse(&text).map(|selector| selector.matches(None));
            let _ = FieldSelector::parse(&text).map(|selector| selector.matches(|_| None));
        }
    }
}
