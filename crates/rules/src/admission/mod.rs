//! Admission: what every request to change one of our objects must pass, decided from the object, who asks, and facts
//! that were looked up beforehand. The same in process and behind a webhook.

pub mod cluster_config;
mod denied;
mod facts;
pub mod freight;
pub mod project;
pub mod project_config;
pub mod promotion;
pub mod promotion_request;
pub mod promotion_task;
mod receivers;
pub mod stage;
mod steps;
mod subscriptions;
pub mod warehouse;

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

pub use denied::{Cause, Causes, Denied};
pub use facts::{CacheByTagPolicy, FactQuery, Facts};

/// What the caller wants to do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Operation {
    /// Make a new object.
    #[default]
    Create,
    /// Change one.
    Update,
    /// Remove one.
    Delete,
}

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    /// As authenticated.
    pub username: String,
    /// As authenticated.
    pub groups: Vec<String>,
    /// Whether this is Kargo itself.
    pub control_plane: bool,
    /// Whether this is the receiver of external webhooks, which may touch Promotions without the verb `promote`.
    pub external_webhooks: bool,
    /// How the caller is named in events and annotations, where that is known better than `kubernetes:<username>`.
    pub actor: Option<String>,
}

impl Caller {
    /// How the caller is named in events and annotations.
    #[must_use]
    pub fn actor(&self) -> String {
        self.actor.clone().unwrap_or_else(|| format!("kubernetes:{}", self.username))
    }
}

/// One request.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Such as `Stage`.
    pub kind: String,
    /// Where; empty for cluster-wide kinds.
    pub namespace: String,
    /// Which; may be empty while creating.
    pub name: String,
    /// Such as `status`.
    pub subresource: Option<String>,
    /// What to do.
    pub operation: Operation,
    /// Who asks.
    pub caller: Caller,
    /// The object as it shall be; nothing when deleting.
    pub object: Option<Value>,
    /// The object as it is; nothing when creating.
    pub old: Option<Value>,
    /// The present; `None` is the epoch.
    pub now: Option<Timestamp>,
}

impl Request {
    fn now(&self) -> Timestamp {
        self.now.unwrap_or(Timestamp::UNIX_EPOCH)
    }

    fn is_delete(&self) -> bool {
        self.operation == Operation::Delete
    }
}

/// A request that may pass.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Admitted {
    /// The object as it shall be stored; nothing when deleting.
    pub object: Option<Value>,
    /// Objects that must exist before the answer is given: create each unless it is there. Not on a dry run.
    pub ensure: Vec<Value>,
}

/// The kinds with rules, sorted.
const KINDS: &[&str] = &[
    "ClusterConfig",
    "ClusterPromotionTask",
    "Freight",
    "Project",
    "ProjectConfig",
    "Promotion",
    "PromotionRequest",
    "PromotionTask",
    "Stage",
    "Target",
    "Warehouse",
];

/// Whether requests about objects of this kind are judged here at all.
#[must_use]
pub fn judges(kind: &str) -> bool {
    KINDS.binary_search(&kind).is_ok()
}

/// What must be looked up before `review` can judge the request.
#[must_use]
pub fn facts_needed(request: &Request) -> Vec<FactQuery> {
    let namespace = || request.namespace.clone();
    if request.subresource.is_some() {
        return Vec::new();
    }
    let project = || FactQuery::Namespace(namespace());
    match (request.kind.as_str(), request.operation) {
        ("Project", Operation::Create) => vec![FactQuery::Namespace(request.name.clone())],
        ("Freight", Operation::Delete) => vec![FactQuery::Stages(namespace())],
        ("Freight", Operation::Create) => {
            vec![project(), FactQuery::Freight(namespace()), FactQuery::Warehouses(namespace())]
        }
        ("Freight", Operation::Update) => vec![FactQuery::Freight(namespace())],
        ("Promotion", _) => promotion::facts_needed(request),
        ("PromotionRequest", Operation::Create | Operation::Update) => {
            vec![project(), FactQuery::Stages(namespace()), FactQuery::Targets(namespace())]
        }
        (
            "ProjectConfig" | "PromotionTask" | "Stage" | "Target" | "Warehouse",
            Operation::Create,
        ) => vec![project()],
        _ => Vec::new(),
    }
}

