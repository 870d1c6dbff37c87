//! Role-based access: what a user may do, and what may be granted. Pure; the caller supplies the objects.

mod escalation;
mod review;

use std::collections::BTreeMap;

use serde_json::{Map, Value};

pub use escalation::{Escalation, escalation, not_held};
pub use review::rules_review;

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct User {
    pub name: String,
    pub groups: Vec<String>,
}

impl User {
    /// Members of this group may do everything.
    pub const MASTERS: &'static str = "system:masters";

    pub fn new(
        name: impl Into<String>,
        groups: impl IntoIterator<Item = impl Into<String>>,
    ) -> Self {
        Self { name: name.into(), groups: groups.into_iter().map(Into::into).collect() }
    }

    pub fn is_master(&self) -> bool {
        self.groups.iter().any(|group| group == Self::MASTERS)
    }
}

/// What is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    pub verb: String,
    pub group: String,
    pub resource: String,
    pub subresource: String,
    /// Empty for collections.
    pub name: String,
    /// Empty for cluster-scoped resources and for all namespaces.
    pub namespace: String,
    /// A path such as `/healthz`; set for requests that are not about resources.
    pub non_resource_path: Option<String>,
}

/// The answer, with why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    pub allowed: bool,
    /// For a grant, the binding and role that give it; empty for a refusal.
    pub reason: String,
}

/// One rule of a role.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    pub verbs: Vec<String>,
    pub groups: Vec<String>,
    pub resources: Vec<String>,
    pub names: Vec<String>,
    pub paths: Vec<String>,
}

#[derive(Clone, Debug)]
struct Binding {
    name: String,
    /// Empty for a ClusterRoleBinding.
    namespace: String,
    subjects: Vec<Subject>,
    role_kind: String,
    role: String,
}

#[derive(Clone, Debug)]
enum Subject {
    User(String),
    Group(String),
}

/// All roles and bindings, indexed.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    cluster_roles: BTreeMap<String, Vec<Rule>>,
    /// By namespace and name.
    roles: BTreeMap<(String, String), Vec<Rule>>,
    bindings: Vec<Binding>,
}

impl Policy {
    /// Builds from Role, ClusterRole, RoleBinding and ClusterRoleBinding objects; others are ignored.
    pub fn new<'a>(objects: impl IntoIterator<Item = &'a Value>) -> Self {
        let mut policy = Self::default();
        let mut aggregated: Vec<&Value> = Vec::new();
        let mut labels: BTreeMap<String, &Map<String, Value>> = BTreeMap::new();
        for object in objects {
            let name = metadata(object, "name").to_string();
            let namespace = metadata(object, "namespace").to_string();
            match object.get("kind").and_then(Value::as_str) {
                Some("ClusterRole") => {
                    if object.get("aggregationRule").is_some_and(|rule| !rule.is_null()) {
                        aggregated.push(object);
                    }
                    if let Some(found) =
                        object.pointer("/metadata/labels").and_then(Value::as_object)
                    {
                        labels.insert(name.clone(), found);
                    }
                    policy.cluster_roles.insert(name, rules(object));
                }
                Some("Role") => {
                    policy.roles.insert((namespace, name), rules(object));
                }
                Some("ClusterRoleBinding") => policy.bindings.push(binding(object, String::new())),
                Some("RoleBinding") => policy.bindings.push(binding(object, namespace)),
                _ => {}
            }
        }
        policy.aggregate(&aggregated, &labels);
        policy
    }

    /// Rules of aggregated roles are the union of the roles their selectors choose.
    fn aggregate(&mut self, aggregated: &[&Value], labels: &BTreeMap<String, &Map<String, Value>>) {
        // An aggregated role may choose another one; a few rounds settle any sane nesting.
        for _ in 0..4 {
            for object in aggregated {
                let name = metadata(object, "name");
                let rules = self.aggregated_rules(object, labels);
                self.cluster_roles.insert(name.to_string(), rules);
            }
        }
    }

    fn aggregated_rules(
        &self,
        object: &Value,
        labels: &BTreeMap<String, &Map<String, Value>>,
    ) -> Vec<Rule> {
        let selectors =
            object.pointer("/aggregationRule/clusterRoleSelectors").and_then(Value::as_array);
        let own = metadata(object, "name");
        let mut found: Vec<Rule> = Vec::new();
        for (name, rules) in &self.cluster_roles {
            let labels = labels.get(name).copied();
            let chosen = selectors.into_iter().flatten().any(|selector| selects(selector, labels));
            if chosen && name != own {
                for rule in rules {
                    if !found.contains(rule) {
                        found.push(rule.clone());
                    }
                }
            }
        }
        found
    }

    /// The rules of the role a binding in `namespace` refers to.
    pub fn rules_of(&self, role_kind: &str, role: &str, namespace: &str) -> Option<&[Rule]> {
        let rules = match role_kind {
            "ClusterRole" => self.cluster_roles.get(role),
            _ => self.roles.get(&(namespace.to_string(), role.to_string())),
        };
        rules.map(Vec::as_slice)
    }

    fn bindings_of<'a>(
        &'a self,
        user: &'a User,
        namespace: &'a str,
    ) -> impl Iterator<Item = &'a Binding> {
        self.bindings.iter().filter(move |binding| {
            (binding.namespace.is_empty() || binding.namespace == namespace)
                && binding.subjects.iter().any(|subject| subject.is(user))
        })
    }
}

