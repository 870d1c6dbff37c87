//! Case 55 and features 1.57–1.61: a Promotion is what its Stage says, for those who may, with Freight that is available.

use rules::admission::{
    Caller, Denied, FactQuery, Facts, Operation, Request, facts_needed, more_facts_needed, review,
};
use serde_json::{Value, json};

use crate::admission::{facts, refusal, request};
use crate::world::{at, direct, freight, from_stages, object, promote_all, stage_named};

fn world() -> Facts {
    let mut test = stage_named("test", json!([direct("w")]));
    test.spec.shard = Some("eu".to_owned());
    test.spec.vars = object(json!([{ "name": "image", "value": "example/app" }]));
    test.spec.promotion_template = Some(object(json!({ "spec": {
        "vars": [{ "name": "branch", "value": "main" }],
        "steps": [{ "uses": "git-clone", "as": "clone" }, { "task": { "name": "deploy" } }],
    } })));
    let mut gate = stage_named("gate", json!([direct("w")]));
    gate.spec.promotion_template = None;
    let mut aware = stage_named("aware", json!([direct("w")]));
    aware.spec.targets = Some(object(json!({ "selectors": [] })));
    let task = json!({ "metadata": { "name": "deploy" }, "spec": { "vars": [{ "name": "branch" }], "steps": [{ "uses": "git-push" }] } });
    Facts {
        stages: vec![
            test,
            gate,
            aware,
            stage_named("prod", json!([from_stages("w", &["test"], json!({}))])),
        ],
        freight: vec![freight("aaa1111", "w", 0), freight("bbb2222", "w", 5)],
        promotion_tasks: vec![object(task)],
        may_promote: Some(true),
        random: 7,
        ..facts()
    }
}

fn promotion(stage: &str, more: Value) -> Value {
    let mut spec = json!({ "stage": stage, "freight": "aaa1111", "steps": [{ "uses": "evil" }], "vars": [{ "name": "x", "value": "y" }] });
    crate::world::merge(&mut spec, &more);
    json!({ "metadata": { "generateName": "promo-", "namespace": "p" }, "spec": spec })
}

fn create(object: Value, facts: &Facts) -> Result<Value, Denied> {
    review(&request("Promotion", Operation::Create, object), facts)
        .map(|admitted| admitted.object.unwrap())
}

fn as_kargo(object: Value) -> Request {
    let caller = Caller { username: "kargo".to_owned(), control_plane: true, ..Caller::default() };
    Request { caller, ..request("Promotion", Operation::Create, object) }
}

#[test]
fn case_55_everything_comes_from_the_stage() {
    let stored = create(promotion("test", json!({})), &world()).unwrap();
    let name = stored["metadata"]["name"].as_str().unwrap();
    assert!(
        name.starts_with("test.")
            && name.ends_with(".aaa1111")
            && name.len() == "test.".len() + 26 + 8,
        "{name}"
    );
    assert_eq!(stored["metadata"].get("generateName"), None);
    let steps = json!([
        { "uses": "git-clone", "as": "clone" },
        { "uses": "git-push", "as": "task-2::step-1" },
    ]);
    assert_eq!(stored["spec"]["steps"], steps);
    let vars =
        json!([{ "name": "image", "value": "example/app" }, { "name": "branch", "value": "main" }]);
    assert_eq!(stored["spec"]["vars"], vars);
    let metadata = &stored["metadata"];
    assert_eq!(
        metadata["labels"],
        json!({ "kargo.akuity.io/shard": "eu", "kargo.akuity.io/stage": "test" })
    );
    assert_eq!(metadata["annotations"]["kargo.akuity.io/create-actor"], "kubernetes:jane");
    assert_eq!(metadata["annotations"]["kargo.akuity.io/stage"], "test");
    let owner = &metadata["ownerReferences"][0];
    assert_eq!(
        (&owner["kind"], &owner["name"], &owner["controller"]),
        (&json!("Stage"), &json!("test"), &json!(true))
    );
}

#[test]
fn people_name_the_stage_and_the_freight_and_nothing_else() {
    let written = json!({
        "metadata": { "generateName": "x-", "namespace": "p" },
        "spec": { "stage": "test", "freight": "aaa1111" },
    });
    let stored = create(written, &world()).unwrap();
    assert_eq!(stored["spec"]["steps"].as_array().unwrap().len(), 2);
}

