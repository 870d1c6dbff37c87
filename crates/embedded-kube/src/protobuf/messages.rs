//! The messages kubectl sends, field by field. Numbers are those of the published `generated.proto` files.

/// How a field is encoded and what it becomes in JSON.
#[derive(Clone, Copy)]
pub(super) enum Field {
    BytesMap,
    Inner(Message),
    Inners(Message),
    Json,
    ListMap,
    MicroTime,
    Number,
    OptionalBool,
    OptionalNumber,
    Text,
    TextMap,
    Texts,
    Time,
}

/// Field number, JSON name and type.
pub(super) type Message = &'static [(u64, &'static str, Field)];

use Field::{
    BytesMap, Inner, Inners, Json, ListMap, MicroTime, Number, OptionalBool, OptionalNumber, Text,
    TextMap, Texts, Time,
};

pub(super) const EXTRA_VALUE: Message = &[(1, "items", Texts)];

const OWNER: Message = &[
    (5, "apiVersion", Text),
    (1, "kind", Text),
    (3, "name", Text),
    (4, "uid", Text),
    (6, "controller", OptionalBool),
    (7, "blockOwnerDeletion", OptionalBool),
];
const MANAGED: Message = &[
    (1, "manager", Text),
    (2, "operation", Text),
    (3, "apiVersion", Text),
    (4, "time", Time),
    (6, "fieldsType", Text),
    (7, "fieldsV1", Json),
    (8, "subresource", Text),
];
const METADATA: Message = &[
    (1, "name", Text),
    (2, "generateName", Text),
    (3, "namespace", Text),
    (5, "uid", Text),
    (6, "resourceVersion", Text),
    (7, "generation", Number),
    (8, "creationTimestamp", Time),
    (9, "deletionTimestamp", Time),
    (10, "deletionGracePeriodSeconds", OptionalNumber),
    (11, "labels", TextMap),
    (12, "annotations", TextMap),
    (13, "ownerReferences", Inners(OWNER)),
    (14, "finalizers", Texts),
    (17, "managedFields", Inners(MANAGED)),
];
const NAMESPACE: Message = &[
    (1, "metadata", Inner(METADATA)),
    (2, "spec", Inner(&[(1, "finalizers", Texts)])),
    (3, "status", Inner(&[(1, "phase", Text)])),
];
const SECRET: Message = &[
    (1, "metadata", Inner(METADATA)),
    (2, "data", BytesMap),
    (3, "type", Text),
    (4, "stringData", TextMap),
    (5, "immutable", OptionalBool),
];
const CONFIG_MAP: Message = &[
    (1, "metadata", Inner(METADATA)),
    (2, "data", TextMap),
    (3, "binaryData", BytesMap),
    (4, "immutable", OptionalBool),
];
const OBJECT_REFERENCE: Message = &[
    (1, "kind", Text),
    (2, "namespace", Text),
    (3, "name", Text),
    (4, "uid", Text),
    (5, "apiVersion", Text),
    (6, "resourceVersion", Text),
    (7, "fieldPath", Text),
];
const SERVICE_ACCOUNT: Message = &[
    (1, "metadata", Inner(METADATA)),
    (2, "secrets", Inners(OBJECT_REFERENCE)),
    (3, "imagePullSecrets", Inners(&[(1, "name", Text)])),
    (4, "automountServiceAccountToken", OptionalBool),
];
const RULE: Message = &[
    (1, "verbs", Texts),
    (2, "apiGroups", Texts),
    (3, "resources", Texts),
    (4, "resourceNames", Texts),
    (5, "nonResourceURLs", Texts),
];
const REQUIREMENT: Message = &[(1, "key", Text), (2, "operator", Text), (3, "values", Texts)];
const LABEL_SELECTOR: Message =
    &[(1, "matchLabels", TextMap), (2, "matchExpressions", Inners(REQUIREMENT))];
const ROLE: Message = &[(1, "metadata", Inner(METADATA)), (2, "rules", Inners(RULE))];
const CLUSTER_ROLE: Message = &[
    (1, "metadata", Inner(METADATA)),
    (2, "rules", Inners(RULE)),
    (3, "aggregationRule", Inner(&[(1, "clusterRoleSelectors", Inners(LABEL_SELECTOR))])),
];
const SUBJECT: Message =
    &[(1, "kind", Text), (2, "apiGroup", Text), (3, "name", Text), (4, "namespace", Text)];
