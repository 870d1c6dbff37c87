//! Rows of Stages: one cell per origin, what could come next, and the one fact that is in the way.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use api::rest::board::{BoardCell, BoardStage, CurrentFreight, LastPromotion, StagePhase};
use api::{
    Freight, FreightOrigin, FreightReference, FreightRequest, HealthState, Promotion,
    PromotionPhase, Reason, Stage, StageStatus, VerificationPhase, annotations, condition,
};
use jiff::Timestamp;
use rules::freight;
use rules::freight_availability::{self, Asking};
use rules::promotion::{self, order};
use rules::stage::Seen;

use super::rows::moment;
use super::{Facts, artifacts};

/// Newer pieces looked at per cell; more are only counted.
const LOOKED_AT: usize = 50;
/// Pieces per origin that the explanation of a row looks at.
const EXPLAINED: usize = 10;

/// What every row needs to know.
struct World<'a> {
    facts: &'a Facts,
    by_origin: &'a BTreeMap<&'a FreightOrigin, Vec<&'a Freight>>,
    control_flow: BTreeSet<String>,
    ranks: BTreeMap<&'a str, u32>,
    promotions: BTreeMap<&'a str, Vec<&'a Promotion>>,
    now: Timestamp,
}

/// All rows, and when time alone changes one of them.
pub(super) fn rows(
    facts: &Facts,
    by_origin: &BTreeMap<&FreightOrigin, Vec<&Freight>>,
    now: Timestamp,
) -> (BTreeMap<String, BoardStage>, Option<Timestamp>) {
    let mut promotions: BTreeMap<&str, Vec<&Promotion>> = BTreeMap::new();
    for one in facts.promotions.values().filter(|one| !promotion::is_terminal(one)) {
        promotions.entry(one.spec.stage.as_str()).or_default().push(one);
    }
    let stages = facts.stages.iter();
    let control_flow = stages.filter(|(_, stage)| stage.spec.is_control_flow());
    let control_flow = control_flow.map(|(name, _)| name.clone()).collect();
    let ranks = ranks(&facts.stages);
    let world = World { facts, by_origin, control_flow, ranks, promotions, now };
    let mut again: Option<Timestamp> = None;
    let mut rows = BTreeMap::new();
    for (name, stage) in &facts.stages {
        let row = row(&world, name, stage);
        let because = row.cells.iter().flat_map(|cell| &cell.because).chain(&row.blocked);
        let times = because.filter_map(|reason| moment(reason.unblocks_at.as_ref()));
        let next = times.filter(|time| *time > now).min();
        again = [again, next].into_iter().flatten().min();
        rows.insert(name.clone(), row);
    }
    (rows, again)
}

fn row(world: &World<'_>, name: &str, stage: &Stage) -> BoardStage {
    let empty = StageStatus::default();
    let status = stage.status.as_ref().unwrap_or(&empty);
    let mine = world.promotions.get(name).map(Vec::as_slice).unwrap_or_default();
    let (running, waiting): (Vec<&Promotion>, Vec<&Promotion>) =
        mine.iter().copied().partition(|one| promotion::phase(one) == PromotionPhase::Running);
    let mut queue: Vec<String> = waiting.iter().map(|one| order::name_of(one).to_owned()).collect();
    queue.sort_unstable();
    let cells: Vec<BoardCell> = stage
        .spec
        .requested_freight
        .iter()
        .map(|request| cell(world, stage, status, request, running.first().copied()))
        .collect();
    let annotation = |key: &str| stage.metadata.annotations.as_ref()?.get(key).cloned();
    let health = status.health.as_ref();
    BoardStage {
        name: name.to_owned(),
        rank: world.ranks.get(name).copied().unwrap_or_default(),
        phase: phase(stage, status, !running.is_empty()),
        health: health.and_then(|health| health.status.as_ref()).map(ToString::to_string),
        issues: issues(status),
        control_flow: stage.spec.is_control_flow(),
        auto_promotion: status.auto_promotion_enabled == Some(true),
        color: annotation(annotations::COLOR),
        description: annotation(annotations::DESCRIPTION),
        shard: stage.spec.shard.clone(),
        running: running.first().map(|one| order::name_of(one).to_owned()),
        queue,
        last: last(status),
        verification: verification(status).map(ToString::to_string),
        blocked: blocked(world, stage, mine),
        cells,
    }
}

