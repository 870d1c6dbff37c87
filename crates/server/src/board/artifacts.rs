//! Artifacts as they fit into a cell, and what changes from one set to another.

use api::rest::board::{ArtifactChange, ArtifactKind, BoardArtifact, ChangeKind};
use api::{ArtifactReference, Chart, Freight, FreightReference, GitCommit, Image};
use integrations::git;

/// Characters of a commit id that people read.
const SHORT_ID: usize = 7;

pub(super) fn of_freight(freight: &Freight) -> Vec<BoardArtifact> {
    collect(&freight.images, &freight.commits, &freight.charts, &freight.artifacts)
}

pub(super) fn of_reference(freight: &FreightReference) -> Vec<BoardArtifact> {
    collect(&freight.images, &freight.commits, &freight.charts, &freight.artifacts)
}

fn collect(
    images: &[Image],
    commits: &[GitCommit],
    charts: &[Chart],
    others: &[ArtifactReference],
) -> Vec<BoardArtifact> {
    let images = images.iter().map(image);
    let commits = commits.iter().map(commit);
    let charts = charts.iter().map(chart);
    images.chain(commits).chain(charts).chain(others.iter().map(other)).collect()
}

fn image(image: &Image) -> BoardArtifact {
    let repository = image.repo_url.clone().unwrap_or_default();
    let version = image.tag.clone().or_else(|| image.digest.clone()).unwrap_or_default();
    BoardArtifact {
        kind: ArtifactKind::Image,
        name: name(image.subscription_name.as_deref(), &repository),
        repository,
        version,
        pin: image.digest.clone(),
        message: None,
        author: None,
        link: None,
    }
}

fn commit(commit: &GitCommit) -> BoardArtifact {
    let repository = commit.repo_url.clone().unwrap_or_default();
    let id = commit.id.clone().unwrap_or_default();
    let version = commit.tag.clone().unwrap_or_else(|| id.chars().take(SHORT_ID).collect());
    let link = commit.id.as_deref().and_then(|id| git::commit_url(&repository, None, id));
    BoardArtifact {
        kind: ArtifactKind::Commit,
        name: name(commit.subscription_name.as_deref(), &repository),
        repository,
        version,
        pin: commit.id.clone(),
        message: commit.message.clone(),
        author: commit.author.clone(),
        link,
    }
}

fn chart(chart: &Chart) -> BoardArtifact {
    let repository = chart.repo_url.clone().unwrap_or_default();
    let own = chart.subscription_name.as_deref().or(chart.name.as_deref());
    BoardArtifact {
        kind: ArtifactKind::Chart,
        name: name(own, &repository),
        repository: match chart.name.as_deref().filter(|name| !name.is_empty()) {
            Some(name) => format!("{repository}/{name}"),
            None => repository,
        },
        version: chart.version.clone().unwrap_or_default(),
        pin: None,
        message: None,
        author: None,
        link: None,
    }
}

fn other(artifact: &ArtifactReference) -> BoardArtifact {
    BoardArtifact {
        kind: ArtifactKind::Artifact,
        name: artifact.subscription_name.clone(),
        repository: artifact.artifact_type.clone().unwrap_or_default(),
        version: artifact.version.clone(),
        pin: None,
        message: None,
        author: None,
        link: None,
    }
}

/// The subscription's name, else the last part of the repository without `.git`.
fn name(subscription: Option<&str>, repository: &str) -> String {
    if let Some(name) = subscription.filter(|name| !name.is_empty()) {
        return name.to_owned();
    }
    let last = repository.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    last.strip_suffix(".git").unwrap_or(last).to_owned()
}

/// Pairs what runs with what would run: the same kind of artifact from the same repository, in order.
pub(super) fn changes(from: &[BoardArtifact], to: &[BoardArtifact]) -> Vec<ArtifactChange> {
    let mut left: Vec<Option<&BoardArtifact>> = from.iter().map(Some).collect();
    let mut changes = Vec::new();
    for wanted in to {
        let same = |known: &&mut Option<&BoardArtifact>| {
            known.is_some_and(|known| {
                (known.kind, &known.repository, &known.name)
                    == (wanted.kind, &wanted.repository, &wanted.name)
            })
        };
        let known = left.iter_mut().find(same).and_then(Option::take);
        let change = match known {
            None => ChangeKind::New,
            Some(known) if known.version == wanted.version && known.pin == wanted.pin => {
                ChangeKind::Unchanged
            }
            Some(_) => ChangeKind::Changed,
        };
        changes.push(ArtifactChange { change, from: known.cloned(), to: Some(wanted.clone()) });
    }
    let removed = left.into_iter().flatten();
    changes.extend(removed.map(|known| ArtifactChange {
        change: ChangeKind::Removed,
        from: Some(known.clone()),
        to: None,
    }));
    changes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn artifact(repository: &str, version: &str) -> BoardArtifact {
        image(&Image {
            repo_url: Some(repository.into()),
            tag: Some(version.into()),
            ..Image::default()
        })
    }

    #[test]
    fn names_are_short() {
        assert_eq!(name(None, "ghcr.io/acme/api"), "api");
        assert_eq!(name(None, "https://example.com/acme/config.git"), "config");
        assert_eq!(name(Some("main"), "ghcr.io/acme/api"), "main");
        assert_eq!(name(None, ""), "");
    }

    #[test]
    fn a_commit_tells_its_author_and_page() {
        let commit = commit(&GitCommit {
            repo_url: Some("https://github.com/acme/config.git".into()),
            id: Some("0123456789abcdef".into()),
            author: Some("Ada <ada@example.com>".into()),
            ..GitCommit::default()
        });
        assert_eq!(commit.version, "0123456");
        assert_eq!(commit.author.as_deref(), Some("Ada <ada@example.com>"));
        let page = "https://github.com/acme/config/commit/0123456789abcdef";
        assert_eq!(commit.link.as_deref(), Some(page));
    }

    #[test]
    fn every_kind_of_change() {
        let from = [artifact("a", "1"), artifact("b", "1"), artifact("c", "1")];
        let to = [artifact("b", "1"), artifact("a", "2"), artifact("d", "1")];
        let found = changes(&from, &to);
        let kinds: Vec<_> = found.iter().map(|change| change.change).collect();
        use ChangeKind::{Changed, New, Removed, Unchanged};
        assert_eq!(kinds, [Unchanged, Changed, New, Removed]);
        assert_eq!(found[1].from.as_ref().map(|a| a.version.as_str()), Some("1"));
        assert_eq!(found[1].to.as_ref().map(|a| a.version.as_str()), Some("2"));
    }
}
