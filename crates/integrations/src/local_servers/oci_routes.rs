//! The routes of the distribution API that the local registry answers.

use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::oci_blobs::{Content, Store, UPLOAD_LIMIT, digest_of};
use super::oci_registry::{INDEX_TYPE, MANIFEST_TYPE};
use super::serving::check_name;

/// Manifests are small; more is a mistake.
const MANIFEST_LIMIT: usize = 4 << 20;

#[derive(Clone)]
struct Registry {
    store: Store,
    tags_per_page: usize,
}

pub(super) fn router(store: Store, tags_per_page: usize) -> axum::Router {
    axum::Router::new().fallback(answer).with_state(Registry { store, tags_per_page })
}

/// What the path asks for; repository names may hold slashes.
#[derive(Debug, PartialEq, Eq)]
enum Target<'a> {
    Root,
    Catalog,
    Tags(&'a str),
    Manifest(&'a str, &'a str),
    Blob(&'a str, &'a str),
    Uploads(&'a str),
    Upload(&'a str, &'a str),
    Referrers(&'a str, &'a str),
}

fn target(path: &str) -> Option<Target<'_>> {
    let path = path.strip_prefix("/v2")?.trim_start_matches('/');
    if path.is_empty() {
        return Some(Target::Root);
    }
    if path == "_catalog" {
        return Some(Target::Catalog);
    }
    if let Some(name) = path.strip_suffix("/tags/list") {
        return Some(Target::Tags(name));
    }
    if let Some(name) = path.trim_end_matches('/').strip_suffix("/blobs/uploads") {
        return Some(Target::Uploads(name));
    }
    let (before, last) = path.rsplit_once('/')?;
    let (name, kind) = before.rsplit_once('/')?;
    match kind {
        "manifests" => Some(Target::Manifest(name, last)),
        "blobs" => Some(Target::Blob(name, last)),
        "referrers" => Some(Target::Referrers(name, last)),
        "uploads" => Some(Target::Upload(name.strip_suffix("/blobs")?, last)),
        _ => None,
    }
}

async fn answer(State(registry): State<Registry>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(body) = axum::body::to_bytes(body, UPLOAD_LIMIT).await else {
        return refusal(
            StatusCode::PAYLOAD_TOO_LARGE,
            "SIZE_INVALID",
            "the body is too large or broke off",
        );
    };
    let query = url::form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes());
    let query: Vec<(String, String)> = query.into_owned().collect();
    let call =
        Call { store: &registry.store, method: parts.method, query, headers: parts.headers, body };
    let path = parts.uri.path().to_owned();
    // A folder as storage is written synchronously; the demo's images are a few hundred bytes.
    let answered = match target(&path) {
        Some(Target::Root) => Ok(axum::Json(json!({})).into_response()),
        Some(Target::Catalog) => {
            Ok(axum::Json(json!({"repositories": call.store.repository_names()})).into_response())
        }
        Some(Target::Tags(name)) => Ok(call.tags(name, registry.tags_per_page)),
        Some(Target::Manifest(name, reference)) => call.manifest(name, reference),
        Some(Target::Blob(name, digest)) => call.blob(name, digest),
        Some(Target::Uploads(name)) => call.start_upload(name),
        Some(Target::Upload(name, id)) => call.upload(name, id),
        Some(Target::Referrers(name, digest)) => Ok(call.referrers(name, digest)),
        None => Ok(refusal(StatusCode::NOT_FOUND, "NAME_UNKNOWN", "no such route")),
    };
    let mut response = answered.unwrap_or_else(|error| {
        tracing::error!(%error, "the local registry cannot write");
        refusal(
            StatusCode::INTERNAL_SERVER_ERROR,
            "UNKNOWN",
            "the registry cannot write to its folder",
        )
    });
    let version = HeaderValue::from_static("registry/2.0");
    response.headers_mut().insert("docker-distribution-api-version", version);
    response
}

fn refusal(status: StatusCode, code: &str, message: &str) -> Response {
    (status, axum::Json(json!({"errors": [{"code": code, "message": message}]}))).into_response()
}

fn with(mut response: Response, name: header::HeaderName, value: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
    response
}

const DIGEST: header::HeaderName = header::HeaderName::from_static("docker-content-digest");

struct Call<'a> {
    store: &'a Store,
    method: Method,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
}

