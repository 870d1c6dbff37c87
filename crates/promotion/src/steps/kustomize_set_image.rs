//! # `kustomize-set-image`
//!
//! Sets images in a Kustomization file.
//!
//! The file, `kustomization.yaml`, `kustomization.yml` or `Kustomization`, is edited in place, with
//! its order and comments; the `kustomize` program is not needed. An image that is not in its list
//! yet is added. What is not given here is removed from the image's entry, so that an old digest
//! does not outlive a new tag; `*` as `newName`, `tag` or `digest` keeps what the file says.
//!
//! Without `images`, every image of the Freight is set by its tag and digest. When the Stage
//! requests Freight from two Warehouses that subscribe to one repository, name the images.
//!
//! ```yaml
//! uses: kustomize-set-image
//! config:
//!   path: src/overlays/test
//!   images:
//!   - image: ghcr.io/example/guestbook
//!     newName: registry.example.com/guestbook
//!     tag: v1.2.3
//! ```
//!
//! ## Output
//!
//! `commitMessage`: what was set, for `git-commit`. Absent when there was nothing to set.

use std::collections::{BTreeMap, BTreeSet};

use api::{SubscriptionSource, Warehouse};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

use crate::{
    engine::FactKind,
    relative_path::RelativePath,
    step::{Outcome, Step, StepContext, StepError},
    work_dir::WorkDir,
    yaml::{self, KustomizeImage},
};

/// The step.
pub(crate) static STEP: Step =
    crate::step!("kustomize-set-image", "kustomize_set_image.rs", WorkDir, Config, run);

/// The names kustomize itself looks for.
const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// Sets images in a Kustomization file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Config {
    /// The directory of the Kustomization file, relative to the work directory.
    path: RelativePath,
    /// The images to set. All images of the Freight when absent or empty.
    #[serde(default)]
    images: Vec<Image>,
}

/// One image to set. Give either `tag` or `digest`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    { "required": ["tag"], "properties": { "digest": { "enum": ["", null] }, "tag": { "minLength": 1 } } },
    { "required": ["digest"], "properties": { "digest": { "minLength": 1 }, "tag": { "enum": ["", null] } } },
]))]
struct Image {
    /// The repository of the image, as a Warehouse subscribes to it.
    #[schemars(length(min = 1))]
    image: String,
    /// The name manifests use, when it is not the repository.
    #[serde(default)]
    name: String,
    /// The name that takes its place.
    #[serde(default)]
    new_name: String,
    /// The tag to set.
    #[serde(default)]
    tag: String,
    /// The digest to set.
    #[serde(default)]
    digest: String,
}

async fn run(context: &StepContext<'_>, config: Config) -> Result<Outcome, StepError> {
    let file = find(context.work_dir, &config.path)?;
    let images = if config.images.is_empty() {
        of_freight(context).await?
    } else {
        config.images.into_iter().map(wanted).collect()
    };
    if images.is_empty() {
        return Ok(Outcome::done());
    }
    let message = message(&config.path, &images);
    context
        .in_background(move |work_dir, _| {
            let text = work_dir.read_text(&file)?;
            let edited = yaml::set_images(&text, &images)
                .map_err(|problem| StepError::errored(format!("update `{file}`"), problem))?;
            if edited == text { Ok(()) } else { work_dir.write(&file, edited.as_bytes()) }
        })
        .await?;
    Ok(Outcome::Done { output: json!({ "commitMessage": message }) })
}

fn wanted(image: Image) -> (String, KustomizeImage) {
    let name = if image.name.is_empty() { image.image } else { image.name };
    // As in Kargo, a digest wins.
    let tag = if image.digest.is_empty() { image.tag } else { String::new() };
    (name, KustomizeImage { new_name: image.new_name, new_tag: tag, digest: image.digest })
}

async fn of_freight(
    context: &StepContext<'_>,
) -> Result<BTreeMap<String, KustomizeImage>, StepError> {
    refuse_ambiguity(context).await?;
    let images = context.freight.freight.values().flat_map(|freight| &freight.images);
    Ok(images
        .filter_map(|image| {
            let new_tag = image.tag.clone().unwrap_or_default();
            let digest = image.digest.clone().unwrap_or_default();
            let set = KustomizeImage { new_name: String::new(), new_tag, digest };
            Some((image.repo_url.clone()?, set))
        })
        .collect())
}

