//! The values expressions work on. Go's distinctions that users can see are kept: integers and floats, strings as bytes,
//! the element types of arrays and the key types of maps.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::clock_time::{Time, Zone};
use crate::error::Error;
use crate::semver::Version;
use crate::structure::Structure;

/// A value of the language.
#[derive(Clone, Debug)]
pub enum Value {
    Nil,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// What indexing a string gives.
    Byte(u8),
    Unsigned(u64),
    Text(Text),
    Bytes(Text),
    Array(Array),
    Map(Map),
    Time(Time),
    /// Nanoseconds.
    Duration(i64),
    Zone(Zone),
    Month(u8),
    Weekday(u8),
    Version(Arc<Version>),
    Structure(Arc<Structure>),
    /// A method bound to its receiver, as `x.Year` without a call.
    Method(Arc<(Self, &'static str)>),
}

/// A string: bytes that are usually UTF-8 (slicing works on bytes, so a character can be cut).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Text(Arc<[u8]>);

impl Text {
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// As UTF-8, each invalid byte replaced by U+FFFD.
    #[must_use]
    pub fn to_str(&self) -> Cow<'_, str> {
        readable(&self.0)
    }
}

/// Each invalid byte becomes one U+FFFD, as Go decodes.
pub(crate) fn readable(bytes: &[u8]) -> Cow<'_, str> {
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for _ in chunk.invalid() {
            out.push('\u{FFFD}');
        }
    }
    Cow::Owned(out)
}

impl fmt::Debug for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.to_str())
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self(text.as_bytes().into())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Self {
        Self(text.into_bytes().into())
    }
}

impl From<Vec<u8>> for Text {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl From<&[u8]> for Text {
    fn from(bytes: &[u8]) -> Self {
        Self(bytes.into())
    }
}

/// The element type of an array, where Go has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrayType {
    /// `[]any`
    Any,
    /// `[]int`, what a range gives.
    Int,
    /// `[]string`, what `split` gives.
    Text,
    /// `[][2]any`, what `toPairs` gives.
    Pairs,
    /// `[2]any`, an element of the above.
    Pair,
}

#[derive(Clone, Debug)]
pub struct Array {
    pub of: ArrayType,
    pub items: Arc<[Value]>,
    /// Go's nil slice: empty, equal to nil, `null` as JSON.
    pub absent: bool,
    /// How deep arrays and maps are nested, itself included.
    pub(crate) depth: u32,
    pub(crate) size: usize,
}

impl Array {
    #[must_use]
    pub fn new(of: ArrayType, items: Vec<Value>) -> Self {
        let depth = 1 + items.iter().map(Value::depth).max().unwrap_or_default();
        let size = total_size(items.iter());
        Self { of, items: items.into(), absent: false, depth, size }
    }

    #[must_use]
    pub fn any(items: Vec<Value>) -> Self {
        Self::new(ArrayType::Any, items)
    }

    #[must_use]
    pub fn absent(of: ArrayType) -> Self {
        Self { of, items: Arc::from([]), absent: true, depth: 1, size: 0 }
    }
}

/// The Go type of a map: it decides which keys can be asked for and whether JSON can hold it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapType {
    /// `map[string]any`
    TextToAny,
    /// `map[string]string`
    TextToText,
    /// `map[any]any`, what `fromPairs` gives.
    AnyToAny,
    /// `map[any][]any`, what `groupBy` gives.
    AnyToArray,
}

/// A map key. The order is Go's order of printing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    Nil,
    Bool(bool),
    Int(i64),
    Unsigned(u64),
    Byte(u8),
    /// The bits, in an order that agrees with the number's.
    Float(i64),
    Duration(i64),
    Month(u8),
    Weekday(u8),
    Time(Time),
    Text(Text),
}

impl Key {
    /// `None` for what cannot be a key (arrays, maps, NaN aside everything else can).
    #[must_use]
    pub fn from_value(value: &Value) -> Option<Self> {
        Some(match value {
            Value::Nil => Self::Nil,
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value) => Self::Int(*value),
            Value::Unsigned(value) => Self::Unsigned(*value),
            Value::Byte(value) => Self::Byte(*value),
            Value::Float(value) => {
                let value = if *value == 0.0 { 0.0 } else { *value };
                let bits = value.to_bits().cast_signed();
                Self::Float(bits ^ (((bits >> 63).cast_unsigned()) >> 1).cast_signed())
            }
            Value::Duration(value) => Self::Duration(*value),
            Value::Month(value) => Self::Month(*value),
            Value::Weekday(value) => Self::Weekday(*value),
            Value::Time(value) => Self::Time(value.clone()),
            Value::Text(value) => Self::Text(value.clone()),
            _ => return None,
        })
    }

    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::Nil => Value::Nil,
            Self::Bool(value) => Value::Bool(*value),
            Self::Int(value) => Value::Int(*value),
            Self::Unsigned(value) => Value::Unsigned(*value),
            Self::Byte(value) => Value::Byte(*value),
            Self::Float(ordered) => {
                let bits = ordered ^ (((ordered >> 63).cast_unsigned()) >> 1).cast_signed();
                Value::Float(f64::from_bits(bits.cast_unsigned()))
            }
            Self::Duration(value) => Value::Duration(*value),
            Self::Month(value) => Value::Month(*value),
            Self::Weekday(value) => Value::Weekday(*value),
            Self::Time(value) => Value::Time(value.clone()),
            Self::Text(value) => Value::Text(value.clone()),
        }
    }
}

