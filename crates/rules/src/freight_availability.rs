//! Whether a piece of Freight may be promoted to a Stage. THE one function: admission, running Promotions,
//! auto-promotion, lists, `explain` and the UI all ask it, one piece at a time or many.

use std::borrow::Borrow;
use std::collections::BTreeSet;

use api::{Freight, FreightRequest, Reason, Stage};
use jiff::{SignedDuration, Timestamp};

use crate::freight::{discovered_at, name_of};
use crate::reasons;

/// The Stage that asks, and what must be known about the Stages above it.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'a> {
    /// The Stage Freight would be promoted to.
    pub stage: &'a Stage,
    /// Names of the Stages without steps: Freight passes through them, so it soaks there from its verification on.
    pub control_flow: &'a BTreeSet<String>,
    /// The present.
    pub now: Timestamp,
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub enum Availability {
    /// May be promoted.
    Available(Grounds),
    /// May not be promoted, or not yet.
    Blocked {
        /// Why, one reason per thing that is missing.
        reasons: Vec<Reason>,
        /// When time alone will make it available.
        unblocks_at: Option<Timestamp>,
    },
}

/// What makes Freight available.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grounds {
    /// Somebody approved it for this Stage; soaking is not required then.
    Approved,
    /// The Stage takes Freight straight from its Warehouse.
    Direct,
    /// Verified upstream, and soaked as long as required.
    Upstream,
}

impl Availability {
    /// Whether it may be promoted.
    #[must_use]
    pub fn is_available(&self) -> bool {
        matches!(self, Self::Available(_))
    }

    /// When time alone will make it available.
    #[must_use]
    pub fn unblocks_at(&self) -> Option<Timestamp> {
        match self {
            Self::Available(_) => None,
            Self::Blocked { unblocks_at, .. } => *unblocks_at,
        }
    }

    /// Why not.
    #[must_use]
    pub fn reasons(&self) -> &[Reason] {
        match self {
            Self::Available(_) => &[],
            Self::Blocked { reasons, .. } => reasons,
        }
    }
}

/// Names of the Stages that have no promotion steps.
#[must_use]
pub fn control_flow_names<S: Borrow<Stage>>(stages: &[S]) -> BTreeSet<String> {
    stages
        .iter()
        .map(Borrow::borrow)
        .filter(|stage| stage.spec.is_control_flow())
        .filter_map(|stage| stage.metadata.name.clone())
        .collect()
}

/// The single answer.
#[must_use]
pub fn availability(asking: Asking<'_>, freight: &Freight) -> Availability {
    let Some(request) = request_for(asking.stage, freight) else {
        return blocked(reasons::origin_not_requested(asking.stage, freight));
    };
    availability_to_request(asking, request, freight)
}

/// The answer for one of the Stage's requests, whose origin is the Freight's, in words.
fn availability_to_request(
    asking: Asking<'_>,
    request: &FreightRequest,
    freight: &Freight,
) -> Availability {
    match judge(asking, request, freight) {
        Verdict::Available(grounds) => Availability::Available(grounds),
        Verdict::Foreign => blocked(reasons::origin_not_requested(asking.stage, freight)),
        Verdict::Blocked { upstream, unblocks_at } => Availability::Blocked {
            reasons: explain(asking, request, freight, &upstream, unblocks_at),
            unblocks_at,
        },
    }
}

/// The rule itself, without words: a list of ten thousand pieces asks it for each, and most answers are never shown.
pub(crate) enum Verdict {
    Available(Grounds),
    /// Of another Project.
    Foreign,
    Blocked {
        upstream: Vec<Passage>,
        unblocks_at: Option<Timestamp>,
    },
}

impl Verdict {
    pub(crate) fn is_available(&self) -> bool {
        matches!(self, Self::Available(_))
    }

    pub(crate) fn unblocks_at(&self) -> Option<Timestamp> {
        match self {
            Self::Blocked { unblocks_at, .. } => *unblocks_at,
            Self::Available(_) | Self::Foreign => None,
        }
    }
}

