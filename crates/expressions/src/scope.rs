//! What an expression can see: variables, the time, which functions exist, and facts fetched for it.

use std::collections::BTreeMap;

use crate::clock_time::Time;
use crate::error::Refusal;
use crate::value::{Key, Map, MapType, Value};

/// A question a function asks of the outside: its name and arguments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    pub function: String,
    pub arguments: Vec<serde_json::Value>,
}

impl Lookup {
    #[must_use]
    pub fn new(function: &str, arguments: Vec<serde_json::Value>) -> Self {
        Self { function: function.to_owned(), arguments }
    }

    fn key(&self) -> (String, String) {
        (self.function.clone(), serde_json::Value::Array(self.arguments.clone()).to_string())
    }
}

/// Families of Kargo's functions; each place of use offers its own (features 6.11–6.19).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Functions {
    /// `quote`, `unsafeQuote`, `asYAML`, `asJSON`: in every template.
    Template,
    /// `commitFrom`, `imageFrom`, `chartFrom`, `artifactFrom`, `warehouse`, `freightMetadata`, `freightStatus`.
    Freight,
    /// `configMap`, `secret`, `sharedConfigMap`, `sharedSecret`, `freightMetadata`, `freightStatus`, `stageMetadata`.
    Data,
    /// `semverDiff`, `semverParse`.
    Utility,
    /// `always`, `success`, `failure`, `status`: in `if` and in step configuration, not in variables.
    Status,
    /// `normalizeGit`, `normalizeImage`, `normalizeChart`, `header`, `headers`, `params`: in webhook receivers.
    Receiver,
}

/// The environment of an evaluation. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    variables: BTreeMap<Key, Value>,
    now: Option<Time>,
    families: Vec<Functions>,
    facts: BTreeMap<(String, String), Result<Value, String>>,
}

impl Scope {
    /// Nothing but the language itself.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Offers families of functions.
    #[must_use]
    pub fn with(mut self, families: &[Functions]) -> Self {
        self.allow(families);
        self
    }

    pub fn allow(&mut self, families: &[Functions]) {
        self.families.extend_from_slice(families);
    }

    /// Sets a top-level variable.
    pub fn set(&mut self, name: &str, value: Value) {
        self.variables.insert(Key::Text(name.into()), value);
    }

    /// Sets a top-level variable from JSON (numbers become floats, as in Kargo).
    pub fn set_json(&mut self, name: &str, value: &serde_json::Value) {
        self.set(name, Value::from_json(value));
    }

    /// The time `now()` gives.
    pub fn set_now(&mut self, now: jiff::Timestamp) {
        self.now = Some(Time::from_timestamp(now));
    }

    /// Provides the answer to a lookup; an `Err` becomes the error of the function that asked.
    pub fn provide(&mut self, lookup: &Lookup, answer: Result<Value, String>) {
        self.facts.insert(lookup.key(), answer);
    }

    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&Value> {
        self.variables.get(&Key::Text(name.into()))
    }

    /// The answer to a lookup.
    ///
    /// # Errors
    /// [`Refusal::Missing`] when it was not provided.
    pub fn lookup(&self, lookup: &Lookup) -> Result<Value, Refusal> {
        match self.facts.get(&lookup.key()) {
            Some(Ok(value)) => Ok(value.clone()),
            Some(Err(message)) => Err(Refusal::Message(message.clone())),
            None => Err(Refusal::Missing(lookup.clone())),
        }
    }

    pub(crate) fn now(&self) -> Option<&Time> {
        self.now.as_ref()
    }

    pub(crate) fn offers(&self, families: &[Functions]) -> bool {
        families.is_empty() || families.iter().any(|family| self.families.contains(family))
    }

    /// `$env`.
    pub(crate) fn environment(&self) -> Value {
        Value::Map(Map::new(MapType::TextToAny, self.variables.clone()))
    }
}
