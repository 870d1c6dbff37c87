//! Cases 1–11 of the engine's list.

use std::sync::Arc;

use api::{Freight, ImageDiscoveryResult, Time, Warehouse, WarehouseStatus, condition};
use jiff::SignedDuration;
use rules::Again;
use rules::warehouse::{Discovered, Discovery, Failure, Seen, WarehouseEffect, next};
use serde_json::{Value, json};

use crate::world::{at, object};

fn warehouse(more: Value) -> Warehouse {
    let mut spec = json!({
        "interval": "5m0s",
        "subscriptions": [{ "image": { "repoURL": "example/app" } }, { "image": { "repoURL": "example/web" } }],
    });
    crate::world::merge(&mut spec, &more);
    object(json!({ "metadata": { "name": "w", "namespace": "p", "generation": 1 }, "spec": spec }))
}

fn image(repository: &str, tags: &[&str]) -> Discovered {
    let references: Vec<Value> =
        tags.iter().map(|tag| json!({ "tag": tag, "digest": "sha256:0" })).collect();
    Discovered::Image(object::<ImageDiscoveryResult>(
        json!({ "repoURL": repository, "references": references }),
    ))
}

fn found() -> Discovery {
    let results =
        vec![Ok(image("example/app", &["1.1", "1.0"])), Ok(image("example/web", &["2.0"]))];
    Discovery { generation: 1, refresh: None, results }
}

struct Round {
    seen: Seen,
    now: i64,
}

impl Round {
    fn new(more: Value) -> Self {
        Self { seen: Seen { warehouse: warehouse(more), ..Seen::default() }, now: 0 }
    }

    /// One pass; keeps the status and creates what is asked for. Gives the effects and the time to look again.
    fn pass(&mut self) -> (Vec<WarehouseEffect>, Again) {
        let decision = next(&self.seen, at(self.now));
        self.seen.warehouse.status = Some(decision.status);
        self.seen.discovery = None;
        for effect in &decision.effects {
            if let WarehouseEffect::CreateFreight(freight) = effect {
                let mut freight: Freight = (**freight).clone();
                freight.metadata.creation_timestamp = Some(Time(at(self.now)));
                self.seen.freight.push(Arc::new(freight));
            }
        }
        (decision.effects, decision.again)
    }

    fn discovered(&mut self, discovery: Discovery) -> (Vec<WarehouseEffect>, Again) {
        self.seen.discovery = Some(discovery);
        self.pass()
    }

    fn status(&self) -> &WarehouseStatus {
        self.seen.warehouse.status.as_ref().unwrap()
    }

    fn condition(&self, kind: &str) -> String {
        let found = condition::get(&self.status().conditions, kind);
        found.map_or("-".to_owned(), |found| format!("{}/{}", found.status, found.reason))
    }
}

#[track_caller]
fn plan(effects: &[WarehouseEffect]) -> &rules::warehouse::Plan {
    let [WarehouseEffect::Discover(plan)] = effects else { panic!("no discovery: {effects:?}") };
    plan
}

#[test]
fn case_1_the_first_discovery_makes_freight() {
    let mut round = Round::new(json!({}));
    let (effects, _) = round.pass();
    assert_eq!(plan(&effects).subscriptions.len(), 2);
    assert_eq!(round.condition("Ready"), "False/DiscoveryInProgress");
    assert_eq!(round.condition("Reconciling"), "True/ScheduledDiscovery");
    let (effects, again) = round.discovered(found());
    let [WarehouseEffect::CreateFreight(freight)] = effects.as_slice() else {
        panic!("{effects:?}")
    };
    assert_eq!(freight.images[0].tag.as_deref(), Some("1.1"));
    assert_eq!(
        freight.metadata.name.as_deref(),
        Some(api::identity::freight_name(freight).as_str())
    );
    assert_eq!(again, Again::At(at(300)));
    let name = freight.metadata.name.clone();
    let (effects, _) = round.pass();
    assert!(effects.is_empty());
    assert_eq!(round.condition("FreightCreated"), "True/NewFreight");
    assert_eq!(round.status().last_freight_id, name);
    assert_eq!(round.condition("Healthy"), "True/ReconciliationSucceeded");
    assert_eq!(round.condition("Ready"), "True/ArtifactsDiscovered");
    assert_eq!(round.condition("Reconciling"), "-");
    assert_eq!(round.status().observed_generation, Some(1));
    let before = round.status().clone();
    round.pass();
    assert_eq!(round.status(), &before, "nothing to write when nothing happened");
}

