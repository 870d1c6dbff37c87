//! What is promoted: one image, many Stages that promote on their own, a branch for each.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use api::{Freight, Promotion, Warehouse, annotations};
use integrations::local_servers::{GitServer, GitServerOptions, OciRegistry, OciRegistryOptions};
use jiff::Timestamp;
use kube::api::{
    Api, ApiResource, DynamicObject, GroupVersionKind, ListParams, Patch, PatchParams,
};
use kube::{Client, ResourceExt as _};
use serde_json::{Value, json};

pub(crate) const REPOSITORY: &str = "chaos";
const PROJECT: &str = "chaos";
const WAREHOUSE: &str = "app";
const IMAGE: &str = "chaos/app";
const VALUES: &str = "image:\n  tag: 0.0.0\nstage: none\n";
const API_VERSION: &str = "kargo.akuity.io/v1alpha1";
const LOOK_AGAIN: Duration = Duration::from_millis(20);

pub(crate) struct Pipeline {
    pub(crate) git: GitServer,
    registry: OciRegistry,
    stages: usize,
}

impl Pipeline {
    pub(crate) async fn start(folder: &Path, stages: usize) -> Result<Self> {
        let git = GitServer::start(GitServerOptions::new(folder.join("git-server")))
            .await
            .context("cannot start a git server")?;
        git.create_repository(REPOSITORY, &[("app/values.yaml", VALUES)])
            .await
            .context("cannot make a git repository")?;
        let registry = OciRegistry::start(OciRegistryOptions::default())
            .await
            .context("cannot start a registry")?;
        Ok(Self { git, registry, stages })
    }

    pub(crate) fn stages(&self) -> Vec<String> {
        (1..=self.stages).map(|number| format!("s{number:02}")).collect()
    }

    pub(crate) async fn apply(&self, client: &Client) -> Result<()> {
        for object in self.objects() {
            let name = format!("{} {}", object["kind"], object["metadata"]["name"]);
            let object: DynamicObject =
                serde_json::from_value(object).context("a manifest of this program is wrong")?;
            // A Project's namespace is there when its controller has made it.
            let deadline = Instant::now() + Duration::from_secs(30);
            loop {
                match apply(client, &object).await {
                    Ok(_) => break,
                    Err(kube::Error::Api(status))
                        if status.code == 404 && Instant::now() < deadline =>
                    {
                        tokio::time::sleep(LOOK_AGAIN).await;
                    }
                    Err(error) => {
                        return Err(error).with_context(|| format!("cannot apply {name}"));
                    }
                }
            }
        }
        Ok(())
    }

    /// Puts a tag into the registry and asks the Warehouse to look.
    pub(crate) async fn publish(&self, client: &Client, tag: &str) -> Result<()> {
        let now = Timestamp::now();
        self.registry.publish_image(IMAGE, tag, now).context("cannot publish an image")?;
        let warehouses: Api<Warehouse> = Api::namespaced(client.clone(), PROJECT);
        let patch =
            json!({ "metadata": { "annotations": { annotations::REFRESH: now.to_string() } } });
        let patched =
            warehouses.patch(WAREHOUSE, &PatchParams::default(), &Patch::Merge(patch)).await;
        patched.map(drop).context("cannot refresh the Warehouse")
    }

    /// Waits until promotions of a tag run; false when all have ended already.
    pub(crate) async fn until_running(
        &self,
        client: &Client,
        tag: &str,
        patience: Duration,
    ) -> Result<bool> {
        let deadline = Instant::now() + patience;
        loop {
            let promotions = self.promotions_of(client, tag).await?;
            let ended = promotions.iter().filter(|promotion| has_ended(promotion)).count();
            if ended < promotions.len() {
                return Ok(true);
            }
            if ended >= self.stages {
                return Ok(false);
            }
            if Instant::now() > deadline {
                bail!("{ended} of {} promotions of {tag} exist after {patience:?}", self.stages);
            }
            tokio::time::sleep(LOOK_AGAIN).await;
        }
    }

    /// Whether every Stage has a Promotion of this tag and all of them have ended.
    pub(crate) async fn ended(&self, client: &Client, tag: &str) -> Result<bool> {
        let promotions = self.promotions_of(client, tag).await?;
        Ok(promotions.len() >= self.stages && promotions.iter().all(has_ended))
    }

