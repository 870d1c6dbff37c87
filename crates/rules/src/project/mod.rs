//! What a Project should do next: have its namespace and default roles, count what is in it, and go in good order.

mod roles;

use std::collections::BTreeMap;
use std::sync::Arc;

use api::annotations::{FINALIZER, KEEP_NAMESPACE};
use api::{
    ConditionStatus, HealthStats, ObjectReference, Project, ProjectStats, ProjectStatus, Reason,
    ReasonCode, Stage, StageStats, Warehouse, WarehouseStats, condition, labels,
};
use jiff::Timestamp;
use k8s_openapi::api::core::v1::Namespace;
use serde_json::{Value, json};

use crate::decision::{Again, Decision};

pub use roles::desired;

/// Where Kargo itself lives.
pub const KARGO_NAMESPACE: &str = "kargo";

/// Everything `next` may know about a Project.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// The Project itself.
    pub project: Project,
    /// The namespace of its name.
    pub namespace: Option<Namespace>,
    /// What exists of the objects `desired` names, as JSON.
    pub existing: Vec<Value>,
    /// Warehouses of the namespace.
    pub warehouses: Vec<Arc<Warehouse>>,
    /// Stages of the namespace.
    pub stages: Vec<Arc<Stage>>,
    /// Where Kargo itself lives.
    pub kargo_namespace: String,
}

