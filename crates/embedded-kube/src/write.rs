//! `create` and `update`, and the way every write takes: defaults, admission, validation, commit.
use crate::admission::{AdmissionRequest, Operation};
use crate::body::{check_given_name, check_namespace, decode, name_object};
use crate::call::Call;
use crate::ownership::{
    count_generation, is_finished, keep_what_the_server_owns, remove, tidy_metadata,
};
use crate::query::FieldValidation;
use crate::server::Server;
use crate::status::{Cause, Status};
use crate::store::{self, Draft, Entry, Expect, WriteError};
use axum::response::Response;
use serde_json::Value;
use std::sync::Arc;

/// etcd refuses larger objects, so do we.
const OBJECT_LIMIT: usize = 1 << 20 | 1 << 19;
/// How often a patch is computed anew when somebody else was faster.
pub(crate) const ATTEMPTS: usize = 8;

/// How a write came about: decides who is recorded and how unknown fields are refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    Body,
    Patch,
    Apply,
}

/// What a write led to.
pub(crate) enum Outcome {
    Stored(Arc<Entry>),
    /// Not stored: a dry run.
    Shown(Value),
    /// The object went: it was being deleted and lost its last finalizer.
    Removed(Arc<Entry>),
}

impl Server {
    pub(crate) async fn create(&self, call: &Call, body: &[u8]) -> Result<Response, Status> {
        let mut object = decode(call, body)?;
        if call.name.is_some() || call.subresource.is_some() {
            return Err(Status::no_such_resource());
        }
        if call.resource.namespaced && call.namespace.is_none() {
            return Err(Status::not_allowed());
        }
        let revision = object["metadata"]["resourceVersion"].as_str().unwrap_or_default();
        if !revision.is_empty() {
            let message = "resourceVersion should not be set on objects to be created";
            return Err(Status::new(500, "", message));
        }
        check_namespace(call, &mut object)?;
        let generated = name_object(&mut object);
        for attempt in 1.. {
            match self.insert(call, object.clone(), Origin::Body).await {
                Err(status)
                    if status.reason == "AlreadyExists" && generated && attempt < ATTEMPTS =>
                {
                    object["metadata"]["name"] = Value::Null;
                    name_object(&mut object);
                }
                outcome => return Ok(self.answer(call, 201, outcome?)),
            }
        }
        Err(Status::internal("no name could be generated"))
    }

    pub(crate) async fn update(&self, call: &Call, body: &[u8]) -> Result<Response, Status> {
        let mut object = decode(call, body)?;
        check_namespace(call, &mut object)?;
        check_given_name(call, &object)?;
        for attempt in 1.. {
            let entry = self.store.get(&call.key()).ok_or_else(|| call.not_found())?;
            let current = call.resource.read(&entry);
            let unconditional = check_revision(call, &object, &entry, &current)?;
            let outcome = self.replace(call, &entry, &current, object.clone(), Origin::Body).await;
            match outcome {
                Err(status) if status.code == 409 && unconditional && attempt < ATTEMPTS => {}
                outcome => return Ok(self.answer(call, 200, outcome?)),
            }
        }
        Err(call.changed())
    }

    pub(crate) fn answer(&self, call: &Call, code: u16, outcome: Outcome) -> Response {
        match outcome {
            Outcome::Stored(entry) | Outcome::Removed(entry) => {
                self.answer_entry(call, code, &entry)
            }
            Outcome::Shown(object) => self.answer_value(call, code, &object),
        }
    }

    /// Stores a new object.
    pub(crate) async fn insert(
        &self,
        call: &Call,
        mut object: Value,
        origin: Origin,
    ) -> Result<Outcome, Status> {
        let resource = &call.resource;
        self.check_home(call, object["metadata"]["name"].as_str().unwrap_or_default())?;
        self.prune(call, &mut object, origin)?;
        warn_of_finalizers(call, None, &object);
        self.begin(call, &mut object)?;
        crate::kinds::on_create(resource, &mut object, &self.timestamp());
        self.default(resource, &mut object);
        self.record(call, None, &mut object, origin);
        let object = self.admit(call, Operation::Create, None, object).await?;
        self.validate(call, None, &object)?;
        self.escalation(call, None, &object)?;
        let name = object["metadata"]["name"].as_str().unwrap_or_default().to_owned();
        let key = resource.key(call.namespace(), &name);
        if call.query.dry_run {
            if self.store.get(&key).is_some() {
                return Err(self.exists(call, &name));
            }
            return Ok(Outcome::Shown(object));
        }
        let draft = draft(call, object)?;
        let within = self.home(call);
        let operation =
            store::Operation { key, expect: Expect::Absent, within, draft: Some(draft) };
        let entry = self.write(call, &name, operation).await?;
        Ok(Outcome::Stored(entry))
    }

