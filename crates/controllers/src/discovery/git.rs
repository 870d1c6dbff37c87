//! Git subscriptions: the newest commits of a branch, read from the shared mirror.

use api::{DiscoveredCommit, GitDiscoveryResult, GitSubscription, ObservedRefs, Time, Timestamp};
use integrations::credentials::CredentialKind;
use integrations::git::{Commit, CommitQuery, Remote, subject_of};
use rules::selection::commit_filter::{self, CommitFacts};
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
    let ages = expression(subscription).is_some_and(commit_filter::depends_on_time);
    if let Some(known) = known
        && !ages
        && known
            .observed_refs
            .as_ref()
            .is_some_and(|observed| observed.branch_head.as_deref() == Some(head))
    {
        return Ok(GitDiscoveryResult { subscription_name, ..known.clone() });
    }
    let limit = selection::limit(subscription);
    let commits = matching(sources, &remote, subscription, &paths, (head, limit)).await?;
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

/// The newest commits that the expression and the paths accept, page by page until there are enough.
async fn matching(
    sources: &Sources,
    remote: &Remote,
    subscription: &GitSubscription,
    paths: &PathFilter,
    (head, limit): (&str, usize),
) -> Result<Vec<Commit>, String> {
    let query = |skip: usize, limit: usize| CommitQuery {
        branch: subscription.branch.clone(),
        limit,
        skip,
        since: subscription.since.as_ref().map(|since| since.0),
        // All pages are of one history, even while the branch moves.
        tip: Some(head.to_owned()),
    };
    let expression = expression(subscription);
    if paths.is_empty() && expression.is_none() {
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
        let end = page.len() < PAGE;
        let page = judged(page, expression, sources.clock.now())?;
        found.extend(touching(sources, remote, page, paths).await?);
        if end || found.len() >= limit {
            break;
        }
    }
    found.truncate(limit);
    Ok(found)
}

fn expression(subscription: &GitSubscription) -> Option<&str> {
    subscription.expression_filter.as_deref().filter(|expression| !expression.trim().is_empty())
}

/// The commits that the subscription's expression accepts.
fn judged(
    page: Vec<Commit>,
    expression: Option<&str>,
    now: Timestamp,
) -> Result<Vec<Commit>, String> {
    let Some(expression) = expression else { return Ok(page) };
    let mut accepted = Vec::new();
    for commit in page {
        let facts = CommitFacts {
            id: &commit.id,
            date: commit.date,
            author: &commit.author,
            committer: &commit.committer,
            subject: &commit.subject,
        };
        if commit_filter::accepts(expression, facts, now)? {
            accepted.push(commit);
        }
    }
    Ok(accepted)
}

/// The commits that changed a path that matches.
async fn touching(
    sources: &Sources,
    remote: &Remote,
    page: Vec<Commit>,
    paths: &PathFilter,
) -> Result<Vec<Commit>, String> {
    if paths.is_empty() || page.is_empty() {
        return Ok(page);
    }
    let changes =
        sources.mirrors.changed_paths(remote, &page).await.map_err(|error| told(&error))?;
    let touches = |commit: &Commit| {
        let changed = changes.get(&commit.id);
        changed.is_some_and(|changed| paths.accepts(changed.iter().map(String::as_str)))
    };
    Ok(page.into_iter().filter(touches).collect())
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
