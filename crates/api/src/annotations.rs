//! Annotation keys and the requests carried in annotations.

use serde::{Deserialize, Serialize};

/// Asks for a Promotion or a verification to be stopped: an id, or an [`AbortRequest`]/[`VerificationRequest`].
pub const ABORT: &str = "kargo.akuity.io/abort";
/// On a Stage: JSON list of the Argo CD Applications its last Promotion touched, for links.
pub const ARGOCD_CONTEXT: &str = "kargo.akuity.io/argocd-context";
/// On an Argo CD Application: comma list of `project:stage` that may change it.
pub const AUTHORIZED_STAGE: &str = "kargo.akuity.io/authorized-stage";
/// On a Promotion, set by admission only: auto-promotion of the origin is to be held.
pub const AUTO_PROMOTION_HOLD: &str = "kargo.akuity.io/auto-promotion-hold";
/// On a Promotion, set by admission only: a hold on the origin is to be lifted.
pub const AUTO_PROMOTION_RESUME: &str = "kargo.akuity.io/auto-promotion-resume";
/// On a Stage: its colour in user interfaces.
pub const COLOR: &str = "kargo.akuity.io/color";
/// Who created a Promotion or a piece of Freight.
pub const CREATE_ACTOR: &str = "kargo.akuity.io/create-actor";
/// Free text about the object, shown in user interfaces.
pub const DESCRIPTION: &str = "kargo.akuity.io/description";
/// Prefix of the annotations that carry an event's payload.
pub const EVENT_PREFIX: &str = "event.kargo.akuity.io/";
/// On a Secret: JSON map of project to repositories that a GitHub App token may be limited to.
pub const GITHUB_TOKEN_SCOPES: &str = "kargo.akuity.io/github-token-scopes";
/// On a Project: `"true"` leaves its namespace behind when the Project is deleted.
pub const KEEP_NAMESPACE: &str = "kargo.akuity.io/keep-namespace";
/// JSON map of one-time upgrades that were already applied to the object.
pub const MIGRATED: &str = "kargo.akuity.io/migrated";
/// The Promotion an object was made for.
pub const PROMOTION: &str = "kargo.akuity.io/promotion";
/// Asks for the object to be looked at now; the value is echoed in `status.lastHandledRefresh`.
pub const REFRESH: &str = "kargo.akuity.io/refresh";
/// When a copy of a shared Secret or ConfigMap was last written.
pub const REPLICATED_AT: &str = "kargo.akuity.io/replicated-at";
/// On a shared Secret or ConfigMap: where to copy it; only `*` is understood.
pub const REPLICATE_TO: &str = "kargo.akuity.io/replicate-to";
/// On a Stage: asks for its current Freight to be verified again.
pub const REVERIFY: &str = "kargo.akuity.io/reverify";
/// Marks a Promotion that goes back to earlier Freight.
pub const ROLLBACK: &str = "kargo.akuity.io/rollback";
/// Full name of the Stage when the label of the same key had to be shortened.
pub const STAGE: &str = "kargo.akuity.io/stage";

/// Claims of a ServiceAccount that stands for a role: JSON map of claim to values.
pub const RBAC_CLAIMS: &str = "rbac.kargo.akuity.io/claims";
/// Prefix of the older one-claim-per-annotation form of [`RBAC_CLAIMS`].
pub const RBAC_CLAIM_PREFIX: &str = "rbac.kargo.akuity.io/claim.";
/// `"true"` on role objects that Kargo may change.
pub const RBAC_MANAGED: &str = "rbac.kargo.akuity.io/managed";

/// Keeps an object until its controller has cleaned up after it.
pub const FINALIZER: &str = "kargo.akuity.io/finalizer";

/// Value of [`REVERIFY`], and of [`ABORT`] on a Stage: which verification, and who asked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct VerificationRequest {
    /// Id of the verification.
    #[serde(default)]
    pub id: String,
    /// Who asked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub actor: String,
    /// Whether the request was made by the control plane and not by a person.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub control_plane: bool,
}

impl VerificationRequest {
    /// Reads an annotation's value: JSON, or a bare id.
    pub fn parse(value: &str) -> Option<Self> {
        let value = value.trim();
        if value.is_empty() {
            return None;
        }
        let parsed = serde_json::from_str::<Self>(value).ok();
        let request = parsed.unwrap_or_else(|| Self { id: value.to_owned(), ..Self::default() });
        (!request.id.is_empty()).then_some(request)
    }
}

/// Value of [`ABORT`] on a Promotion.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AbortRequest {
    /// What to do; only [`AbortRequest::TERMINATE`] is understood.
    #[serde(default)]
    pub action: String,
    /// Who asked.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub actor: String,
    /// Whether the request was made by the control plane and not by a person.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub control_plane: bool,
}

impl AbortRequest {
    /// Stop the Promotion and do not run its remaining steps.
    pub const TERMINATE: &str = "terminate";

    /// Reads an annotation's value: JSON, or a bare action.
    pub fn parse(value: &str) -> Option<Self> {
        let value = value.trim();
        if value.is_empty() {
            return None;
        }
        let parsed = serde_json::from_str::<Self>(value).ok();
        let request =
            parsed.unwrap_or_else(|| Self { action: value.to_owned(), ..Self::default() });
        (!request.action.is_empty()).then_some(request)
    }
}