    /// Stores a changed object; `object` is what the client wants, not yet what it may have.
    pub(crate) async fn replace(
        &self,
        call: &Call,
        entry: &Arc<Entry>,
        current: &Value,
        mut object: Value,
        origin: Origin,
    ) -> Result<Outcome, Status> {
        self.prune(call, &mut object, origin)?;
        if origin == Origin::Patch {
            check_identity(call, current, &object)?;
        }
        keep_what_the_server_owns(call, current, &mut object)?;
        warn_of_finalizers(call, Some(current), &object);
        crate::kinds::on_update(call, current, &mut object);
        self.default(&call.resource, &mut object);
        self.record(call, Some(current), &mut object, origin);
        let mut object = self.admit(call, Operation::Update, Some(current), object).await?;
        count_generation(call, current, &mut object);
        self.validate(call, Some(current), &object)?;
        self.escalation(call, Some(current), &object)?;
        object["metadata"]["resourceVersion"] = entry.revision.to_string().into();
        if call.query.dry_run {
            return Ok(Outcome::Shown(object));
        }
        if object == *current {
            return Ok(Outcome::Stored(entry.clone()));
        }
        let gone = is_finished(&object);
        let draft = if gone { None } else { Some(draft(call, object)?) };
        let operation = store::Operation {
            key: entry.key.clone(),
            expect: Expect::Revision(entry.revision),
            within: None,
            draft,
        };
        let entry = self.write(call, call.name(), operation).await?;
        Ok(if gone { Outcome::Removed(entry) } else { Outcome::Stored(entry) })
    }

    /// Writes, and tells the parts of the server that follow certain kinds.
    pub(crate) async fn write(
        &self,
        call: &Call,
        name: &str,
        operation: store::Operation,
    ) -> Result<Arc<Entry>, Status> {
        let resource = &call.resource;
        let entry = self.store.write(operation).await.map_err(|error| {
            let (group, plural) = (&resource.group, &resource.plural);
            match error {
                WriteError::Exists => self.exists(call, name),
                WriteError::NotFound => Status::not_found(group, plural, name),
                WriteError::Conflict => Status::changed(group, plural, name),
                WriteError::NamespaceGone => self.home_refusal(call, name),
                WriteError::Storage(error) => Status::internal(error.to_string()),
            }
        })?;
        self.after_write(&resource.collection);
        Ok(entry)
    }

    fn exists(&self, call: &Call, name: &str) -> Status {
        let resource = &call.resource;
        let mut status = Status::already_exists(&resource.group, &resource.plural, name);
        let entry = self.store.get(&resource.key(call.namespace(), name));
        if entry.is_some_and(|entry| entry.facts.deleting) {
            status.message = format!("object is being deleted: {}", status.message);
        }
        status
    }

    pub(crate) fn after_write(&self, collection: &str) {
        if collection == crate::crd::COLLECTION {
            self.registries.refresh(&self.store);
        } else if collection.starts_with("/rbac.authorization.k8s.io/") {
            self.policies.forget();
        }
    }

    /// The key of the namespace a new object needs.
    fn home(&self, call: &Call) -> Option<Arc<str>> {
        let namespace = call.namespace.as_deref()?;
        Some(format!("/core/namespaces//{namespace}").into())
    }

    fn check_home(&self, call: &Call, name: &str) -> Result<(), Status> {
        let Some(home) = self.home(call) else { return Ok(()) };
        match self.store.get(&home) {
            Some(entry) if !entry.facts.deleting => Ok(()),
            _ => Err(self.home_refusal(call, name)),
        }
    }

    fn home_refusal(&self, call: &Call, name: &str) -> Status {
        let namespace = call.namespace();
        let exists = self.home(call).is_some_and(|home| self.store.get(&home).is_some());
        if !exists {
            return Status::not_found("", "namespaces", namespace);
        }
        let why = format!(
            "unable to create new content in namespace {namespace} because it is being terminated"
        );
        let resource = &call.resource;
        let mut status = Status::forbidden(&resource.group, &resource.plural, name, &why);
        if let Some(details) = &mut status.details {
            details.causes = vec![Cause {
                reason: "NamespaceTerminating".into(),
                message: format!("namespace {namespace} is being terminated"),
                field: "metadata.namespace".into(),
            }];
        }
        status
    }

