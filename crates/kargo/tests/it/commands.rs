//! What the commands say and how they end.

use std::path::Path;

use kube::ResourceExt;

use crate::pipeline::Pipeline;
use crate::program::{Ended, Home, Plane, finish};

#[tokio::test(flavor = "multi_thread")]
async fn wrong_manifests_are_refused_with_the_field_that_is_wrong() {
    let home = Home::new();
    let plane = home.up(&["--no-auth"]).await;
    let project = "{apiVersion: kargo.akuity.io/v1alpha1, kind: Project, metadata: {name: shop}}";
    apply(&home, &plane, project).await.well();
    let warehouse = |spec: &str| {
        format!(
            "apiVersion: kargo.akuity.io/v1alpha1\nkind: Warehouse\n\
             metadata: {{ name: app, namespace: shop }}\nspec: {spec}\n"
        )
    };
    let git = "git: { repoURL: 'https://example.com/a.git' }";
    let unknown = warehouse(&format!("{{ intervall: 5m, subscriptions: [{{ {git} }}] }}"));
    let message = apply(&home, &plane, &unknown).await.badly(1);
    assert!(message.contains("spec.intervall"), "{message}");
    let wrong =
        warehouse(&format!("{{ freightCreationPolicy: Often, subscriptions: [{{ {git} }}] }}"));
    let message = apply(&home, &plane, &wrong).await.badly(1);
    assert!(message.contains("spec.freightCreationPolicy"), "{message}");
    assert!(message.contains("Often") && message.contains("Automatic"), "{message}");
    let message = apply(&home, &plane, "kind: [Stage\nmetadata: {").await.badly(2);
    assert!(message.contains("manifest.yaml"), "the file is not named: {message}");
    assert!(message.contains("line"), "the place is not named: {message}");
    home.run(&["get", "warehouse", "app", "-p", "shop", "--server", &plane.url]).await.badly(1);
}

