//! The built-in kinds as served resources.
use crate::names::NameRule;
use crate::resource::{Conversion, Resource, collection};
use std::sync::Arc;

pub(crate) fn all() -> Vec<Arc<Resource>> {
    let rows: [(&str, &str, &str, &str, bool, bool, &[&str]); 12] = [
        ("", "v1", "ConfigMap", "configmaps", true, false, &["cm"]),
        ("", "v1", "Event", "events", true, false, &["ev"]),
        ("", "v1", "Namespace", "namespaces", false, true, &["ns"]),
        ("", "v1", "Secret", "secrets", true, false, &[]),
        ("", "v1", "ServiceAccount", "serviceaccounts", true, false, &["sa"]),
        ("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", false, true, &["crd", "crds"]),
        ("coordination.k8s.io", "v1", "Lease", "leases", true, false, &[]),
        ("events.k8s.io", "v1", "Event", "events", true, false, &["ev"]),
        ("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", false, false, &[]),
        ("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", "clusterrolebindings", false, false, &[]),
        ("rbac.authorization.k8s.io", "v1", "Role", "roles", true, false, &[]),
        ("rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings", true, false, &[]),
    ];
    rows.into_iter()
        .map(|(group, version, kind, plural, namespaced, status, short)| {
            let events = group == "events.k8s.io";
            Arc::new(Resource {
                group: group.into(),
                version: version.into(),
                kind: kind.into(),
                list_kind: format!("{kind}List"),
                plural: plural.into(),
                singular: kind.to_lowercase(),
                short_names: short.iter().map(|name| (*name).to_owned()).collect(),
                categories: Vec::new(),
                namespaced,
                has_status: status,
                has_generation: group == "apiextensions.k8s.io",
                custom: None,
                collection: if events { collection("", plural) } else { collection(group, plural) },
                storage_version: version.into(),
                conversion: if events { Conversion::Events } else { Conversion::None },
                names: match (group, kind) {
                    ("rbac.authorization.k8s.io", _) => NameRule::PathSegment,
                    (_, "Namespace") => NameRule::Label,
                    _ => NameRule::Subdomain,
                },
                selectable: Vec::new(),
            })
        })
        .collect()
}
