//! `kargo apply -f FILE`: creates objects, or changes them to what the manifests say.

use clap::Args;
use reqwest::Method;
use serde_json::Value;

use crate::Environment;
use crate::client::{Client, Place};
use crate::connection::Connection;
use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::manifests::{Files, Manifest};
use crate::output::{self, Output};

#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  kargo apply -f stage.yaml\n  kargo apply -R -f pipeline/")]
pub struct Apply {
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connection: Connection,
}

impl Apply {
    pub(super) async fn run(self, environment: &Environment, console: &Console) -> Result<()> {
        let manifests = required(&self.files)?;
        let session = self.connection.open(environment)?;
        let place = Place::new(&["resources"]).with("upsert", "true");
        each(&session.client, Method::PUT, &place, &manifests, self.output, console).await
    }
}

/// Reads the manifests, of which there must be some.
pub(super) fn required(files: &Files) -> Result<Vec<Manifest>> {
    if files.files.is_empty() {
        return Err(Failure::usage("no manifests are named")
            .hint("name a file or a folder with -f, or pipe them in with -f -"));
    }
    files.read()
}

/// Sends manifests one by one, so that each has its own outcome, and goes on after a failure.
pub(super) async fn each(
    client: &Client,
    method: Method,
    place: &Place<'_>,
    manifests: &[Manifest],
    output: Output,
    console: &Console,
) -> Result<()> {
    let mut failed = Vec::new();
    for manifest in manifests {
        match client.manifest(method.clone(), place, &manifest.object).await {
            Ok(answer) => {
                let (object, what) = outcome(&answer, &manifest.object);
                output.done(console, object, what)?;
            }
            // What the server cannot be asked at all, it cannot be asked again.
            Err(failure) if failure.status().is_none() || failure.status() == Some(401) => {
                return Err(failure);
            }
            Err(failure) => {
                let object = output::reference(&manifest.object);
                console.remark(&format!("{}: {object}: {failure}", manifest.origin));
                failed.push(object);
            }
        }
    }
    if failed.is_empty() {
        return Ok(());
    }
    let (wrong, all) = (failed.len(), manifests.len());
    Err(Failure::new(format!("{wrong} of {all} failed: {}", failed.join(", "))))
}

/// What became of a manifest.
fn outcome<'a>(answer: &'a Value, sent: &'a Value) -> (&'a Value, &'static str) {
    let result = &answer["results"][0];
    for (field, what) in [
        ("createdResourceManifest", "created"),
        ("updatedResourceManifest", "configured"),
        ("deletedResourceManifest", "deleted"),
    ] {
        if let Some(object) = result.get(field).filter(|object| object.is_object()) {
            return (object, what);
        }
    }
    (sent, "done")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn outcomes() {
        let sent = json!({ "kind": "Stage" });
        for (field, what) in
            [("createdResourceManifest", "created"), ("updatedResourceManifest", "configured")]
        {
            let answer = json!({ "results": [{ field: { "kind": "X" } }] });
            assert_eq!(outcome(&answer, &sent), (&json!({ "kind": "X" }), what));
        }
        assert_eq!(outcome(&Value::Null, &sent), (&sent, "done"));
    }
}
