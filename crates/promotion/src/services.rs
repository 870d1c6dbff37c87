//! The outside world as steps see it.

use std::sync::Arc;

use integrations::{clock::Clock, credentials::CredentialLookup, git, outbound::Outbound};

/// What the process gives to every promotion.
#[derive(Clone)]
pub struct Services {
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// The control plane.
    pub client: kube::Client,
    /// Git repositories.
    pub mirrors: git::Mirrors,
    /// How to sign in to repositories.
    pub credentials: CredentialLookup,
    /// Requests that users cause.
    pub outbound: Outbound,
    /// What becomes of commits others pushed meanwhile.
    pub push_policy: git::IntegrationPolicy,
    /// Where Secrets and ConfigMaps for all Projects live.
    pub shared_namespace: String,
    /// Where the UI is, for links; empty when unknown.
    pub ui_base_url: String,
}
