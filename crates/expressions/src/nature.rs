//! What is known about a value's type before running, as expr-lang's checker knows it without an environment.

use crate::value::{ArrayType, MapType, Value};

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Nature {
    /// Not known: every variable.
    Unknown,
    /// Declared to be anything: what `fromJSON` gives.
    Any,
    Nil,
    Bool,
    Int,
    Float,
    Byte,
    Unsigned,
    Text,
    Bytes,
    Time,
    Duration,
    Zone,
    Month,
    Weekday,
    Version,
    Structure(&'static str),
    /// The element's nature may be known better than the array's type says.
    Array(ArrayType, Box<Self>),
    Map(MapType),
    /// A function; what it gives when it is a method.
    Function(Box<Self>),
}

/// Go's kinds, as far as they are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GoKind {
    Invalid,
    Interface,
    Bool,
    Int,
    Int64,
    Uint8,
    Uint64,
    Float64,
    String,
    Slice,
    Array,
    Map,
    Struct,
    Pointer,
    Func,
}

impl Nature {
    pub(crate) fn array(element: Self) -> Self {
        Self::Array(ArrayType::Any, Box::new(element))
    }

    pub(crate) fn any_array() -> Self {
        Self::array(Self::Any)
    }

    pub(crate) fn kind(&self) -> GoKind {
        match self {
            Self::Unknown | Self::Nil => GoKind::Invalid,
            Self::Any => GoKind::Interface,
            Self::Bool => GoKind::Bool,
            Self::Int | Self::Month | Self::Weekday => GoKind::Int,
            Self::Duration => GoKind::Int64,
            Self::Byte => GoKind::Uint8,
            Self::Unsigned => GoKind::Uint64,
            Self::Float => GoKind::Float64,
            Self::Text => GoKind::String,
            Self::Array(ArrayType::Pair, _) => GoKind::Array,
            Self::Bytes | Self::Array(..) => GoKind::Slice,
            Self::Map(_) => GoKind::Map,
            Self::Time | Self::Structure(_) => GoKind::Struct,
            Self::Zone | Self::Version => GoKind::Pointer,
            Self::Function(_) => GoKind::Func,
        }
    }

    pub(crate) fn is_unknown(&self) -> bool {
        matches!(self, Self::Unknown | Self::Any)
    }

    pub(crate) fn is_nil(&self) -> bool {
        matches!(self, Self::Nil)
    }

    pub(crate) fn is_integer(&self) -> bool {
        matches!(self, Self::Int | Self::Byte | Self::Unsigned)
    }

    pub(crate) fn is_number(&self) -> bool {
        self.is_integer() || matches!(self, Self::Float)
    }

    pub(crate) fn is_array(&self) -> bool {
        matches!(self.kind(), GoKind::Slice | GoKind::Array)
    }

    /// The same without what Go's own type does not say.
    pub(crate) fn declared(&self) -> Self {
        match self {
            Self::Array(of, _) => Self::of_array(*of),
            Self::Unknown => Self::Any,
            other => other.clone(),
        }
    }

    fn of_array(of: ArrayType) -> Self {
        let element = match of {
            ArrayType::Any | ArrayType::Pair => Self::Any,
            ArrayType::Int => Self::Int,
            ArrayType::Text => Self::Text,
            ArrayType::Pairs => Self::Array(ArrayType::Pair, Box::new(Self::Any)),
        };
        Self::Array(of, Box::new(element))
    }

    pub(crate) fn element(&self) -> Self {
        match self {
            Self::Array(_, element) => (**element).clone(),
            Self::Bytes => Self::Byte,
            Self::Map(MapType::TextToText) => Self::Text,
            Self::Map(MapType::AnyToArray) => Self::any_array(),
            Self::Map(_) => Self::Any,
            _ => Self::Unknown,
        }
    }

    /// Whether the map's keys are strings; any value can be a key otherwise.
    pub(crate) fn has_text_keys(&self) -> bool {
        matches!(self, Self::Map(MapType::TextToAny | MapType::TextToText))
    }

    /// Go's assignability between the declared types.
    pub(crate) fn assignable_to(&self, other: &Self) -> bool {
        if self.is_nil() {
            return matches!(
                other.kind(),
                GoKind::Pointer | GoKind::Interface | GoKind::Func | GoKind::Map | GoKind::Slice
            );
        }
        match (self, other) {
            (Self::Unknown | Self::Nil, _) | (_, Self::Unknown | Self::Nil) => false,
            (_, Self::Any) => true,
            (Self::Array(left, _), Self::Array(right, _)) => left == right,
            (Self::Function(_), Self::Function(_)) => true,
            _ => self == other,
        }
    }

    pub(crate) fn comparable_to(&self, other: &Self) -> bool {
        self.is_unknown()
            || other.is_unknown()
            || self.is_nil()
            || other.is_nil()
            || (self.is_number() && other.is_number())
            || (self.is_array() && other.is_array())
            || self.assignable_to(other)
    }

    /// One side unknown and the other (or both unknown) as `check` wants it.
    pub(crate) fn maybe(&self, other: &Self, check: impl Fn(&Self) -> bool) -> bool {
        match (self.is_unknown(), other.is_unknown()) {
            (true, true) => true,
            (true, false) => check(other),
            (false, true) => check(self),
            (false, false) => false,
        }
    }

    pub(crate) fn of_value(value: &Value) -> Self {
        match value {
            Value::Nil => Self::Nil,
            Value::Bool(_) => Self::Bool,
            Value::Int(_) => Self::Int,
            Value::Float(_) => Self::Float,
            Value::Byte(_) => Self::Byte,
            Value::Unsigned(_) => Self::Unsigned,
            Value::Text(_) => Self::Text,
            Value::Bytes(_) => Self::Bytes,
            Value::Array(array) => Self::of_array(array.of),
            Value::Map(map) => Self::Map(map.of),
            Value::Time(_) => Self::Time,
            Value::Duration(_) => Self::Duration,
            Value::Zone(_) => Self::Zone,
            Value::Month(_) => Self::Month,
            Value::Weekday(_) => Self::Weekday,
            Value::Version(_) => Self::Version,
            Value::Structure(structure) => Self::Structure(structure.type_name),
            Value::Method(_) => Self::Function(Box::new(Self::Unknown)),
        }
    }

    pub(crate) fn describe(&self) -> &'static str {
        match self {
            Self::Unknown | Self::Any => "unknown",
            Self::Nil => "nil",
            Self::Bool => "bool",
            Self::Int => "int",
            Self::Float => "float",
            Self::Byte => "uint8",
            Self::Unsigned => "uint64",
            Self::Text => "string",
            Self::Bytes => "bytes",
            Self::Time => "time",
            Self::Duration => "duration",
            Self::Zone => "timezone",
            Self::Month => "month",
            Self::Weekday => "weekday",
            Self::Version => "version",
            Self::Structure(name) => name,
            Self::Array(..) => "array",
            Self::Map(_) => "map",
            Self::Function(_) => "function",
        }
    }
}