fn cell(
    world: &World<'_>,
    stage: &Stage,
    status: &StageStatus,
    request: &FreightRequest,
    running: Option<&Promotion>,
) -> BoardCell {
    let key = request.origin.to_string();
    let current = status.freight_history.first().and_then(|all| all.freight.get(&key));
    let current_name = current.and_then(|current| current.name.as_deref());
    let pieces = world.by_origin.get(&request.origin).map(Vec::as_slice).unwrap_or_default();
    let position = pieces.iter().position(|piece| Some(freight::name_of(piece)) == current_name);
    // Freight that no longer exists is older than all that does.
    let newer = pieces.get(..position.unwrap_or(pieces.len())).unwrap_or_default();
    let asking = Asking { stage, control_flow: &world.control_flow, now: world.now };
    let looked = newer.iter().take(LOOKED_AT);
    let answers: Vec<_> =
        looked.map(|piece| (*piece, freight_availability::availability(asking, piece))).collect();
    let eligible = answers.iter().filter(|(_, answer)| answer.is_available()).count();
    let candidate = answers.iter().find(|(_, answer)| answer.is_available());
    let arriving = running.and_then(|one| one.spec.freight.as_deref());
    let arriving = arriving.filter(|name| {
        world.facts.freight.get(*name).is_some_and(|piece| piece.origin == request.origin)
    });
    let hold = status.effective_auto_promotion_holds.get(&key);
    let hold = hold.or_else(|| status.auto_promotion_holds.get(&key));
    BoardCell {
        origin: request.origin.clone(),
        direct: request.sources.direct == Some(true),
        upstream: request.sources.stages.clone(),
        required_soak: freight::required_soak(request)
            .map(|soak| api::Duration::from(soak).to_string()),
        current: current.map(|current| current_freight(world, stage, status, current)),
        arriving: arriving.map(str::to_owned),
        newer: u32::try_from(newer.len()).unwrap_or(u32::MAX),
        eligible: u32::try_from(eligible).unwrap_or(u32::MAX),
        candidate: candidate.map(|(piece, _)| freight::name_of(piece).to_owned()),
        newest: newer.first().map(|piece| freight::name_of(piece).to_owned()),
        because: answers.first().map(|(_, answer)| answer.reasons().to_vec()).unwrap_or_default(),
        held_by: hold.map(|hold| hold.actor.clone().unwrap_or_else(|| "unknown".into())),
    }
}

fn current_freight(
    world: &World<'_>,
    stage: &Stage,
    status: &StageStatus,
    current: &FreightReference,
) -> CurrentFreight {
    let name = current.name.clone().unwrap_or_default();
    let stage_name = stage.metadata.name.as_deref().unwrap_or_default();
    let piece = world.facts.freight.get(&name);
    let seen = piece.and_then(|piece| piece.status.as_ref());
    let since = seen.and_then(|seen| seen.currently_in.get(stage_name));
    let since = since.and_then(|since| moment(since.since.as_ref()));
    let last = status.last_promotion.as_ref();
    CurrentFreight {
        alias: piece.and_then(|piece| piece.alias.clone()),
        since: since.or_else(|| last.and_then(|last| moment(last.finished_at.as_ref()))),
        verified: seen.is_some_and(|seen| seen.verified_in.contains_key(stage_name)),
        artifacts: artifacts::of_reference(current),
        name,
    }
}

fn verification(status: &StageStatus) -> Option<&VerificationPhase> {
    status.freight_history.first()?.verification_history.first()?.phase.as_ref()
}

