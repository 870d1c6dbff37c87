//! What surrounds the demo's control plane: a git repository and a registry, both on loopback.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::{Context, Result};
use api::{Warehouse, annotations};
use integrations::local_servers::{GitServer, GitServerOptions, OciRegistry, OciRegistryOptions};
use jiff::Timestamp;
use kube::Client;
use kube::api::{Api, Patch, PatchParams};
use serde_json::json;

use crate::terminal::tell;

const MANIFESTS: &str = include_str!("manifests.yaml");
const REPOSITORY: &str = "demo";
const IMAGE: &str = "demo/app";
const VALUES: &str = "# What runs in this stage. Promotions change this file and nothing else.\n\
                      image:\n  repository: demo/app\n  tag: 0.0.0\nstage: none\n";

pub(crate) struct World {
    git: GitServer,
    registry: OciRegistry,
    published: AtomicU32,
}

impl World {
    pub(crate) async fn start(folder: &Path) -> Result<Self> {
        let git = GitServer::start(GitServerOptions::new(folder.join("demo-git")))
            .await
            .context("cannot start the demo's git server")?;
        git.create_repository(
            REPOSITORY,
            &[("app/values.yaml", VALUES), ("README.md", "The demo's desired state.\n")],
        )
        .await
        .context("cannot make the demo's git repository")?;
        let options = OciRegistryOptions {
            folder: Some(folder.join("demo-registry")),
            ..OciRegistryOptions::default()
        };
        let registry =
            OciRegistry::start(options).await.context("cannot start the demo's registry")?;
        let published = u32::try_from(registry.tags(IMAGE).len()).unwrap_or(0);
        Ok(Self { git, registry, published: AtomicU32::new(published) })
    }

    pub(crate) fn repository_url(&self) -> String {
        self.git.repository_url(REPOSITORY)
    }

    pub(crate) fn image(&self) -> String {
        self.registry.repository_url(IMAGE)
    }

    /// The Project and all that is in it, for these servers.
    pub(crate) fn manifests(&self) -> String {
        MANIFESTS.replace("@IMAGE@", &self.image()).replace("@GIT@", &self.repository_url())
    }

    /// Pushes the next version and asks the Warehouse to look, as a registry's webhook would.
    pub(crate) async fn publish_next(&self, client: &Client) -> Result<String> {
        let number = self.published.fetch_add(1, Ordering::Relaxed);
        let tag = format!("1.{number}.0");
        let now = Timestamp::now();
        self.registry.publish_image(IMAGE, &tag, now).context("cannot publish an image")?;
        let warehouses: Api<Warehouse> = Api::namespaced(client.clone(), super::PROJECT);
        let patch =
            json!({ "metadata": { "annotations": { annotations::REFRESH: now.to_string() } } });
        let refreshed =
            warehouses.patch("app", &PatchParams::default(), &Patch::Merge(patch)).await;
        refreshed.context("cannot refresh the Warehouse")?;
        Ok(tag)
    }

    /// Says what the newest commit on a Stage's branch is and what it changed.
    pub(crate) async fn print_commit(&self, stage: &str) -> Result<()> {
        let branch = format!("stage/{stage}");
        let commits = self
            .git
            .commits(REPOSITORY, &branch, 1)
            .await
            .context("cannot read the demo's git repository")?;
        let commit = commits.first().with_context(|| format!("branch {branch} has no commit"))?;
        let changed = self
            .git
            .changed_paths(REPOSITORY, &commit.id)
            .await
            .context("cannot read the commit")?;
        tell(format_args!(
            "{branch:<13} {}  {}  ({})",
            commit.id.get(..7).unwrap_or(&commit.id),
            commit.subject,
            changed.join(", ")
        ));
        Ok(())
    }
}
