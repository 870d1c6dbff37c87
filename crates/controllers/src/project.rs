//! Projects: their namespace, default roles and counts, and going in good order.

use std::collections::HashMap;
use std::sync::Arc;

use api::{Project, ProjectStatus, Stage, Timestamp, Warehouse};
use futures::future::try_join_all;
use jiff::SignedDuration;
use k8s_openapi::api::core::v1::Namespace;
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding};
use kube::api::{
    ApiResource, DeleteParams, DynamicObject, GroupVersionKind, Patch, PatchParams, PostParams,
};
use kube::core::TypeMeta;
use kube::{Api, Resource, ResourceExt};
use parking_lot::Mutex;
use rules::Decision;
use rules::project::{KARGO_NAMESPACE, ProjectEffect, Seen};
use serde_json::Value;

use crate::cache::{Cache, Change, ObjectKey};
use crate::context::Context;
use crate::effects::{absent_is_done, patch_finalizer, present_is_done};
use crate::queue::Queue;
use crate::reconcile::{Error, Reconciler};

/// Roles that were all there are not read again before this time has passed.
const LOOK_AGAIN: SignedDuration = SignedDuration::from_mins(10);

pub(crate) struct Projects {
    context: Arc<Context>,
    /// Nothing watches roles and bindings, so a pass that made some asks for another.
    queue: Arc<Queue>,
    /// Projects by name whose roles were found complete: of which one, and when.
    complete: Mutex<HashMap<String, (Version, Timestamp)>>,
}

/// Uid and generation.
type Version = (Option<String>, Option<i64>);

impl Reconciler for Projects {
    type Kind = Project;
    type Seen = Seen;
    type Status = ProjectStatus;
    type Effect = ProjectEffect;

    fn cache(context: &Context) -> &Arc<Cache<Project>> {
        &context.projects
    }

    fn subscribe(context: &Arc<Context>, queue: &Arc<Queue>) {
        let own = queue.clone();
        context.projects.on_change(move |change: &Change<'_, Project>| {
            change.object().into_iter().for_each(|project| own.add(ObjectKey::of(&**project)));
        });
        let of_namespace = queue.clone();
        context.namespaces.on_change(move |change: &Change<'_, Namespace>| {
            change
                .object()
                .into_iter()
                .for_each(|namespace| of_namespace.add(ObjectKey::of(&**namespace)));
        });
        // Of what is in a Project only how much there is and how well it is counts here.
        let of_stage = queue.clone();
        context.stages.on_change(move |change: &Change<'_, Stage>| {
            let health = |stage: &Stage| Some(is_healthy(&stage.status.as_ref()?.conditions));
            if change.before.map(|stage| health(stage)) != change.after.map(|stage| health(stage)) {
                of_stage.add(owner(change));
            }
        });
        let of_warehouse = queue.clone();
        context.warehouses.on_change(move |change: &Change<'_, Warehouse>| {
            let health = |found: &Warehouse| Some(is_healthy(&found.status.as_ref()?.conditions));
            if change.before.map(|found| health(found)) != change.after.map(|found| health(found)) {
                of_warehouse.add(owner(change));
            }
        });
    }

    async fn observe(&self, project: &Arc<Project>) -> Result<Seen, Error> {
        let name = project.name_any();
        let desired = rules::project::desired(project, KARGO_NAMESPACE);
        let existing = match self.is_complete(project) {
            true => desired,
            false => {
                let found =
                    try_join_all(desired.iter().map(|object| self.existing(object))).await?;
                found.into_iter().flatten().collect()
            }
        };
        Ok(Seen {
            project: (**project).clone(),
            namespace: self
                .context
                .namespaces
                .get(&ObjectKey::new("", &name))
                .map(Arc::unwrap_or_clone),
            existing,
            warehouses: self.context.warehouses.in_namespace(&name),
            stages: self.context.stages.in_namespace(&name),
            kargo_namespace: KARGO_NAMESPACE.to_owned(),
        })
    }

    fn next(seen: &Seen, now: Timestamp) -> Decision<ProjectStatus, ProjectEffect> {
        rules::project::next(seen, now)
    }

    fn done(&self, project: &Arc<Project>, seen: &Seen) {
        let name = project.name_any();
        let now = self.context.clock.now();
        if project.metadata.deletion_timestamp.is_some() {
            self.complete.lock().remove(&name);
        } else if !self.is_complete(project) && rules::project::next(seen, now).effects.is_empty() {
            self.complete.lock().insert(name, (version_of(project), now));
        }
    }

    async fn act(&self, project: &Arc<Project>, effect: ProjectEffect) -> Result<(), Error> {
        let client = &self.context.client;
        let name = project.name_any();
        match effect {
            ProjectEffect::AddFinalizer => patch_finalizer(client, &**project, true).await,
            ProjectEffect::RemoveFinalizer => patch_finalizer(client, &**project, false).await,
            ProjectEffect::AddNamespaceFinalizer => self.namespace_finalizer(&name, true).await,
            ProjectEffect::RemoveNamespaceFinalizer => self.namespace_finalizer(&name, false).await,
            ProjectEffect::Create(object) => {
                let created = match self.api_for(&object) {
                    Some((api, object)) => api.create(&PostParams::default(), &object).await,
                    None => return Ok(()),
                };
                present_is_done(created, || format!("create {} of Project {name}", told(&object)))?;
                self.queue.add(ObjectKey::of(&**project));
                Ok(())
            }
            ProjectEffect::Patch(object) => {
                let Some((api, typed)) = self.api_for(&object) else { return Ok(()) };
                let patched = api
                    .patch(&typed.name_any(), &PatchParams::default(), &Patch::Merge(&object))
                    .await;
                absent_is_done(patched, || format!("correct {} of Project {name}", told(&object)))?;
                self.queue.add(ObjectKey::of(&**project));
                Ok(())
            }
            ProjectEffect::Delete { kind, name } => self.delete(kind, &name).await,
            ProjectEffect::DeleteProject => {
                let deleted = Api::<Project>::all(client.clone())
                    .delete(&name, &DeleteParams::default())
                    .await;
                absent_is_done(deleted, || format!("delete Project {name}"))
            }
            ProjectEffect::DeleteNamespace => {
                let deleted = Api::<Namespace>::all(client.clone())
                    .delete(&name, &DeleteParams::default())
                    .await;
                absent_is_done(deleted, || format!("delete namespace {name}"))
            }
        }
    }
}

