//! Which commits take part at all: the subscription's expression over each commit.

use expressions::{Functions, Scope, Time, Value};
use jiff::Timestamp;

use crate::expression::as_bool;

/// A commit as the expression sees it: `id`, `commitDate`, `author`, `committer`, `subject`.
#[derive(Clone, Copy, Debug)]
pub struct CommitFacts<'a> {
    /// The full id.
    pub id: &'a str,
    /// When it was committed.
    pub date: Timestamp,
    /// `Name <address>`
    pub author: &'a str,
    /// `Name <address>`
    pub committer: &'a str,
    /// The first line of the message.
    pub subject: &'a str,
}

/// Whether the commit takes part. The error is for people.
pub fn accepts(expression: &str, commit: CommitFacts<'_>, now: Timestamp) -> Result<bool, String> {
    let mut scope = Scope::new().with(&[Functions::Utility]);
    scope.set_now(now);
    for (name, text) in [
        ("id", commit.id),
        ("author", commit.author),
        ("committer", commit.committer),
        ("subject", commit.subject),
    ] {
        scope.set_json(name, &serde_json::Value::from(text));
    }
    scope.set("commitDate", Value::Time(Time::from_timestamp(commit.date)));
    let value = expressions::evaluate(expression, &scope)
        .map_err(|error| format!("expressionFilter: {error}"))?;
    as_bool(&value).map_err(|error| format!("expressionFilter: {error}"))
}

/// Whether the answer may change though the commits do not.
#[must_use]
pub fn depends_on_time(expression: &str) -> bool {
    expression.contains("now(")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(expression: &str, expected: Result<bool, &str>) {
        let commit = CommitFacts {
            id: "1f3870be274f6c49b3e31a0c6728957f3c7e1c1d",
            date: "2026-01-02T03:04:05Z".parse().unwrap(),
            author: "Ana <ana@example.com>",
            committer: "bot <bot@example.com>",
            subject: "feat: faster",
        };
        let now = "2026-01-03T00:00:00Z".parse().unwrap();
        match (accepts(expression, commit, now), expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{expression}"),
            (Err(found), Err(part)) => assert!(found.contains(part), "{found}"),
            (found, _) => panic!("{expression}: {found:?}"),
        }
    }

    #[test]
    fn commits_are_judged_by_what_they_say() {
        check("!(author contains 'bot')", Ok(true));
        check("committer startsWith 'bot'", Ok(true));
        check("subject matches '^feat(\\\\(.*\\\\))?:'", Ok(true));
        check("commitDate.After(date('2026-01-02'))", Ok(true));
        check("now().Sub(commitDate).Hours() < 1", Ok(false));
        check("'yes'", Err("it must give true or false"));
        check("subject ==", Err("expressionFilter"));
    }
}
