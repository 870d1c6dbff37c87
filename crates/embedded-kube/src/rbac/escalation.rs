//! Nobody gives away more than they hold.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Attributes, Policy, Rule, User, allowed, has, metadata, path_fits, rules, rules_for};

/// The rules among `wanted` that `user` does not hold itself in `namespace` (empty: cluster-wide).
/// Granting them would be an escalation.
pub fn not_held(policy: &Policy, user: &User, namespace: &str, wanted: &[Rule]) -> Vec<Rule> {
    let held = rules_for(policy, user, namespace);
    let mut missing = BTreeSet::new();
    for rule in wanted {
        for single in split(rule) {
            if !held.iter().any(|own| covers(own, &single)) {
                missing.insert(single);
            }
        }
    }
    missing.into_iter().collect()
}

/// Breaks a rule into rules with one value in each place.
fn split(rule: &Rule) -> Vec<Rule> {
    let mut singles = Vec::new();
    for verb in &rule.verbs {
        for path in &rule.paths {
            singles.push(Rule {
                verbs: vec![verb.clone()],
                paths: vec![path.clone()],
                ..Rule::default()
            });
        }
        for group in &rule.groups {
            for resource in &rule.resources {
                let names: Vec<Vec<String>> = if rule.names.is_empty() {
                    vec![Vec::new()]
                } else {
                    rule.names.iter().map(|name| vec![name.clone()]).collect()
                };
                for names in names {
                    singles.push(Rule {
                        verbs: vec![verb.clone()],
                        groups: vec![group.clone()],
                        resources: vec![resource.clone()],
                        names,
                        paths: Vec::new(),
                    });
                }
            }
        }
    }
    singles
}

fn covers(own: &Rule, single: &Rule) -> bool {
    let all = |own: &[String], wanted: &[String]| wanted.iter().all(|one| has(own, one));
    if !all(&own.verbs, &single.verbs) {
        return false;
    }
    if !single.paths.is_empty() {
        return single.paths.iter().all(|path| own.paths.iter().any(|one| path_fits(one, path)));
    }
    let resource = single.resources.iter().all(|resource| {
        let any = resource.split_once('/').map(|(_, subresource)| format!("*/{subresource}"));
        own.resources.iter().any(|one| one == "*" || one == resource || any.as_ref() == Some(one))
    });
    let names = own.names.is_empty()
        || (!single.names.is_empty() && single.names.iter().all(|name| own.names.contains(name)));
    all(&own.groups, &single.groups) && resource && names
}

/// Why a role or binding is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Escalation {
    /// The role that a binding refers to; what it will grant one day, nobody knows.
    MissingRole(String),
    TooMuch(String),
}

/// Whether creating or changing the role or binding `object` would give away more than `user` holds.
pub fn escalation(policy: &Policy, user: &User, object: &Value) -> Option<Escalation> {
    let namespace = metadata(object, "namespace");
    let kind = object.get("kind").and_then(Value::as_str).unwrap_or_default();
    let may = |verb: &str, resource: &str, name: &str, namespace: &str| {
        let attributes = Attributes {
            verb: verb.to_string(),
            group: "rbac.authorization.k8s.io".to_string(),
            resource: resource.to_string(),
            name: name.to_string(),
            namespace: namespace.to_string(),
            ..Attributes::default()
        };
        allowed(policy, user, &attributes).allowed
    };
    let wanted = match kind {
        "Role" | "ClusterRole" => {
            let resource = if kind == "Role" { "roles" } else { "clusterroles" };
            if may("escalate", resource, metadata(object, "name"), namespace) {
                return None;
            }
            let mut wanted = rules(object);
            if object.get("aggregationRule").is_some_and(|rule| !rule.is_null()) {
                let every = || vec!["*".to_string()];
                wanted = vec![
                    Rule { verbs: every(), groups: every(), resources: every(), ..Rule::default() },
                    Rule { verbs: every(), paths: every(), ..Rule::default() },
                ];
            }
            wanted
        }
        "RoleBinding" | "ClusterRoleBinding" => {
            let reference = |key: &str| {
                object
                    .pointer(&format!("/roleRef/{key}"))
                    .and_then(Value::as_str)
                    .unwrap_or_default()
            };
            let roles = if reference("kind") == "ClusterRole" { "clusterroles" } else { "roles" };
            if may("bind", roles, reference("name"), namespace) {
                return None;
            }
            match policy.rules_of(reference("kind"), reference("name"), namespace) {
                Some(rules) => rules.to_vec(),
                None => return Some(Escalation::MissingRole(reference("name").to_owned())),
            }
        }
        _ => return None,
    };
    let missing = not_held(policy, user, namespace, &wanted);
    if missing.is_empty() {
        return None;
    }
    Some(Escalation::TooMuch(refusal(user, &missing)))
}

fn refusal(user: &User, missing: &[Rule]) -> String {
    let lists = |rule: &Rule| {
        let shown = |label: &str, list: &[String]| {
            let quoted: Vec<String> = list.iter().map(|one| format!("\"{one}\"")).collect();
            (!list.is_empty()).then(|| format!("{label}:[{}]", quoted.join(", ")))
        };
        let parts = [
            shown("APIGroups", &rule.groups),
            shown("Resources", &rule.resources),
            shown("ResourceNames", &rule.names),
            shown("NonResourceURLs", &rule.paths),
            shown("Verbs", &rule.verbs),
        ];
        format!("{{{}}}", parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
    };
    let mut missing: Vec<String> = missing.iter().map(lists).collect();
    missing.sort_unstable();
    let groups: Vec<String> = user.groups.iter().map(|group| format!("\"{group}\"")).collect();
    format!(
        "user \"{}\" (groups=[{}]) is attempting to grant RBAC permissions not currently held:\n{}",
        user.name,
        groups.join(" "),
        missing.join("\n")
    )
}
