//! Which parts of an object a client may change, and what the server derives from a change.
use crate::call::Call;
use crate::status::{Cause, Status};
use serde_json::Value;

/// Metadata is typed: what is empty there is the same as absent.
pub(crate) fn tidy_metadata(object: &mut Value) {
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    metadata.retain(|_, value| match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        _ => true,
    });
}

/// Puts back what a client cannot change; a status write changes the status alone, any other write all but it.
pub(crate) fn keep_what_the_server_owns(
    call: &Call,
    current: &Value,
    object: &mut Value,
) -> Result<(), Status> {
    if !object["metadata"].is_object() {
        return Err(Status::bad_request("metadata must be an object"));
    }
    if call.is_status() {
        let status = object.get_mut("status").map(Value::take);
        let managed = object["metadata"].get_mut("managedFields").map(Value::take);
        *object = current.clone();
        match status {
            Some(status) if !status.is_null() => object["status"] = status,
            _ => remove(object, "status"),
        }
        if let Some(managed) = managed {
            object["metadata"]["managedFields"] = managed;
        }
        return Ok(());
    }
    if call.resource.has_status {
        match current.get("status") {
            Some(status) => object["status"] = status.clone(),
            None => remove(object, "status"),
        }
    }
    const OWNED: [&str; 9] = [
        "uid",
        "creationTimestamp",
        "namespace",
        "name",
        "deletionTimestamp",
        "deletionGracePeriodSeconds",
        "generation",
        "generateName",
        "selfLink",
    ];
    for field in OWNED {
        match current["metadata"].get(field) {
            Some(value) => object["metadata"][field] = value.clone(),
            None => remove(&mut object["metadata"], field),
        }
    }
    check_new_finalizers(call, current, object)
}

fn check_new_finalizers(call: &Call, current: &Value, object: &Value) -> Result<(), Status> {
    if !current["metadata"]["deletionTimestamp"].is_string() {
        return Ok(());
    }
    let of = |object: &Value| -> Vec<Value> {
        object["metadata"]["finalizers"].as_array().cloned().unwrap_or_default()
    };
    let known = of(current);
    let new: Vec<Value> = of(object).into_iter().filter(|one| !known.contains(one)).collect();
    if new.is_empty() {
        return Ok(());
    }
    let resource = &call.resource;
    let message = format!(
        "Forbidden: no new finalizers can be added if the object is being deleted, found new finalizers []string{{{}}}",
        new.iter().map(Value::to_string).collect::<Vec<_>>().join(", ")
    );
    let cause = Cause {
        reason: "FieldValueForbidden".into(),
        message,
        field: "metadata.finalizers".into(),
    };
    Err(Status::invalid(&resource.group, &resource.kind, call.name(), vec![cause]))
}

pub(crate) fn count_generation(call: &Call, current: &Value, object: &mut Value) {
    let resource = &call.resource;
    if !resource.has_generation || call.is_status() {
        return;
    }
    let ignored: &[&str] =
        if resource.has_status { &["metadata", "status"] } else { &["metadata"] };
    if !same_except(current, object, ignored) {
        let generation = current["metadata"]["generation"].as_i64().unwrap_or_default();
        object["metadata"]["generation"] = (generation + 1).into();
    }
}

fn same_except(one: &Value, other: &Value, ignored: &[&str]) -> bool {
    let (Some(one), Some(other)) = (one.as_object(), other.as_object()) else {
        return one == other;
    };
    let counts = |name: &&String| !ignored.contains(&name.as_str());
    one.keys().filter(counts).all(|name| one.get(name) == other.get(name))
        && other.keys().filter(counts).all(|name| one.contains_key(name))
}

/// Being deleted and nothing holds it any more.
pub(crate) fn is_finished(object: &Value) -> bool {
    let metadata = &object["metadata"];
    let held = metadata["finalizers"].as_array().is_some_and(|list| !list.is_empty())
        || object["kind"] == "Namespace"
            && object["apiVersion"] == "v1"
            && object["spec"]["finalizers"].as_array().is_some_and(|list| !list.is_empty());
    metadata["deletionTimestamp"].is_string() && !held
}

pub(crate) fn remove(object: &mut Value, field: &str) {
    if let Some(fields) = object.as_object_mut() {
        fields.remove(field);
    }
}
