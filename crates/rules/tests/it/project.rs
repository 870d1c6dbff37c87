//! Projects: namespace, roles, counts, and leaving in good order.

use std::sync::Arc;

use api::condition;
use rules::project::{ProjectEffect, Seen, desired, next};
use serde_json::{Value, json};

use crate::world::{at, direct, object, stage_named};

fn seen() -> Seen {
    let mut seen = Seen {
        project: object(
            json!({ "metadata": { "name": "p", "finalizers": ["kargo.akuity.io/finalizer"], "generation": 1 } }),
        ),
        kargo_namespace: "kargo".to_owned(),
        ..Seen::default()
    };
    seen.namespace = Some(object(json!({ "metadata": {
        "name": "p", "labels": { "kargo.akuity.io/project": "true" }, "finalizers": ["kargo.akuity.io/finalizer"],
    } })));
    seen
}

fn names(objects: &[Value]) -> Vec<String> {
    objects
        .iter()
        .map(|object| {
            format!(
                "{}/{}",
                object["kind"].as_str().unwrap(),
                object["metadata"]["name"].as_str().unwrap()
            )
        })
        .collect()
}

#[test]
fn roles_are_created_once_and_kept_in_line() {
    let mut seen = seen();
    let decision = next(&seen, at(0));
    let created: Vec<Value> = decision
        .effects
        .iter()
        .map(|effect| match effect {
            ProjectEffect::Create(object) => object.clone(),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(
        names(&created),
        [
            "RoleBinding/kargo-project-admin",
            "RoleBinding/kargo-project-secrets-reader",
            "ServiceAccount/kargo-admin",
            "Role/kargo-admin",
            "RoleBinding/kargo-admin",
            "ServiceAccount/kargo-viewer",
            "Role/kargo-viewer",
            "RoleBinding/kargo-viewer",
            "ServiceAccount/kargo-promoter",
            "Role/kargo-promoter",
            "RoleBinding/kargo-promoter",
            "ClusterRole/kargo-project-admin-p",
            "ClusterRoleBinding/kargo-project-admin-p",
        ]
    );
    assert_eq!(condition::get(&decision.status.conditions, "Ready").unwrap().reason, "Syncing");
    seen.existing = created;
    seen.project.status = Some(decision.status);
    let quiet = next(&seen, at(1));
    assert!(quiet.effects.is_empty());
    assert!(condition::is_true(&quiet.status.conditions, "Ready"));
    seen.existing[3]["rules"] = json!([]);
    let patched = next(&seen, at(2)).effects;
    let [ProjectEffect::Patch(role)] = patched.as_slice() else { panic!("{patched:?}") };
    assert_eq!(names(std::slice::from_ref(role)), ["Role/kargo-admin"]);
}

#[test]
fn the_creator_gets_the_roles_by_claim() {
    let mut project = seen().project;
    let annotation = |project: &api::Project| {
        desired(project, "kargo")[2]
            .pointer("/metadata/annotations/rbac.kargo.akuity.io~1claims")
            .cloned()
    };
    assert_eq!(annotation(&project), None);
    let actor =
        |value: &str| Some([("kargo.akuity.io/create-actor".to_owned(), value.to_owned())].into());
    project.metadata.annotations = actor("email:a@example.com");
    assert_eq!(annotation(&project), Some(json!("{\"email\":[\"a@example.com\"]}")));
    project.metadata.annotations = actor("kubernetes:jane");
    assert_eq!(annotation(&project), None);
}

#[test]
fn a_foreign_namespace_stalls() {
    let mut seen = seen();
    seen.namespace = Some(object(json!({ "metadata": { "name": "p" } })));
    let decision = next(&seen, at(0));
    assert!(decision.effects.is_empty());
    assert_eq!(
        condition::get(&decision.status.conditions, "Stalled").unwrap().reason,
        "ExistingNamespaceMissingLabel"
    );
    assert_eq!(
        condition::get(&decision.status.conditions, "Ready").unwrap().reason,
        "EnsuringNamespaceFailed"
    );
    seen.project.metadata.deletion_timestamp = Some(api::Time(at(1)));
    assert!(
        !next(&seen, at(1)).effects.contains(&ProjectEffect::DeleteNamespace),
        "not ours to delete"
    );
}

#[test]
fn counting() {
    let mut seen = seen();
    let healthy = json!({ "conditions": [{
        "type": "Healthy", "status": "True", "reason": "Healthy", "message": "", "lastTransitionTime": "2026-01-01T00:00:00Z",
    }] });
    let mut well = stage_named("a", json!([direct("w")]));
    well.status = Some(object(healthy));
    let mut gate = stage_named("gate", json!([direct("w")]));
    gate.spec.promotion_template = None;
    seen.stages = [well, stage_named("b", json!([direct("w")])), gate].map(Arc::new).to_vec();
    let stats = next(&seen, at(0)).status.stats.unwrap().stages.unwrap();
    assert_eq!((stats.count, stats.health.unwrap().healthy), (Some(2), Some(1)));
}

#[test]
fn leaving() {
    let mut seen = seen();
    seen.project.metadata.deletion_timestamp = Some(api::Time(at(1)));
    let kinds = |seen: &Seen| {
        let effects = next(seen, at(1)).effects;
        effects
            .iter()
            .map(|effect| format!("{effect:?}").split([' ', '(', '{']).next().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        kinds(&seen),
        ["Delete", "Delete", "RemoveNamespaceFinalizer", "DeleteNamespace", "RemoveFinalizer"]
    );
    let keep = [("kargo.akuity.io/keep-namespace".to_owned(), "true".to_owned())];
    seen.project.metadata.annotations = Some(keep.into());
    assert_eq!(kinds(&seen), ["Delete", "Delete", "RemoveNamespaceFinalizer", "RemoveFinalizer"]);
    seen.namespace = None;
    assert_eq!(kinds(&seen), ["Delete", "Delete", "RemoveFinalizer"]);
    seen.project.metadata.finalizers = None;
    assert!(kinds(&seen).is_empty());
}

#[test]
fn a_project_whose_namespace_is_deleted_goes_too() {
    let mut seen = seen();
    let deleted = Some(api::Time(at(1)));
    seen.namespace.as_mut().unwrap().metadata.deletion_timestamp = deleted.clone();
    assert_eq!(next(&seen, at(1)).effects, [ProjectEffect::DeleteProject]);
    // On its way out it lets the namespace go, and does not delete what is being deleted.
    seen.project.metadata.deletion_timestamp = deleted.clone();
    let farewell = next(&seen, at(2)).effects;
    assert!(farewell.contains(&ProjectEffect::RemoveNamespaceFinalizer), "{farewell:?}");
    assert!(!farewell.contains(&ProjectEffect::DeleteNamespace), "{farewell:?}");
    // A namespace that is none of ours takes nothing along.
    seen.project.metadata.deletion_timestamp = None;
    seen.namespace.as_mut().unwrap().metadata.labels = None;
    assert!(!next(&seen, at(3)).effects.contains(&ProjectEffect::DeleteProject));
}