fn metadata<'a>(object: &'a Value, key: &str) -> &'a str {
    object
        .get("metadata")
        .and_then(|metadata| metadata.get(key))
        .and_then(Value::as_str)
        .unwrap_or_default()
}

fn texts(value: &Value, key: &str) -> Vec<String> {
    let list = value.get(key).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_string).collect()
}

/// The rules of a Role or ClusterRole object as written.
pub fn rules(object: &Value) -> Vec<Rule> {
    let list = object.get("rules").and_then(Value::as_array);
    list.into_iter()
        .flatten()
        .map(|rule| Rule {
            verbs: texts(rule, "verbs"),
            groups: texts(rule, "apiGroups"),
            resources: texts(rule, "resources"),
            names: texts(rule, "resourceNames"),
            paths: texts(rule, "nonResourceURLs"),
        })
        .collect()
}

fn binding(object: &Value, namespace: String) -> Binding {
    let reference = |key: &str| {
        object
            .pointer(&format!("/roleRef/{key}"))
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_string()
    };
    let subjects = object.get("subjects").and_then(Value::as_array).into_iter().flatten();
    Binding {
        name: metadata(object, "name").to_string(),
        subjects: subjects.filter_map(|subject| Subject::read(subject, &namespace)).collect(),
        namespace,
        role_kind: reference("kind"),
        role: reference("name"),
    }
}

impl Subject {
    fn read(subject: &Value, binding_namespace: &str) -> Option<Self> {
        let text = |key: &str| subject.get(key).and_then(Value::as_str).unwrap_or_default();
        match text("kind") {
            "User" => Some(Self::User(text("name").to_string())),
            "Group" => Some(Self::Group(text("name").to_string())),
            "ServiceAccount" => {
                let namespace = if text("namespace").is_empty() {
                    binding_namespace
                } else {
                    text("namespace")
                };
                (!namespace.is_empty()).then(|| {
                    Self::User(format!("system:serviceaccount:{namespace}:{}", text("name")))
                })
            }
            _ => None,
        }
    }

    fn is(&self, user: &User) -> bool {
        match self {
            Self::User(name) => *name == user.name,
            Self::Group(group) => user.groups.contains(group),
        }
    }
}

/// Whether a LabelSelector object selects the labels.
fn selects(selector: &Value, labels: Option<&Map<String, Value>>) -> bool {
    let label = |key: &str| labels.and_then(|labels| labels.get(key)).and_then(Value::as_str);
    let exact = selector.get("matchLabels").and_then(Value::as_object);
    let exact = exact.into_iter().flatten().all(|(key, value)| label(key) == value.as_str());
    let expressions = selector.get("matchExpressions").and_then(Value::as_array);
    exact
        && expressions.into_iter().flatten().all(|expression| {
            let found = label(expression.get("key").and_then(Value::as_str).unwrap_or_default());
            let values = texts(expression, "values");
            let listed = found.is_some_and(|found| values.iter().any(|value| value == found));
            match expression.get("operator").and_then(Value::as_str) {
                Some("In") => listed,
                Some("NotIn") => !listed,
                Some("Exists") => found.is_some(),
                Some("DoesNotExist") => found.is_none(),
                _ => false,
            }
        })
}

fn has(list: &[String], wanted: &str) -> bool {
    list.iter().any(|one| one == "*" || one == wanted)
}

impl Rule {
    /// Whether this rule alone allows the request.
    pub fn allows(&self, attributes: &Attributes) -> bool {
        if !has(&self.verbs, &attributes.verb) {
            return false;
        }
        if let Some(path) = &attributes.non_resource_path {
            return self.paths.iter().any(|one| path_fits(one, path));
        }
        let resource = if attributes.subresource.is_empty() {
            has(&self.resources, &attributes.resource)
        } else {
            let full = format!("{}/{}", attributes.resource, attributes.subresource);
            let any = format!("*/{}", attributes.subresource);
            self.resources.iter().any(|one| one == "*" || *one == full || *one == any)
        };
        let name = self.names.is_empty() || self.names.contains(&attributes.name);
        has(&self.groups, &attributes.group) && resource && name
    }
}

