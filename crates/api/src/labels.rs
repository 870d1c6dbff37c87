//! Label keys. Kargo's own manifests, scripts and UI select by these, so they never change.

/// Alias of a piece of Freight.
pub const ALIAS: &str = "kargo.akuity.io/alias";
/// On a heartbeat Lease: the controller that owns it.
pub const CONTROLLER: &str = "kargo.akuity.io/controller";
/// On a Secret: what the credentials in it are for (see [`CredentialType`]).
pub const CREDENTIAL_TYPE: &str = "kargo.akuity.io/cred-type";
/// On an AnalysisRun: the FreightCollection it verifies.
pub const FREIGHT_COLLECTION: &str = "kargo.akuity.io/freight-collection";
/// On a namespace: `"true"` when it belongs, or may belong, to a Project.
pub const PROJECT: &str = "kargo.akuity.io/project";
/// On a copy of a shared Secret or ConfigMap: the name of the original.
pub const REPLICATED_FROM: &str = "kargo.akuity.io/replicated-from";
/// On a copy of a shared Secret or ConfigMap: a short hash of the original's data.
pub const REPLICATED_SHA: &str = "kargo.akuity.io/replicated-sha";
/// The shard whose controller handles the object.
pub const SHARD: &str = "kargo.akuity.io/shard";
/// On Promotions and AnalysisRuns: the Stage they belong to.
pub const STAGE: &str = "kargo.akuity.io/stage";

/// Value of boolean labels that are on.
pub const TRUE: &str = "true";

/// Values of [`CREDENTIAL_TYPE`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CredentialType {
    /// Anything that steps read by key; never used to reach a repository.
    Generic,
    /// Git repositories.
    Git,
    /// Helm chart repositories.
    Helm,
    /// Container image repositories.
    Image,
}

impl CredentialType {
    /// Every value, sorted.
    pub const ALL: [Self; 4] = [Self::Generic, Self::Git, Self::Helm, Self::Image];

    /// The label's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Generic => "generic",
            Self::Git => "git",
            Self::Helm => "helm",
            Self::Image => "image",
        }
    }

    /// Reads the label's value.
    pub fn from_label(value: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == value)
    }
}
