//! `kargo promote`: asks for Promotions, waits for them, or stops one.

use api::rest::{PromoteDownstreamRequest, PromoteDownstreamResponse, PromoteRequest};
use api::{Promotion, PromotionPhase};
use clap::Args;
use futures::future::join_all;
use serde::Serialize;
use serde_json::Value;

use crate::client::{Client, Place};
use crate::connection::{Connection, InProject};
use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::output::Output;
use crate::progress::Screen;
use crate::{Environment, names, wait};

#[derive(Args, Debug)]
#[command(
    after_help = "Exit codes: 0 well, 1 badly, 2 asked wrongly, 3 a promotion that was waited for did not succeed.\n\n\
                  Examples:\n  kargo promote -p shop --freight-alias calm-owl --stage prod --wait\n  \
                  kargo promote -p shop --freight 3f2a91c --downstream-from test\n  \
                  kargo promote -p shop --warehouse app --stage prod\n  \
                  kargo promote -p shop --name prod.01k.3f2a91c --abort"
)]
pub struct Promote {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    to: To,
    /// Wait until the Promotions have ended, and show their steps
    #[arg(long, conflicts_with = "abort")]
    wait: bool,
    #[command(flatten)]
    project: InProject,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct What {
    /// Name of the Freight
    #[arg(long, value_name = "NAME")]
    freight: Option<String>,
    /// Alias of the Freight
    #[arg(long, value_name = "ALIAS")]
    freight_alias: Option<String>,
    /// The Freight of this Warehouse that auto-promotion would choose
    #[arg(long, alias = "origin", value_name = "NAME", conflicts_with = "downstream_from")]
    warehouse: Option<String>,
    /// Name of the Promotion to stop
    #[arg(long, value_name = "NAME", requires = "abort", conflicts_with_all = ["stage", "downstream_from"])]
    name: Option<String>,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct To {
    /// The Stage
    #[arg(long, value_name = "NAME")]
    stage: Option<String>,
    /// All Stages that take Freight from this one
    #[arg(long, value_name = "NAME")]
    downstream_from: Option<String>,
    /// Stop a Promotion that has not ended
    #[arg(long, requires = "name", conflicts_with_all = ["freight", "freight_alias", "warehouse"])]
    abort: bool,
}

impl Promote {
    pub(super) async fn run(self, environment: &Environment, console: &Console) -> Result<()> {
        self.check()?;
        let session = self.connection.open(environment)?;
        let project = session.project(&self.project)?;
        let client = &session.client;
        if let Some(name) = &self.what.name {
            let place = Place::in_project(&project, &["promotions", name, "abort"]);
            client.post(&place, None).await?;
            return console.say(&format!("promotion {name} is being aborted"));
        }
        let (promotions, errors) = self.create(client, &project).await?;
        // Programs want the Promotions as they are at the end.
        let is_told_at_end = self.wait && self.output.output.is_some();
        if !is_told_at_end {
            let mut created = promotions.iter();
            created.try_for_each(|promotion| self.output.done(console, promotion, "created"))?;
        }
        if self.wait {
            let ended = wait_for_all(client, &project, &promotions, console).await?;
            for promotion in &ended {
                if is_told_at_end {
                    self.output.done(console, &json(promotion)?, "")?;
                } else if problem(promotion).is_none() {
                    let name = promotion.metadata.name.as_deref().unwrap_or_default();
                    console.say(&format!("promotion {name} succeeded"))?;
                }
            }
            let problems: Vec<String> = ended.iter().filter_map(problem).collect();
            if !problems.is_empty() {
                return Err(Failure::promotion(problems.join("\n")));
            }
        }
        match errors {
            Some(errors) => Err(Failure::new(errors)),
            None => Ok(()),
        }
    }

    fn check(&self) -> Result<()> {
        let what = &self.what;
        for (kind, name) in [
            ("freight", &what.freight),
            ("freight", &what.freight_alias),
            ("warehouse", &what.warehouse),
            ("promotion", &what.name),
            ("stage", &self.to.stage),
            ("stage", &self.to.downstream_from),
        ] {
            name.as_ref().map_or(Ok(()), |name| names::check(kind, name))?;
        }
        Ok(())
    }

    /// Asks for the Promotions. Of several some may be refused, which is told at the end.
    async fn create(&self, client: &Client, project: &str) -> Result<(Vec<Value>, Option<String>)> {
        let (freight, freight_alias) = (self.what.freight.clone(), self.what.freight_alias.clone());
        if let Some(stage) = &self.to.downstream_from {
            let place = Place::in_project(project, &["stages", stage, "promotions", "downstream"]);
            let body = json(&PromoteDownstreamRequest { freight, freight_alias })?;
            let answer = client.post(&place, Some(&body)).await?;
            let answer: PromoteDownstreamResponse = decode(answer)?;
            let promotions = answer.promotions.iter().map(json).collect::<Result<_>>()?;
            return Ok((promotions, answer.errors));
        }
        let stage = self.to.stage.as_deref().unwrap_or_default();
        let place = Place::in_project(project, &["stages", stage, "promotions"]);
        let origin = self.what.warehouse.as_ref().map(|name| format!("Warehouse/{name}"));
        let body = json(&PromoteRequest { freight, freight_alias, origin })?;
        Ok((vec![client.post(&place, Some(&body)).await?], None))
    }
}

fn json<T: Serialize>(value: &T) -> Result<Value> {
    serde_json::to_value(value).map_err(|error| Failure::new(error.to_string()))
}

fn decode<T: serde::de::DeserializeOwned>(value: Value) -> Result<T> {
    serde_json::from_value(value)
        .map_err(|error| Failure::new(format!("the server answered something unexpected: {error}")))
}

/// Waits until all have ended.
async fn wait_for_all(
    client: &Client,
    project: &str,
    promotions: &[Value],
    console: &Console,
) -> Result<Vec<Promotion>> {
    let screen = Screen::new(console);
    let each =
        promotions.iter().map(|promotion| wait_for(client, project, promotion, &screen, console));
    join_all(each).await.into_iter().collect()
}

async fn wait_for(
    client: &Client,
    project: &str,
    promotion: &Value,
    screen: &Screen,
    console: &Console,
) -> Result<Promotion> {
    let promotion: Promotion = decode(promotion.clone())?;
    let name = promotion.metadata.name.clone().unwrap_or_default();
    let place = Place::in_project(project, &["promotions", &name]);
    let mut line = screen.line(console, &promotion.spec.stage);
    let ended = wait::until(client, &place, |object| {
        let promotion: Promotion = serde_json::from_value(object.clone()).ok()?;
        line.show(&promotion);
        let phase = promotion.status.as_ref()?.phase.as_ref()?;
        phase.is_terminal().then_some(promotion)
    })
    .await;
    line.end();
    ended
}

/// Why a Promotion that has ended is not what was wanted.
fn problem(promotion: &Promotion) -> Option<String> {
    let status = promotion.status.as_ref()?;
    let phase = status.phase.as_ref()?;
    if *phase == PromotionPhase::Succeeded {
        return None;
    }
    let name = promotion.metadata.name.as_deref().unwrap_or_default();
    let phase = phase.to_string().to_lowercase();
    let why = status.message.as_deref().filter(|message| !message.is_empty());
    Some(match why {
        Some(why) => format!("promotion {name} {phase}: {why}"),
        None => format!("promotion {name} {phase}"),
    })
}