fn phase(stage: &Stage, status: &StageStatus, running: bool) -> StagePhase {
    if running {
        return StagePhase::Promoting;
    }
    let verification = verification(status);
    if verification.is_some_and(|phase| !phase.is_terminal()) {
        return StagePhase::Verifying;
    }
    let last = status.last_promotion.as_ref().and_then(|last| last.status.as_ref());
    let last = last.and_then(|last| last.phase.as_ref());
    let promotion_failed = last.is_some_and(|phase| *phase != PromotionPhase::Succeeded);
    let verification_failed = verification
        .is_some_and(|phase| matches!(phase, VerificationPhase::Failed | VerificationPhase::Error));
    let health = status.health.as_ref().and_then(|health| health.status.as_ref());
    let unhealthy = health == Some(&HealthState::Unhealthy);
    if promotion_failed || verification_failed || unhealthy {
        return StagePhase::Failed;
    }
    let seen = status.observed_generation == stage.metadata.generation;
    let ready = condition::is_true(&status.conditions, condition::READY);
    match (status.freight_history.is_empty(), ready && seen) {
        (true, _) if !stage.spec.is_control_flow() => StagePhase::Empty,
        (_, true) => StagePhase::Ready,
        _ => StagePhase::Reconciling,
    }
}

fn issues(status: &StageStatus) -> Vec<String> {
    let mut issues: Vec<String> =
        status.health.as_ref().map(|health| health.issues.clone()).unwrap_or_default();
    let kinds = [condition::READY, condition::HEALTHY, condition::VERIFIED, condition::STALLED];
    for kind in kinds {
        let bad = if kind == condition::STALLED { "True" } else { "False" };
        if let Some(found) = condition::get(&status.conditions, kind)
            && found.status == bad
            && !found.message.is_empty()
            && !issues.contains(&found.message)
        {
            issues.push(found.message.clone());
        }
    }
    issues
}

fn last(status: &StageStatus) -> Option<LastPromotion> {
    let last = status.last_promotion.as_ref()?;
    let inner = last.status.as_ref();
    let phase = inner.and_then(|status| status.phase.clone()).unwrap_or_default();
    Some(LastPromotion {
        name: last.name.clone(),
        phase: phase.to_string(),
        freight: last.freight.as_ref().and_then(|freight| freight.name.clone()),
        finished_at: moment(last.finished_at.as_ref()),
        message: inner.and_then(|status| status.message.clone()),
    })
}

/// The fact in the way, as `explain` names it. It sees what is near: the newest Freight of each origin and what runs.
fn blocked(world: &World<'_>, stage: &Stage, promotions: &[&Promotion]) -> Option<Reason> {
    if stage.spec.is_control_flow() {
        return None;
    }
    let mut seen = Seen {
        stage: Arc::new(stage.clone()),
        promotions: promotions.iter().map(|one| Arc::new((*one).clone())).collect(),
        project_config: world.facts.project_config.clone().map(Arc::new),
        ..Seen::default()
    };
    for request in &stage.spec.requested_freight {
        let pieces = world.by_origin.get(&request.origin).map(Vec::as_slice).unwrap_or_default();
        let near = pieces.iter().enumerate().filter(|(index, piece)| {
            *index < EXPLAINED || freight::is_current_in(stage, freight::name_of(piece))
        });
        seen.freight.extend(near.map(|(_, piece)| Arc::new((*piece).clone())));
        let upstream = request.sources.stages.iter();
        seen.stages.extend(
            upstream.filter_map(|name| world.facts.stages.get(name)).cloned().map(Arc::new),
        );
    }
    rules::explain::stage(&seen, true, world.now).blocking
}

