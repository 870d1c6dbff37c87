//! The table of built-in kinds, sorted by group and kind.

use super::{Kind, columns, rules, schemas};
use crate::names::NameRule;

const AUTHENTICATION: &str = "authentication.k8s.io";
const AUTHORIZATION: &str = "authorization.k8s.io";
const RBAC: &str = "rbac.authorization.k8s.io";

/// What most kinds are; the rows below say what differs.
const PLAIN: Kind = Kind {
    group: "",
    version: "v1",
    kind: "",
    plural: "",
    singular: "",
    short_names: &[],
    categories: &[],
    namespaced: true,
    stored: true,
    has_status: false,
    has_generation: false,
    names: NameRule::Subdomain,
    selectable: &[],
    columns: &[],
    schema: || serde_json::Value::Null,
    rules: |_, _, _| {},
    defaults: |_| {},
};

const REVIEW: Kind = Kind { namespaced: false, stored: false, ..PLAIN };

/// All built-in kinds.
pub static KINDS: &[Kind] = &[
    Kind {
        kind: "ConfigMap",
        plural: "configmaps",
        singular: "configmap",
        short_names: &["cm"],
        columns: columns::CONFIG_MAP,
        schema: schemas::config_map,
        rules: rules::config_map,
        ..PLAIN
    },
    Kind {
        kind: "Event",
        plural: "events",
        singular: "event",
        short_names: &["ev"],
        selectable: EVENT_FIELDS,
        columns: columns::EVENT,
        schema: schemas::event,
        rules: rules::event,
        defaults: rules::event_defaults,
        ..PLAIN
    },
    Kind {
        kind: "Namespace",
        plural: "namespaces",
        singular: "namespace",
        short_names: &["ns"],
        namespaced: false,
        has_status: true,
        names: NameRule::Label,
        selectable: &["status.phase"],
        columns: columns::NAMESPACE,
        schema: schemas::namespace,
        defaults: rules::namespace_defaults,
        ..PLAIN
    },
    Kind {
        kind: "Secret",
        plural: "secrets",
        singular: "secret",
        selectable: &["type"],
        columns: columns::SECRET,
        schema: schemas::secret,
        rules: rules::secret,
        defaults: rules::secret_defaults,
        ..PLAIN
    },
    Kind {
        kind: "ServiceAccount",
        plural: "serviceaccounts",
        singular: "serviceaccount",
        short_names: &["sa"],
        schema: schemas::service_account,
        ..PLAIN
    },
    Kind {
        group: "apiextensions.k8s.io",
        kind: "CustomResourceDefinition",
        plural: "customresourcedefinitions",
        singular: "customresourcedefinition",
        short_names: &["crd", "crds"],
        categories: &["api-extensions"],
        namespaced: false,
        has_status: true,
        has_generation: true,
        columns: columns::CREATED_AT,
        schema: schemas::definition,
        rules: rules::definition,
        ..PLAIN
    },
    Kind {
        group: AUTHENTICATION,
        kind: "SelfSubjectReview",
        plural: "selfsubjectreviews",
        singular: "selfsubjectreview",
        schema: schemas::self_review,
        ..REVIEW
    },
    Kind {
        group: AUTHENTICATION,
        kind: "TokenReview",
        plural: "tokenreviews",
        singular: "tokenreview",
        schema: schemas::token_review,
        ..REVIEW
    },
    Kind {
        group: AUTHORIZATION,
        kind: "LocalSubjectAccessReview",
        plural: "localsubjectaccessreviews",
        singular: "localsubjectaccessreview",
        namespaced: true,
        schema: schemas::local_access_review,
        ..REVIEW
    },
    Kind {
        group: AUTHORIZATION,
        kind: "SelfSubjectAccessReview",
        plural: "selfsubjectaccessreviews",
        singular: "selfsubjectaccessreview",
        schema: schemas::self_access_review,
        ..REVIEW
    },
    Kind {
        group: AUTHORIZATION,
        kind: "SelfSubjectRulesReview",
        plural: "selfsubjectrulesreviews",
        singular: "selfsubjectrulesreview",
        schema: schemas::self_rules_review,
        ..REVIEW
    },
    Kind {
        group: AUTHORIZATION,
        kind: "SubjectAccessReview",
        plural: "subjectaccessreviews",
        singular: "subjectaccessreview",
        schema: schemas::access_review,
        ..REVIEW
    },
    Kind {
        group: "coordination.k8s.io",
        kind: "Lease",
        plural: "leases",
        singular: "lease",
        columns: columns::LEASE,
        schema: schemas::lease,
        rules: rules::lease,
        ..PLAIN
    },
    Kind {
        group: "events.k8s.io",
        kind: "Event",
        plural: "events",
        singular: "event",
        short_names: &["ev"],
        selectable: NEW_EVENT_FIELDS,
        columns: columns::NEW_EVENT,
        schema: schemas::new_event,
        rules: rules::new_event,
        ..PLAIN
    },
    Kind {
        group: RBAC,
        kind: "ClusterRole",
        plural: "clusterroles",
        singular: "clusterrole",
        namespaced: false,
        names: NameRule::PathSegment,
        columns: columns::CREATED_AT,
        schema: schemas::cluster_role,
        rules: rules::cluster_role,
        ..PLAIN
    },
    Kind {
        group: RBAC,
        kind: "ClusterRoleBinding",
        plural: "clusterrolebindings",
        singular: "clusterrolebinding",
        namespaced: false,
        names: NameRule::PathSegment,
        columns: columns::BINDING,
        schema: schemas::cluster_role_binding,
        rules: rules::binding,
        defaults: rules::binding_defaults,
        ..PLAIN
    },
    Kind {
        group: RBAC,
        kind: "Role",
        plural: "roles",
        singular: "role",
        names: NameRule::PathSegment,
        columns: columns::CREATED_AT,
        schema: schemas::role,
        rules: rules::role,
        ..PLAIN
    },
    Kind {
        group: RBAC,
        kind: "RoleBinding",
        plural: "rolebindings",
        singular: "rolebinding",
        names: NameRule::PathSegment,
        columns: columns::BINDING,
        schema: schemas::role_binding,
        rules: rules::binding,
        defaults: rules::binding_defaults,
        ..PLAIN
    },
];

const EVENT_FIELDS: &[&str] = &[
    "involvedObject.apiVersion",
    "involvedObject.fieldPath",
    "involvedObject.kind",
    "involvedObject.name",
    "involvedObject.namespace",
    "involvedObject.resourceVersion",
    "involvedObject.uid",
    "reason",
    "reportingComponent",
    "source",
    "type",
];

const NEW_EVENT_FIELDS: &[&str] = &[
    "reason",
    "regarding.apiVersion",
    "regarding.fieldPath",
    "regarding.kind",
    "regarding.name",
    "regarding.namespace",
    "regarding.resourceVersion",
    "regarding.uid",
    "reportingController",
    "type",
];
