//! The registry client against the local registry, with everything a registry can do wrong.

use std::collections::BTreeMap;
use std::time::Duration;

use integrations::credentials::Credentials;
use integrations::local_servers::{BasicUser, Fault, OciRegistry, OciRegistryOptions};
use integrations::oci::{OciError, PlatformName, Registries, RegistrySettings, RepositoryAccess};
use integrations::outbound::{Outbound, OutboundPolicy};
use jiff::Timestamp;

fn client() -> Registries {
    client_with(RegistrySettings { rate: 1000, ..RegistrySettings::default() })
}

fn client_with(settings: RegistrySettings) -> Registries {
    Registries::new(Outbound::new(OutboundPolicy::one_machine()).unwrap(), settings)
}

async fn registry() -> OciRegistry {
    OciRegistry::start(OciRegistryOptions { tags_per_page: 7, ..OciRegistryOptions::default() })
        .await
        .unwrap()
}

fn access(registry: &OciRegistry, repository: &str) -> RepositoryAccess {
    RepositoryAccess::new("project", &registry.repository_url(repository)).unwrap()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[tokio::test]
async fn tags_are_read_page_by_page() {
    let registry = registry().await;
    for number in 0..20 {
        registry
            .publish_image("app", &format!("1.0.{number}"), time("2026-01-01T00:00:00Z"))
            .unwrap();
    }
    let client = client();
    let access = access(&registry, "app");
    let tags = client.tags(&access).await.unwrap();
    assert_eq!(tags, registry.tags("app"));
    let requests = registry.faults().take_requests();
    let listing = requests.iter().filter(|line| line.contains("/tags/list")).count();
    assert_eq!(listing, 3, "{requests:?}");
    let few = client_with(RegistrySettings { maximum_tags: 10, ..RegistrySettings::default() });
    let error = few.tags(&access).await.unwrap_err();
    assert!(matches!(error, OciError::TooManyTags { limit: 10, .. }), "{error:?}");
    let missing = RepositoryAccess::new("project", &registry.repository_url("nothing")).unwrap();
    let error = client.tags(&missing).await.unwrap_err();
    assert!(matches!(error, OciError::NotFound { .. }), "{error:?}");
}

#[tokio::test]
async fn each_content_is_read_once_and_older_tags_are_remembered() {
    let registry = registry().await;
    let created = time("2026-01-02T03:04:05Z");
    let annotations = BTreeMap::from([(
        "org.opencontainers.image.source".to_owned(),
        "https://x.example".to_owned(),
    )]);
    let mut tags = Vec::new();
    for number in (0..6).rev() {
        let tag = format!("1.0.{number}");
        registry.publish_image_with("app", &tag, created, &annotations).unwrap();
        tags.push(tag);
    }
    let client = client();
    let access = access(&registry, "app");
    let described = client.describe_newest(&access, &tags, None).await.unwrap();
    assert_eq!(
        described.iter().map(|(tag, _)| tag).collect::<Vec<_>>(),
        tags.iter().collect::<Vec<_>>()
    );
    assert_eq!(
        (described[0].1.created, &described[0].1.annotations),
        (Some(created), &annotations)
    );
    let _first = registry.faults().take_requests();
    let again = client.describe_newest(&access, &tags, None).await.unwrap();
    assert_eq!(again, described);
    let requests = registry.faults().take_requests();
    assert_eq!(requests.len(), 3, "one HEAD for each of the newest three: {requests:?}");
    assert!(requests.iter().all(|line| line.starts_with("HEAD ")));

    let moved = registry.publish_image("app", "1.0.5", time("2026-02-02T00:00:00Z")).unwrap();
    let image = client.describe(&access, "1.0.5", None).await.unwrap().unwrap();
    assert_eq!(
        (image.digest.as_str(), image.created),
        (moved.as_str(), Some(time("2026-02-02T00:00:00Z")))
    );
    assert_eq!(client.digest(&access, "nothing").await.unwrap(), None);
    assert_eq!(client.describe(&access, "nothing", None).await.unwrap(), None);
    client.digest(&access, "../x").await.unwrap_err();
}

#[tokio::test]
async fn platforms_of_indexes_and_single_images() {
    let registry = registry().await;
    let created = time("2026-01-02T03:04:05Z");
    let index = registry.publish_index(
        "multi",
        "1",
        created,
        &[("linux", "amd64"), ("linux", "arm64"), ("unknown", "unknown")],
    );
    let index = index.unwrap();
    registry.publish_image("single", "1", created).unwrap();
    let client = client();
    let arm = |platform: &PlatformName| platform.architecture == "arm64";
    let multi = access(&registry, "multi");
    let image = client.describe(&multi, "1", Some(&arm)).await.unwrap().unwrap();
    assert_eq!(
        (image.digest.as_str(), image.created, image.platforms.len()),
        (index.as_str(), Some(created), 1)
    );
    assert_eq!(client.describe(&multi, "1", None).await.unwrap().unwrap().platforms.len(), 2);
    let single = access(&registry, "single");
    assert_eq!(client.describe(&single, "1", Some(&arm)).await.unwrap(), None);
    let amd = |platform: &PlatformName| platform.architecture == "amd64";
    assert!(client.describe(&single, "1", Some(&amd)).await.unwrap().is_some());
    registry.publish_index("odd", "1", created, &[("unknown", "unknown")]).unwrap();
    let error = client.describe(&access(&registry, "odd"), "1", None).await.unwrap_err();
    assert!(matches!(error, OciError::NoPlatforms { .. }), "{error:?}");
}

#[tokio::test]
async fn signing_in() {
    let user = BasicUser { username: "ann".into(), password: "secret".into() };
    let options = OciRegistryOptions { user: Some(user), ..OciRegistryOptions::default() };
    let registry = OciRegistry::start(options).await.unwrap();
    registry.publish_image("app", "1", time("2026-01-01T00:00:00Z")).unwrap();
    let client = client();
    let nobody = access(&registry, "app");
    let wrong = nobody.clone().with_credentials(Some(Credentials::basic("ann", "wrong")));
    let right = nobody.clone().with_credentials(Some(Credentials::basic("ann", "secret")));
    for access in [&nobody, &wrong] {
        let error = client.tags(access).await.unwrap_err();
        assert!(matches!(error, OciError::Authentication { .. }), "{error:?}");
    }
    assert_eq!(client.tags(&right).await.unwrap(), ["1"]);
    let _earlier = registry.faults().take_requests();
    client.tags(&right).await.unwrap();
    assert_eq!(registry.faults().take_requests().len(), 1, "the sign-in is remembered");
    let error = client.tags(&wrong).await.unwrap_err();
    assert!(matches!(error, OciError::Authentication { .. }), "{error:?}");
}

#[tokio::test]
async fn every_failure_has_one_clear_error() {
    let registry = registry().await;
    registry.publish_image("app", "1", time("2026-01-01T00:00:00Z")).unwrap();
    let client = client_with(RegistrySettings {
        timeout: Duration::from_millis(300),
        ..RegistrySettings::default()
    });
    let access = access(&registry, "app");
    let host = registry.host();
    client.tags(&access).await.unwrap();

    registry.faults().always("/tags/list", Fault::Hang);
    let error = client.tags(&access).await.unwrap_err();
    assert_eq!(error.to_string(), format!("registry {host} did not answer within 300ms"));
    assert!(error.retryable());
    registry.faults().clear();

    registry.faults().always("/tags/list", Fault::Drop);
    let error = client.tags(&access).await.unwrap_err();
    assert!(matches!(&error, OciError::Outbound { .. }) && error.retryable(), "{error:?}");
    registry.faults().clear();

    for (status, retryable) in [(500, true), (401, false), (403, false), (418, false)] {
        registry.faults().next(1, "/tags/list", Fault::Status(status));
        let error = client.tags(&access).await.unwrap_err();
        assert_eq!(error.retryable(), retryable, "{status}: {error}");
    }
    assert_eq!(client.tags(&access).await.unwrap(), ["1"]);
    drop(registry);
    let closed = RepositoryAccess::new("project", "127.0.0.1:1/app").unwrap();
    let error = client.tags(&closed).await.unwrap_err();
    assert!(matches!(&error, OciError::Outbound { .. }) && error.retryable(), "{error:?}");
    let strict = Registries::new(
        Outbound::new(OutboundPolicy::default()).unwrap(),
        RegistrySettings::default(),
    );
    let error = strict.tags(&closed).await.unwrap_err();
    assert!(!error.retryable(), "{error:?}");
}