#[test]
fn refusals() {
    let refuse =
        |stage: &str, more: Value, facts: &Facts| refusal(create(promotion(stage, more), facts));
    let facts = world();
    assert!(refuse("none", json!({}), &facts).contains("spec.stage: Not found: \"none\""));
    assert!(refuse("gate", json!({}), &facts).contains("has no promotion steps"));
    assert!(
        refuse("test", json!({ "freight": "zzz" }), &facts)
            .contains("spec.freight: Not found: \"zzz\"")
    );
    let unavailable = refuse("prod", json!({}), &facts);
    assert!(unavailable.starts_with("422 Invalid\nspec.freight: "), "{unavailable}");
    assert!(
        unavailable
            .contains("not available to this Stage: Freight aaa1111 must be verified in \"test\""),
        "{unavailable}"
    );
    let both = json!({ "origin": { "kind": "Warehouse", "name": "w" } });
    assert!(refuse("test", both, &facts).contains("exactly one of spec.freight and spec.origin"));
    assert!(refuse("test", json!({ "freight": null }), &facts).contains("exactly one of"));
    assert!(
        refuse("test", json!({ "target": "eu" }), &facts)
            .contains("only a PromotionRequest may name a Target")
    );
    assert!(refuse("aware", json!({}), &facts).contains("create a PromotionRequest instead"));
    let stranger = Facts { may_promote: Some(false), ..world() };
    let text = refuse("test", json!({}), &stranger);
    assert_eq!(
        text,
        "403 Forbidden: kubernetes:jane needs the verb \"promote\" on Stage \"test\" in project \"p\""
    );
    let without_task = Facts { promotion_tasks: Vec::new(), ..world() };
    assert_eq!(
        refuse("test", json!({}), &without_task),
        "404 NotFound: PromotionTask \"deploy\" does not exist in this project"
    );
    let mut without_value = world();
    without_value.stages[0].spec.promotion_template.as_mut().unwrap().spec.vars.clear();
    assert!(
        refuse("test", json!({}), &without_value)
            .contains("needs a value for its variable \"branch\"")
    );
}

#[test]
fn by_origin_takes_the_newest() {
    let origin = json!({ "freight": null, "origin": { "kind": "Warehouse", "name": "w" } });
    let stored = create(promotion("test", origin.clone()), &world()).unwrap();
    assert_eq!(stored["spec"]["freight"], "bbb2222");
    assert_eq!(stored["spec"].get("origin"), None);
    assert!(
        refusal(create(promotion("prod", origin), &world()))
            .contains("spec.origin: Invalid value: \"Warehouse/w\"")
    );
}

#[test]
fn holds_are_inferred_and_cannot_be_forged() {
    let annotation = |stored: &Value, key: &str| {
        stored["metadata"]["annotations"]
            .get(format!("kargo.akuity.io/auto-promotion-{key}"))
            .cloned()
    };
    let facts = Facts { project_config: Some(promote_all()), ..world() };
    let older = create(promotion("test", json!({})), &facts).unwrap();
    assert_eq!(annotation(&older, "hold"), Some(json!("Warehouse/w")));
    let newest = create(promotion("test", json!({ "freight": "bbb2222" })), &facts).unwrap();
    assert_eq!(annotation(&newest, "resume"), Some(json!("Warehouse/w")));
    assert_eq!(annotation(&newest, "hold"), None);
    let mut forged = promotion("test", json!({ "freight": "bbb2222" }));
    forged["metadata"]["annotations"] =
        json!({ "kargo.akuity.io/auto-promotion-hold": "Warehouse/w" });
    assert_eq!(annotation(&create(forged.clone(), &facts).unwrap(), "hold"), None);
    let off = create(promotion("test", json!({})), &world()).unwrap();
    assert_eq!((annotation(&off, "hold"), annotation(&off, "resume")), (None, None));
    // Kargo itself carries no intent of a person, and what it says about intent is kept.
    let own = review(&as_kargo(forged), &facts).unwrap().object.unwrap();
    assert_eq!(annotation(&own, "hold"), Some(json!("Warehouse/w")));
    // The API server acts for a person, whom it names.
    let mut for_a_person = promotion("test", json!({}));
    for_a_person["metadata"]["annotations"] =
        json!({ "kargo.akuity.io/create-actor": "email:a@example.com" });
    let stored = review(&as_kargo(for_a_person), &facts).unwrap().object.unwrap();
    assert_eq!(annotation(&stored, "hold"), Some(json!("Warehouse/w")));
    assert_eq!(
        stored["metadata"]["annotations"]["kargo.akuity.io/create-actor"],
        "email:a@example.com"
    );
}

#[test]
fn only_kargo_may_claim_a_name_and_only_one_that_fits() {
    let claim = format!("test.{}.aaa1111", "0".repeat(26));
    let mut named = promotion("test", json!({}));
    named["metadata"]["name"] = json!(claim);
    assert_ne!(create(named.clone(), &world()).unwrap()["metadata"]["name"], json!(claim));
    assert_eq!(
        review(&as_kargo(named.clone()), &world()).unwrap().object.unwrap()["metadata"]["name"],
        json!(claim)
    );
    named["metadata"]["name"] = json!(format!("prod.{}.aaa1111", "0".repeat(26)));
    let renamed = review(&as_kargo(named), &world()).unwrap().object.unwrap();
    assert!(renamed["metadata"]["name"].as_str().unwrap().starts_with("test."));
}

