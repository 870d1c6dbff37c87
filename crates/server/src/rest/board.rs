//! `…/ui/*`: what the project page needs, in one request and one stream. Ours beyond Kargo.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::response::sse::Event;
use futures::stream;
use http::HeaderMap;
use k8s_openapi::api::authorization::v1::ResourceAttributes;

use api::rest::board::{Board, BoardEvent, Eligibility, Permissions, Ping};
use api::{Freight, Stage};
use rules::freight_availability::{self, control_flow_names};

use crate::App;
use crate::authorization::{BOARD, demand};
use crate::board::eligibility;
use crate::board::feed::{Feed, News};
use crate::error::{ApiError, Result};
use crate::kubernetes::{FREIGHT, KARGO, STAGES};
use crate::operation::{Operation, Query, operation};
use crate::request::{Caller, Parameters};
use crate::rest::freight::missing;
use crate::watch;

/// The page counts as stale when it hears nothing for longer than this.
const PING: Duration = Duration::from_secs(15);
/// Pings between two looks at the caller's permissions.
const PINGS_PER_REVIEW: u32 = 4;
/// Pings until a page has to connect again, so that an expired login does not stay connected.
const PINGS_PER_CONNECTION: u32 = 60;
/// Stage and Freight pairs in one answer.
const MOST_PAIRS: usize = 2000;
/// Freight per Stage when the request names none.
const NEWEST: usize = 30;
/// Stages that are asked for one by one.
const MOST_STAGES: usize = 500;

const AFTER: Query =
    Query::text("after", "Go on behind this cursor; `Last-Event-ID` says the same.");
const FREIGHT_NAMES: Query =
    Query::list("freight", "Only this Freight, by name or alias; else the newest of each Stage.");
const STAGE_NAMES: Query = Query::list("stage", "Only these Stages.");

pub(crate) const BOARD_OF_PROJECT: Operation =
    operation("GetBoard", "What runs where, what could move and what is in the way.")
        .answers::<Board>();
pub(crate) const ELIGIBILITY: Operation =
    operation("GetEligibility", "May this Freight go to that Stage, and what would change?")
        .query(&[STAGE_NAMES, FREIGHT_NAMES])
        .answers::<Eligibility>();
pub(crate) const PERMISSIONS: Operation =
    operation("GetPermissions", "What the caller may do in a Project.").answers::<Permissions>();
pub(crate) const STREAM: Operation =
    operation("StreamBoard", "The Board as it changes; resumable.")
        .query(&[AFTER])
        .streams::<BoardEvent>();

fn feed(app: &App, project: &str) -> Arc<Feed> {
    let config = &app.config;
    app.feeds.of(project, &config.client, &config.clock, &config.shutdown)
}

pub(crate) async fn board(
    State(app): State<App>,
    Path(project): Path<String>,
) -> Result<Json<Board>> {
    let feed = feed(&app, &project);
    if !feed.ready().await {
        return Err(ApiError::new(http::StatusCode::SERVICE_UNAVAILABLE, "shutting down"));
    }
    Ok(Json(feed.snapshot()))
}

pub(crate) async fn stream(
    State(app): State<App>,
    caller: Caller,
    Path(project): Path<String>,
    parameters: Parameters,
    headers: HeaderMap,
) -> Response {
    let last = headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let after = last.or_else(|| parameters.get(AFTER)).map(str::to_owned);
    let feed = feed(&app, &project);
    let page = Page {
        newest: feed.subscribe(),
        waiting: Vec::new(),
        resumed: after.is_some(),
        app,
        caller,
        project,
        feed,
        after,
        pings: 0,
        begun: false,
    };
    let frames = stream::unfold(Some(page), |page| async move {
        let mut page = page?;
        let frame = page.next().await?;
        let page = if page.pings > PINGS_PER_CONNECTION { None } else { Some(page) };
        Some((frame, page))
    });
    watch::respond(frames, PING * 2, "keepalive")
}

/// One open stream.
struct Page {
    app: App,
    caller: Caller,
    project: String,
    feed: Arc<Feed>,
    newest: tokio::sync::watch::Receiver<u64>,
    after: Option<String>,
    resumed: bool,
    waiting: Vec<Event>,
    pings: u32,
    begun: bool,
}

impl Page {
    /// The next frame; `None` ends the stream.
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(frame) = self.waiting.pop() {
                return Some(frame);
            }
            if !self.begun {
                self.begun = true;
                if !self.feed.ready().await {
                    return None;
                }
                self.newest.mark_changed();
            }
            tokio::select! {
                changed = self.newest.changed() => {
                    changed.ok()?;
                    self.collect();
                    // A page that missed nothing still wants to know at once that it is connected.
                    if self.waiting.is_empty() {
                        return self.ping().await;
                    }
                }
                () = tokio::time::sleep(PING) => return self.ping().await,
                () = self.app.config.shutdown.cancelled() => return None,
            }
        }
    }

    /// Queues what the page has not seen, last first.
    fn collect(&mut self) {
        match self.feed.since(self.after.as_deref()) {
            News::Changes(changes) => {
                for (cursor, text) in changes.into_iter().rev() {
                    if self.waiting.is_empty() {
                        self.after = Some(cursor.clone());
                    }
                    self.waiting.push(Event::default().event("patch").id(cursor).data(&*text));
                }
            }
            News::Snapshot(board) => {
                let frame = Event::default().event("snapshot").id(board.cursor.clone());
                self.waiting.extend(frame.json_data(&*board));
                if self.resumed {
                    self.waiting.push(Event::default().event("reset").data("{}"));
                }
                self.after = Some(board.cursor);
                self.resumed = true;
            }
        }
    }

    async fn ping(&mut self) -> Option<Event> {
        self.pings += 1;
        if self.pings.is_multiple_of(PINGS_PER_REVIEW) && !self.may_read().await {
            self.pings = u32::MAX;
            return Some(Event::default().event("gone").data("{}"));
        }
        let ping = Ping { server_time: self.app.config.clock.now() };
        Event::default().event("ping").json_data(ping).ok()
    }

    async fn may_read(&self) -> bool {
        for rule in BOARD {
            let namespace = Some(self.project.as_str());
            let answer = demand(&self.caller, rule.verb, rule.resource, namespace, None).await;
            if answer.is_err_and(|error| error.status == http::StatusCode::FORBIDDEN) {
                return false;
            }
        }
        true
    }
}

