//! Reading `WWW-Authenticate` and `Link` headers.

use std::collections::BTreeMap;

/// How a registry wants to be signed in to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    Basic,
    Bearer { realm: String, service: Option<String>, scope: Option<String> },
}

impl Challenge {
    /// The first challenge that is understood.
    pub(super) fn parse<'a>(headers: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut basic = None;
        for header in headers {
            let (scheme, rest) = header.trim().split_once(' ').unwrap_or((header.trim(), ""));
            if scheme.eq_ignore_ascii_case("bearer") {
                let mut parameters = parameters(rest);
                let Some(realm) = parameters.remove("realm") else { continue };
                let (service, scope) = (parameters.remove("service"), parameters.remove("scope"));
                return Some(Self::Bearer { realm, service, scope });
            }
            if scheme.eq_ignore_ascii_case("basic") {
                basic = Some(Self::Basic);
            }
        }
        basic
    }
}

/// `name="value", name=value`
fn parameters(text: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut rest = text;
    while let Some((name, after)) = rest.split_once('=') {
        let name = name.trim_matches([' ', ',']).to_ascii_lowercase();
        let value;
        if let Some(quoted) = after.strip_prefix('"') {
            let mut text = String::new();
            let mut letters = quoted.char_indices();
            let mut end = quoted.len();
            while let Some((at, letter)) = letters.next() {
                match letter {
                    '\\' => text.extend(letters.next().map(|(_, escaped)| escaped)),
                    '"' => {
                        end = at + 1;
                        break;
                    }
                    letter => text.push(letter),
                }
            }
            (value, rest) = (text, &quoted[end..]);
        } else {
            let (plain, after) = after.split_once(',').unwrap_or((after, ""));
            (value, rest) = (plain.trim().to_owned(), after);
        }
        found.insert(name, value);
    }
    found
}

/// The address of the next page in a `Link` header.
pub(super) fn next_page(header: &str) -> Option<&str> {
    header.split(',').find_map(|link| {
        let (address, attributes) = link.trim().strip_prefix('<')?.split_once('>')?;
        let next = attributes.split(';').any(|attribute| {
            let attribute = attribute.trim();
            attribute.eq_ignore_ascii_case("rel=\"next\"")
                || attribute.eq_ignore_ascii_case("rel=next")
        });
        next.then_some(address)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn challenges() {
        let parsed = |header: &str| Challenge::parse(std::iter::once(header));
        assert_eq!(parsed("Basic realm=\"x\""), Some(Challenge::Basic));
        assert_eq!(
            parsed(
                "Bearer realm=\"https://auth.example/token\",service=\"registry, \\\"one\\\"\",scope=\"repository:a/b:pull\""
            ),
            Some(Challenge::Bearer {
                realm: "https://auth.example/token".into(),
                service: Some("registry, \"one\"".into()),
                scope: Some("repository:a/b:pull".into()),
            })
        );
        assert_eq!(
            parsed("bearer realm=https://a/t, service=s"),
            Some(Challenge::Bearer {
                realm: "https://a/t".into(),
                service: Some("s".into()),
                scope: None
            })
        );
        assert_eq!(parsed("Negotiate"), None);
        assert_eq!(parsed("Bearer service=x"), None);
        let both = ["Basic realm=x", "Bearer realm=\"y\""];
        assert!(matches!(Challenge::parse(both.into_iter()), Some(Challenge::Bearer { .. })));
    }

    #[test]
    fn pages() {
        assert_eq!(
            next_page("</v2/a/tags/list?last=b&n=2>; rel=\"next\""),
            Some("/v2/a/tags/list?last=b&n=2")
        );
        assert_eq!(next_page("<x>; rel=prev, <y>; title=z; rel=next"), Some("y"));
        assert_eq!(next_page("nonsense"), None);
    }

    proptest::proptest! {
        #[test]
        fn headers_never_panic(text in "\\PC{0,80}") {
            let _any = Challenge::parse(std::iter::once(format!("Bearer {text}").as_str()));
            let _any = Challenge::parse(std::iter::once(format!("Bearer realm=\"{text}").as_str()));
            let _any = next_page(&text);
        }
    }
}
