//! Pushing so that nothing is lost and nothing happens twice.
//!
//! Every push names the state it expects (`--force-with-lease`), also the plain ones. When the branch moved, the local
//! commits are put on top of it as the policy says and the push is tried again. Before each attempt the branch is
//! searched for commits with the step keys of the local ones: a push that reached the server before a crash or a broken
//! connection is recognised and not repeated.

use std::collections::HashSet;
use std::time::Duration;

use super::access::Remote;
use super::error::{GitError, last_words};
use super::mirrors::check_reference;
use super::using::Using;
use super::work_tree::WorkTree;

/// How local commits meet a branch that has moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum IntegrationPolicy {
    #[default]
    AlwaysRebase,
    RebaseOrMerge,
    RebaseOrFail,
    AlwaysMerge,
}

impl IntegrationPolicy {
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::AlwaysRebase => "AlwaysRebase",
            Self::RebaseOrMerge => "RebaseOrMerge",
            Self::RebaseOrFail => "RebaseOrFail",
            Self::AlwaysMerge => "AlwaysMerge",
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PushTarget {
    /// The branch that was checked out.
    CurrentBranch,
    Branch(String),
    /// A tag of the work tree's repository, made by [`WorkTree::tag`].
    Tag(String),
}

#[derive(Clone, Debug)]
pub struct PushRequest {
    pub target: PushTarget,
    /// Replace what the branch holds instead of integrating with it. Not for tags.
    pub force: bool,
    pub policy: IntegrationPolicy,
    pub maximum_attempts: u32,
}

impl Default for PushRequest {
    fn default() -> Self {
        Self {
            target: PushTarget::CurrentBranch,
            force: false,
            policy: IntegrationPolicy::default(),
            maximum_attempts: 10,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PushOutcome {
    /// `None` for a tag.
    pub branch: Option<String>,
    /// The commit at the top of what was pushed; after integration it differs from the one before.
    pub commit: String,
    /// Whether this call changed the server; false when the commits were there already.
    pub pushed: bool,
}

/// One attempt ended without a result; another may have one.
pub(super) enum Attempt {
    Done { commit: String, pushed: bool },
    Overtaken,
}

const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

impl WorkTree {
    /// Pushes the folder's commits. Waits between attempts; drop the future to give up.
    pub async fn push(
        &self,
        remote: &Remote,
        request: &PushRequest,
    ) -> Result<PushOutcome, GitError> {
        let reference = self.reference(&request.target)?;
        let using = self.mirrors.known(remote).await?;
        let lock = self.mirrors.branch_lock(&using.access.url, &reference);
        let _one_at_a_time = lock.lock().await;
        let mut pause = FIRST_PAUSE;
        for attempt in 1..=request.maximum_attempts.max(1) {
            let tried = match &request.target {
                PushTarget::Tag(_) => self.push_tag(&using, remote, &reference).await,
                _ => self.attempt(&using, remote, request, &reference).await,
            };
            let again = match tried {
                Ok(Attempt::Done { commit, pushed }) => {
                    let branch = reference.strip_prefix("refs/heads/").map(str::to_owned);
                    return Ok(PushOutcome { branch, commit, pushed });
                }
                Ok(Attempt::Overtaken) => true,
                // Whether it arrived is unknown; the next attempt looks.
                Err(GitError::Dropped { url, detail }) if attempt == request.maximum_attempts => {
                    return Err(GitError::Dropped { url, detail });
                }
                Err(GitError::Dropped { .. }) => true,
                Err(error) => return Err(error),
            };
            if again && attempt < request.maximum_attempts {
                // The first repetition follows at once: the branch has just moved and will rarely do so again.
                if attempt > 1 {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 3 / 2).min(LONGEST_PAUSE);
                }
            }
        }
        let attempts = request.maximum_attempts;
        Err(GitError::PushOvertaken {
            url: using.access.url.clone(),
            target: shown(&reference),
            attempts,
        })
    }

    fn reference(&self, target: &PushTarget) -> Result<String, GitError> {
        let (kind, name) = match target {
            PushTarget::CurrentBranch => {
                let wanted = "a target branch, because no branch is checked out";
                let missing =
                    || GitError::Invalid { field: "targetBranch", value: String::new(), wanted };
                ("heads", self.branch().ok_or_else(missing)?)
            }
            PushTarget::Branch(name) => ("heads", name.as_str()),
            PushTarget::Tag(name) => ("tags", name.as_str()),
        };
        check_reference(name)?;
        Ok(format!("refs/{kind}/{name}"))
    }

    async fn attempt(
        &self,
        using: &Using,
        remote: &Remote,
        request: &PushRequest,
        reference: &str,
    ) -> Result<Attempt, GitError> {
        let head = self.head().await?;
        let references = self.mirrors.ls_remote_matching(remote, &[reference]).await?;
        let branch = reference.strip_prefix("refs/heads/").unwrap_or(reference);
        let Some(seen) = references.branches.get(branch) else {
            return self.send(using, reference, &head, "").await;
        };
        let seen = using.fetch(reference, seen).await?;
        if let Some(commit) = self.there_already(&head, &seen, request.force).await? {
            self.move_to(using, &head, &commit).await?;
            return Ok(Attempt::Done { commit, pushed: false });
        }
        if request.force || self.is_ancestor(&seen, &head).await? {
            return self.send(using, reference, &head, &seen).await;
        }
        let integrated = self.integrate(using, request.policy, reference, &head, &seen).await?;
        self.move_to(using, &head, &integrated).await?;
        if integrated == seen {
            return Ok(Attempt::Done { commit: seen, pushed: false });
        }
        self.send(using, reference, &integrated, &seen).await
    }

    /// The commit under which the branch holds our commits already, as they are or rebased.
    async fn there_already(
        &self,
        head: &str,
        seen: &str,
        force: bool,
    ) -> Result<Option<String>, GitError> {
        if head == seen || (!force && self.is_ancestor(head, seen).await?) {
            return Ok(Some(head.to_owned()));
        }
        let ours = self.step_keys(&["--max-count=1000", head, &format!("^{seen}")]).await?;
        let Some((_, newest)) = ours.first() else { return Ok(None) };
        if force {
            let theirs = self.step_keys(&["--max-count=1", seen]).await?;
            let same = theirs.first().is_some_and(|(_, key)| key == newest)
                && self.same_tree(head, seen).await?;
            return Ok(same.then(|| seen.to_owned()));
        }
        let theirs = self.step_keys(&["--max-count=1000", seen, &format!("^{head}")]).await?;
        let keys: HashSet<&str> = theirs.iter().map(|(_, key)| key.as_str()).collect();
        if !ours.iter().all(|(_, key)| keys.contains(key.as_str())) {
            return Ok(None);
        }
        Ok(theirs.iter().find(|(_, key)| key == newest).map(|(id, _)| id.clone()))
    }

    async fn same_tree(&self, one: &str, other: &str) -> Result<bool, GitError> {
        let trees = [format!("{one}^{{tree}}"), format!("{other}^{{tree}}")];
        let trees = self.local("rev-parse").args(trees).text().await?;
        let mut lines = trees.lines();
        Ok(lines.next() == lines.next())
    }

    async fn is_ancestor(&self, older: &str, newer: &str) -> Result<bool, GitError> {
        let asked = self.local("merge-base").args(["--is-ancestor", older, newer]).run().await?;
        match asked.status.code() {
            Some(0) => Ok(true),
            Some(1) => Ok(false),
            _ => Err(GitError::from_stderr("merge-base", self.url(), &asked.stderr)),
        }
    }

    pub(super) async fn send(
        &self,
        using: &Using,
        reference: &str,
        commit: &str,
        expected: &str,
    ) -> Result<Attempt, GitError> {
        let lease = format!("--force-with-lease={reference}:{expected}");
        let command = using.access.equip(self.local("push")).over_network();
        let command = command.args([
            "--porcelain",
            "--no-verify",
            &lease,
            "origin",
            &format!("{commit}:{reference}"),
        ]);
        let finished = command.run().await?;
        if finished.status.success() {
            return Ok(Attempt::Done { commit: commit.to_owned(), pushed: true });
        }
        let report = String::from_utf8_lossy(&finished.stdout).into_owned();
        judge(using, reference, &report, &finished.stderr)
    }
}

pub(super) fn shown(reference: &str) -> String {
    reference.trim_start_matches("refs/heads/").trim_start_matches("refs/tags/").to_owned()
}

/// Tells "somebody was faster" from "no" in what `push --porcelain` reports.
fn judge(using: &Using, reference: &str, report: &str, stderr: &str) -> Result<Attempt, GitError> {
    const RACES: [&str; 5] = [
        "stale info",
        "cannot lock ref",
        "failed to update ref",
        "reference already exists",
        "incorrect old value",
    ];
    let Some(line) = report.lines().find(|line| line.starts_with('!')) else {
        return Err(GitError::from_stderr("push", &using.access.url, stderr));
    };
    // What the server itself calls a non-fast-forward is its policy, not a race: the lease was held.
    let local = !line.contains("[remote rejected]") && line.contains("[rejected]");
    if local || RACES.iter().any(|phrase| line.contains(phrase)) {
        return Ok(Attempt::Overtaken);
    }
    let reason = line.rsplit('\t').next().unwrap_or(line);
    let from_server: Vec<&str> =
        stderr.lines().filter_map(|line| line.strip_prefix("remote: ")).map(str::trim).collect();
    let detail = match from_server.join(" ") {
        said if said.is_empty() => format!("{reason}; {}", last_words(stderr)),
        said => format!("{reason}; {}", said.chars().take(500).collect::<String>()),
    };
    Err(GitError::PushRefused { url: using.access.url.clone(), target: shown(reference), detail })
}
