//! Admission: looks up what the rules need to know about a write, asks them, and answers — in process for the embedded
//! API, or as a webhook of a real cluster. Whatever goes wrong on the way refuses the write.

mod lookup;
mod webhook;

use std::sync::Arc;
use std::time::Duration;

use integrations::clock::Clock;
use kube::api::PostParams;
use kube::core::admission::{AdmissionRequest, AdmissionResponse, Operation as KubeOperation};
use kube::core::response::{StatusCause, StatusDetails};
use kube::core::{DynamicObject, Status};
use rules::admission::{
    Admitted, CacheByTagPolicy, Caller, Denied, Operation, Request, facts_needed, judges,
};
use serde_json::Value;

use crate::error::ApiError;
use crate::identity::OWN_USER_PREFIX;
use crate::kubernetes::Kubernetes;

pub use webhook::router;

/// API group whose objects are judged.
const GROUP: &str = "kargo.akuity.io";
/// Kubernetes waits ten seconds for a webhook by default; an answer after that is lost.
const ANSWER_WITHIN: Duration = Duration::from_secs(8);

/// Whether a Kubernetes user is a part of Kargo.
pub type IsUser = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// What admission needs besides the request.
#[derive(Clone)]
pub struct AdmissionConfig {
    /// Acts with our own rights: reads facts, asks for access reviews, makes what has to exist.
    pub client: kube::Client,
    pub clock: Arc<dyn Clock>,
    /// Users that count as Kargo itself.
    pub is_control_plane: IsUser,
    /// Users that receive webhooks from outside and may touch Promotions without the verb `promote`.
    pub is_external_webhooks: IsUser,
    /// The operator's policy about cached tags.
    pub cache_by_tag: CacheByTagPolicy,
}

/// A write about to happen, in neutral terms.
#[derive(Clone, Debug, Default)]
pub struct Write {
    pub operation: Operation,
    pub user: String,
    pub groups: Vec<String>,
    pub group: String,
    pub kind: String,
    pub namespace: Option<String>,
    pub name: String,
    pub subresource: Option<String>,
    /// The object as it shall be; `None` when deleting.
    pub object: Option<Value>,
    /// The object as it is; `None` when creating.
    pub old_object: Option<Value>,
    /// Nothing will be stored.
    pub dry_run: bool,
}

/// Judges writes.
#[derive(Clone)]
pub struct Admission {
    config: AdmissionConfig,
    kube: Kubernetes,
}

impl Admission {
    #[must_use]
    pub fn new(config: AdmissionConfig) -> Self {
        Self { kube: Kubernetes::new(config.client.clone()), config }
    }

    /// The object as it shall be stored, `None` where it stays as it is, or why not.
    pub async fn judge(&self, write: Write) -> Result<Option<Value>, Status> {
        // Facts are read and reviews are asked through the same API: only our own kinds come back here.
        if write.group != GROUP || !judges(&write.kind) {
            return Ok(None);
        }
        match tokio::time::timeout(ANSWER_WITHIN, self.judge_ours(write)).await {
            Ok(answer) => answer,
            Err(_) => Err(failure(504, "Timeout", "admission found no answer in time".into())),
        }
    }

    async fn judge_ours(&self, write: Write) -> Result<Option<Value>, Status> {
        let dry_run = write.dry_run;
        let before = write.object.clone();
        let (kind, name) = (write.kind.clone(), write.name.clone());
        let request = self.request(write);
        let facts = lookup::facts(&self.kube, &request, facts_needed(&request), &self.config)
            .await
            .map_err(unanswered)?;
        let admitted = rules::admission::review(&request, &facts)
            .map_err(|denied| refusal(&kind, &name, denied))?;
        let Admitted { object, ensure } = admitted;
        if !dry_run {
            for object in ensure {
                self.ensure(object).await.map_err(unanswered)?;
            }
        }
        Ok(object.filter(|object| Some(object) != before.as_ref()))
    }

    fn request(&self, mut write: Write) -> Request {
        if write.kind == "Promotion" && write.operation == Operation::Create {
            allow_missing_steps(write.object.as_mut());
        }
        let actor = write.user.strip_prefix(OWN_USER_PREFIX).map(str::to_owned);
        Request {
            kind: write.kind,
            namespace: write.namespace.unwrap_or_default(),
            name: write.name,
            subresource: write.subresource.filter(|part| !part.is_empty()),
            operation: write.operation,
            caller: Caller {
                control_plane: (self.config.is_control_plane)(&write.user),
                external_webhooks: (self.config.is_external_webhooks)(&write.user),
                username: write.user,
                groups: write.groups,
                actor,
            },
            object: write.object,
            old: write.old_object,
            now: Some(self.config.clock.now()),
        }
    }

