//! `patch`: JSON patch, merge patch, strategic merge patch and server-side apply.
use crate::body::parse;
use crate::call::{Call, Content};
use crate::json_patch::PatchError;
use crate::server::Server;
use crate::status::{Cause, Status};
use crate::write::{ATTEMPTS, Origin, Outcome};
use axum::response::Response;
use serde_json::Value;

impl Server {
    pub(crate) async fn patch(&self, call: &Call, body: &[u8]) -> Result<Response, Status> {
        check_content(call)?;
        let content = match call.content {
            Content::Apply => Content::Apply,
            _ => Content::Json,
        };
        let patch = parse(content, body)?;
        check_apply(call, &patch)?;
        let wanted = match &patch["metadata"]["resourceVersion"] {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            _ => None,
        };
        for _ in 0..ATTEMPTS {
            match self.try_patch(call, &patch, wanted.as_deref()).await {
                // Somebody else was faster: compute the patch on what is there now.
                Err(status) if lost_race(&status) && wanted.is_none() => {}
                outcome => {
                    let (code, outcome) = outcome?;
                    return Ok(self.answer(call, code, outcome));
                }
            }
        }
        Err(call.changed())
    }

    async fn try_patch(
        &self,
        call: &Call,
        patch: &Value,
        wanted: Option<&str>,
    ) -> Result<(u16, Outcome), Status> {
        let Some(entry) = self.store.get(&call.key()) else {
            if call.content != Content::Apply || call.subresource.is_some() {
                return Err(call.not_found());
            }
            self.authorize_path_of(call, "create")?;
            let object = self.applied(call, None, patch)?;
            return Ok((201, self.insert(call, object, Origin::Apply).await?));
        };
        if wanted.is_some_and(|wanted| wanted != entry.revision.to_string()) {
            return Err(call.changed());
        }
        let current = call.resource.read(&entry);
        let (object, origin) = match call.content {
            Content::Apply => (self.applied(call, Some(&current), patch)?, Origin::Apply),
            _ => (patched(call, &current, patch)?, Origin::Patch),
        };
        Ok((200, self.replace(call, &entry, &current, object, origin).await?))
    }
}

fn lost_race(status: &Status) -> bool {
    (status.reason == "Conflict" && status.message.contains("has been modified"))
        || status.reason == "AlreadyExists"
}

fn check_content(call: &Call) -> Result<(), Status> {
    let strategic = call.resource.custom.is_none();
    let media = match (call.content, strategic) {
        (Content::JsonPatch | Content::MergePatch | Content::Apply, _)
        | (Content::StrategicPatch, true) => return Ok(()),
        (_, true) => {
            "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml, application/strategic-merge-patch+json"
        }
        (_, false) => {
            "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
        }
    };
    let message = format!(
        "the body of the request was in an unknown format - accepted media types include: {media}"
    );
    Err(Status::new(415, "UnsupportedMediaType", message))
}

fn check_apply(call: &Call, patch: &Value) -> Result<(), Status> {
    if call.content != Content::Apply {
        if call.query.force.is_some() {
            let cause = Cause {
                reason: "FieldValueForbidden".into(),
                message: "Forbidden: may not be specified for non-apply patch".into(),
                field: "force".into(),
            };
            return Err(Status::invalid("meta.k8s.io", "PatchOptions", "", vec![cause]));
        }
        return Ok(());
    }
    let resource = &call.resource;
    if call.query.field_manager.is_none() {
        let cause = Cause {
            reason: "FieldValueRequired".into(),
            message: "Required value: is required for apply patch".into(),
            field: "fieldManager".into(),
        };
        return Err(Status::invalid("meta.k8s.io", "PatchOptions", "", vec![cause]));
    }
    let text = |field: &str| patch[field].as_str().unwrap_or_default();
    if text("kind") != resource.kind || text("apiVersion") != resource.api_version() {
        let (group, version) =
            text("apiVersion").split_once('/').unwrap_or(("", text("apiVersion")));
        return Err(Status::bad_request(format!(
            "invalid object type: {group}/{version}, Kind={}",
            text("kind")
        )));
    }
    for (field, right) in [("name", call.name()), ("namespace", call.namespace())] {
        let found = patch["metadata"][field].as_str().unwrap_or(right);
        if found != right {
            return Err(Status::bad_request(format!(
                "the {field} of the object ({found}) does not match the {field} on the URL ({right})"
            )));
        }
    }
    if patch["metadata"]["managedFields"].as_array().is_some_and(|list| !list.is_empty()) {
        return Err(Status::bad_request("metadata.managedFields must be nil"));
    }
    Ok(())
}

fn patched(call: &Call, current: &Value, patch: &Value) -> Result<Value, Status> {
    if call.content != Content::JsonPatch && !patch.is_object() {
        return Err(Status::bad_request(format!(
            "error decoding patch: json: cannot unmarshal {} into Go value of type map[string]interface {{}}",
            crate::json_patch::go_kind(patch)
        )));
    }
    let mut object = current.clone();
    match call.content {
        Content::JsonPatch => {
            crate::json_patch::apply(&mut object, patch).map_err(|error| refusal(&error))?;
        }
        Content::MergePatch => crate::merge_patch::apply(&mut object, patch),
        _ => crate::strategic_merge::apply(&call.resource.kind, &mut object, patch)
            .map_err(|error| refusal(&error))?,
    }
    if !object["metadata"].is_object() {
        return Err(Status::bad_request(format!(
            "the name of the object ({} based on URL) was undeterminable: name must be provided",
            call.name()
        )));
    }
    for (field, right) in
        [("kind", call.resource.kind.clone()), ("apiVersion", call.resource.api_version())]
    {
        if object[field] != right {
            let found = object[field].as_str().unwrap_or_default();
            let message =
                format!("Invalid value: {}: must be {right}", crate::field_error::quote(found));
            let kind = if field == "kind" { found } else { &call.resource.kind };
            let causes = vec![Cause::invalid(field, message)];
            return Err(Status::invalid(&call.resource.group, kind, call.name(), causes));
        }
    }
    Ok(object)
}

fn refusal(error: &PatchError) -> Status {
    match error {
        PatchError::Malformed(text) => Status::bad_request(text.clone()),
        PatchError::TooManyOperations(_) => {
            Status::new(413, "RequestEntityTooLarge", error.to_string())
        }
        PatchError::DoesNotApply(_) => {
            let message = "the server rejected our request due to an error in our request";
            let mut status = Status::new(422, "Invalid", message);
            status.details = Some(Box::default());
            status
        }
    }
}
