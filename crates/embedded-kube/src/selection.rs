//! Which objects of a list or watch are meant: label and field selectors over stored entries.
use crate::call::Call;
use crate::resource::Resource;
use crate::selectors::{FieldSelector, LabelSelector};
use crate::status::Status;
use crate::store::Entry;
use serde_json::Value;

#[derive(Debug, Default)]
pub(crate) struct Selection {
    labels: LabelSelector,
    fields: FieldSelector,
}

impl Selection {
    pub(crate) fn of(call: &Call) -> Result<Self, Status> {
        let labels =
            LabelSelector::parse(&call.query.label_selector).map_err(Status::bad_request)?;
        let fields =
            FieldSelector::parse(&call.query.field_selector).map_err(Status::bad_request)?;
        for field in fields.fields() {
            let known = matches!(field, "metadata.name" | "metadata.namespace")
                || call.resource.selectable.iter().any(|selectable| selectable == field);
            if !known {
                return Err(Status::bad_request(unknown(call, field)));
            }
        }
        Ok(Self { labels, fields })
    }

    pub(crate) fn is_everything(&self) -> bool {
        self.labels.is_empty() && self.fields.is_empty()
    }

    /// The one name that can match, so that a list of one needs no scan.
    pub(crate) fn only_name(&self) -> Option<&str> {
        self.fields.required("metadata.name")
    }

    pub(crate) fn matches(&self, resource: &Resource, entry: &Entry) -> bool {
        if !self.labels.is_empty() && !self.labels.matches(Some(&entry.facts.labels_map())) {
            return false;
        }
        if self.fields.is_empty() {
            return true;
        }
        let parsed = std::cell::OnceCell::new();
        self.fields.matches(|field| match field {
            "metadata.name" => Some(entry.name().to_owned()),
            "metadata.namespace" => Some(entry.namespace().to_owned()),
            other => lookup(parsed.get_or_init(|| resource.read(entry)), other),
        })
    }
}

/// Kinds with fields of their own to select by word this differently.
fn unknown(call: &Call, field: &str) -> String {
    if call.resource.custom.is_some() || !call.resource.selectable.is_empty() {
        return format!("field label not supported: {field}");
    }
    format!(
        "\"{field}\" is not a known field selector: only \"metadata.name\", \"metadata.namespace\""
    )
}

fn lookup(object: &Value, field: &str) -> Option<String> {
    let found = field.split('.').try_fold(object, |value, part| value.get(part))?;
    match found {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}
