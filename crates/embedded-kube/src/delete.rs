//! `delete` and `deletecollection`: preconditions, propagation, finalizers.
use crate::admission::Operation;
use crate::body::parse;
use crate::call::Call;
use crate::reply;
use crate::selection::Selection;
use crate::server::Server;
use crate::status::{Cause, Status};
use crate::store::{self, Entry, Expect};
use crate::write::{ATTEMPTS, draft};
use axum::response::Response;
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) const ORPHAN: &str = "orphan";
pub(crate) const FOREGROUND: &str = "foregroundDeletion";

/// What the client asked of a deletion.
#[derive(Debug, Default, Clone)]
pub(crate) struct DeleteOptions {
    uid: Option<String>,
    revision: Option<String>,
    pub(crate) propagation: Option<Propagation>,
    dry_run: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Propagation {
    Background,
    Foreground,
    Orphan,
}

pub(crate) enum Deletion {
    /// Gone from the store (or would be).
    Removed(Arc<Entry>),
    /// Marked; finalizers hold it.
    Marked(Value),
}

impl Server {
    pub(crate) async fn delete(&self, call: &Call, body: &[u8]) -> Result<Response, Status> {
        let options = DeleteOptions::read(call, body)?;
        let resource = &call.resource;
        match self.remove_object(call, &options).await? {
            Deletion::Marked(object) => Ok(self.answer_value(call, 200, &object)),
            Deletion::Removed(entry) => {
                let mut details = json!({"name": call.name()});
                if !resource.group.is_empty() {
                    details["group"] = resource.group.as_str().into();
                }
                details["kind"] = resource.plural.as_str().into();
                details["uid"] = (&*entry.facts.uid).into();
                let status = json!({
                    "kind": "Status", "apiVersion": "v1", "metadata": {},
                    "status": "Success", "details": details,
                });
                Ok(reply::json(200, &status))
            }
        }
    }

    pub(crate) async fn delete_collection(
        &self,
        call: &Call,
        body: &[u8],
    ) -> Result<Response, Status> {
        let options = DeleteOptions::read(call, body)?;
        let selection = Selection::of(call)?;
        if (call.resource.namespaced && call.namespace.is_none())
            || call.resource.collection == "/core/namespaces"
        {
            return Err(Status::not_allowed());
        }
        let snapshot = self.store.list(&call.resource.prefix(call.namespace.as_deref()));
        let chosen: Vec<Arc<Entry>> = snapshot
            .entries
            .into_iter()
            .filter(|entry| selection.matches(&call.resource, entry))
            .collect();
        let mut items = Vec::with_capacity(chosen.len());
        for entry in chosen {
            let one = call.about(entry.name());
            match self.remove_object(&one, &options).await {
                Ok(_) => items.push(call.resource.read(&entry)),
                Err(status) if status.code == 404 => {}
                Err(status) => return Err(status),
            }
        }
        let list = json!({
            "kind": call.resource.list_kind, "apiVersion": call.resource.api_version(),
            "metadata": {"resourceVersion": self.store.revision().to_string()}, "items": items,
        });
        Ok(reply::json(200, &list))
    }

    pub(crate) async fn remove_object(
        &self,
        call: &Call,
        options: &DeleteOptions,
    ) -> Result<Deletion, Status> {
        let lasting = ["default", "kube-system"].contains(&call.name());
        if lasting && call.resource.collection == "/core/namespaces" {
            let why = "this namespace may not be deleted";
            return Err(Status::forbidden("", "namespaces", call.name(), why));
        }
        for _ in 0..ATTEMPTS {
            let entry = self.store.get(&call.key()).ok_or_else(|| call.not_found())?;
            options.check(call, &entry)?;
            let current = call.resource.read(&entry);
            self.admit(call, Operation::Delete, Some(&current), current.clone()).await?;
            let marked = self.marked(call, &current, options.propagation);
            if options.dry_run {
                return Ok(match marked {
                    Some(object) => Deletion::Marked(object),
                    None => Deletion::Removed(entry),
                });
            }
            if marked.as_ref() == Some(&current) {
                return Ok(Deletion::Marked(current));
            }
            let draft = match &marked {
                Some(object) => Some(draft(call, object.clone())?),
                None => None,
            };
            let operation = store::Operation {
                key: entry.key.clone(),
                expect: Expect::Revision(entry.revision),
                within: None,
                draft,
            };
            match self.write(call, call.name(), operation).await {
                Ok(entry) if marked.is_some() => {
                    return Ok(Deletion::Marked(call.resource.read(&entry)));
                }
                Ok(entry) => return Ok(Deletion::Removed(entry)),
                Err(status) if status.code == 409 => {}
                Err(status) => return Err(status),
            }
        }
        Err(call.changed())
    }

