//! How one repository is reached: its address checked, its credentials turned into configuration of one process.

use std::path::Path;

use base64::Engine as _;
use tempfile::NamedTempFile;
use url::Url;

use super::error::GitError;
use crate::credentials::Credentials;
use crate::git::GitCommand;
use crate::outbound::{Outbound, OutboundRequest};

/// A repository and how to sign in to it.
#[derive(Clone, Debug, Default)]
pub struct Remote {
    pub url: String,
    pub credentials: Option<Credentials>,
    pub insecure_skip_tls_verify: bool,
}

impl Remote {
    #[must_use]
    pub fn new(url: impl Into<String>) -> Self {
        Self { url: url.into(), ..Self::default() }
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
}

/// The address of a repository, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Address {
    /// `http` or `https`, without user and password.
    Web(Url),
    Ssh {
        host: String,
        port: u16,
    },
    File,
}

/// An address without a password in it, for people and for argv, and what was in it.
#[derive(Clone, Debug)]
pub(super) struct Parsed {
    pub(super) address: Address,
    pub(super) clean: String,
    pub(super) credentials: Option<Credentials>,
}

pub(super) fn parse(text: &str, allow_file: bool) -> Result<Parsed, GitError> {
    let invalid =
        |wanted| GitError::Invalid { field: "repository URL", value: redacted(text), wanted };
    let text = text.trim();
    if text.is_empty() || text.starts_with('-') || text.chars().any(char::is_control) {
        return Err(invalid(
            "an https:// address, for example https://github.com/org/repository.git",
        ));
    }
    if let Some(parsed) = scp_style(text) {
        return Ok(parsed);
    }
    if allow_file && text.starts_with('/') {
        return Ok(Parsed { address: Address::File, clean: text.to_owned(), credentials: None });
    }
    let mut url = Url::parse(text)
        .map_err(|_| invalid("a URL that starts with https://, http:// or ssh://"))?;
    match url.scheme() {
        "http" | "https" => {
            let credentials = url.password().map(|password| {
                Credentials::basic(percent_decoded(url.username()), percent_decoded(password))
            });
            let _web_urls_have_users = url.set_username("").and_then(|()| url.set_password(None));
            url.set_fragment(None);
            Ok(Parsed { clean: url.to_string(), address: Address::Web(url), credentials })
        }
        "ssh" => {
            let host = url
                .host_str()
                .filter(|host| !host.starts_with('-'))
                .ok_or_else(|| invalid("an ssh:// address with a host"))?;
            let address = Address::Ssh { host: host.to_owned(), port: url.port().unwrap_or(22) };
            let _ssh_urls_have_passwords = url.set_password(None);
            Ok(Parsed { address, clean: url.to_string(), credentials: None })
        }
        "file" if allow_file => {
            Ok(Parsed { address: Address::File, clean: text.to_owned(), credentials: None })
        }
        _ => Err(invalid("a URL that starts with https://, http:// or ssh://")),
    }
}

