//! Asking registries: sign-in, paging, digests, and reading each content once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use futures::stream::{StreamExt as _, TryStreamExt as _};
use http::header::{self, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use parking_lot::Mutex;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use url::Url;

use super::access::{RepositoryAccess, check_reference};
use super::challenge::{Challenge, next_page};
use super::error::OciError;
use super::image::{
    ACCEPTED, Configuration, Descriptor, ImageDescription, Manifest, PlatformFilter, PlatformName,
    Single, created_in,
};
use super::scheduler::Scheduler;
use crate::credentials::Credentials;
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
const DOCUMENT_LIMIT: usize = 4 << 20;
const PAGE_LIMIT: usize = 8 << 20;
const PAGES: usize = 1_000;
const PLATFORMS: usize = 64;
const CACHED: usize = 20_000;
const OLD_TAGS_TRUSTED: Duration = Duration::from_secs(3600);
const DIGEST: HeaderName = HeaderName::from_static("docker-content-digest");

/// All registries, for the whole process; cheap to clone.
#[derive(Clone)]
pub struct Registries {
    inner: Arc<Inner>,
}

struct Inner {
    outbound: Outbound,
    settings: RegistrySettings,
    hosts: Mutex<HashMap<String, Arc<Host>>>,
    /// How each repository is signed in to, by who asks.
    sign_ins: Mutex<HashMap<String, SignIn>>,
    manifests: Cache<Arc<Manifest>>,
    singles: Cache<Arc<Single>>,
    /// Digest by identity and tag, and when the registry said so.
    tags: Cache<(String, Instant)>,
}

struct Host {
    scheduler: Scheduler,
    scheme: Mutex<Option<&'static str>>,
}

#[derive(Clone)]
struct SignIn {
    header: HeaderValue,
    until: Option<Instant>,
}

/// A bounded map; when full, everything goes. What is in it can be asked for again.
struct Cache<V>(Mutex<HashMap<String, V>>);

impl<V: Clone> Cache<V> {
    fn new() -> Self {
        Self(Mutex::new(HashMap::new()))
    }

    fn get(&self, key: &str) -> Option<V> {
        self.0.lock().get(key).cloned()
    }

    fn put(&self, key: String, value: V) {
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

    /// The image a tag or digest stands for; `None` if there is none, or none for a wanted platform.
    pub async fn describe(
        &self,
        access: &RepositoryAccess,
        reference: &str,
        wanted: Option<PlatformFilter<'_>>,
    ) -> Result<Option<ImageDescription>, OciError> {
        match self.digest(access, reference).await? {
            Some(digest) => self.describe_digest(access, reference, digest, wanted).await,
            None => Ok(None),
        }
    }

    /// The images of tags, given newest first, in that order; tags without an image for a wanted platform are left out.
    /// The newest are checked for having moved; what older ones pointed at is remembered for an hour.
    pub async fn describe_newest(
        &self,
        access: &RepositoryAccess,
        tags: &[String],
        wanted: Option<PlatformFilter<'_>>,
    ) -> Result<Vec<(String, ImageDescription)>, OciError> {
        // Owned tags: a closure over borrowed ones would keep the future from moving between threads.
        let describing = tags.iter().cloned().enumerate().map(|(position, tag)| async move {
            let described = match self.remembered(access, &tag, position) {
                Some(digest) => self.describe_digest(access, &tag, digest, wanted).await?,
                None => self.describe(access, &tag, wanted).await?,
            };
            Ok(described.map(|image| (tag, image)))
        });
        let found: Vec<Option<_>> = futures::stream::iter(describing)
            .buffered(self.inner.settings.at_once)
            .try_collect()
            .await?;
        Ok(found.into_iter().flatten().collect())
    }

    fn remembered(&self, access: &RepositoryAccess, tag: &str, position: usize) -> Option<String> {
        let (digest, said) = self.inner.tags.get(&tag_key(access, tag))?;
        let trusted =
            position >= self.inner.settings.revalidate_newest && said.elapsed() < OLD_TAGS_TRUSTED;
        trusted.then_some(digest)
    }

    async fn describe_digest(
        &self,
        access: &RepositoryAccess,
        reference: &str,
        digest: String,
        wanted: Option<PlatformFilter<'_>>,
    ) -> Result<Option<ImageDescription>, OciError> {
        let Some(manifest) = self.manifest(access, &digest).await? else { return Ok(None) };
        let Some(entries) = &manifest.manifests else {
            let single = self.single(access, &digest, &manifest).await?;
            if wanted.is_some_and(|wanted| !single.platform.as_ref().is_some_and(wanted)) {
                return Ok(None);
            }
            return Ok(Some(ImageDescription {
                digest,
                created: single.created,
                annotations: single.annotations.clone(),
                platforms: single.platform.clone().into_iter().collect(),
            }));
        };
        let mut images: Vec<(PlatformName, &Descriptor)> = entries
            .iter()
            .filter_map(|entry| Some((entry.platform.as_ref()?.name()?, entry)))
            .take(PLATFORMS)
            .collect();
        if images.is_empty() {
            let (repository, reference) = (access.repository.to_string(), reference.to_owned());
            return Err(OciError::NoPlatforms { repository, reference });
        }
        if let Some(wanted) = wanted {
            images.retain(|(platform, _)| wanted(platform));
        }
        if images.is_empty() {
            return Ok(None);
        }
        let merge = if wanted.is_some() { images.first().map(|(_, entry)| *entry) } else { None };
        let mut annotations = manifest.annotations.clone().unwrap_or_default();
        let mut newest = None;
        for (_, entry) in &images {
            let single = self.entry(access, entry).await?;
            newest = newest.max(created_in(entry.annotations.as_ref()).or(single.created));
            if merge.is_some_and(|merged| merged.digest == entry.digest) {
                annotations.extend(entry.annotations.clone().unwrap_or_default());
                annotations.extend(single.annotations.clone());
            }
        }
        let created = created_in(manifest.annotations.as_ref()).or(newest);
        let platforms = images.into_iter().map(|(platform, _)| platform).collect();
        Ok(Some(ImageDescription { digest, created, annotations, platforms }))
    }

    async fn entry(
        &self,
        access: &RepositoryAccess,
        entry: &Descriptor,
    ) -> Result<Arc<Single>, OciError> {
        check_reference(&entry.digest)?;
        if let Some(known) = self.inner.singles.get(&entry.digest) {
            return Ok(known);
        }
        match self.manifest(access, &entry.digest).await? {
            Some(manifest) => self.single(access, &entry.digest, &manifest).await,
            None => Err(self.unusable(
                access,
                "an index",
                &format!("its part {} is missing", entry.digest),
            )),
        }
    }

    async fn single(
        &self,
        access: &RepositoryAccess,
        digest: &str,
        manifest: &Manifest,
    ) -> Result<Arc<Single>, OciError> {
        if let Some(known) = self.inner.singles.get(digest) {
            return Ok(known);
        }
        let configuration = match &manifest.config {
            Some(config) => {
                check_reference(&config.digest)?;
                let path = format!("/v2/{}/blobs/{}", access.repository.name(), config.digest);
                let answer = self.ask(access, Method::GET, &path, "*/*", DOCUMENT_LIMIT).await?;
                let answer =
                    self.expect_found(access, answer, "a request for an image configuration")?;
                // Artifacts that are not images have something else there.
                serde_json::from_slice(&answer.body).unwrap_or_default()
            }
            None => Configuration::default(),
        };
        let single = Arc::new(Single::of(manifest, &configuration));
        self.inner.singles.put(digest.to_owned(), Arc::clone(&single));
        Ok(single)
    }

    async fn manifest(
        &self,
        access: &RepositoryAccess,
        digest: &str,
    ) -> Result<Option<Arc<Manifest>>, OciError> {
        if let Some(known) = self.inner.manifests.get(digest) {
            return Ok(Some(known));
        }
        Ok(self.fetch_manifest(access, digest).await?.map(|(_, manifest)| manifest))
    }

    /// Reads a manifest and keeps it under the digest of what was read.
    async fn fetch_manifest(
        &self,
        access: &RepositoryAccess,
        reference: &str,
    ) -> Result<Option<(String, Arc<Manifest>)>, OciError> {
        let path = format!("/v2/{}/manifests/{reference}", access.repository.name());
        let answer = self.ask(access, Method::GET, &path, ACCEPTED, DOCUMENT_LIMIT).await?;
        if answer.status == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let answer = self.expect_found(access, answer, "a request for a manifest")?;
        let digest = format!("sha256:{}", hex::encode(Sha256::digest(&answer.body)));
        if reference.starts_with("sha256:") && reference != digest {
            return Err(self.unusable(access, "a manifest", "its digest is not the one asked for"));
        }
        let manifest: Arc<Manifest> = Arc::new(self.parse(access, &answer.body, "a manifest")?);
        let key = if reference.contains(':') { reference.to_owned() } else { digest.clone() };
        self.inner.manifests.put(key, Arc::clone(&manifest));
        Ok(Some((digest, manifest)))
    }

    fn parse<T: DeserializeOwned>(
        &self,
        access: &RepositoryAccess,
        body: &[u8],
        what: &'static str,
    ) -> Result<T, OciError> {
        serde_json::from_slice(body)
            .map_err(|error| self.unusable(access, what, &error.to_string()))
    }

    fn unusable(&self, access: &RepositoryAccess, what: &'static str, detail: &str) -> OciError {
        let registry = access.repository.registry().to_owned();
        OciError::Answer { registry, what, detail: detail.to_owned() }
    }

    fn expect_found(
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
    async fn ask(
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
        self.inner.sign_ins.lock().insert(identity.clone(), sign_in.clone());
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

    async fn sign_in(
        &self,
        call: &Call<'_>,
        challenge: Option<Challenge>,
    ) -> Result<Option<SignIn>, OciError> {
        match (challenge, &call.access.credentials) {
            (Some(Challenge::Basic), Some(credentials)) => {
                Ok(basic(credentials).map(|header| SignIn { header, until: None }))
            }
            (Some(Challenge::Bearer { realm, service, scope }), credentials) => {
                self.token(call, &realm, service, scope, credentials.as_ref()).await
            }
            _ => Ok(None),
        }
    }

    async fn token(
        &self,
        call: &Call<'_>,
        realm: &str,
        service: Option<String>,
        scope: Option<String>,
        credentials: Option<&Credentials>,
    ) -> Result<Option<SignIn>, OciError> {
        #[derive(Deserialize)]
        struct Token {
            token: Option<String>,
            access_token: Option<String>,
            expires_in: Option<u64>,
        }
        let access = call.access;
        let mut url = Url::parse(realm)
            .map_err(|_| self.unusable(access, "a challenge", "its realm is not an address"))?;
        let plain = *call.host.scheme.lock() == Some("http");
        if url.scheme() == "http" && !plain && credentials.is_some() {
            return Err(self.unusable(
                access,
                "a challenge",
                "it asks to send credentials over plain http",
            ));
        }
        let scope =
            scope.unwrap_or_else(|| format!("repository:{}:pull", access.repository.name()));
        url.query_pairs_mut().append_pair("scope", &scope);
        if let Some(service) = service {
            url.query_pairs_mut().append_pair("service", &service);
        }
        let mut request = OutboundRequest::new(Method::GET, url);
        if let Some(header) = credentials.and_then(basic) {
            request.headers.insert(header::AUTHORIZATION, header);
        }
        request.timeout = Some(self.inner.settings.timeout);
        request.insecure_skip_tls_verify = access.insecure_skip_tls_verify;
        let asked = self.inner.outbound.exchange(request).await;
        let answer =
            asked.map_err(|error| OciError::from_outbound(access.repository.registry(), error))?;
        if answer.status == StatusCode::UNAUTHORIZED {
            return Ok(None);
        }
        let answer = self.expect_found(access, answer, "a request for a token")?;
        let token: Token = self.parse(access, &answer.body, "a token")?;
        let Some(text) = token.token.or(token.access_token) else {
            return Err(self.unusable(access, "a token", "it is empty"));
        };
        // Sixty seconds is what the protocol says when nothing is said.
        let lasts = Duration::from_secs(token.expires_in.unwrap_or(60).max(60));
        let mut header = HeaderValue::from_str(&format!("Bearer {text}"))
            .map_err(|_| self.unusable(access, "a token", "it holds odd characters"))?;
        header.set_sensitive(true);
        let until = Instant::now().checked_add(lasts.saturating_sub(Duration::from_secs(15)));
        Ok(Some(SignIn { header, until }))
    }
}

struct Call<'a> {
    access: &'a RepositoryAccess,
    host: &'a Host,
    method: Method,
    path: &'a str,
    accept: &'static str,
    limit: usize,
}

fn tag_key(access: &RepositoryAccess, tag: &str) -> String {
    format!("{} {tag}", access.identity())
}

fn basic(credentials: &Credentials) -> Option<HeaderValue> {
    let pair = format!("{}:{}", credentials.username, credentials.password);
    let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
    let mut header = HeaderValue::from_str(&format!("Basic {encoded}")).ok()?;
    header.set_sensitive(true);
    Some(header)
}

/// How long a registry wants to be left alone, within reason.
fn retry_after(answer: &OutboundResponse) -> Duration {
    let said = answer
        .headers
        .get(header::RETRY_AFTER)
        .and_then(|value| value.to_str().ok()?.trim().parse().ok());
    Duration::from_secs(said.unwrap_or(5_u64).clamp(1, 300))
}
