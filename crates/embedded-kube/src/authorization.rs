//! Who may do what: RBAC over the stored roles and bindings, deny by default.
use crate::call::{Call, Path};
use crate::identity::Identity;
use crate::rbac::{self, Attributes, Decision, Policy, User};
use crate::server::Server;
use crate::status::{Status, qualified};
use crate::store::Store;
use http::Method;
use parking_lot::RwLock;
use serde_json::Value;
use std::sync::Arc;

/// The stored roles and bindings, read again after they changed.
#[derive(Default)]
pub(crate) struct Policies {
    current: RwLock<Option<Arc<Policy>>>,
}

impl Policies {
    pub(crate) fn forget(&self) {
        *self.current.write() = None;
    }

    pub(crate) fn current(&self, store: &Store) -> Arc<Policy> {
        if let Some(policy) = &*self.current.read() {
            return policy.clone();
        }
        // The lock is held while reading, so that a change during it is forgotten afterwards.
        let mut current = self.current.write();
        let entries = store.list("/rbac.authorization.k8s.io/").entries;
        let objects: Vec<Value> = entries.iter().map(|entry| entry.value()).collect();
        let policy = Arc::new(Policy::new(&objects));
        *current = Some(policy.clone());
        policy
    }
}

pub(crate) fn user(identity: &Identity) -> User {
    User::new(identity.user.clone(), identity.groups.clone())
}

impl Server {
    pub(crate) fn decide(&self, identity: &Identity, attributes: &Attributes) -> Decision {
        if identity.is_administrator() {
            return Decision { allowed: true, reason: String::new() };
        }
        rbac::allowed(&self.policies.current(&self.store), &user(identity), attributes)
    }

    pub(crate) fn authorize_path(
        &self,
        identity: &Identity,
        verb: &str,
        target: &Path,
    ) -> Result<(), Status> {
        let attributes = Attributes {
            verb: verb.into(),
            group: target.group.clone(),
            resource: target.plural.clone(),
            subresource: target.subresource.clone().unwrap_or_default(),
            name: target.name.clone().unwrap_or_default(),
            namespace: namespace_of(target),
            non_resource_path: None,
        };
        self.authorize(identity, &attributes)
    }

    pub(crate) fn authorize_path_of(&self, call: &Call, verb: &str) -> Result<(), Status> {
        let attributes = Attributes {
            verb: verb.into(),
            group: call.resource.group.clone(),
            resource: call.resource.plural.clone(),
            name: call.name().into(),
            namespace: call.namespace().into(),
            ..Attributes::default()
        };
        self.authorize(&call.identity, &attributes)
    }

    fn authorize(&self, identity: &Identity, attributes: &Attributes) -> Result<(), Status> {
        if self.decide(identity, attributes).allowed {
            return Ok(());
        }
        Err(refusal(identity, attributes))
    }

    /// Paths that are not resources: discovery, health, versions.
    pub(crate) fn authorize_url(
        &self,
        identity: &Identity,
        method: &Method,
        path: &str,
    ) -> Result<(), Status> {
        if matches!(path, "/healthz" | "/livez" | "/readyz" | "/version") {
            return Ok(());
        }
        let verb = method.as_str().to_lowercase();
        let attributes = Attributes {
            verb: verb.clone(),
            non_resource_path: Some(path.to_owned()),
            ..Attributes::default()
        };
        if self.decide(identity, &attributes).allowed {
            return Ok(());
        }
        let message =
            format!("forbidden: User \"{}\" cannot {verb} path \"{path}\"", identity.user);
        let mut status = Status::new(403, "Forbidden", message);
        status.details = Some(Box::default());
        Err(status)
    }

    pub(crate) fn authorize_impersonation(
        &self,
        identity: &Identity,
        (group, resource, namespace, name): (&str, &str, &str, &str),
    ) -> Result<(), Status> {
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        let attributes = Attributes {
            verb: "impersonate".into(),
            group: group.into(),
            resource: resource.into(),
            subresource: subresource.into(),
            name: name.into(),
            namespace: namespace.into(),
            non_resource_path: None,
        };
        self.authorize(identity, &attributes)
    }

    /// Nobody may hand out rights they do not have.
    pub(crate) fn escalation(
        &self,
        call: &Call,
        old: Option<&Value>,
        object: &Value,
    ) -> Result<(), Status> {
        let resource = &call.resource;
        if resource.group != "rbac.authorization.k8s.io" || call.identity.is_administrator() {
            return Ok(());
        }
        const GRANTING: [&str; 4] = ["aggregationRule", "roleRef", "rules", "subjects"];
        let grants_the_same =
            |old: &Value| GRANTING.iter().all(|field| old.get(field) == object.get(field));
        if old.is_some_and(grants_the_same) {
            return Ok(());
        }
        let policy = self.policies.current(&self.store);
        match rbac::escalation(&policy, &user(&call.identity), object) {
            None => Ok(()),
            Some(rbac::Escalation::MissingRole(name)) => {
                Err(Status::not_found(&resource.group, &resource.plural, &name))
            }
            Some(rbac::Escalation::TooMuch(why)) => {
                let name = object["metadata"]["name"].as_str().unwrap_or_default();
                Err(Status::forbidden(&resource.group, &resource.plural, name, &why))
            }
        }
    }
}

/// A Namespace object belongs to itself: a role inside it can grant reading it.
fn namespace_of(target: &Path) -> String {
    if target.group.is_empty() && target.plural == "namespaces" {
        return target.name.clone().unwrap_or_default();
    }
    target.namespace.clone().unwrap_or_default()
}

fn refusal(identity: &Identity, attributes: &Attributes) -> Status {
    let resource = match attributes.subresource.as_str() {
        "" => attributes.resource.clone(),
        subresource => format!("{}/{subresource}", attributes.resource),
    };
    let mut why = format!(
        "User \"{}\" cannot {} resource \"{resource}\" in API group \"{}\"",
        identity.user, attributes.verb, attributes.group
    );
    if attributes.namespace.is_empty() {
        why.push_str(" at the cluster scope");
    } else {
        why.push_str(&format!(" in the namespace \"{}\"", attributes.namespace));
    }
    let status = Status::forbidden(&attributes.group, &attributes.resource, &attributes.name, &why);
    debug_assert!(status.message.starts_with(&qualified(&attributes.group, &attributes.resource)));
    status
}
