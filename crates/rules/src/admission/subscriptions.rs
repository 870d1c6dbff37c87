//! What one subscription must look like; each mistake names its field.

use std::sync::LazyLock;

use api::{
    ChartSubscription, CommitSelectionStrategy, GitSubscription, ImageSelectionStrategy,
    ImageSubscription, RepoSubscription, SubscriptionSource,
};
use expressions::pattern::Pattern as Regex;

use super::warehouse::follows_a_tag;
use super::{CacheByTagPolicy, Causes};
use crate::pattern::{Pattern, regular_expression};
use crate::selection::platform::Platform;
use crate::selection::versions;

static IMAGE_URL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(\w+([\.-]\w+)*(:\d+)?/)?(\w+([\.-]\w+)*)(/\w+([\.-]\w+)*)*$").unwrap_or_default()
});
static GIT_URL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(concat!(
        r"(?:^(ssh|https?)://(?:([\w-]+)(:(.+))?@)?([\w-]+(?:\.[\w-]+)*)(?::(\d{1,5}))?(/.*)$)",
        r"|(?:^([\w-]+)@([\w+]+(?:\.[\w-]+)*):(/?.*))"
    ))
    .unwrap_or_default()
});
static CHART_URL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(((https?)|(oci))://)([\w\d\.\-]+)(:[\d]+)?(/.*)*$").unwrap_or_default()
});
static BRANCH: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[a-zA-Z0-9]([a-zA-Z0-9._/-]*[a-zA-Z0-9_-])?$").unwrap_or_default()
});

fn fits(regex: &LazyLock<Regex>, text: &str) -> bool {
    regex.is_match(text.as_bytes())
}

pub(super) fn check(
    causes: &mut Causes,
    path: &str,
    subscription: &RepoSubscription,
    cache: CacheByTagPolicy,
) {
    match &subscription.source {
        SubscriptionSource::Image(image) => {
            check_image(causes, &format!("{path}.image"), image, cache);
        }
        SubscriptionSource::Git(git) => check_git(causes, &format!("{path}.git"), git),
        SubscriptionSource::Chart(chart) => check_chart(causes, &format!("{path}.chart"), chart),
        SubscriptionSource::Other { artifact_type, .. } => {
            let message = "there is no such type of subscription; use image, git or chart";
            causes.invalid(path, artifact_type, message);
        }
    }
}

fn check_image(
    causes: &mut Causes,
    path: &str,
    image: &ImageSubscription,
    cache: CacheByTagPolicy,
) {
    if !fits(&IMAGE_URL, &image.repo_url) {
        let message = "must be an image repository without scheme, tag or digest, such as ghcr.io/example/app";
        causes.invalid(format!("{path}.repoURL"), &image.repo_url, message);
    }
    let constraint = image.constraint.as_deref().unwrap_or_default();
    match image.image_selection_strategy.unwrap_or_default() {
        ImageSelectionStrategy::Digest if constraint.is_empty() => {
            let message =
                "must name the tag to follow when imageSelectionStrategy is Digest, such as latest";
            causes.invalid(format!("{path}.constraint"), constraint, message);
        }
        ImageSelectionStrategy::SemVer => {
            check_constraint(causes, &format!("{path}.constraint"), constraint);
        }
        _ => {}
    }
    if let Some(platform) = image.platform.as_deref().filter(|platform| !platform.is_empty())
        && let Err(error) = Platform::parse(platform)
    {
        causes.invalid(format!("{path}.platform"), platform, error.to_string());
    }
    let opted_in =
        image.cache_by_tag == Some(true) || follows_a_tag(image.image_selection_strategy);
    if cache == CacheByTagPolicy::Require && !opted_in {
        let message = "the operator requires cacheByTag: true; set it only where tags never move";
        causes.invalid(format!("{path}.cacheByTag"), "false", message);
    }
    check_regexes(causes, &format!("{path}.allowTagsRegexes"), &image.allow_tags_regexes);
    check_regexes(causes, &format!("{path}.ignoreTagsRegexes"), &image.ignore_tags_regexes);
    check_limit(causes, path, image.discovery_limit);
}

fn check_git(causes: &mut Causes, path: &str, git: &GitSubscription) {
    if !fits(&GIT_URL, &git.repo_url) {
        let message = "must be a git repository URL, such as https://example.com/team/app.git";
        causes.invalid(format!("{path}.repoURL"), &git.repo_url, message);
    }
    if let Some(branch) = git.branch.as_deref().filter(|branch| !branch.is_empty())
        && (branch.len() > 255 || !fits(&BRANCH, branch))
    {
        causes.invalid(
            format!("{path}.branch"),
            branch,
            "must be a branch name of at most 255 characters, such as main",
        );
    }
    if git.commit_selection_strategy == Some(CommitSelectionStrategy::SemVer)
        || git.semver_constraint.is_some()
    {
        let constraint = git.semver_constraint.as_deref().unwrap_or_default();
        check_constraint(causes, &format!("{path}.semverConstraint"), constraint);
    }
    check_regexes(causes, &format!("{path}.allowTagsRegexes"), &git.allow_tags_regexes);
    check_regexes(causes, &format!("{path}.ignoreTagsRegexes"), &git.ignore_tags_regexes);
    check_paths(causes, &format!("{path}.includePaths"), &git.include_paths);
    check_paths(causes, &format!("{path}.excludePaths"), &git.exclude_paths);
    check_limit(causes, path, git.discovery_limit);
}

fn check_chart(causes: &mut Causes, path: &str, chart: &ChartSubscription) {
    if !fits(&CHART_URL, &chart.repo_url) {
        let message = "must be a chart repository URL with https://, http:// or oci://";
        causes.invalid(format!("{path}.repoURL"), &chart.repo_url, message);
    }
    let name = chart.name.as_deref().unwrap_or_default();
    match (chart.repo_url.starts_with("oci://"), name.is_empty()) {
        (true, false) => {
            let message = "must be empty for an oci:// repository, whose URL names the chart";
            causes.invalid(format!("{path}.name"), name, message);
        }
        (false, true) => causes
            .required(format!("{path}.name"), "an http(s) repository holds many charts; name one"),
        _ => {}
    }
    check_constraint(
        causes,
        &format!("{path}.semverConstraint"),
        chart.semver_constraint.as_deref().unwrap_or_default(),
    );
    check_limit(causes, path, chart.discovery_limit);
}

fn check_constraint(causes: &mut Causes, path: &str, constraint: &str) {
    if let Err(error) = versions::check_constraint(constraint) {
        causes.invalid(path, constraint, error);
    }
}

fn check_regexes(causes: &mut Causes, path: &str, patterns: &[String]) {
    for (index, pattern) in patterns.iter().enumerate() {
        if let Err(error) = regular_expression(pattern) {
            causes.invalid(format!("{path}[{index}]"), pattern, error.to_string());
        }
    }
}

fn check_paths(causes: &mut Causes, path: &str, patterns: &[String]) {
    for (index, pattern) in patterns.iter().enumerate() {
        if let Err(error) = Pattern::path(pattern) {
            causes.invalid(format!("{path}[{index}]"), pattern, error.to_string());
        }
    }
}

fn check_limit(causes: &mut Causes, path: &str, limit: Option<i64>) {
    let limit = limit.unwrap_or(api::DEFAULT_DISCOVERY_LIMIT);
    if !(1..=100).contains(&limit) {
        causes.invalid(
            format!("{path}.discoveryLimit"),
            &limit.to_string(),
            "must be between 1 and 100",
        );
    }
}
