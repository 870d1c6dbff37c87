//! Names of image repositories, and who asks for them.

use url::Url;

use super::error::OciError;
use crate::credentials::Credentials;

const HUB: &str = "docker.io";
const HUB_API: &str = "registry-1.docker.io";

/// An image repository: the registry that answers for it and its name there.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Repository {
    registry: String,
    name: String,
}

impl Repository {
    /// Reads names as container tools do: `nginx` and `org/app` are on Docker Hub, `ghcr.io/org/app` and
    /// `localhost:5000/app` name their registry; `oci://` may stand in front.
    pub fn parse(text: &str) -> Result<Self, OciError> {
        let bad = |wanted| OciError::Repository { value: text.to_owned(), wanted };
        let plain = text.trim().trim_start_matches("oci://").trim_end_matches('/');
        if plain.contains("://") {
            return Err(bad("write it without https://, for example ghcr.io/org/app"));
        }
        let (registry, name) = match plain.split_once('/') {
            Some((first, rest)) if first == "localhost" || first.contains(['.', ':']) => {
                (first, rest.to_owned())
            }
            Some(_) => (HUB, plain.to_owned()),
            None => (HUB, format!("library/{plain}")),
        };
        let name = match name.split_once('/') {
            None if registry == HUB => format!("library/{name}"),
            _ => name,
        };
        let hub = matches!(registry, HUB | "index.docker.io");
        let registry = if hub { HUB_API.to_owned() } else { registry.to_ascii_lowercase() };
        let url = Url::parse(&format!("https://{registry}/"))
            .map_err(|_| bad("its registry is not a host name"))?;
        if url.path() != "/" || !url.username().is_empty() || url.password().is_some() {
            return Err(bad("its registry is not a host name"));
        }
        if !name_is_valid(&name) {
            return Err(bad(
                "names are lower-case letters, digits, `.`, `_`, `-` and `/`, without a tag",
            ));
        }
        Ok(Self { registry, name })
    }

    /// Host and port of the registry's API.
    #[must_use]
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// The name within the registry.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether the registry may be without TLS: this machine, the private network, `.local` names.
    pub(super) fn may_be_plain(&self) -> bool {
        let Ok(url) = Url::parse(&format!("https://{}/", self.registry)) else { return false };
        match url.host() {
            Some(url::Host::Ipv4(address)) => address.is_loopback() || address.is_private(),
            Some(url::Host::Ipv6(address)) => address.is_loopback() || address.is_unique_local(),
            Some(url::Host::Domain(name)) => {
                name == "localhost" || name.ends_with(".localhost") || name.ends_with(".local")
            }
            None => false,
        }
    }
}

impl std::fmt::Display for Repository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.registry, self.name)
    }
}

fn name_is_valid(name: &str) -> bool {
    let edge = |letter: u8| letter.is_ascii_lowercase() || letter.is_ascii_digit();
    let part_is_valid = |part: &str| {
        let bytes = part.as_bytes();
        bytes.first().copied().is_some_and(edge)
            && bytes.last().copied().is_some_and(edge)
            && bytes.iter().all(|letter| edge(*letter) || matches!(letter, b'.' | b'_' | b'-'))
            && !part.contains("..")
    };
    name.len() <= 255 && name.split('/').all(part_is_valid)
}

/// A repository together with who asks and how they sign in.
#[derive(Clone, Debug)]
pub struct RepositoryAccess {
    pub repository: Repository,
    /// Requests of different Projects to one registry take turns.
    pub project: String,
    pub credentials: Option<Credentials>,
    pub insecure_skip_tls_verify: bool,
}

impl RepositoryAccess {
    pub fn new(project: impl Into<String>, repo_url: &str) -> Result<Self, OciError> {
        let repository = Repository::parse(repo_url)?;
        Ok(Self {
            repository,
            project: project.into(),
            credentials: None,
            insecure_skip_tls_verify: false,
        })
    }

    #[must_use]
    pub fn with_credentials(mut self, credentials: Option<Credentials>) -> Self {
        self.credentials = credentials;
        self
    }

    #[must_use]
    pub fn skipping_tls_verify(mut self, skip: bool) -> Self {
        self.insecure_skip_tls_verify = skip;
        self
    }

    /// Tells apart who may see what: the same repository with the same credentials.
    pub(super) fn identity(&self) -> String {
        let with = self.credentials.as_ref().map(Credentials::fingerprint).unwrap_or_default();
        format!("{} {with}", self.repository)
    }
}

/// Tags and digests as the API allows them in a path.
pub(super) fn check_reference(reference: &str) -> Result<(), OciError> {
    let digest = reference.split_once(':').is_some_and(|(algorithm, hex)| {
        matches!(algorithm, "sha256" | "sha512")
            && matches!(hex.len(), 64 | 128)
            && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
    });
    let tag = (1..=128).contains(&reference.len())
        && !reference.starts_with(['.', '-'])
        && reference
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    if digest || tag {
        return Ok(());
    }
    let wanted =
        "a tag is up to 128 letters, digits, `.`, `_` and `-`; a digest is sha256: and 64 digits";
    Err(OciError::Repository { value: reference.to_owned(), wanted })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_container_tools_read_them() {
        for (text, registry, name) in [
            ("nginx", "registry-1.docker.io", "library/nginx"),
            ("org/app", "registry-1.docker.io", "org/app"),
            ("docker.io/nginx", "registry-1.docker.io", "library/nginx"),
            ("index.docker.io/org/app", "registry-1.docker.io", "org/app"),
            ("ghcr.io/org/app/", "ghcr.io", "org/app"),
            ("oci://Ghcr.io/charts/web", "ghcr.io", "charts/web"),
            ("localhost/app", "localhost", "app"),
            ("localhost:5000/team/app", "localhost:5000", "team/app"),
            ("[::1]:5000/app", "[::1]:5000", "app"),
        ] {
            let parsed = Repository::parse(text).unwrap();
            assert_eq!((parsed.registry(), parsed.name()), (registry, name), "{text}");
        }
        for odd in [
            "",
            "ghcr.io/App",
            "ghcr.io/a:1",
            "https://ghcr.io/a",
            "u@h.io/a",
            "ghcr.io/a/../b",
            "h.io:x/a",
        ] {
            Repository::parse(odd).unwrap_err();
        }
        assert!(Repository::parse("127.0.0.1:5000/a").unwrap().may_be_plain());
        assert!(!Repository::parse("ghcr.io/a").unwrap().may_be_plain());
    }

    proptest::proptest! {
        #[test]
        fn what_parses_is_a_safe_path(text in "\\PC{0,40}") {
            if let Ok(repository) = Repository::parse(&text) {
                let url = Url::parse(&format!("https://{}/v2/{}/tags/list", repository.registry(), repository.name())).unwrap();
                proptest::prop_assert_eq!(url.path(), format!("/v2/{}/tags/list", repository.name()));
            }
            if check_reference(&text).is_ok() {
                proptest::prop_assert!(!text.contains(['/', '?', '#', '%']));
            }
        }
    }
}