    /// Sets what only the server decides about a new object.
    fn begin(&self, call: &Call, object: &mut Value) -> Result<(), Status> {
        let resource = &call.resource;
        if resource.has_status && resource.custom.is_some() {
            remove(object, "status");
        }
        let Some(metadata) = object["metadata"].as_object_mut() else {
            return Err(Status::bad_request("metadata must be an object"));
        };
        for field in
            ["deletionTimestamp", "deletionGracePeriodSeconds", "selfLink", "resourceVersion"]
        {
            metadata.remove(field);
        }
        metadata.insert("uid".into(), uuid::Uuid::new_v4().to_string().into());
        metadata.insert("creationTimestamp".into(), self.timestamp().into());
        if resource.has_generation {
            metadata.insert("generation".into(), 1.into());
        } else {
            metadata.remove("generation");
        }
        match &call.namespace {
            Some(namespace) => metadata.insert("namespace".into(), namespace.as_str().into()),
            None => metadata.remove("namespace"),
        };
        Ok(())
    }

    /// Asks the admission hook; what it returns is the object from here on.
    pub(crate) async fn admit(
        &self,
        call: &Call,
        operation: Operation,
        old: Option<&Value>,
        object: Value,
    ) -> Result<Value, Status> {
        let Some(hook) = self.admission.read().clone() else { return Ok(object) };
        let resource = &call.resource;
        let about = old.unwrap_or(&object);
        let request = AdmissionRequest {
            operation,
            user: call.identity.user.clone(),
            groups: call.identity.groups.clone(),
            group: resource.group.clone(),
            version: resource.version.clone(),
            kind: resource.kind.clone(),
            resource: resource.plural.clone(),
            subresource: call.subresource.clone(),
            namespace: call.namespace.clone(),
            name: about["metadata"]["name"].as_str().unwrap_or_default().into(),
            object: (operation != Operation::Delete).then(|| object.clone()),
            old_object: old.cloned(),
            dry_run: call.query.dry_run,
        };
        match hook.review(request).await? {
            Some(mut changed) if operation != Operation::Delete => {
                self.prune(call, &mut changed, Origin::Body)?;
                self.default(resource, &mut changed);
                if old.is_some() {
                    keep_what_the_server_owns(call, about, &mut changed)?;
                }
                let managed = &object["metadata"]["managedFields"];
                if !managed.is_null() {
                    changed["metadata"]["managedFields"] = managed.clone();
                }
                Ok(changed)
            }
            _ => Ok(object),
        }
    }

    /// Drops fields the schema does not know, or refuses them when the client asked for that.
    fn prune(&self, call: &Call, object: &mut Value, origin: Origin) -> Result<(), Status> {
        tidy_metadata(object);
        crate::validate::check_types(&call.resource, object)?;
        let Some(schema) = call.resource.schema() else { return Ok(()) };
        let before = (origin == Origin::Patch).then(|| object.clone());
        let mut unknown = schema.prune(object);
        if call.resource.collection == crate::crd::COLLECTION {
            crate::crd::prune(object, &mut unknown);
        }
        if unknown.is_empty() {
            return Ok(());
        }
        let list: Vec<String> =
            unknown.iter().map(|field| format!("unknown field \"{field}\"")).collect();
        match call.query.field_validation {
            FieldValidation::Ignore => Ok(()),
            FieldValidation::Warn => {
                list.into_iter().for_each(|warning| call.warn(warning));
                Ok(())
            }
            FieldValidation::Strict => {
                let error = format!("strict decoding error: {}", list.join(", "));
                Err(strict_refusal(call, before.as_ref(), &error))
            }
        }
    }

    fn default(&self, resource: &crate::resource::Resource, object: &mut Value) {
        if let Some(custom) = &resource.custom {
            custom.schema.apply_defaults(object);
        }
        if let Some(kind) = resource.builtin {
            kind.apply_defaults(object);
        }
    }
}