    pub(crate) async fn promotions_of(&self, client: &Client, tag: &str) -> Result<Vec<Promotion>> {
        let freight: Api<Freight> = Api::namespaced(client.clone(), PROJECT);
        let freight =
            freight.list(&ListParams::default()).await.context("cannot list Freight")?.items;
        let found = freight
            .iter()
            .find(|freight| freight.images.iter().any(|image| image.tag.as_deref() == Some(tag)));
        let Some(found) = found else { return Ok(Vec::new()) };
        let promotions: Api<Promotion> = Api::namespaced(client.clone(), PROJECT);
        let mut promotions =
            promotions.list(&ListParams::default()).await.context("cannot list Promotions")?.items;
        promotions.retain(|promotion| {
            promotion.spec.freight.as_deref() == Some(found.name_any().as_str())
        });
        Ok(promotions)
    }

    fn objects(&self) -> Vec<Value> {
        let image = self.registry.repository_url(IMAGE);
        let mut objects = vec![
            json!({ "apiVersion": API_VERSION, "kind": "Project", "metadata": { "name": PROJECT } }),
            object(
                "ProjectConfig",
                PROJECT,
                json!({ "promotionPolicies": [
                { "stageSelector": { "name": "glob:s*" }, "autoPromotionEnabled": true },
            ] }),
            ),
            object(
                "Warehouse",
                WAREHOUSE,
                json!({ "interval": "1h", "subscriptions": [
                { "image": { "repoURL": image, "imageSelectionStrategy": "SemVer", "constraint": "^1.0.0" } },
            ] }),
            ),
            object(
                "PromotionTask",
                "promote",
                json!({
                    "vars": [
                        { "name": "gitRepo", "value": self.git.repository_url(REPOSITORY) },
                        { "name": "image", "value": image },
                    ],
                    "steps": steps(),
                }),
            ),
        ];
        objects.extend(self.stages().iter().map(|name| {
            let origin = json!({ "kind": "Warehouse", "name": WAREHOUSE });
            object("Stage", name, json!({
                "requestedFreight": [{ "origin": origin, "sources": { "direct": true } }],
                "promotionTemplate": { "spec": { "steps": [{ "task": { "name": "promote" } }] } },
            }))
        }));
        objects
    }
}

fn object(kind: &str, name: &str, spec: Value) -> Value {
    json!({
        "apiVersion": API_VERSION, "kind": kind,
        "metadata": { "name": name, "namespace": PROJECT }, "spec": spec,
    })
}

fn steps() -> Value {
    json!([
        { "uses": "git-clone", "config": { "repoURL": "${{ vars.gitRepo }}", "checkout": [
            { "branch": "main", "path": "./source" },
            { "branch": "stage/${{ ctx.stage }}", "create": true, "path": "./out" },
        ] } },
        { "uses": "git-clear", "config": { "path": "./out" } },
        { "uses": "copy", "config": { "inPath": "./source/app", "outPath": "./out" } },
        { "uses": "yaml-update", "config": { "path": "./out/values.yaml", "updates": [
            { "key": "image.tag", "value": "${{ imageFrom(vars.image).Tag }}" },
            { "key": "stage", "value": "${{ ctx.stage }}" },
        ] } },
        { "uses": "git-commit", "as": "commit", "config": {
            "path": "./out", "message": "${{ ctx.stage }} ${{ imageFrom(vars.image).Tag }}",
        } },
        { "uses": "git-push", "config": { "path": "./out" } },
    ])
}

pub(crate) fn has_ended(promotion: &Promotion) -> bool {
    let phase = promotion.status.as_ref().and_then(|status| status.phase.as_ref());
    phase.is_some_and(api::PromotionPhase::is_terminal)
}

async fn apply(client: &Client, object: &DynamicObject) -> kube::Result<DynamicObject> {
    let kind = object.types.as_ref().map(|types| types.kind.clone()).unwrap_or_default();
    let resource =
        ApiResource::from_gvk(&GroupVersionKind::gvk("kargo.akuity.io", "v1alpha1", &kind));
    let api: Api<DynamicObject> = match &object.metadata.namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
        None => Api::all_with(client.clone(), &resource),
    };
    let parameters = PatchParams::apply("chaos").force();
    api.patch(&object.name_any(), &parameters, &Patch::Apply(object)).await
}
