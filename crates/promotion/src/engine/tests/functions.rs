//! What expressions in promotions can ask for.
use api::{ArtifactReference, Chart, GitCommit};
use serde_json::Value;

use super::*;

/// Two Warehouses: `w` with everything, `other` with the same image.
fn world() -> World {
    let subscriptions = json!([
        {"image": {"repoURL": "registry/app", "imageSelectionStrategy": "SemVer"}},
        {"image": {"repoURL": "registry/both", "imageSelectionStrategy": "SemVer"}},
        {"git": {"repoURL": "https://Git.Example.com/org/app.git", "commitSelectionStrategy": "NewestFromBranch"}},
        {"chart": {"repoURL": "https://charts.example.com", "name": "app"}},
        {"name": "data", "dataset": {"bucket": "b"}},
    ]);
    let warehouse = |subscriptions: Value| json!({"metadata": {"name": "w"}, "spec": {"interval": "5m", "subscriptions": subscriptions}});
    let other =
        json!([{"image": {"repoURL": "registry/both", "imageSelectionStrategy": "SemVer"}}]);
    let secret = |label: &str| json!({"metadata": {"name": "s", "labels": {"kargo.akuity.io/cred-type": label}}, "data": {"k": "aGVsbG8="}});
    let mut world = World::new();
    world.facts = KnownFacts::default()
        .with(FactKind::Warehouse, "project", "w", warehouse(subscriptions))
        .with(FactKind::Warehouse, "project", "other", warehouse(other))
        .with(FactKind::Secret, "project", "s", secret("git"))
        .with(FactKind::Secret, "shared", "git", secret("git"))
        .with(FactKind::Secret, "shared", "generic", secret("generic"))
        .with(FactKind::ConfigMap, "project", "c", json!({"data": {"k": "v"}}))
        .with(FactKind::ConfigMap, "shared", "c", json!({"data": {"k": "shared"}}))
        .with(FactKind::Stage, "project", "test", json!({"status": {"metadata": {"m": {"n": 1}}}}))
        .with(
            FactKind::Freight,
            "project",
            "f1",
            json!({"status": {"metadata": {"m": "x"}, "currentlyIn": {"test": {}}}}),
        );
    world
}

fn asking(expressions: &[&str]) -> Job {
    let steps = expressions
        .iter()
        .map(|expression| {
            let config = json!({ "v": format!("${{% {expression} %}}") });
            json!({"uses": "compose-output", "continueOnError": true, "config": config})
        })
        .collect();
    let mut job = job(Value::Array(steps));
    let freight = job.freight.freight.get_mut("Warehouse/w").unwrap();
    freight.images.push(Image {
        repo_url: Some("registry/both".into()),
        tag: Some("v3".into()),
        digest: Some("sha256:3".into()),
        ..Image::default()
    });
    freight.commits.push(GitCommit {
        repo_url: Some("https://git.example.com/org/app".into()),
        id: Some("abc".into()),
        ..GitCommit::default()
    });
    freight.charts.push(Chart {
        repo_url: Some("https://charts.example.com".into()),
        name: Some("app".into()),
        version: Some("1.2.3".into()),
        ..Chart::default()
    });
    freight.artifacts.push(ArtifactReference {
        subscription_name: "data".into(),
        version: "v7".into(),
        ..ArtifactReference::default()
    });
    let origin = FreightOrigin::warehouse("other");
    job.requests.push(FreightRequest { origin, ..FreightRequest::default() });
    job
}

#[tokio::test]
async fn facts_are_found() {
    let cases = [
        ("imageFrom('registry/app').Tag", json!("v2")),
        ("imageFrom('registry/both', warehouse('w')).Digest", json!("sha256:3")),
        ("imageFrom('registry/both', warehouse('other')) == nil", json!(true)),
        ("imageFrom('registry/none') == nil", json!(true)),
        ("imageFrom('') == nil and commitFrom(vars.none ?? '') == nil", json!(true)),
        ("commitFrom('https://git.example.com/org/app').ID", json!("abc")),
        ("commitFrom('https://git.example.com/org/app').Tag", json!("")),
        ("chartFrom('https://charts.example.com', 'app').Version", json!("1.2.3")),
        ("chartFrom('https://charts.example.com', 'app', warehouse('w')).Name", json!("app")),
        ("artifactFrom('data').Version", json!("v7")),
        ("len(secret('s').k)", json!(5)),
        ("len(secret('absent'))", json!(0)),
        ("len(sharedSecret('git'))", json!(0)),
        ("len(sharedSecret('generic').k)", json!(5)),
        ("configMap('c').k", json!("v")),
        ("sharedConfigMap('c').k", json!("shared")),
        ("stageMetadata('test').m.n", json!(1)),
        ("stageMetadata('absent') == nil", json!(true)),
        ("freightMetadata('f1').m", json!("x")),
        ("'test' in freightStatus('f1').currentlyIn", json!(true)),
        ("semverDiff('1.0.0', '1.1.0')", json!("Minor")),
        ("ctx.targetFreight.origin.name", json!("w")),
    ];
    let expressions: Vec<_> = cases.iter().map(|(expression, _)| *expression).collect();
    let (status, _) = world().finish(&asking(&expressions)).await;
    for (index, (expression, expected)) in cases.iter().enumerate() {
        let state = status.state.as_ref().unwrap();
        let found = &state[format!("step-{}", index + 1)]["v"];
        assert_eq!(found, expected, "{expression}: {}", message(&status, index));
    }
}

#[tokio::test]
async fn what_cannot_be_told_is_an_error() {
    let cases = [
        ("imageFrom('registry/both').Tag", "more than one requested Warehouse"),
        ("chartFrom('https://charts.example.com')", "subscribes to the chart"),
        ("chartFrom('https://charts.example.com', '', warehouse('w'))", "must not be empty"),
        ("warehouse('')", "must not be empty"),
        ("imageFrom('registry/none').Tag", "nil"),
        ("always(", "syntax"),
    ];
    let expressions: Vec<_> = cases.iter().map(|(expression, _)| *expression).collect();
    let (status, _) = world().finish(&asking(&expressions)).await;
    for (index, (expression, expected)) in cases.iter().enumerate() {
        let message = message(&status, index);
        assert!(message.contains(expected), "{expression}: {message}");
        let of = &status.step_execution_metadata[index].status;
        assert_eq!(of, &Some(PromotionStepStatus::Errored), "{expression}");
    }
}
