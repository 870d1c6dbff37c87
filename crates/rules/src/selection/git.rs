//! Which commits or tags of a git repository a subscription means, newest first.

use api::{CommitSelectionStrategy, DEFAULT_DISCOVERY_LIMIT, GitSubscription, Time};
use jiff::Timestamp;

use super::paths::PathFilter;
use super::tags::TagFilter;
use super::versions;

/// What to ask the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The first-parent history of the branch, then `commits`.
    History,
    /// All tags, then `tags`.
    Tags,
}

/// A tag that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TagCandidate {
    /// Its name, without `refs/tags/`.
    pub name: String,
    /// When the tag, or for a light one its commit, was made.
    pub created_at: Option<Timestamp>,
}

/// What to ask for a subscription.
#[must_use]
pub fn ask(subscription: &GitSubscription) -> Ask {
    match subscription.commit_selection_strategy.unwrap_or_default() {
        CommitSelectionStrategy::NewestFromBranch => Ask::History,
        _ => Ask::Tags,
    }
}

/// How many commits to keep.
#[must_use]
pub fn limit(subscription: &GitSubscription) -> usize {
    let limit =
        subscription.discovery_limit.filter(|limit| *limit > 0).unwrap_or(DEFAULT_DISCOVERY_LIMIT);
    usize::try_from(limit.min(100)).unwrap_or(20)
}

/// The path filter of a subscription; when it is empty, changed paths need not be listed. The error is for people.
pub fn path_filter(subscription: &GitSubscription) -> Result<PathFilter, String> {
    PathFilter::new(&subscription.include_paths, &subscription.exclude_paths)
        .map_err(|error| error.to_string())
}

/// Whether a commit of this time is young enough for `since`.
#[must_use]
pub fn is_recent(subscription: &GitSubscription, committed_at: Timestamp) -> bool {
    subscription.since.as_ref().is_none_or(|Time(since)| committed_at >= *since)
}

/// The tags that take part, the one to choose first in front. The error is for people.
pub fn tags(
    subscription: &GitSubscription,
    tags: impl IntoIterator<Item = TagCandidate>,
) -> Result<Vec<TagCandidate>, String> {
    if subscription.allow_tags.is_some() || !subscription.ignore_tags.is_empty() {
        return Err("allowTags and ignoreTags are no longer supported; use allowTagsRegexes and ignoreTagsRegexes".to_owned());
    }
    let filter =
        TagFilter::new(&subscription.allow_tags_regexes, &subscription.ignore_tags_regexes)
            .map_err(|error| error.to_string())?;
    let recent = |tag: &TagCandidate| tag.created_at.is_none_or(|at| is_recent(subscription, at));
    let mut found: Vec<TagCandidate> =
        tags.into_iter().filter(|tag| filter.accepts(&tag.name) && recent(tag)).collect();
    match subscription.commit_selection_strategy.unwrap_or_default() {
        CommitSelectionStrategy::SemVer => {
            let constraint = subscription.semver_constraint.as_deref().unwrap_or_default();
            return versions::by_version(
                found,
                constraint,
                subscription.strict_semvers.unwrap_or(true),
            );
        }
        CommitSelectionStrategy::Lexical => found.sort_by(|a, b| b.name.cmp(&a.name)),
        CommitSelectionStrategy::NewestTag | CommitSelectionStrategy::NewestFromBranch => {
            let made = |tag: &TagCandidate| tag.created_at.unwrap_or(Timestamp::MIN);
            found.sort_by(|a, b| made(b).cmp(&made(a)).then_with(|| a.name.cmp(&b.name)));
        }
    }
    Ok(found)
}

impl AsRef<str> for TagCandidate {
    fn as_ref(&self) -> &str {
        &self.name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(strategy: &str, expected: &[&str]) {
        let subscription = serde_json::from_value(serde_json::json!({
            "repoURL": "https://example.com/a.git",
            "commitSelectionStrategy": strategy,
            "ignoreTagsRegexes": ["^skip"],
        }));
        let tag = |name: &str, second: i64| TagCandidate {
            name: name.to_owned(),
            created_at: Timestamp::from_second(second).ok(),
        };
        let all = [tag("v1.2.0", 30), tag("v1.10.0", 20), tag("nightly", 30), tag("skip", 99)];
        let found = tags(&subscription.unwrap(), all).unwrap();
        assert_eq!(found.iter().map(|tag| tag.name.as_str()).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn strategies() {
        check("SemVer", &["v1.10.0", "v1.2.0"]);
        check("Lexical", &["v1.2.0", "v1.10.0", "nightly"]);
        check("NewestTag", &["nightly", "v1.2.0", "v1.10.0"]);
    }
}
