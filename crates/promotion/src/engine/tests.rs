//! Whole promotions against a real git server, cut at every point of the journal.

mod functions;
mod git_options;
mod stopping;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use api::{
    FreightOrigin, FreightReference, Image, PromotionPhase, PromotionSpec, PromotionStepStatus,
};
use integrations::{
    clock::Clock as _,
    local_servers::{GitServer, GitServerOptions},
};
use parking_lot::Mutex;
use serde_json::json;

use super::*;
use crate::testing::{KnownFacts, MovableClock, services};

/// Keeps what was recorded; fails from the `fails_at`th record on, before or after keeping it.
#[derive(Debug, Default)]
struct Memory {
    kept: Mutex<Vec<PromotionStatus>>,
    fails_at: Option<usize>,
    keeps_the_last: bool,
}

impl Memory {
    fn last(&self) -> Option<PromotionStatus> {
        self.kept.lock().last().cloned()
    }
}

impl Journal for Memory {
    fn record<'a>(
        &'a self,
        status: &'a PromotionStatus,
    ) -> BoxFuture<'a, Result<(), JournalError>> {
        Box::pin(async move {
            let mut kept = self.kept.lock();
            let fails = self.fails_at.is_some_and(|at| kept.len() >= at);
            if !fails || (self.keeps_the_last && self.fails_at == Some(kept.len())) {
                // Through JSON, as the API would keep it: times lose their fractions.
                kept.push(serde_json::from_value(serde_json::to_value(status).unwrap()).unwrap());
            }
            if fails { Err(JournalError("the power went out".into())) } else { Ok(()) }
        })
    }
}

struct World {
    home: tempfile::TempDir,
    clock: MovableClock,
    facts: KnownFacts,
}

impl World {
    fn new() -> Self {
        Self {
            home: tempfile::tempdir().unwrap(),
            clock: MovableClock::new(),
            facts: KnownFacts::default(),
        }
    }

    fn work_dirs(&self) -> PathBuf {
        self.home.path().join("work")
    }

    /// An engine as a new process would make it.
    async fn engine(&self) -> Engine {
        let mut services = services(self.home.path()).await;
        services.clock = Arc::new(self.clock.clone());
        Engine::new(services, self.work_dirs()).with_facts(Box::new(self.facts.clone()))
    }

    /// Runs to the end, moving the clock over waits.
    async fn finish(&self, job: &Job) -> (PromotionStatus, Memory) {
        let memory = Memory::default();
        let status = self.finish_with(job, &memory).await;
        (status, memory)
    }

    async fn finish_with(&self, job: &Job, memory: &Memory) -> PromotionStatus {
        let engine = self.engine().await;
        let mut job = job.clone();
        for _ in 0..50 {
            match engine.run(&job, memory, &Signals::default()).await.unwrap() {
                Progress::Finished(status) => {
                    engine.forget("uid-1").await.unwrap();
                    assert!(!self.work_dirs().join("promotion-uid-1").exists());
                    return status;
                }
                Progress::Waiting { status, until } => {
                    assert!(until > self.clock.now());
                    self.clock.set(until);
                    job.promotion.status = Some(status);
                }
                Progress::Interrupted { .. } => panic!("nobody asked"),
            }
        }
        panic!("the promotion does not end")
    }
}

fn job(steps: serde_json::Value) -> Job {
    let promotion = Promotion {
        metadata: api::ObjectMeta {
            name: Some("test.01.abc".into()),
            namespace: Some("project".into()),
            uid: Some("uid-1".into()),
            ..api::ObjectMeta::default()
        },
        spec: PromotionSpec {
            stage: "test".into(),
            freight: Some("f1".into()),
            steps: serde_json::from_value(steps).unwrap(),
            ..PromotionSpec::default()
        },
        status: None,
    };
    let origin = FreightOrigin::warehouse("w");
    let image =
        Image { repo_url: Some("registry/app".into()), tag: Some("v2".into()), ..Image::default() };
    let freight = FreightReference {
        name: Some("f1".into()),
        origin: Some(origin.clone()),
        images: vec![image],
        ..FreightReference::default()
    };
    let mut job = Job { promotion, ..Job::default() };
    job.freight.freight.insert("Warehouse/w".into(), freight);
    job.requests = vec![FreightRequest { origin, ..FreightRequest::default() }];
    job
}

