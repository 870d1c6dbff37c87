//! How admission says no: a Kubernetes status in parts, naming the field, the value and what would be right.

use serde_json::Value;
use thiserror::Error;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// Path of the field, such as `spec.subscriptions[0].image.constraint`.
    pub field: String,
    /// Kubernetes' word for the kind of mistake.
    pub reason: &'static str,
    /// The value and what would be right.
    pub message: String,
}

/// The answer to a request that may not pass.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{message}")]
pub struct Denied {
    /// HTTP status code.
    pub code: u16,
    /// Kubernetes' machine-readable reason.
    pub reason: &'static str,
    /// For people.
    pub message: String,
    /// Every mistake that was found.
    pub causes: Vec<Cause>,
}

impl Denied {
    /// 422: the object is not right; `None` when there is nothing wrong.
    #[must_use]
    pub fn invalid(kind: &str, name: &str, causes: Vec<Cause>) -> Option<Self> {
        if causes.is_empty() {
            return None;
        }
        let listed: Vec<String> =
            causes.iter().map(|cause| format!("{}: {}", cause.field, cause.message)).collect();
        let listed = match listed.as_slice() {
            [one] => one.clone(),
            several => format!("[{}]", several.join(", ")),
        };
        let message = format!("{kind} {name:?} is invalid: {listed}");
        Some(Self { code: 422, reason: "Invalid", message, causes })
    }

    /// 403: the caller may not do this.
    #[must_use]
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self { code: 403, reason: "Forbidden", message: message.into(), causes: Vec::new() }
    }

    /// 409: something else is in the way.
    #[must_use]
    pub fn conflict(message: impl Into<String>) -> Self {
        Self { code: 409, reason: "Conflict", message: message.into(), causes: Vec::new() }
    }

    /// 404: something the object refers to does not exist.
    #[must_use]
    pub fn not_found(message: impl Into<String>) -> Self {
        Self { code: 404, reason: "NotFound", message: message.into(), causes: Vec::new() }
    }

    /// 400: the request is not what it claims to be.
    #[must_use]
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self { code: 400, reason: "BadRequest", message: message.into(), causes: Vec::new() }
    }
}

/// Collects what is wrong with one object.
#[derive(Clone, Debug, Default)]
pub struct Causes(pub Vec<Cause>);

impl Causes {
    /// The value is not right.
    pub fn invalid(&mut self, field: impl Into<String>, value: &str, message: impl AsRef<str>) {
        self.push(
            field,
            "FieldValueInvalid",
            format!("Invalid value: {value:?}: {}", message.as_ref()),
        );
    }

    /// Something must be there.
    pub fn required(&mut self, field: impl Into<String>, message: impl AsRef<str>) {
        self.push(field, "FieldValueRequired", format!("Required value: {}", message.as_ref()));
    }

    /// The value is there twice.
    pub fn duplicate(&mut self, field: impl Into<String>, value: &str, message: impl AsRef<str>) {
        self.push(
            field,
            "FieldValueDuplicate",
            format!("Duplicate value: {value:?}: {}", message.as_ref()),
        );
    }

    /// The field must not be there, or must not change.
    pub fn forbidden(&mut self, field: impl Into<String>, message: impl AsRef<str>) {
        self.push(field, "FieldValueForbidden", format!("Forbidden: {}", message.as_ref()));
    }

    /// What the field refers to does not exist.
    pub fn not_found(&mut self, field: impl Into<String>, value: &str, message: impl AsRef<str>) {
        self.push(
            field,
            "FieldValueNotFound",
            format!("Not found: {value:?}: {}", message.as_ref()),
        );
    }

    fn push(&mut self, field: impl Into<String>, reason: &'static str, message: String) {
        self.0.push(Cause { field: field.into(), reason, message });
    }

    /// Refuses the object if anything was found.
    pub fn refuse(self, kind: &str, name: &str) -> Result<(), Denied> {
        Denied::invalid(kind, name, self.0).map_or(Ok(()), Err)
    }
}

/// Shows a JSON value in a message without flooding it.
#[must_use]
pub(super) fn shown(value: &Value) -> String {
    const LIMIT: usize = 120;
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.char_indices().nth(LIMIT) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