pub(crate) async fn eligibility(
    State(app): State<App>,
    caller: Caller,
    Path(project): Path<String>,
    parameters: Parameters,
) -> Result<Json<Eligibility>> {
    let (stages, _) = caller.kube.read_all::<Stage>(&STAGES, Some(&project), None).await?;
    let (mut freight, _) = caller.kube.read_all::<Freight>(&FREIGHT, Some(&project), None).await?;
    let now = app.config.clock.now();
    let control_flow = control_flow_names(&stages);
    let wanted_stages = parameters.list(STAGE_NAMES);
    let wanted_freight = parameters.list(FREIGHT_NAMES);
    let named = |stage: &&Stage| {
        let name = stage.metadata.name.as_deref().unwrap_or_default();
        wanted_stages.is_empty() || wanted_stages.contains(&name)
    };
    let chosen: Vec<&Stage> = stages.iter().filter(named).collect();
    if chosen.is_empty() && !wanted_stages.is_empty() {
        return Err(missing("Stage", &wanted_stages.join(","), &project));
    }
    freight.sort_by_key(|piece| {
        std::cmp::Reverse((rules::freight::discovered_at(piece), piece.metadata.name.clone()))
    });
    freight.retain(|piece| {
        let names = [piece.metadata.name.as_deref(), piece.alias.as_deref()];
        wanted_freight.is_empty()
            || names.into_iter().flatten().any(|name| wanted_freight.contains(&name))
    });
    let permitted = promotable(&caller, &project, &chosen).await?;
    let mut pairs = Vec::new();
    for stage in chosen {
        let name = stage.metadata.name.as_deref().unwrap_or_default();
        let may = permitted.iter().any(|known| known == name);
        let of_stage = freight.iter().filter(|piece| {
            !wanted_freight.is_empty() || freight_availability::request_for(stage, piece).is_some()
        });
        let most = if wanted_freight.is_empty() { NEWEST } else { usize::MAX };
        pairs.extend(
            of_stage
                .take(most)
                .map(|piece| eligibility::pair(stage, piece, &control_flow, may, now)),
        );
        if pairs.len() > MOST_PAIRS {
            let message = format!("more than {MOST_PAIRS} pairs; name stages or freight");
            return Err(ApiError::bad_request(message));
        }
    }
    Ok(Json(Eligibility { server_time: now, pairs }))
}

/// The Stages a caller may promote to. One question where the answer is yes for all.
async fn promotable(caller: &Caller, project: &str, stages: &[&Stage]) -> Result<Vec<String>> {
    let names = stages.iter().filter_map(|stage| stage.metadata.name.clone());
    if may(caller, project, "promote", "stages", None).await? {
        return Ok(names.collect());
    }
    let mut permitted = Vec::new();
    for name in names.take(MOST_STAGES) {
        if may(caller, project, "promote", "stages", Some(&name)).await? {
            permitted.push(name);
        }
    }
    Ok(permitted)
}

async fn may(
    caller: &Caller,
    project: &str,
    verb: &str,
    resource: &str,
    name: Option<&str>,
) -> Result<bool> {
    let (group, version) = KARGO.split_once('/').unwrap_or_default();
    let (resource, subresource) = match resource.split_once('/') {
        Some((resource, subresource)) => (resource, Some(subresource.to_owned())),
        None => (resource, None),
    };
    let attributes = ResourceAttributes {
        group: Some(group.to_owned()),
        version: Some(version.to_owned()),
        namespace: Some(project.to_owned()),
        verb: Some(verb.to_owned()),
        resource: Some(resource.to_owned()),
        subresource,
        name: name.map(str::to_owned),
        ..ResourceAttributes::default()
    };
    caller.kube.may(attributes).await
}

pub(crate) async fn permissions(
    caller: Caller,
    Path(project): Path<String>,
) -> Result<Json<Permissions>> {
    let (stages, _) = caller.kube.read_all::<Stage>(&STAGES, Some(&project), None).await?;
    let all: Vec<&Stage> = stages.iter().collect();
    let ask = |verb, resource| may(&caller, &project, verb, resource, None);
    Ok(Json(Permissions {
        promote: promotable(&caller, &project, &all).await?,
        refresh_stages: ask("patch", "stages").await?,
        refresh_warehouses: ask("patch", "warehouses").await?,
        abort_promotions: ask("patch", "promotions").await?,
        approve_freight: ask("patch", "freights/status").await?,
        create_stages: ask("create", "stages").await?,
        create_warehouses: ask("create", "warehouses").await?,
    }))
}