fn path_fits(rule: &str, path: &str) -> bool {
    rule == "*"
        || rule == path
        || rule.strip_suffix('*').is_some_and(|prefix| path.starts_with(prefix))
}

/// Whether `user` may do what `attributes` say.
pub fn allowed(policy: &Policy, user: &User, attributes: &Attributes) -> Decision {
    if user.is_master() {
        return Decision { allowed: true, reason: String::new() };
    }
    for binding in policy.bindings_of(user, &attributes.namespace) {
        // A binding inside a namespace grants nothing outside resources of that namespace.
        if !binding.namespace.is_empty()
            && (attributes.namespace.is_empty() || attributes.non_resource_path.is_some())
        {
            continue;
        }
        let rules = policy
            .rules_of(&binding.role_kind, &binding.role, &binding.namespace)
            .unwrap_or_default();
        if rules.iter().any(|rule| rule.allows(attributes)) {
            return Decision { allowed: true, reason: grant(binding, user) };
        }
    }
    Decision { allowed: false, reason: String::new() }
}

fn grant(binding: &Binding, user: &User) -> String {
    let subject = binding.subjects.iter().find(|subject| subject.is(user));
    let subject = match subject {
        Some(Subject::Group(group)) => format!("Group \"{group}\""),
        _ => match user
            .name
            .strip_prefix("system:serviceaccount:")
            .and_then(|rest| rest.split_once(':'))
        {
            Some((namespace, name)) => format!("ServiceAccount \"{name}/{namespace}\""),
            None => format!("User \"{}\"", user.name),
        },
    };
    let (kind, name) = if binding.namespace.is_empty() {
        ("ClusterRoleBinding", binding.name.clone())
    } else {
        ("RoleBinding", format!("{}/{}", binding.name, binding.namespace))
    };
    format!(
        "RBAC: allowed by {kind} \"{name}\" of {} \"{}\" to {subject}",
        binding.role_kind, binding.role
    )
}

