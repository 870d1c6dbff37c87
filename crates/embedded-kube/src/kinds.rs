//! What the server itself decides about single built-in kinds.
use crate::call::Call;
use crate::resource::Resource;
use serde_json::{Value, json};

/// Fills in what the real server fills in for a new object.
pub(crate) fn on_create(resource: &Resource, object: &mut Value, now: &str) {
    match resource.collection.as_str() {
        "/core/namespaces" => {
            object["spec"] = json!({"finalizers": ["kubernetes"]});
            object["status"] = json!({"phase": "Active"});
        }
        crate::crd::COLLECTION => crate::crd::complete(object, None, now),
        _ => {}
    }
}

/// Keeps what the real server keeps when an object changes.
pub(crate) fn on_update(call: &Call, current: &Value, object: &mut Value) {
    let finalizes = call.subresource.as_deref() == Some("finalize");
    match call.resource.collection.as_str() {
        "/core/namespaces" if !finalizes => object["spec"] = current["spec"].clone(),
        crate::crd::COLLECTION => crate::crd::complete(object, Some(current), ""),
        _ => {}
    }
}
