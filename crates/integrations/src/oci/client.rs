//! Asking registries: sign-in, paging, digests, and reading each content once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::{self, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use parking_lot::Mutex;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::Url;

use super::access::{RepositoryAccess, check_reference};
use super::challenge::{Challenge, next_page};
use super::error::OciError;
use super::image::{ACCEPTED, Manifest, Single};
use super::scheduler::Scheduler;
use super::sign_in::SignIn;
use crate::outbound::{Outbound, OutboundError, OutboundRequest, OutboundResponse};

#[derive(Clone, Debug)]
pub struct RegistrySettings {
    /// Requests per second to one registry.
    pub rate: u32,
    /// Requests under way at one registry.
    pub at_once: usize,
    /// For one request.
    pub timeout: Duration,
    pub maximum_tags: usize,
    /// Of the newest tags, so many are checked for having moved on every look; older ones once an hour.
    pub revalidate_newest: usize,
}

impl Default for RegistrySettings {
    fn default() -> Self {
        Self {
            rate: 20,
            at_once: 8,
            timeout: Duration::from_secs(30),
            maximum_tags: 200_000,
            revalidate_newest: 3,
        }
    }
}

/// Manifests and configurations are small.
pub(super) const DOCUMENT_LIMIT: usize = 4 << 20;
const PAGE_LIMIT: usize = 8 << 20;
const PAGES: usize = 1_000;
const CACHED: usize = 20_000;
pub(super) const OLD_TAGS_TRUSTED: Duration = Duration::from_secs(3600);
const DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// All registries, for the whole process; cheap to clone.
#[derive(Clone)]
pub struct Registries {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) outbound: Outbound,
    pub(super) settings: RegistrySettings,
    hosts: Mutex<HashMap<String, Arc<Host>>>,
    /// How each repository is signed in to, by who asks.
    sign_ins: Mutex<HashMap<String, SignIn>>,
    pub(super) manifests: Cache<Arc<Manifest>>,
    pub(super) singles: Cache<Arc<Single>>,
    /// Digest by identity and tag, and when the registry said so.
    pub(super) tags: Cache<(String, Instant)>,
}

pub(super) struct Host {
    scheduler: Scheduler,
    pub(super) scheme: Mutex<Option<&'static str>>,
}

/// A bounded map; when full, everything goes. What is in it can be asked for again.
pub(super) struct Cache<V>(Mutex<HashMap<String, V>>);

impl<V: Clone> Cache<V> {
    fn new() -> Self {
        Self(Mutex::new(HashMap::new()))
    }

    pub(super) fn get(&self, key: &str) -> Option<V> {
        self.0.lock().get(key).cloned()
    }

    pub(super) fn put(&self, key: String, value: V) {
        let mut all = self.0.lock();
        if all.len() >= CACHED {
            all.clear();
        }
        all.insert(key, value);
    }
}

impl Registries {
    #[must_use]
    pub fn new(outbound: Outbound, settings: RegistrySettings) -> Self {
        let inner = Inner {
            outbound,
            settings,
            hosts: Mutex::default(),
            sign_ins: Mutex::default(),
            manifests: Cache::new(),
            singles: Cache::new(),
            tags: Cache::new(),
        };
        Self { inner: Arc::new(inner) }
    }

    /// All tags, in the registry's order.
    pub async fn tags(&self, access: &RepositoryAccess) -> Result<Vec<String>, OciError> {
        #[derive(Deserialize)]
        struct Page {
            tags: Option<Vec<String>>,
        }
        let repository = &access.repository;
        let mut path = format!("/v2/{}/tags/list?n=1000", repository.name());
        let mut tags = Vec::new();
        for _ in 0..PAGES {
            let answer =
                self.ask(access, Method::GET, &path, "application/json", PAGE_LIMIT).await?;
            let answer = self.expect_found(access, answer, "a request for tags")?;
            let page: Page = self.parse(access, &answer.body, "a list of tags")?;
            tags.extend(page.tags.unwrap_or_default());
            if tags.len() > self.inner.settings.maximum_tags {
                return Err(OciError::TooManyTags {
                    registry: repository.registry().to_owned(),
                    repository: repository.name().to_owned(),
                    limit: self.inner.settings.maximum_tags,
                });
            }
            let link = answer.headers.get(header::LINK).and_then(|link| link.to_str().ok());
            let Some(next) = link.and_then(next_page) else { return Ok(tags) };
            path = self.page_path(access, &answer.url, next)?;
        }
        Err(self.unusable(access, "a list of tags", "it has too many pages"))
    }

