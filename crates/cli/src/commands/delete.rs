//! `kargo delete`: objects by kind and name, or those of manifests.

use clap::Args;
use reqwest::Method;
use serde_json::json;

use super::apply;
use crate::Environment;
use crate::client::Place;
use crate::connection::{Connection, InScope, Session};
use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::kinds::{Kind, Scope};
use crate::manifests::Files;
use crate::names;
use crate::output::{self, Output};

#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  kargo delete -f pipeline/\n  kargo delete stage -p shop test\n  \
                  kargo delete freight -p shop --alias calm-owl"
)]
pub struct Delete {
    /// Kind of the objects
    #[arg(value_name = "TYPE", conflicts_with = "files")]
    kind: Option<Kind>,
    /// Names of the objects
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Name of a piece of Freight; may be given several times
    #[arg(long = "name", value_name = "NAME")]
    freight_names: Vec<String>,
    /// Alias of a piece of Freight; may be given several times
    #[arg(short, long = "alias", value_name = "ALIAS")]
    aliases: Vec<String>,
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    scope: InScope,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connection: Connection,
}

impl Delete {
    pub(super) async fn run(self, environment: &Environment, console: &Console) -> Result<()> {
        let Some(kind) = self.kind else {
            let mut manifests = apply::required(&self.files)?;
            // What needs a Project goes before it.
            manifests.reverse();
            let session = self.connection.open(environment)?;
            let place = Place::new(&["resources"]);
            let (client, output) = (&session.client, self.output);
            return apply::each(client, Method::DELETE, &place, &manifests, output, console).await;
        };
        let names = self.names(kind)?;
        let session = self.connection.open(environment)?;
        let home = session.scope(kind, &self.scope)?;
        let scope = home.scope();
        let mut failed = 0;
        for name in &names {
            let shown = if kind.is_single() { single_name(kind, scope) } else { name.clone() };
            match delete(&session, kind, scope, name).await {
                Ok(()) => {
                    let object = json!({
                        "apiVersion": kind.api_version(),
                        "kind": kind.object_kind(),
                        "metadata": { "name": shown },
                    });
                    self.output.done(console, &object, "deleted")?;
                }
                Err(failure) if names.len() == 1 => return Err(failure),
                Err(failure) => {
                    console.remark(&format!("{shown}: {failure}"));
                    failed += 1;
                }
            }
        }
        if failed > 0 {
            return Err(Failure::new(format!("{failed} of {} could not be deleted", names.len())));
        }
        Ok(())
    }

    fn names(&self, kind: Kind) -> Result<Vec<String>> {
        let by_flag = self.freight_names.iter().chain(&self.aliases);
        if kind != Kind::Freight && by_flag.clone().next().is_some() {
            return Err(Failure::usage("--name and --alias are for freight only")
                .hint("write the names after the kind"));
        }
        let names: Vec<String> = self.names.iter().chain(by_flag).cloned().collect();
        names.iter().try_for_each(|name| names::check(&kind.noun(), name))?;
        match (kind.is_single(), names.is_empty()) {
            (true, _) => Ok(vec![String::new()]),
            (false, true) => Err(Failure::usage(format!("no {} is named", kind.noun()))
                .hint("write its name after the kind; nothing is deleted without a name")),
            (false, false) => Ok(names),
        }
    }
}

fn single_name(kind: Kind, scope: Scope<'_>) -> String {
    match scope {
        Scope::Project(project) if kind != Kind::ClusterConfig => project.to_owned(),
        _ => api::ClusterConfig::NAME.to_owned(),
    }
}

async fn delete(session: &Session, kind: Kind, scope: Scope<'_>, name: &str) -> Result<()> {
    let by_manifest = [Kind::Promotion, Kind::PromotionTask, Kind::ClusterPromotionTask];
    if !by_manifest.contains(&kind) {
        return session.client.delete(&kind.object(scope, name)).await;
    }
    // The REST API deletes these kinds only by manifest.
    let mut manifest = json!({
        "apiVersion": kind.api_version(),
        "kind": kind.object_kind(),
        "metadata": { "name": name },
    });
    if let Scope::Project(project) = scope
        && kind.is_in_project()
    {
        manifest["metadata"]["namespace"] = json!(project);
    }
    let answer =
        session.client.manifest(Method::DELETE, &Place::new(&["resources"]), &manifest).await?;
    match answer["results"][0]["error"].as_str() {
        Some(error) => Err(Failure::new(format!("{}: {error}", output::reference(&manifest)))),
        None => Ok(()),
    }
}