#[test]
fn h16_a_new_name_sorts_after_what_the_stage_recorded() {
    let mut facts = world();
    let last = format!("test.{}.aaa1111", rules::promotion::claim::Ulid::new(u64::MAX >> 20, 5));
    facts.stages[0].status = Some(object(json!({ "lastPromotion": { "name": last } })));
    let stored = create(promotion("test", json!({})), &facts).unwrap();
    assert!(stored["metadata"]["name"].as_str().unwrap() > last.as_str());
}

#[test]
fn updates_change_nothing_that_matters() {
    let old = create(
        promotion("test", json!({})),
        &Facts { project_config: Some(promote_all()), ..world() },
    )
    .unwrap();
    let update = |change: &dyn Fn(&mut Value)| {
        let mut changed = old.clone();
        change(&mut changed);
        let request = Request {
            old: Some(old.clone()),
            now: Some(at(9)),
            ..request("Promotion", Operation::Update, changed)
        };
        review(&request, &world()).map(|admitted| admitted.object.unwrap())
    };
    let text = refusal(update(&|promotion| promotion["spec"]["freight"] = json!("bbb2222")));
    assert_eq!(
        text,
        "422 Invalid\nspec: Forbidden: a Promotion is immutable; create another one instead"
    );
    let kept = update(&|promotion| {
        promotion["metadata"]["annotations"] = json!({ "kargo.akuity.io/create-actor": "forged" });
    })
    .unwrap();
    assert_eq!(kept["metadata"]["annotations"], old["metadata"]["annotations"]);
    let aborted = update(&|promotion| {
        promotion["metadata"]["annotations"]["kargo.akuity.io/abort"] = json!("terminate");
    })
    .unwrap();
    let abort = aborted["metadata"]["annotations"]["kargo.akuity.io/abort"].as_str().unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(abort).unwrap(),
        json!({ "action": "terminate", "actor": "kubernetes:jane" })
    );
    let delete = Request {
        old: Some(old.clone()),
        object: None,
        ..request("Promotion", Operation::Delete, json!({}))
    };
    assert!(review(&delete, &world()).is_ok());
    assert_eq!(review(&delete, &Facts { may_promote: None, ..world() }).unwrap_err().code, 403);
}

#[test]
fn a_promotion_of_a_request_keeps_its_owner() {
    let mut child = promotion("aware", json!({ "target": "eu" }));
    child["metadata"]["ownerReferences"] = json!([{
        "apiVersion": "kargo.akuity.io/v1alpha1", "kind": "PromotionRequest", "name": "r", "uid": "u", "controller": true,
    }]);
    let stored = create(child, &world()).unwrap();
    assert_eq!(stored["metadata"]["ownerReferences"][0]["kind"], "PromotionRequest");
    assert!(stored["metadata"]["name"].as_str().unwrap().starts_with("aware.eu."));
    let mut orphan = stored.clone();
    orphan["metadata"]["ownerReferences"] = json!([]);
    let update = Request { old: Some(stored), ..request("Promotion", Operation::Update, orphan) };
    let text = refusal(review(&update, &world()).map(|admitted| admitted.object.unwrap()));
    assert!(text.starts_with("422 Invalid\nspec.target: Invalid value: \"eu\""), "{text}");
}

#[test]
fn only_the_named_freight_is_looked_up_unless_the_newest_matters() {
    let named = FactQuery::FreightNamed { namespace: "p".to_owned(), name: "aaa1111".to_owned() };
    let all = FactQuery::Freight("p".to_owned());
    let person = request("Promotion", Operation::Create, promotion("test", json!({})));
    let asked = facts_needed(&person);
    assert!(asked.contains(&named) && !asked.contains(&all), "{asked:?}");
    let by_origin = json!({ "freight": null, "origin": { "kind": "Warehouse", "name": "w" } });
    let by_origin = request("Promotion", Operation::Create, promotion("test", by_origin));
    assert!(facts_needed(&by_origin).contains(&all));

    let manual = world();
    assert_eq!(more_facts_needed(&person, &manual), []);
    let automatic = Facts { project_config: Some(promote_all()), ..world() };
    assert_eq!(more_facts_needed(&person, &automatic), [all], "the choice may hold the origin");
    assert_eq!(more_facts_needed(&by_origin, &automatic), [], "all Freight is known already");
    assert_eq!(more_facts_needed(&as_kargo(promotion("test", json!({}))), &automatic), []);
    let stranger = Facts { may_promote: Some(false), ..automatic };
    assert_eq!(more_facts_needed(&person, &stranger), []);
}