    /// The next page must be on the same registry, where the credentials belong.
    fn page_path(
        &self,
        access: &RepositoryAccess,
        from: &Url,
        next: &str,
    ) -> Result<String, OciError> {
        let next = from.join(next).ok().filter(|next| next.origin() == from.origin());
        let next = next
            .ok_or_else(|| self.unusable(access, "a list of tags", "its next page is elsewhere"))?;
        Ok(next[url::Position::BeforePath..url::Position::AfterQuery].to_owned())
    }

    /// What a tag points at now; `None` if there is no such tag.
    pub async fn digest(
        &self,
        access: &RepositoryAccess,
        reference: &str,
    ) -> Result<Option<String>, OciError> {
        check_reference(reference)?;
        let path = format!("/v2/{}/manifests/{reference}", access.repository.name());
        let answer = self.ask(access, Method::HEAD, &path, ACCEPTED, 0).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let answer = self.expect_found(access, answer, "a request for a digest")?;
        let digest =
            answer.headers.get(DIGEST).and_then(|digest| digest.to_str().ok()).map(str::to_owned);
        let digest =
            match digest.filter(|digest| digest.contains(':') && check_reference(digest).is_ok()) {
                Some(digest) => digest,
                // Registries need not send the header; the digest follows from the content.
                None => match self.fetch_manifest(access, reference).await? {
                    Some((digest, _)) => digest,
                    None => return Ok(None),
                },
            };
        self.inner.tags.put(tag_key(access, reference), (digest.clone(), Instant::now()));
        Ok(Some(digest))
    }

    pub(super) fn parse<T: DeserializeOwned>(
        &self,
        access: &RepositoryAccess,
        body: &[u8],
        what: &'static str,
    ) -> Result<T, OciError> {
        serde_json::from_slice(body)
            .map_err(|error| self.unusable(access, what, &error.to_string()))
    }

    pub(super) fn unusable(
        &self,
        access: &RepositoryAccess,
        what: &'static str,
        detail: &str,
    ) -> OciError {
        let registry = access.repository.registry().to_owned();
        OciError::Answer { registry, what, detail: detail.to_owned() }
    }

    pub(super) fn expect_found(
        &self,
        access: &RepositoryAccess,
        answer: OutboundResponse,
        what: &'static str,
    ) -> Result<OutboundResponse, OciError> {
        let registry = access.repository.registry().to_owned();
        let repository = access.repository.name().to_owned();
        match answer.status {
            StatusCode::OK => Ok(answer),
            StatusCode::NOT_FOUND => Err(OciError::NotFound { registry, repository }),
            StatusCode::UNAUTHORIZED => Err(OciError::Authentication { registry, repository }),
            StatusCode::FORBIDDEN => Err(OciError::Denied { registry, repository }),
            StatusCode::TOO_MANY_REQUESTS => {
                Err(OciError::RateLimited { registry, retry_after: retry_after(&answer) })
            }
            status => Err(OciError::Status { registry, status: status.as_u16(), what }),
        }
    }

    fn host(&self, registry: &str) -> Arc<Host> {
        let settings = &self.inner.settings;
        let mut hosts = self.inner.hosts.lock();
        let host = hosts.entry(registry.to_owned()).or_insert_with(|| {
            let scheduler = Scheduler::new(settings.rate, settings.at_once);
            Arc::new(Host { scheduler, scheme: Mutex::new(None) })
        });
        Arc::clone(host)
    }