const ROLE_REF: Message = &[(1, "apiGroup", Text), (2, "kind", Text), (3, "name", Text)];
const ROLE_BINDING: Message = &[
    (1, "metadata", Inner(METADATA)),
    (2, "subjects", Inners(SUBJECT)),
    (3, "roleRef", Inner(ROLE_REF)),
];
const EVENT: Message = &[
    (1, "metadata", Inner(METADATA)),
    (2, "involvedObject", Inner(OBJECT_REFERENCE)),
    (3, "reason", Text),
    (4, "message", Text),
    (5, "source", Inner(&[(1, "component", Text), (2, "host", Text)])),
    (6, "firstTimestamp", Time),
    (7, "lastTimestamp", Time),
    (8, "count", Number),
    (9, "type", Text),
    (10, "eventTime", MicroTime),
    (11, "series", Inner(&[(1, "count", Number), (2, "lastObservedTime", MicroTime)])),
    (12, "action", Text),
    (13, "related", Inner(OBJECT_REFERENCE)),
    (14, "reportingComponent", Text),
    (15, "reportingInstance", Text),
];
const NEW_EVENT: Message = &[
    (1, "metadata", Inner(METADATA)),
    (2, "eventTime", MicroTime),
    (3, "series", Inner(&[(1, "count", Number), (2, "lastObservedTime", MicroTime)])),
    (4, "reportingController", Text),
    (5, "reportingInstance", Text),
    (6, "action", Text),
    (7, "reason", Text),
    (8, "regarding", Inner(OBJECT_REFERENCE)),
    (9, "related", Inner(OBJECT_REFERENCE)),
    (10, "note", Text),
    (11, "type", Text),
    (12, "deprecatedSource", Inner(&[(1, "component", Text), (2, "host", Text)])),
    (13, "deprecatedFirstTimestamp", Time),
    (14, "deprecatedLastTimestamp", Time),
    (15, "deprecatedCount", Number),
];
const LEASE_SPEC: Message = &[
    (1, "holderIdentity", Text),
    (2, "leaseDurationSeconds", OptionalNumber),
    (3, "acquireTime", MicroTime),
    (4, "renewTime", MicroTime),
    (5, "leaseTransitions", OptionalNumber),
    (6, "strategy", Text),
    (7, "preferredHolder", Text),
];
const LEASE: Message = &[(1, "metadata", Inner(METADATA)), (2, "spec", Inner(LEASE_SPEC))];
const RESOURCE_ATTRIBUTES: Message = &[
    (1, "namespace", Text),
    (2, "verb", Text),
    (3, "group", Text),
    (4, "version", Text),
    (5, "resource", Text),
    (6, "subresource", Text),
    (7, "name", Text),
];
const PATH_ATTRIBUTES: Message = &[(1, "path", Text), (2, "verb", Text)];
const SELF_ACCESS: Message = &[
    (1, "resourceAttributes", Inner(RESOURCE_ATTRIBUTES)),
    (2, "nonResourceAttributes", Inner(PATH_ATTRIBUTES)),
];
const ACCESS: Message = &[
    (1, "resourceAttributes", Inner(RESOURCE_ATTRIBUTES)),
    (2, "nonResourceAttributes", Inner(PATH_ATTRIBUTES)),
    (3, "user", Text),
    (4, "groups", Texts),
    (5, "extra", ListMap),
    (6, "uid", Text),
];
const SELF_ACCESS_REVIEW: Message =
    &[(1, "metadata", Inner(METADATA)), (2, "spec", Inner(SELF_ACCESS))];
const ACCESS_REVIEW: Message = &[(1, "metadata", Inner(METADATA)), (2, "spec", Inner(ACCESS))];
const RULES_REVIEW: Message =
    &[(1, "metadata", Inner(METADATA)), (2, "spec", Inner(&[(1, "namespace", Text)]))];
const SUBJECT_REVIEW: Message = &[(1, "metadata", Inner(METADATA))];
const TOKEN_REVIEW: Message = &[
    (1, "metadata", Inner(METADATA)),
    (2, "spec", Inner(&[(1, "token", Text), (2, "audiences", Texts)])),
];
const BOUND: Message =
    &[(1, "kind", Text), (2, "apiVersion", Text), (3, "name", Text), (4, "uid", Text)];
const TOKEN_REQUEST: Message = &[
    (1, "metadata", Inner(METADATA)),
    (
        2,
        "spec",
        Inner(&[
            (1, "audiences", Texts),
            (3, "boundObjectRef", Inner(BOUND)),
            (4, "expirationSeconds", OptionalNumber),
        ]),
    ),
];
const DELETE_OPTIONS: Message = &[
    (1, "gracePeriodSeconds", OptionalNumber),
    (2, "preconditions", Inner(&[(1, "uid", Text), (2, "resourceVersion", Text)])),
    (3, "orphanDependents", OptionalBool),
    (4, "propagationPolicy", Text),
    (5, "dryRun", Texts),
    (6, "ignoreStoreReadErrorWithClusterBreakingPotential", OptionalBool),
];

/// All kinds that can be read, sorted by group, kind.
static KINDS: &[(&str, &str, Message)] = &[
    ("", "ConfigMap", CONFIG_MAP),
    ("", "DeleteOptions", DELETE_OPTIONS),
    ("", "Event", EVENT),
    ("", "Namespace", NAMESPACE),
    ("", "Secret", SECRET),
    ("", "ServiceAccount", SERVICE_ACCOUNT),
    ("authentication.k8s.io", "SelfSubjectReview", SUBJECT_REVIEW),
    ("authentication.k8s.io", "TokenRequest", TOKEN_REQUEST),
    ("authentication.k8s.io", "TokenReview", TOKEN_REVIEW),
    ("authorization.k8s.io", "LocalSubjectAccessReview", ACCESS_REVIEW),
    ("authorization.k8s.io", "SelfSubjectAccessReview", SELF_ACCESS_REVIEW),
    ("authorization.k8s.io", "SelfSubjectRulesReview", RULES_REVIEW),
    ("authorization.k8s.io", "SubjectAccessReview", ACCESS_REVIEW),
    ("coordination.k8s.io", "Lease", LEASE),
    ("events.k8s.io", "Event", NEW_EVENT),
    ("rbac.authorization.k8s.io", "ClusterRole", CLUSTER_ROLE),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding", ROLE_BINDING),
    ("rbac.authorization.k8s.io", "Role", ROLE),
    ("rbac.authorization.k8s.io", "RoleBinding", ROLE_BINDING),
];

/// The message of a kind. `DeleteOptions` travels under any group.
pub(super) fn find(api_version: &str, kind: &str) -> Option<Message> {
    let group = match (kind, api_version.split_once('/')) {
        ("DeleteOptions", _) | (_, None) => "",
        (_, Some((group, _))) => group,
    };
    KINDS
        .iter()
        .find(|(known, name, _)| *known == group && *name == kind)
        .map(|(.., message)| *message)
}