impl Projects {
    pub(crate) fn new(context: Arc<Context>, queue: Arc<Queue>) -> Self {
        Self { context, queue, complete: Mutex::default() }
    }

    fn is_complete(&self, project: &Project) -> bool {
        let complete = self.complete.lock();
        complete.get(&project.name_any()).is_some_and(|(version, since)| {
            *version == version_of(project)
                && self.context.clock.now().duration_since(*since) < LOOK_AGAIN
        })
    }

    async fn existing(&self, object: &Value) -> Result<Option<Value>, Error> {
        let Some((api, typed)) = self.api_for(object) else { return Ok(None) };
        let found = api
            .get_opt(&typed.name_any())
            .await
            .map_err(Error::request(format!("read {}", told(object))))?;
        Ok(found.and_then(|found| serde_json::to_value(found).ok()))
    }

    /// The API of an object that a rule wrote, and the object itself.
    fn api_for(&self, object: &Value) -> Option<(Api<DynamicObject>, DynamicObject)> {
        let types: TypeMeta = serde_json::from_value(object.clone()).ok()?;
        let resource = ApiResource::from_gvk(&GroupVersionKind::try_from(types).ok()?);
        let object: DynamicObject = serde_json::from_value(object.clone()).ok()?;
        let client = self.context.client.clone();
        let api = match object.namespace() {
            Some(namespace) => Api::namespaced_with(client, &namespace, &resource),
            None => Api::all_with(client, &resource),
        };
        Some((api, object))
    }

    async fn namespace_finalizer(&self, name: &str, present: bool) -> Result<(), Error> {
        let api = Api::<Namespace>::all(self.context.client.clone());
        let Some(namespace) =
            api.get_opt(name).await.map_err(Error::request(format!("read namespace {name}")))?
        else {
            return Ok(());
        };
        patch_finalizer(&self.context.client, &namespace, present).await
    }

    async fn delete(&self, kind: &str, name: &str) -> Result<(), Error> {
        let client = self.context.client.clone();
        let parameters = DeleteParams::default();
        let operation = || format!("delete {kind} {name}");
        match kind {
            "ClusterRole" => absent_is_done(
                Api::<ClusterRole>::all(client).delete(name, &parameters).await,
                operation,
            ),
            _ => absent_is_done(
                Api::<ClusterRoleBinding>::all(client).delete(name, &parameters).await,
                operation,
            ),
        }
    }
}

fn version_of(project: &Project) -> Version {
    (project.uid(), project.metadata.generation)
}

fn is_healthy(conditions: &[api::Condition]) -> bool {
    api::condition::is_true(conditions, api::condition::HEALTHY)
}

/// The Project in whose namespace something changed.
fn owner<K: Resource>(change: &Change<'_, K>) -> ObjectKey {
    ObjectKey::new("", change.object().and_then(|object| object.namespace()).unwrap_or_default())
}

fn told(object: &Value) -> String {
    let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    format!("{} {}", text("/kind"), text("/metadata/name"))
}
