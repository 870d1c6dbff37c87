//! Finds the Secret that holds the credentials of a repository, by label, name order and URL.
//!
//! The choice itself is [`choose`], a function of a list of Secrets; [`CredentialLookup`] only reads the lists.

use std::fmt;

use k8s_openapi::api::core::v1::Secret;
use kube::api::{Api, ListParams};
use sha2::{Digest, Sha256};

/// Names what a credential Secret is for.
pub const TYPE_LABEL: &str = "kargo.akuity.io/cred-type";

/// Where shared credentials live when nothing else is configured.
pub const SHARED_NAMESPACE: &str = "kargo-shared-resources";

/// A pattern longer or costlier than this is not tried.
const PATTERN_SIZE: usize = 1 << 20;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CredentialKind {
    Git,
    Helm,
    Image,
}

impl CredentialKind {
    #[must_use]
    pub fn label_value(self) -> &'static str {
        match self {
            Self::Git => "git",
            Self::Helm => "helm",
            Self::Image => "image",
        }
    }

    fn normalize(self, url: &str) -> String {
        match self {
            Self::Git => api::identity::normalize_git(url),
            Self::Helm => api::identity::normalize_chart(url),
            Self::Image => api::identity::normalize_image(url),
        }
    }
}

/// How to sign in to a repository. Shows nothing secret when printed for debugging.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Credentials {
    pub username: String,
    pub password: String,
    pub ssh_private_key: Option<String>,
}

impl Credentials {
    #[must_use]
    pub fn basic(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self { username: username.into(), password: password.into(), ssh_private_key: None }
    }

    /// Tells credentials apart without keeping them: equal credentials have equal fingerprints.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let mut hash = Sha256::new();
        for part in [
            self.username.as_str(),
            &self.password,
            self.ssh_private_key.as_deref().unwrap_or_default(),
        ] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hex::encode(hash.finalize())
    }

    fn of(secret: &Secret) -> Option<Self> {
        let text = |key| text(secret, key);
        let ssh_private_key = text("sshPrivateKey").filter(|key| !key.trim().is_empty());
        let basic = text("password").filter(|password| !password.is_empty());
        if ssh_private_key.is_none() && basic.is_none() {
            return None;
        }
        Some(Self {
            username: text("username").unwrap_or_default(),
            password: basic.unwrap_or_default(),
            ssh_private_key,
        })
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("username", &self.username).finish_non_exhaustive()
    }
}

#[derive(Debug, thiserror::Error)]
pub enum CredentialsError {
    #[error("cannot list the {kind} credentials in namespace {namespace}")]
    List { kind: &'static str, namespace: String, source: kube::Error },
    #[error(
        "Secret {namespace}/{name} matches {repo_url} but has neither `username` and `password` nor `sshPrivateKey`; other ways to sign in are not supported yet"
    )]
    Unsupported { namespace: String, name: String, repo_url: String },
}

/// The first Secret, in order of name, that is for this kind of repository and whose URL or pattern fits.
#[must_use]
pub fn choose<'a>(
    secrets: &'a [Secret],
    kind: CredentialKind,
    repo_url: &str,
) -> Option<&'a Secret> {
    let normalized = kind.normalize(repo_url);
    let mut candidates: Vec<&Secret> =
        secrets.iter().filter(|secret| is_for(secret, kind)).collect();
    candidates.sort_by(|one, other| one.metadata.name.cmp(&other.metadata.name));
    candidates.into_iter().find(|secret| fits(secret, kind, repo_url, &normalized))
}

fn is_for(secret: &Secret, kind: CredentialKind) -> bool {
    let labels = secret.metadata.labels.as_ref();
    labels
        .and_then(|labels| labels.get(TYPE_LABEL))
        .is_some_and(|value| value == kind.label_value())
}

fn fits(secret: &Secret, kind: CredentialKind, repo_url: &str, normalized: &str) -> bool {
    let Some(wanted) = text(secret, "repoURL") else { return false };
    if text(secret, "repoURLIsRegex").as_deref() != Some("true") {
        return kind.normalize(&wanted) == normalized;
    }
    let name = secret.metadata.name.as_deref().unwrap_or_default();
    match regex::RegexBuilder::new(&wanted).size_limit(PATTERN_SIZE).build() {
        Ok(pattern) => pattern.is_match(repo_url) || pattern.is_match(normalized),
        Err(error) => {
            tracing::warn!(secret = name, %error, "the repoURL of a credentials Secret is not a regular expression");
            false
        }
    }
}

fn text(secret: &Secret, key: &str) -> Option<String> {
    let value = secret.data.as_ref()?.get(key)?;
    String::from_utf8(value.0.clone()).ok()
}

/// Reads the Secrets a lookup needs: the Project's own, then the shared ones.
#[derive(Clone)]
pub struct CredentialLookup {
    client: kube::Client,
    shared_namespaces: Vec<String>,
    allow_over_http: bool,
}

impl CredentialLookup {
    #[must_use]
    pub fn new(client: kube::Client) -> Self {
        Self {
            client,
            shared_namespaces: vec![SHARED_NAMESPACE.to_owned()],
            allow_over_http: false,
        }
    }

    #[must_use]
    pub fn with_shared_namespaces(mut self, namespaces: Vec<String>) -> Self {
        self.shared_namespaces = namespaces;
        self
    }

    /// Credentials are not sent in clear text unless the operator says so.
    #[must_use]
    pub fn allowing_over_http(mut self, allow: bool) -> Self {
        self.allow_over_http = allow;
        self
    }

