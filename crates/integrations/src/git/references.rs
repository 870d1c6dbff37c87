//! What a repository offers: its default branch, branches and tags, as `ls-remote` tells.

use std::collections::BTreeMap;

/// The references of a remote repository at one moment. Commit ids are full and lower-case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoteReferences {
    /// The branch that HEAD names, where the server says so.
    pub default_branch: Option<String>,
    /// What HEAD points at.
    pub head: Option<String>,
    pub branches: BTreeMap<String, String>,
    /// The commit each tag leads to; an annotated tag is followed to its commit.
    pub tags: BTreeMap<String, String>,
}

impl RemoteReferences {
    /// Reads the output of `git ls-remote --symref`. Lines that are not understood are skipped.
    pub(super) fn parse(output: &str) -> Self {
        let mut references = Self::default();
        let mut peeled = BTreeMap::new();
        for line in output.lines() {
            let Some((id, name)) = line.split_once('\t') else { continue };
            if let Some(target) = id.strip_prefix("ref: ") {
                if name == "HEAD" {
                    references.default_branch =
                        target.strip_prefix("refs/heads/").map(str::to_owned);
                }
                continue;
            }
            if !is_object_id(id) {
                continue;
            }
            if name == "HEAD" {
                references.head = Some(id.to_owned());
            } else if let Some(branch) = name.strip_prefix("refs/heads/") {
                references.branches.insert(branch.to_owned(), id.to_owned());
            } else if let Some(tag) = name.strip_prefix("refs/tags/") {
                match tag.strip_suffix("^{}") {
                    Some(tag) => peeled.insert(tag.to_owned(), id.to_owned()),
                    None => references.tags.insert(tag.to_owned(), id.to_owned()),
                };
            }
        }
        references.tags.extend(peeled);
        references
    }

    /// The commit of a branch, or of the default branch.
    #[must_use]
    pub fn branch(&self, name: Option<&str>) -> Option<&str> {
        match name {
            Some(name) => self.branches.get(name).map(String::as_str),
            None => self.head.as_deref(),
        }
    }
}

pub(super) fn is_object_id(text: &str) -> bool {
    matches!(text.len(), 40 | 64)
        && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_ls_remote_prints() {
        let (one, two) = ("1".repeat(40), "2".repeat(40));
        let output = format!(
            "ref: refs/heads/trunk\tHEAD\n{one}\tHEAD\n{one}\trefs/heads/trunk\n{two}\trefs/heads/a/b\n\
             {two}\trefs/tags/v1\n{one}\trefs/tags/v1^{{}}\n{two}\trefs/tags/light\nwarning: noise\n{one}\trefs/pull/1/head\n"
        );
        let references = RemoteReferences::parse(&output);
        assert_eq!(references.default_branch.as_deref(), Some("trunk"));
        assert_eq!(references.branch(None), Some(one.as_str()));
        assert_eq!(references.branch(Some("a/b")), Some(two.as_str()));
        assert_eq!(references.branch(Some("gone")), None);
        assert_eq!(references.tags["v1"], one);
        assert_eq!(references.tags["light"], two);
        assert_eq!(references.branches.len(), 2);
    }
}
