//! `kargo explain stage NAME`: the one fact that keeps a Stage from moving, and when it clears.

use api::rest::board::{Board, BoardCell, BoardStage, CurrentFreight};
use api::{Reason, ReasonCode, Timestamp};
use clap::{Args, Subcommand};

use crate::client::Place;
use crate::connection::{Connection, InProject};
use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::fixes::{self, About};
use crate::output::{self, Output};
use crate::table::age;
use crate::{Environment, names};

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  kargo explain stage -p shop prod")]
pub struct Explain {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Why a Stage does not take newer Freight
    Stage(Stage),
}

#[derive(Args, Debug)]
struct Stage {
    /// Name of the Stage
    name: String,
    #[command(flatten)]
    project: InProject,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connection: Connection,
}

impl Explain {
    pub(super) async fn run(self, environment: &Environment, console: &Console) -> Result<()> {
        let What::Stage(stage) = self.what;
        names::check("stage", &stage.name)?;
        let session = stage.connection.open(environment)?;
        let project = session.project(&stage.project)?;
        let place = Place::in_project(&project, &["ui", "board"]);
        let board: Board = session.client.get(&place).await?;
        let found = board.stages.iter().find(|row| row.name == stage.name);
        let row = found.ok_or_else(|| {
            let there: Vec<&str> = board.stages.iter().map(|row| row.name.as_str()).collect();
            let failure = Failure::new(format!("project {project} has no stage {:?}", stage.name));
            if there.is_empty() {
                failure
            } else {
                failure.hint(format!("there are {}", there.join(", ")))
            }
        })?;
        match stage.output.output {
            None => console.say(&tell(&board, row)),
            Some(form) => {
                let value = serde_json::to_value(row).map_err(|e| Failure::new(e.to_string()))?;
                output::print(console, form, &value)
            }
        }
    }
}

fn tell(board: &Board, stage: &BoardStage) -> String {
    let now = board.server_time;
    let mut lines =
        vec![format!("Stage {} of project {}: {}", stage.name, board.project, state(stage))];
    lines.extend(stage.issues.iter().map(|issue| format!("  {issue}")));
    match &stage.blocked {
        Some(reason) => {
            lines.push(String::new());
            lines.push(match reason.code {
                ReasonCode::AlreadyCurrent => "Nothing to do".to_owned(),
                code => format!("Blocked by {code}"),
            });
            let newest = stage.cells.iter().find_map(|cell| cell.newest.as_deref());
            let about = about(board, stage, newest);
            tell_reason(reason, "  ", now, about, &mut lines);
        }
        None if stage.cells.iter().all(|cell| cell.newer == 0) => {
            lines.push("There is no newer freight for it.".to_owned());
        }
        None => lines.push("Nothing is in its way.".to_owned()),
    }
    for cell in &stage.cells {
        lines.push(String::new());
        tell_cell(board, stage, cell, &mut lines);
    }
    lines.join("\n")
}

fn state(stage: &BoardStage) -> String {
    let phase = format!("{:?}", stage.phase).to_lowercase();
    let mut words = vec![phase];
    if let Some(running) = &stage.running {
        words.push(format!("promotion {running} is running"));
    }
    if !stage.queue.is_empty() {
        words.push(format!("{} waiting", stage.queue.len()));
    }
    if !stage.control_flow {
        words
            .push(format!("auto-promotion is {}", if stage.auto_promotion { "on" } else { "off" }));
    }
    words.join(", ")
}

fn tell_cell(board: &Board, stage: &BoardStage, cell: &BoardCell, lines: &mut Vec<String>) {
    let now = board.server_time;
    let from = if cell.upstream.is_empty() {
        "straight from the warehouse".to_owned()
    } else {
        format!("from {}", cell.upstream.join(", "))
    };
    lines.push(format!("{} ({from})", cell.origin));
    let current =
        cell.current.as_ref().map_or_else(|| "nothing".to_owned(), |c| tell_current(c, now));
    lines.push(format!("  runs       {current}"));
    lines.push(format!(
        "  newer      {}, of which {} may be promoted now",
        cell.newer, cell.eligible
    ));
    if let Some(candidate) = &cell.candidate {
        lines.push(format!("  next       {}", alias(board, candidate)));
    }
    if let Some(held_by) = &cell.held_by {
        lines.push(format!("  held by    {held_by}"));
    }
    // The blocking fact was told first.
    let more: Vec<&Reason> =
        cell.because.iter().filter(|reason| stage.blocked.as_ref() != Some(reason)).collect();
    if let Some(newest) = cell.newest.as_ref().filter(|_| !more.is_empty()) {
        lines.push(format!("  {} may not be promoted yet:", alias(board, newest)));
        let about = about(board, stage, Some(newest));
        more.into_iter().for_each(|reason| tell_reason(reason, "    ", now, about, lines));
    }
}

