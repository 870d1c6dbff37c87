//! The policy against real sockets on this machine.

use super::*;

fn outbound(policy: OutboundPolicy) -> Outbound {
    Outbound::new(policy).unwrap()
}

fn get(url: &str) -> OutboundRequest {
    OutboundRequest::new(Method::GET, Url::parse(url).unwrap())
}

async fn serve(router: axum::Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

#[tokio::test]
async fn loopback_is_refused_by_literal_and_by_name_unless_allowed() {
    let address =
        serve(axum::Router::new().route("/", axum::routing::get(|| async { "hello" }))).await;
    let literal = format!("http://{address}/");
    let named = format!("http://localhost:{}/", address.port());
    for url in [
        &literal,
        &named,
        &"http://169.254.169.254/latest".to_owned(),
        &"http://[::ffff:10.0.0.1]/".to_owned(),
    ] {
        let error = outbound(OutboundPolicy::default()).exchange(get(url)).await.unwrap_err();
        assert!(matches!(error, OutboundError::Refused { .. }), "{url}: {error:?}");
    }
    let allowed = outbound(OutboundPolicy { allow_loopback: true, ..OutboundPolicy::default() });
    assert_eq!(allowed.exchange(get(&literal)).await.unwrap().body, "hello");
    assert_eq!(allowed.exchange(get(&named)).await.unwrap().body, "hello");
    let by_name = outbound(OutboundPolicy {
        allowed_hosts: vec!["localhost".into()],
        ..OutboundPolicy::default()
    });
    assert_eq!(by_name.exchange(get(&named)).await.unwrap().body, "hello");
    by_name.exchange(get(&literal)).await.unwrap_err();
}

#[tokio::test]
async fn redirects_are_checked_too() {
    let router = axum::Router::new()
        .route(
            "/away",
            axum::routing::get(|| async {
                axum::response::Redirect::temporary("http://169.254.169.254/")
            }),
        )
        .route(
            "/loop",
            axum::routing::get(|| async { axum::response::Redirect::temporary("/loop") }),
        );
    let address = serve(router).await;
    let client = outbound(OutboundPolicy::one_machine());
    let error = client.exchange(get(&format!("http://{address}/away"))).await.unwrap_err();
    assert!(matches!(error, OutboundError::Refused { .. }), "{error:?}");
    let error = client.exchange(get(&format!("http://{address}/loop"))).await.unwrap_err();
    assert!(matches!(error, OutboundError::TooManyRedirects { .. }), "{error:?}");
    let direct =
        OutboundRequest { follow_redirects: false, ..get(&format!("http://{address}/away")) };
    assert_eq!(client.exchange(direct).await.unwrap().status, StatusCode::TEMPORARY_REDIRECT);
}

#[tokio::test]
async fn answers_are_bounded_in_bytes_and_time() {
    let router = axum::Router::new()
        .route("/large", axum::routing::get(|| async { "x".repeat(5000) }))
        .route("/never", axum::routing::get(std::future::pending::<()>));
    let address = serve(router).await;
    let client = outbound(OutboundPolicy::one_machine());
    let large = OutboundRequest { maximum_body: 4999, ..get(&format!("http://{address}/large")) };
    let error = client.exchange(large).await.unwrap_err();
    assert!(matches!(error, OutboundError::BodyTooLarge { limit: 4999, .. }), "{error:?}");
    let never = OutboundRequest {
        timeout: Some(Duration::from_millis(50)),
        ..get(&format!("http://u:p@{address}/never?t=1"))
    };
    let error = client.exchange(never).await.unwrap_err();
    assert_eq!(error.to_string(), format!("http://{address}/never did not answer within 50ms"));
}

#[tokio::test]
async fn a_closed_port_and_a_dropped_connection_have_their_own_errors() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let dropping = tokio::spawn(async move {
        let _dropped = listener.accept().await;
    });
    let client = outbound(OutboundPolicy::one_machine());
    let error = client.exchange(get(&format!("http://{address}/"))).await.unwrap_err();
    assert!(matches!(error, OutboundError::Dropped { .. }), "{error:?}");
    dropping.await.unwrap();
    let error = client.exchange(get(&format!("http://{address}/"))).await.unwrap_err();
    assert!(matches!(error, OutboundError::Connect { .. }), "{error:?}");
    assert!(error.retryable());
}
