//! What people do in a World: make a Project, publish, promote, look.

use api::{Freight, Project, Promotion, Stage, Warehouse, annotations};
use integrations::clock::Clock;
use jiff::SignedDuration;
use kube::api::{ListParams, Patch, PatchParams, PostParams};
use kube::{Api, ResourceExt};
use serde_json::json;

use crate::world::must;
use crate::{World, eventually};

impl World {
    /// Starts everything with a Project that is ready.
    pub async fn with_project() -> Self {
        let world = Self::start().await;
        world.create_project().await;
        world
    }

    pub async fn create_project(&self) {
        self.apply(
            "{apiVersion: kargo.akuity.io/v1alpha1, kind: Project, metadata: {name: '@PROJECT@'}}",
        )
        .await;
        let projects: Api<Project> = Api::all(self.client.clone());
        eventually("the Project to be ready", async || {
            let project = projects.get(&self.project).await.ok()?;
            let status = project.status?;
            api::condition::is_true(&status.conditions, api::condition::READY).then_some(())
        })
        .await;
    }

    /// Lets these Stages promote on their own, and no others.
    pub async fn auto_promote(&self, stages: &[&str]) {
        let policies: Vec<_> = stages
            .iter()
            .map(
                |stage| json!({ "stageSelector": { "name": stage }, "autoPromotionEnabled": true }),
            )
            .collect();
        let config = json!({
            "apiVersion": "kargo.akuity.io/v1alpha1",
            "kind": "ProjectConfig",
            "metadata": { "name": self.project },
            "spec": { "promotionPolicies": policies },
        });
        self.apply(&config.to_string()).await;
    }

    /// A Warehouse of one image, and how its Freight is asked for.
    pub async fn image_warehouse(&self, name: &str, repository: &str) {
        self.apply(&format!(
            "apiVersion: kargo.akuity.io/v1alpha1
kind: Warehouse
metadata: {{ name: {name} }}
spec:
  interval: 1h
  subscriptions:
    - image: {{ repoURL: '@REGISTRY@/{repository}', imageSelectionStrategy: SemVer, constraint: '>=0.0.0' }}
"
        ))
        .await;
    }

    /// A Stage; `requests` is the YAML list of `requestedFreight`, `steps` that of its steps, empty for none.
    pub async fn stage(&self, name: &str, requests: &str, steps: &str) {
        let steps = match steps {
            "" => String::new(),
            steps => format!("\n  promotionTemplate:\n    spec:\n      steps: {steps}"),
        };
        self.apply(&format!(
            "apiVersion: kargo.akuity.io/v1alpha1
kind: Stage
metadata: {{ name: {name} }}
spec:
  requestedFreight: {requests}{steps}
"
        ))
        .await;
    }

    /// Puts a tag into the registry.
    pub fn publish(&self, repository: &str, tag: &str) {
        must("publish", self.registry.publish_image(repository, tag, self.clock.now()));
    }

    /// Asks a Warehouse to look now; the token it will report as handled.
    pub async fn refresh(&self, warehouse: &str) -> String {
        let token = format!("{}/{}", self.clock.now(), self.next_number());
        let patch =
            json!({ "metadata": { "annotations": { annotations::REFRESH: token.clone() } } });
        let api: Api<Warehouse> = self.api();
        let patched = api.patch(warehouse, &PatchParams::default(), &Patch::Merge(patch)).await;
        must("refresh the Warehouse", patched);
        token
    }

    /// A second later, so that it is newer than what was there: publishes a tag, has the Warehouse look, and waits
    /// for the Freight.
    pub async fn new_freight(&self, warehouse: &str, repository: &str, tag: &str) -> Freight {
        self.advance(1);
        self.publish(repository, tag);
        self.refresh(warehouse).await;
        self.freight_with_tag(tag).await
    }

    /// Waits for the Freight that holds an image with this tag.
    pub async fn freight_with_tag(&self, tag: &str) -> Freight {
        let api: Api<Freight> = self.api();
        eventually(&format!("Freight with tag {tag}"), async || {
            let all = api.list(&ListParams::default()).await.ok()?;
            all.items.into_iter().find(|freight| {
                freight.images.iter().any(|image| image.tag.as_deref() == Some(tag))
            })
        })
        .await
    }

    /// Promotes by hand, as a user would, and returns what admission made of it.
    pub async fn promote(&self, stage: &str, freight: &str) -> Promotion {
        must("promote", self.try_promote(stage, freight).await)
    }

    pub async fn try_promote(&self, stage: &str, freight: &str) -> kube::Result<Promotion> {
        let stage = self.api::<Stage>().get(stage).await?;
        let promotion = rules::promotion::build::minimal(&stage, freight);
        self.api::<Promotion>().create(&PostParams::default(), &promotion).await
    }

    /// Waits until a Promotion has ended.
    pub async fn ended(&self, promotion: &str) -> Promotion {
        self.until(promotion, rules::promotion::is_terminal).await
    }

    /// Waits until a Stage runs this Freight, and has verified it.
    pub async fn arrived(&self, stage: &str, freight: &str) -> Stage {
        let found = self.until::<Stage>(stage, |stage| {
            let status = stage.status.clone().unwrap_or_default();
            rules::freight::is_current_in(stage, freight)
                && status.current_promotion.is_none()
                && api::condition::is_true(&status.conditions, "Verified")
        });
        let stage_found = found.await;
        self.until::<Freight>(freight, |freight| {
            freight.status.as_ref().is_some_and(|status| status.verified_in.contains_key(stage))
        })
        .await;
        stage_found
    }

    /// The Promotions to a Stage, oldest first.
    pub async fn promotions(&self, stage: &str) -> Vec<Promotion> {
        let all = self.api::<Promotion>().list(&ListParams::default()).await;
        let mut all = must("list Promotions", all).items;
        all.retain(|promotion| promotion.spec.stage == stage);
        all.sort_by_key(ResourceExt::name_any);
        all
    }

    pub fn advance(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }
}
