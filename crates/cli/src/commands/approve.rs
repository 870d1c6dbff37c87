//! `kargo approve`: lets Freight into a Stage although it was not verified before.

use clap::Args;

use crate::client::Place;
use crate::connection::{Connection, InProject};
use crate::console::Console;
use crate::failure::Result;
use crate::{Environment, names};

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  kargo approve -p shop --freight-alias calm-owl --stage prod")]
pub struct Approve {
    #[command(flatten)]
    freight: WhichFreight,
    /// The Stage
    #[arg(long, value_name = "NAME")]
    stage: String,
    #[command(flatten)]
    project: InProject,
    #[command(flatten)]
    connection: Connection,
}

/// One piece of Freight, by name or by alias.
#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub(super) struct WhichFreight {
    /// Name of the Freight
    #[arg(long, value_name = "NAME")]
    freight: Option<String>,
    /// Alias of the Freight
    #[arg(long, value_name = "ALIAS")]
    freight_alias: Option<String>,
}

impl Approve {
    pub(super) async fn run(self, environment: &Environment, console: &Console) -> Result<()> {
        let session = self.connection.open(environment)?;
        let project = session.project(&self.project)?;
        let freight = self.freight.freight.or(self.freight.freight_alias).unwrap_or_default();
        names::check("freight", &freight)?;
        names::check("stage", &self.stage)?;
        let place = Place::in_project(&project, &["freight", &freight, "approve"]);
        session.client.post(&place.with("stage", &self.stage), None).await?;
        console.say(&format!("freight {freight} approved for stage {}", self.stage))
    }
}