fn warehouse() -> serde_json::Value {
    json!({"metadata": {"name": "w"}, "spec": {"interval": "5m", "subscriptions": [
        {"image": {"repoURL": "registry/app", "imageSelectionStrategy": "SemVer"}}]}})
}

fn statuses(status: &PromotionStatus) -> Vec<String> {
    status
        .step_execution_metadata
        .iter()
        .map(|step| step.status.clone().unwrap().to_string())
        .collect()
}

fn message(status: &PromotionStatus, index: usize) -> String {
    status.step_execution_metadata[index].message.clone().unwrap_or_default()
}

async fn git_server(home: &Path) -> (GitServer, String) {
    let server = GitServer::start(GitServerOptions::new(home.join("served"))).await.unwrap();
    let files = [("values.yaml", "image:\n  tag: v1 # now\n")];
    let url = server.create_repository("env", &files).await.unwrap();
    (server, url)
}

fn pipeline(url: &str) -> serde_json::Value {
    json!([
        {"uses": "git-clone", "as": "clone", "config": {"repoURL": url, "checkout": [
            {"branch": "main", "path": "src"}, {"branch": "stage/test", "create": true, "path": "out"}]}},
        {"uses": "git-clear", "config": {"path": "out"}},
        {"uses": "copy", "config": {"inPath": "src", "outPath": "out"}},
        {"uses": "yaml-update", "as": "update", "config": {"path": "out/values.yaml", "updates": [
            {"key": "image.tag", "value": "${{ imageFrom('registry/app').Tag }}"}]}},
        {"uses": "git-commit", "as": "commit", "config": {"path": "out", "message": "${{ outputs.update.commitMessage }}"}},
        {"uses": "git-push", "as": "push", "config": {"path": "out"}},
        {"uses": "compose-output", "as": "end", "config": {"pushed": "${{ outputs.push.commit }}"}}
    ])
}

#[tokio::test]
async fn a_tag_becomes_a_commit() {
    let mut world = World::new();
    world.facts = world.facts.with(FactKind::Warehouse, "project", "w", warehouse());
    let (server, url) = git_server(world.home.path()).await;
    let (status, memory) = world.finish(&job(pipeline(&url))).await;
    assert_eq!(status.message, None);
    assert_eq!(status.phase, Some(PromotionPhase::Succeeded), "{status:?}");
    assert_eq!(statuses(&status), ["Succeeded"; 7]);
    assert!(status.finished_at.is_some());
    assert_eq!(status.current_step, Some(6));

    let tip = server.branch("env", "stage/test").await.unwrap().unwrap();
    let state = status.state.unwrap();
    assert_eq!(state["push"], json!({"commit": tip, "branch": "stage/test"}));
    assert_eq!(state["end"], json!({ "pushed": tip }));
    assert_eq!(state["commit"], json!({ "commit": tip }));
    let file = server.read_file("env", "stage/test", "values.yaml").await.unwrap();
    assert_eq!(file.as_deref(), Some("image:\n  tag: v2 # now\n"));
    let commits = server.commits("env", "stage/test", 10).await.unwrap();
    assert_eq!(commits[0].subject, "Updated out/values.yaml");
    // Before and after the push, and nothing else.
    assert_eq!(memory.kept.lock().len(), 2);
}

/// Runs the pipeline, stopped at the `cut`th record, then again from what was kept.
async fn cut(cut: usize, keeps_the_last: bool, lose_the_directory: bool) {
    let mut world = World::new();
    world.facts = world.facts.with(FactKind::Warehouse, "project", "w", warehouse());
    let (server, url) = git_server(world.home.path()).await;
    let mut job = job(pipeline(&url));
    let memory = Memory { fails_at: Some(cut), keeps_the_last, ..Memory::default() };
    let first = world.engine().await.run(&job, &memory, &Signals::default()).await;
    if first.is_err() {
        job.promotion.status = memory.last();
    }
    if lose_the_directory {
        std::fs::remove_dir_all(world.work_dirs()).unwrap();
    }
    world.clock.forward(100);
    let after = Memory::default();
    let status = world.finish_with(&job, &after).await;
    let place = format!("cut {cut} {keeps_the_last} {lose_the_directory}: {status:?}");
    assert_eq!(status.phase, Some(PromotionPhase::Succeeded), "{place}");
    let commits = server.commits("env", "stage/test", 10).await.unwrap();
    assert_eq!(commits.len(), 2, "the first commit and ours, {place}");
    let file = server.read_file("env", "stage/test", "values.yaml").await.unwrap();
    assert_eq!(file.as_deref(), Some("image:\n  tag: v2 # now\n"), "{place}");
    assert_eq!(status.state.unwrap()["push"]["commit"], commits[0].id);
}

