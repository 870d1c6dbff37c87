//! Cases 15–18, 57 and 58 of the engine's list: what passes, what is filled in, and how a refusal reads.

use rules::admission::{
    CacheByTagPolicy, Caller, Denied, FactQuery, Facts, Operation, Request, facts_needed, judges,
    review,
};
use serde_json::{Value, json};

use crate::world::{at, freight, object, stage_named};

pub(crate) fn request(kind: &str, operation: Operation, object: Value) -> Request {
    let text = |pointer: &str| {
        object.pointer(pointer).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    Request {
        kind: kind.to_owned(),
        namespace: "p".to_owned(),
        name: text("/metadata/name"),
        operation,
        caller: Caller { username: "jane".to_owned(), ..Caller::default() },
        object: Some(object),
        now: Some(at(0)),
        ..Request::default()
    }
}

pub(crate) fn facts() -> Facts {
    let labels = json!({ "kargo.akuity.io/project": "true" });
    let namespace = object(json!({ "metadata": { "name": "p", "labels": labels } }));
    Facts { namespace: Some(namespace), ..Facts::default() }
}

pub(crate) fn create(kind: &str, object: Value) -> Result<Value, Denied> {
    review(&request(kind, Operation::Create, object), &facts())
        .map(|admitted| admitted.object.unwrap())
}

/// The whole refusal: code, reason, and each cause on its line.
pub(crate) fn refusal(result: Result<Value, Denied>) -> String {
    let denied = result.unwrap_err();
    let mut text = format!("{} {}", denied.code, denied.reason);
    if denied.causes.is_empty() {
        text.push_str(&format!(": {}", denied.message));
    }
    for cause in &denied.causes {
        text.push_str(&format!("\n{}: {}", cause.field, cause.message));
    }
    text
}

fn warehouse(subscriptions: Value) -> Value {
    json!({
        "metadata": { "name": "w", "namespace": "p", "labels": { "kargo.akuity.io/shard": "old" } },
        "spec": { "interval": "5m0s", "subscriptions": subscriptions },
    })
}

#[test]
fn warehouse_defaults() {
    let mut object = warehouse(json!([
        { "image": { "repoURL": "example/app" } },
        { "git": { "repoURL": "https://example.com/a.git", "strictSemvers": false, "discoveryLimit": 5 } },
        { "chart": { "repoURL": "oci://example.com/chart" } },
    ]));
    object["spec"]["shard"] = json!("eu");
    let stored = create("Warehouse", object).unwrap();
    assert_eq!(
        stored["spec"]["subscriptions"],
        json!([
            { "image": { "repoURL": "example/app", "imageSelectionStrategy": "SemVer", "strictSemvers": true, "discoveryLimit": 20 } },
            { "git": {
                "repoURL": "https://example.com/a.git", "strictSemvers": false, "discoveryLimit": 5,
                "commitSelectionStrategy": "NewestFromBranch",
            } },
            { "chart": { "repoURL": "oci://example.com/chart", "discoveryLimit": 20 } },
        ])
    );
    assert_eq!(stored["metadata"]["labels"]["kargo.akuity.io/shard"], "eu");
    let without = create("Warehouse", warehouse(json!([]))).unwrap();
    assert_eq!(without.pointer("/metadata/labels/kargo.akuity.io~1shard"), None);
}

#[track_caller]
fn bad_subscription(subscription: Value, expected: &str) {
    let text = refusal(create("Warehouse", warehouse(json!([subscription]))));
    let body = text.strip_prefix("422 Invalid\nspec.subscriptions[0]").unwrap_or(&text);
    assert!(body.starts_with(expected), "{body}");
    assert!(!body.contains('\n'), "one mistake, one cause: {body}");
}

#[test]
fn warehouse_mistakes_name_the_field_and_what_would_be_right() {
    let image = |more: Value| {
        let mut image = json!({ "repoURL": "example/app" });
        crate::world::merge(&mut image, &more);
        json!({ "image": image })
    };
    bad_subscription(
        image(json!({ "repoURL": "https://example.com/app" })),
        ".image.repoURL: Invalid value",
    );
    bad_subscription(
        image(json!({ "imageSelectionStrategy": "Digest" })),
        ".image.constraint: Invalid value: \"\": must name the tag",
    );
    bad_subscription(
        image(json!({ "semverConstraint": "^1.0.0" })),
        ".image.semverConstraint: Invalid value: \"^1.0.0\": unknown field `semverConstraint`, expected one of",
    );
    bad_subscription(
        image(json!({ "constraint": "newest" })),
        ".image.constraint: Invalid value: \"newest\"",
    );
    bad_subscription(
        image(json!({ "platform": "linux" })),
        ".image.platform: Invalid value: \"linux\"",
    );
    bad_subscription(
        image(json!({ "discoveryLimit": 101 })),
        ".image.discoveryLimit: Invalid value: \"101\": must be between",
    );
    bad_subscription(
        image(json!({ "allowTagsRegexes": ["("] })),
        ".image.allowTagsRegexes[0]: Invalid value: \"(\"",
    );
    bad_subscription(image(json!({ "semverConstraint": "^1" })), ".image.semverConstraint: ");
    let git = |more: Value| {
        let mut git = json!({ "repoURL": "https://example.com/a.git" });
        crate::world::merge(&mut git, &more);
        json!({ "git": git })
    };
    bad_subscription(git(json!({ "repoURL": "example.com/a" })), ".git.repoURL: Invalid value");
    bad_subscription(git(json!({ "branch": "-x" })), ".git.branch: Invalid value: \"-x\"");
    bad_subscription(
        git(json!({ "includePaths": ["glob:["] })),
        ".git.includePaths[0]: Invalid value",
    );
    bad_subscription(
        json!({ "chart": { "repoURL": "https://example.com" } }),
        ".chart.name: Required value",
    );
    bad_subscription(
        json!({ "chart": { "repoURL": "oci://example.com/c", "name": "c" } }),
        ".chart.name: Invalid value: \"c\": must be empty",
    );
    bad_subscription(
        json!({ "name": "A_b", "image": { "repoURL": "x" } }),
        ".name: Invalid value: \"A_b\"",
    );
    bad_subscription(json!({}), ": Invalid value");
}

#[test]
fn subscriptions_of_no_known_type_are_refused() {
    let expected = ": Invalid value: \"images\": there is no such type of subscription; use image, git or chart";
    bad_subscription(json!({ "name": "x", "images": { "repoURL": "x" } }), expected);
    bad_subscription(json!({ "images": { "repoURL": "x" } }), expected);
}

#[test]
fn warehouse_subscriptions_are_unique() {
    let twice = json!([
        { "name": "a", "git": { "repoURL": "https://example.com/a.git" } },
        { "name": "a", "git": { "repoURL": "https://EXAMPLE.com/a" } },
    ]);
    let text = refusal(create("Warehouse", warehouse(twice)));
    assert!(text.contains("spec.subscriptions[1].name: Invalid value: \"a\": already used by spec.subscriptions[0]"), "{text}");
    assert!(text.contains("spec.subscriptions[1].git.repoURL: "), "{text}");
    let charts = json!([
        { "chart": { "repoURL": "https://example.com", "name": "a" } },
        { "chart": { "repoURL": "https://example.com", "name": "b" } },
    ]);
    assert!(create("Warehouse", warehouse(charts)).is_ok(), "one repository, two charts");
}

#[test]
fn the_operator_may_require_cache_by_tag() {
    let facts = Facts { cache_by_tag: CacheByTagPolicy::Require, ..facts() };
    let check = |image: Value| {
        let object = warehouse(json!([{ "image": image }]));
        review(&request("Warehouse", Operation::Create, object), &facts).is_ok()
    };
    assert!(!check(json!({ "repoURL": "x" })));
    assert!(check(json!({ "repoURL": "x", "cacheByTag": true })));
    assert!(check(
        json!({ "repoURL": "x", "imageSelectionStrategy": "Digest", "constraint": "latest" })
    ));
}

fn freight_facts() -> Facts {
    let mut other = freight("other", "w", 0);
    other.alias = Some("taken-alias".to_owned());
    Facts {
        warehouses: vec![object(warehouse(json!([
            { "image": { "repoURL": "example/app" } },
            { "git": { "repoURL": "https://example.com/a.git" } },
        ])))],
        freight: vec![other],
        random: 42,
        ..facts()
    }
}

fn new_freight() -> Value {
    json!({
        "metadata": { "name": "whatever", "namespace": "p" },
        "origin": { "kind": "Warehouse", "name": "w" },
        "images": [{ "repoURL": "example/app", "tag": "1.0", "digest": "sha256:0" }],
        "commits": [{ "repoURL": "https://example.com/a", "id": "abc" }],
    })
}

#[test]
fn case_15_freight_is_named_after_its_content() {
    let stored = review(&request("Freight", Operation::Create, new_freight()), &freight_facts())
        .unwrap()
        .object
        .unwrap();
    assert_eq!(stored["metadata"]["name"].as_str().unwrap().len(), 40);
    let alias = stored["alias"].as_str().unwrap();
    assert!(alias.contains('-'), "{alias}");
    assert_eq!(stored["metadata"]["labels"]["kargo.akuity.io/alias"], alias);
    assert!(stored["discoveredAt"].is_string());
    let mut named = new_freight();
    named["alias"] = json!("taken-alias");
    let text = refusal(
        review(&request("Freight", Operation::Create, named), &freight_facts())
            .map(|all| all.object.unwrap()),
    );
    assert_eq!(
        text,
        "422 Invalid\nalias: Invalid value: \"taken-alias\": already used by Freight \"other\" of this project; choose another"
    );
}

#[test]
fn case_16_freight_never_changes() {
    let old = review(&request("Freight", Operation::Create, new_freight()), &freight_facts())
        .unwrap()
        .object
        .unwrap();
    let update = |change: &dyn Fn(&mut Value)| {
        let mut changed = old.clone();
        change(&mut changed);
        let mut request = request("Freight", Operation::Update, changed);
        request.old = Some(old.clone());
        review(&request, &freight_facts()).map(|admitted| admitted.object.unwrap())
    };
    let renamed = update(&|freight| freight["alias"] = json!("new-alias")).unwrap();
    assert_eq!(renamed["metadata"]["labels"]["kargo.akuity.io/alias"], "new-alias");
    let text = refusal(update(&|freight| freight["images"][0]["tag"] = json!("2.0")));
    assert_eq!(
        text,
        "422 Invalid\nimages: Forbidden: Freight is immutable; create new Freight instead"
    );
    assert!(
        refusal(update(&|freight| freight["alias"] = json!("taken-alias")))
            .starts_with("409 Conflict")
    );
    let mut status = request("Freight", Operation::Update, old.clone());
    status.subresource = Some("status".to_owned());
    assert!(review(&status, &Facts::default()).is_ok());
}

#[test]
fn case_17_one_artifact_per_subscription() {
    let refuse = |change: &dyn Fn(&mut Value)| {
        let mut changed = new_freight();
        change(&mut changed);
        refusal(
            review(&request("Freight", Operation::Create, changed), &freight_facts())
                .map(|all| all.object.unwrap()),
        )
    };
    let none = refuse(&|freight| freight["commits"] = json!([]));
    assert!(
        none.contains(
            "commits: Invalid value: \"https://example.com/a\": needs exactly one artifact"
        ),
        "{none}"
    );
    let commit = json!({ "repoURL": "https://example.com/a", "id": "abc" });
    let two = refuse(&|freight| freight["commits"] = json!([commit, commit]));
    assert!(two.contains("not 2"), "{two}");
    let foreign = refuse(&|freight| freight["images"][0]["repoURL"] = json!("example/foreign"));
    assert!(
        foreign.contains(
            "images: Invalid value: \"example/foreign\": Warehouse \"w\" does not subscribe"
        ),
        "{foreign}"
    );
    let nowhere = refuse(&|freight| freight["origin"]["name"] = json!("nowhere"));
    assert!(nowhere.contains("origin.name: Not found: \"nowhere\""), "{nowhere}");
}

#[test]
fn case_18_freight_in_use_stays() {
    let mut stage = stage_named("prod", json!([]));
    stage.status = Some(object(json!({ "freightHistory": [
        { "id": "1", "items": { "Warehouse/w": { "name": "now" } } },
        { "id": "2", "items": { "Warehouse/w": { "name": "before" } } },
    ] })));
    let facts = Facts { stages: vec![stage], ..facts() };
    let delete = |name: &str| {
        let request =
            Request { name: name.to_owned(), ..request("Freight", Operation::Delete, json!({})) };
        review(&request, &facts).map(|_| Value::Null)
    };
    assert_eq!(
        refusal(delete("now")),
        "403 Forbidden: Freight \"now\" is in use by Stages \"prod\"; promote other Freight there first"
    );
    assert!(delete("before").is_ok());
}

#[test]
fn case_57_stages() {
    let stage = |steps: Value, requests: Value| {
        json!({
            "metadata": { "name": "test", "namespace": "p" },
            "spec": { "requestedFreight": requests, "promotionTemplate": { "spec": { "steps": steps } } },
        })
    };
    let origin = json!({ "kind": "Warehouse", "name": "w" });
    let direct = json!([{ "origin": origin, "sources": { "direct": true } }]);
    assert!(
        create(
            "Stage",
            stage(json!([{ "uses": "fail", "as": "a" }, { "uses": "fail" }]), direct.clone())
        )
        .is_ok()
    );
    let steps = json!([
        { "uses": "fail", "as": "step-3" },
        { "uses": "fail", "as": "a" },
        { "uses": "fail", "as": " a " },
        { "task": { "name": "t" }, "if": "${{ true }}", "config": {} },
    ]);
    let path = "spec.promotionTemplate.spec.steps";
    assert_eq!(
        refusal(create("Stage", stage(steps, direct))),
        format!(
            "422 Invalid\n\
             {path}[0].as: Invalid value: \"step-3\": step alias is reserved; choose one that is not step-<number> or task-<number>\n\
             {path}[2].as: Invalid value: \"a\": step alias duplicates that of {path}[1]\n\
             {path}[3].if: Forbidden: a step that references a task cannot have this; set it on the steps of the task\n\
             {path}[3].config: Forbidden: a step that references a task cannot have this; set it on the steps of the task"
        )
    );
    let follows = json!({ "stages": ["a", "b"], "autoPromotionOptions": { "selectionPolicy": "MatchUpstream" } });
    let requests = json!([{ "origin": origin, "sources": follows }, { "origin": origin, "sources": { "direct": true } }]);
    let text = refusal(create("Stage", stage(json!([]), requests)));
    assert!(text.contains("spec.requestedFreight[1].origin: Invalid value: \"Warehouse/w\": this origin is requested twice"), "{text}");
    assert!(
        text.contains(
            "selectionPolicy: Invalid value: \"MatchUpstream\": MatchUpstream needs exactly one"
        ),
        "{text}"
    );
}

#[test]
fn who_asks_to_verify_again_is_written_down_once() {
    let mut stage = serde_json::to_value(stage_named("test", json!([]))).unwrap();
    let old = stage.clone();
    stage["metadata"]["annotations"] = json!({ "kargo.akuity.io/reverify": "some-id" });
    let mut request = request("Stage", Operation::Update, stage);
    request.old = Some(old);
    let stored = review(&request, &facts()).unwrap().object.unwrap();
    let value = stored["metadata"]["annotations"]["kargo.akuity.io/reverify"].as_str().unwrap();
    assert_eq!(
        serde_json::from_str::<Value>(value).unwrap(),
        json!({ "id": "some-id", "actor": "kubernetes:jane" })
    );
    let mut again = request.clone();
    again.caller.username = "somebody-else".to_owned();
    again.object = Some(stored.clone());
    again.old = Some(stored.clone());
    assert_eq!(review(&again, &facts()).unwrap().object.unwrap(), stored);
}

#[test]
fn a_namespace_without_project_takes_nothing() {
    let foreign = Facts {
        namespace: Some(object(json!({ "metadata": { "name": "p" } }))),
        ..Facts::default()
    };
    for kind in ["Stage", "Target", "PromotionTask", "Warehouse"] {
        let spec =
            json!({ "requestedFreight": [], "steps": [], "interval": "5m0s", "subscriptions": [] });
        let object = json!({ "metadata": { "name": "x", "namespace": "p" }, "spec": spec });
        for facts in [&foreign, &Facts::default()] {
            let request = request(kind, Operation::Create, object.clone());
            let denied = review(&request, facts).unwrap_err();
            assert_eq!(denied.causes[0].field, "metadata.namespace", "{kind}");
        }
    }
}

#[test]
fn configurations() {
    let config = |name: &str, spec: Value| json!({ "metadata": { "name": name, "namespace": "p" }, "spec": spec });
    let text = refusal(create(
        "ProjectConfig",
        config(
            "q",
            json!({
                "promotionPolicies": [{ "stage": "a" }, { "stageSelector": { "name": "a" } }, { "stageSelector": { "name": "regex:(" } },
                    { "stageSelector": { "name": "globe:a*" } }, { "stageSelector": { "name": "glob:a*" } },
                    { "stageSelector": { "matchLabels": { "a": "b" } } }, { "stageSelector": { "matchLabels": { "a": "b" } } },
                ],
                "webhookReceivers": [
                    { "name": "a", "github": { "secretRef": { "name": "s" } } },
                    { "name": "a", "harbor": { "secretRef": { "name": "s" } }, "quay": { "secretRef": { "name": "s" } } },
                    { "name": "b" },
                    { "name": "c", "generic": { "secretRef": { "name": "s" }, "actions": [
                        { "action": "Refresh", "targetSelectionCriteria": [
                            { "kind": "Warehouse" }, { "kind": "Warehouse", "labelSelector": {} },
                            { "kind": "Warehouse", "labelSelector": { "matchLabels": { "a": "b" } } },
                        ] },
                    ] } },
                ],
            }),
        ),
    ));
    let fields: Vec<&str> =
        text.lines().skip(1).map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(
        fields,
        [
            "metadata.name",
            "spec.promotionPolicies[1].stageSelector.name",
            "spec.promotionPolicies[2].stageSelector.name",
            "spec.promotionPolicies[3].stageSelector.name",
            "spec.webhookReceivers[1].name",
            "spec.webhookReceivers[1]",
            "spec.webhookReceivers[2]",
            "spec.webhookReceivers[3].generic.actions[0].targetSelectionCriteria[0]",
            "spec.webhookReceivers[3].generic.actions[0].targetSelectionCriteria[1]",
        ]
    );
    assert!(create("ProjectConfig", config("p", json!({}))).is_ok());
    assert!(create("ClusterConfig", json!({ "metadata": { "name": "cluster" } })).is_ok());
    assert!(
        refusal(create("ClusterConfig", json!({ "metadata": { "name": "other" } })))
            .contains("must be \"cluster\"")
    );
}

#[test]
fn case_58_promotion_requests() {
    let mut aware = stage_named("aware", json!([]));
    aware.spec.targets = Some(object(json!({ "selectors": [] })));
    let target = object(json!({ "metadata": { "name": "eu" }, "spec": {} }));
    let facts = Facts {
        stages: vec![aware, stage_named("plain", json!([]))],
        targets: vec![target],
        ..facts()
    };
    let check = |stage: &str, targets: &[&str]| {
        let targets: Vec<Value> = targets.iter().map(|name| json!({ "name": name })).collect();
        let object = json!({
            "metadata": { "name": "r", "namespace": "p" },
            "spec": { "stage": stage, "freight": "f", "targets": targets },
        });
        review(&request("PromotionRequest", Operation::Create, object), &facts)
            .map(|all| all.object.unwrap())
    };
    assert!(check("aware", &["eu"]).is_ok());
    assert!(check("aware", &[]).is_ok());
    assert!(refusal(check("aware", &["us"])).contains("spec.targets[0].name: Not found: \"us\""));
    assert!(
        refusal(check("aware", &["eu", "eu"])).contains("spec.targets[1].name: Duplicate value")
    );
    assert!(
        refusal(check("plain", &["eu"]))
            .contains("this Stage has no spec.targets; create a Promotion instead")
    );
    assert!(refusal(check("none", &["eu"])).contains("spec.stage: Not found"));
}

#[test]
fn projects_bring_their_namespace() {
    let project = json!({ "metadata": { "name": "new" } });
    let admitted =
        review(&request("Project", Operation::Create, project.clone()), &Facts::default()).unwrap();
    assert_eq!(admitted.ensure[0]["kind"], "Namespace");
    assert_eq!(admitted.ensure[0]["metadata"]["labels"]["kargo.akuity.io/project"], "true");
    assert_eq!(admitted.ensure[1]["kind"], "RoleBinding");
    assert_eq!(
        admitted.ensure[1]["metadata"],
        json!({ "name": "kargo-project-admin", "namespace": "new" })
    );
    let with = |namespace: Value| {
        let facts = Facts { namespace: Some(object(namespace)), ..Facts::default() };
        review(&request("Project", Operation::Create, project.clone()), &facts)
            .map(|all| all.object.unwrap())
    };
    assert!(
        refusal(with(json!({ "metadata": { "name": "new" } })))
            .starts_with("409 Conflict: namespace \"new\" exists and is not")
    );
    let labels = json!({ "kargo.akuity.io/project": "true" });
    assert!(with(json!({ "metadata": { "name": "new", "labels": labels } })).is_ok());
    let leaving = json!({ "metadata": { "name": "new", "labels": labels, "deletionTimestamp": "2026-01-01T00:00:00Z" } });
    assert!(refusal(with(leaving)).contains("is being deleted"));
}

#[test]
fn what_is_not_ours_passes_and_what_is_nonsense_does_not() {
    assert!(
        !judges("ConfigMap") && judges("Stage") && judges("ClusterConfig") && judges("Warehouse")
    );
    let stage = request("Stage", Operation::Create, json!({ "metadata": 7 }));
    assert_eq!(review(&stage, &facts()).unwrap_err().code, 400);
    let promotion = request("Promotion", Operation::Create, json!({ "spec": { "stage": "test" } }));
    let may = FactQuery::MayPromote { namespace: "p".to_owned(), stage: "test".to_owned() };
    assert!(facts_needed(&promotion).contains(&may));
}