/// What a Project may want done.
#[derive(Clone, Debug, PartialEq)]
pub enum ProjectEffect {
    /// Put Kargo's finalizer on the Project.
    AddFinalizer,
    /// Put Kargo's finalizer on the namespace.
    AddNamespaceFinalizer,
    /// Create this object; `AlreadyExists` means done.
    Create(Value),
    /// Merge this into the object of its kind and name.
    Patch(Value),
    /// Delete this object, if it is there.
    Delete {
        /// Such as `ClusterRole`.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// Delete the Project: somebody deleted its namespace, and without one it is nothing.
    DeleteProject,
    /// Take Kargo's finalizer off the namespace.
    RemoveNamespaceFinalizer,
    /// Delete the namespace and all that is in it.
    DeleteNamespace,
    /// Take Kargo's finalizer off the Project; always the last effect.
    RemoveFinalizer,
}

/// What the Project should look like and what should be done.
pub fn next(seen: &Seen, now: Timestamp) -> Decision<ProjectStatus, ProjectEffect> {
    let mut status = seen.project.status.clone().unwrap_or_default();
    if seen.project.metadata.deletion_timestamp.is_some() {
        return decision(status, farewell(seen), Vec::new());
    }
    if namespace_is_going(seen) && foreign_namespace(seen).is_none() {
        return decision(status, vec![ProjectEffect::DeleteProject], Vec::new());
    }
    let mut effects = Vec::new();
    if !has_finalizer(seen.project.metadata.finalizers.as_deref()) {
        effects.push(ProjectEffect::AddFinalizer);
    }
    if let Some(stalled) = foreign_namespace(seen) {
        set(
            &mut status,
            seen,
            condition::STALLED,
            ConditionStatus::True,
            "ExistingNamespaceMissingLabel",
            &stalled,
            now,
        );
        let message = format!("Failed to ensure existence of project namespace: {stalled}");
        set(
            &mut status,
            seen,
            condition::READY,
            ConditionStatus::False,
            "EnsuringNamespaceFailed",
            &message,
            now,
        );
        let evidence = ObjectReference::cluster("Namespace", name(seen));
        return decision(
            status,
            effects,
            vec![Reason::new(ReasonCode::SpecInvalid, stalled).with_evidence(evidence)],
        );
    }
    condition::remove(&mut status.conditions, condition::STALLED);
    let complete = effects.is_empty() && settle(seen, &mut effects);
    status.stats = Some(count(seen));
    if complete {
        condition::remove(&mut status.conditions, condition::RECONCILING);
        let message = "Project is synced and ready for use";
        set(&mut status, seen, condition::READY, ConditionStatus::True, "Synced", message, now);
    } else {
        let message = "Ensuring project namespace and permissions";
        set(
            &mut status,
            seen,
            condition::RECONCILING,
            ConditionStatus::True,
            "Syncing",
            message,
            now,
        );
        set(&mut status, seen, condition::READY, ConditionStatus::False, "Syncing", message, now);
    }
    decision(status, effects, Vec::new())
}

/// Namespace and roles; whether all was there already.
fn settle(seen: &Seen, effects: &mut Vec<ProjectEffect>) -> bool {
    let before = effects.len();
    match &seen.namespace {
        None => effects.push(ProjectEffect::Create(namespace(name(seen)))),
        Some(namespace) if !has_finalizer(namespace.metadata.finalizers.as_deref()) => {
            effects.push(ProjectEffect::AddNamespaceFinalizer);
        }
        Some(_) => {}
    }
    for object in desired(&seen.project, &seen.kargo_namespace) {
        match seen.existing.iter().find(|known| is_same_object(known, &object)) {
            None => effects.push(ProjectEffect::Create(object)),
            Some(known) => {
                // Only what grants rights is kept in line; the rest belongs to whoever changed it.
                let differs =
                    ["rules", "subjects"].iter().any(|part| known.get(part) != object.get(part));
                if differs {
                    effects.push(ProjectEffect::Patch(object));
                }
            }
        }
    }
    effects.len() == before
}

/// What must exist as soon as the Project does, so that the next manifest of the same file can be applied.
#[must_use]
pub fn first_objects(project: &Project) -> Vec<Value> {
    let name = project.metadata.name.as_deref().unwrap_or_default();
    let admins = roles::system_bindings(name, KARGO_NAMESPACE).into_iter().take(1);
    std::iter::once(namespace(name)).chain(admins).collect()
}

fn namespace(name: &str) -> Value {
    json!({
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": { "name": name, "labels": { labels::PROJECT: labels::TRUE }, "finalizers": [FINALIZER] },
    })
}

/// A namespace of this name that does not let itself be adopted.
fn foreign_namespace(seen: &Seen) -> Option<String> {
    let namespace = seen.namespace.as_ref()?;
    let label = namespace.metadata.labels.as_ref().and_then(|all| all.get(labels::PROJECT));
    (label.map(String::as_str) != Some(labels::TRUE)).then(|| {
        format!(
            "Namespace {:?} already exists but is not labeled as a Project namespace using label {:?}",
            name(seen),
            labels::PROJECT
        )
    })
}

/// Finalizers go from the inside out: rights, namespace, Project.
fn farewell(seen: &Seen) -> Vec<ProjectEffect> {
    if !has_finalizer(seen.project.metadata.finalizers.as_deref()) {
        return Vec::new();
    }
    let admin = roles::cluster_role_name(name(seen));
    let mut effects = vec![
        ProjectEffect::Delete { kind: "ClusterRoleBinding", name: admin.clone() },
        ProjectEffect::Delete { kind: "ClusterRole", name: admin },
    ];
    if let Some(namespace) = &seen.namespace {
        let keeps = |all: Option<&BTreeMap<String, String>>| {
            all.and_then(|all| all.get(KEEP_NAMESPACE)).map(String::as_str) == Some(labels::TRUE)
        };
        let keep = keeps(seen.project.metadata.annotations.as_ref())
            || keeps(namespace.metadata.annotations.as_ref());
        effects.push(ProjectEffect::RemoveNamespaceFinalizer);
        if !keep && !namespace_is_going(seen) && foreign_namespace(seen).is_none() {
            effects.push(ProjectEffect::DeleteNamespace);
        }
    }
    effects.push(ProjectEffect::RemoveFinalizer);
    effects
}

fn namespace_is_going(seen: &Seen) -> bool {
    let namespace = seen.namespace.as_ref();
    namespace.is_some_and(|namespace| namespace.metadata.deletion_timestamp.is_some())
}

fn count(seen: &Seen) -> ProjectStats {
    let healthy =
        |conditions: &[api::Condition]| condition::is_true(conditions, condition::HEALTHY);
    let well = |stage: &&Arc<Stage>| {
        stage.status.as_ref().is_some_and(|status| healthy(&status.conditions))
    };
    let number = |count: usize| Some(i64::try_from(count).unwrap_or(i64::MAX));
    let warehouses = seen.warehouses.iter();
    ProjectStats {
        warehouses: Some(WarehouseStats {
            count: number(seen.warehouses.len()),
            health: Some(HealthStats {
                healthy: number(
                    warehouses
                        .filter(|all| {
                            all.status.as_ref().is_some_and(|status| healthy(&status.conditions))
                        })
                        .count(),
                ),
            }),
        }),
        // A Stage without steps has no health to count.
        stages: Some(StageStats {
            count: number(seen.stages.iter().filter(|stage| !stage.spec.is_control_flow()).count()),
            health: Some(HealthStats { healthy: number(seen.stages.iter().filter(well).count()) }),
        }),
    }
}

fn is_same_object(a: &Value, b: &Value) -> bool {
    let same = |pointer: &str| a.pointer(pointer) == b.pointer(pointer);
    same("/kind") && same("/metadata/name") && same("/metadata/namespace")
}

fn has_finalizer(finalizers: Option<&[String]>) -> bool {
    finalizers.unwrap_or_default().iter().any(|finalizer| finalizer == FINALIZER)
}

fn name(seen: &Seen) -> &str {
    seen.project.metadata.name.as_deref().unwrap_or_default()
}

fn set(
    status: &mut ProjectStatus,
    seen: &Seen,
    kind: &str,
    value: ConditionStatus,
    reason: &str,
    message: &str,
    now: Timestamp,
) {
    let generation = seen.project.metadata.generation;
    condition::set(
        &mut status.conditions,
        condition::new(kind, value, reason, message, generation, now),
    );
}

fn decision(
    status: ProjectStatus,
    effects: Vec<ProjectEffect>,
    because: Vec<Reason>,
) -> Decision<ProjectStatus, ProjectEffect> {
    Decision { status, effects, again: Again::OnChange, because }
}
