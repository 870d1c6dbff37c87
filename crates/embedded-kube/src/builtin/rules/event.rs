//! Events.

use serde_json::{Value, json};

use super::text;
use crate::field_error::FieldError;

/// Namespaces that also hold the events of objects without a namespace.
const FOR_ALL: [&str; 2] = ["default", "kube-system"];

/// An Event lives beside the object it is about.
pub(in crate::builtin) fn event(new: &Value, _: Option<&Value>, errors: &mut Vec<FieldError>) {
    beside(new, "involvedObject", errors);
}

/// The newer kind says more about when and what.
pub(in crate::builtin) fn new_event(
    new: &Value,
    old: Option<&Value>,
    errors: &mut Vec<FieldError>,
) {
    beside(new, "regarding", errors);
    if old.is_some() {
        return;
    }
    if text(new, "eventTime").is_empty() {
        errors.push(FieldError::required("eventTime", ""));
    }
    let kind = text(new, "type");
    if !matches!(kind, "Normal" | "Warning") {
        errors.push(FieldError::invalid("type", kind, format!("has invalid value: {kind}")));
    }
}

fn beside(new: &Value, field: &str, errors: &mut Vec<FieldError>) {
    let own = new.get("metadata").map(|all| text(all, "namespace")).unwrap_or_default();
    let of = new.get(field).map(|all| text(all, "namespace")).unwrap_or_default();
    let fits = if of.is_empty() { FOR_ALL.contains(&own) } else { of == own };
    if !fits {
        let detail = "does not match event.namespace";
        errors.push(FieldError::invalid("involvedObject.namespace", of, detail));
    }
}

/// Times and the source are there also when nothing is known.
pub(in crate::builtin) fn event_defaults(object: &mut Value) {
    let Some(fields) = object.as_object_mut() else { return };
    for name in ["eventTime", "firstTimestamp", "lastTimestamp"] {
        fields.entry(name).or_insert(Value::Null);
    }
    fields.entry("source").or_insert_with(|| json!({}));
    for name in ["reportingComponent", "reportingInstance"] {
        fields.entry(name).or_insert_with(|| json!(""));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(rule: fn(&Value, Option<&Value>, &mut Vec<FieldError>), event: &Value) -> Vec<String> {
        let mut errors = Vec::new();
        rule(event, None, &mut errors);
        errors.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn an_event_lives_beside_its_object() {
        let about = |own: &str, of: &str| json!({"metadata": {"namespace": own}, "involvedObject": {"namespace": of}});
        assert!(told(event, &about("shop", "shop")).is_empty());
        assert!(told(event, &about("default", "")).is_empty());
        for (own, of) in [("shop", "other"), ("shop", "")] {
            assert_eq!(
                told(event, &about(own, of)),
                [format!(
                    "involvedObject.namespace: Invalid value: \"{of}\": does not match event.namespace"
                )]
            );
        }
    }

    #[test]
    fn the_newer_kind_has_a_time_and_a_type() {
        let event = json!({"metadata": {"namespace": "shop"}, "regarding": {"namespace": "shop"}});
        assert_eq!(
            told(new_event, &event),
            ["eventTime: Required value", "type: Invalid value: \"\": has invalid value: "]
        );
    }
}