/// `user@host:path`
fn scp_style(text: &str) -> Option<Parsed> {
    if text.contains("://") {
        return None;
    }
    let (left, path) = text.split_once(':')?;
    let (user, host) = left.split_once('@')?;
    let plain = |part: &str| {
        !part.is_empty()
            && !part.starts_with('-')
            && part
                .chars()
                .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '_'))
    };
    if !plain(user) || !plain(host) || path.is_empty() || path.starts_with('-') {
        return None;
    }
    let address = Address::Ssh { host: host.to_owned(), port: 22 };
    Some(Parsed { address, clean: text.to_owned(), credentials: None })
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let pair = tail.get(..2).and_then(|pair| hex::decode(pair).ok());
        match pair {
            Some(decoded) if first == b'%' => {
                bytes.extend(decoded);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// What may be shown of text that could hold a password.
fn redacted(text: &str) -> String {
    match text.rsplit_once('@') {
        Some((_, host)) if text.contains("://") => format!("…@{host}"),
        _ => text.chars().take(200).collect(),
    }
}

/// Everything a process needs to reach one repository. Secrets are in its environment only.
pub(super) struct Access {
    pub(super) url: String,
    configuration: Vec<(String, String)>,
    ssh_command: Option<String>,
    _ssh_key: Option<NamedTempFile>,
}

/// Where and how connections are made, the same for all repositories.
pub(super) struct AccessSettings<'a> {
    pub(super) outbound: &'a Outbound,
    pub(super) allow_file: bool,
    /// For key files and the list of known hosts.
    pub(super) folder: &'a Path,
    pub(super) certificate_bundle: Option<&'a Path>,
}

impl Access {
    /// Checks the address against the outbound policy and prepares the sign-in. `moved_to` is where an earlier answer
    /// redirected to.
    pub(super) async fn prepare(
        settings: &AccessSettings<'_>,
        remote: &Remote,
        moved_to: Option<&str>,
    ) -> Result<Self, GitError> {
        let original = parse(&remote.url, settings.allow_file)?;
        let parsed = match moved_to {
            Some(moved_to) => parse(moved_to, settings.allow_file)?,
            None => original.clone(),
        };
        let credentials = remote.credentials.as_ref().or(original.credentials.as_ref());
        let mut access = Self {
            url: parsed.clean.clone(),
            configuration: Vec::new(),
            ssh_command: None,
            _ssh_key: None,
        };
        access.configure("remote.origin.url", &parsed.clean);
        match &parsed.address {
            Address::Web(url) => {
                access.pin_addresses(settings, url, &parsed.clean).await?;
                if let Some(credentials) =
                    credentials.filter(|_| same_origin(&original.address, url))
                {
                    access.sign_in(url, credentials);
                }
                access.secure(settings, remote.insecure_skip_tls_verify);
            }
            Address::Ssh { host, port } => {
                let refused = |source| refused(&parsed.clean, source);
                settings.outbound.resolve(host, *port).await.map_err(refused)?;
                access.use_ssh(settings, credentials)?;
            }
            Address::File => {}
        }
        Ok(access)
    }

    fn configure(&mut self, key: impl Into<String>, value: impl Into<String>) {
        self.configuration.push((key.into(), value.into()));
    }

    /// git resolves names itself; telling it the checked answer closes the gap between check and use.
    async fn pin_addresses(
        &mut self,
        settings: &AccessSettings<'_>,
        url: &Url,
        shown: &str,
    ) -> Result<(), GitError> {
        let Some(host) = url.host_str() else { return Ok(()) };
        let policy = settings.outbound.policy();
        if let Some(proxy) = &policy.proxy {
            self.configure("http.proxy", proxy.as_str());
            return settings.outbound.check_url(url).map_err(|source| refused(shown, source));
        }
        let port = url.port_or_known_default().unwrap_or(443);
        let found =
            settings.outbound.resolve(host, port).await.map_err(|source| refused(shown, source))?;
        if matches!(url.host(), Some(url::Host::Domain(_))) {
            let addresses: Vec<String> = found
                .iter()
                .map(|address| match address.ip() {
                    std::net::IpAddr::V6(address) => format!("[{address}]"),
                    std::net::IpAddr::V4(address) => address.to_string(),
                })
                .collect();
            self.configure("http.curloptResolve", format!("{host}:{port}:{}", addresses.join(",")));
        }
        Ok(())
    }

    fn sign_in(&mut self, url: &Url, credentials: &Credentials) {
        if credentials.password.is_empty() {
            return;
        }
        let origin = url.origin().ascii_serialization();
        self.configure(
            format!("http.{origin}/.extraHeader"),
            format!("Authorization: {}", basic(credentials)),
        );
    }

    fn secure(&mut self, settings: &AccessSettings<'_>, insecure: bool) {
        if insecure {
            self.configure("http.sslVerify", "false");
        }
        if let Some(bundle) = settings.certificate_bundle {
            self.configure("http.sslCAInfo", bundle.to_string_lossy());
        }
    }

    fn use_ssh(
        &mut self,
        settings: &AccessSettings<'_>,
        credentials: Option<&Credentials>,
    ) -> Result<(), GitError> {
        let known_hosts = settings.folder.join("known_hosts");
        let mut command = format!(
            "ssh -F /dev/null -o BatchMode=yes -o IdentitiesOnly=yes -o ConnectTimeout=10 -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile={}",
            quoted(&known_hosts)
        );
        if let Some(key) =
            credentials.and_then(|credentials| credentials.ssh_private_key.as_deref())
        {
            let file = key_file(settings.folder, key)
                .map_err(|source| GitError::Files { path: settings.folder.to_owned(), source })?;
            command.push_str(" -i ");
            command.push_str(&quoted(file.path()));
            self._ssh_key = Some(file);
        }
        self.ssh_command = Some(command);
        Ok(())
    }

    /// The same as text of a configuration file, without the address.
    pub(super) fn as_file(&self) -> String {
        let mut text = String::new();
        for (key, value) in self.configuration.iter().filter(|(key, _)| key != "remote.origin.url")
        {
            let (section, rest) = key.split_once('.').unwrap_or((key, ""));
            let (subsection, name) =
                rest.rsplit_once('.').map_or(("", rest), |(subsection, name)| (subsection, name));
            let heading = if subsection.is_empty() {
                section.to_owned()
            } else {
                format!("{section} \"{subsection}\"")
            };
            let value = value.replace('\\', r"\\").replace('"', "\\\"");
            text.push_str(&format!("[{heading}]\n\t{name} = \"{value}\"\n"));
        }
        text
    }

    /// Gives a command the address as remote `origin` and what it needs to sign in.
    pub(super) fn equip<'a>(&self, command: GitCommand<'a>) -> GitCommand<'a> {
        let command = command.configs(self.configuration.iter().cloned());
        match &self.ssh_command {
            Some(ssh) => command.env("GIT_SSH_COMMAND", ssh),
            None => command,
        }
    }
}