#[tokio::test]
async fn a_crash_at_any_record_leaves_one_commit() {
    for at in 0..3 {
        for keeps_the_last in [false, true] {
            for lose_the_directory in [false, true] {
                cut(at, keeps_the_last, lose_the_directory).await;
            }
        }
    }
}

#[tokio::test]
async fn a_push_that_was_not_recorded_is_recognised_after_others_pushed() {
    let mut world = World::new();
    world.facts = world.facts.with(FactKind::Warehouse, "project", "w", warehouse());
    let (server, url) = git_server(world.home.path()).await;
    let mut job = job(pipeline(&url));
    let memory = Memory { fails_at: Some(1), ..Memory::default() };
    world.engine().await.run(&job, &memory, &Signals::default()).await.unwrap_err();
    let ours = server.branch("env", "stage/test").await.unwrap().expect("the push has happened");
    let files = [("values.yaml", "image:\n  tag: v9\n")];
    server.commit_files("env", "stage/test", "theirs", &files).await.unwrap();
    job.promotion.status = memory.last();
    let (status, _) = world.finish(&job).await;
    assert_eq!(status.phase, Some(PromotionPhase::Succeeded), "{status:?}");
    let commits = server.commits("env", "stage/test", 10).await.unwrap();
    assert_eq!(commits.len(), 3, "{commits:?}");
    assert_eq!(commits[1].id, ours);
    let file = server.read_file("env", "stage/test", "values.yaml").await.unwrap();
    assert_eq!(file.as_deref(), Some("image:\n  tag: v9\n"), "what others did later stays");
}

/// The pass is dropped at many moments, as a killed process would drop it, and again while it
/// resumes. Children die with it; what reached the server stays.
#[tokio::test]
async fn a_kill_at_any_moment_leaves_one_commit() {
    for delay in (0..12).map(|step| 15 + step * 35) {
        let mut world = World::new();
        world.facts = world.facts.with(FactKind::Warehouse, "project", "w", warehouse());
        let (server, url) = git_server(world.home.path()).await;
        let mut job = job(pipeline(&url));
        let memory = Memory::default();
        for part in [1, 2] {
            let engine = world.engine().await;
            let signals = Signals::default();
            let pass = engine.run(&job, &memory, &signals);
            let _killed = tokio::time::timeout(Duration::from_millis(delay / part), pass).await;
            job.promotion.status = memory.last();
        }
        let (status, _) = world.finish(&job).await;
        assert_eq!(status.phase, Some(PromotionPhase::Succeeded), "after {delay} ms: {status:?}");
        let commits = server.commits("env", "stage/test", 10).await.unwrap();
        assert_eq!(commits.len(), 2, "after {delay} ms: {commits:?}");
        assert_eq!(status.state.unwrap()["push"]["commit"], commits[0].id);
    }
}