impl Call<'_> {
    fn asked(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn tags(&self, name: &str, per_page: usize) -> Response {
        if !self.store.has_repository(name) {
            return refusal(StatusCode::NOT_FOUND, "NAME_UNKNOWN", "no such repository");
        }
        let after = self.asked("last").unwrap_or_default();
        let mut tags: Vec<String> =
            self.store.tags(name).into_iter().filter(|tag| tag.as_str() > after).collect();
        let asked = self.asked("n").and_then(|count| count.parse::<usize>().ok());
        let limit = [asked, Some(per_page).filter(|limit| *limit > 0)].into_iter().flatten().min();
        let Some(limit) = limit.filter(|limit| *limit < tags.len()) else {
            return axum::Json(json!({"name": name, "tags": tags})).into_response();
        };
        tags.truncate(limit);
        let last = tags.last().cloned().unwrap_or_default();
        let response = axum::Json(json!({"name": name, "tags": tags})).into_response();
        with(
            response,
            header::LINK,
            &format!("</v2/{name}/tags/list?n={limit}&last={last}>; rel=\"next\""),
        )
    }

    fn manifest(&self, name: &str, reference: &str) -> std::io::Result<Response> {
        match self.method {
            Method::GET | Method::HEAD => Ok(match self.store.manifest(name, reference) {
                Some((digest, content)) => self.content(&digest, &content.media_type, content.body),
                None => refusal(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN", "no such manifest"),
            }),
            Method::PUT => self.put_manifest(name, reference),
            Method::DELETE if self.store.delete_manifest(name, reference)? => {
                Ok(StatusCode::ACCEPTED.into_response())
            }
            Method::DELETE => {
                Ok(refusal(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN", "no such manifest"))
            }
            _ => Ok(refusal(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED", "not for manifests")),
        }
    }

    fn put_manifest(&self, name: &str, reference: &str) -> std::io::Result<Response> {
        if check_name(name).is_err() {
            return Ok(refusal(StatusCode::BAD_REQUEST, "NAME_INVALID", "not a repository name"));
        }
        let parsed: Result<Value, _> = serde_json::from_slice(&self.body);
        let Some(manifest) = parsed.ok().filter(|_| self.body.len() <= MANIFEST_LIMIT) else {
            return Ok(refusal(
                StatusCode::BAD_REQUEST,
                "MANIFEST_INVALID",
                "the manifest is not JSON",
            ));
        };
        if reference.starts_with("sha256:") && digest_of(&self.body) != reference {
            return Ok(refusal(
                StatusCode::BAD_REQUEST,
                "DIGEST_INVALID",
                "the digest is not that of the manifest",
            ));
        }
        if let Some(missing) = self.missing_part(name, &manifest) {
            return Ok(refusal(
                StatusCode::NOT_FOUND,
                "MANIFEST_BLOB_UNKNOWN",
                &format!("{missing} is not here"),
            ));
        }
        let given = self.header(header::CONTENT_TYPE);
        let media_type = if given.is_empty() {
            manifest["mediaType"].as_str().unwrap_or(MANIFEST_TYPE)
        } else {
            given
        };
        let content = Content { media_type: media_type.to_owned(), body: self.body.clone() };
        let tag = (!reference.starts_with("sha256:")).then_some(reference);
        let digest = self.store.put_manifest(name, tag, content)?;
        let mut response = created(&format!("/v2/{name}/manifests/{digest}"), &digest);
        if let Some(subject) = manifest["subject"]["digest"].as_str() {
            response = with(response, header::HeaderName::from_static("oci-subject"), subject);
        }
        Ok(response)
    }

    /// A manifest whose parts were not pushed first is refused, as registries do.
    fn missing_part(&self, name: &str, manifest: &Value) -> Option<String> {
        let digests = |key: &str| {
            let parts = manifest[key].as_array().into_iter().flatten();
            parts.filter_map(|part| part["digest"].as_str().map(str::to_owned)).collect::<Vec<_>>()
        };
        let config = manifest["config"]["digest"].as_str().map(str::to_owned);
        let blobs = config.into_iter().chain(digests("layers"));
        let blob = blobs.into_iter().find(|digest| self.store.blob(name, digest).is_none());
        blob.or_else(|| {
            digests("manifests")
                .into_iter()
                .find(|digest| self.store.manifest(name, digest).is_none())
        })
    }

    fn blob(&self, name: &str, digest: &str) -> std::io::Result<Response> {
        match self.method {
            Method::GET | Method::HEAD => Ok(match self.store.blob(name, digest) {
                Some(body) => self.content(digest, "application/octet-stream", body),
                None => refusal(StatusCode::NOT_FOUND, "BLOB_UNKNOWN", "no such blob"),
            }),
            Method::DELETE if self.store.delete_blob(name, digest)? => {
                Ok(StatusCode::ACCEPTED.into_response())
            }
            Method::DELETE => Ok(refusal(StatusCode::NOT_FOUND, "BLOB_UNKNOWN", "no such blob")),
            _ => Ok(refusal(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED", "not for blobs")),
        }
    }

    fn content(&self, digest: &str, media_type: &str, body: Bytes) -> Response {
        let length = body.len().to_string();
        let response =
            if self.method == Method::HEAD { ().into_response() } else { body.into_response() };
        let response = with(response, header::CONTENT_TYPE, media_type);
        let response = with(response, header::CONTENT_LENGTH, &length);
        with(response, DIGEST, digest)
    }

    fn start_upload(&self, name: &str) -> std::io::Result<Response> {
        if self.method != Method::POST {
            return Ok(refusal(
                StatusCode::METHOD_NOT_ALLOWED,
                "UNSUPPORTED",
                "uploads start with POST",
            ));
        }
        if check_name(name).is_err() {
            return Ok(refusal(StatusCode::BAD_REQUEST, "NAME_INVALID", "not a repository name"));
        }
        if let (Some(digest), Some(from)) = (self.asked("mount"), self.asked("from"))
            && self.store.mount(name, digest, from)?
        {
            return Ok(created(&format!("/v2/{name}/blobs/{digest}"), digest));
        }
        if let Some(digest) = self.asked("digest") {
            return self.store_blob(name, digest, &self.body);
        }
        let id = self.store.start_upload();
        Ok(in_progress(StatusCode::ACCEPTED, name, &id, 0))
    }

    fn upload(&self, name: &str, id: &str) -> std::io::Result<Response> {
        let unknown = || refusal(StatusCode::NOT_FOUND, "BLOB_UPLOAD_UNKNOWN", "no such upload");
        let Some(size) = self.store.upload_size(id) else { return Ok(unknown()) };
        match self.method {
            Method::GET => Ok(in_progress(StatusCode::NO_CONTENT, name, id, size)),
            Method::PATCH => {
                let starts = self
                    .header(header::CONTENT_RANGE)
                    .split('-')
                    .next()
                    .and_then(|start| start.parse().ok());
                if starts.is_some_and(|start: usize| start != size) {
                    return Ok(in_progress(StatusCode::RANGE_NOT_SATISFIABLE, name, id, size));
                }
                let Some(size) = self.store.append(id, &self.body) else { return Ok(unknown()) };
                Ok(in_progress(StatusCode::ACCEPTED, name, id, size))
            }
            Method::PUT => {
                let appended = self.store.append(id, &self.body);
                let (Some(_), Some(digest)) = (appended, self.asked("digest")) else {
                    return Ok(refusal(
                        StatusCode::BAD_REQUEST,
                        "DIGEST_INVALID",
                        "a digest is needed to finish",
                    ));
                };
                let Some(body) = self.store.finish_upload(id) else { return Ok(unknown()) };
                self.store_blob(name, digest, &body)
            }
            Method::DELETE => {
                self.store.finish_upload(id);
                Ok(StatusCode::NO_CONTENT.into_response())
            }
            _ => Ok(refusal(StatusCode::METHOD_NOT_ALLOWED, "UNSUPPORTED", "not for uploads")),
        }
    }

    fn store_blob(&self, name: &str, digest: &str, body: &[u8]) -> std::io::Result<Response> {
        if digest_of(body) != digest {
            return Ok(refusal(
                StatusCode::BAD_REQUEST,
                "DIGEST_INVALID",
                "the digest is not that of the blob",
            ));
        }
        self.store.put_blob(name, body)?;
        Ok(created(&format!("/v2/{name}/blobs/{digest}"), digest))
    }

    fn referrers(&self, name: &str, digest: &str) -> Response {
        let wanted = self.asked("artifactType");
        let mut manifests = Vec::new();
        for (own_digest, content) in self.store.manifests(name) {
            let parsed: Value = serde_json::from_slice(&content.body).unwrap_or_default();
            let kind =
                parsed["artifactType"].as_str().or_else(|| parsed["config"]["mediaType"].as_str());
            if parsed["subject"]["digest"].as_str() != Some(digest)
                || wanted.is_some_and(|wanted| kind != Some(wanted))
            {
                continue;
            }
            let mut descriptor = json!({"mediaType": content.media_type, "digest": own_digest, "size": content.body.len()});
            if let Some(kind) = kind {
                descriptor["artifactType"] = json!(kind);
            }
            if parsed["annotations"].is_object() {
                descriptor["annotations"] = parsed["annotations"].clone();
            }
            manifests.push(descriptor);
        }
        let index = json!({"schemaVersion": 2, "mediaType": INDEX_TYPE, "manifests": manifests});
        let mut response =
            with(index.to_string().into_response(), header::CONTENT_TYPE, INDEX_TYPE);
        if wanted.is_some() {
            response = with(
                response,
                header::HeaderName::from_static("oci-filters-applied"),
                "artifactType",
            );
        }
        response
    }
}

fn created(location: &str, digest: &str) -> Response {
    with(with(StatusCode::CREATED.into_response(), header::LOCATION, location), DIGEST, digest)
}

fn in_progress(status: StatusCode, name: &str, id: &str, size: usize) -> Response {
    let response =
        with(status.into_response(), header::LOCATION, &format!("/v2/{name}/blobs/uploads/{id}"));
    let response = with(response, header::RANGE, &format!("0-{}", size.saturating_sub(1)));
    with(response, header::HeaderName::from_static("docker-upload-uuid"), id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths() {
        assert_eq!(target("/v2/"), Some(Target::Root));
        assert_eq!(target("/v2/a/b/tags/list"), Some(Target::Tags("a/b")));
        assert_eq!(target("/v2/a/b/manifests/v1"), Some(Target::Manifest("a/b", "v1")));
        assert_eq!(target("/v2/a/blobs/uploads/"), Some(Target::Uploads("a")));
        assert_eq!(target("/v2/a/blobs/uploads/7"), Some(Target::Upload("a", "7")));
        assert_eq!(target("/v2/a/blobs/sha256:1"), Some(Target::Blob("a", "sha256:1")));
        assert_eq!(target("/v1/a"), None);
        assert_eq!(target("/v2/a"), None);
    }
}
