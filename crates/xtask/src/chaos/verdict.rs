//! What must be true when the killing is over; each broken promise is one line.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use api::PromotionPhase;
use k8s_openapi::api::core::v1::ConfigMap;
use kube::api::ListParams;
use kube::{Api, Client, ResourceExt as _};

use super::pipeline::{Pipeline, REPOSITORY};
use super::writer;

/// More than any branch gets.
const ALL: usize = 100_000;
const ROOT: &str = "Initial commit";

/// Each tag was promoted once to each Stage, with success.
pub(crate) async fn promotions(
    pipeline: &Pipeline,
    client: &Client,
    tags: &[String],
) -> Result<Vec<String>> {
    let mut violations = Vec::new();
    for tag in tags {
        let promotions = pipeline.promotions_of(client, tag).await?;
        for stage in pipeline.stages() {
            let of_stage: Vec<_> =
                promotions.iter().filter(|promotion| promotion.spec.stage == stage).collect();
            if of_stage.len() != 1 {
                violations.push(format!("{stage} {tag}: {} Promotions", of_stage.len()));
            }
            for promotion in of_stage {
                let status = promotion.status.clone().unwrap_or_default();
                if status.phase != Some(PromotionPhase::Succeeded) {
                    let phase = status.phase.map(|phase| phase.to_string()).unwrap_or_default();
                    let why = status.message.unwrap_or_default();
                    let name = promotion.name_any();
                    violations.push(format!("{stage} {tag}: {name} is {phase:?}: {why}"));
                }
            }
        }
    }
    Ok(violations)
}

/// Each branch holds one commit for each tag, in order, with that tag in the file.
pub(crate) async fn branches(pipeline: &Pipeline, tags: &[String]) -> Result<Vec<String>> {
    let mut violations = Vec::new();
    for stage in pipeline.stages() {
        let branch = format!("stage/{stage}");
        let commits = pipeline.git.commits(REPOSITORY, &branch, ALL).await;
        let mut commits = commits.with_context(|| format!("cannot read {branch}"))?;
        commits.reverse();
        // `git-clone` begins a branch that it creates with a commit of its own; with more than one, a start was repeated.
        if commits.first().is_some_and(|first| first.subject == ROOT) {
            commits.remove(0);
        }
        let wanted: Vec<String> = tags.iter().map(|tag| format!("{stage} {tag}")).collect();
        let found: Vec<&str> = commits.iter().map(|commit| commit.subject.as_str()).collect();
        if found != wanted {
            violations.push(format!("{branch} holds {found:?}, wanted {wanted:?}"));
            continue;
        }
        for (commit, tag) in commits.iter().zip(tags) {
            let file = pipeline.git.read_file(REPOSITORY, &commit.id, "values.yaml").await;
            let file = file.with_context(|| format!("cannot read {}", commit.id))?;
            let wanted = format!("image:\n  tag: {tag}\nstage: {stage}\n");
            if file.as_deref() != Some(&wanted) {
                violations.push(format!("{branch} {}: values.yaml is {file:?}", commit.id));
            }
        }
    }
    Ok(violations)
}

/// Every object whose creation was acknowledged is there, as it was written.
pub(crate) async fn objects(client: &Client, acknowledged: &[u64]) -> Result<Vec<String>> {
    let api: Api<ConfigMap> = Api::namespaced(client.clone(), writer::NAMESPACE);
    let found = api.list(&ListParams::default()).await.context("cannot list ConfigMaps")?;
    let found: BTreeMap<String, ConfigMap> =
        found.items.into_iter().map(|object| (object.name_any(), object)).collect();
    let is_kept = |number: &u64| {
        let data = found.get(&writer::name(*number)).and_then(|object| object.data.as_ref());
        data.and_then(|data| data.get(writer::KEY)) == Some(&number.to_string())
    };
    let lost = acknowledged.iter().filter(|number| !is_kept(number));
    Ok(lost.map(|number| format!("ConfigMap {} is lost", writer::name(*number))).collect())
}
