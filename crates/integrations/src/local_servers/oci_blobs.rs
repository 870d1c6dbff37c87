//! What the local registry keeps: blobs, manifests, tags and unfinished uploads.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use parking_lot::Mutex;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// An upload larger than this is refused: the registry is for small things.
pub(super) const UPLOAD_LIMIT: usize = 512 << 20;

#[derive(Clone, Debug)]
pub(super) struct Content {
    pub(super) media_type: String,
    pub(super) body: Bytes,
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Repository {
    tags: BTreeMap<String, String>,
    /// Media type by digest.
    manifests: BTreeMap<String, String>,
    blobs: BTreeSet<String>,
}

#[derive(Debug, Default)]
struct State {
    repositories: BTreeMap<String, Repository>,
    bodies: HashMap<String, Bytes>,
    uploads: HashMap<String, BytesMut>,
    next_upload: u64,
}

/// Cheap to clone; all clones share the content.
#[derive(Clone, Debug)]
pub(super) struct Store {
    folder: Option<Arc<PathBuf>>,
    state: Arc<Mutex<State>>,
}

pub(super) fn digest_of(body: &[u8]) -> String {
    format!("sha256:{}", hex::encode(Sha256::digest(body)))
}

impl Store {
    pub(super) fn open(folder: Option<PathBuf>) -> io::Result<Self> {
        let mut state = State::default();
        if let Some(folder) = &folder {
            fs::create_dir_all(folder.join("blobs"))?;
            if let Ok(listing) = fs::read(folder.join("repositories.json")) {
                state.repositories = serde_json::from_slice(&listing).map_err(io::Error::other)?;
            }
            for entry in fs::read_dir(folder.join("blobs"))? {
                let path = entry?.path();
                let body = Bytes::from(fs::read(&path)?);
                state.bodies.insert(digest_of(&body), body);
            }
        }
        Ok(Self { folder: folder.map(Arc::new), state: Arc::new(Mutex::new(state)) })
    }

    pub(super) fn folder(&self) -> Option<PathBuf> {
        self.folder.as_ref().map(|folder| folder.as_ref().clone())
    }

    pub(super) fn repository_names(&self) -> Vec<String> {
        self.state.lock().repositories.keys().cloned().collect()
    }

    pub(super) fn has_repository(&self, name: &str) -> bool {
        self.state.lock().repositories.contains_key(name)
    }

    pub(super) fn tags(&self, repository: &str) -> Vec<String> {
        let state = self.state.lock();
        state
            .repositories
            .get(repository)
            .map(|found| found.tags.keys().cloned().collect())
            .unwrap_or_default()
    }

    pub(super) fn blob(&self, repository: &str, digest: &str) -> Option<Bytes> {
        let state = self.state.lock();
        let known = state.repositories.get(repository)?.blobs.contains(digest);
        known.then(|| state.bodies.get(digest).cloned()).flatten()
    }

    /// By tag or digest; the digest is part of the answer.
    pub(super) fn manifest(&self, repository: &str, reference: &str) -> Option<(String, Content)> {
        let state = self.state.lock();
        let found = state.repositories.get(repository)?;
        let digest = found.tags.get(reference).map_or(reference, String::as_str);
        let media_type = found.manifests.get(digest)?.clone();
        let body = state.bodies.get(digest)?.clone();
        Some((digest.to_owned(), Content { media_type, body }))
    }

    /// All manifests of a repository, for finding those that refer to another.
    pub(super) fn manifests(&self, repository: &str) -> Vec<(String, Content)> {
        let state = self.state.lock();
        let Some(found) = state.repositories.get(repository) else { return Vec::new() };
        let all = found.manifests.iter().filter_map(|(digest, media_type)| {
            let body = state.bodies.get(digest)?.clone();
            Some((digest.clone(), Content { media_type: media_type.clone(), body }))
        });
        all.collect()
    }

