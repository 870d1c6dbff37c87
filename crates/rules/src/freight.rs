//! Small facts about one piece of Freight: when it was found, how long it soaked, whether it may go.

use api::{AutoPromotionSelectionPolicy, Freight, FreightRequest, Stage, VerifiedStage};
use jiff::{SignedDuration, Timestamp};

/// Its name; empty before admission gave it one.
#[must_use]
pub fn name_of(freight: &Freight) -> &str {
    freight.metadata.name.as_deref().unwrap_or_default()
}

/// When it was discovered; for Freight that does not say, when it was created.
#[must_use]
pub fn discovered_at(freight: &Freight) -> Timestamp {
    let created = freight.metadata.creation_timestamp.as_ref();
    freight.discovered_at.as_ref().or(created).map_or(Timestamp::UNIX_EPOCH, |time| time.0)
}

/// What people call it: its alias, else the first seven letters of its name.
#[must_use]
pub fn called(freight: &Freight) -> &str {
    let name = name_of(freight);
    freight
        .alias
        .as_deref()
        .filter(|alias| !alias.is_empty())
        .unwrap_or_else(|| name.get(..7).unwrap_or(name))
}

/// The longest completed stay that counts.
#[must_use]
pub fn longest_soak(verified: &VerifiedStage) -> SignedDuration {
    verified.longest_soak.as_ref().and_then(|soak| soak.get().ok()).unwrap_or(SignedDuration::ZERO)
}

/// The soak a request asks for. One that cannot be read can never be met, so that a typo does not open the gate.
#[must_use]
pub fn required_soak(request: &FreightRequest) -> Option<SignedDuration> {
    request
        .sources
        .required_soak_time
        .as_ref()
        .map(|soak| soak.get().unwrap_or(SignedDuration::MAX))
}

/// Whether auto-promotion follows what the upstream Stage runs.
#[must_use]
pub fn selects_match_upstream(request: &FreightRequest) -> bool {
    let options = request.sources.auto_promotion_options.as_ref();
    options.and_then(|options| options.selection_policy)
        == Some(AutoPromotionSelectionPolicy::MatchUpstream)
}

/// Whether the Stage's current collection contains the Freight.
#[must_use]
pub fn is_current_in(stage: &Stage, freight: &str) -> bool {
    let history =
        stage.status.as_ref().map(|status| status.freight_history.as_slice()).unwrap_or_default();
    history.first().is_some_and(|collection| {
        collection.freight.values().any(|piece| piece.name.as_deref() == Some(freight))
    })
}

/// The Stages that run the Freight now; while there is one it may not be deleted.
#[must_use]
pub fn current_in<'a>(stages: &'a [Stage], freight: &str) -> Vec<&'a str> {
    stages
        .iter()
        .filter(|stage| is_current_in(stage, freight))
        .filter_map(|stage| stage.metadata.name.as_deref())
        .collect()
}
