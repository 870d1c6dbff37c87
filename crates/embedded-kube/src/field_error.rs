//! One rejected field of an object, worded as a Kubernetes API server words it.

use std::fmt;

use serde_json::{Value, json};

/// What is wrong with a field; decides the wording and the `reason` of the cause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FieldErrorKind {
    Duplicate,
    Forbidden,
    Internal,
    Invalid,
    NotFound,
    NotSupported,
    Required,
    TooLong,
    TooMany,
    TypeInvalid,
}

impl FieldErrorKind {
    /// The machine readable reason used in `status.details.causes[].reason`.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Duplicate => "FieldValueDuplicate",
            Self::Forbidden => "FieldValueForbidden",
            Self::Internal => "InternalError",
            Self::Invalid => "FieldValueInvalid",
            Self::NotFound => "FieldValueNotFound",
            Self::NotSupported => "FieldValueNotSupported",
            Self::Required => "FieldValueRequired",
            Self::TooLong => "FieldValueTooLong",
            Self::TooMany => "FieldValueTooMany",
            Self::TypeInvalid => "FieldValueTypeInvalid",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Duplicate => "Duplicate value",
            Self::Forbidden => "Forbidden",
            Self::Internal => "Internal error",
            Self::Invalid | Self::TypeInvalid => "Invalid value",
            Self::NotFound => "Not found",
            Self::NotSupported => "Unsupported value",
            Self::Required => "Required value",
            Self::TooLong => "Too long",
            Self::TooMany => "Too many",
        }
    }

    fn shows_value(self) -> bool {
        !matches!(self, Self::Forbidden | Self::Internal | Self::Required | Self::TooLong)
    }
}

/// One rejected field.
#[derive(Clone, Debug, PartialEq)]
pub struct FieldError {
    /// Path such as `spec.items[0].name`; `<nil>` when the complaint is about the whole object.
    pub path: String,
    pub kind: FieldErrorKind,
    pub value: Value,
    pub detail: String,
    shows_value: bool,
}

impl FieldError {
    pub fn new(
        kind: FieldErrorKind,
        path: impl Into<String>,
        value: Value,
        detail: impl Into<String>,
    ) -> Self {
        Self {
            path: path.into(),
            kind,
            value,
            detail: detail.into(),
            shows_value: kind.shows_value(),
        }
    }

    /// A complaint that does not repeat the value.
    pub fn without_value(
        kind: FieldErrorKind,
        path: impl Into<String>,
        detail: impl Into<String>,
    ) -> Self {
        Self { shows_value: false, ..Self::new(kind, path, Value::Null, detail) }
    }

    pub fn invalid(
        path: impl Into<String>,
        value: impl Into<Value>,
        detail: impl Into<String>,
    ) -> Self {
        Self::new(FieldErrorKind::Invalid, path, value.into(), detail)
    }

    pub fn required(path: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(FieldErrorKind::Required, path, Value::Null, detail)
    }

    pub fn forbidden(path: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::new(FieldErrorKind::Forbidden, path, Value::Null, detail)
    }

    pub fn duplicate(path: impl Into<String>, value: Value) -> Self {
        Self::new(FieldErrorKind::Duplicate, path, value, "")
    }

    pub fn not_supported<S: AsRef<str>>(
        path: impl Into<String>,
        value: Value,
        supported: &[S],
    ) -> Self {
        let quoted: Vec<String> = supported.iter().map(|one| quote(one.as_ref())).collect();
        let detail = if quoted.is_empty() {
            String::new()
        } else {
            format!("supported values: {}", quoted.join(", "))
        };
        Self::new(FieldErrorKind::NotSupported, path, value, detail)
    }

    pub fn too_long(path: impl Into<String>, limit: u64) -> Self {
        let unit = if limit == 1 { "byte" } else { "bytes" };
        Self::new(
            FieldErrorKind::TooLong,
            path,
            Value::Null,
            format!("may not be more than {limit} {unit}"),
        )
    }

    pub fn too_many(path: impl Into<String>, actual: u64, limit: u64) -> Self {
        let unit = if limit == 1 { "item" } else { "items" };
        Self::new(
            FieldErrorKind::TooMany,
            path,
            actual.into(),
            format!("must have at most {limit} {unit}"),
        )
    }

    /// The message without the path, as in `status.details.causes[].message`.
    pub fn body(&self) -> String {
        let mut text = self.kind.words().to_string();
        if self.shows_value {
            text.push_str(": ");
            text.push_str(&shown(&self.value));
        }
        if !self.detail.is_empty() {
            text.push_str(": ");
            text.push_str(&self.detail);
        }
        text
    }

    /// The entry for `status.details.causes`.
    pub fn cause(&self) -> Value {
        json!({ "reason": self.kind.reason(), "message": self.body(), "field": self.path })
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.path, self.body())
    }
}

/// The message of a list of errors: one as it is, several in brackets, equal ones once.
pub fn aggregate(errors: &[FieldError]) -> String {
    let mut messages: Vec<String> = Vec::new();
    for error in errors {
        let message = error.to_string();
        if !messages.contains(&message) {
            messages.push(message);
        }
    }
    match messages.as_slice() {
        [one] => one.clone(),
        _ => format!("[{}]", messages.join(", ")),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => quote(text),
        other => other.to_string(),
    }
}

/// Go's `%q`: printable characters stay, everything else is escaped.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{7}' => out.push_str("\\a"),
            '\u{8}' => out.push_str("\\b"),
            '\u{b}' => out.push_str("\\v"),
            '\u{c}' => out.push_str("\\f"),
            other if other.is_ascii_control() => {
                out.push_str(&format!("\\x{:02x}", u32::from(other)));
            }
            other if other.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(other))),
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wording_is_that_of_the_real_server() {
        let cases = [
            (
                FieldError::invalid("spec.a", "x\ny", "must be z"),
                r#"spec.a: Invalid value: "x\ny": must be z"#,
            ),
            (
                FieldError::invalid("spec.a", json!({"b": 1}), ""),
                r#"spec.a: Invalid value: {"b":1}"#,
            ),
            (FieldError::invalid("<nil>", "null", "why"), r#"<nil>: Invalid value: "null": why"#),
            (FieldError::required("spec.a", ""), "spec.a: Required value"),
            (FieldError::too_long("spec.a", 1), "spec.a: Too long: may not be more than 1 byte"),
            (
                FieldError::too_many("spec.a", 3, 2),
                "spec.a: Too many: 3: must have at most 2 items",
            ),
            (
                FieldError::not_supported("spec.a", json!("c"), &["a", "b"]),
                r#"spec.a: Unsupported value: "c": supported values: "a", "b""#,
            ),
            (FieldError::duplicate("spec.a[1]", json!("x")), r#"spec.a[1]: Duplicate value: "x""#),
        ];
        for (error, expected) in cases {
            assert_eq!(error.to_string(), expected);
        }
    }

    #[test]
    fn several_errors_are_bracketed_and_equal_ones_shown_once() {
        let one = FieldError::required("a", "");
        let two = FieldError::required("b", "");
        assert_eq!(aggregate(std::slice::from_ref(&one)), "a: Required value");
        assert_eq!(aggregate(&[one.clone(), two, one]), "[a: Required value, b: Required value]");
    }
}