fn refused(url: &str, source: crate::outbound::OutboundError) -> GitError {
    use crate::outbound::OutboundError::Resolve;
    match source {
        Resolve { host, .. } => GitError::Unreachable {
            url: url.to_owned(),
            detail: format!("the host name {host} cannot be resolved"),
        },
        source => GitError::Refused { url: url.to_owned(), source },
    }
}

/// Where an address that answers with a redirect leads, each hop checked against the outbound policy.
pub(super) async fn redirect_target(
    outbound: &Outbound,
    parsed: &Parsed,
    remote: &Remote,
) -> Result<String, GitError> {
    const SUFFIX: &str = "/info/refs";
    let invalid = || GitError::NotFound { url: parsed.clean.clone() };
    let asked = format!("{}{SUFFIX}?service=git-upload-pack", parsed.clean.trim_end_matches('/'));
    let mut request =
        OutboundRequest::new(http::Method::GET, Url::parse(&asked).map_err(|_| invalid())?);
    request.insecure_skip_tls_verify = remote.insecure_skip_tls_verify;
    if let Some(credentials) = remote.credentials.as_ref().or(parsed.credentials.as_ref()) {
        let value = http::HeaderValue::from_str(&basic(credentials)).map_err(|_| invalid())?;
        request.headers.insert(http::header::AUTHORIZATION, value);
    }
    let answer = outbound.send(request).await.map_err(|source| refused(&parsed.clean, source))?;
    let mut target = answer.url().clone();
    target.set_query(None);
    let base = target.as_str().strip_suffix(SUFFIX).ok_or_else(invalid)?;
    Ok(base.to_owned())
}

fn basic(credentials: &Credentials) -> String {
    // Hosts that want a token alone take any user name.
    let username = if credentials.username.is_empty() { "kargo" } else { &credentials.username };
    let pair = format!("{username}:{}", credentials.password);
    format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair))
}

fn same_origin(original: &Address, url: &Url) -> bool {
    matches!(original, Address::Web(original) if original.origin() == url.origin())
}

fn quoted(path: &Path) -> String {
    format!("'{}'", path.to_string_lossy().replace('\'', r"'\''"))
}

/// ssh reads keys from files only; this one is ours alone and goes when the access is dropped.
fn key_file(folder: &Path, key: &str) -> std::io::Result<NamedTempFile> {
    use std::io::Write as _;
    let mut file = NamedTempFile::with_prefix_in("key-", folder)?;
    file.write_all(key.trim_end().as_bytes())?;
    file.write_all(b"\n")?;
    file.flush()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_apart_and_passwords_do_not_stay_in_them() {
        let parsed = parse("https://ann:p%40ss@example.com:8443/org/app.git", false).unwrap();
        assert_eq!(parsed.clean, "https://example.com:8443/org/app.git");
        assert_eq!(parsed.credentials, Some(Credentials::basic("ann", "p@ss")));
        let parsed = parse("git@example.com:org/app.git", false).unwrap();
        assert_eq!(parsed.address, Address::Ssh { host: "example.com".into(), port: 22 });
        let parsed = parse("ssh://git@example.com:2222/org/app.git", false).unwrap();
        assert_eq!(parsed.address, Address::Ssh { host: "example.com".into(), port: 2222 });
        assert_eq!(parse("/srv/app.git", true).unwrap().address, Address::File);
    }

    #[test]
    fn odd_addresses_are_refused_without_showing_passwords() {
        for odd in [
            "",
            "--upload-pack=touch /tmp/x",
            "ext::sh -c id",
            "file:///etc",
            "/srv/app.git",
            "-oProxyCommand=id@host:path",
            "git@-oProxyCommand=id:path",
            "ssh://-oProxyCommand=id/path",
            "ftp://ann:secret@example.com/app",
            "https://example.com/a\nb",
        ] {
            let error = parse(odd, false).map(|parsed| parsed.clean).unwrap_err().to_string();
            assert!(!error.contains("secret"), "{error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn parsing_never_panics_and_never_keeps_a_password(text in "\\PC{0,60}", password in "[a-z]{12}") {
            let _any = parse(&text, true);
            let with = format!("https://u:{password}@h.example/{text}");
            let leaked = format!("{password}@");
            if let Ok(parsed) = parse(&with, false) {
                proptest::prop_assert!(!parsed.clean.contains(&leaked));
            }
        }
    }
}
