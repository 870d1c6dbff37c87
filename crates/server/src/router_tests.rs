//! The whole router against a Kubernetes API that knows nobody: what an anonymous caller gets, path by path.

use std::sync::Arc;

use axum::body::Body;
use http::{Method, Request, StatusCode, header};
use http_body_util::BodyExt;
use integrations::clock::SystemClock;
use tower::ServiceExt;

use super::*;

/// A Kubernetes API that finds nothing and accepts no token.
fn nobody() -> kube::Client {
    let service = tower::service_fn(|request: Request<kube::client::Body>| async move {
        let review = request.uri().path().ends_with("/tokenreviews");
        let (code, body) = match review {
            true => (201, serde_json::json!({ "spec": {}, "status": { "authenticated": false } })),
            false => (
                404,
                serde_json::json!({
                    "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                    "code": 404, "reason": "NotFound", "message": "nothing is here",
                }),
            ),
        };
        let body = axum::body::Body::from(body.to_string());
        http::Response::builder().status(code).body(body)
    });
    kube::Client::new(service, "default")
}

fn admin() -> Admin {
    Admin {
        password_hash: bcrypt::hash("right", 4).unwrap(),
        token_signing_key: vec![1; 32],
        token_issuer: "kargo".into(),
        token_audience: "kargo".into(),
        token_lifetime: jiff::SignedDuration::from_hours(24),
        groups: vec!["system:masters".into()],
    }
}

fn server(authentication: Authentication) -> Router {
    router(ServerConfig {
        client: nobody(),
        client_as: impersonating(nobody()),
        clock: Arc::new(SystemClock),
        authentication,
        base_url: None,
        ui_directory: None,
        namespaces: Namespaces::default(),
        secret_management: true,
        build: Build::default(),
        shutdown: CancellationToken::new(),
    })
}

fn locked() -> Router {
    server(Authentication::Tokens { admin: Some(admin()) })
}

async fn ask(
    router: &Router,
    method: &str,
    path: &str,
    headers: &[(header::HeaderName, &str)],
) -> (StatusCode, header::HeaderMap, String) {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(name, *value);
    }
    let request = request.body(Body::empty()).unwrap();
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, String::from_utf8_lossy(&body).into_owned())
}

