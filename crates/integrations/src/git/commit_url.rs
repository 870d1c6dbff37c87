//! Where people find a commit on a git provider's web pages.

use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

/// A git provider.
#[derive(Clone, Copy, Debug, Deserialize, Eq, JsonSchema, PartialEq)]
#[serde(rename_all = "lowercase")]
#[schemars(inline)]
pub enum Provider {
    Azure,
    Bitbucket,
    Gitea,
    Github,
    Gitlab,
}

/// The page of a commit; none when the provider is neither given nor known from the host's name.
#[must_use]
pub fn commit_url(repository: &str, provider: Option<Provider>, commit: &str) -> Option<String> {
    let (host, path) = parts(repository)?;
    let provider = provider.or_else(|| infer(&host))?;
    let path = path.trim_matches('/').trim_end_matches(".git").to_owned();
    Some(match provider {
        Provider::Azure => format!("https://{}/commit/{commit}", azure(&host, &path)),
        Provider::Bitbucket => format!("https://{host}/{path}/commits/{commit}"),
        Provider::Gitlab => format!("https://{host}/{path}/-/commit/{commit}"),
        Provider::Gitea | Provider::Github => format!("https://{host}/{path}/commit/{commit}"),
    })
}

/// Host and path of a URL or of `user@host:path`.
fn parts(repository: &str) -> Option<(String, String)> {
    if let Ok(url) = Url::parse(repository) {
        let host = url.host_str()?;
        // The port of another protocol than the web's would lead nowhere.
        let host = match url.port().filter(|_| url.scheme().starts_with("http")) {
            Some(port) => format!("{host}:{port}"),
            None => host.to_owned(),
        };
        return Some((host, url.path().to_owned()));
    }
    let (host, path) = repository.split_once(':')?;
    let host = host.rsplit('@').next()?;
    (!host.is_empty()).then(|| (host.to_owned(), path.to_owned()))
}

/// As Kargo infers it.
fn infer(host: &str) -> Option<Provider> {
    let host = host.split(':').next().unwrap_or(host);
    if host == "dev.azure.com" || host == "ssh.dev.azure.com" || host.ends_with(".visualstudio.com")
    {
        return Some(Provider::Azure);
    }
    if host == "bitbucket.org" {
        return Some(Provider::Bitbucket);
    }
    if host.ends_with(".ghe.com") {
        return Some(Provider::Github);
    }
    [("gitea", Provider::Gitea), ("github", Provider::Github), ("gitlab", Provider::Gitlab)]
        .into_iter()
        .find(|(word, _)| host.contains(word))
        .map(|(_, provider)| provider)
}

/// Azure's SSH paths begin with `v3/` and lack the `_git` of its web pages.
fn azure(host: &str, path: &str) -> String {
    match path.strip_prefix("v3/").map(|rest| rest.split('/').collect::<Vec<_>>()).as_deref() {
        Some([organisation, project, repository]) => {
            format!("dev.azure.com/{organisation}/{project}/_git/{repository}")
        }
        _ => format!("{host}/{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{Provider, commit_url};

    #[test]
    fn pages_of_known_providers() {
        for (repository, provider, expected) in [
            ("https://github.com/o/r.git", None, Some("https://github.com/o/r/commit/abc")),
            ("git@github.com:o/r.git", None, Some("https://github.com/o/r/commit/abc")),
            (
                "ssh://git@gitlab.x.io:2222/g/s/r",
                None,
                Some("https://gitlab.x.io/g/s/r/-/commit/abc"),
            ),
            ("https://bitbucket.org/o/r", None, Some("https://bitbucket.org/o/r/commits/abc")),
            (
                "https://dev.azure.com/o/p/_git/r",
                None,
                Some("https://dev.azure.com/o/p/_git/r/commit/abc"),
            ),
            (
                "git@ssh.dev.azure.com:v3/o/p/r",
                None,
                Some("https://dev.azure.com/o/p/_git/r/commit/abc"),
            ),
            ("http://127.0.0.1:3000/r.git", None, None),
            (
                "https://git.x.io:8443/o/r",
                Some(Provider::Gitea),
                Some("https://git.x.io:8443/o/r/commit/abc"),
            ),
        ] {
            let found = commit_url(repository, provider, "abc");
            assert_eq!(found.as_deref(), expected, "{repository}");
        }
    }
}
