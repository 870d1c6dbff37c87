//! Git subscriptions: the newest commits of a branch, read from the shared mirror.

use api::{DiscoveredCommit, GitDiscoveryResult, GitSubscription, ObservedRefs, Time};
use integrations::credentials::CredentialKind;
use integrations::git::{Commit, CommitQuery, Remote, subject_of};
use rules::selection::git::{self as selection, Ask};
use rules::selection::paths::PathFilter;

use super::{Sources, told};

/// Commits read at a time, and in all, while looking for those whose paths match.
const PAGE: usize = 500;
const MOST_COMMITS: usize = 50_000;

pub(super) async fn discover(
    sources: &Sources,
    project: &str,
    subscription_name: Option<String>,
    subscription: &GitSubscription,
    known: Option<&GitDiscoveryResult>,
) -> Result<GitDiscoveryResult, String> {
    if selection::ask(subscription) != Ask::History {
        let strategy = subscription.commit_selection_strategy.unwrap_or_default();
        return Err(format!(
            "commitSelectionStrategy {strategy:?} is not supported yet; use NewestFromBranch"
        ));
    }
    if subscription.expression_filter.is_some() {
        return Err("expressionFilter is not supported yet".to_owned());
    }
    let paths = selection::path_filter(subscription)?;
    let remote = remote(sources, project, subscription).await?;
    let references = sources.mirrors.ls_remote(&remote).await.map_err(|error| told(&error))?;
    let branch = subscription.branch.as_deref();
    let Some(head) = references.branch(branch) else {
        return Err(match branch {
            Some(branch) => format!("{} has no branch {branch:?}", subscription.repo_url),
            None => {
                format!("{} has no default branch; name one with `branch`", subscription.repo_url)
            }
        });
    };
    // The branch did not move and the subscription is the same: what was found still holds.
    if let Some(known) = known
        && known
            .observed_refs
            .as_ref()
            .is_some_and(|observed| observed.branch_head.as_deref() == Some(head))
    {
        return Ok(GitDiscoveryResult { subscription_name, ..known.clone() });
    }
    let limit = selection::limit(subscription);
    let commits = matching(sources, &remote, subscription, &paths, limit).await?;
    let branch = branch.or(references.default_branch.as_deref());
    Ok(GitDiscoveryResult {
        repo_url: subscription.repo_url.clone(),
        subscription_name,
        commits: commits.iter().map(|commit| discovered(commit, branch)).collect(),
        observed_refs: Some(ObservedRefs {
            branch_head: Some(head.to_owned()),
            ..ObservedRefs::default()
        }),
    })
}

async fn remote(
    sources: &Sources,
    project: &str,
    subscription: &GitSubscription,
) -> Result<Remote, String> {
    let credentials = sources
        .credentials
        .lookup(project, CredentialKind::Git, &subscription.repo_url)
        .await
        .map_err(|error| told(&error))?;
    Ok(Remote::new(&subscription.repo_url)
        .with_credentials(credentials)
        .skipping_tls_verify(subscription.insecure_skip_tls_verify.unwrap_or_default()))
}

/// The newest commits whose changed paths match, page by page until there are enough.
async fn matching(
    sources: &Sources,
    remote: &Remote,
    subscription: &GitSubscription,
    paths: &PathFilter,
    limit: usize,
) -> Result<Vec<Commit>, String> {
    let query = |skip: usize, limit: usize| CommitQuery {
        branch: subscription.branch.clone(),
        limit,
        skip,
        since: subscription.since.as_ref().map(|since| since.0),
    };
    if paths.is_empty() {
        return sources
            .mirrors
            .commits(remote, &query(0, limit))
            .await
            .map_err(|error| told(&error));
    }
    let mut found = Vec::new();
    for skip in (0..MOST_COMMITS).step_by(PAGE) {
        let page = sources
            .mirrors
            .commits(remote, &query(skip, PAGE))
            .await
            .map_err(|error| told(&error))?;
        let changes =
            sources.mirrors.changed_paths(remote, &page).await.map_err(|error| told(&error))?;
        let end = page.len() < PAGE;
        found.extend(page.into_iter().filter(|commit| {
            changes
                .get(&commit.id)
                .is_some_and(|changed| paths.accepts(changed.iter().map(String::as_str)))
        }));
        if end || found.len() >= limit {
            break;
        }
    }
    found.truncate(limit);
    Ok(found)
}

fn discovered(commit: &Commit, branch: Option<&str>) -> DiscoveredCommit {
    DiscoveredCommit {
        id: Some(commit.id.clone()),
        branch: branch.map(str::to_owned),
        tag: None,
        subject: Some(subject_of(&commit.subject)).filter(|subject| !subject.is_empty()),
        author: Some(commit.author.clone()),
        committer: Some(commit.committer.clone()),
        creator_date: Some(Time(commit.date)),
    }
}
