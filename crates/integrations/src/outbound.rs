//! The one HTTP client for requests that users cause: who may be talked to, how long, and how much is read.
//!
//! Names are resolved here and every address is checked, as are literal addresses and each redirect, so a URL in a
//! manifest cannot reach the cloud's metadata service or a neighbour on the private network unless that was allowed.

mod addresses;
mod error;

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use url::Url;

pub use addresses::AddressKind;
pub use error::OutboundError;

/// Where requests may go and within which bounds. The default allows public addresses only.
#[derive(Clone, Debug)]
pub struct OutboundPolicy {
    pub allow_loopback: bool,
    pub allow_private: bool,
    pub allow_link_local: bool,
    /// Host names (exact, or `*.suffix`) and literal addresses that may be reached wherever they point.
    pub allowed_hosts: Vec<String>,
    /// PEM bundles trusted in addition to the system's.
    pub certificate_authorities: Vec<String>,
    pub proxy: Option<Url>,
    pub connect_timeout: Duration,
    /// For a whole exchange, body included, unless the request names its own.
    pub timeout: Duration,
    pub maximum_redirects: usize,
}

impl Default for OutboundPolicy {
    fn default() -> Self {
        Self {
            allow_loopback: false,
            allow_private: false,
            allow_link_local: false,
            allowed_hosts: Vec::new(),
            certificate_authorities: Vec::new(),
            proxy: None,
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(30),
            maximum_redirects: 10,
        }
    }
}

impl OutboundPolicy {
    /// For one machine, the demo and tests: this machine and the private network are fine, link-local is not.
    #[must_use]
    pub fn one_machine() -> Self {
        Self { allow_loopback: true, allow_private: true, ..Self::default() }
    }

    fn permits(&self, kind: AddressKind) -> bool {
        match kind {
            AddressKind::Public => true,
            AddressKind::Loopback => self.allow_loopback,
            AddressKind::LinkLocal => self.allow_link_local,
            AddressKind::Private => self.allow_private,
            AddressKind::Unusable => false,
        }
    }

    fn names(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.');
        self.allowed_hosts.iter().any(|allowed| match allowed.strip_prefix('*') {
            Some(suffix) if suffix.starts_with('.') => {
                host.len() > suffix.len()
                    && host.to_ascii_lowercase().ends_with(&suffix.to_ascii_lowercase())
            }
            _ => allowed.eq_ignore_ascii_case(host),
        })
    }

    fn check_address(&self, host: &str, address: IpAddr) -> Result<(), OutboundError> {
        let kind = AddressKind::of(address);
        if self.permits(kind) || self.names(host) {
            return Ok(());
        }
        Err(OutboundError::Refused { host: host.to_owned(), address, kind: kind.described() })
    }
}

/// One HTTP exchange: what to send and how much to accept.
#[derive(Clone, Debug)]
pub struct OutboundRequest {
    pub method: Method,
    pub url: Url,
    pub headers: HeaderMap,
    pub body: Option<Bytes>,
    pub timeout: Option<Duration>,
    /// Bytes of body accepted; more is an error, never a silent cut.
    pub maximum_body: usize,
    pub insecure_skip_tls_verify: bool,
    pub follow_redirects: bool,
}

impl OutboundRequest {
    #[must_use]
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            headers: HeaderMap::new(),
            body: None,
            timeout: None,
            maximum_body: 4 << 20,
            insecure_skip_tls_verify: false,
            follow_redirects: true,
        }
    }
}

#[derive(Clone, Debug)]
pub struct OutboundResponse {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
    /// Where the answer came from, after redirects.
    pub url: Url,
}

/// Pooled clients under one policy; cheap to clone.
#[derive(Clone, Debug)]
pub struct Outbound {
    policy: Arc<OutboundPolicy>,
    clients: Arc<Clients>,
}

#[derive(Debug)]
struct Clients {
    following: reqwest::Client,
    following_insecure: reqwest::Client,
    direct: reqwest::Client,
    direct_insecure: reqwest::Client,
}

