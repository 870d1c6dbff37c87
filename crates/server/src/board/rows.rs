//! From objects to rows, and from rows to the difference that is sent to open pages.

use std::collections::{BTreeMap, BTreeSet};

use api::rest::board::{
    Board, BoardFreight, BoardKey, BoardKind, BoardPatch, BoardPromotion, BoardStage, BoardStep,
    BoardWarehouse,
};
use api::{Freight, FreightOrigin, ProjectConfig, Promotion, Stage, Time, Warehouse, annotations};
use jiff::Timestamp;
use rules::promotion::order;
use rules::{freight, promotion};

use super::{artifacts, stages, warehouses};

/// Unused Freight shown per origin.
const NEWEST_FREIGHT: usize = 50;
/// Finished Promotions shown.
const FINISHED_PROMOTIONS: usize = 50;

/// Every object the Board is made of, by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Facts {
    pub(crate) freight: BTreeMap<String, Freight>,
    pub(crate) project_config: Option<ProjectConfig>,
    pub(crate) promotions: BTreeMap<String, Promotion>,
    pub(crate) stages: BTreeMap<String, Stage>,
    pub(crate) warehouses: BTreeMap<String, Warehouse>,
}

impl Facts {
    /// All Freight of each origin, newest first.
    pub(super) fn freight_by_origin(&self) -> BTreeMap<&FreightOrigin, Vec<&Freight>> {
        let mut by_origin: BTreeMap<&FreightOrigin, Vec<&Freight>> = BTreeMap::new();
        for piece in self.freight.values() {
            by_origin.entry(&piece.origin).or_default().push(piece);
        }
        for pieces in by_origin.values_mut() {
            pieces.sort_by(|a, b| {
                let key = |piece: &&Freight| {
                    (freight::discovered_at(piece), freight::name_of(piece).to_owned())
                };
                key(b).cmp(&key(a))
            });
        }
        by_origin
    }
}

/// Every row, by name.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rows {
    pub(crate) freight: BTreeMap<String, BoardFreight>,
    pub(crate) promotions: BTreeMap<String, BoardPromotion>,
    pub(crate) stages: BTreeMap<String, BoardStage>,
    pub(crate) warehouses: BTreeMap<String, BoardWarehouse>,
    /// When time alone changes a row.
    pub(crate) again: Option<Timestamp>,
}

impl Rows {
    pub(crate) fn of(facts: &Facts, now: Timestamp) -> Self {
        let by_origin = facts.freight_by_origin();
        let (stages, again) = stages::rows(facts, &by_origin, now);
        let shown = shown_freight(&by_origin, &stages);
        let freight = facts.freight.iter();
        let freight = freight.filter(|(name, _)| shown.contains(name.as_str()));
        Self {
            freight: freight.map(|(name, piece)| (name.clone(), freight_row(piece))).collect(),
            promotions: promotion_rows(facts),
            stages,
            warehouses: warehouses::rows(facts),
            again,
        }
    }

    /// The whole Board in the order pages show it.
    pub(crate) fn board(&self, project: &str, now: Timestamp, cursor: String) -> Board {
        let mut stages: Vec<_> = self.stages.values().cloned().collect();
        stages.sort_by(|a, b| (a.rank, &a.name).cmp(&(b.rank, &b.name)));
        let mut freight: Vec<_> = self.freight.values().cloned().collect();
        freight.sort_by(|a, b| (b.discovered_at, &b.name).cmp(&(a.discovered_at, &a.name)));
        let mut promotions: Vec<_> = self.promotions.values().cloned().collect();
        promotions.sort_by(|a, b| (b.created_at, &b.name).cmp(&(a.created_at, &a.name)));
        Board {
            project: project.to_owned(),
            server_time: now,
            cursor,
            stages,
            warehouses: self.warehouses.values().cloned().collect(),
            freight,
            promotions,
        }
    }

    /// What a page that shows `old` has to change; `None` when nothing.
    pub(crate) fn since(&self, old: &Self) -> Option<BoardPatch> {
        let mut gone = Vec::new();
        let patch = BoardPatch {
            server_time: None,
            stages: changed(&old.stages, &self.stages, BoardKind::Stage, &mut gone),
            warehouses: changed(&old.warehouses, &self.warehouses, BoardKind::Warehouse, &mut gone),
            freight: changed(&old.freight, &self.freight, BoardKind::Freight, &mut gone),
            promotions: changed(&old.promotions, &self.promotions, BoardKind::Promotion, &mut gone),
            gone,
        };
        (patch != BoardPatch::default()).then_some(patch)
    }
}