/// Counts requests by their key and answers with the status that `plan` holds for each.
async fn counting_server(plan: Vec<u16>) -> (String, Arc<Mutex<Vec<String>>>) {
    let keys = Arc::new(Mutex::new(Vec::new()));
    let seen = keys.clone();
    let answer = move |headers: axum::http::HeaderMap| async move {
        let mut seen = seen.lock();
        let status = plan.get(seen.len()).or(plan.last()).copied().unwrap_or(200);
        seen.push(headers["idempotency-key"].to_str().unwrap().to_owned());
        axum::http::StatusCode::from_u16(status).unwrap()
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let router = axum::Router::new().fallback(answer);
    tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
    (url, keys)
}

fn post(url: &str, more: serde_json::Value) -> serde_json::Value {
    let mut config = json!({ "url": url, "method": "POST" });
    config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({ "uses": "http", "as": "call", "config": config })
}

#[tokio::test]
async fn a_call_keeps_its_key_over_a_crash_and_is_not_made_again_once_recorded() {
    for (cut, expected) in [(0, 1), (1, 2), (2, 1)] {
        let world = World::new();
        let (url, keys) = counting_server(vec![200]).await;
        let mut job =
            job(json!([post(&url, json!({})), {"uses": "compose-output", "config": {"a": 1}}]));
        let memory = Memory { fails_at: Some(cut), ..Memory::default() };
        let first = world.engine().await.run(&job, &memory, &Signals::default()).await;
        assert_eq!(first.is_err(), cut < 2);
        job.promotion.status = memory.last();
        let (status, _) = world.finish(&job).await;
        assert_eq!(status.phase, Some(PromotionPhase::Succeeded));
        let keys = keys.lock();
        assert_eq!(keys.len(), expected, "cut {cut}");
        assert_eq!(keys.iter().collect::<BTreeSet<_>>().len(), 1, "cut {cut}");
    }
}

#[tokio::test]
async fn each_poll_has_a_key_of_its_own_and_keeps_its_distance() {
    let world = World::new();
    let (url, keys) = counting_server(vec![202, 202, 200]).await;
    let criteria = json!({ "successExpression": "response.status == 200", "pollInterval": "1s" });
    let before = world.clock.now();
    let (status, _) = world.finish(&job(json!([post(&url, criteria)]))).await;
    assert_eq!(status.phase, Some(PromotionPhase::Succeeded));
    assert_eq!(keys.lock().iter().collect::<BTreeSet<_>>().len(), 3);
    assert_eq!(world.clock.now().duration_since(before).as_secs(), 20);
}

#[tokio::test]
async fn a_step_that_waits_too_long_is_ended() {
    let world = World::new();
    let (url, keys) = counting_server(vec![202]).await;
    let mut step = post(&url, json!({ "successExpression": "response.status == 200" }));
    step["retry"] = json!({ "timeout": "45s" });
    let before = world.clock.now();
    let (status, _) = world.finish(&job(json!([step]))).await;
    assert_eq!(status.phase, Some(PromotionPhase::Errored));
    assert!(message(&status, 0).starts_with("timed out after 45s"), "{status:?}");
    assert_eq!(world.clock.now().duration_since(before).as_secs(), 45);
    assert_eq!(keys.lock().len(), 3, "at once, after 30 s, and once more at the deadline");
}

#[tokio::test]
async fn errors_are_retried_up_to_the_threshold() {
    for (threshold, phase) in [(3, PromotionPhase::Succeeded), (2, PromotionPhase::Errored)] {
        let world = World::new();
        let (url, keys) = counting_server(vec![500, 500, 200]).await;
        // An expression over what is not there is an error until it is.
        let mut step = post(
            &url,
            json!({ "successExpression": "response.status == 500 ? response.body.a.b : true" }),
        );
        step["retry"] = json!({ "errorThreshold": threshold });
        let (status, _) = world.finish(&job(json!([step]))).await;
        assert_eq!(status.phase, Some(phase), "{status:?}");
        assert_eq!(
            keys.lock().iter().collect::<BTreeSet<_>>().len(),
            1,
            "a retry repeats the call"
        );
        assert_eq!(status.step_execution_metadata[0].error_count, Some(2));
    }
}

#[tokio::test]
async fn conditions_decide_which_steps_run() {
    let world = World::new();
    let compose =
        |condition: &str| json!({"uses": "compose-output", "if": condition, "config": {"a": 1}});
    let (status, _) = world
        .finish(&job(json!([
            {"uses": "fail", "as": "ignored", "continueOnError": true},
            {"uses": "compose-output", "as": "normal", "config": {"a": 1}},
            compose("${{ false }}"),
            compose("${{ \"true\" }}"),
            compose("true"),
            {"uses": "compose-output", "as": "left out", "config": {"a": 1}},
            compose("${{ failure() && status('normal') == 'Succeeded' }}"),
            {"uses": "compose-output", "if": "${{ always() }}",
             "config": {"a": "${{ outputs['left out']?.a ?? 'nothing' }}"}},
            {"uses": "no-such-step", "if": "${{ always() }}"},
        ])))
        .await;
    assert_eq!(
        statuses(&status),
        [
            "Failed",
            "Succeeded",
            "Skipped",
            "Succeeded",
            "Errored",
            "Skipped",
            "Succeeded",
            "Succeeded",
            "Errored"
        ]
    );
    assert_eq!(status.phase, Some(PromotionPhase::Errored));
    assert!(message(&status, 4).contains("a text"), "{}", message(&status, 4));
    assert!(message(&status, 8).contains("no-such-step"));
    assert!(status.step_execution_metadata[2].started_at.is_none());
    let state = status.state.unwrap();
    assert_eq!(state["step-8"], json!({ "a": "nothing" }));
    assert!(state.get("left out").is_none() && state["ignored"].is_null());
}

#[tokio::test]
async fn variables_and_outputs_are_seen_where_they_should() {
    let world = World::new();
    let mut job = job(json!([
        {"uses": "compose-output", "as": "t::one", "config": {"x": 1}},
        {"uses": "compose-output", "as": "t::two",
         "vars": [{"name": "a", "value": "step"}, {"name": "c", "value": "${{ vars.a }}-${{ outputs['t::one'].x }}"}],
         "config": {"short": "${{ task.outputs.one.x }}", "c": "${{ vars.c }}", "b": "${{ vars.b }}",
                    "status": "${{ status('one') }}", "meta": "${{ stepMetas['t::one'].Status }}"}},
        {"uses": "compose-output", "as": "end",
         "config": {"task": "${{ outputs.t }}", "none": "${{ status('one') }}",
                    "ctx": "${{ ctx.stage }}/${{ ctx.meta.step.alias }}/${{ ctx.meta.promotion.actor }}/${{ ctx.targetFreight.name }}"}},
    ]));
    job.actor = "admin".into();
    job.promotion.spec.vars = vec![
        api::ExpressionVariable::new("a", "promotion"),
        api::ExpressionVariable::new("b", "${{ vars.a }} ${{ outputs == nil }}"),
    ];
    let (status, _) = world.finish(&job).await;
    assert_eq!(status.phase, Some(PromotionPhase::Succeeded), "{status:?}");
    let state = status.state.unwrap();
    let two = json!({"short": 1, "c": "step-1", "b": "promotion true", "status": "Succeeded", "meta": "Succeeded"});
    assert_eq!(state["t::two"], two);
    assert_eq!(state["t"]["x"], json!(1));
    assert_eq!(state["t"]["c"], json!("step-1"));
    assert_eq!(state["end"]["ctx"], json!("test/end/admin/f1"));
    assert_eq!(state["end"]["none"], json!(""));
    assert_eq!(state["end"]["task"]["meta"], json!("Succeeded"));
}

#[tokio::test]
async fn mistakes_in_expressions_name_the_step_and_the_field() {
    for (step, place) in [
        (json!({"config": {"a": 1, "b": {"c": ["x", "${{ vars.x.y }}"]}}}), "config.b.c[1]: "),
        (json!({"config": {"a": "${{ 1 + }}"}}), "config.a: "),
        (json!({"if": "${{ nothing( }}", "config": {"a": 1}}), "if: "),
        (
            json!({"vars": [{"name": "v", "value": "${{ 1 + }}"}], "config": {"a": 1}}),
            "variable `v`: ",
        ),
        (json!({"config": {"a": "${{ imageFrom('x', 5).Tag }}"}}), "config.a: "),
    ] {
        let mut step = step;
        step["uses"] = json!("compose-output");
        step["as"] = json!("mine");
        let (status, _) = World::new().finish(&job(json!([step]))).await;
        assert_eq!(status.phase, Some(PromotionPhase::Errored), "{step}");
        assert!(message(&status, 0).starts_with(place), "{step}: {}", message(&status, 0));
        assert_eq!(status.message, Some(format!("step `mine`: {}", message(&status, 0))));
    }
}

#[tokio::test]
async fn secrets_are_used_and_never_kept() {
    let mut world = World::new();
    let secret = json!({"metadata": {"name": "s"}, "data": {"token": "c3VwZXItc2VjcmV0"}});
    world.facts = world.facts.with(FactKind::Secret, "project", "s", secret);
    let (status, memory) = world
        .finish(&job(json!([
            {"uses": "compose-output", "as": "out", "config": {"t": "Bearer ${{ secret('s').token }}", "absent": "${{ secret('x').y == '' }}"}},
            {"uses": "http", "config": {"url": "no-url-${{ secret('s').token }}", "proxy": "ftp://${{ secret('s').token }}"}},
        ])))
        .await;
    assert_eq!(status.phase, Some(PromotionPhase::Failed));
    let everything = serde_json::to_string(&(&status, &*memory.kept.lock())).unwrap();
    assert!(!everything.contains("super-secret"), "{everything}");
    assert_eq!(status.state.unwrap()["out"], json!({"t": "Bearer ***", "absent": true}));
}

#[tokio::test]
async fn what_one_pass_read_stays_hidden_until_the_promotion_ends() {
    let world = World::new();
    let engine = world.engine().await;
    engine.secrets_of("uid-1").learn("super-secret");
    assert_eq!(engine.secrets_of("uid-1").hide("a super-secret"), "a ***");
    assert_eq!(engine.secrets_of("uid-2").hide("a super-secret"), "a super-secret");
    engine.forget("uid-1").await.unwrap();
    assert_eq!(engine.secrets_of("uid-1").hide("a super-secret"), "a super-secret");
}

#[tokio::test]
async fn an_abort_reaches_a_hanging_step() {
    let world = World::new();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let signals = Signals::default();
    let abort = signals.abort.clone();
    tokio::spawn(async move {
        let _connection = listener.accept().await.unwrap();
        abort.cancel();
        std::future::pending::<()>().await;
    });
    let job = job(
        json!([post(&url, json!({ "timeout": "1h" })), {"uses": "fail", "if": "${{ always() }}"}]),
    );
    let memory = Memory::default();
    let Progress::Finished(status) =
        world.engine().await.run(&job, &memory, &signals).await.unwrap()
    else {
        panic!("an aborted promotion has ended")
    };
    assert_eq!(status.phase, Some(PromotionPhase::Aborted));
    assert_eq!(statuses(&status), ["Aborted"], "later steps never run");
    assert!(status.finished_at.is_some());
}

#[tokio::test]
async fn a_shutdown_leaves_the_promotion_to_the_next_process() {
    let world = World::new();
    let signals = Signals::default();
    signals.shutdown.cancel();
    let job = job(json!([{"uses": "compose-output", "as": "a", "config": {"a": 1}}]));
    let memory = Memory::default();
    let progress = world.engine().await.run(&job, &memory, &signals).await.unwrap();
    assert!(matches!(progress, Progress::Interrupted { .. }), "{progress:?}");
    let (status, _) = world.finish(&job).await;
    assert_eq!(status.phase, Some(PromotionPhase::Succeeded));
}

/// Facts that panic.
struct Broken;

impl Facts for Broken {
    fn object<'a>(
        &'a self,
        _: FactKind,
        _: &'a str,
        _: &'a str,
    ) -> BoxFuture<'a, Result<Option<serde_json::Value>, FactsError>> {
        Box::pin(async { panic!("out of cheese") })
    }
}

