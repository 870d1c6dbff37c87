//! Kargo's quickstart from `kubectl apply` alone, against a real registry and a real git server.

use std::path::{Path, PathBuf};
use std::time::Instant;

use api::{Freight, Promotion, Warehouse, annotations};
use kube::api::{ListParams, Patch, PatchParams};
use kube::{Api, Client, ResourceExt as _};
use serde_json::json;

use crate::pipeline::{VALUES, manifests, promoted};
use crate::program::{Ended, Home, Plane, eventually, finish};

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_in_a_real_registry_becomes_a_commit_in_a_real_repository() {
    let Some(peers) = Peers::find() else {
        eprintln!(
            "skipped: PEERS_REGISTRY and PEERS_GIT_HTTP are not set, or their tools not there"
        );
        return;
    };
    let home = Home::new();
    let plane = home.up(&["--no-auth"]).await;
    let client = plane.client().await;
    peers.make_repository(&home).await;
    peers.publish(&home, 0).await;
    let text = manifests(&peers.image(), &peers.repository(), true);
    kubectl(&home, &plane, &["apply", "-f", &home.write("pipeline.yaml", &text)]).await.well();
    let first = peers.moved(&home, "test", None).await;

    peers.publish(&home, 1).await;
    let asked = Instant::now();
    refresh(&client).await;
    let freight = freight_with_tag(&client, "1.0.1").await;
    let discovered = Instant::now();
    let second = peers.moved(&home, "test", Some(&first)).await;
    println!(
        "refresh to Freight {:?}, Freight to commit {:?}",
        discovered - asked,
        discovered.elapsed()
    );
    peers.holds_only(&home, "test", (&first, &second), "1.0.1").await;

    for stage in ["uat", "prod"] {
        promote_with_kubectl(&home, &plane, stage, &freight).await;
        let tip = peers.moved(&home, stage, None).await;
        let tree = peers.git(&home, &["show", &format!("{tip}:values.yaml")]).await;
        assert_eq!(tree, promoted("1.0.1").trim_end());
    }
}

async fn refresh(client: &Client) {
    let warehouses: Api<Warehouse> = Api::namespaced(client.clone(), "shop");
    let token = jiff::Timestamp::now().to_string();
    let patch = json!({ "metadata": { "annotations": { annotations::REFRESH: token } } });
    warehouses.patch("app", &PatchParams::default(), &Patch::Merge(patch)).await.unwrap();
}

async fn freight_with_tag(client: &Client, tag: &str) -> String {
    let api: Api<Freight> = Api::namespaced(client.clone(), "shop");
    eventually(&format!("Freight with tag {tag}"), async || {
        let all = api.list(&ListParams::default()).await.unwrap();
        let has_tag = |freight: &&Freight| freight.images[0].tag.as_deref() == Some(tag);
        all.items.iter().find(has_tag).map(kube::ResourceExt::name_any)
    })
    .await
}

/// Tries until the Freight may go there, as the Stage before has to verify it first.
async fn promote_with_kubectl(home: &Home, plane: &Plane, stage: &str, freight: &str) {
    let promotion = json!({
        "apiVersion": "kargo.akuity.io/v1alpha1", "kind": "Promotion",
        "metadata": { "generateName": format!("{stage}-"), "namespace": "shop" },
        "spec": { "stage": stage, "freight": freight },
    });
    let file = home.write("promotion.json", &promotion.to_string());
    eventually(&format!("a Promotion to {stage}"), async || {
        let created = kubectl(home, plane, &["create", "-f", &file]).await;
        (created.code == Some(0)).then_some(())
    })
    .await;
    let api: Api<Promotion> = Api::namespaced(plane.client().await, "shop");
    eventually(&format!("the Promotion to {stage} to succeed"), async || {
        let all = api.list(&ListParams::default()).await.unwrap();
        let of_stage = all.items.into_iter().find(|promotion| promotion.spec.stage == stage)?;
        let phase = of_stage.status.as_ref()?.phase.clone()?;
        assert!(
            !phase.is_terminal() || phase == api::PromotionPhase::Succeeded,
            "{}: {:?}",
            of_stage.name_any(),
            of_stage.status
        );
        phase.is_terminal().then_some(())
    })
    .await;
}

