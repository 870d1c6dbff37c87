//! The web UI: files embedded in the binary, compressed beforehand, with a page for every path the UI routes itself.

use std::borrow::Cow;
use std::path::PathBuf;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use rust_embed::{EmbeddedFile, RustEmbed};

use crate::App;
use crate::error::ApiError;

/// Made by `build.rs`: the built UI, or a page that says how to build it.
#[derive(RustEmbed)]
#[folder = "$OUT_DIR/ui"]
struct Files;

/// Largest file served from a folder; embedded files are bounded by the build.
const MAX_FILE_BYTES: u64 = 32 * 1024 * 1024;

/// Serves a file, or the page itself where no file is meant.
pub(crate) async fn serve(
    State(app): State<App>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let path = uri.path();
    if path == "/v1beta1" || path.starts_with("/v1beta1/") {
        return ApiError::not_found("there is no such operation").into_response();
    }
    if method != Method::GET && method != Method::HEAD {
        let message = "only GET is possible here";
        return ApiError::new(StatusCode::METHOD_NOT_ALLOWED, message).into_response();
    }
    let name = path.trim_start_matches('/');
    let found = find(&app, name, &headers).await;
    match found {
        Some(response) => response,
        // A missing script must not be answered with a page; a missing page is a route of the UI.
        None if looks_like_file(name) => {
            ApiError::not_found("there is no such file").into_response()
        }
        None => find(&app, "index.html", &headers).await.unwrap_or_else(|| {
            ApiError::not_found("the UI is not part of this build").into_response()
        }),
    }
}

fn looks_like_file(name: &str) -> bool {
    name.starts_with("assets/")
        || name.rsplit('/').next().is_some_and(|last| {
            let extension = last.rsplit_once('.').map(|(_, extension)| extension);
            matches!(
                extension,
                Some(
                    "js" | "mjs" | "css" | "map" | "png" | "svg" | "ico" | "json" | "txt" | "woff2"
                )
            )
        })
}

async fn find(app: &App, name: &str, headers: &HeaderMap) -> Option<Response> {
    if !is_plain(name) {
        return None;
    }
    match &app.config.ui_directory {
        Some(folder) => from_folder(folder.join(name), name).await,
        None => embedded(name, headers),
    }
}

/// Whether a path stays below its folder and names no hidden or compressed twin.
fn is_plain(name: &str) -> bool {
    let plain = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains('\\');
    name.split('/').all(plain) && !name.ends_with(".gz") && !name.contains('\0')
}

async fn from_folder(path: PathBuf, name: &str) -> Option<Response> {
    let about = tokio::fs::metadata(&path).await.ok()?;
    if !about.is_file() || about.len() > MAX_FILE_BYTES {
        return None;
    }
    let bytes = tokio::fs::read(&path).await.ok()?;
    let mut response = bytes.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    Some(response)
}

fn embedded(name: &str, headers: &HeaderMap) -> Option<Response> {
    let accepts_gzip = headers
        .get(header::ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| value.split(',').any(|word| word.trim().starts_with("gzip")));
    let compressed = accepts_gzip.then(|| Files::get(&format!("{name}.gz"))).flatten();
    let is_compressed = compressed.is_some();
    let file = compressed.or_else(|| Files::get(name))?;
    let tag = entity_tag(&file)?;
    let mut response = if headers.get(header::IF_NONE_MATCH) == Some(&tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        match file.data {
            Cow::Borrowed(bytes) => bytes.into_response(),
            Cow::Owned(bytes) => bytes.into_response(),
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type(name)));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    headers.insert(header::ETAG, tag);
    if is_compressed {
        headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    // Files below assets/ carry a hash in their name; everything else may change with the next version.
    let caching = if name.starts_with("assets/") {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    Some(response)
}

fn entity_tag(file: &EmbeddedFile) -> Option<HeaderValue> {
    use std::fmt::Write;
    let mut tag = String::from("\"");
    for byte in file.metadata.sha256_hash().iter().take(12) {
        write!(tag, "{byte:02x}").ok()?;
    }
    tag.push('"');
    HeaderValue::from_str(&tag).ok()
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("css") => "text/css; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some("ico") => "image/x-icon",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("json" | "map") => "application/json",
        Some("png") => "image/png",
        Some("svg") => "image/svg+xml",
        Some("txt") => "text/plain; charset=utf-8",
        Some("wasm") => "application/wasm",
        Some("webmanifest") => "application/manifest+json",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_leave_their_folder_are_no_files() {
        for bad in ["", "../a", "a/../b", "/etc/passwd", "a//b", ".git/config", "a\\b", "x.js.gz"] {
            assert!(!is_plain(bad), "{bad}");
        }
        assert!(is_plain("assets/index-1a2b.js"));
    }

    #[test]
    fn scripts_are_files_and_promotions_are_not() {
        assert!(looks_like_file("assets/x"));
        assert!(looks_like_file("theme.js"));
        assert!(!looks_like_file("p/demo/promotions/prod.01arz.abc1234"));
        assert!(!looks_like_file("p/demo"));
    }
}