    /// The object as it stays while something holds it; `None` when nothing does.
    fn marked(
        &self,
        call: &Call,
        current: &Value,
        propagation: Option<Propagation>,
    ) -> Option<Value> {
        let mut object = current.clone();
        let mut finalizers: Vec<Value> =
            current["metadata"]["finalizers"].as_array().cloned().unwrap_or_default();
        let wanted = match propagation {
            Some(Propagation::Orphan) => Some(ORPHAN),
            Some(Propagation::Foreground) => Some(FOREGROUND),
            Some(Propagation::Background) => None,
            None => finalizers
                .iter()
                .filter_map(Value::as_str)
                .find_map(|name| [ORPHAN, FOREGROUND].into_iter().find(|known| *known == name)),
        };
        finalizers.retain(|name| name != ORPHAN && name != FOREGROUND);
        finalizers.extend(wanted.map(Value::from));
        if call.resource.collection == crate::crd::COLLECTION
            && !finalizers.iter().any(|name| name == crate::crd::CLEANUP)
            && self.has_custom_objects(current)
        {
            finalizers.push(crate::crd::CLEANUP.into());
        }
        let is_namespace = call.resource.collection == "/core/namespaces";
        if finalizers.is_empty() && !is_namespace {
            return None;
        }
        let metadata = &mut object["metadata"];
        if finalizers.is_empty() {
            crate::ownership::remove(metadata, "finalizers");
        } else {
            metadata["finalizers"] = finalizers.into();
        }
        if !metadata["deletionTimestamp"].is_string() {
            metadata["deletionTimestamp"] = self.timestamp().into();
            metadata["deletionGracePeriodSeconds"] = 0.into();
            if call.resource.has_generation {
                let generation = metadata["generation"].as_i64().unwrap_or_default();
                metadata["generation"] = (generation + 1).into();
            }
        }
        if is_namespace {
            object["status"]["phase"] = "Terminating".into();
        }
        Some(object)
    }

    fn has_custom_objects(&self, definition: &Value) -> bool {
        let collection = crate::crd::collection_of(definition);
        !self.store.list(&format!("{collection}/")).entries.is_empty()
    }
}

impl DeleteOptions {
    pub(crate) fn propagating(propagation: Option<Propagation>) -> Self {
        Self { propagation, ..Self::default() }
    }

    fn read(call: &Call, body: &[u8]) -> Result<Self, Status> {
        let mut options = Self { dry_run: call.query.dry_run, ..Self::default() };
        let mut propagation = call.query.propagation.clone();
        if !body.is_empty() {
            let given = parse(call.content, body)?;
            let text = |value: &Value| value.as_str().map(str::to_owned);
            options.uid = text(&given["preconditions"]["uid"]);
            options.revision = text(&given["preconditions"]["resourceVersion"]);
            propagation = text(&given["propagationPolicy"]).or(propagation);
            if given["orphanDependents"] == true {
                propagation = Some("Orphan".into());
            }
            options.dry_run |= given["dryRun"].as_array().is_some_and(|list| !list.is_empty());
        }
        options.propagation = match propagation.as_deref() {
            None => None,
            Some("Background") => Some(Propagation::Background),
            Some("Foreground") => Some(Propagation::Foreground),
            Some("Orphan") => Some(Propagation::Orphan),
            Some(other) => {
                let cause = Cause {
                    reason: "FieldValueNotSupported".into(),
                    message: format!(
                        "Unsupported value: {other:?}: supported values: \"Background\", \"Foreground\", \"Orphan\""
                    ),
                    field: "propagationPolicy".into(),
                };
                return Err(Status::invalid("meta.k8s.io", "DeleteOptions", "", vec![cause]));
            }
        };
        Ok(options)
    }

    fn check(&self, call: &Call, entry: &Entry) -> Result<(), Status> {
        let refuse = |what: &str, wanted: &str, found: &str| {
            let why = format!(
                "Precondition failed: {what} in precondition: {wanted}, {what} in object meta: {found}"
            );
            let resource = &call.resource;
            Err(Status::conflict(&resource.group, &resource.plural, call.name(), &why))
        };
        if let Some(uid) = &self.uid
            && **uid != *entry.facts.uid
        {
            return refuse("UID", uid, &entry.facts.uid);
        }
        let revision = entry.revision.to_string();
        if let Some(wanted) = &self.revision
            && *wanted != revision
        {
            return refuse("ResourceVersion", wanted, &revision);
        }
        Ok(())
    }
}