async fn refuse_ambiguity(context: &StepContext<'_>) -> Result<(), StepError> {
    let operation = "tell which images to set";
    let mut seen = BTreeSet::new();
    for request in context.requests {
        let name = &request.origin.name;
        let found = context
            .facts
            .object(FactKind::Warehouse, context.project, name)
            .await
            .map_err(|error| StepError::errored(operation, error))?
            .ok_or_else(|| {
                StepError::errored(operation, format!("there is no Warehouse `{name}`"))
            })?;
        let warehouse: Warehouse =
            serde_json::from_value(found).map_err(|error| StepError::errored(operation, error))?;
        let subscriptions = warehouse
            .spec
            .parse_subscriptions()
            .map_err(|error| StepError::errored(operation, error.to_string()))?;
        for subscription in subscriptions {
            let SubscriptionSource::Image(image) = subscription.source else { continue };
            if !seen.insert(image.repo_url.clone()) {
                let problem = format!(
                    "more than one requested Warehouse subscribes to {}; name the images in `images`",
                    image.repo_url
                );
                return Err(StepError::errored(operation, problem));
            }
        }
    }
    Ok(())
}

fn find(work_dir: &WorkDir, path: &RelativePath) -> Result<RelativePath, StepError> {
    let mut found = Vec::new();
    for name in FILE_NAMES {
        let candidate = path.join(name)?;
        if work_dir.dir().symlink_metadata(candidate.as_str()).is_ok_and(|found| found.is_file()) {
            found.push(candidate);
        }
    }
    let problem = match found.len() {
        1 => return Ok(found.remove(0)),
        0 => "there is none".to_owned(),
        _ => format!(
            "there are {}: {}",
            found.len(),
            found.iter().map(|path| path.as_str()).collect::<Vec<_>>().join(", ")
        ),
    };
    Err(StepError::errored(format!("find the Kustomization file in `{path}`"), problem))
}

fn message(path: &RelativePath, images: &BTreeMap<String, KustomizeImage>) -> String {
    let plural = if images.len() > 1 { "s" } else { "" };
    let mut text = format!("Updated {path} to use new image{plural}\n");
    for (name, image) in images {
        let name = if image.new_name.is_empty() { name } else { &image.new_name };
        text.push_str(&format!("\n- {name}"));
        for (mark, version) in [(":", &image.new_tag), ("@", &image.digest)] {
            if !version.is_empty() {
                text.push_str(&format!("{mark}{version}"));
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use api::{FreightReference, Image};
    use serde_json::json;

    use super::STEP;
    use crate::{step::Outcome, testing::Bench};

    fn output(message: &str) -> Outcome {
        Outcome::Done { output: json!({ "commitMessage": message }) }
    }

    #[tokio::test]
    async fn named_images_are_set_in_place() {
        let bench = Bench::new();
        bench.write(
            "k/kustomization.yaml",
            "images:\n- name: app # main\n  newTag: v1\nresources:\n- x\n",
        );
        let config = json!({"path": "k", "images": [
            {"image": "app", "tag": "1.10"}, {"image": "ghcr.io/b", "name": "b", "newName": "r/b", "digest": "sha256:0"}]});
        let outcome = bench.run(&STEP, config).await.unwrap();
        assert_eq!(outcome, output("Updated k to use new images\n\n- app:1.10\n- r/b@sha256:0"));
        assert_eq!(
            bench.text("k/kustomization.yaml"),
            "images:\n- name: app # main\n  newTag: \"1.10\"\n- name: b\n  newName: r/b\n  digest: sha256:0\nresources:\n- x\n"
        );
    }

    #[tokio::test]
    async fn without_images_the_freight_is_set() {
        let mut bench = Bench::new();
        bench.write("k/Kustomization", "resources:\n- x\n");
        let image = Image {
            repo_url: Some("app".into()),
            tag: Some("v2".into()),
            digest: Some("sha256:1".into()),
            ..Image::default()
        };
        let freight = FreightReference { images: vec![image], ..FreightReference::default() };
        bench.freight.freight.insert("Warehouse/w".into(), freight);
        let outcome = bench.run(&STEP, json!({"path": "k"})).await.unwrap();
        assert_eq!(outcome, output("Updated k to use new image\n\n- app:v2@sha256:1"));
        assert_eq!(
            bench.text("k/Kustomization"),
            "resources:\n- x\nimages:\n- name: app\n  newTag: v2\n  digest: sha256:1\n"
        );
    }

    #[tokio::test]
    async fn missing_and_double_files_are_refused() {
        let bench = Bench::new();
        bench.write("two/kustomization.yaml", "");
        bench.write("two/kustomization.yml", "");
        for config in [
            json!({"path": "none", "images": [{"image": "a", "tag": "b"}]}),
            json!({"path": "two", "images": [{"image": "a", "tag": "b"}]}),
            json!({"path": "two", "images": [{"image": "a", "tag": "b", "digest": "c"}]}),
            json!({"path": "two", "images": [{"image": "a"}]}),
        ] {
            bench.run(&STEP, config.clone()).await.expect_err(&config.to_string());
        }
    }
}