/// All rules that apply to `user` in `namespace`, as SelfSubjectRulesReview lists them.
pub fn rules_for(policy: &Policy, user: &User, namespace: &str) -> Vec<Rule> {
    let everything = |list: &[&str]| list.iter().map(|one| (*one).to_string()).collect::<Vec<_>>();
    let mut found = Vec::new();
    if user.is_master() {
        found.push(Rule {
            verbs: everything(&["*"]),
            groups: everything(&["*"]),
            resources: everything(&["*"]),
            ..Rule::default()
        });
        found.push(Rule {
            verbs: everything(&["*"]),
            paths: everything(&["*"]),
            ..Rule::default()
        });
    }
    for binding in policy.bindings_of(user, namespace) {
        let rules = policy
            .rules_of(&binding.role_kind, &binding.role, &binding.namespace)
            .unwrap_or_default();
        for rule in rules {
            // Paths outside resources are granted cluster-wide only.
            if (binding.namespace.is_empty() || rule.paths.is_empty()) && !found.contains(rule) {
                found.push(rule.clone());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn objects() -> Vec<Value> {
        vec![
            json!({"kind": "Role", "metadata": {"name": "r1", "namespace": "a"}, "rules": [
                {"verbs": ["get", "list"], "apiGroups": ["kargo.akuity.io"], "resources": ["targets", "targets/status"]},
                {"verbs": ["get"], "apiGroups": [""], "resources": ["secrets"], "resourceNames": ["s1"]},
            ]}),
            json!({"kind": "RoleBinding", "metadata": {"name": "b1", "namespace": "a"},
                "subjects": [{"kind": "ServiceAccount", "name": "sa", "namespace": "a"}],
                "roleRef": {"kind": "Role", "name": "r1"}}),
            json!({"kind": "ClusterRole", "metadata": {"name": "part", "labels": {"to": "whole"}}, "rules": [
                {"verbs": ["*"], "apiGroups": ["*"], "resources": ["pods", "*/scale"]}, {"verbs": ["get"], "nonResourceURLs": ["/healthz*"]}]}),
            json!({"kind": "ClusterRole", "metadata": {"name": "whole"},
                "aggregationRule": {"clusterRoleSelectors": [{"matchLabels": {"to": "whole"}}]}}),
            json!({"kind": "ClusterRoleBinding", "metadata": {"name": "cb"}, "subjects": [{"kind": "Group", "name": "ops"}],
                "roleRef": {"kind": "ClusterRole", "name": "whole"}}),
        ]
    }

    fn asks(verb: &str, group: &str, resource: &str, name: &str, namespace: &str) -> Attributes {
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        Attributes {
            verb: verb.into(),
            group: group.into(),
            resource: resource.into(),
            subresource: subresource.into(),
            name: name.into(),
            namespace: namespace.into(),
            non_resource_path: None,
        }
    }

    #[test]
    fn decides() {
        let objects = objects();
        let policy = Policy::new(&objects);
        let account = User::new("system:serviceaccount:a:sa", ["system:authenticated"]);
        let operator = User::new("ann", ["ops"]);
        let cases = [
            (&account, asks("list", "kargo.akuity.io", "targets", "", "a"), true),
            (&account, asks("list", "kargo.akuity.io", "targets", "", "b"), false),
            (&account, asks("list", "kargo.akuity.io", "targets", "", ""), false),
            (&account, asks("delete", "kargo.akuity.io", "targets", "x", "a"), false),
            (&account, asks("get", "kargo.akuity.io", "targets/status", "x", "a"), true),
            (&account, asks("get", "kargo.akuity.io", "targets/other", "x", "a"), false),
            (&account, asks("get", "", "secrets", "s1", "a"), true),
            (&account, asks("get", "", "secrets", "s2", "a"), false),
            (&account, asks("list", "", "secrets", "", "a"), false),
            (&operator, asks("delete", "", "pods", "p", "anywhere"), true),
            (&operator, asks("get", "apps", "deployments/scale", "p", "x"), true),
            (&operator, asks("get", "apps", "deployments", "p", "x"), false),
            (&User::new("root", ["system:masters"]), asks("x", "y", "z", "", ""), true),
        ];
        for (user, attributes, expected) in cases {
            assert_eq!(allowed(&policy, user, &attributes).allowed, expected, "{attributes:?}");
        }
        let path = |path: &str| Attributes {
            verb: "get".into(),
            non_resource_path: Some(path.into()),
            ..Attributes::default()
        };
        assert!(allowed(&policy, &operator, &path("/healthz/x")).allowed);
        assert!(!allowed(&policy, &operator, &path("/metrics")).allowed);
        let reason =
            allowed(&policy, &account, &asks("list", "kargo.akuity.io", "targets", "", "a")).reason;
        assert_eq!(
            reason,
            r#"RBAC: allowed by RoleBinding "b1/a" of Role "r1" to ServiceAccount "sa/a""#
        );
    }

    #[test]
    fn nobody_grants_more_than_they_hold() {
        let mut objects = objects();
        let policy = Policy::new(&objects);
        let account = User::new("system:serviceaccount:a:sa", ["g"]);
        let role = |rules: Value| json!({"kind": "Role", "metadata": {"name": "new", "namespace": "a"}, "rules": rules});
        let held = role(
            json!([{"verbs": ["get"], "apiGroups": ["kargo.akuity.io"], "resources": ["targets"]}]),
        );
        assert_eq!(escalation(&policy, &account, &held), None);
        let more = role(
            json!([{"verbs": ["get", "delete"], "apiGroups": ["kargo.akuity.io"], "resources": ["targets"]}]),
        );
        assert_eq!(
            escalation(&policy, &account, &more).unwrap(),
            Escalation::TooMuch("user \"system:serviceaccount:a:sa\" (groups=[\"g\"]) is attempting to grant RBAC permissions not currently held:\n{APIGroups:[\"kargo.akuity.io\"], Resources:[\"targets\"], Verbs:[\"delete\"]}".to_owned())
        );
        let bind = json!({"kind": "RoleBinding", "metadata": {"name": "n", "namespace": "a"}, "roleRef": {"kind": "ClusterRole", "name": "whole"}});
        assert!(matches!(escalation(&policy, &account, &bind), Some(Escalation::TooMuch(_))));
        let unknown = json!({"kind": "RoleBinding", "metadata": {"name": "n", "namespace": "a"}, "roleRef": {"kind": "Role", "name": "none"}});
        let missing = Escalation::MissingRole("none".to_owned());
        assert_eq!(escalation(&policy, &account, &unknown), Some(missing));
        objects.push(json!({"kind": "Role", "metadata": {"name": "binder", "namespace": "a"},
            "rules": [{"verbs": ["bind", "escalate"], "apiGroups": ["rbac.authorization.k8s.io"], "resources": ["*"]}]}));
        objects.push(json!({"kind": "RoleBinding", "metadata": {"name": "b2", "namespace": "a"},
            "subjects": [{"kind": "ServiceAccount", "name": "sa"}], "roleRef": {"kind": "Role", "name": "binder"}}));
        let policy = Policy::new(&objects);
        assert_eq!(escalation(&policy, &account, &bind), None);
        assert_eq!(escalation(&policy, &account, &more), None);
    }
}