fn filled(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "some" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn an_anonymous_caller_is_refused_on_every_route() {
    let router = locked();
    for route in ROUTES.iter().filter(|route| !matches!(route.access, Access::Public)) {
        let (method, path) = (route.verb.as_str(), filled(route.path));
        let (status, headers, body) = ask(&router, method, &path, &[]).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path}");
        assert_eq!(body, r#"{"error":"no token provided"}"#, "{method} {path}");
        assert!(headers.contains_key(header::WWW_AUTHENTICATE));
        let bad = [(header::AUTHORIZATION, "Bearer wrong")];
        let (status, _, body) = ask(&router, method, &path, &bad).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {path}");
        assert_eq!(body, r#"{"error":"invalid token"}"#, "{method} {path}");
    }
}

#[tokio::test]
async fn nobody_learns_which_paths_exist() {
    let router = locked();
    for path in ["/v1beta1", "/v1beta1/", "/v1beta1/nothing", "/v1beta1/projects/x/../.."] {
        let (status, ..) = ask(&router, "GET", path, &[]).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{path}");
    }
    let (status, ..) = ask(&router, "PUT", "/v1beta1/projects", &[]).await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn login_and_what_the_token_opens() {
    let router = locked();
    let password = |word: &'static str| [(header::AUTHORIZATION, word)];
    let (status, _, body) = ask(&router, "POST", "/v1beta1/login", &[]).await;
    assert_eq!((status, body.contains("required")), (StatusCode::BAD_REQUEST, true));
    let (status, ..) = ask(&router, "POST", "/v1beta1/login", &password("Bearer wrong")).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (status, _, body) = ask(&router, "POST", "/v1beta1/login", &password("Bearer right")).await;
    assert_eq!(status, StatusCode::OK);
    let body: serde_json::Value = serde_json::from_str(&body).unwrap();
    let token = format!("Bearer {}", body["idToken"].as_str().unwrap());
    let bearer = [(header::AUTHORIZATION, token.as_str())];
    let (status, _, body) = ask(&router, "GET", "/v1beta1/ui/session", &bearer).await;
    assert_eq!(status, StatusCode::OK);
    assert!(body.contains(r#""actor":"admin""#), "{body}");
    let (status, _, body) = ask(&router, "GET", "/v1beta1/projects/x", &bearer).await;
    assert_eq!((status, body.as_str()), (StatusCode::NOT_FOUND, r#"{"error":"nothing is here"}"#));
    let (status, ..) = ask(&router, "GET", "/v1beta1/nothing", &bearer).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
    let (status, ..) = ask(&router, "PUT", "/v1beta1/projects", &bearer).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let router = locked();
    let wrong = [(header::AUTHORIZATION, "Bearer wrong")];
    for _ in 0..10 {
        let (status, ..) = ask(&router, "POST", "/v1beta1/login", &wrong).await;
        assert_eq!(status, StatusCode::FORBIDDEN);
    }
    let right = [(header::AUTHORIZATION, "Bearer right")];
    let (status, headers, _) = ask(&router, "POST", "/v1beta1/login", &right).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
    assert!(headers.contains_key(header::RETRY_AFTER));
}

async fn start_session(router: &Router, body: &str, origin: &str) -> http::Response<Body> {
    let request = Request::builder()
        .method(Method::POST)
        .uri("/v1beta1/ui/session")
        .header(header::HOST, "kargo.example.com")
        .header(header::ORIGIN, origin)
        .body(Body::from(body.to_owned()))
        .unwrap();
    router.clone().oneshot(request).await.unwrap()
}

#[tokio::test]
async fn a_browser_session_is_a_cookie_that_only_our_pages_can_write_with() {
    let router = locked();
    let body = r#"{"password":"right"}"#;
    let other = start_session(&router, body, "https://evil.example.com").await;
    assert_eq!(other.status(), StatusCode::FORBIDDEN);
    let own = start_session(&router, body, "https://kargo.example.com").await;
    assert_eq!(own.status(), StatusCode::OK);
    let cookie = own.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let cookie = cookie.split(';').next().unwrap();
    let host = (header::HOST, "kargo.example.com");
    let read = [host.clone(), (header::COOKIE, cookie)];
    let (status, ..) = ask(&router, "GET", "/v1beta1/ui/session", &read).await;
    assert_eq!(status, StatusCode::OK);
    let path = "/v1beta1/projects/x/stages/y/refresh";
    let (status, ..) = ask(&router, "POST", path, &read).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let ours = (header::ORIGIN, "https://kargo.example.com");
    let (status, ..) = ask(&router, "POST", path, &[host, (header::COOKIE, cookie), ours]).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn without_authentication_everybody_on_this_machine_is_the_administrator() {
    let router = server(Authentication::Off { groups: vec!["system:masters".into()] });
    let local = [(header::HOST, "localhost:8080")];
    let (status, _, body) = ask(&router, "GET", "/v1beta1/ui/session", &local).await;
    assert_eq!(status, StatusCode::OK);
    assert!(body.contains(r#""skipAuth":true"#), "{body}");
    let rebound = [(header::HOST, "evil.example.com")];
    let (status, ..) = ask(&router, "GET", "/v1beta1/ui/session", &rebound).await;
    assert_eq!(status, StatusCode::FORBIDDEN);
    let (_, _, body) = ask(&router, "GET", "/v1beta1/system/public-server-config", &[]).await;
    assert_eq!(body, r#"{"adminAccountEnabled":false,"skipAuth":true}"#);
}

#[tokio::test]
async fn pages_are_served_with_strict_headers_and_routes_of_the_ui_get_the_page() {
    let router = locked();
    for path in ["/", "/p/demo", "/p/demo/promotions/prod.01arz.abc"] {
        let (status, headers, body) = ask(&router, "GET", path, &[]).await;
        assert_eq!(status, StatusCode::OK, "{path}");
        assert!(body.to_lowercase().contains("<!doctype html"), "{path}");
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.contains("frame-ancestors 'none'") && !policy.contains("unsafe-inline"));
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
        let tag = headers[header::ETAG].to_str().unwrap();
        let (status, ..) = ask(&router, "GET", path, &[(header::IF_NONE_MATCH, tag)]).await;
        assert_eq!(status, StatusCode::NOT_MODIFIED);
    }
    for path in ["/assets/none.js", "/none.css", "/../Cargo.toml.json"] {
        let (status, ..) = ask(&router, "GET", path, &[]).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
    }
    let (status, ..) = ask(&router, "POST", "/", &[]).await;
    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED);
    let (status, headers, body) = ask(&router, "GET", "/v1beta1/openapi.json", &[]).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(headers[header::CONTENT_TYPE], "application/json");
    assert!(body.starts_with(r#"{"openapi":"3.1.0""#), "{body}");
    let (status, _, body) = ask(&router, "GET", "/healthz", &[]).await;
    assert_eq!((status, body.as_str()), (StatusCode::OK, r#"{"status":"ok"}"#));
}

#[tokio::test]
async fn bodies_are_bounded_and_complaints_have_our_shape() {
    let router = server(Authentication::Off { groups: Vec::new() });
    let send = |path: &'static str, body: String| {
        let request = Request::builder().method(Method::POST).uri(path).body(Body::from(body));
        router.clone().oneshot(request.unwrap())
    };
    let large = "a".repeat(5 * 1024 * 1024);
    let response = send("/v1beta1/resources", large).await.unwrap();
    assert_eq!(response.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let body = response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(&body[..], br#"{"error":"request body too large"}"#);
    let response = send("/v1beta1/resources", "a: [".into()).await.unwrap();
    assert_eq!(response.status(), StatusCode::BAD_REQUEST);
}