    /// One request, signed in as needed, in its turn.
    pub(super) async fn ask(
        &self,
        access: &RepositoryAccess,
        method: Method,
        path: &str,
        accept: &'static str,
        limit: usize,
    ) -> Result<OutboundResponse, OciError> {
        let host = self.host(access.repository.registry());
        let identity = access.identity();
        let known = self.inner.sign_ins.lock().get(&identity).cloned();
        let known = known.filter(|known| known.until.is_none_or(|until| until > Instant::now()));
        let call = Call { access, host: &host, method, path, accept, limit };
        let answer = self.send(&call, known.map(|known| known.header)).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return Ok(answer);
        }
        let challenges = answer
            .headers
            .get_all(header::WWW_AUTHENTICATE)
            .iter()
            .filter_map(|value| value.to_str().ok());
        let Some(sign_in) = self.sign_in(&call, Challenge::parse(challenges)).await? else {
            return Ok(answer);
        };
        {
            let mut sign_ins = self.inner.sign_ins.lock();
            if sign_ins.len() >= CACHED {
                sign_ins.clear();
            }
            sign_ins.insert(identity.clone(), sign_in.clone());
        }
        let answer = self.send(&call, Some(sign_in.header)).await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            self.inner.sign_ins.lock().remove(&identity);
        }
        Ok(answer)
    }

    /// Tries TLS first; plain http only where that is usual, and remembers what worked.
    async fn send(
        &self,
        call: &Call<'_>,
        sign_in: Option<HeaderValue>,
    ) -> Result<OutboundResponse, OciError> {
        let known = *call.host.scheme.lock();
        let plain_too = known.is_none() && call.access.repository.may_be_plain();
        let scheme = known.unwrap_or("https");
        let first = self.send_by(call, scheme, sign_in.clone()).await;
        let answer = match first {
            Err(
                OutboundError::Tls { .. }
                | OutboundError::Connect { .. }
                | OutboundError::Dropped { .. },
            ) if plain_too => {
                let answer = self.send_by(call, "http", sign_in).await;
                *call.host.scheme.lock() = answer.is_ok().then_some("http");
                answer
            }
            first => {
                if first.is_ok() {
                    *call.host.scheme.lock() = Some(scheme);
                }
                first
            }
        };
        let answer = answer
            .map_err(|error| OciError::from_outbound(call.access.repository.registry(), error))?;
        if answer.status == StatusCode::TOO_MANY_REQUESTS {
            call.host.scheduler.pause(retry_after(&answer));
        }
        Ok(answer)
    }

    async fn send_by(
        &self,
        call: &Call<'_>,
        scheme: &str,
        sign_in: Option<HeaderValue>,
    ) -> Result<OutboundResponse, OutboundError> {
        let address = format!("{scheme}://{}{}", call.access.repository.registry(), call.path);
        let url = Url::parse(&address).map_err(|_| OutboundError::Scheme { url: address })?;
        let mut request = OutboundRequest::new(call.method.clone(), url);
        request.headers.insert(header::ACCEPT, HeaderValue::from_static(call.accept));
        if let Some(sign_in) = sign_in {
            request.headers.insert(header::AUTHORIZATION, sign_in);
        }
        request.timeout = Some(self.inner.settings.timeout);
        request.maximum_body = if call.method == Method::HEAD { usize::MAX } else { call.limit };
        request.insecure_skip_tls_verify = call.access.insecure_skip_tls_verify;
        let _turn = call.host.scheduler.turn(&call.access.project).await;
        self.inner.outbound.exchange(request).await
    }
}

pub(super) struct Call<'a> {
    pub(super) access: &'a RepositoryAccess,
    pub(super) host: &'a Host,
    method: Method,
    path: &'a str,
    accept: &'static str,
    limit: usize,
}

pub(super) fn tag_key(access: &RepositoryAccess, tag: &str) -> String {
    format!("{} {tag}", access.identity())
}

/// How long a registry wants to be left alone, within reason.
fn retry_after(answer: &OutboundResponse) -> Duration {
    let said = answer
        .headers
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok());
    Duration::from_secs(said.unwrap_or(5_u64).clamp(1, 300))
}