#[test]
fn cases_2_and_3_the_interval() {
    let mut round = Round::new(json!({}));
    round.discovered(found());
    round.now = 60;
    let (effects, again) = round.pass();
    assert!(effects.is_empty());
    assert_eq!(again, Again::At(at(300)));
    round.now = 300;
    let quiet = round.status().clone();
    plan(&round.pass().0);
    assert_eq!(
        round.status(),
        &quiet,
        "a routine discovery writes nothing before it has an outcome"
    );

    let mut round = Round::new(json!({ "interval": "1s" }));
    round.seen.minimum_interval = SignedDuration::from_mins(10);
    assert_eq!(round.discovered(found()).1, Again::At(at(600)));
}

#[test]
fn case_4_a_new_generation_starts_from_nothing() {
    let git = json!({ "subscriptions": [{ "git": { "repoURL": "https://example.com/a.git" } }] });
    let mut round = Round::new(git);
    let result: api::GitDiscoveryResult =
        object(json!({ "repoURL": "https://example.com/a.git", "commits": [{ "id": "abc" }] }));
    let results = vec![Ok(Discovered::Git(result.clone()))];
    round.discovered(Discovery { generation: 1, refresh: None, results });
    round.now = 300;
    assert_eq!(plan(&round.pass().0).subscriptions[0].known_git, Some(result));
    round.seen.warehouse.metadata.generation = Some(2);
    assert_eq!(plan(&round.pass().0).subscriptions[0].known_git, None);
}

#[test]
fn case_5_a_failed_refresh_stays_visible_and_is_tried_again() {
    let mut round = Round::new(json!({}));
    round.discovered(found());
    round.now = 10;
    let refresh = [("kargo.akuity.io/refresh".to_owned(), "token-1".to_owned())];
    round.seen.warehouse.metadata.annotations = Some(refresh.into());
    let (effects, _) = round.pass();
    assert_eq!(plan(&effects).refresh.as_deref(), Some("token-1"));
    assert_eq!(
        round.status().last_handled_refresh,
        None,
        "not handled before its outcome is recorded"
    );
    let failed = vec![Err("the registry is down".to_owned()), Ok(image("example/web", &["2.1"]))];
    let outcome = Discovery { generation: 1, refresh: Some("token-1".to_owned()), results: failed };
    round.seen.failure = Some(Failure { at: at(10), count: 1, generation: 1 });
    let (effects, again) = round.discovered(outcome);
    assert!(effects.is_empty());
    assert_eq!(again, Again::At(at(15)));
    assert_eq!(round.status().last_handled_refresh.as_deref(), Some("token-1"));
    assert_eq!(round.condition("Healthy"), "False/DiscoveryFailed");
    assert_eq!(round.condition("Ready"), "False/DiscoveryFailure");
    round.now = 12;
    let (effects, again) = round.pass();
    assert!(effects.is_empty(), "not before the pause is over");
    assert_eq!(again, Again::At(at(15)));
    assert_eq!(round.condition("Healthy"), "False/DiscoveryFailed");
    round.now = 15;
    plan(&round.pass().0);
    assert_eq!(round.condition("Healthy"), "False/DiscoveryFailed");
    // After a restart nobody remembers the pause: try at once.
    round.seen.failure = None;
    plan(&round.pass().0);
    round.discovered(found());
    assert_eq!(round.condition("Healthy"), "True/ReconciliationSucceeded");
}

#[test]
fn case_6_a_refresh_during_discovery_is_honoured() {
    let mut round = Round::new(json!({}));
    let token = |round: &mut Round, value: &str| {
        let refresh = [("kargo.akuity.io/refresh".to_owned(), value.to_owned())];
        round.seen.warehouse.metadata.annotations = Some(refresh.into());
    };
    token(&mut round, "1");
    plan(&round.pass().0);
    round.seen.discovering = true;
    token(&mut round, "2");
    assert!(round.pass().0.is_empty(), "one discovery at a time");
    round.seen.discovering = false;
    round.discovered(Discovery { refresh: Some("1".to_owned()), ..found() });
    assert_eq!(plan(&round.pass().0).refresh.as_deref(), Some("2"));
}

#[test]
fn case_7_one_failure_loses_nothing_else() {
    let mut round = Round::new(json!({}));
    round.discovered(found());
    round.now = 300;
    let results = vec![Err("401 unauthorized".to_owned()), Ok(image("example/web", &["3.0"]))];
    let (effects, _) = round.discovered(Discovery { generation: 1, refresh: None, results });
    assert!(effects.is_empty(), "no Freight of half a discovery");
    let artifacts = round.status().discovered_artifacts.clone().unwrap();
    assert_eq!(artifacts.images.len(), 2);
    assert!(artifacts.images.iter().any(|image| image.references[0].tag == "1.1"));
    assert!(artifacts.images.iter().any(|image| image.references[0].tag == "3.0"));
    assert_eq!(artifacts.discovered_at, Some(Time(at(0))), "the last complete discovery");
    let healthy = condition::get(&round.status().conditions, "Healthy").unwrap();
    assert!(
        healthy.message.contains("subscription 0 (example/app): 401 unauthorized"),
        "{}",
        healthy.message
    );
}

