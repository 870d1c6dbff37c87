//! Subscriptions of a Warehouse, read from the raw JSON in which they are stored.

use crate::Time;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

/// One subscription: the repository it watches and, if it has one, its name.
#[derive(Clone, Debug, PartialEq)]
pub struct RepoSubscription {
    /// Name of the subscription, unique in the Warehouse.
    pub name: Option<String>,
    /// What is watched.
    pub source: SubscriptionSource,
}

/// What a subscription watches.
#[derive(Clone, Debug, PartialEq)]
pub enum SubscriptionSource {
    /// A Helm chart repository.
    Chart(ChartSubscription),
    /// A git repository.
    Git(GitSubscription),
    /// A container image repository.
    Image(ImageSubscription),
    /// Anything else, by the name of its type.
    Other {
        /// The type's name.
        artifact_type: String,
        /// Its settings as they are written.
        config: Value,
    },
}

/// A subscription that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}: {problem}")]
pub struct SubscriptionError {
    /// Path of the field that is wrong.
    pub path: String,
    /// What is wrong, and what would be right.
    pub problem: String,
}

impl SubscriptionError {
    fn new(path: &str, problem: impl Into<String>) -> Self {
        Self { path: path.to_owned(), problem: problem.into() }
    }

    /// The same error, seen from further up.
    #[must_use]
    pub fn below(mut self, parent: &str) -> Self {
        self.path = if self.path.is_empty() {
            parent.to_owned()
        } else {
            format!("{parent}.{}", self.path)
        };
        self
    }
}

impl RepoSubscription {
    /// Reads one entry of `spec.subscriptions`.
    pub fn parse(raw: &Value) -> Result<Self, SubscriptionError> {
        let Value::Object(raw) = raw else {
            return Err(SubscriptionError::new("", format!("must be an object, not {raw}")));
        };
        let name = match raw.get("name") {
            None | Some(Value::Null) => None,
            Some(Value::String(name)) => Some(name.clone()),
            Some(other) => {
                return Err(SubscriptionError::new(
                    "name",
                    format!("must be a string, not {other}"),
                ));
            }
        };
        let types: Vec<&String> = raw.keys().filter(|key| *key != "name").collect();
        let artifact_type = match types.as_slice() {
            [one] => *one,
            [] => {
                let problem = "names no type of subscription: add image, git or chart";
                return Err(SubscriptionError::new("", problem));
            }
            several => {
                let keys: Vec<&str> = several.iter().map(|key| key.as_str()).collect();
                let problem = format!(
                    "names several types of subscription ({}): keep one and write the others as their own entries",
                    keys.join(", ")
                );
                return Err(SubscriptionError::new("", problem));
            }
        };
        let config = raw.get(artifact_type).unwrap_or(&Value::Null);
        let source = match artifact_type.as_str() {
            "chart" => SubscriptionSource::Chart(read(artifact_type, config)?),
            "git" => SubscriptionSource::Git(read(artifact_type, config)?),
            "image" => SubscriptionSource::Image(read(artifact_type, config)?),
            other => SubscriptionSource::Other {
                artifact_type: other.to_owned(),
                config: config.clone(),
            },
        };
        Ok(Self { name, source })
    }

    /// Writes the subscription as it stands in `spec.subscriptions`.
    pub fn to_value(&self) -> Value {
        let (key, config) = match &self.source {
            SubscriptionSource::Chart(chart) => ("chart", json!(chart)),
            SubscriptionSource::Git(git) => ("git", json!(git)),
            SubscriptionSource::Image(image) => ("image", json!(image)),
            SubscriptionSource::Other { artifact_type, config } => {
                (artifact_type.as_str(), config.clone())
            }
        };
        let mut raw = Map::new();
        if let Some(name) = &self.name {
            raw.insert("name".to_owned(), json!(name));
        }
        raw.insert(key.to_owned(), config);
        Value::Object(raw)
    }

    /// The type of subscription as it is written: `chart`, `git`, `image` or another.
    pub fn artifact_type(&self) -> &str {
        match &self.source {
            SubscriptionSource::Chart(_) => "chart",
            SubscriptionSource::Git(_) => "git",
            SubscriptionSource::Image(_) => "image",
            SubscriptionSource::Other { artifact_type, .. } => artifact_type,
        }
    }

