//! Keeps what `secret()` returned out of everything that is stored or logged.

use std::{collections::BTreeSet, sync::Arc};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD},
};
use parking_lot::Mutex;
use serde_json::Value;

/// What a secret is replaced by.
const MASK: &str = "***";

/// Shorter values are ordinary words as well; masking them would make messages unreadable.
const SHORTEST_IN_MESSAGES: usize = 4;

/// An output is data, so only values too long to be there by chance are masked.
const SHORTEST_IN_OUTPUTS: usize = 8;

/// The secret values a promotion has read so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Secrets(Arc<Mutex<BTreeSet<String>>>);

impl Secrets {
    /// Remembers every text in `value`, and its lines, which programs print one by one.
    pub(crate) fn learn(&self, value: &str) {
        let mut known = self.0.lock();
        for text in std::iter::once(value).chain(value.lines()) {
            let text = text.trim();
            if text.len() >= SHORTEST_IN_MESSAGES {
                known.extend(written(text));
            }
        }
    }

    /// The message without secrets.
    pub(crate) fn hide(&self, message: &str) -> String {
        self.replace(message, SHORTEST_IN_MESSAGES)
    }

    /// The output without secrets.
    pub(crate) fn hide_in(&self, output: Value) -> Value {
        match output {
            Value::String(text) => Value::String(self.replace(&text, SHORTEST_IN_OUTPUTS)),
            Value::Array(items) => items.into_iter().map(|item| self.hide_in(item)).collect(),
            Value::Object(map) => map
                .into_iter()
                .map(|(key, value)| (self.replace(&key, SHORTEST_IN_OUTPUTS), self.hide_in(value)))
                .collect(),
            // A secret of digits alone has become a number on its way through an expression.
            Value::Number(number) => {
                let text = number.to_string();
                let hidden = self.replace(&text, SHORTEST_IN_OUTPUTS);
                if hidden == text { Value::Number(number) } else { Value::String(hidden) }
            }
            other => other,
        }
    }

    fn replace(&self, text: &str, shortest: usize) -> String {
        let known = self.0.lock();
        let mut found: Vec<&String> = known
            .iter()
            .filter(|secret| secret.len() >= shortest && text.contains(secret.as_str()))
            .collect();
        // A secret may contain another; the longest goes first so that nothing of it remains.
        found.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        found.iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), MASK))
    }
}

/// The text as it stands, in JSON, in URLs, and in base64.
fn written(text: &str) -> impl Iterator<Item = String> {
    let json = Value::String(text.to_owned()).to_string();
    let form: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
    let path = form.replace('+', "%20");
    [text.to_owned(), json.trim_matches('"').to_owned(), form, path]
        .into_iter()
        .chain([STANDARD.encode(text)])
        .chain((0..3).filter_map(|before| inside_base64(text, before)))
}

/// The letters that stand for the text alone when `before` bytes precede it, as the user does in
/// the header of basic authentication.
fn inside_base64(text: &str, before: usize) -> Option<String> {
    let bytes = [&vec![0; before], text.as_bytes()].concat();
    let encoded = STANDARD_NO_PAD.encode(&bytes);
    let start = (before * 8).div_ceil(6);
    let end = bytes.len() * 8 / 6;
    encoded.get(start..end).filter(|part| part.len() >= SHORTEST_IN_OUTPUTS).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use base64::Engine as _;

    use super::Secrets;

    #[test]
    fn secrets_are_masked_and_short_words_are_not() {
        let secrets = Secrets::default();
        for secret in ["abc", "token-12", "token-12-long", "line one\nline two!"] {
            secrets.learn(secret);
        }
        assert_eq!(secrets.hide("abc: token-12-long, line two! token-12"), "abc: ***, *** ***");
        secrets.learn("p@ss word");
        assert_eq!(secrets.hide("?q=p%40ss+word cEBzcyB3b3Jk"), "?q=*** ***");
        secrets.learn("1234567890");
        let output =
            json!({"a": ["x token-12 y"], "n": 1, "abc": "abc", "p": 1234567890, "token-12": 2});
        let expected = json!({"a": ["x *** y"], "n": 1, "abc": "abc", "p": "***", "***": 2});
        assert_eq!(secrets.hide_in(output), expected);
    }

    #[test]
    fn secrets_are_found_in_other_spellings() {
        let secrets = Secrets::default();
        secrets.learn("say \"pass word\"!");
        for user in ["", "a", "ab", "abc", "ann:"] {
            let encoded = super::STANDARD.encode(format!("{user}say \"pass word\"!"));
            let hidden = secrets.hide(&format!("Basic {encoded}"));
            let kept = hidden.replace("Basic ", "").replace("***", "");
            assert!(hidden.contains("***") && kept.len() <= 10, "{user}: {hidden}");
        }
        for text in [
            r#"{"p": "say \"pass word\"!"}"#,
            "say+%22pass+word%22%21",
            "say%20%22pass%20word%22%21",
        ] {
            assert!(!secrets.hide(text).contains("pass"), "{text}");
        }
    }
}
