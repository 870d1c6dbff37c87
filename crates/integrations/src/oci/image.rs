//! What manifests, indexes and image configurations say, read leniently.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Deserialize;

pub(super) const ACCEPTED: &str = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.list.v2+json, application/vnd.docker.distribution.manifest.v2+json";

const CREATED: [&str; 2] = ["org.opencontainers.image.created", "org.label-schema.build-date"];

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PlatformName {
    pub os: String,
    pub architecture: String,
    pub variant: Option<String>,
}

/// Whether an image for this platform is wanted.
pub type PlatformFilter<'a> = &'a (dyn Fn(&PlatformName) -> bool + Send + Sync);

/// One image as Freight needs it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImageDescription {
    /// Of the index where there is one, else of the manifest.
    pub digest: String,
    pub created: Option<Timestamp>,
    pub annotations: BTreeMap<String, String>,
    /// The platforms it is for, those that were asked for only.
    pub platforms: Vec<PlatformName>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Manifest {
    pub(super) config: Option<Descriptor>,
    pub(super) manifests: Option<Vec<Descriptor>>,
    pub(super) annotations: Option<BTreeMap<String, String>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Descriptor {
    pub(super) digest: String,
    pub(super) platform: Option<Platform>,
    pub(super) annotations: Option<BTreeMap<String, String>>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Platform {
    os: String,
    architecture: String,
    variant: Option<String>,
}

impl Platform {
    /// `None` for what is not an image to run, attestations for example.
    pub(super) fn name(&self) -> Option<PlatformName> {
        let known = |text: &str| !text.is_empty() && text != "unknown";
        (known(&self.os) && known(&self.architecture)).then(|| PlatformName {
            os: self.os.clone(),
            architecture: self.architecture.clone(),
            variant: self.variant.clone().filter(|variant| !variant.is_empty()),
        })
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Configuration {
    created: Option<String>,
    #[serde(flatten)]
    platform: Platform,
    config: Option<Container>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Container {
    #[serde(rename = "Labels")]
    labels: Option<BTreeMap<String, String>>,
}

/// One image without an index around it.
#[derive(Clone, Debug, Default)]
pub(super) struct Single {
    pub(super) created: Option<Timestamp>,
    pub(super) annotations: BTreeMap<String, String>,
    pub(super) platform: Option<PlatformName>,
}

impl Single {
    /// The manifest's annotation tells when it was made; else the later of label and configuration, because a label may
    /// come from a base image and some builders write a fixed early date.
    pub(super) fn of(manifest: &Manifest, configuration: &Configuration) -> Self {
        let annotations = manifest.annotations.clone().unwrap_or_default();
        let labels = configuration.config.as_ref().and_then(|config| config.labels.as_ref());
        let own = configuration.created.as_deref().and_then(parse_time);
        let created = created_in(Some(&annotations)).or_else(|| created_in(labels).max(own));
        Self { created, annotations, platform: configuration.platform.name() }
    }
}

pub(super) fn created_in(metadata: Option<&BTreeMap<String, String>>) -> Option<Timestamp> {
    CREATED.iter().find_map(|key| parse_time(metadata?.get(*key)?))
}

fn parse_time(text: &str) -> Option<Timestamp> {
    text.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn when_an_image_was_made() {
        let single = |manifest: &str, configuration: &str| {
            Single::of(
                &serde_json::from_str(manifest).unwrap(),
                &serde_json::from_str(configuration).unwrap(),
            )
        };
        let annotated = r#"{"annotations":{"org.opencontainers.image.created":"2024-01-02T03:04:05Z","x":"y"}}"#;
        let labelled = r#"{"created":"2020-01-01T00:00:00Z","os":"linux","architecture":"arm64","variant":"v8","config":{"Labels":{"org.label-schema.build-date":"2023-01-01T00:00:00+02:00"}}}"#;
        assert_eq!(single(annotated, labelled).created, Some(time("2024-01-02T03:04:05Z")));
        assert_eq!(single("{}", labelled).created, Some(time("2022-12-31T22:00:00Z")));
        assert_eq!(
            single("{}", r#"{"created":"2020-01-01T00:00:00Z"}"#).created,
            Some(time("2020-01-01T00:00:00Z"))
        );
        assert_eq!(
            single(r#"{"annotations":null}"#, r#"{"created":"soon","config":null}"#).created,
            None
        );
        let platform = single("{}", labelled).platform.unwrap();
        assert_eq!((platform.os.as_str(), platform.variant.as_deref()), ("linux", Some("v8")));
    }
}
