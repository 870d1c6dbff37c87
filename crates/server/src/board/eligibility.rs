//! May this Freight go to that Stage, why not, and what would change: what the promote sheet shows.

use std::collections::BTreeSet;

use api::rest::board::{AvailabilityGrounds, EligibilityPair};
use api::{Freight, Stage};
use jiff::Timestamp;
use rules::freight;
use rules::freight_availability::{self, Asking, Availability, Grounds};

use super::artifacts;

/// One answer. `permitted` is what Kubernetes says about the caller.
pub(crate) fn pair(
    stage: &Stage,
    piece: &Freight,
    control_flow: &BTreeSet<String>,
    permitted: bool,
    now: Timestamp,
) -> EligibilityPair {
    let asking = Asking { stage, control_flow, now };
    let answer = freight_availability::availability(asking, piece);
    let action = rules::explain::promote(asking, piece, permitted);
    let name = freight::name_of(piece);
    let history = stage.status.as_ref().map(|status| status.freight_history.as_slice());
    let current = history.unwrap_or_default().first();
    let current = current.and_then(|all| all.freight.get(&piece.origin.to_string()));
    let runs = current.map(artifacts::of_reference).unwrap_or_default();
    EligibilityPair {
        stage: stage.metadata.name.clone().unwrap_or_default(),
        freight: name.to_owned(),
        available: answer.is_available(),
        grounds: match &answer {
            Availability::Available(grounds) => Some(match grounds {
                Grounds::Approved => AvailabilityGrounds::Approved,
                Grounds::Direct => AvailabilityGrounds::Direct,
                Grounds::Upstream => AvailabilityGrounds::Upstream,
            }),
            Availability::Blocked { .. } => None,
        },
        permitted,
        current: freight::is_current_in(stage, name),
        allowed: action.allowed,
        because: action.because,
        unblocks_at: answer.unblocks_at(),
        changes: artifacts::changes(&runs, &artifacts::of_freight(piece)),
    }
}
