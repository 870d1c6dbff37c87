//! The Board of a Project: small rows that say what runs where, what could move and what is in the way.
//!
//! `GET …/ui/board` answers a [`Board`]; `GET …/ui/stream` answers the same rows as events: `snapshot` (a [`Board`]),
//! `patch` (a [`BoardPatch`]), `reset` (read the snapshot that follows), `gone` and `ping` (a [`Ping`]).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{FreightOrigin, Reason, Timestamp};

/// Everything the project page shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Board {
    /// Name of the Project.
    pub project: String,
    /// The server's clock when this was made.
    #[schemars(with = "crate::schema::TimeSchema")]
    pub server_time: Timestamp,
    /// Position in the stream; `…/ui/stream?after=<cursor>` goes on from here.
    pub cursor: String,
    /// Stages, upstream before downstream.
    pub stages: Vec<BoardStage>,
    /// Warehouses, by name.
    pub warehouses: Vec<BoardWarehouse>,
    /// Freight, newest first: all that is in use, and of the rest the newest.
    pub freight: Vec<BoardFreight>,
    /// Promotions that are not finished, and the newest finished ones, newest first.
    pub promotions: Vec<BoardPromotion>,
}

/// Rows that changed since the event before. A row replaces the row of the same name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BoardPatch {
    /// The server's clock.
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_time: Option<Timestamp>,
    /// Stages that are new or changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stages: Vec<BoardStage>,
    /// Warehouses that are new or changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warehouses: Vec<BoardWarehouse>,
    /// Freight that is new or changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub freight: Vec<BoardFreight>,
    /// Promotions that are new or changed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub promotions: Vec<BoardPromotion>,
    /// Rows that are no longer there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gone: Vec<BoardKey>,
}

/// The data of an event of the stream; the event's name says which. Those of `reset` and `gone` are empty.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[serde(untagged)]
pub enum BoardEvent {
    /// `snapshot`: replaces everything.
    Snapshot(Box<Board>),
    /// `patch`: what changed.
    Patch(Box<BoardPatch>),
    /// `ping`: nothing changed.
    Ping(Ping),
}

/// Names a row.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct BoardKey {
    /// `stage`, `warehouse`, `freight` or `promotion`.
    pub kind: BoardKind,
    /// Name of the object.
    pub name: String,
}

/// The kinds of rows.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum BoardKind {
    /// A [`BoardFreight`].
    Freight,
    /// A [`BoardPromotion`].
    Promotion,
    /// A [`BoardStage`].
    Stage,
    /// A [`BoardWarehouse`].
    Warehouse,
}

/// The heartbeat of the stream: shows that the page is fresh, and what the time is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Ping {
    /// The server's clock.
    #[schemars(with = "crate::schema::TimeSchema")]
    pub server_time: Timestamp,
}

/// A Stage: one row of the Board.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BoardStage {
    /// Name of the Stage.
    pub name: String,
    /// Position from the left: 0 takes Freight straight from a Warehouse.
    pub rank: u32,
    /// The one word for its state.
    pub phase: StagePhase,
    /// Worst health reported: `Healthy`, `Progressing`, `Unknown`, `Unhealthy`, `NotApplicable`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<String>,
    /// What is unhealthy, and the message of a condition that is not met.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<String>,
    /// Has no steps; Freight passes through.
    pub control_flow: bool,
    /// Whether new Freight is promoted by itself.
    pub auto_promotion: bool,
    /// Colour annotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub color: Option<String>,
    /// Description annotation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The shard that handles it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<String>,
    /// One cell per origin it asks for, in the order of the spec.
    pub cells: Vec<BoardCell>,
    /// Name of the Promotion that runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<String>,
    /// Names of the Promotions that wait, next first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub queue: Vec<String>,
    /// The Promotion that ended last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<LastPromotion>,
    /// Phase of the newest verification: `Pending`, `Running`, `Successful`, `Failed`, `Error`, `Aborted`, `Inconclusive`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verification: Option<String>,
    /// The one fact that keeps the Stage from moving, if one does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub blocked: Option<Reason>,
}