impl Outbound {
    pub fn new(policy: OutboundPolicy) -> Result<Self, OutboundError> {
        // A second installation fails, which means somebody already chose; both would choose ring.
        let _already = rustls::crypto::ring::default_provider().install_default();
        let policy = Arc::new(policy);
        let authorities = authorities(&policy)?;
        let build = |insecure, follow| build_client(&policy, &authorities, insecure, follow);
        let clients = Clients {
            following: build(false, true)?,
            following_insecure: build(true, true)?,
            direct: build(false, false)?,
            direct_insecure: build(true, false)?,
        };
        Ok(Self { clients: Arc::new(clients), policy })
    }

    #[must_use]
    pub fn policy(&self) -> &OutboundPolicy {
        &self.policy
    }

    /// Refuses literal addresses the policy does not allow, and anything that is not `http` or `https`.
    pub fn check_url(&self, url: &Url) -> Result<(), OutboundError> {
        check_url(&self.policy, url)
    }

    /// The allowed addresses of a host, for programs that resolve names themselves unless told the answer.
    pub async fn resolve(&self, host: &str, port: u16) -> Result<Vec<SocketAddr>, OutboundError> {
        let host = host.trim_start_matches('[').trim_end_matches(']');
        if let Ok(address) = host.parse::<IpAddr>() {
            self.policy.check_address(host, address)?;
            return Ok(vec![SocketAddr::new(address, port)]);
        }
        let waiting = tokio::time::timeout(
            self.policy.connect_timeout,
            tokio::net::lookup_host((host, port)),
        )
        .await;
        let found = match waiting {
            Ok(Ok(found)) => found,
            Ok(Err(source)) => {
                return Err(OutboundError::Resolve { host: host.to_owned(), source });
            }
            Err(_) => {
                let source = std::io::Error::from(std::io::ErrorKind::TimedOut);
                return Err(OutboundError::Resolve { host: host.to_owned(), source });
            }
        };
        allowed_addresses(&self.policy, host, found)
    }

    /// Sends one request and reads the whole answer within its bounds.
    pub async fn exchange(
        &self,
        request: OutboundRequest,
    ) -> Result<OutboundResponse, OutboundError> {
        self.check_url(&request.url)?;
        let limit = request.maximum_body;
        let after = request.timeout.unwrap_or(self.policy.timeout);
        let url = request.url.clone();
        let talking = async {
            let response = self.send(request).await?;
            let (status, headers, from) =
                (response.status(), response.headers().clone(), response.url().clone());
            let body = read_bounded(response, limit).await?;
            Ok(OutboundResponse { status, headers, body, url: from })
        };
        match tokio::time::timeout(after, talking).await {
            Ok(answer) => answer,
            Err(_) => Err(OutboundError::TimedOut { url: error::shown(&url), after }),
        }
    }

    /// Sends one request and hands back the answer unread; the caller bounds what it reads and how long.
    pub async fn send(&self, request: OutboundRequest) -> Result<reqwest::Response, OutboundError> {
        self.check_url(&request.url)?;
        let client = match (request.follow_redirects, request.insecure_skip_tls_verify) {
            (true, false) => &self.clients.following,
            (true, true) => &self.clients.following_insecure,
            (false, false) => &self.clients.direct,
            (false, true) => &self.clients.direct_insecure,
        };
        let after = request.timeout.unwrap_or(self.policy.timeout);
        let url = request.url.clone();
        let mut building =
            client.request(request.method, request.url).headers(request.headers).timeout(after);
        if let Some(body) = request.body {
            building = building.body(body);
        }
        building.send().await.map_err(|source| OutboundError::from_reqwest(&url, after, source))
    }
}

