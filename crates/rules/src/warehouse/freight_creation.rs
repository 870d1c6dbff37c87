//! From what was discovered to Freight: the newest of everything, unless it exists, is not wanted, or is incomplete.

use api::{
    Chart, ConditionStatus, DiscoveredArtifacts, Freight, FreightCreationPolicy, FreightOrigin,
    GitCommit, Image, ObjectMeta, Warehouse, condition, identity,
};
use jiff::Timestamp;

use super::WarehouseEffect;
use super::criteria;
use super::draft::Draft;

/// Judges what is recorded and, if it is new, makes Freight of it.
pub(super) fn conclude(draft: &mut Draft<'_>) {
    let Some(found) = draft.status.discovered_artifacts.clone() else { return };
    if draft.status.observed_generation != Some(draft.generation()) || failed(draft) {
        return;
    }
    if let Some(Empty { healthy, ready, message }) = empty(&found) {
        draft.not_well(healthy, ready, &message);
        return;
    }
    if draft.seen.warehouse.spec.freight_creation_policy == Some(FreightCreationPolicy::Manual) {
        succeeded(draft, &found);
        return;
    }
    match criteria::satisfied(&draft.seen.warehouse, &found) {
        Err(message) => {
            let message = format!("Evaluation of Freight creation criteria failed: {message}");
            draft.not_well("CriteriaEvaluationFailed", "CriteriaEvaluationFailed", &message);
            return;
        }
        Ok(false) => {
            let message = "Freight creation criteria were not satisfied";
            let kind = condition::FREIGHT_CREATION_CRITERIA_SATISFIED;
            draft.set(kind, ConditionStatus::False, "CriteriaNotSatisfied", message);
        }
        Ok(true) => {
            let message = "Freight creation criteria satisfied";
            let kind = condition::FREIGHT_CREATION_CRITERIA_SATISFIED;
            draft.set(kind, ConditionStatus::True, "CriteriaSatisfied", message);
            create_or_find(draft, &found);
            // It is tried again, and until then nobody may think that all is well.
            if let (false, Some(why)) = (draft.effects.is_empty(), &draft.seen.refused) {
                let message = format!("Error creating Freight: {why}");
                draft.not_well("FreightBuildFailure", "FreightCreationFailure", &message);
                return;
            }
        }
    }
    succeeded(draft, &found);
}

fn create_or_find(draft: &mut Draft<'_>, found: &DiscoveredArtifacts) {
    let Some(freight) = newest(&draft.seen.warehouse, found) else { return };
    let name = freight.metadata.name.clone();
    let Some(existing) = draft.seen.freight.iter().find(|known| known.metadata.name == name) else {
        draft.effects.push(WarehouseEffect::CreateFreight(Box::new(freight)));
        return;
    };
    draft.status.last_freight_id = name;
    let created =
        existing.metadata.creation_timestamp.as_ref().map_or(Timestamp::MIN, |time| time.0);
    let discovered = found.discovered_at.as_ref().map_or(Timestamp::MAX, |time| time.0);
    // Creation times have whole seconds.
    if created.as_second() >= discovered.as_second() {
        let message = "No Freight composed of the newest artifacts already existed";
        draft.set(condition::FREIGHT_CREATED, ConditionStatus::True, "NewFreight", message);
    } else {
        let message = "Freight composed of the newest artifacts already exists";
        draft.set(condition::FREIGHT_CREATED, ConditionStatus::False, "AlreadyExists", message);
    }
}