/// The one word for a Stage's state; the first that applies.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum StagePhase {
    /// A Promotion runs.
    Promoting,
    /// The Freight in it is being verified.
    Verifying,
    /// The last Promotion or verification ended badly, or it is unhealthy.
    Failed,
    /// Its last change has not been handled yet.
    Reconciling,
    /// All is well.
    Ready,
    /// Nothing was promoted to it yet.
    Empty,
}

/// What one Stage has, and could have, of one origin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BoardCell {
    /// Where the Freight comes from.
    pub origin: FreightOrigin,
    /// Takes Freight straight from the Warehouse.
    pub direct: bool,
    /// Stages it takes Freight from.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub upstream: Vec<String>,
    /// How long Freight has to soak upstream, as written in the spec.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub required_soak: Option<String>,
    /// What runs there now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current: Option<CurrentFreight>,
    /// Freight that a running Promotion is bringing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub arriving: Option<String>,
    /// How many pieces of Freight are newer than the current one.
    pub newer: u32,
    /// How many of the newer ones may be promoted right now.
    pub eligible: u32,
    /// The newest piece that may be promoted right now and is not the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub candidate: Option<String>,
    /// The newest piece there is, if it is not the current one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub newest: Option<String>,
    /// Why the newest piece may not be promoted yet.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Reason>,
    /// Auto-promotion is held for this origin.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_by: Option<String>,
}

/// Freight in a Stage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct CurrentFreight {
    /// Name of the Freight.
    pub name: String,
    /// Its alias, if the Freight still exists.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// Since when it is there.
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
    /// Verified in this Stage.
    pub verified: bool,
    /// What is in it.
    pub artifacts: Vec<BoardArtifact>,
}

/// The Promotion that ended last.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LastPromotion {
    /// Name of the Promotion.
    pub name: String,
    /// How it ended.
    pub phase: String,
    /// Name of the Freight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freight: Option<String>,
    /// When it ended.
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// Why it ended so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// A Warehouse.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BoardWarehouse {
    /// Name of the Warehouse.
    pub name: String,
    /// The one word for its state.
    pub phase: WarehousePhase,
    /// What is wrong, or what it is doing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When it last looked at its repositories.
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discovered_at: Option<Timestamp>,
    /// How often it looks, as written in the spec.
    pub interval: String,
    /// Whether Freight is made by hand.
    pub manual: bool,
    /// The repositories it watches.
    pub subscriptions: Vec<BoardSubscription>,
    /// The Freight it made last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_freight: Option<String>,
    /// How many pieces of its Freight exist.
    pub freight_count: u32,
}

/// The one word for a Warehouse's state.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum WarehousePhase {
    /// The last look failed.
    Failed,
    /// It is looking, or has not looked since its last change.
    Reconciling,
    /// All is well.
    Ready,
}

/// One repository a Warehouse watches.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BoardSubscription {
    /// `image`, `git`, `chart`, or another type.
    pub kind: String,
    /// The repository.
    pub repository: String,
    /// Name of the subscription, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// A piece of Freight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BoardFreight {
    /// Name of the Freight.
    pub name: String,
    /// Its alias.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alias: Option<String>,
    /// Where it comes from.
    pub origin: FreightOrigin,
    /// When its artifacts were found.
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub discovered_at: Option<Timestamp>,
    /// What is in it.
    pub artifacts: Vec<BoardArtifact>,
    /// Stages that run it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub current_in: Vec<String>,
    /// Stages in which it was verified.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub verified_in: Vec<String>,
    /// Stages for which it was approved by hand.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub approved_for: Vec<String>,
}