/// The body of an answer, refused as soon as it is known to be larger than `limit`.
pub async fn read_bounded(
    mut response: reqwest::Response,
    limit: usize,
) -> Result<Bytes, OutboundError> {
    let url = response.url().clone();
    let too_large = || OutboundError::BodyTooLarge { url: error::shown(&url), limit };
    if response.content_length().is_some_and(|length| length > limit as u64) {
        return Err(too_large());
    }
    let mut body = BytesMut::new();
    loop {
        let chunk = response
            .chunk()
            .await
            .map_err(|source| OutboundError::from_reqwest(&url, Duration::ZERO, source))?;
        let Some(chunk) = chunk else { return Ok(body.freeze()) };
        if body.len() + chunk.len() > limit {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
}

fn check_url(policy: &OutboundPolicy, url: &Url) -> Result<(), OutboundError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(OutboundError::Scheme { url: error::shown(url) });
    }
    match url.host() {
        Some(url::Host::Ipv4(address)) => {
            policy.check_address(&address.to_string(), IpAddr::V4(address))
        }
        Some(url::Host::Ipv6(address)) => {
            policy.check_address(&address.to_string(), IpAddr::V6(address))
        }
        Some(url::Host::Domain(_)) => Ok(()),
        None => Err(OutboundError::Scheme { url: error::shown(url) }),
    }
}

fn allowed_addresses(
    policy: &OutboundPolicy,
    host: &str,
    found: impl Iterator<Item = SocketAddr>,
) -> Result<Vec<SocketAddr>, OutboundError> {
    let (mut allowed, mut refusal) = (Vec::new(), None);
    for address in found {
        match policy.check_address(host, address.ip()) {
            Ok(()) => allowed.push(address),
            Err(error) => refusal = Some(error),
        }
    }
    match (allowed.is_empty(), refusal) {
        (true, Some(refusal)) => Err(refusal),
        (true, None) => Err(OutboundError::Resolve {
            host: host.to_owned(),
            source: std::io::Error::from(std::io::ErrorKind::NotFound),
        }),
        (false, _) => Ok(allowed),
    }
}

fn authorities(policy: &OutboundPolicy) -> Result<Vec<reqwest::Certificate>, OutboundError> {
    let mut all = Vec::new();
    for bundle in &policy.certificate_authorities {
        let parsed = reqwest::Certificate::from_pem_bundle(bundle.as_bytes());
        all.extend(parsed.map_err(|source| OutboundError::Authorities { source })?);
    }
    Ok(all)
}

fn build_client(
    policy: &Arc<OutboundPolicy>,
    authorities: &[reqwest::Certificate],
    insecure: bool,
    follow: bool,
) -> Result<reqwest::Client, OutboundError> {
    let redirects =
        if follow { following(Arc::clone(policy)) } else { reqwest::redirect::Policy::none() };
    let mut building = reqwest::Client::builder()
        .user_agent("kargo-rs")
        .no_proxy()
        .connect_timeout(policy.connect_timeout)
        .pool_idle_timeout(Duration::from_secs(90))
        .redirect(redirects)
        .dns_resolver(Arc::new(CheckedResolver { policy: Arc::clone(policy) }))
        .tls_danger_accept_invalid_certs(insecure)
        .tls_certs_merge(authorities.to_vec());
    if let Some(proxy) = &policy.proxy {
        let proxy = reqwest::Proxy::all(proxy.clone())
            .map_err(|source| OutboundError::Client { source })?;
        building = building.proxy(proxy);
    }
    building.build().map_err(|source| OutboundError::Client { source })
}

fn following(policy: Arc<OutboundPolicy>) -> reqwest::redirect::Policy {
    reqwest::redirect::Policy::custom(move |attempt| {
        if attempt.previous().len() > policy.maximum_redirects {
            return attempt
                .error(OutboundError::TooManyRedirects { limit: policy.maximum_redirects });
        }
        match check_url(&policy, attempt.url()) {
            Ok(()) => attempt.follow(),
            Err(error) => attempt.error(error),
        }
    })
}

/// Resolves names with the system and drops what the policy refuses, at the moment of connecting.
struct CheckedResolver {
    policy: Arc<OutboundPolicy>,
}

impl Resolve for CheckedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let policy = Arc::clone(&self.policy);
        Box::pin(async move {
            let host = name.as_str();
            let found = tokio::net::lookup_host((host, 0))
                .await
                .map_err(|source| OutboundError::Resolve { host: host.to_owned(), source })?;
            let allowed = allowed_addresses(&policy, host, found)?;
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests;