/// The longest way from a Warehouse to each Stage. A circle in the specs ends where it is noticed.
fn ranks(stages: &BTreeMap<String, Stage>) -> BTreeMap<&str, u32> {
    let mut ranks: BTreeMap<&str, u32> = stages.keys().map(|name| (name.as_str(), 0)).collect();
    // Without circles no way is longer than the number of Stages.
    for _ in 0..stages.len() {
        let mut moved = false;
        for (name, stage) in stages {
            let sources = stage.spec.requested_freight.iter().flat_map(|r| &r.sources.stages);
            let above = sources.filter_map(|source| ranks.get(source.as_str())).max();
            let rank = above.map_or(0, |rank| rank.saturating_add(1));
            let most = u32::try_from(stages.len()).unwrap_or(u32::MAX);
            if rank <= most && ranks.get(name.as_str()) < Some(&rank) {
                ranks.insert(name, rank);
                moved = true;
            }
        }
        if !moved {
            break;
        }
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;
    use api::FreightSources;

    fn stage(sources: &[&str]) -> Stage {
        let sources = FreightSources {
            stages: sources.iter().map(|name| (*name).to_owned()).collect(),
            ..FreightSources::default()
        };
        let mut stage = Stage::default();
        let origin = FreightOrigin::warehouse("w");
        stage.spec.requested_freight = vec![FreightRequest { origin, sources }];
        stage
    }

    #[test]
    fn ranks_follow_the_longest_way() {
        let stages: BTreeMap<String, Stage> = [
            ("a".to_owned(), stage(&[])),
            ("b".to_owned(), stage(&["a"])),
            ("c".to_owned(), stage(&["a", "b"])),
            ("lost".to_owned(), stage(&["nowhere"])),
        ]
        .into();
        let ranks = ranks(&stages);
        let expected: BTreeMap<&str, u32> = [("a", 0), ("b", 1), ("c", 2), ("lost", 0)].into();
        assert_eq!(ranks, expected);
    }

    #[test]
    fn a_circle_ends() {
        let stages: BTreeMap<String, Stage> =
            [("a".to_owned(), stage(&["b"])), ("b".to_owned(), stage(&["a"]))].into();
        assert_eq!(ranks(&stages).len(), 2);
    }

    #[test]
    fn a_cell_says_what_could_come_and_why_not() {
        let mut facts = Facts::default();
        for (name, second) in [("old", 10), ("new", 20)] {
            let mut piece = Freight { origin: FreightOrigin::warehouse("w"), ..Freight::default() };
            piece.metadata.name = Some(name.into());
            piece.metadata.namespace = Some("p".into());
            piece.discovered_at = Some(api::Time(Timestamp::from_second(second).unwrap()));
            facts.freight.insert(name.into(), piece);
        }
        for (name, sources) in [("test", &[] as &[&str]), ("prod", &["test"])] {
            let mut stage = stage(sources);
            stage.metadata.name = Some(name.into());
            stage.metadata.namespace = Some("p".into());
            stage.spec.requested_freight[0].sources.direct = Some(sources.is_empty());
            let step = api::PromotionStep { uses: Some("fail".into()), ..Default::default() };
            let spec = api::PromotionTemplateSpec { steps: vec![step], ..Default::default() };
            stage.spec.promotion_template = Some(api::PromotionTemplate { spec });
            facts.stages.insert(name.into(), stage);
        }
        let now = Timestamp::from_second(100).unwrap();
        let (rows, again) = rows(&facts, &facts.freight_by_origin(), now);
        assert_eq!(again, None);
        let test = &rows["test"].cells[0];
        assert_eq!((test.newer, test.eligible), (2, 2));
        assert_eq!(test.candidate.as_deref(), Some("new"));
        assert!(test.because.is_empty());
        let prod = &rows["prod"];
        assert_eq!((prod.cells[0].newer, prod.cells[0].eligible), (2, 0));
        assert_eq!(prod.cells[0].newest.as_deref(), Some("new"));
        let code = prod.blocked.as_ref().map(|reason| reason.code);
        assert_eq!(code, Some(api::ReasonCode::NotVerified));
    }
}