/// The servers that the `PEERS_` variables name, and names of our own on them.
struct Peers {
    tools: PathBuf,
    registry: String,
    git: String,
    name: String,
}

impl Peers {
    fn find() -> Option<Self> {
        let tools = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/peers");
        let registry = std::env::var("PEERS_REGISTRY").ok()?;
        let git = std::env::var("PEERS_GIT_HTTP").ok()?;
        let name = format!("quickstart-{}", std::process::id());
        tools.is_dir().then_some(Self { tools, registry, git, name })
    }

    fn image(&self) -> String {
        format!("{}/{}", self.registry.trim_start_matches("http://"), self.name)
    }

    fn repository(&self) -> String {
        format!("{}/open/{}.git", self.git, self.name)
    }

    async fn make_repository(&self, home: &Home) {
        let mut made = home.command(&self.tools.join("peers"));
        made.args(["git-repo", &self.name]);
        for name in ["PEERS_HOME", "HOME"] {
            made.env(name, std::env::var_os(name).unwrap_or_default());
        }
        finish(made, "").await.well();
        let folder = home.path("source");
        std::fs::create_dir_all(folder.join("app")).unwrap();
        std::fs::write(folder.join("app/values.yaml"), VALUES).unwrap();
        self.git(home, &["init", "--quiet", "-b", "main"]).await;
        self.git(home, &["add", "."]).await;
        let who = ["-c", "user.name=Quickstart", "-c", "user.email=quickstart@example.com"];
        self.git(home, &[&who[..], &["commit", "--quiet", "-m", "Begin"]].concat()).await;
        self.git(home, &["push", "--quiet", &self.repository(), "main"]).await;
    }

    /// Pushes the tag `1.0.NUMBER`.
    async fn publish(&self, home: &Home, number: u32) {
        let mut filled = home.command(&self.tools.join("registry/fill-registry.py"));
        filled.args(["--url", &self.registry, "--repo", &self.name, "--tags", "1", "--start"]);
        filled.arg(number.to_string());
        finish(filled, "").await.well();
    }

    /// Waits until a Stage's branch is elsewhere, and fetches it.
    async fn moved(&self, home: &Home, stage: &str, from: Option<&str>) -> String {
        let branch = format!("refs/heads/stage/{stage}");
        let tip = eventually(&format!("a commit on {branch}"), async || {
            let seen = self.git(home, &["ls-remote", &self.repository(), &branch]).await;
            let tip = seen.split_whitespace().next()?.to_owned();
            (Some(tip.as_str()) != from).then_some(tip)
        })
        .await;
        self.git(home, &["fetch", "--quiet", &self.repository(), &branch]).await;
        tip
    }

    /// One commit, one line.
    async fn holds_only(&self, home: &Home, stage: &str, (from, to): (&str, &str), tag: &str) {
        let range = format!("{from}..{to}");
        let subjects = self.git(home, &["log", "--format=%s", &range]).await;
        assert_eq!(subjects, format!("{stage}: {tag}"));
        let changed = self.git(home, &["diff", "--numstat", from, to]).await;
        assert_eq!(changed, "1\t1\tvalues.yaml");
        let file = self.git(home, &["show", &format!("{to}:values.yaml")]).await;
        assert_eq!(file, promoted(tag).trim_end());
    }

    async fn git(&self, home: &Home, arguments: &[&str]) -> String {
        let mut command = home.command(Path::new("git"));
        command.args(arguments).current_dir(home.path("source"));
        finish(command, "").await.well().trim_end().to_owned()
    }
}

async fn kubectl(home: &Home, plane: &Plane, arguments: &[&str]) -> Ended {
    let mut command = home.command(Path::new("kubectl"));
    command.arg("--kubeconfig").arg(plane.kubeconfig()).args(arguments);
    finish(command, "").await
}
