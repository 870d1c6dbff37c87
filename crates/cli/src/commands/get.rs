//! `kargo get TYPE [NAME…]`: shows objects.

use api::rest::FreightGroups;
use clap::Args;
use serde_json::Value;

use crate::client::Place;
use crate::connection::{Connection, InScope, Session};
use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::kinds::{Kind, Scope};
use crate::output::Output;
use crate::{Environment, names};

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  kargo get projects\n  kargo get stages -p shop\n  \
                  kargo get promotions -p shop --stage prod -o yaml\n  kargo get freight -p shop --alias calm-owl\n  kargo get repo-credentials --shared")]
pub struct Get {
    /// Kind of the objects
    #[arg(value_name = "TYPE")]
    kind: Kind,
    /// Names of the objects; all when none is given
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Only Promotions to this Stage, or Freight that may be promoted to it
    #[arg(long, value_name = "NAME")]
    stage: Option<String>,
    /// Only Freight of this Warehouse; may be given several times
    #[arg(long = "warehouse", alias = "origin", value_name = "NAME")]
    warehouses: Vec<String>,
    /// Name of a piece of Freight; may be given several times
    #[arg(long = "name", value_name = "NAME")]
    freight_names: Vec<String>,
    /// Alias of a piece of Freight; may be given several times
    #[arg(short, long = "alias", value_name = "ALIAS")]
    aliases: Vec<String>,
    /// Leave out the headings of the table
    #[arg(long)]
    no_headers: bool,
    #[command(flatten)]
    scope: InScope,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connection: Connection,
}

impl Get {
    pub(super) async fn run(self, environment: &Environment, console: &Console) -> Result<()> {
        self.check()?;
        let session = self.connection.open(environment)?;
        let home = session.scope(self.kind, &self.scope)?;
        let scope = home.scope();
        let names: Vec<&String> =
            self.names.iter().chain(&self.freight_names).chain(&self.aliases).collect();
        let mut objects = Vec::new();
        if self.kind.is_single() {
            objects.push(session.client.get(&self.kind.place(scope)).await?);
        } else if names.is_empty() {
            objects = self.list(&session, scope).await?;
        } else {
            for name in &names {
                objects.push(session.client.get(&self.kind.object(scope, name)).await?);
            }
        }
        let one = names.len() == 1 || self.kind.is_single();
        self.output.objects(console, self.kind, objects, one, self.no_headers)
    }

    /// Flags of one kind mean nothing to another, and names become part of a URL.
    fn check(&self) -> Result<()> {
        let freight_only = !(self.warehouses.is_empty()
            && self.freight_names.is_empty()
            && self.aliases.is_empty());
        if freight_only && self.kind != Kind::Freight {
            return Err(Failure::usage("--warehouse, --name and --alias are for freight only"));
        }
        if self.stage.is_some() && ![Kind::Freight, Kind::Promotion].contains(&self.kind) {
            return Err(Failure::usage("--stage is for promotions and freight only"));
        }
        if self.kind.is_single() && !self.names.is_empty() {
            let failure = Failure::usage(format!("there is only one {}", self.kind.noun()));
            return Err(failure.hint("leave out the name"));
        }
        let names = self.names.iter().chain(&self.freight_names).chain(&self.aliases);
        names.clone().try_for_each(|name| names::check(&self.kind.noun(), name))
    }

    async fn list(&self, session: &Session, scope: Scope<'_>) -> Result<Vec<Value>> {
        let mut place: Place<'_> = self.kind.place(scope);
        if let Some(stage) = &self.stage {
            place = place.with("stage", stage);
        }
        if self.kind != Kind::Freight {
            let list: Value = session.client.get(&place).await?;
            return Ok(list["items"].as_array().cloned().unwrap_or_default());
        }
        for warehouse in &self.warehouses {
            place = place.with("origins", warehouse);
        }
        let groups: FreightGroups = session.client.get(&place).await?;
        let freight = groups.groups.into_values().flat_map(|group| group.items);
        freight
            .map(|one| serde_json::to_value(one).map_err(|error| Failure::new(error.to_string())))
            .collect()
    }
}
