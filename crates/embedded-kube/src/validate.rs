//! The checks every object passes before it is stored.
use crate::builtin;
use crate::call::Call;
use crate::field_error::FieldError;
use crate::names::validate_metadata;
use crate::resource::Resource;
use crate::server::Server;
use crate::status::{Cause, Status};
use serde_json::Value;

impl Server {
    pub(crate) fn validate(
        &self,
        call: &Call,
        old: Option<&Value>,
        object: &Value,
    ) -> Result<(), Status> {
        let resource = &call.resource;
        let mut errors = validate_metadata(object, resource.namespaced, resource.names);
        if let Some(old) = old {
            // An old name may break a rule that came later; it cannot change any more.
            errors.retain(|error| {
                error.path != "metadata.name"
                    || old["metadata"]["name"] != object["metadata"]["name"]
            });
        }
        if let Some(custom) = &resource.custom {
            errors.extend(custom.schema.validate(object, old));
        }
        if let Some(kind) = resource.builtin {
            errors.extend(kind.validate(object, old));
        }
        refuse(resource, object, &errors)
    }
}

/// Values of a wrong type cannot be read at all: 400, as the real server's decoder answers.
pub(crate) fn check_types(resource: &Resource, object: &Value) -> Result<(), Status> {
    let complaint = match resource.builtin {
        Some(kind) => kind.type_error(object),
        None => builtin::metadata_type_error(&resource.kind, &object["metadata"]),
    };
    let Some(complaint) = complaint else { return Ok(()) };
    Err(Status::bad_request(format!(
        "{} in version \"{}\" cannot be handled as a {}: {complaint}",
        resource.kind, resource.version, resource.kind
    )))
}

fn refuse(resource: &Resource, object: &Value, errors: &[FieldError]) -> Result<(), Status> {
    if errors.is_empty() {
        return Ok(());
    }
    let causes = errors
        .iter()
        .map(|error| Cause {
            reason: error.kind.reason().into(),
            message: error.body(),
            field: error.path.clone(),
        })
        .collect();
    let name = object["metadata"]["name"].as_str().unwrap_or_default();
    Err(Status::invalid(&resource.group, &resource.kind, name, causes))
}