    /// The credentials of `project` for a repository; `None` when no Secret is for it.
    pub async fn lookup(
        &self,
        project: &str,
        kind: CredentialKind,
        repo_url: &str,
    ) -> Result<Option<Credentials>, CredentialsError> {
        if in_clear_text(repo_url) && !self.allow_over_http {
            tracing::debug!(repo_url, "no credentials are offered over plain http");
            return Ok(None);
        }
        for namespace in
            std::iter::once(project).chain(self.shared_namespaces.iter().map(String::as_str))
        {
            let secrets = self.list(namespace, kind).await?;
            if let Some(secret) = choose(&secrets, kind, repo_url) {
                return Credentials::of(secret).map(Some).ok_or_else(|| {
                    CredentialsError::Unsupported {
                        namespace: namespace.to_owned(),
                        name: secret.metadata.name.clone().unwrap_or_default(),
                        repo_url: repo_url.to_owned(),
                    }
                });
            }
        }
        Ok(None)
    }

    async fn list(
        &self,
        namespace: &str,
        kind: CredentialKind,
    ) -> Result<Vec<Secret>, CredentialsError> {
        let secrets: Api<Secret> = Api::namespaced(self.client.clone(), namespace);
        let wanted = ListParams::default().labels(&format!("{TYPE_LABEL}={}", kind.label_value()));
        match secrets.list(&wanted).await {
            Ok(found) => Ok(found.items),
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(Vec::new()),
            Err(source) => Err(CredentialsError::List {
                kind: kind.label_value(),
                namespace: namespace.to_owned(),
                source,
            }),
        }
    }
}

/// Whether what is sent to `repo_url` could be read on the way; what stays on this machine could not.
pub(crate) fn in_clear_text(repo_url: &str) -> bool {
    let Ok(url) = url::Url::parse(repo_url.trim()) else { return false };
    let stays_here = match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    url.scheme() == "http" && !stays_here
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(name: &str, kind: &str, data: &[(&str, &str)]) -> Secret {
        let data: serde_json::Map<String, serde_json::Value> =
            data.iter().map(|(key, value)| ((*key).to_owned(), encoded(value))).collect();
        serde_json::from_value(serde_json::json!({
            "metadata": {"name": name, "labels": {TYPE_LABEL: kind}},
            "data": data,
        }))
        .unwrap()
    }

    fn encoded(value: &str) -> serde_json::Value {
        use base64::Engine as _;
        base64::engine::general_purpose::STANDARD.encode(value).into()
    }

    fn chosen(secrets: &[Secret], kind: CredentialKind, url: &str) -> Option<String> {
        choose(secrets, kind, url)?.metadata.name.clone()
    }

    #[test]
    fn the_first_by_name_wins_whether_pattern_or_exact() {
        let secrets = [
            secret("c", "git", &[("repoURL", "https://github.com/org/app")]),
            secret(
                "b",
                "git",
                &[("repoURL", "^https://github\\.com/org/"), ("repoURLIsRegex", "true")],
            ),
            secret("a", "git", &[("repoURL", "("), ("repoURLIsRegex", "true")]),
            secret("d", "image", &[("repoURL", "ghcr.io/org/app")]),
        ];
        assert_eq!(
            chosen(&secrets, CredentialKind::Git, "https://github.com/org/app.git"),
            Some("b".into())
        );
        assert_eq!(
            chosen(&secrets[..1], CredentialKind::Git, "https://GitHub.com/org/app.git/"),
            Some("c".into())
        );
        assert_eq!(chosen(&secrets, CredentialKind::Git, "https://github.com/other/app"), None);
        assert_eq!(chosen(&secrets, CredentialKind::Image, "ghcr.io/org/app"), Some("d".into()));
        assert_eq!(chosen(&secrets, CredentialKind::Helm, "ghcr.io/org/app"), None);
    }

    #[test]
    fn an_image_host_with_a_port_is_not_an_scp_address() {
        let secrets = [secret("a", "image", &[("repoURL", "localhost:5000/team/app")])];
        assert_eq!(
            chosen(&secrets, CredentialKind::Image, "localhost:5000/team/app"),
            Some("a".into())
        );
    }

    #[test]
    fn secrets_do_not_show_in_debug_output_and_fingerprints_tell_apart() {
        let credentials = Credentials::basic("ann", "hunter2");
        assert!(!format!("{credentials:?}").contains("hunter2"));
        assert_ne!(credentials.fingerprint(), Credentials::basic("annh", "unter2").fingerprint());
        assert_eq!(credentials.fingerprint(), credentials.clone().fingerprint());
    }

    #[test]
    fn what_a_secret_must_hold() {
        let of = |data| Credentials::of(&secret("a", "git", data));
        assert_eq!(
            of(&[("username", "ann"), ("password", "x")]),
            Some(Credentials::basic("ann", "x"))
        );
        assert_eq!(of(&[("password", "token")]), Some(Credentials::basic("", "token")));
        assert_eq!(of(&[("username", "ann")]), None);
        assert_eq!(
            of(&[("sshPrivateKey", "KEY")]).unwrap().ssh_private_key.as_deref(),
            Some("KEY")
        );
    }

    #[test]
    fn credentials_leave_this_machine_encrypted_or_not_at_all() {
        for url in
            ["HTTP://git.example.com/r", " http://10.0.0.1/r", "http://localhost.example.com/"]
        {
            assert!(in_clear_text(url), "{url}");
        }
        let kept =
            ["https://h/r", "http://127.0.0.1:8080/r", "http://[::1]/r", "http://localhost/r"];
        for url in [&kept[..], &["git@h:r", "ghcr.io/org/app", "é", ""]].concat() {
            assert!(!in_clear_text(url), "{url}");
        }
    }
}