    /// Creates an object unless it is there.
    async fn ensure(&self, object: Value) -> Result<(), ApiError> {
        let manifest = crate::manifests::one(object)?;
        let resource = crate::manifests::locate(&self.kube, &manifest).await?;
        let namespace = manifest.namespace.as_deref();
        match self.kube.create(&resource, namespace, &manifest.object).await {
            Err(error) if error.status != http::StatusCode::CONFLICT => Err(error),
            _ => Ok(()),
        }
    }

    /// The same for a webhook of a real cluster; the change travels as a JSON patch.
    pub async fn review(&self, request: AdmissionRequest<DynamicObject>) -> AdmissionResponse {
        let response = AdmissionResponse::from(&request);
        let before = request.object.as_ref().and_then(|object| serde_json::to_value(object).ok());
        let Some(write) = write_of(request, before.clone()) else { return response };
        match self.judge(write).await {
            Ok(None) => response,
            Ok(Some(after)) => {
                let patch = json_patch::diff(&before.unwrap_or_default(), &after);
                let denied = response.clone();
                response.with_patch(patch).unwrap_or_else(|error| denied.deny(error))
            }
            Err(status) => {
                let mut response = response.deny(&status.message);
                response.result = status;
                response
            }
        }
    }
}

/// Steps are required in a stored Promotion, but it is admission that writes them.
fn allow_missing_steps(object: Option<&mut Value>) {
    let spec = object.and_then(|object| object.get_mut("spec")).and_then(Value::as_object_mut);
    if let Some(spec) = spec
        && spec.get("steps").is_none_or(Value::is_null)
    {
        spec.insert("steps".into(), Value::Array(Vec::new()));
    }
}

/// `None` for operations that are never judged.
fn write_of(request: AdmissionRequest<DynamicObject>, object: Option<Value>) -> Option<Write> {
    let operation = match request.operation {
        KubeOperation::Create => Operation::Create,
        KubeOperation::Update => Operation::Update,
        KubeOperation::Delete => Operation::Delete,
        KubeOperation::Connect => return None,
    };
    Some(Write {
        operation,
        user: request.user_info.username.unwrap_or_default(),
        groups: request.user_info.groups.unwrap_or_default(),
        group: request.kind.group,
        kind: request.kind.kind,
        namespace: request.namespace,
        name: request.name,
        subresource: request.sub_resource,
        object,
        old_object: request.old_object.and_then(|object| serde_json::to_value(object).ok()),
        dry_run: request.dry_run,
    })
}

/// Asks whether a user may promote to a Stage.
async fn may_promote(
    kube: &Kubernetes,
    caller: &Caller,
    namespace: &str,
    stage: &str,
) -> Result<bool, ApiError> {
    use k8s_openapi::api::authorization::v1::{
        ResourceAttributes, SubjectAccessReview, SubjectAccessReviewSpec,
    };
    let review = SubjectAccessReview {
        spec: SubjectAccessReviewSpec {
            user: Some(caller.username.clone()),
            groups: Some(caller.groups.clone()),
            resource_attributes: Some(ResourceAttributes {
                group: Some(GROUP.into()),
                version: Some("v1alpha1".into()),
                resource: Some("stages".into()),
                verb: Some("promote".into()),
                namespace: Some(namespace.to_owned()),
                name: Some(stage.to_owned()),
                ..ResourceAttributes::default()
            }),
            ..SubjectAccessReviewSpec::default()
        },
        ..SubjectAccessReview::default()
    };
    let reviews = kube::Api::<SubjectAccessReview>::all(kube.client().clone());
    let answer = reviews.create(&PostParams::default(), &review).await?;
    Ok(answer.status.is_some_and(|status| status.allowed))
}

fn refusal(kind: &str, name: &str, denied: Denied) -> Status {
    let causes = denied.causes.into_iter().map(|cause| StatusCause {
        reason: cause.reason.to_owned(),
        message: cause.message,
        field: cause.field,
    });
    let details = StatusDetails {
        name: name.to_owned(),
        group: GROUP.to_owned(),
        kind: kind.to_owned(),
        uid: String::new(),
        causes: causes.collect(),
        retry_after_seconds: 0,
    };
    failure(denied.code, denied.reason, denied.message).with_details(details)
}

/// A fact that could not be looked up refuses the write.
fn unanswered(error: ApiError) -> Status {
    let message = format!("admission could not look up what it needs: {}", error.message);
    failure(500, "InternalError", message)
}

fn failure(code: u16, reason: &str, message: String) -> Status {
    Status::failure(&message, reason).with_code(code)
}
