//! Names that are worked out from content: Freight, FreightCollections, Promotions, aliases, labels.
//! They must equal Kargo's byte for byte, because objects made by either are found by the other.

mod alias;
mod url;

pub use alias::alias;
pub use url::{normalize_chart, normalize_git, normalize_image};

use crate::{ArtifactReference, Chart, Freight, GitCommit, Image};
use sha1::{Digest as _, Sha1};
use sha2::Sha256;

/// Longest label value, in bytes.
const LABEL_LIMIT: usize = 63;
/// Longest object name, in bytes.
const NAME_LIMIT: usize = 253;
/// How many hexadecimal digits stand for what was cut off.
const SHORT_HASH: usize = 8;
/// Longest Stage name that a Promotion's name takes over whole, in bytes.
const PROMOTION_PREFIX_LIMIT: usize = 218;
/// How many characters of the Freight's name end a Promotion's name.
const PROMOTION_FREIGHT: usize = 7;

/// Name of a piece of Freight: a hash of its origin and its artifacts.
pub fn freight_name(freight: &Freight) -> String {
    let mut parts: Vec<String> = Vec::new();
    parts.extend(freight.commits.iter().map(commit_part));
    parts.extend(freight.images.iter().map(image_part));
    parts.extend(freight.charts.iter().map(chart_part));
    parts.extend(freight.artifacts.iter().map(artifact_part));
    parts.sort_unstable();
    hex(&Sha1::digest(format!("{}:{}", freight.origin, parts.join("|"))))
}

/// Id of a FreightCollection: a hash of the names of its Freight, whatever their order.
pub fn freight_collection_id<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let mut names: Vec<&str> = names.into_iter().collect();
    names.sort_unstable();
    hex(&Sha1::digest(names.join(",")))
}

/// Name of a Promotion. The ULID makes the order of names the order of creation.
/// For a Promotion to a Target, `stage` is `<stage>.<target>`.
pub fn promotion_name(stage: &str, ulid: &str, freight: &str) -> String {
    let stage = if stage.len() > PROMOTION_PREFIX_LIMIT {
        prefix(stage, PROMOTION_PREFIX_LIMIT).trim_end_matches(['.', '-'])
    } else {
        stage
    };
    format!("{stage}.{ulid}.{}", prefix(freight, PROMOTION_FREIGHT)).to_lowercase()
}

/// A text that fits into a label: itself, or its beginning and a short hash of the whole.
pub fn shorten_label_value(value: &str) -> String {
    shorten(value, LABEL_LIMIT)
}

/// A text that fits into an object's name: itself, or its beginning and a short hash of the whole.
pub fn shorten_resource_name(name: &str) -> String {
    shorten(name, NAME_LIMIT)
}

fn shorten(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let hash = hex(&Sha256::digest(text));
    let kept = prefix(text, limit - SHORT_HASH - 1).trim_end_matches('-');
    format!("{kept}-{}", &hash[..SHORT_HASH])
}

/// The first bytes of a text, or a little less so as not to cut a character in two.
fn prefix(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn text(value: &Option<String>) -> &str {
    value.as_deref().unwrap_or_default()
}

fn with_subscription(part: String, subscription: &str) -> String {
    if subscription.is_empty() { part } else { format!("{part}:{subscription}") }
}

fn commit_part(commit: &GitCommit) -> String {
    let url = normalize_git(text(&commit.repo_url));
    let (tag, id) = (text(&commit.tag), text(&commit.id));
    let part = if tag.is_empty() { format!("{url}:{id}") } else { format!("{url}:{tag}:{id}") };
    with_subscription(part, text(&commit.subscription_name))
}

/// The repository's URL is taken as it is written, unlike those of commits and charts.
fn image_part(image: &Image) -> String {
    let part = format!("{}:{}@{}", text(&image.repo_url), text(&image.tag), text(&image.digest));
    with_subscription(part, text(&image.subscription_name))
}

fn chart_part(chart: &Chart) -> String {
    let base = join_path(&normalize_chart(text(&chart.repo_url)), text(&chart.name));
    let part = format!("{base}:{}", text(&chart.version));
    with_subscription(part, text(&chart.subscription_name))
}

fn artifact_part(artifact: &ArtifactReference) -> String {
    let kind = text(&artifact.artifact_type);
    format!("{kind}:{}:{}", artifact.subscription_name, artifact.version)
}

/// Joins and cleans slash-separated paths; `https://` becomes `https:/` on the way.
fn join_path(first: &str, second: &str) -> String {
    let joined = match (first, second) {
        ("", "") => return String::new(),
        ("", only) | (only, "") => only.to_owned(),
        (first, second) => format!("{first}/{second}"),
    };
    let rooted = joined.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in joined.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    match (rooted, parts.join("/")) {
        (true, path) => format!("/{path}"),
        (false, path) if path.is_empty() => ".".to_owned(),
        (false, path) => path,
    }
}

#[cfg(test)]
mod tests;
