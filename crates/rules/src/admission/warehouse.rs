//! Warehouse: its shard label, defaults and checks of every subscription.

use std::collections::BTreeMap;

use api::{ImageSelectionStrategy, RepoSubscription, SubscriptionSource, Warehouse, identity};
use serde_json::{Value, json};

use super::{Causes, Denied, Facts, Request, in_project, stage, subscriptions};

/// A Warehouse that is created or changed.
pub fn review(
    mut warehouse: Warehouse,
    request: &Request,
    facts: &Facts,
) -> Result<Warehouse, Denied> {
    stage::label_shard(&mut warehouse.metadata, warehouse.spec.shard.as_deref());
    warehouse.spec.subscriptions.iter_mut().for_each(fill_in);
    let mut causes = Causes::default();
    in_project(&mut causes, request, facts);
    let mut names: BTreeMap<String, usize> = BTreeMap::new();
    let mut repositories: BTreeMap<String, usize> = BTreeMap::new();
    for (index, raw) in warehouse.spec.subscriptions.iter().enumerate() {
        let path = format!("spec.subscriptions[{index}]");
        let subscription = match RepoSubscription::parse(raw) {
            Ok(subscription) => subscription,
            Err(error) => {
                let value = super::denied::shown(at(raw, &error.path));
                let error = error.below(&path);
                causes.invalid(error.path, &value, error.problem);
                continue;
            }
        };
        subscriptions::check(&mut causes, &path, &subscription, facts.cache_by_tag);
        unique(&mut causes, &path, index, &subscription, &mut names, &mut repositories);
    }
    causes.refuse("Warehouse", warehouse.metadata.name.as_deref().unwrap_or_default())?;
    Ok(warehouse)
}

/// The value at a path such as `image.ignoreTags[0]`, or all of it where nothing is there.
fn at<'a>(raw: &'a Value, path: &str) -> &'a Value {
    let pointer = format!("/{}", path.replace(['.', '['], "/").replace(']', ""));
    raw.pointer(&pointer).unwrap_or(raw)
}

/// Writes defaults into the raw subscription, where they are seen by everybody.
fn fill_in(raw: &mut Value) {
    let Some(raw) = raw.as_object_mut() else { return };
    for (kind, strategy) in [
        ("image", Some(("imageSelectionStrategy", "SemVer"))),
        ("git", Some(("commitSelectionStrategy", "NewestFromBranch"))),
        ("chart", None),
    ] {
        let Some(config) = raw.get_mut(kind).and_then(Value::as_object_mut) else { continue };
        let mut default = |key: &str, value: Value, absent: &[Value]| {
            if config.get(key).is_none_or(|known| absent.contains(known)) {
                config.insert(key.to_owned(), value);
            }
        };
        if let Some((key, value)) = strategy {
            default(key, json!(value), &[Value::Null, json!("")]);
            default("strictSemvers", json!(true), &[Value::Null]);
        }
        default("discoveryLimit", json!(api::DEFAULT_DISCOVERY_LIMIT), &[Value::Null, json!(0)]);
    }
}

fn unique(
    causes: &mut Causes,
    path: &str,
    index: usize,
    subscription: &RepoSubscription,
    names: &mut BTreeMap<String, usize>,
    repositories: &mut BTreeMap<String, usize>,
) {
    if let Some(name) = subscription.name.as_deref().filter(|name| !name.is_empty()) {
        if !is_dns_label(name) {
            let message = "use lower-case letters, digits and '-', at most 63, beginning and ending with a letter or digit";
            causes.invalid(format!("{path}.name"), name, message);
        }
        if let Some(first) = names.get(name) {
            causes.invalid(
                format!("{path}.name"),
                name,
                format!("already used by spec.subscriptions[{first}]"),
            );
        } else {
            names.insert(name.to_owned(), index);
        }
    }
    let Some((key, field, url)) = repository(subscription) else { return };
    if let Some(first) = repositories.get(&key) {
        let message = format!(
            "spec.subscriptions[{first}] subscribes to it already; keep one subscription per repository"
        );
        causes.invalid(format!("{path}.{field}"), &url, message);
    } else {
        repositories.insert(key, index);
    }
}

fn repository(subscription: &RepoSubscription) -> Option<(String, &'static str, String)> {
    match &subscription.source {
        SubscriptionSource::Git(git) => Some((
            format!("git:{}", identity::normalize_git(&git.repo_url)),
            "git.repoURL",
            git.repo_url.clone(),
        )),
        SubscriptionSource::Image(image) => Some((
            format!("image:{}", identity::normalize_image(&image.repo_url)),
            "image.repoURL",
            image.repo_url.clone(),
        )),
        SubscriptionSource::Chart(chart) => {
            let url = identity::normalize_chart(&chart.repo_url);
            let key = format!("chart:{url}/{}", chart.name.as_deref().unwrap_or_default());
            Some((key, "chart.repoURL", chart.repo_url.clone()))
        }
        SubscriptionSource::Other { .. } => None,
    }
}

pub(super) fn is_dns_label(name: &str) -> bool {
    let edge = |byte: Option<&u8>| {
        byte.is_some_and(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    let bytes = name.as_bytes();
    let inside = bytes
        .iter()
        .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-');
    bytes.len() <= 63 && inside && edge(bytes.first()) && edge(bytes.last())
}

/// Whether a subscription follows one tag that moves.
pub(super) fn follows_a_tag(strategy: Option<ImageSelectionStrategy>) -> bool {
    strategy == Some(ImageSelectionStrategy::Digest)
}
