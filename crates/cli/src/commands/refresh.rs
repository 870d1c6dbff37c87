//! `kargo refresh TYPE [NAME]`: asks a controller to look at an object now.

use api::annotations;
use clap::Args;
use clap::ValueEnum;
use serde_json::Value;

use crate::connection::{Connection, InProject};
use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::kinds::Kind;
use crate::table::text;
use crate::{Environment, names, wait};

#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  kargo refresh warehouse -p shop app --wait\n  kargo refresh clusterconfig"
)]
pub struct Refresh {
    /// Kind of the object
    #[arg(value_name = "TYPE")]
    kind: Refreshable,
    /// Name of the object; not for a clusterconfig or projectconfig
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// Wait until it was looked at
    #[arg(long)]
    wait: bool,
    #[command(flatten)]
    project: InProject,
    #[command(flatten)]
    connection: Connection,
}

/// Kinds that can be refreshed.
#[derive(Clone, Copy, Debug, ValueEnum)]
#[value(rename_all = "lower")]
pub(crate) enum Refreshable {
    /// The ClusterConfig
    ClusterConfig,
    /// The ProjectConfig of a Project
    ProjectConfig,
    /// A Promotion
    #[value(alias = "promo")]
    Promotion,
    /// A Stage
    #[value(alias = "stages")]
    Stage,
    /// A Warehouse
    #[value(alias = "warehouses")]
    Warehouse,
}

impl Refresh {
    pub(super) async fn run(self, environment: &Environment, console: &Console) -> Result<()> {
        let kind = self.kind.kind();
        let name = self.name(kind)?;
        let session = self.connection.open(environment)?;
        let in_project = kind.is_in_project();
        let project = if in_project { session.project(&self.project)? } else { String::new() };
        let object = kind.object(&project, &name);
        let asked = session.client.post(&object.below("refresh"), None).await?;
        let shown = format!("{} {name}", kind.noun());
        let shown = shown.trim_end();
        if !self.wait {
            return console.say(&format!("{shown} is being refreshed"));
        }
        let token = token(&asked);
        wait::until(&session.client, &object, |object| was_handled(object, &token).then_some(()))
            .await?;
        console.say(&format!("{shown} refreshed"))
    }

    fn name(&self, kind: Kind) -> Result<String> {
        match (&self.name, kind.is_single()) {
            (None, true) => Ok(String::new()),
            (Some(name), false) => names::check(&kind.noun(), name).map(|()| name.clone()),
            (Some(_), true) => Err(Failure::usage(format!("there is only one {}", kind.noun()))
                .hint("leave out the name")),
            (None, false) => Err(Failure::usage(format!("no {} is named", kind.noun()))
                .hint("write its name after the kind")),
        }
    }
}

impl Refreshable {
    fn kind(self) -> Kind {
        match self {
            Self::ClusterConfig => Kind::ClusterConfig,
            Self::ProjectConfig => Kind::ProjectConfig,
            Self::Promotion => Kind::Promotion,
            Self::Stage => Kind::Stage,
            Self::Warehouse => Kind::Warehouse,
        }
    }
}

/// What the controller will echo when it has looked.
fn token(object: &Value) -> String {
    let annotation =
        object.pointer("/metadata/annotations").and_then(|a| a.get(annotations::REFRESH));
    annotation.and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Whether the controller has looked since, and is done.
fn was_handled(object: &Value, token: &str) -> bool {
    let handled = text(object, "/status/lastHandledRefresh");
    let is_newer =
        !handled.is_empty() && (handled == token || token.is_empty() || is_later(&handled, token));
    let conditions = object.pointer("/status/conditions").and_then(Value::as_array);
    let busy = conditions
        .into_iter()
        .flatten()
        .any(|one| one["type"] == api::condition::RECONCILING && one["status"] == "True");
    is_newer && !busy
}

/// Somebody else's later request covers ours.
fn is_later(handled: &str, token: &str) -> bool {
    match (handled.parse::<api::Timestamp>(), token.parse::<api::Timestamp>()) {
        (Ok(handled), Ok(token)) => handled >= token,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn handled_once_echoed_and_no_longer_busy() {
        let token = "2026-01-02T03:04:05Z";
        let object = |handled: &str, busy: &str| {
            json!({ "status": {
                "lastHandledRefresh": handled,
                "conditions": [{ "type": "Reconciling", "status": busy }],
            } })
        };
        assert!(was_handled(&object(token, "False"), token));
        assert!(!was_handled(&object(token, "True"), token));
        assert!(!was_handled(&object("2026-01-02T03:04:04Z", "False"), token));
        assert!(was_handled(&object("2026-01-02T03:04:06Z", "False"), token));
        assert!(!was_handled(&json!({}), token));
    }
}