/// One artifact, short enough for a cell.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BoardArtifact {
    /// `image`, `commit`, `chart` or `artifact`.
    pub kind: ArtifactKind,
    /// The subscription's name, else the last part of the repository.
    pub name: String,
    /// The repository.
    pub repository: String,
    /// Tag, version, or the commit's short id.
    pub version: String,
    /// Digest or full commit id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pin: Option<String>,
    /// First line of the commit's message.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Who wrote the commit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub author: Option<String>,
    /// The commit's page at its git provider, if that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// The kinds of artifacts.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum ArtifactKind {
    /// Any other kind.
    Artifact,
    /// A Helm chart.
    Chart,
    /// A git commit.
    Commit,
    /// A container image.
    Image,
}

/// A Promotion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BoardPromotion {
    /// Name of the Promotion.
    pub name: String,
    /// The Stage it promotes to.
    pub stage: String,
    /// Name of the Freight.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub freight: Option<String>,
    /// Its phase: `Pending`, `Running`, `Succeeded`, `Failed`, `Errored`, `Aborted`.
    pub phase: String,
    /// What it says about its phase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Who created it; absent for auto-promotion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<String>,
    /// When it was created.
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    /// When its first step started.
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
    /// Index of the step that is run now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<u32>,
    /// Its steps, in order.
    pub steps: Vec<BoardStep>,
}

/// One step of a Promotion.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BoardStep {
    /// Alias of the step, or `step-N`.
    pub alias: String,
    /// Which step it is, such as `git-push`.
    pub uses: String,
    /// `Running`, `Succeeded`, `Failed`, `Errored`, `Skipped`, `Aborted`; absent before it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// What it says about its status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// When it began.
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Timestamp>,
}

/// Answer of `GET …/ui/eligibility`: may this Freight go to that Stage, and what would change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Eligibility {
    /// The server's clock.
    #[schemars(with = "crate::schema::TimeSchema")]
    pub server_time: Timestamp,
    /// One entry per Stage and piece of Freight asked for.
    pub pairs: Vec<EligibilityPair>,
}

/// One Stage and one piece of Freight.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EligibilityPair {
    /// Name of the Stage.
    pub stage: String,
    /// Name of the Freight.
    pub freight: String,
    /// The rules allow it now.
    pub available: bool,
    /// What makes it available.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grounds: Option<AvailabilityGrounds>,
    /// The caller may promote to the Stage.
    pub permitted: bool,
    /// Everything taken together: the button is enabled.
    pub allowed: bool,
    /// The Stage runs exactly this Freight already.
    pub current: bool,
    /// Why not, one reason per thing that is missing; when allowed, what to know before.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub because: Vec<Reason>,
    /// When time alone will make it available.
    #[schemars(with = "Option<crate::schema::TimeSchema>")]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unblocks_at: Option<Timestamp>,
    /// What the Stage runs of this origin against what it would run.
    pub changes: Vec<ArtifactChange>,
}

/// What makes Freight available to a Stage.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum AvailabilityGrounds {
    /// Somebody approved it.
    Approved,
    /// The Stage takes Freight straight from the Warehouse.
    Direct,
    /// Verified, and soaked, upstream.
    Upstream,
}

/// One artifact before and after.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ArtifactChange {
    /// How it changes.
    pub change: ChangeKind,
    /// What the Stage runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<BoardArtifact>,
    /// What it would run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<BoardArtifact>,
}

/// How an artifact changes.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum ChangeKind {
    /// Another version.
    Changed,
    /// The Stage does not have it yet.
    New,
    /// The Stage has it and the Freight does not.
    Removed,
    /// The same version.
    Unchanged,
}

/// Answer of `GET …/ui/permissions`: what the caller may do in the Project.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Permissions {
    /// Names of the Stages the caller may promote to, and approve Freight for.
    pub promote: Vec<String>,
    /// May ask Stages to be looked at again.
    pub refresh_stages: bool,
    /// May ask Warehouses to look at their repositories again.
    pub refresh_warehouses: bool,
    /// May stop a Promotion.
    pub abort_promotions: bool,
    /// May approve Freight.
    pub approve_freight: bool,
    /// May create Stages.
    pub create_stages: bool,
    /// May create Warehouses.
    pub create_warehouses: bool,
}
