//! Who is asking, and a Kubernetes client that acts as them.

use std::sync::Arc;

use http::{HeaderName, HeaderValue};
use kube::client::Body;

/// Users that this server authenticated itself carry this prefix in Kubernetes; what follows is the actor.
pub const OWN_USER_PREFIX: &str = "kargo:";

/// The caller of a request, as Kubernetes knows them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The Kubernetes user name used for everything this caller causes.
    pub user: String,
    /// The Kubernetes groups of the caller.
    pub groups: Vec<String>,
}

impl Identity {
    /// The built-in administrator, member of `groups` (usually `system:masters`).
    #[must_use]
    pub fn admin(groups: Vec<String>) -> Self {
        Self { user: format!("{OWN_USER_PREFIX}admin"), groups }
    }

    /// How this caller is written into annotations and events: `admin`, `email:…`, `kubernetes:…`.
    #[must_use]
    pub fn actor(&self) -> String {
        actor_of(&self.user)
    }

    /// Whether this is the built-in administrator.
    #[must_use]
    pub fn is_admin(&self) -> bool {
        self.user.strip_prefix(OWN_USER_PREFIX) == Some("admin")
    }
}

/// The actor that stands for a Kubernetes user name.
#[must_use]
pub fn actor_of(user: &str) -> String {
    match user.strip_prefix(OWN_USER_PREFIX) {
        Some(actor) => actor.to_owned(),
        None => format!("kubernetes:{user}"),
    }
}

/// Makes a client that acts as the given caller.
pub type ClientAs = Arc<dyn Fn(&Identity) -> kube::Client + Send + Sync>;

/// A factory of clients that send every request through `client` with Kubernetes impersonation headers.
#[must_use]
pub fn impersonating(client: kube::Client) -> ClientAs {
    Arc::new(move |identity| impersonate(client.clone(), identity))
}

fn impersonate(client: kube::Client, identity: &Identity) -> kube::Client {
    let namespace = client.default_namespace().to_owned();
    let headers: Option<Arc<[(HeaderName, HeaderValue)]>> = impersonation_headers(identity);
    let service = tower::service_fn(move |mut request: http::Request<Body>| {
        let client = client.clone();
        let headers = headers.clone();
        async move {
            // A name that cannot be a header must not fall back to our own rights.
            let headers = headers.ok_or("the user name cannot be sent to the Kubernetes API")?;
            for (name, value) in headers.iter() {
                request.headers_mut().append(name.clone(), value.clone());
            }
            client.send(request).await.map_err(tower::BoxError::from)
        }
    });
    kube::Client::new(service, namespace)
}

fn impersonation_headers(identity: &Identity) -> Option<Arc<[(HeaderName, HeaderValue)]>> {
    let user = HeaderName::from_static("impersonate-user");
    let group = HeaderName::from_static("impersonate-group");
    let mut headers = vec![(user, HeaderValue::from_str(&identity.user).ok()?)];
    for name in &identity.groups {
        headers.push((group.clone(), HeaderValue::from_str(name).ok()?));
    }
    (!identity.user.is_empty()).then(|| headers.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actors() {
        assert_eq!(Identity::admin(Vec::new()).actor(), "admin");
        assert_eq!(actor_of("kargo:email:ana@example.com"), "email:ana@example.com");
        assert_eq!(
            actor_of("system:serviceaccount:demo:ci"),
            "kubernetes:system:serviceaccount:demo:ci"
        );
    }

    #[test]
    fn a_name_that_is_no_header_makes_no_request() {
        let identity = Identity { user: "a\nb".into(), groups: Vec::new() };
        assert!(impersonation_headers(&identity).is_none());
        let empty = Identity { user: String::new(), groups: Vec::new() };
        assert!(impersonation_headers(&empty).is_none());
    }
}
