//! Semantic versions.

use std::sync::Arc;

use super::Call;
use crate::operators::Outcome;
use crate::semver::Version;
use crate::value::{Value, readable};

pub(super) fn parse(call: Call<'_>) -> Outcome {
    let version = Version::parse(&readable(call.text(0)?))
        .map_err(|invalid| call.refuse(&invalid.to_string()))?;
    Ok(Value::Version(Arc::new(version)))
}

/// The largest part that differs; a prerelease counts as none.
pub(super) fn difference(call: Call<'_>) -> Outcome {
    let (left, right) =
        (Version::parse(&readable(call.text(0)?)), Version::parse(&readable(call.text(1)?)));
    let (Ok(left), Ok(right)) = (left, right) else {
        return Ok(Value::text("Incomparable"));
    };
    Ok(Value::text(if left.major() != right.major() {
        "Major"
    } else if left.minor() != right.minor() {
        "Minor"
    } else if left.patch() != right.patch() {
        "Patch"
    } else if left.metadata() != right.metadata() {
        "Metadata"
    } else {
        "None"
    }))
}