#[tokio::test]
async fn a_panic_ends_the_step_and_nothing_else() {
    let world = World::new();
    let engine = world.engine().await.with_facts(Box::new(Broken));
    let job = job(json!([
        {"uses": "file-write", "config": {"path": "k/kustomization.yaml", "contents": "{}"}},
        {"uses": "kustomize-set-image", "retry": {"errorThreshold": 5}, "config": {"path": "k"}},
        {"uses": "compose-output", "as": "after", "if": "${{ always() }}", "config": {"a": 1}},
    ]));
    let Progress::Finished(status) =
        engine.run(&job, &Memory::default(), &Signals::default()).await.unwrap()
    else {
        panic!("it has ended")
    };
    assert_eq!(statuses(&status), ["Succeeded", "Errored", "Succeeded"]);
    assert_eq!(message(&status, 1), "the step panicked: out of cheese");
    assert_eq!(status.step_execution_metadata[1].status, Some(PromotionStepStatus::Errored));
}

#[tokio::test]
async fn what_a_crash_left_behind_is_swept() {
    let world = World::new();
    for name in ["promotion-alive", "promotion-gone", "other"] {
        std::fs::create_dir_all(world.work_dirs().join(name).join("work")).unwrap();
    }
    let alive = BTreeSet::from(["alive".to_owned()]);
    assert_eq!(world.engine().await.sweep(&alive).await.unwrap(), 1);
    let left: BTreeSet<_> = std::fs::read_dir(world.work_dirs())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(left, BTreeSet::from(["promotion-alive".to_owned(), "other".to_owned()]));
}
