//! Reading commits: who, when, what about, and which paths they touched.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::access::Remote;
use super::error::GitError;
use super::mirrors::Mirrors;
use super::references::is_object_id;

/// Subjects longer than [`SUBJECT_LIMIT`] bytes are cut to leave room for the dots.
const SUBJECT_LIMIT: usize = 80;
const FIELDS: usize = 6;

/// One commit as discovery and expressions see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    pub id: String,
    /// In first-parent history this is the older neighbour.
    pub parent: Option<String>,
    pub date: Timestamp,
    /// `Name <address>`
    pub author: String,
    pub committer: String,
    /// The whole first paragraph on one line; [`subject_of`] shortens it.
    pub subject: String,
}

/// The newest commits of one branch, along first parents.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CommitQuery {
    /// The default branch when not set.
    pub branch: Option<String>,
    pub limit: usize,
    pub skip: usize,
    pub since: Option<Timestamp>,
    /// The branch's commit, where `ls-remote` has just told; then the server is not asked for it again.
    pub tip: Option<String>,
}

/// The paths a commit changed against its first parent.
pub type PathChanges = BTreeMap<String, Vec<String>>;

/// A subject as Freight shows it: at most 80 bytes, cut between characters and then ended with dots.
#[must_use]
pub fn subject_of(text: &str) -> String {
    if text.len() <= SUBJECT_LIMIT {
        return text.to_owned();
    }
    let mut end = SUBJECT_LIMIT - 3;
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}...", &text[..end])
}

impl Mirrors {
    /// The newest commits of a branch. One `ls-remote` unless the tip is known, a fetch if the branch moved, one `log`.
    pub async fn commits(
        &self,
        remote: &Remote,
        query: &CommitQuery,
    ) -> Result<Vec<Commit>, GitError> {
        let branch = query.branch.as_deref();
        let (using, tip) = match &query.tip {
            Some(tip) => self.branch_at(remote, branch, tip).await?,
            None => self.fetched_branch(remote, branch).await?,
        };
        let mut command = using
            .command("log")
            .args([
                "--first-parent",
                "-z",
                "--format=%H%x00%P%x00%ct%x00%an <%ae>%x00%cn <%ce>%x00%s",
            ])
            .args([format!("--max-count={}", query.limit), format!("--skip={}", query.skip)]);
        if let Some(since) = query.since {
            command = command.args([format!("--since={}", since.as_second())]);
        }
        let output = command.args([tip.as_str(), "--"]).output().await?;
        Ok(parse_log(&String::from_utf8_lossy(&output)))
    }

    /// The changed paths of commits that [`Self::commits`] gave, in one process.
    pub async fn changed_paths(
        &self,
        remote: &Remote,
        commits: &[Commit],
    ) -> Result<PathChanges, GitError> {
        let using = self.known(remote).await?;
        let mut input = String::new();
        for commit in commits {
            if !is_object_id(&commit.id)
                || commit.parent.as_deref().is_some_and(|parent| !is_object_id(parent))
            {
                let (field, value) = ("commit", commit.id.clone());
                return Err(GitError::Invalid { field, value, wanted: "a full commit id" });
            }
            input.push_str(&commit.id);
            if let Some(parent) = &commit.parent {
                input.push(' ');
                input.push_str(parent);
            }
            input.push('\n');
        }
        let output = using
            .command("diff-tree")
            .args(["--stdin", "-r", "-z", "--root", "--always", "--name-only", "--no-renames"])
            .input(input)
            .output()
            .await?;
        Ok(parse_changes(&String::from_utf8_lossy(&output), commits))
    }
}

fn parse_log(output: &str) -> Vec<Commit> {
    let fields: Vec<&str> = output.split('\0').collect();
    fields
        .chunks_exact(FIELDS)
        .filter_map(|fields| {
            let [id, parents, seconds, author, committer, subject] = fields else { return None };
            Some(Commit {
                id: (*id).to_owned(),
                parent: parents
                    .split(' ')
                    .next()
                    .filter(|parent| !parent.is_empty())
                    .map(str::to_owned),
                date: Timestamp::from_second(seconds.parse().ok()?).ok()?,
                author: (*author).to_owned(),
                committer: (*committer).to_owned(),
                subject: (*subject).to_owned(),
            })
        })
        .collect()
}

/// The output names each commit, in the order asked, followed by its paths.
fn parse_changes(output: &str, commits: &[Commit]) -> PathChanges {
    let mut changes = PathChanges::new();
    let mut expected = commits.iter().peekable();
    let mut current: Option<&str> = None;
    for token in output
        .split('\0')
        .map(|token| token.trim_start_matches('\n'))
        .filter(|token| !token.is_empty())
    {
        if let Some(commit) = expected.next_if(|commit| commit.id == token) {
            changes.entry(commit.id.clone()).or_default();
            current = Some(&commit.id);
        } else if let Some(paths) = current.and_then(|id| changes.get_mut(id)) {
            paths.push(token.to_owned());
        }
    }
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_cut_between_characters() {
        assert_eq!(subject_of("short"), "short");
        assert_eq!(subject_of(&"a".repeat(80)), "a".repeat(80));
        assert_eq!(subject_of(&"a".repeat(81)), format!("{}...", "a".repeat(77)));
        assert_eq!(subject_of(&"é".repeat(41)), format!("{}...", "é".repeat(38)));
    }

    proptest::proptest! {
        #[test]
        fn subjects_and_logs_never_panic(text in "\\PC{0,120}") {
            let cut = subject_of(&text);
            proptest::prop_assert!(cut.len() <= SUBJECT_LIMIT || cut == text);
            let _commits = parse_log(&text.replace('a', "\0"));
            let _references = super::super::references::RemoteReferences::parse(&text.replace('a', "\t"));
        }
    }
}
