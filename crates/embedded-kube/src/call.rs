//! A request for objects: which resource, which object, how, by whom.
use crate::identity::Identity;
use crate::query::{Query, decode};
use crate::reply::Shape;
use crate::resource::Resource;
use crate::status::Status;
use http::{HeaderMap, header};
use parking_lot::Mutex;
use std::sync::Arc;

/// The parts of a resource path.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Path {
    pub(crate) group: String,
    pub(crate) version: String,
    pub(crate) namespace: Option<String>,
    pub(crate) plural: String,
    pub(crate) name: Option<String>,
    pub(crate) subresource: Option<String>,
}

impl Path {
    /// `/api/v1/…` and `/apis/group/version/…`; `None` for anything else.
    pub(crate) fn parse(path: &str) -> Option<Self> {
        let parts: Vec<String> =
            path.trim_matches('/').split('/').map(|part| decode(part, false)).collect();
        let (group, version, rest) = match parts.as_slice() {
            [api, version, rest @ ..] if api == "api" => (String::new(), version, rest),
            [apis, group, version, rest @ ..] if apis == "apis" => (group.clone(), version, rest),
            _ => return None,
        };
        let (namespace, rest) = match rest {
            // `/namespaces/x` and `/namespaces/x/status` are about the Namespace itself.
            [word, _] if word == "namespaces" => (None, rest),
            [word, _, sub] if word == "namespaces" && (sub == "status" || sub == "finalize") => {
                (None, rest)
            }
            [word, namespace, rest @ ..] if word == "namespaces" => (Some(namespace.clone()), rest),
            _ => (None, rest),
        };
        if rest.is_empty() || rest.len() > 3 || rest.iter().any(String::is_empty) {
            return None;
        }
        Some(Self {
            group,
            version: version.clone(),
            namespace,
            plural: rest[0].clone(),
            name: rest.get(1).cloned(),
            subresource: rest.get(2).cloned(),
        })
    }
}

/// The encoding of a request body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Json,
    Yaml,
    Protobuf,
    JsonPatch,
    MergePatch,
    StrategicPatch,
    Apply,
    Unknown,
}

impl Content {
    pub(crate) fn of(text: &str) -> Self {
        match text.split(';').next().unwrap_or_default().trim() {
            "" | "application/json" => Self::Json,
            "application/yaml" => Self::Yaml,
            "application/vnd.kubernetes.protobuf" => Self::Protobuf,
            "application/json-patch+json" => Self::JsonPatch,
            "application/merge-patch+json" => Self::MergePatch,
            "application/strategic-merge-patch+json" => Self::StrategicPatch,
            "application/apply-patch+yaml" => Self::Apply,
            _ => Self::Unknown,
        }
    }
}

pub(crate) struct Call {
    pub(crate) resource: Arc<Resource>,
    pub(crate) namespace: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) subresource: Option<String>,
    pub(crate) query: Query,
    pub(crate) identity: Arc<Identity>,
    pub(crate) shape: Shape,
    pub(crate) content: Content,
    pub(crate) user_agent: String,
    pub(crate) warnings: Mutex<Vec<String>>,
}

impl Call {
    pub(crate) fn new(
        resource: Arc<Resource>,
        path: Path,
        query: Query,
        identity: Arc<Identity>,
        headers: &HeaderMap,
    ) -> Result<Self, Status> {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("");
        Ok(Self {
            resource,
            namespace: path.namespace,
            name: path.name,
            subresource: path.subresource,
            query,
            identity,
            shape: Shape::negotiate(text(header::ACCEPT))?,
            content: Content::of(text(header::CONTENT_TYPE)),
            user_agent: text(header::USER_AGENT).into(),
            warnings: Mutex::new(Vec::new()),
        })
    }

    /// A request of the server itself.
    pub(crate) fn internal(resource: Arc<Resource>, namespace: Option<&str>, name: &str) -> Self {
        Self {
            resource,
            namespace: namespace.map(Into::into),
            name: Some(name.into()),
            subresource: None,
            query: Query::default(),
            identity: Arc::new(Identity::administrator()),
            shape: Shape::Object,
            content: Content::Json,
            user_agent: "embedded-kube".into(),
            warnings: Mutex::new(Vec::new()),
        }
    }

    /// The same request about one object of the collection.
    pub(crate) fn about(&self, name: &str) -> Self {
        Self {
            resource: self.resource.clone(),
            namespace: self.namespace.clone(),
            name: Some(name.into()),
            subresource: None,
            query: self.query.clone(),
            identity: self.identity.clone(),
            shape: Shape::Object,
            content: self.content,
            user_agent: self.user_agent.clone(),
            warnings: Mutex::new(Vec::new()),
        }
    }

    pub(crate) fn is_status(&self) -> bool {
        self.subresource.as_deref() == Some("status")
    }

    pub(crate) fn name(&self) -> &str {
        self.name.as_deref().unwrap_or_default()
    }

    pub(crate) fn namespace(&self) -> &str {
        self.namespace.as_deref().unwrap_or_default()
    }

    pub(crate) fn key(&self) -> Arc<str> {
        self.resource.key(self.namespace(), self.name())
    }

    /// Who is recorded in managedFields: the named manager, or the program's own name.
    pub(crate) fn manager(&self) -> String {
        if let Some(manager) = &self.query.field_manager {
            return manager.clone();
        }
        let program = self.user_agent.split('/').next().unwrap_or_default();
        let program: String = program.chars().filter(|c| !c.is_control()).take(128).collect();
        if program.is_empty() { "unknown".into() } else { program }
    }

    pub(crate) fn warn(&self, warning: String) {
        self.warnings.lock().push(warning);
    }

    pub(crate) fn not_found(&self) -> Status {
        Status::not_found(&self.resource.group, &self.resource.plural, self.name())
    }

    pub(crate) fn changed(&self) -> Status {
        Status::changed(&self.resource.group, &self.resource.plural, self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_name_resources() {
        let path = |text| Path::parse(text).unwrap();
        let stage = path("/apis/kargo.akuity.io/v1alpha1/namespaces/a/stages/test/status");
        assert_eq!(stage.namespace.as_deref(), Some("a"));
        assert_eq!((stage.plural.as_str(), stage.name.as_deref()), ("stages", Some("test")));
        assert_eq!(stage.subresource.as_deref(), Some("status"));
        let namespace = path("/api/v1/namespaces/a");
        assert_eq!((namespace.namespace, namespace.name.as_deref()), (None, Some("a")));
        assert_eq!(path("/api/v1/namespaces/a/finalize").name.as_deref(), Some("a"));
        assert_eq!(path("/api/v1/namespaces/a/secrets").namespace.as_deref(), Some("a"));
        assert_eq!(path("/api/v1/secrets").namespace, None);
        for other in ["/api", "/apis/g", "/api/v1", "/metrics", "/apis/g/v/a/b/c/d"] {
            assert_eq!(Path::parse(other), None, "{other}");
        }
    }
}