/// Custom objects and definitions are never overwritten without a look at what is there.
fn needs_revision(call: &Call) -> Result<(), Status> {
    let resource = &call.resource;
    if resource.custom.is_none() && resource.kind != "CustomResourceDefinition" {
        return Ok(());
    }
    let message = "Invalid value: 0: must be specified for an update";
    let cause = Cause::invalid("metadata.resourceVersion", message);
    Err(Status::invalid(&resource.group, &resource.plural, call.name(), vec![cause]))
}

/// A patch may not make another object out of this one.
fn check_identity(call: &Call, current: &Value, object: &Value) -> Result<(), Status> {
    check_given_name(call, object)?;
    if object["metadata"]["resourceVersion"].is_null() {
        needs_revision(call)?;
    }
    let fields = ["uid", "creationTimestamp"];
    let causes: Vec<Cause> = fields
        .iter()
        .filter_map(|field| {
            let wanted = object["metadata"][*field].as_str().unwrap_or_default();
            let changes =
                !wanted.is_empty() && object["metadata"][*field] != current["metadata"][*field];
            let message =
                format!("Invalid value: {}: field is immutable", crate::field_error::quote(wanted));
            changes.then(|| Cause::invalid(format!("metadata.{field}"), message))
        })
        .collect();
    if causes.is_empty() {
        return Ok(());
    }
    let resource = &call.resource;
    Err(Status::invalid(&resource.group, &resource.kind, call.name(), causes))
}

/// Finalizers of one word collide sooner or later; the real server says so for kinds that a definition brings.
fn warn_of_finalizers(call: &Call, old: Option<&Value>, object: &Value) {
    let of = |object: &Value| -> Vec<String> {
        let list = object["metadata"]["finalizers"].as_array();
        list.into_iter().flatten().filter_map(|one| one.as_str().map(str::to_owned)).collect()
    };
    let known = old.map(of).unwrap_or_default();
    let own = [crate::delete::ORPHAN, crate::delete::FOREGROUND];
    let new = of(object)
        .into_iter()
        .filter(|one| !one.contains('/') && !known.contains(one) && !own.contains(&one.as_str()));
    for name in new.filter(|_| call.resource.custom.is_some()) {
        call.warn(format!(
            "metadata.finalizers: {}: prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers",
            crate::field_error::quote(&name)
        ));
    }
}

/// Unknown fields are worded differently for bodies and for patches.
fn strict_refusal(call: &Call, patched: Option<&Value>, error: &str) -> Status {
    let resource = &call.resource;
    let Some(patched) = patched else {
        return Status::bad_request(format!(
            "{} in version \"{}\" cannot be handled as a {}: {error}",
            resource.kind, resource.version, resource.kind
        ));
    };
    let mut sorted = patched.clone();
    sorted.sort_all_objects();
    let value = crate::field_error::quote(&sorted.to_string());
    let message = format!("Invalid value: {value}: {error}");
    let mut status = Status::new(422, "Invalid", format!(" \"\" is invalid: patch: {message}"));
    let details = status.details.get_or_insert_default();
    details.causes = vec![Cause::invalid("patch", message)];
    status
}

/// Holds the client's resourceVersion and UID against the stored object; tells whether it gave none.
fn check_revision(
    call: &Call,
    object: &Value,
    entry: &Entry,
    current: &Value,
) -> Result<bool, Status> {
    let resource = &call.resource;
    let wanted = object["metadata"]["resourceVersion"].as_str().unwrap_or_default();
    if wanted.is_empty() {
        needs_revision(call)?;
    } else if wanted != entry.revision.to_string() {
        return Err(call.changed());
    }
    let uid = object["metadata"]["uid"].as_str().unwrap_or_default();
    let known = current["metadata"]["uid"].as_str().unwrap_or_default();
    if !uid.is_empty() && uid != known {
        let why =
            format!("Precondition failed: UID in precondition: {uid}, UID in object meta: {known}");
        return Err(Status::conflict(&resource.group, &resource.plural, call.name(), &why));
    }
    Ok(wanted.is_empty())
}

pub(crate) fn draft(call: &Call, object: Value) -> Result<Draft, Status> {
    let draft = Draft::new(&call.resource.to_storage(object)).map_err(Status::internal)?;
    if draft.len() > OBJECT_LIMIT {
        let message = format!(
            "Request entity too large: the object has {} bytes, the limit is {OBJECT_LIMIT}",
            draft.len()
        );
        return Err(Status::new(413, "RequestEntityTooLarge", message));
    }
    Ok(draft)
}