/// The verdict for one of the Stage's requests, whose origin is the Freight's.
pub(crate) fn judge(asking: Asking<'_>, request: &FreightRequest, freight: &Freight) -> Verdict {
    let stage_name = asking.stage.metadata.name.as_deref().unwrap_or_default();
    if asking.stage.metadata.namespace != freight.metadata.namespace {
        return Verdict::Foreign;
    }
    if freight.status.as_ref().is_some_and(|status| status.approved_for.contains_key(stage_name)) {
        return Verdict::Available(Grounds::Approved);
    }
    if request.sources.direct == Some(true) {
        return Verdict::Available(Grounds::Direct);
    }
    let all = reasons::needs_all(request);
    let required = crate::freight::required_soak(request);
    let upstream: Vec<Passage> = request
        .sources
        .stages
        .iter()
        .map(|name| passage(asking, freight, name, required))
        .collect();
    let met = |passage: &Passage| matches!(passage, Passage::Passed);
    let available = if all {
        !upstream.is_empty() && upstream.iter().all(met)
    } else {
        upstream.iter().any(met)
    };
    if available {
        return Verdict::Available(Grounds::Upstream);
    }
    let soaking = upstream.iter().filter_map(|passage| match passage {
        Passage::Soaking { until } => Some(*until),
        _ => None,
    });
    let unblocks_at = match all {
        true if upstream
            .iter()
            .any(|passage| matches!(passage, Passage::Unverified | Passage::SoakCut)) =>
        {
            None
        }
        true => soaking.max(),
        false => soaking.min(),
    };
    Verdict::Blocked { upstream, unblocks_at }
}

/// Every available piece, in no particular order: the list answer is the single answer, asked for each.
pub fn available<'a>(
    asking: Asking<'a>,
    freight: impl IntoIterator<Item = &'a Freight>,
) -> impl Iterator<Item = &'a Freight> {
    freight.into_iter().filter(move |piece| {
        request_for(asking.stage, piece)
            .is_some_and(|request| judge(asking, request, piece).is_available())
    })
}

/// Available Freight of one request, the piece to promote first in front: by discovery, then name, both descending.
/// With MatchUpstream only what the upstream Stage runs now counts.
#[must_use]
pub fn candidates<'a>(
    asking: Asking<'a>,
    request: &FreightRequest,
    freight: impl IntoIterator<Item = &'a Freight>,
) -> Vec<&'a Freight> {
    let mut found: Vec<&Freight> = freight
        .into_iter()
        .filter(|piece| piece.origin == request.origin)
        .filter(|piece| !matches_upstream(request) || is_upstream_now(request, piece))
        .filter(|piece| judge(asking, request, piece).is_available())
        .collect();
    found.sort_by(|a, b| {
        discovered_at(b).cmp(&discovered_at(a)).then_with(|| name_of(b).cmp(name_of(a)))
    });
    found
}

/// What auto-promotion would pick for a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Choice<'a> {
    /// Nothing is available.
    Nothing,
    /// This piece.
    One(&'a Freight),
    /// MatchUpstream with several is a moment between two updates, so nothing is picked until one is left.
    Ambiguous(usize),
}

/// What auto-promotion would pick for the request.
#[must_use]
pub fn choose<'a>(
    asking: Asking<'a>,
    request: &FreightRequest,
    freight: impl IntoIterator<Item = &'a Freight>,
) -> Choice<'a> {
    match candidates(asking, request, freight).as_slice() {
        [] => Choice::Nothing,
        several @ [_, _, ..] if matches_upstream(request) => Choice::Ambiguous(several.len()),
        [first, ..] => Choice::One(first),
    }
}

/// The one piece auto-promotion would pick for the request; promoting by origin takes the same.
#[must_use]
pub fn candidate<'a>(
    asking: Asking<'a>,
    request: &FreightRequest,
    freight: impl IntoIterator<Item = &'a Freight>,
) -> Option<&'a Freight> {
    match choose(asking, request, freight) {
        Choice::One(freight) => Some(freight),
        Choice::Nothing | Choice::Ambiguous(_) => None,
    }
}