fn tell_current(current: &CurrentFreight, now: Timestamp) -> String {
    let name = current.alias.as_deref().unwrap_or(&current.name);
    let since =
        current.since.map(|since| format!(" for {}", age(now.as_second() - since.as_second())));
    let verified = if current.verified { "" } else { ", not verified here" };
    format!("{name}{}{verified}", since.unwrap_or_default())
}

/// What people call a piece of Freight.
fn alias<'a>(board: &'a Board, name: &'a str) -> &'a str {
    let row = board.freight.iter().find(|row| row.name == name);
    row.and_then(|row| row.alias.as_deref()).unwrap_or(name)
}

fn about<'a>(board: &'a Board, stage: &'a BoardStage, freight: Option<&'a str>) -> About<'a> {
    let freight = freight.map(|freight| alias(board, freight));
    About { project: Some(&board.project), stage: Some(&stage.name), freight }
}

fn tell_reason(
    reason: &Reason,
    indent: &str,
    now: Timestamp,
    about: About<'_>,
    lines: &mut Vec<String>,
) {
    lines.push(format!("{indent}{}", reason.message));
    if let Some(time) = &reason.unblocks_at {
        let left = age(time.0.as_second() - now.as_second());
        lines.push(format!("{indent}clears by itself at {}, in {left}", time.0));
    }
    if let Some(evidence) = &reason.evidence {
        lines.push(format!("{indent}see {}/{}", evidence.kind.to_lowercase(), evidence.name));
    }
    if let Some(fix) = &reason.fix {
        lines.push(format!("{indent}{}", fixes::advice(fix, about)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_blocking_fact_and_when_it_clears() {
        let reason = json!({
            "code": "soaking", "message": "calm-owl must be 20s in test",
            "evidence": { "kind": "Stage", "namespace": "shop", "name": "test" },
            "unblocksAt": "2026-01-02T03:04:25Z", "fix": "approve",
        });
        let board: Board = serde_json::from_value(json!({
            "project": "shop", "serverTime": "2026-01-02T03:04:05Z", "cursor": "1",
            "stages": [{
                "name": "uat", "rank": 1, "phase": "ready", "controlFlow": false, "autoPromotion": true,
                "cells": [{
                    "origin": { "kind": "Warehouse", "name": "app" }, "direct": false,
                    "upstream": ["test"], "newer": 1, "eligible": 0, "newest": "f2",
                    "current": { "name": "f1", "since": "2026-01-02T03:00:00Z", "verified": true, "artifacts": [] },
                    "because": [reason, { "code": "needs_approval", "message": "one of two approvals is missing" }],
                }],
                "blocked": reason,
            }],
            "warehouses": [], "promotions": [],
            "freight": [{
                "name": "f2", "alias": "calm-owl", "artifacts": [],
                "origin": { "kind": "Warehouse", "name": "app" },
            }],
        }))
        .unwrap();
        insta::assert_snapshot!(tell(&board, &board.stages[0]), @r"
        Stage uat of project shop: ready, auto-promotion is on

        Blocked by soaking
          calm-owl must be 20s in test
          clears by itself at 2026-01-02T03:04:25Z, in 20s
          see stage/test
          approving it lets it in anyway: kargo approve -p shop --freight-alias calm-owl --stage uat

        Warehouse/app (from test)
          runs       f1 for 4m5s
          newer      1, of which 0 may be promoted now
          calm-owl may not be promoted yet:
            one of two approvals is missing
        ");
    }
}