    pub(super) fn put_blob(&self, repository: &str, body: &[u8]) -> io::Result<String> {
        let digest = digest_of(body);
        let mut state = self.state.lock();
        self.write_body(&digest, body)?;
        state.bodies.insert(digest.clone(), Bytes::copy_from_slice(body));
        state.repositories.entry(repository.to_owned()).or_default().blobs.insert(digest.clone());
        self.write_listing(&state)?;
        Ok(digest)
    }

    pub(super) fn put_manifest(
        &self,
        repository: &str,
        tag: Option<&str>,
        content: Content,
    ) -> io::Result<String> {
        let digest = digest_of(&content.body);
        let mut state = self.state.lock();
        self.write_body(&digest, &content.body)?;
        state.bodies.insert(digest.clone(), content.body);
        let found = state.repositories.entry(repository.to_owned()).or_default();
        found.manifests.insert(digest.clone(), content.media_type);
        if let Some(tag) = tag {
            found.tags.insert(tag.to_owned(), digest.clone());
        }
        self.write_listing(&state)?;
        Ok(digest)
    }

    /// Makes a blob of one repository visible in another.
    pub(super) fn mount(&self, repository: &str, digest: &str, from: &str) -> io::Result<bool> {
        let mut state = self.state.lock();
        if !state.repositories.get(from).is_some_and(|found| found.blobs.contains(digest)) {
            return Ok(false);
        }
        state
            .repositories
            .entry(repository.to_owned())
            .or_default()
            .blobs
            .insert(digest.to_owned());
        self.write_listing(&state)?;
        Ok(true)
    }

    /// Removes a tag, or a manifest and the tags that lead to it. False if neither is there.
    pub(super) fn delete_manifest(&self, repository: &str, reference: &str) -> io::Result<bool> {
        let mut state = self.state.lock();
        let Some(found) = state.repositories.get_mut(repository) else { return Ok(false) };
        let removed =
            found.tags.remove(reference).is_some() || found.manifests.remove(reference).is_some();
        found.tags.retain(|_, digest| digest != reference);
        self.write_listing(&state)?;
        Ok(removed)
    }

    pub(super) fn delete_blob(&self, repository: &str, digest: &str) -> io::Result<bool> {
        let mut state = self.state.lock();
        let found = state.repositories.get_mut(repository);
        let removed = found.is_some_and(|found| found.blobs.remove(digest));
        self.write_listing(&state)?;
        Ok(removed)
    }

    pub(super) fn start_upload(&self) -> String {
        let mut state = self.state.lock();
        state.next_upload += 1;
        let id = format!("{:08x}-0000-4000-8000-000000000000", state.next_upload);
        state.uploads.insert(id.clone(), BytesMut::new());
        id
    }

    pub(super) fn upload_size(&self, id: &str) -> Option<usize> {
        self.state.lock().uploads.get(id).map(BytesMut::len)
    }

    /// The size after appending; `None` for an unknown upload or one that grows too large.
    pub(super) fn append(&self, id: &str, chunk: &[u8]) -> Option<usize> {
        let mut state = self.state.lock();
        let upload = state.uploads.get_mut(id)?;
        if upload.len() + chunk.len() > UPLOAD_LIMIT {
            return None;
        }
        upload.extend_from_slice(chunk);
        Some(upload.len())
    }

    pub(super) fn finish_upload(&self, id: &str) -> Option<Bytes> {
        self.state.lock().uploads.remove(id).map(BytesMut::freeze)
    }

    fn write_body(&self, digest: &str, body: &[u8]) -> io::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let path = folder.join("blobs").join(digest.trim_start_matches("sha256:"));
        if path.exists() { Ok(()) } else { write_aside(&path, body) }
    }

    fn write_listing(&self, state: &State) -> io::Result<()> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let listing = serde_json::to_vec(&state.repositories).map_err(io::Error::other)?;
        write_aside(&folder.join("repositories.json"), &listing)
    }
}

fn write_aside(path: &Path, body: &[u8]) -> io::Result<()> {
    let aside = path.with_extension("new");
    fs::write(&aside, body)?;
    fs::rename(&aside, path)
}
