//! A small OCI registry (distribution API v1.1) for the demo and for tests, in memory or in a folder.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;
use serde_json::json;

use super::faults::Faults;
use super::oci_blobs::{Content, Store};
use super::oci_routes;
use super::serving::{BasicUser, LocalServerError, Running, check_name, start};

#[derive(Clone, Debug, Default)]
pub struct OciRegistryOptions {
    /// Keeps everything across restarts; in memory when not set.
    pub folder: Option<PathBuf>,
    /// 0 takes a free port.
    pub port: u16,
    /// Anyone may pull and push when not set.
    pub user: Option<BasicUser>,
    /// Most tags in one answer, so that clients have to page; 0 for no limit.
    pub tags_per_page: usize,
}

/// A running registry; it stops when dropped.
pub struct OciRegistry {
    store: Store,
    faults: Faults,
    running: Running,
}

const CONFIG_TYPE: &str = "application/vnd.oci.image.config.v1+json";
const LAYER_TYPE: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
pub(super) const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";
pub(super) const INDEX_TYPE: &str = "application/vnd.oci.image.index.v1+json";

impl OciRegistry {
    pub async fn start(options: OciRegistryOptions) -> Result<Self, LocalServerError> {
        let folder = options.folder.clone();
        let opening = tokio::task::spawn_blocking(move || Store::open(folder)).await;
        let opened = opening.unwrap_or_else(|error| Err(std::io::Error::other(error)));
        let path = options.folder.unwrap_or_default();
        let store = opened.map_err(|source| LocalServerError::Folder { path, source })?;
        let faults = Faults::default();
        let router = oci_routes::router(store.clone(), options.tags_per_page);
        let running = start(options.port, router, options.user, faults.clone()).await?;
        Ok(Self { store, faults, running })
    }

    /// `127.0.0.1:PORT`, the first part of image names.
    #[must_use]
    pub fn host(&self) -> String {
        self.running.address.to_string()
    }

    /// The image name of a repository here, as in a Warehouse's `repoURL`.
    #[must_use]
    pub fn repository_url(&self, repository: &str) -> String {
        format!("{}/{repository}", self.host())
    }

    #[must_use]
    pub fn faults(&self) -> &Faults {
        &self.faults
    }

    /// Puts a small linux/amd64 image under a tag and returns its digest. The content follows from the arguments.
    pub fn publish_image(
        &self,
        repository: &str,
        tag: &str,
        created: Timestamp,
    ) -> Result<String, LocalServerError> {
        self.publish_image_with(repository, tag, created, &BTreeMap::new())
    }

    /// The same with annotations on the manifest.
    pub fn publish_image_with(
        &self,
        repository: &str,
        tag: &str,
        created: Timestamp,
        annotations: &BTreeMap<String, String>,
    ) -> Result<String, LocalServerError> {
        check_name(repository)?;
        let manifest = self.image(repository, tag, created, ("linux", "amd64"), annotations)?;
        self.put(repository, tag, MANIFEST_TYPE, &manifest)
    }

    /// Puts an index of one image per platform (`os/architecture`) under a tag and returns the index's digest.
    pub fn publish_index(
        &self,
        repository: &str,
        tag: &str,
        created: Timestamp,
        platforms: &[(&str, &str)],
    ) -> Result<String, LocalServerError> {
        check_name(repository)?;
        let mut manifests = Vec::new();
        for (os, architecture) in platforms {
            let manifest =
                self.image(repository, tag, created, (os, architecture), &BTreeMap::new())?;
            let digest = self.put(repository, "", MANIFEST_TYPE, &manifest)?;
            manifests.push(json!({
                "mediaType": MANIFEST_TYPE, "digest": digest, "size": manifest.len(),
                "platform": {"os": os, "architecture": architecture},
            }));
        }
        let index = json!({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": manifests})
            .to_string();
        self.put(repository, tag, INDEX_TYPE, index.as_bytes())
    }

    /// The tags of a repository, in order of their names.
    #[must_use]
    pub fn tags(&self, repository: &str) -> Vec<String> {
        self.store.tags(repository)
    }

    fn image(
        &self,
        repository: &str,
        tag: &str,
        created: Timestamp,
        (os, architecture): (&str, &str),
        annotations: &BTreeMap<String, String>,
    ) -> Result<Vec<u8>, LocalServerError> {
        let (layer, unpacked_digest) = layer(repository, tag);
        let config = json!({
            "created": created, "os": os, "architecture": architecture,
            "config": {"Labels": {"org.opencontainers.image.version": tag}},
            "rootfs": {"type": "layers", "diff_ids": [unpacked_digest]},
            "history": [{"created": created, "created_by": "kargo-rs local registry"}],
        })
        .to_string();
        let config_digest = self.stored(self.store.put_blob(repository, config.as_bytes()))?;
        let layer_digest = self.stored(self.store.put_blob(repository, &layer))?;
        let mut manifest = json!({
            "schemaVersion": 2, "mediaType": MANIFEST_TYPE,
            "config": {"mediaType": CONFIG_TYPE, "digest": config_digest, "size": config.len()},
            "layers": [{"mediaType": LAYER_TYPE, "digest": layer_digest, "size": layer.len()}],
        });
        if !annotations.is_empty() {
            manifest["annotations"] = json!(annotations);
        }
        Ok(manifest.to_string().into_bytes())
    }

    fn put(
        &self,
        repository: &str,
        tag: &str,
        media_type: &str,
        body: &[u8],
    ) -> Result<String, LocalServerError> {
        let content = Content { media_type: media_type.to_owned(), body: body.to_vec().into() };
        let tag = (!tag.is_empty()).then_some(tag);
        self.stored(self.store.put_manifest(repository, tag, content))
    }

    fn stored<T>(&self, result: std::io::Result<T>) -> Result<T, LocalServerError> {
        result.map_err(|source| LocalServerError::Folder {
            path: self.store.folder().unwrap_or_default(),
            source,
        })
    }
}

/// A gzipped tar archive with one small file, and the digest of the archive before compression.
fn layer(repository: &str, tag: &str) -> (Vec<u8>, String) {
    use std::io::Write as _;
    let content = format!("{repository}:{tag}\n");
    let mut archive = vec![0_u8; 512];
    archive[..7].copy_from_slice(b"version");
    archive[100..108].copy_from_slice(b"0000644\0");
    archive[108..116].copy_from_slice(b"0000000\0");
    archive[116..124].copy_from_slice(b"0000000\0");
    archive[124..136].copy_from_slice(format!("{:011o}\0", content.len()).as_bytes());
    archive[136..148].copy_from_slice(b"00000000000\0");
    archive[148..156].copy_from_slice(b"        ");
    archive[156] = b'0';
    archive[257..265].copy_from_slice(b"ustar\x0000");
    let sum: u32 = archive.iter().map(|byte| u32::from(*byte)).sum();
    archive[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    archive.extend_from_slice(content.as_bytes());
    // The file is padded to a whole block and two empty blocks end the archive.
    archive.resize(archive.len().next_multiple_of(512) + 1024, 0);
    let digest = super::oci_blobs::digest_of(&archive);
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    // Writing to memory cannot fail.
    let packed = packer.write_all(&archive).and_then(|()| packer.finish()).unwrap_or_default();
    (packed, digest)
}