    /// URL of the repository, if the type has one.
    pub fn repo_url(&self) -> Option<&str> {
        match &self.source {
            SubscriptionSource::Chart(chart) => Some(&chart.repo_url),
            SubscriptionSource::Git(git) => Some(&git.repo_url),
            SubscriptionSource::Image(image) => Some(&image.repo_url),
            SubscriptionSource::Other { .. } => None,
        }
    }
}

/// Reads the settings of one type; when that fails, finds the field that is to blame.
fn read<T: DeserializeOwned>(key: &str, config: &Value) -> Result<T, SubscriptionError> {
    let Value::Object(fields) = config else {
        return Err(SubscriptionError::new(key, format!("must be an object, not {config}")));
    };
    if !fields.contains_key("repoURL") {
        return Err(SubscriptionError::new(&format!("{key}.repoURL"), "is required"));
    }
    let whole = match T::deserialize(config) {
        Ok(read) => return Ok(read),
        Err(error) => error,
    };
    for (field, value) in fields {
        let alone = if field == "repoURL" {
            json!({ "repoURL": value })
        } else {
            json!({ "repoURL": "", field.as_str(): value })
        };
        if let Err(error) = T::deserialize(&alone) {
            return Err(SubscriptionError::new(&format!("{key}.{field}"), error.to_string()));
        }
    }
    Err(SubscriptionError::new(key, whole.to_string()))
}

/// Watches a container image repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ImageSubscription {
    /// The image repository, without a tag.
    #[serde(rename = "repoURL")]
    pub repo_url: String,
    /// How the newest image is chosen; by semantic version when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_selection_strategy: Option<ImageSelectionStrategy>,
    /// Whether semantic versions need all three parts; they do when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strict_semvers: Option<bool>,
    /// What tags may be chosen; its meaning depends on the strategy.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constraint: Option<String>,
    /// Older form of `allow_tags_regexes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_tags: Option<String>,
    /// Tags must match one of these regular expressions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow_tags_regexes: Vec<String>,
    /// Tags to leave out. Older form of `ignore_tags_regexes`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore_tags: Vec<String>,
    /// Tags must match none of these regular expressions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore_tags_regexes: Vec<String>,
    /// Only images for this platform (`os/architecture`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Whether certificates are not checked.
    #[serde(default, rename = "insecureSkipTLSVerify", skip_serializing_if = "Option::is_none")]
    pub insecure_skip_tls_verify: Option<bool>,
    /// How many images to list at most; 20 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discovery_limit: Option<i64>,
    /// Whether a tag that was seen once is taken to stay the same.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_by_tag: Option<bool>,
}

/// How the newest image is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ImageSelectionStrategy {
    /// Whatever one mutable tag points at.
    Digest,
    /// The last tag in the order of text.
    Lexical,
    /// The image built last.
    NewestBuild,
    /// The highest semantic version.
    #[default]
    SemVer,
}

/// Watches a git repository.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct GitSubscription {
    /// URL of the repository.
    #[serde(rename = "repoURL")]
    pub repo_url: String,
    /// How the newest commit is chosen; from a branch when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit_selection_strategy: Option<CommitSelectionStrategy>,
    /// The branch; the repository's own default when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Whether semantic versions need all three parts; they do when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub strict_semvers: Option<bool>,
    /// Which semantic versions may be chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub semver_constraint: Option<String>,
    /// Older form of `allow_tags_regexes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub allow_tags: Option<String>,
    /// Tags must match one of these regular expressions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow_tags_regexes: Vec<String>,
    /// Tags to leave out. Older form of `ignore_tags_regexes`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore_tags: Vec<String>,
    /// Tags must match none of these regular expressions.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ignore_tags_regexes: Vec<String>,
    /// Expression over a commit's or tag's metadata that must be true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expression_filter: Option<String>,
    /// Whether certificates are not checked.
    #[serde(default, rename = "insecureSkipTLSVerify", skip_serializing_if = "Option::is_none")]
    pub insecure_skip_tls_verify: Option<bool>,
    /// Whether file contents are fetched only when they are needed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blobless: Option<bool>,
    /// Only commits that change one of these paths.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub include_paths: Vec<String>,
    /// Not commits that change only these paths.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude_paths: Vec<String>,
    /// How many commits to list at most; 20 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discovery_limit: Option<i64>,
    /// Only commits made at or after this time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Time>,
}