fn total_size<'a>(values: impl Iterator<Item = &'a Value>) -> usize {
    values.fold(0, |sum, value| sum.saturating_add(1).saturating_add(value.size()))
}

#[derive(Clone, Debug)]
pub struct Map {
    pub of: MapType,
    pub entries: Arc<BTreeMap<Key, Value>>,
    pub(crate) depth: u32,
    size: usize,
}

impl Map {
    #[must_use]
    pub fn new(of: MapType, entries: BTreeMap<Key, Value>) -> Self {
        let depth = 1 + entries.values().map(Value::depth).max().unwrap_or_default();
        let size = total_size(entries.values());
        Self { of, entries: Arc::new(entries), depth, size }
    }
}

impl Value {
    #[must_use]
    pub fn text(text: impl Into<Text>) -> Self {
        Self::Text(text.into())
    }

    #[must_use]
    pub fn array(items: Vec<Self>) -> Self {
        Self::Array(Array::any(items))
    }

    /// A `map[string]any`.
    #[must_use]
    pub fn map<K: Into<Text>>(entries: impl IntoIterator<Item = (K, Self)>) -> Self {
        let entries =
            entries.into_iter().map(|(key, value)| (Key::Text(key.into()), value)).collect();
        Self::Map(Map::new(MapType::TextToAny, entries))
    }

    /// A `map[string]string`, as `secret()` and `configMap()` give.
    #[must_use]
    pub fn text_map<K: Into<Text>, V: Into<Text>>(
        entries: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let entries = entries
            .into_iter()
            .map(|(key, value)| (Key::Text(key.into()), Self::Text(value.into())))
            .collect();
        Self::Map(Map::new(MapType::TextToText, entries))
    }

    /// JSON as Go decodes it: every number is a float.
    #[must_use]
    pub fn from_json(json: &serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Self::Nil,
            serde_json::Value::Bool(value) => Self::Bool(*value),
            serde_json::Value::Number(number) => Self::Float(number.as_f64().unwrap_or_default()),
            serde_json::Value::String(text) => Self::text(text.as_str()),
            serde_json::Value::Array(items) => {
                Self::array(items.iter().map(Self::from_json).collect())
            }
            serde_json::Value::Object(entries) => {
                Self::map(entries.iter().map(|(key, value)| (key.as_str(), Self::from_json(value))))
            }
        }
    }

    /// The value as JSON.
    ///
    /// # Errors
    /// For what JSON cannot hold: NaN, infinities, maps with keys of any type, functions.
    pub fn to_json(&self) -> Result<serde_json::Value, Error> {
        crate::json::to_serde(self).map_err(Error::Encode)
    }

    /// Go's JSON text of the value, compact.
    ///
    /// # Errors
    /// As [`Value::to_json`].
    pub fn to_json_text(&self) -> Result<String, Error> {
        crate::json::encode(self, None).map_err(Error::Encode)
    }

    /// How deep arrays and maps are nested: walking and dropping a value costs stack.
    pub(crate) fn depth(&self) -> u32 {
        match self {
            Self::Array(array) => array.depth,
            Self::Map(map) => map.depth,
            _ => 0,
        }
    }

    /// What looking at all of it costs, in small values: an array of arrays can hold the same one many times.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Text(text) | Self::Bytes(text) => text.len() / 8,
            Self::Array(array) => array.size,
            Self::Map(map) => map.size,
            _ => 0,
        }
    }

    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    #[must_use]
    pub fn as_text(&self) -> Option<&Text> {
        match self {
            Self::Text(value) => Some(value),
            _ => None,
        }
    }

    /// Nil, or an array Go would hold as a nil slice.
    #[must_use]
    pub fn is_nil(&self) -> bool {
        match self {
            Self::Nil => true,
            Self::Array(array) => array.absent,
            _ => false,
        }
    }

    /// What Go's `%T` would print, for messages.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Nil => "nil",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float64",
            Self::Byte(_) => "uint8",
            Self::Unsigned(_) => "uint64",
            Self::Text(_) => "string",
            Self::Bytes(_) => "bytes",
            Self::Array(_) => "array",
            Self::Map(_) => "map",
            Self::Time(_) => "time",
            Self::Duration(_) => "duration",
            Self::Zone(_) => "timezone",
            Self::Month(_) => "month",
            Self::Weekday(_) => "weekday",
            Self::Version(_) => "version",
            Self::Structure(_) => "struct",
            Self::Method(_) => "function",
        }
    }
}

impl fmt::Display for Value {
    /// As Go's `%v`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&readable(&crate::go_text::display(self)))
    }
}
