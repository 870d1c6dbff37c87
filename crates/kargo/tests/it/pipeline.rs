//! The quickstart's pipeline over the local git server and registry, and what happens on its branches.

use integrations::local_servers::{GitServer, GitServerOptions, OciRegistry, OciRegistryOptions};
use jiff::Timestamp;

use crate::program::{Home, Plane};

pub(crate) const REPOSITORY: &str = "shop";
const IMAGE: &str = "shop/app";
pub(crate) const VALUES: &str = "# Kept as it is.\nimage:\n  tag: 0.0.0 # replaced\nreplicas: 2\n";

pub(crate) struct Pipeline {
    pub(crate) git: GitServer,
    registry: OciRegistry,
}

/// The manifests for these addresses.
pub(crate) fn manifests(image: &str, git: &str, auto: bool) -> String {
    let text = include_str!("pipeline.yaml");
    text.replace("@IMAGE@", image).replace("@GIT@", git).replace("@AUTO@", &auto.to_string())
}

/// What `values.yaml` is to be after a promotion.
pub(crate) fn promoted(tag: &str) -> String {
    VALUES.replace("0.0.0", tag)
}

impl Pipeline {
    /// Servers, and a Project in this control plane where nothing promotes on its own.
    pub(crate) async fn start(home: &Home, plane: &Plane) -> Self {
        let git = GitServer::start(GitServerOptions::new(home.path("git-server"))).await.unwrap();
        git.create_repository(REPOSITORY, &[("app/values.yaml", VALUES)]).await.unwrap();
        let registry = OciRegistry::start(OciRegistryOptions::default()).await.unwrap();
        let text =
            manifests(&registry.repository_url(IMAGE), &git.repository_url(REPOSITORY), false);
        let file = home.write("pipeline.yaml", &text);
        home.run(&["apply", "-f", &file, "--server", &plane.url]).await.well();
        Self { git, registry }
    }

    /// Publishes a tag and waits until the Warehouse has looked.
    pub(crate) async fn publish(&self, home: &Home, plane: &Plane, tag: &str) {
        self.registry.publish_image(IMAGE, tag, Timestamp::now()).unwrap();
        let refresh = ["refresh", "warehouse", "app", "-p", "shop", "--wait", "--server"];
        home.run(&[&refresh[..], &[&plane.url]].concat()).await.well();
    }

    /// The subjects on a Stage's branch after its empty beginning, oldest first.
    pub(crate) async fn subjects(&self, stage: &str) -> Vec<String> {
        let commits = self.git.commits(REPOSITORY, &format!("stage/{stage}"), 100).await.unwrap();
        let subjects = commits.into_iter().rev().map(|commit| commit.subject);
        subjects.filter(|subject| subject != "Initial commit").collect()
    }
}
