//! Annotated tags: made in a work tree, pushed once, never moved on the server.

use super::access::Remote;
use super::error::GitError;
use super::mirrors::{check_reference, short_hash};
use super::push::{Attempt, shown};
use super::using::Using;
use super::work_tree::WorkTree;

impl WorkTree {
    pub(super) async fn push_tag(
        &self,
        using: &Using,
        remote: &Remote,
        reference: &str,
    ) -> Result<Attempt, GitError> {
        let local = self.tag_reference(reference);
        let wanted = "a tag that a git-tag step made in this folder, or that is on the server";
        let missing = || GitError::Invalid { field: "tag", value: shown(reference), wanted };
        let references = self
            .mirrors
            .ls_remote_matching(remote, &[reference, &format!("{reference}^{{}}")])
            .await?;
        let name = reference.strip_prefix("refs/tags/").unwrap_or(reference);
        let there = references.tags.get(name);
        let Some(object) = using.resolve(&local).await? else {
            // What nobody made here may have come from the server, where it is already.
            let commit = there.ok_or_else(missing)?.clone();
            return Ok(Attempt::Done { commit, pushed: false });
        };
        let commit = using.resolve(&format!("{local}^{{commit}}")).await?.ok_or_else(missing)?;
        match there {
            Some(there) if *there == commit => Ok(Attempt::Done { commit, pushed: false }),
            Some(_) => Err(GitError::PushRefused {
                url: using.access.url.clone(),
                target: shown(reference),
                detail: "a tag of this name exists and leads elsewhere".to_owned(),
            }),
            None => match self.send(using, reference, &object, "").await? {
                Attempt::Done { pushed, .. } => Ok(Attempt::Done { commit, pushed }),
                Attempt::Overtaken => Ok(Attempt::Overtaken),
            },
        }
    }

    /// Tags live per work tree, so that promotions do not see each other's.
    fn tag_reference(&self, reference: &str) -> String {
        let tree = short_hash(&[&self.path().to_string_lossy()]);
        format!("refs/kargo/tags/{tree}/{}", short_hash(&[reference]))
    }

    /// Makes an annotated tag of the current commit; [`PushTarget::Tag`] pushes it. With `force` an earlier one goes.
    pub async fn tag(&self, name: &str, message: &str, force: bool) -> Result<String, GitError> {
        check_reference(name)?;
        let head = self.head().await?;
        let reference = self.tag_reference(&format!("refs/tags/{name}"));
        let author = &self.record.author;
        let moment = jiff::Timestamp::now().as_second();
        let text = format!(
            "object {head}\ntype commit\ntag {name}\ntagger {} <{}> {moment} +0000\n\n{}\n",
            author.name,
            author.email,
            message.trim_end()
        );
        let object = self.local("mktag").input(text).text().await?;
        let mut arguments = vec![reference.as_str(), &object];
        if !force {
            arguments.push("");
        }
        let updated = self.local("update-ref").args(arguments).run().await?;
        if updated.status.success() {
            return Ok(head);
        }
        let wanted = "a tag that does not exist yet, or `force: true`";
        Err(GitError::Invalid { field: "tag", value: name.to_owned(), wanted })
    }
}
