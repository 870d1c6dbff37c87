//! Certificates nobody vouches for, and proxies.
use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::{Outcome, StepError, steps::find, testing::Bench};

/// A server with a certificate of its own making, that knows `/ok` and nothing else.
async fn server() -> SocketAddr {
    let _already = rustls::crypto::ring::default_provider().install_default();
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let certificate = made.cert.pem().into_bytes();
    let key = made.signing_key.serialize_pem().into_bytes();
    let config = axum_server::tls_rustls::RustlsConfig::from_pem(certificate, key).await.unwrap();
    let router = axum::Router::new().route("/ok", axum::routing::get(|| async { "{}" }));
    let handle = axum_server::Handle::new();
    let serving = axum_server::bind_rustls("127.0.0.1:0".parse().unwrap(), config);
    tokio::spawn(serving.handle(handle.clone()).serve(router.into_make_service()));
    handle.listening().await.unwrap()
}

async fn run(step: &str, config: Value) -> Result<Outcome, StepError> {
    Bench::new().run(find(step).unwrap(), config).await
}

#[tokio::test]
async fn a_certificate_is_checked_unless_told_otherwise() {
    let server = server().await;
    let http =
        |skip: bool| json!({"url": format!("https://{server}/ok"), "insecureSkipTLSVerify": skip});
    let error = run("http", http(false)).await.unwrap_err().chain();
    assert!(error.contains("certificate"), "{error}");
    run("http", http(true)).await.unwrap();

    // There is no repository here, which git finds out once it trusts the server.
    for (skip, told) in [(false, "no secure connection"), (true, "there is no git repository")] {
        let config = json!({"repoURL": format!("https://{server}/r.git"), "checkout": [{"path": "a"}],
            "insecureSkipTLSVerify": skip});
        let error = run("git-clone", config).await.unwrap_err().chain();
        assert!(error.contains(told), "{error}");
    }
}

#[tokio::test]
async fn a_request_goes_through_its_proxy() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let router = axum::Router::new().fallback(|uri: axum::http::Uri| async move {
        ([("content-type", "text/plain")], uri.to_string())
    });
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    let outputs = json!([{"name": "asked", "fromExpression": "response.body"}]);
    let config = json!({"url": "http://nowhere.invalid/x?y=1", "proxy": proxy, "outputs": outputs});
    let expected = json!({ "asked": "http://nowhere.invalid/x?y=1" });
    assert_eq!(run("http", config).await.unwrap(), Outcome::Done { output: expected });
}