/// The Freight that the newest of every result makes; nothing when a result is empty.
#[must_use]
pub fn newest(warehouse: &Warehouse, found: &DiscoveredArtifacts) -> Option<Freight> {
    let mut freight = Freight {
        metadata: ObjectMeta {
            namespace: warehouse.metadata.namespace.clone(),
            ..ObjectMeta::default()
        },
        origin: FreightOrigin::warehouse(warehouse.metadata.name.as_deref().unwrap_or_default()),
        discovered_at: found.discovered_at.clone(),
        ..Freight::default()
    };
    for result in &found.git {
        let commit = result.commits.first()?.clone();
        freight.commits.push(GitCommit {
            repo_url: Some(result.repo_url.clone()),
            id: commit.id,
            branch: commit.branch,
            tag: commit.tag,
            message: commit.subject,
            author: commit.author,
            committer: commit.committer,
            subscription_name: result.subscription_name.clone(),
        });
    }
    for result in &found.images {
        let reference = result.references.first()?.clone();
        freight.images.push(Image {
            repo_url: Some(result.repo_url.clone()),
            tag: Some(reference.tag),
            digest: Some(reference.digest),
            annotations: reference.annotations,
            subscription_name: result.subscription_name.clone(),
        });
    }
    for result in &found.charts {
        freight.charts.push(Chart {
            repo_url: Some(result.repo_url.clone()),
            name: result.name.clone(),
            version: Some(result.versions.first()?.clone()),
            subscription_name: result.subscription_name.clone(),
        });
    }
    for result in &found.results {
        freight.artifacts.push(result.artifact_references.first()?.clone());
    }
    freight.metadata.name = Some(identity::freight_name(&freight));
    Some(freight)
}

struct Empty {
    healthy: &'static str,
    ready: &'static str,
    message: String,
}

fn empty(found: &DiscoveredArtifacts) -> Option<Empty> {
    if found.git.len() + found.images.len() + found.charts.len() + found.results.len() == 0 {
        let message = "No artifacts discovered".to_owned();
        return Some(Empty { healthy: "MissingArtifacts", ready: "MissingArtifacts", message });
    }
    if let Some(git) = found.git.iter().find(|git| git.commits.is_empty()) {
        let message = format!("No commits discovered for Git repository {:?}", git.repo_url);
        return Some(Empty { healthy: "NoCommitsDiscovered", ready: "MissingCommits", message });
    }
    if let Some(image) = found.images.iter().find(|image| image.references.is_empty()) {
        let message = format!("No references discovered for image repository {:?}", image.repo_url);
        return Some(Empty {
            healthy: "NoImageReferencesDiscovered",
            ready: "MissingImageReferences",
            message,
        });
    }
    if let Some(chart) = found.charts.iter().find(|chart| chart.versions.is_empty()) {
        let name = chart.name.as_deref().unwrap_or_default();
        let message = format!(
            "No versions discovered for chart {name:?} from repository {:?}",
            chart.repo_url
        );
        return Some(Empty {
            healthy: "NoChartVersionsDiscovered",
            ready: "MissingChartVersions",
            message,
        });
    }
    let other = found.results.iter().find(|other| other.artifact_references.is_empty())?;
    let message = format!("No artifacts discovered for subscription {:?}", other.subscription_name);
    Some(Empty { healthy: "MissingArtifacts", ready: "MissingArtifacts", message })
}

/// A failed discovery stays visible until one succeeds.
fn failed(draft: &Draft<'_>) -> bool {
    let handled =
        draft.seen.discovery.as_ref().is_some_and(|found| found.results.iter().all(Result::is_ok));
    let healthy = condition::get(&draft.status.conditions, condition::HEALTHY);
    !handled && healthy.is_some_and(|healthy| healthy.reason == "DiscoveryFailed")
}

fn succeeded(draft: &mut Draft<'_>, found: &DiscoveredArtifacts) {
    let subscriptions =
        found.git.len() + found.images.len() + found.charts.len() + found.results.len();
    let commits: usize = found.git.iter().map(|git| git.commits.len()).sum();
    let images: usize = found.images.iter().map(|image| image.references.len()).sum();
    let charts: usize = found.charts.iter().map(|chart| chart.versions.len()).sum();
    let others: usize = found.results.iter().map(|other| other.artifact_references.len()).sum();
    let message = format!(
        "Discovered {} artifacts from {subscriptions} subscriptions",
        commits + images + charts + others
    );
    let healthy = format!("Successfully discovered artifacts from {subscriptions} subscriptions");
    draft.set(condition::HEALTHY, ConditionStatus::True, "ReconciliationSucceeded", &healthy);
    draft.set(condition::READY, ConditionStatus::True, "ArtifactsDiscovered", &message);
    draft.remove(condition::RECONCILING);
}
