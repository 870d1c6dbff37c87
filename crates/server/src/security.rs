//! What keeps a browser honest: response headers, and refusing requests that another site sends in the user's name.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};

use crate::error::{ApiError, Result};

/// No inline script or style, nothing from elsewhere, not to be framed.
const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
     img-src 'self' data:; font-src 'self'; connect-src 'self'; manifest-src 'self'; \
     worker-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

const HEADERS: [(HeaderName, HeaderValue); 6] = [
    (header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(CONTENT_SECURITY_POLICY)),
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("cross-origin-opener-policy"),
        HeaderValue::from_static("same-origin"),
    ),
    (
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    ),
];

/// Adds the security headers to every answer; API answers are never cached unless they say so.
pub(crate) async fn add_headers(request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/v1beta1");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, value);
    }
    if is_api && !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// How the caller proved who they are, as far as other sites could abuse it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Credential {
    /// An Authorization header, which no other site can add.
    Bearer,
    /// A cookie, which the browser adds by itself.
    Cookie,
    /// Nothing: authentication is off, and whoever reaches us is let in.
    Nothing,
}

/// Refuses what a page of another site could have caused.
pub(crate) fn check_origin(
    credential: Credential,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    base_host: Option<&str>,
) -> Result<()> {
    if credential == Credential::Bearer {
        return Ok(());
    }
    // HTTP/2 names the host in the URI.
    let host = text(headers, &header::HOST).or_else(|| uri.authority().map(|a| a.as_str()));
    if credential == Credential::Nothing {
        // A name that resolves to loopback today could belong to anyone (DNS rebinding).
        let trusted = host.is_none_or(|host| is_loopback(host) || Some(host) == base_host);
        if !trusted {
            return Err(ApiError::forbidden(
                "without authentication this server answers to localhost only; \
                 the Host header names something else",
            ));
        }
    }
    if method.is_safe() {
        return Ok(());
    }
    let ours = |origin: &str| {
        let authority = origin.split_once("://").map_or(origin, |(_, authority)| authority);
        Some(authority) == host || Some(authority) == base_host
    };
    let site = text(headers, &HeaderName::from_static("sec-fetch-site"));
    let allowed = match (text(headers, &header::ORIGIN), site) {
        (Some(origin), _) => ours(origin),
        (None, Some(site)) => site == "same-origin",
        // No browser sends a cross-site write without either header; a command line tool does.
        (None, None) => credential == Credential::Nothing,
    };
    if allowed {
        return Ok(());
    }
    Err(ApiError::forbidden("this request did not come from a page of this server"))
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost"
        || name.ends_with(".localhost")
        || address.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(credential: Credential, method: Method, headers: &[(&str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name: HeaderName = name.parse().unwrap();
            map.insert(name, HeaderValue::from_str(value).unwrap());
        }
        check_origin(credential, &method, &Uri::from_static("/"), &map, Some("kargo.example.com"))
            .is_ok()
    }

    #[test]
    fn cookies_need_our_own_page() {
        let host = ("host", "kargo.example.com");
        let cookie = Credential::Cookie;
        assert!(check(cookie, Method::GET, &[host]));
        assert!(check(cookie, Method::POST, &[host, ("origin", "https://kargo.example.com")]));
        assert!(check(cookie, Method::POST, &[host, ("sec-fetch-site", "same-origin")]));
        assert!(!check(cookie, Method::POST, &[host]));
        assert!(!check(cookie, Method::POST, &[host, ("origin", "https://evil.example.com")]));
        assert!(!check(cookie, Method::POST, &[host, ("origin", "null")]));
        assert!(!check(cookie, Method::DELETE, &[host, ("sec-fetch-site", "same-site")]));
        let both =
            [host, ("origin", "https://evil.example.com"), ("sec-fetch-site", "same-origin")];
        assert!(!check(cookie, Method::PUT, &both));
    }

    #[test]
    fn without_authentication_only_loopback_is_answered() {
        let none = Credential::Nothing;
        for host in ["localhost:8080", "127.0.0.1:8080", "[::1]:8080", "kargo.example.com"] {
            assert!(check(none, Method::POST, &[("host", host)]), "{host}");
        }
        for host in ["evil.example.com", "127.0.0.1.evil.example.com:8080", "10.0.0.1"] {
            assert!(!check(none, Method::GET, &[("host", host)]), "{host}");
        }
        let evil = [("host", "localhost:8080"), ("origin", "http://evil.example.com")];
        assert!(!check(none, Method::POST, &evil));
    }

    #[test]
    fn bearer_tokens_cannot_be_borrowed() {
        let evil = [("host", "x"), ("origin", "http://evil.example.com")];
        assert!(check(Credential::Bearer, Method::POST, &evil));
    }
}
