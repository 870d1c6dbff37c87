//! The accounts, roles and bindings every Project has, with Kargo's names and rules.

use api::annotations::{CREATE_ACTOR, RBAC_CLAIMS, RBAC_MANAGED};
use api::{Project, identity};
use serde_json::{Map, Value, json};

const KARGO: &str = "kargo.akuity.io";
const RBAC: &str = "rbac.authorization.k8s.io";
const ROLLOUTS: &str = "argoproj.io";
const READ: [&str; 3] = ["get", "list", "watch"];

/// Name of the ClusterRole and binding that let the Project's admins change and delete the Project itself.
pub(super) fn cluster_role_name(project: &str) -> String {
    identity::shorten_resource_name(&format!("kargo-project-admin-{project}"))
}

/// Every object, complete, in the order in which to create them.
#[must_use]
pub fn desired(project: &Project, kargo_namespace: &str) -> Vec<Value> {
    let name = project.metadata.name.as_deref().unwrap_or_default();
    let mut objects = system_bindings(name, kargo_namespace);
    let roles = [
        ("kargo-admin", admin_rules()),
        ("kargo-viewer", viewer_rules()),
        ("kargo-promoter", promoter_rules()),
    ];
    for (role, rules) in roles {
        objects.push(json!({
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": { "name": role, "namespace": name, "annotations": account_annotations(project) },
        }));
        objects.push(json!({
            "apiVersion": format!("{RBAC}/v1"),
            "kind": "Role",
            "metadata": { "name": role, "namespace": name, "annotations": { RBAC_MANAGED: "true" } },
            "rules": rules,
        }));
        objects.push(json!({
            "apiVersion": format!("{RBAC}/v1"),
            "kind": "RoleBinding",
            "metadata": { "name": role, "namespace": name, "annotations": { RBAC_MANAGED: "true" } },
            "roleRef": { "apiGroup": RBAC, "kind": "Role", "name": role },
            "subjects": [account(role, name)],
        }));
    }
    let own = cluster_role_name(name);
    objects.push(json!({
        "apiVersion": format!("{RBAC}/v1"),
        "kind": "ClusterRole",
        "metadata": { "name": own },
        "rules": [{ "apiGroups": [KARGO], "resourceNames": [name], "resources": ["projects"], "verbs": ["delete", "update"] }],
    }));
    objects.push(json!({
        "apiVersion": format!("{RBAC}/v1"),
        "kind": "ClusterRoleBinding",
        "metadata": { "name": own },
        "roleRef": { "apiGroup": RBAC, "kind": "ClusterRole", "name": own },
        "subjects": [account("kargo-admin", name)],
    }));
    objects
}

/// What Kargo's own servers may do in the Project.
pub(super) fn system_bindings(project: &str, kargo_namespace: &str) -> Vec<Value> {
    let binding = |name: &str, accounts: &[&str]| {
        let subjects: Vec<Value> =
            accounts.iter().map(|name| account(name, kargo_namespace)).collect();
        json!({
            "apiVersion": format!("{RBAC}/v1"),
            "kind": "RoleBinding",
            "metadata": { "name": name, "namespace": project },
            "roleRef": { "apiGroup": RBAC, "kind": "ClusterRole", "name": name },
            "subjects": subjects,
        })
    };
    vec![
        binding("kargo-project-admin", &["kargo-api", "kargo-admin"]),
        binding("kargo-project-secrets-reader", &["kargo-external-webhooks-server"]),
    ]
}

fn account(name: &str, namespace: &str) -> Value {
    json!({ "kind": "ServiceAccount", "name": name, "namespace": namespace })
}

/// The person who made the Project gets its roles, where a claim says who that is.
fn account_annotations(project: &Project) -> Value {
    let mut annotations = Map::new();
    annotations.insert(RBAC_MANAGED.to_owned(), json!("true"));
    let creator = project.metadata.annotations.as_ref().and_then(|all| all.get(CREATE_ACTOR));
    if let Some((claim, name)) = creator.and_then(|creator| creator.split_once(':'))
        && claim != "kubernetes"
    {
        annotations.insert(RBAC_CLAIMS.to_owned(), json!(json!({ claim: [name] }).to_string()));
    }
    Value::Object(annotations)
}

fn rule(group: &str, resources: &[&str], verbs: &[&str]) -> Value {
    json!({ "apiGroups": [group], "resources": resources, "verbs": verbs })
}

fn admin_rules() -> Value {
    json!([
        rule("", &["events"], &READ),
        rule("", &["configmaps", "secrets", "serviceaccounts"], &["*"]),
        rule(RBAC, &["rolebindings", "roles"], &["*"]),
        rule(
            KARGO,
            &["freights", "projectconfigs", "promotiontasks", "stages", "targets", "warehouses"],
            &["*"]
        ),
        rule(KARGO, &["stages"], &["promote"]),
        rule(KARGO, &["promotions"], &["create", "delete", "get", "list", "watch", "patch"]),
        rule(KARGO, &["freights/status"], &["patch"]),
        rule(ROLLOUTS, &["analysisruns"], &["delete", "get", "list", "watch"]),
        rule(ROLLOUTS, &["analysistemplates"], &["*"]),
    ])
}

fn viewer_rules() -> Value {
    json!([
        rule("", &["configmaps", "events", "serviceaccounts"], &READ),
        rule(RBAC, &["rolebindings", "roles"], &READ),
        rule(
            KARGO,
            &["freights", "projectconfigs", "promotions", "stages", "targets", "warehouses"],
            &READ
        ),
        rule(ROLLOUTS, &["analysisruns", "analysistemplates"], &READ),
    ])
}

fn promoter_rules() -> Value {
    json!([
        rule("", &["configmaps", "events", "serviceaccounts"], &READ),
        rule(RBAC, &["rolebindings", "roles"], &READ),
        rule(KARGO, &["freights", "stages", "warehouses", "projectconfigs"], &READ),
        rule(KARGO, &["stages"], &["promote"]),
        rule(KARGO, &["promotions"], &["create", "get", "list", "watch"]),
        rule(KARGO, &["freights/status"], &["patch"]),
        rule(ROLLOUTS, &["analysisruns", "analysistemplates"], &READ),
    ])
}
