//! From a tag to what Freight needs of an image, reading each content once.

use std::sync::Arc;

use futures::stream::{StreamExt as _, TryStreamExt as _};
use http::{Method, StatusCode};
use sha2::{Digest as _, Sha256};

use super::access::{RepositoryAccess, check_reference};
use super::client::{DOCUMENT_LIMIT, OLD_TAGS_TRUSTED, Registries, tag_key};
use super::error::OciError;
use super::image::{
    ACCEPTED, Configuration, Descriptor, ImageDescription, Manifest, PlatformFilter, PlatformName,
    Single, created_in,
};

const PLATFORMS: usize = 64;

impl Registries {
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
    pub(super) async fn fetch_manifest(
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
}