/// What must be looked up as well, now that the first answers are there.
#[must_use]
pub fn more_facts_needed(request: &Request, facts: &Facts) -> Vec<FactQuery> {
    match (request.kind.as_str(), &request.subresource) {
        ("Promotion", None) => promotion::more_facts_needed(request, facts),
        _ => Vec::new(),
    }
}

/// Judges a request: the object as it shall be stored, or why not.
pub fn review(request: &Request, facts: &Facts) -> Result<Admitted, Denied> {
    if request.subresource.is_some() || !judges(&request.kind) {
        let ensure = freight::approvals(request)?;
        return Ok(Admitted { object: request.object.clone(), ensure });
    }
    match request.kind.as_str() {
        "ClusterConfig" => typed(request, |object, _| cluster_config::review(object)),
        "ClusterPromotionTask" => {
            typed(request, |object, _| promotion_task::review_cluster(object))
        }
        "Freight" => freight::review_any(request, facts),
        "Project" => project::review_any(request, facts),
        "ProjectConfig" => {
            typed(request, |object, _| project_config::review(object, request, facts))
        }
        "Promotion" => promotion::review_any(request, facts),
        "PromotionRequest" => {
            typed(request, |object, old| promotion_request::review(object, old, request, facts))
        }
        "PromotionTask" => {
            typed(request, |object, _| promotion_task::review(object, request, facts))
        }
        "Stage" => typed(request, |object, old| stage::review(object, old, request, facts)),
        "Warehouse" => typed(request, |object, _| warehouse::review(object, request, facts)),
        _ => typed(request, |object: api::Target, _| {
            let mut causes = Causes::default();
            in_project(&mut causes, request, facts);
            causes.refuse("Target", &request.name).map(|()| object)
        }),
    }
}

/// Reads the object, applies a rule of its kind, and writes it back. Deletion passes.
fn typed<K: DeserializeOwned + Serialize>(
    request: &Request,
    rule: impl FnOnce(K, Option<K>) -> Result<K, Denied>,
) -> Result<Admitted, Denied> {
    if request.is_delete() {
        return Ok(Admitted::default());
    }
    let object = read(request, request.object.as_ref())?;
    let old = match &request.old {
        Some(old) => Some(read(request, Some(old))?),
        None => None,
    };
    Ok(Admitted { object: Some(write(&rule(object, old)?)?), ensure: Vec::new() })
}

fn read<K: DeserializeOwned>(request: &Request, object: Option<&Value>) -> Result<K, Denied> {
    let Some(object) = object else {
        let message = format!("the request about a {} carries no object", request.kind);
        return Err(Denied::bad_request(message));
    };
    let object = complete(request, object);
    serde_path_to_error::deserialize(object.as_ref()).map_err(|error| {
        let (kind, field, wrong) = (&request.kind, error.path(), error.inner());
        Denied::bad_request(format!("this is not a {kind}: {field}: {wrong}"))
    })
}

/// People write Promotions without steps, which admission fills in.
fn complete<'a>(request: &Request, object: &'a Value) -> Cow<'a, Value> {
    let steps = object.pointer("/spec/steps");
    if request.kind != "Promotion" || steps.is_some_and(|steps| !steps.is_null()) {
        return Cow::Borrowed(object);
    }
    let mut object = object.clone();
    if let Some(spec) = object.get_mut("spec").and_then(Value::as_object_mut) {
        spec.insert("steps".to_owned(), Value::Array(Vec::new()));
    }
    Cow::Owned(object)
}

fn write<K: Serialize>(object: &K) -> Result<Value, Denied> {
    serde_json::to_value(object)
        .map_err(|error| Denied::bad_request(format!("the object cannot be written: {error}")))
}

/// The namespace must be a Project's, which its label says: manifests may bring the Project later.
fn in_project(causes: &mut Causes, request: &Request, facts: &Facts) {
    if request.operation == Operation::Create && !facts.is_in_project() {
        let message = "this namespace is not a Project; create a Project of that name first";
        causes.invalid("metadata.namespace", &request.namespace, message);
    }
}