/// How the newest commit is chosen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum CommitSelectionStrategy {
    /// The last tag in the order of text.
    Lexical,
    /// The head of a branch.
    #[default]
    NewestFromBranch,
    /// The tag made last.
    NewestTag,
    /// The tag with the highest semantic version.
    SemVer,
}

/// Watches a Helm chart repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChartSubscription {
    /// The chart repository; an `oci://` URL names the chart itself.
    #[serde(rename = "repoURL")]
    pub repo_url: String,
    /// The chart's name in a classic repository; absent for OCI.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Which versions may be chosen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub semver_constraint: Option<String>,
    /// How many versions to list at most; 20 when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discovery_limit: Option<i64>,
    /// Whether certificates are not checked.
    #[serde(default, rename = "insecureSkipTLSVerify", skip_serializing_if = "Option::is_none")]
    pub insecure_skip_tls_verify: Option<bool>,
}

/// How many revisions a subscription lists when it does not say.
pub const DEFAULT_DISCOVERY_LIMIT: i64 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(raw: Value) -> String {
        RepoSubscription::parse(&raw).unwrap_err().to_string()
    }

    #[test]
    fn reads_each_type_and_writes_it_back() {
        for raw in [
            json!({ "image": { "repoURL": "nginx", "imageSelectionStrategy": "Digest", "constraint": "latest" } }),
            json!({ "name": "config", "git": { "repoURL": "https://example.com/a.git", "branch": "main", "since": "2026-01-02T03:04:05Z" } }),
            json!({ "chart": { "repoURL": "oci://example.com/chart", "semverConstraint": "^1" } }),
            json!({ "name": "x", "maven": { "group": "g" } }),
        ] {
            assert_eq!(RepoSubscription::parse(&raw).unwrap().to_value(), raw);
        }
    }

    #[test]
    fn errors_name_the_field() {
        assert!(problem(json!({})).contains("add image, git or chart"));
        assert!(problem(json!({ "image": {}, "git": {} })).contains("image, git"));
        assert_eq!(problem(json!({ "image": {} })), "image.repoURL: is required");
        assert!(problem(json!({ "name": 1, "image": {} })).starts_with("name: must be a string"));
        let raw = json!({ "git": { "repoURL": "u", "discoveryLimit": "x" } });
        assert!(problem(raw).starts_with("git.discoveryLimit: "));
        let raw = json!({ "image": { "repoURL": "u", "semverConstrant": "^1" } });
        let text = problem(raw);
        assert!(
            text.starts_with("image.semverConstrant: ") && text.contains("constraint"),
            "{text}"
        );
        let raw = json!({ "image": { "repoURL": "u", "imageSelectionStrategy": "Semver" } });
        assert!(problem(raw).contains("SemVer"));
    }

    /// Every property that Kargo's schemas allow is understood, with every word they list.
    #[test]
    fn schemas_of_kargo_are_covered() {
        let folder =
            concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/contract/subscription-schemas");
        if !std::path::Path::new(folder).is_dir() {
            eprintln!("skipped: {folder} is not there");
            return;
        }
        for kind in ["chart", "git", "image"] {
            let text = std::fs::read_to_string(format!("{folder}/{kind}.json")).unwrap();
            let schema: Value = serde_json::from_str(&text).unwrap();
            for (name, property) in schema["properties"].as_object().unwrap() {
                let values = match (property["enum"].as_array(), property["type"].as_str().unwrap())
                {
                    (Some(words), _) => words.clone(),
                    (None, "boolean") => vec![json!(true)],
                    (None, "integer") => vec![json!(7)],
                    (None, "array") => vec![json!(["x"])],
                    _ if property["format"] == "date-time" => vec![json!("2026-01-02T03:04:05Z")],
                    _ => vec![json!("text")],
                };
                for value in values {
                    let mut config = json!({ "repoURL": "u" });
                    config[name] = value;
                    let raw = json!({ kind: config });
                    assert_eq!(RepoSubscription::parse(&raw).unwrap().to_value(), raw, "{name}");
                }
            }
        }
    }
}
