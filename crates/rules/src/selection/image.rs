//! Which tags of an image repository a subscription means, in the order in which to look at them.

use api::{
    DEFAULT_DISCOVERY_LIMIT, DiscoveredImageReference, ImageSelectionStrategy, ImageSubscription,
};
use jiff::Timestamp;

use super::tags::TagFilter;
use super::versions;

/// What to ask the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ask {
    /// What this one tag points at; if there is none, there is nothing.
    Tag(String),
    /// The list of tags, then what the first of `order` point at, up to the limit.
    List,
    /// The list of tags, then what every one of `order` points at, then `newest_builds`.
    ListAndBuildTimes,
}

/// What to ask for a subscription.
#[must_use]
pub fn ask(subscription: &ImageSubscription) -> Ask {
    match subscription.image_selection_strategy.unwrap_or_default() {
        ImageSelectionStrategy::Digest => {
            Ask::Tag(subscription.constraint.clone().unwrap_or_default())
        }
        ImageSelectionStrategy::NewestBuild => Ask::ListAndBuildTimes,
        ImageSelectionStrategy::Lexical | ImageSelectionStrategy::SemVer => Ask::List,
    }
}

/// How many references to keep.
#[must_use]
pub fn limit(subscription: &ImageSubscription) -> usize {
    let limit =
        subscription.discovery_limit.filter(|limit| *limit > 0).unwrap_or(DEFAULT_DISCOVERY_LIMIT);
    usize::try_from(limit.min(100)).unwrap_or(20)
}

/// The tags that take part, in order: highest version first, or last in the alphabet first. For NewestBuild the
/// order means nothing yet. The error is for people.
pub fn order(
    subscription: &ImageSubscription,
    tags: impl IntoIterator<Item = String>,
) -> Result<Vec<String>, String> {
    if subscription.allow_tags.is_some() || !subscription.ignore_tags.is_empty() {
        return Err("allowTags and ignoreTags are no longer supported; use allowTagsRegexes and ignoreTagsRegexes".to_owned());
    }
    let filter =
        TagFilter::new(&subscription.allow_tags_regexes, &subscription.ignore_tags_regexes)
            .map_err(|error| error.to_string())?;
    let accepted = tags.into_iter().filter(|tag| filter.accepts(tag));
    match subscription.image_selection_strategy.unwrap_or_default() {
        ImageSelectionStrategy::SemVer => {
            let constraint = subscription.constraint.as_deref().unwrap_or_default();
            versions::by_version(accepted, constraint, subscription.strict_semvers.unwrap_or(true))
        }
        ImageSelectionStrategy::Lexical => {
            let mut tags: Vec<String> = accepted.collect();
            tags.sort_unstable_by(|a, b| b.cmp(a));
            Ok(tags)
        }
        ImageSelectionStrategy::NewestBuild => Ok(accepted.collect()),
        ImageSelectionStrategy::Digest => {
            let wanted = subscription.constraint.clone().unwrap_or_default();
            Ok(accepted.filter(|tag| *tag == wanted).collect())
        }
    }
}

/// For NewestBuild: the newest first, equal times by tag, descending; cut to the limit.
#[must_use]
pub fn newest_builds(
    subscription: &ImageSubscription,
    mut references: Vec<DiscoveredImageReference>,
) -> Vec<DiscoveredImageReference> {
    let built = |reference: &DiscoveredImageReference| {
        reference.created_at.as_ref().map_or(Timestamp::MIN, |time| time.0)
    };
    references.sort_by(|a, b| built(b).cmp(&built(a)).then_with(|| b.tag.cmp(&a.tag)));
    references.truncate(limit(subscription));
    references
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::Time;

    fn subscription(json: serde_json::Value) -> ImageSubscription {
        serde_json::from_value(json).unwrap()
    }

    #[track_caller]
    fn check(json: serde_json::Value, tags: &[&str], expected: &[&str]) {
        let tags = tags.iter().map(|tag| (*tag).to_owned());
        assert_eq!(order(&subscription(json), tags).unwrap(), expected);
    }

    #[test]
    fn strategies() {
        let tags = ["v1.2.0", "v1.10.0", "latest", "v2.0.0-rc1", "nightly-2"];
        check(
            serde_json::json!({"repoURL": "x", "constraint": "^1"}),
            &tags,
            &["v1.10.0", "v1.2.0"],
        );
        let lexical = serde_json::json!({"repoURL": "x", "imageSelectionStrategy": "Lexical", "allowTagsRegexes": ["^v"]});
        check(lexical, &tags, &["v2.0.0-rc1", "v1.2.0", "v1.10.0"]);
        let digest = serde_json::json!({"repoURL": "x", "imageSelectionStrategy": "Digest", "constraint": "latest"});
        check(digest.clone(), &tags, &["latest"]);
        assert_eq!(ask(&subscription(digest)), Ask::Tag("latest".to_owned()));
        let ignored = serde_json::json!({"repoURL": "x", "ignoreTagsRegexes": ["10"]});
        check(ignored, &tags, &["v2.0.0-rc1", "v1.2.0"]);
    }

    #[test]
    fn singular_filters_fail_loudly() {
        let old = subscription(serde_json::json!({"repoURL": "x", "allowTags": "^v"}));
        assert!(order(&old, Vec::new()).unwrap_err().contains("allowTagsRegexes"));
    }

    #[test]
    fn newest_build_first() {
        let reference = |tag: &str, second: i64| DiscoveredImageReference {
            tag: tag.to_owned(),
            created_at: Some(Time(Timestamp::from_second(second).unwrap())),
            ..DiscoveredImageReference::default()
        };
        let found = newest_builds(
            &subscription(serde_json::json!({"repoURL": "x", "discoveryLimit": 2})),
            vec![reference("a", 1), reference("b", 3), reference("c", 3)],
        );
        assert_eq!(found.iter().map(|found| found.tag.as_str()).collect::<Vec<_>>(), ["c", "b"]);
    }
}