fn changed<Row: Clone + PartialEq>(
    old: &BTreeMap<String, Row>,
    new: &BTreeMap<String, Row>,
    kind: BoardKind,
    gone: &mut Vec<BoardKey>,
) -> Vec<Row> {
    let missing = old.keys().filter(|name| !new.contains_key(*name));
    gone.extend(missing.map(|name| BoardKey { kind, name: name.clone() }));
    let changed = new.iter().filter(|(name, row)| old.get(*name) != Some(row));
    changed.map(|(_, row)| row.clone()).collect()
}

/// Freight that is in use or could be, and the newest of each origin.
fn shown_freight<'a>(
    by_origin: &BTreeMap<&FreightOrigin, Vec<&'a Freight>>,
    stages: &'a BTreeMap<String, BoardStage>,
) -> BTreeSet<&'a str> {
    let newest = by_origin.values().flat_map(|pieces| pieces.iter().take(NEWEST_FREIGHT));
    let mut shown: BTreeSet<&str> = newest.map(|piece| freight::name_of(piece)).collect();
    for cell in stages.values().flat_map(|stage| &stage.cells) {
        shown.extend(cell.current.as_ref().map(|current| current.name.as_str()));
        let names = [&cell.arriving, &cell.candidate, &cell.newest];
        shown.extend(names.into_iter().filter_map(Option::as_deref));
    }
    shown
}

fn freight_row(piece: &Freight) -> BoardFreight {
    let status = piece.status.clone().unwrap_or_default();
    BoardFreight {
        name: freight::name_of(piece).to_owned(),
        alias: piece.alias.clone(),
        origin: piece.origin.clone(),
        discovered_at: Some(freight::discovered_at(piece)),
        artifacts: artifacts::of_freight(piece),
        current_in: status.currently_in.into_keys().collect(),
        verified_in: status.verified_in.into_keys().collect(),
        approved_for: status.approved_for.into_keys().collect(),
    }
}

fn promotion_rows(facts: &Facts) -> BTreeMap<String, BoardPromotion> {
    let (mut ended, open): (Vec<_>, Vec<_>) =
        facts.promotions.values().partition(|one| promotion::is_terminal(one));
    let finished = |one: &Promotion| {
        one.status.as_ref().and_then(|status| moment(status.finished_at.as_ref()))
    };
    ended.sort_by_key(|one| std::cmp::Reverse((finished(one), order::name_of(one).to_owned())));
    let shown = open.into_iter().chain(ended.into_iter().take(FINISHED_PROMOTIONS));
    shown.map(|one| (order::name_of(one).to_owned(), promotion_row(one))).collect()
}

fn promotion_row(one: &Promotion) -> BoardPromotion {
    let status = one.status.clone().unwrap_or_default();
    let created = one.metadata.creation_timestamp.as_ref();
    let actor = one.metadata.annotations.as_ref();
    BoardPromotion {
        name: order::name_of(one).to_owned(),
        stage: one.spec.stage.clone(),
        freight: one.spec.freight.clone(),
        phase: promotion::phase(one).to_string(),
        message: status.message.clone(),
        actor: actor.and_then(|all| all.get(annotations::CREATE_ACTOR)).cloned(),
        created_at: moment(created),
        started_at: moment(status.started_at.as_ref()),
        finished_at: moment(status.finished_at.as_ref()),
        step: status.current_step.and_then(|step| u32::try_from(step).ok()),
        steps: steps(one),
    }
}

fn steps(one: &Promotion) -> Vec<BoardStep> {
    let known = one.status.as_ref().map(|status| status.step_execution_metadata.as_slice());
    let known = known.unwrap_or_default();
    let steps = one.spec.steps.iter().enumerate();
    steps
        .map(|(index, step)| {
            let seen = known.get(index);
            BoardStep {
                alias: promotion::tasks::alias(step, index),
                uses: step.uses.clone().unwrap_or_default(),
                status: seen.and_then(|seen| seen.status.as_ref()).map(ToString::to_string),
                message: seen.and_then(|seen| seen.message.clone()),
                started_at: seen.and_then(|seen| moment(seen.started_at.as_ref())),
                finished_at: seen.and_then(|seen| moment(seen.finished_at.as_ref())),
            }
        })
        .collect()
}

pub(super) fn moment(time: Option<&Time>) -> Option<Timestamp> {
    time.map(|time| time.0)
}
