//! Recording what a discovery brought: good results are kept even when another subscription failed.

use api::{DiscoveredArtifacts, SubscriptionSource, Time};

use super::draft::Draft;
use super::schedule::{effective_interval, retry_delay};
use super::{Discovered, Discovery, freight_creation};

/// Writes the outcome into the status; only now is the refresh request that started it handled.
pub(super) fn record(draft: &mut Draft<'_>, discovery: &Discovery) {
    if discovery.refresh.is_some() {
        draft.status.last_handled_refresh.clone_from(&discovery.refresh);
    }
    let failures = failures(draft, discovery);
    let known = draft.status.discovered_artifacts.take().unwrap_or_default();
    let unchanged = draft.status.observed_generation == Some(draft.generation());
    let discovered_at = known.discovered_at.clone();
    let mut found =
        merge(draft, discovery, if unchanged { known } else { DiscoveredArtifacts::default() });
    if failures.is_empty() {
        found.discovered_at = Some(Time(draft.now));
        draft.status.discovered_artifacts = Some(found);
        draft.status.observed_generation = Some(draft.generation());
        let interval = effective_interval(&draft.seen.warehouse, draft.seen.minimum_interval);
        freight_creation::conclude(draft);
        draft.again = draft.again.or_maybe_at(draft.now.checked_add(interval).ok());
        return;
    }
    // Not discovered as a whole: the last complete discovery stays the last one, and no Freight is made.
    found.discovered_at = discovered_at;
    draft.status.discovered_artifacts = Some(found);
    draft.failed(&failures.join("; "));
    let interval = effective_interval(&draft.seen.warehouse, draft.seen.minimum_interval);
    let count = draft.seen.failure.map_or(1, |failure| failure.count.max(1));
    draft.again = draft.again.or_maybe_at(draft.now.checked_add(retry_delay(count, interval)).ok());
}

fn failures(draft: &Draft<'_>, discovery: &Discovery) -> Vec<String> {
    let subscriptions = draft.seen.warehouse.spec.parse_subscriptions().unwrap_or_default();
    let called = |index: usize| {
        let subscription = subscriptions.get(index);
        let name =
            subscription.and_then(|known| known.name.as_deref().or_else(|| known.repo_url()));
        name.map_or_else(
            || format!("subscription {index}"),
            |name| format!("subscription {index} ({name})"),
        )
    };
    let failed = discovery.results.iter().enumerate();
    failed
        .filter_map(|(index, result)| {
            Some(format!("{}: {}", called(index), result.as_ref().err()?))
        })
        .collect()
}

/// New results where there are some, what was known where a subscription failed.
fn merge(
    draft: &Draft<'_>,
    discovery: &Discovery,
    known: DiscoveredArtifacts,
) -> DiscoveredArtifacts {
    let subscriptions = draft.seen.warehouse.spec.parse_subscriptions().unwrap_or_default();
    let mut found = DiscoveredArtifacts::default();
    for (index, result) in discovery.results.iter().enumerate() {
        match result {
            Ok(Discovered::Git(git)) => found.git.push(git.clone()),
            Ok(Discovered::Image(image)) => found.images.push(image.clone()),
            Ok(Discovered::Chart(chart)) => found.charts.push(chart.clone()),
            Ok(Discovered::Other(other)) => found.results.push(other.clone()),
            Err(_) => {
                let Some(subscription) = subscriptions.get(index) else { continue };
                let name = &subscription.name;
                match &subscription.source {
                    SubscriptionSource::Git(git) => found.git.extend(
                        known
                            .git
                            .iter()
                            .find(|old| {
                                old.repo_url == git.repo_url && &old.subscription_name == name
                            })
                            .cloned(),
                    ),
                    SubscriptionSource::Image(image) => found.images.extend(
                        known
                            .images
                            .iter()
                            .find(|old| {
                                old.repo_url == image.repo_url && &old.subscription_name == name
                            })
                            .cloned(),
                    ),
                    SubscriptionSource::Chart(chart) => found.charts.extend(
                        known
                            .charts
                            .iter()
                            .find(|old| {
                                old.repo_url == chart.repo_url
                                    && old.name == chart.name
                                    && &old.subscription_name == name
                            })
                            .cloned(),
                    ),
                    SubscriptionSource::Other { .. } => found.results.extend(
                        known
                            .results
                            .iter()
                            .find(|old| Some(&old.subscription_name) == name.as_ref())
                            .cloned(),
                    ),
                }
            }
        }
    }
    found
}
