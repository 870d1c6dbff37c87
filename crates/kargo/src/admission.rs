//! Joins the two halves of admission: the hook of the embedded API, and the server's judgement about Kargo's kinds.

use std::sync::Arc;

use embedded_kube::{Admission, AdmissionRequest, Cause, Details, EmbeddedKube, Operation, Status};
use futures::future::BoxFuture;
use integrations::clock::Clock;
use rules::admission::CacheByTagPolicy;
use serde_json::Value;
use server::admission::{AdmissionConfig, Write};

/// The user that counts as Kargo itself: the process's own client, and nobody who holds a kubeconfig.
pub(crate) const OWN_USER: &str = "system:kargo";
/// What it may do.
pub(crate) const OWN_GROUP: &str = "system:masters";

struct Hook(server::admission::Admission);

/// The process's own client of an embedded API.
pub(crate) fn own_client(embedded: &EmbeddedKube) -> kube::Client {
    embedded.client_as(OWN_USER, &[OWN_GROUP.to_owned()])
}

/// The hook for an embedded API; `client` acts with the process's own rights.
pub(crate) fn hook(client: kube::Client, clock: Arc<dyn Clock>) -> Arc<dyn Admission> {
    Arc::new(Hook(server::admission::Admission::new(config(client, clock))))
}

/// How writes are judged in this process.
pub(crate) fn config(client: kube::Client, clock: Arc<dyn Clock>) -> AdmissionConfig {
    AdmissionConfig {
        client,
        clock,
        is_control_plane: Arc::new(|user| user == OWN_USER),
        is_external_webhooks: Arc::new(|_| false),
        cache_by_tag: CacheByTagPolicy::default(),
    }
}

impl Admission for Hook {
    fn review(&self, request: AdmissionRequest) -> BoxFuture<'_, Result<Option<Value>, Status>> {
        let write = Write {
            operation: match request.operation {
                Operation::Create => rules::admission::Operation::Create,
                Operation::Update => rules::admission::Operation::Update,
                Operation::Delete => rules::admission::Operation::Delete,
            },
            user: request.user,
            groups: request.groups,
            group: request.group,
            kind: request.kind,
            namespace: request.namespace,
            name: request.name,
            subresource: request.subresource,
            object: request.object,
            old_object: request.old_object,
            dry_run: request.dry_run,
        };
        Box::pin(async move { self.0.judge(write).await.map_err(refusal) })
    }
}

/// The refusal as the embedded API sends it.
fn refusal(status: kube::core::Status) -> Status {
    let details = status.details.map(|details| {
        let causes = details.causes.into_iter();
        let causes = causes.map(|cause| Cause {
            reason: cause.reason,
            message: cause.message,
            field: cause.field,
        });
        Box::new(Details {
            name: details.name,
            group: details.group,
            kind: details.kind,
            causes: causes.collect(),
            ..Details::default()
        })
    });
    Status { code: status.code, reason: status.reason, message: status.message, details }
}