async fn apply(home: &Home, plane: &Plane, manifest: &str) -> Ended {
    let file = home.write("manifest.yaml", manifest);
    home.run(&["apply", "-f", &file, "--server", &plane.url]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_logs_in_gets_an_answer() {
    let home = Home::new();
    let plane = home.up(&[]).await;
    let password = plane.lines.iter().find_map(|line| line.strip_prefix("admin password: "));
    let password = password.unwrap().split_whitespace().next().unwrap();
    let list = ["get", "projects"];
    let message = home.run(&list).await.badly(1);
    assert!(message.contains("kargo login"), "what to do is not said: {message}");
    let login = ["login", &plane.url, "--password-stdin"];
    let message = home.run_with(&login, "wrong password").await.badly(1);
    assert!(message.to_lowercase().contains("password"), "{message}");
    home.run(&list).await.badly(1);
    home.run_with(&login, password).await.well();
    home.run(&list).await.well();
    home.run(&["logout"]).await.well();
    home.run(&list).await.badly(1);
}

#[tokio::test(flavor = "multi_thread")]
async fn promote_tells_by_its_exit_code_how_the_promotion_ended() {
    let home = Home::new();
    let plane = home.up(&["--no-auth"]).await;
    let pipeline = Pipeline::start(&home, &plane).await;
    pipeline.publish(&home, &plane, "1.0.0").await;
    let promote = async |stage: &str, more: &[&str]| {
        let base = ["promote", "-p", "shop", "--warehouse", "app", "--server", &plane.url];
        home.run(&[&base[..], &["--stage", stage], more].concat()).await
    };
    let said = promote("test", &["--wait"]).await.well();
    assert!(said.contains("succeeded"), "{said}");
    assert_eq!(pipeline.subjects("test").await, ["test: 1.0.0"]);
    let message = promote("broken", &["--wait"]).await.badly(3);
    assert!(message.contains("as intended"), "{message}");
    let message = promote("nowhere", &["--wait"]).await.badly(1);
    assert!(message.contains("nowhere"), "{message}");
    promote("test", &["--freight", "too-much"]).await.badly(2);
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_and_settings_in_a_project_and_for_all() {
    let home = Home::new();
    let plane = home.up(&["--no-auth"]).await;
    let run = async |line: &str, input: &str| {
        let words: Vec<&str> = line.split(' ').chain(["--server", plane.url.as_str()]).collect();
        home.run_with(&words, input).await
    };
    run("create project shop", "").await.well();
    let create = "create repo-credentials -p shop config --git --repo-url https://git.example.com/c.git \
                  --username bot --password-stdin -o yaml";
    let said = run(create, "hidden").await.well();
    assert!(said.contains("REDACTED") && !said.contains("hidden"), "{said}");
    assert!(run(create, "hidden").await.badly(1).contains("already exists"));
    let said = run("get repo-creds -p shop", "").await.well();
    assert!(said.contains("config  git   https://git.example.com/c.git"), "{said}");
    for (kind, scope) in [
        ("configmap", "-p shop"),
        ("configmap", "--shared"),
        ("generic-credentials", "-p shop"),
        ("generic-credentials", "--system"),
    ] {
        run(&format!("create {kind} some {scope} --set key=-"), "value").await.well();
        let said = run(&format!("get {kind} some {scope} -o json"), "").await.well();
        assert_eq!(said.contains(r#""key": "value""#), kind == "configmap", "{said}");
        run(&format!("delete {kind} some {scope}"), "").await.well();
        run(&format!("get {kind} some {scope}"), "").await.badly(1);
    }
    run("get repo-credentials --system", "").await.badly(2);
    run("get stages --shared", "").await.badly(2);
    run("create cm some -p shop --set key", "").await.badly(2);
    let message = run("get stage nowhere -p shop", "").await.badly(1);
    assert!(message.contains("`kargo get stages`"), "{message}");
}

#[tokio::test(flavor = "multi_thread")]
async fn crds_prints_every_definition() {
    let printed = Home::new().run(&["crds"]).await.well();
    let printed: Vec<serde_json::Value> = serde_saphyr::from_multiple(&printed).unwrap();
    let names: Vec<&str> =
        printed.iter().filter_map(|crd| crd["metadata"]["name"].as_str()).collect();
    let wanted: Vec<String> = api::crds().into_iter().filter_map(|crd| crd.metadata.name).collect();
    assert_eq!(names, wanted);
    assert!(names.contains(&"stages.kargo.akuity.io"), "{names:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_that_has_seen_enough_is_no_error() {
    let home = Home::new();
    // The reader is gone before the first line is written.
    let script = format!("{} crds | true; echo ${{PIPESTATUS[0]}}", env!("CARGO_BIN_EXE_kargo"));
    let mut shell = home.command(Path::new("bash"));
    shell.args(["-c", &script]);
    let ended = finish(shell, "").await;
    assert_eq!((ended.stderr.as_str(), ended.stdout.trim()), ("", "0"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_that_cannot_be_written_is_an_error() {
    let home = Home::new();
    let script = format!("{} expr eval '1 + 1' > /dev/full", env!("CARGO_BIN_EXE_kargo"));
    let mut shell = home.command(Path::new("bash"));
    shell.args(["-c", &script]);
    let said = finish(shell, "").await.badly(1);
    assert!(said.contains("cannot write to standard output"), "{said}");
}

/// Whoever holds the kubeconfig is a person: what they promote is signed, and holds what they pinned.
#[tokio::test(flavor = "multi_thread")]
async fn a_promotion_by_kubectl_is_signed_and_pins_what_it_chose() {
    let home = Home::new();
    let plane = home.up(&["--no-auth"]).await;
    apply(&home, &plane, PINNED).await.well();
    let client = plane.client().await;
    let freight: kube::Api<api::Freight> = kube::Api::namespaced(client.clone(), "shop");
    let mut names = Vec::new();
    for tag in ["1.0.0", "2.0.0"] {
        let manifest = serde_json::json!({
            "metadata": { "name": "any", "namespace": "shop" },
            "origin": { "kind": "Warehouse", "name": "app" },
            "images": [{ "repoURL": "localhost:1/app", "tag": tag, "digest": "sha256:0" }],
            "discoveredAt": format!("2026-01-0{}T00:00:00Z", &tag[..1]),
        });
        let manifest = serde_json::from_value(manifest).unwrap();
        names.push(freight.create(&Default::default(), &manifest).await.unwrap().name_any());
    }
    let promotions: kube::Api<api::Promotion> = kube::Api::namespaced(client, "shop");
    let older = serde_json::json!({
        "metadata": { "generateName": "promo-" },
        "spec": { "stage": "test", "freight": names[0], "steps": [] },
    });
    let older = serde_json::from_value(older).unwrap();
    let created = promotions.create(&Default::default(), &older).await.unwrap();
    let annotation = |key: &str| created.annotations().get(key).map(String::as_str);
    assert_eq!(annotation(api::annotations::CREATE_ACTOR), Some("kubernetes:system:admin"));
    assert_eq!(annotation(api::annotations::AUTO_PROMOTION_HOLD), Some("Warehouse/app"));
    assert!(created.name_any().starts_with("test."));
}

const PINNED: &str = "
apiVersion: kargo.akuity.io/v1alpha1
kind: Project
metadata: { name: shop }
---
apiVersion: kargo.akuity.io/v1alpha1
kind: ProjectConfig
metadata: { name: shop, namespace: shop }
spec: { promotionPolicies: [{ stageSelector: { name: test }, autoPromotionEnabled: true }] }
---
apiVersion: kargo.akuity.io/v1alpha1
kind: Warehouse
metadata: { name: app, namespace: shop }
spec: { freightCreationPolicy: Manual, subscriptions: [{ image: { repoURL: 'localhost:1/app' } }] }
---
apiVersion: kargo.akuity.io/v1alpha1
kind: Stage
metadata: { name: test, namespace: shop }
spec:
  requestedFreight: [{ origin: { kind: Warehouse, name: app }, sources: { direct: true } }]
  promotionTemplate: { spec: { steps: [{ uses: compose-output, config: { done: true } }] } }
";
