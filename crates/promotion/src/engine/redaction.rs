//! Keeps what `secret()` returned out of everything that is stored or logged.

use std::{collections::BTreeSet, sync::Arc};

use base64::Engine as _;
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
                // As it stands in URLs and in the headers of basic authentication.
                known.insert(url::form_urlencoded::byte_serialize(text.as_bytes()).collect());
                known.insert(base64::engine::general_purpose::STANDARD.encode(text));
                known.insert(text.to_owned());
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
            Value::Object(map) => {
                map.into_iter().map(|(key, value)| (key, self.hide_in(value))).collect()
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

#[cfg(test)]
mod tests {
    use serde_json::json;

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
        let output = json!({"a": ["x token-12 y"], "n": 1, "abc": "abc"});
        assert_eq!(secrets.hide_in(output), json!({"a": ["x *** y"], "n": 1, "abc": "abc"}));
    }
}