/// Whether the request follows what its upstream Stage runs.
#[must_use]
pub fn matches_upstream(request: &FreightRequest) -> bool {
    request.sources.direct != Some(true) && crate::freight::selects_match_upstream(request)
}

fn is_upstream_now(request: &FreightRequest, freight: &Freight) -> bool {
    request.sources.stages.first().is_some_and(|upstream| {
        freight.status.as_ref().is_some_and(|status| status.currently_in.contains_key(upstream))
    })
}

/// The request of the Stage that names the Freight's origin.
#[must_use]
pub fn request_for<'a>(stage: &'a Stage, freight: &Freight) -> Option<&'a FreightRequest> {
    stage.spec.requested_freight.iter().find(|request| request.origin == freight.origin)
}

/// How far Freight came in one upstream Stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passage {
    Unverified,
    Soaking {
        until: Timestamp,
    },
    /// Verified, but it left before it had soaked long enough.
    SoakCut,
    Passed,
}

fn passage(
    asking: Asking<'_>,
    freight: &Freight,
    upstream: &str,
    required: Option<SignedDuration>,
) -> Passage {
    let Some(status) = freight.status.as_ref() else { return Passage::Unverified };
    let Some(verified) = status.verified_in.get(upstream) else { return Passage::Unverified };
    let Some(required) = required.filter(SignedDuration::is_positive) else {
        return Passage::Passed;
    };
    let record = crate::freight::longest_soak(verified);
    if record >= required {
        return Passage::Passed;
    }
    let passing =
        asking.control_flow.contains(upstream).then_some(verified.verified_at.as_ref()).flatten();
    let since =
        status.currently_in.get(upstream).and_then(|current| current.since.as_ref()).or(passing);
    let Some(since) = since else { return Passage::SoakCut };
    match since.0.checked_add(required) {
        Ok(until) if until <= asking.now => Passage::Passed,
        Ok(until) => Passage::Soaking { until },
        Err(_) => Passage::SoakCut,
    }
}

fn explain(
    asking: Asking<'_>,
    request: &FreightRequest,
    freight: &Freight,
    upstream: &[Passage],
    unblocks_at: Option<Timestamp>,
) -> Vec<Reason> {
    let stages = &request.sources.stages;
    let with = |wanted: fn(&Passage) -> bool| -> Vec<&str> {
        stages
            .iter()
            .zip(upstream)
            .filter(|(_, passage)| wanted(passage))
            .map(|(name, _)| name.as_str())
            .collect()
    };
    let mut reasons = Vec::new();
    let soaking = with(|passage| matches!(passage, Passage::Soaking { .. }));
    let unverified = with(|passage| matches!(passage, Passage::Unverified));
    let cut = with(|passage| matches!(passage, Passage::SoakCut));
    if !soaking.is_empty() {
        reasons.push(reasons::soaking(
            freight,
            &soaking,
            request,
            last_soak(upstream, unblocks_at),
        ));
    }
    if !cut.is_empty() {
        reasons.push(reasons::soak_cut(freight, &cut, request));
    }
    let only_one_needed = !reasons::needs_all(request) && !soaking.is_empty();
    if stages.is_empty() || (!unverified.is_empty() && !only_one_needed) {
        reasons.push(reasons::not_verified(asking.stage, freight, &unverified, request));
    }
    reasons
}

/// When the soaking that is shown ends, even where something else is missing too.
fn last_soak(upstream: &[Passage], unblocks_at: Option<Timestamp>) -> Option<Timestamp> {
    unblocks_at.or_else(|| {
        upstream
            .iter()
            .filter_map(|passage| match passage {
                Passage::Soaking { until } => Some(*until),
                _ => None,
            })
            .max()
    })
}

fn blocked(reason: Reason) -> Availability {
    Availability::Blocked { reasons: vec![reason], unblocks_at: None }
}
