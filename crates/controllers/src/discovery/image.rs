//! Image subscriptions: tags from the registry, chosen by the rules, described with as few requests as possible.

use api::{DiscoveredImageReference, ImageDiscoveryResult, ImageSubscription, Time};
use integrations::credentials::CredentialKind;
use integrations::oci::{ImageDescription, PlatformName, RepositoryAccess};
use rules::selection::image::{self as selection, Ask};
use rules::selection::platform::Platform;

use super::{Sources, told};

/// Tags described at a time when looking for those with an image for the wanted platform.
const BATCH: usize = 20;

pub(super) async fn discover(
    sources: &Sources,
    project: &str,
    subscription_name: Option<String>,
    subscription: &ImageSubscription,
) -> Result<ImageDiscoveryResult, String> {
    let credentials = sources
        .credentials
        .lookup(project, CredentialKind::Image, &subscription.repo_url)
        .await
        .map_err(|error| told(&error))?;
    let access = RepositoryAccess::new(project, &subscription.repo_url)
        .map_err(|error| told(&error))?
        .with_credentials(credentials)
        .skipping_tls_verify(subscription.insecure_skip_tls_verify.unwrap_or_default());
    let platform = subscription
        .platform
        .as_deref()
        .map(Platform::parse)
        .transpose()
        .map_err(|error| told(&error))?;
    let references = match selection::ask(subscription) {
        Ask::Tag(tag) => describe(sources, &access, &[tag], platform.as_ref()).await?,
        Ask::List => {
            let tags = sources.registries.tags(&access).await.map_err(|error| told(&error))?;
            let ordered = selection::order(subscription, tags)?;
            newest(sources, &access, &ordered, selection::limit(subscription), platform.as_ref())
                .await?
        }
        Ask::ListAndBuildTimes => {
            let tags = sources.registries.tags(&access).await.map_err(|error| told(&error))?;
            let ordered = selection::order(subscription, tags)?;
            selection::newest_builds(
                subscription,
                describe(sources, &access, &ordered, platform.as_ref()).await?,
            )
        }
    };
    Ok(ImageDiscoveryResult {
        repo_url: subscription.repo_url.clone(),
        subscription_name,
        platform: subscription.platform.clone(),
        references,
    })
}

/// The first of `ordered` that exist for the platform, up to the limit.
async fn newest(
    sources: &Sources,
    access: &RepositoryAccess,
    ordered: &[String],
    limit: usize,
    platform: Option<&Platform>,
) -> Result<Vec<DiscoveredImageReference>, String> {
    let mut found = Vec::new();
    for batch in ordered.chunks(limit.clamp(1, BATCH)) {
        found.extend(describe(sources, access, batch, platform).await?);
        if found.len() >= limit {
            break;
        }
    }
    found.truncate(limit);
    Ok(found)
}

async fn describe(
    sources: &Sources,
    access: &RepositoryAccess,
    tags: &[String],
    platform: Option<&Platform>,
) -> Result<Vec<DiscoveredImageReference>, String> {
    let wanted = |name: &PlatformName| {
        platform.is_none_or(|platform| {
            platform.matches(&name.os, &name.architecture, name.variant.as_deref())
        })
    };
    let filter: Option<integrations::oci::PlatformFilter<'_>> = match platform {
        Some(_) => Some(&wanted),
        None => None,
    };
    let found = sources
        .registries
        .describe_newest(access, tags, filter)
        .await
        .map_err(|error| told(&error))?;
    Ok(found.into_iter().map(|(tag, image)| reference(tag, image)).collect())
}

fn reference(tag: String, image: ImageDescription) -> DiscoveredImageReference {
    DiscoveredImageReference {
        tag,
        digest: image.digest,
        annotations: image.annotations,
        created_at: image.created.map(Time),
    }
}