#[test]
fn retries_are_never_slower_than_the_interval() {
    let interval = SignedDuration::from_mins(5);
    let delays: Vec<i64> = [1, 2, 3, 7, 8, 1_000_000]
        .iter()
        .map(|count| rules::warehouse::retry_delay(*count, interval).as_secs())
        .collect();
    assert_eq!(delays, [5, 10, 20, 300, 300, 300]);
}

#[test]
fn case_8_nothing_matches() {
    let mut round = Round::new(json!({}));
    let results = vec![Ok(image("example/app", &[])), Ok(image("example/web", &["2.0"]))];
    let (effects, again) = round.discovered(Discovery { generation: 1, refresh: None, results });
    assert!(effects.is_empty());
    assert_eq!(again, Again::At(at(300)));
    assert_eq!(round.condition("Healthy"), "False/NoImageReferencesDiscovered");
    assert_eq!(round.condition("Ready"), "False/MissingImageReferences");
}

#[track_caller]
fn criteria(expression: &str, effects: usize, satisfied: &str, ready: &str) {
    let mut round = Round::new(json!({ "freightCreationCriteria": { "expression": expression } }));
    let (found, again) = round.discovered(found());
    assert_eq!(found.len(), effects, "{expression}");
    assert_eq!(again, Again::At(at(300)), "no hot retry");
    assert_eq!(round.condition("FreightCreationCriteriaSatisfied"), satisfied, "{expression}");
    assert_eq!(round.condition("Ready"), ready, "{expression}");
}

#[test]
fn case_9_criteria() {
    let (yes, no) = ("True/CriteriaSatisfied", "False/CriteriaNotSatisfied");
    criteria("imageFrom('example/app').Tag == '1.1'", 1, yes, "True/ArtifactsDiscovered");
    let same = "imageFrom('example/app').Tag == imageFrom('example/web').Tag";
    criteria(same, 0, no, "True/ArtifactsDiscovered");
    criteria("imageFrom('example/none') == nil", 1, yes, "True/ArtifactsDiscovered");
    criteria("'true'", 1, yes, "True/ArtifactsDiscovered");
    criteria("imageFrom(", 0, "-", "False/CriteriaEvaluationFailed");
    criteria("'maybe'", 0, "-", "False/CriteriaEvaluationFailed");
    criteria("", 1, yes, "True/ArtifactsDiscovered");
}

#[test]
fn case_10_the_same_again_creates_nothing() {
    let mut round = Round::new(json!({}));
    round.discovered(found());
    round.pass();
    let name = round.seen.freight[0].metadata.name.clone();
    round.now = 300;
    let (effects, _) = round.discovered(found());
    assert!(effects.is_empty());
    assert_eq!(round.condition("FreightCreated"), "False/AlreadyExists");
    assert_eq!(round.status().last_freight_id, name);
}

#[test]
fn freight_that_is_refused_is_no_secret() {
    let mut round = Round::new(json!({}));
    round.discovered(found());
    round.seen.freight.clear();
    round.seen.refused = Some("admission says no".to_owned());
    let (effects, _) = round.pass();
    assert_eq!(effects.len(), 1, "tried again");
    assert_eq!(round.condition(condition::HEALTHY), "False/FreightBuildFailure");
    assert_eq!(round.condition(condition::READY), "False/FreightCreationFailure");
    round.seen.refused = None;
    round.pass();
    assert_eq!(round.condition(condition::READY), "True/ArtifactsDiscovered");
    assert_eq!(round.condition(condition::FREIGHT_CREATED), "True/NewFreight");
}

#[test]
fn case_11_manual_policy_only_discovers() {
    let mut round = Round::new(json!({ "freightCreationPolicy": "Manual" }));
    let (effects, _) = round.discovered(found());
    assert!(effects.is_empty());
    assert_eq!(round.status().discovered_artifacts.as_ref().unwrap().images.len(), 2);
    assert_eq!(round.condition("Ready"), "True/ArtifactsDiscovered");
}

#[test]
fn an_outcome_of_an_older_spec_is_not_taken() {
    let mut round = Round::new(json!({}));
    round.seen.warehouse.metadata.generation = Some(2);
    plan(&round.discovered(found()).0);
    assert!(round.status().discovered_artifacts.is_none());
}

#[test]
fn a_subscription_that_cannot_be_read_is_named() {
    let mut round = Round::new(json!({ "subscriptions": [{ "image": {} }] }));
    let (effects, again) = round.pass();
    assert!(effects.is_empty());
    assert_eq!(again, Again::OnChange);
    let healthy = condition::get(&round.status().conditions, "Healthy").unwrap();
    assert!(healthy.message.contains("spec.subscriptions[0].image.repoURL"), "{}", healthy.message);
}
