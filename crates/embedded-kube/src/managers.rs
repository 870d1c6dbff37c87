//! Who manages which fields: recorded for updates, decided for applies.
use crate::call::Call;
use crate::managed_fields::{self, ApplyError, Manager};
use crate::server::Server;
use crate::status::{Cause, Status};
use crate::write::Origin;
use serde_json::Value;

impl Server {
    /// Records what a create, update or patch changed under the name of its manager.
    pub(crate) fn record(
        &self,
        call: &Call,
        old: Option<&Value>,
        object: &mut Value,
        origin: Origin,
    ) {
        if origin == Origin::Apply {
            return;
        }
        let (name, time, version) = (call.manager(), self.timestamp(), call.resource.api_version());
        let manager = manager(call, &name, &time, &version);
        managed_fields::record_update(old, object, &manager, call.resource.list_types());
    }

    /// What the object becomes when `patch` is applied to it.
    pub(crate) fn applied(
        &self,
        call: &Call,
        live: Option<&Value>,
        patch: &Value,
    ) -> Result<Value, Status> {
        let (name, time, version) = (call.manager(), self.timestamp(), call.resource.api_version());
        let manager = manager(call, &name, &time, &version);
        let outcome = managed_fields::apply(live, patch, &manager, call.resource.list_types());
        outcome.map_err(|error| refusal(&error))
    }
}

fn manager<'a>(call: &'a Call, name: &'a str, time: &'a str, version: &'a str) -> Manager<'a> {
    Manager {
        name,
        force: call.query.force.unwrap_or_default(),
        subresource: call.subresource.as_deref(),
        time,
        api_version: version,
    }
}

fn refusal(error: &ApplyError) -> Status {
    match error {
        ApplyError::Conflict(conflicts) => {
            let mut status = Status::new(409, "Conflict", error.to_string());
            let details = status.details.get_or_insert_default();
            details.causes = conflicts
                .iter()
                .map(|conflict| Cause {
                    reason: "FieldManagerConflict".into(),
                    message: format!("conflict with {}", conflict.manager),
                    field: conflict.path.clone(),
                })
                .collect();
            status
        }
        ApplyError::Invalid(message) => Status::new(400, "", message.clone()),
    }
}
