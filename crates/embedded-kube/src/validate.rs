//! The checks every object passes before it is stored.
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
            errors.retain(|error| error.path != "metadata.name" || old["metadata"]["name"] != object["metadata"]["name"]);
        }
        match &resource.custom {
            Some(custom) => errors.extend(custom.schema.validate(object, old)),
            None => errors.extend(crate::kinds::validate(resource, object, old)),
        }
        refuse(resource, object, &errors)
    }
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
