//! What can go wrong with a registry, told so that a user can act on it.

use std::time::Duration;

use crate::outbound::OutboundError;

#[derive(Debug, thiserror::Error)]
pub enum OciError {
    #[error("{value:?} is not an image repository: {wanted}")]
    Repository { value: String, wanted: &'static str },
    #[error(
        "registry {registry} wants a sign-in for {repository}: the credentials stored for it are missing or wrong"
    )]
    Authentication { registry: String, repository: String },
    #[error("registry {registry} does not allow reading {repository}")]
    Denied { registry: String, repository: String },
    #[error(
        "registry {registry} has no repository {repository}, or the credentials may not see it"
    )]
    NotFound { registry: String, repository: String },
    #[error("registry {registry} did not answer within {after:?}")]
    TimedOut { registry: String, after: Duration },
    #[error("registry {registry} limits requests; it may be asked again in {retry_after:?}")]
    RateLimited { registry: String, retry_after: Duration },
    #[error("registry {registry} answered {status} to {what}")]
    Status { registry: String, status: u16, what: &'static str },
    #[error("registry {registry} sent {what} that cannot be used: {detail}")]
    Answer { registry: String, what: &'static str, detail: String },
    #[error("{repository} at {registry} has more than {limit} tags")]
    TooManyTags { registry: String, repository: String, limit: usize },
    #[error("image {reference} of {repository} is an index without any platform")]
    NoPlatforms { repository: String, reference: String },
    #[error("registry {registry} cannot be asked")]
    Outbound { registry: String, source: OutboundError },
}

impl OciError {
    /// Whether the same request may succeed later without anybody changing anything.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self {
            Self::TimedOut { .. } | Self::RateLimited { .. } => true,
            Self::Status { status, .. } => *status >= 500,
            Self::Outbound { source, .. } => source.retryable(),
            Self::Repository { .. }
            | Self::Authentication { .. }
            | Self::Denied { .. }
            | Self::NotFound { .. }
            | Self::Answer { .. }
            | Self::TooManyTags { .. }
            | Self::NoPlatforms { .. } => false,
        }
    }

    pub(super) fn from_outbound(registry: &str, error: OutboundError) -> Self {
        let registry = registry.to_owned();
        match error {
            OutboundError::TimedOut { after, .. } => Self::TimedOut { registry, after },
            source => Self::Outbound { registry, source },
        }
    }
}
