//! What can go wrong in an exchange with the outside, told so that a user can act on it.

use std::error::Error as StdError;
use std::net::IpAddr;
use std::time::Duration;

use url::Url;

#[derive(Debug, thiserror::Error)]
pub enum OutboundError {
    #[error(
        "{host} is {address}, {kind}; requests there are refused unless the operator allows them"
    )]
    Refused { host: String, address: IpAddr, kind: &'static str },
    #[error("{url} is not an http or https address")]
    Scheme { url: String },
    #[error("the host name {host} cannot be resolved")]
    Resolve { host: String, source: std::io::Error },
    #[error("cannot connect to {url}: {detail}")]
    Connect { url: String, detail: String, source: reqwest::Error },
    #[error("no secure connection to {url}: {detail}")]
    Tls { url: String, detail: String, source: reqwest::Error },
    #[error("the certificate of {url} is not trusted: {detail}")]
    Certificate { url: String, detail: String, source: reqwest::Error },
    #[error("{url} did not answer within {after:?}")]
    TimedOut { url: String, after: Duration },
    #[error("{url} dropped the connection before its answer was complete")]
    Dropped { url: String, source: reqwest::Error },
    #[error("the answer of {url} is larger than {limit} bytes")]
    BodyTooLarge { url: String, limit: usize },
    #[error("more than {limit} redirects")]
    TooManyRedirects { limit: usize },
    #[error("the request to {url} failed: {detail}")]
    Request { url: String, detail: String, source: reqwest::Error },
    #[error("an additional certificate authority is not a PEM bundle of certificates")]
    Authorities { source: reqwest::Error },
    #[error("the HTTP client cannot be set up")]
    Client { source: reqwest::Error },
}

impl OutboundError {
    /// Whether the same request may succeed later without anybody changing anything.
    #[must_use]
    pub fn retryable(&self) -> bool {
        match self {
            Self::Resolve { .. }
            | Self::Connect { .. }
            | Self::TimedOut { .. }
            | Self::Dropped { .. } => true,
            Self::Refused { .. }
            | Self::Scheme { .. }
            | Self::Tls { .. }
            | Self::Certificate { .. }
            | Self::BodyTooLarge { .. }
            | Self::TooManyRedirects { .. }
            | Self::Request { .. }
            | Self::Authorities { .. }
            | Self::Client { .. } => false,
        }
    }

    pub(super) fn from_reqwest(url: &Url, after: Duration, source: reqwest::Error) -> Self {
        // The address may hold a token; it is named by `shown` alone.
        let source = source.without_url();
        let url = shown(url);
        if let Some(own) = own_error(&source) {
            return own;
        }
        let detail = innermost(&source);
        if source.is_timeout() {
            Self::TimedOut { url, after }
        } else if let Some(tls) = tls_error(&source) {
            match tls {
                rustls::Error::InvalidCertificate(_) => Self::Certificate { url, detail, source },
                _ => Self::Tls { url, detail, source },
            }
        } else if source.is_connect() {
            Self::Connect { url, detail, source }
        } else if dropped(&source) {
            Self::Dropped { url, source }
        } else {
            Self::Request { url, detail, source }
        }
    }
}

/// A URL as shown to people: without user, password, query and fragment.
pub(crate) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    // Only URLs that cannot have a user fail here, and they have none.
    let _none = url.set_username("");
    let _none = url.set_password(None);
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

fn chain(error: &reqwest::Error) -> impl Iterator<Item = &(dyn StdError + 'static)> {
    std::iter::successors(error.source(), |cause| (*cause).source())
}

/// Our own refusal, raised inside the resolver or the redirect policy, comes back wrapped.
fn own_error(error: &reqwest::Error) -> Option<OutboundError> {
    chain(error).find_map(|cause| match cause.downcast_ref::<OutboundError>()? {
        OutboundError::Refused { host, address, kind } => {
            Some(OutboundError::Refused { host: host.clone(), address: *address, kind })
        }
        OutboundError::TooManyRedirects { limit } => {
            Some(OutboundError::TooManyRedirects { limit: *limit })
        }
        OutboundError::Scheme { url } => Some(OutboundError::Scheme { url: url.clone() }),
        OutboundError::Resolve { host, source } => Some(OutboundError::Resolve {
            host: host.clone(),
            source: std::io::Error::new(source.kind(), source.to_string()),
        }),
        _ => None,
    })
}

fn innermost(error: &reqwest::Error) -> String {
    chain(error).last().map_or_else(|| error.to_string(), ToString::to_string)
}

fn tls_error(error: &reqwest::Error) -> Option<&rustls::Error> {
    chain(error).find_map(|cause| {
        let mut cause = cause;
        // An io::Error hides what it wraps from `source`, and may wrap another one.
        while let Some(inner) =
            cause.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref)
        {
            cause = inner;
        }
        cause.downcast_ref::<rustls::Error>()
    })
}

fn dropped(error: &reqwest::Error) -> bool {
    let by_kind =
        chain(error).filter_map(|cause| cause.downcast_ref::<std::io::Error>()).any(|cause| {
            use std::io::ErrorKind::{
                BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof,
            };
            matches!(cause.kind(), ConnectionReset | ConnectionAborted | BrokenPipe | UnexpectedEof)
        });
    by_kind
        || error.is_body()
        || error.is_decode()
        || chain(error).any(|cause| {
            let text = cause.to_string();
            text.contains("connection closed before message completed")
                || text.contains("end of file before message")
        })
}
