//! `kargo create`: objects from manifests, a Project, or credentials. What exists already is left alone.

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use api::{annotations, labels};

use super::apply;
use crate::client::Place;
use crate::connection::{Connection, InProject, Session};
use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::manifests::{Files, Manifest};
use crate::output::Output;
use crate::{Environment, names, password};

#[derive(Args, Debug)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "Examples:\n  kargo create -f stage.yaml\n  kargo create project shop\n  \
                  kargo create repo-credentials -p shop config --git --repo-url https://git.example.com/config.git --username bot"
)]
pub struct Create {
    #[command(subcommand)]
    what: Option<What>,
    #[command(flatten)]
    files: Files,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Create a Project
    Project(Project),
    /// Create credentials for a repository
    #[command(
        visible_alias = "credentials",
        aliases = ["repo-credential", "repo-creds", "repo-cred", "repocredentials", "repocreds"]
    )]
    RepoCredentials(RepoCredentials),
}

#[derive(Args, Debug)]
struct Project {
    /// Name of the Project
    name: String,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Args, Debug)]
#[command(
    after_help = "The password is asked for, read from standard input with --password-stdin, or taken from KARGO_PASSWORD."
)]
struct RepoCredentials {
    /// Name of the credentials
    name: String,
    #[command(flatten)]
    kind: RepositoryKind,
    /// URL of the repository
    #[arg(long, value_name = "URL")]
    repo_url: String,
    /// The URL is a regular expression
    #[arg(long)]
    regex: bool,
    /// User name
    #[arg(long, value_name = "NAME")]
    username: String,
    /// Read the password from standard input
    #[arg(long)]
    password_stdin: bool,
    #[arg(long, hide = true, value_name = "SECRET")]
    password: Option<String>,
    /// What they are for, in a few words
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    #[command(flatten)]
    project: InProject,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
struct RepositoryKind {
    /// For a git repository
    #[arg(long)]
    git: bool,
    /// For a Helm chart repository
    #[arg(long)]
    helm: bool,
    /// For a container image repository
    #[arg(long)]
    image: bool,
}

impl Create {
    pub(super) async fn run(self, environment: &Environment, console: &Console) -> Result<()> {
        match self.what {
            Some(What::Project(project)) => project.run(environment, console).await,
            Some(What::RepoCredentials(credentials)) => credentials.run(environment, console).await,
            None => {
                let manifests = apply::required(&self.files)?;
                let session = self.connection.open(environment)?;
                let place = Place::new(&["resources"]);
                let (client, output) = (&session.client, self.output);
                apply::each(client, Method::POST, &place, &manifests, output, console).await
            }
        }
    }
}

impl Project {
    async fn run(self, environment: &Environment, console: &Console) -> Result<()> {
        names::check("project", &self.name)?;
        let session = self.connection.open(environment)?;
        let project = json!({
            "apiVersion": api::API_VERSION,
            "kind": "Project",
            "metadata": { "name": self.name },
        });
        one(&session, project, self.output, console).await
    }
}

impl RepoCredentials {
    async fn run(self, environment: &Environment, console: &Console) -> Result<()> {
        names::check("secret", &self.name)?;
        super::login::refuse_password_argument(self.password.as_deref())?;
        let session = self.connection.open(environment)?;
        let project = session.project(&self.project)?;
        let secret =
            password::read("Password", self.password_stdin, environment.password.as_ref())?;
        one(&session, self.secret(&project, &secret), self.output, console).await
    }

    fn secret(&self, project: &str, password: &str) -> Value {
        let kind = if self.kind.git {
            labels::CredentialType::Git
        } else if self.kind.helm {
            labels::CredentialType::Helm
        } else {
            labels::CredentialType::Image
        };
        let mut secret = json!({
            "apiVersion": "v1",
            "kind": "Secret",
            "metadata": {
                "name": self.name,
                "namespace": project,
                "labels": { labels::CREDENTIAL_TYPE: kind.as_str() },
            },
            "stringData": {
                "repoURL": self.repo_url,
                "username": self.username,
                "password": password,
            },
        });
        if self.regex {
            secret["stringData"]["repoURLIsRegex"] = json!("true");
        }
        if let Some(description) = &self.description {
            secret["metadata"]["annotations"] = json!({ annotations::DESCRIPTION: description });
        }
        secret
    }
}

/// Creates one object that was not written by hand, so a failure is the command's own.
async fn one(session: &Session, object: Value, output: Output, console: &Console) -> Result<()> {
    let place = Place::new(&["resources"]);
    let manifest = Manifest { origin: String::new(), object };
    let answer = session.client.manifest(Method::POST, &place, &manifest.object).await?;
    let result = &answer["results"][0];
    if let Some(error) = result["error"].as_str() {
        return Err(Failure::new(error));
    }
    let created = &result["createdResourceManifest"];
    let mut shown = if created.is_object() { created.clone() } else { manifest.object };
    hide_secrets(&mut shown);
    output.done(console, &shown, "created")
}

/// Replaces the values of a Secret before it is printed.
fn hide_secrets(object: &mut Value) {
    for field in ["data", "stringData"] {
        for value in object[field].as_object_mut().into_iter().flat_map(serde_json::Map::values_mut)
        {
            *value = json!("*** REDACTED ***");
        }
        if object[field].is_null()
            && let Some(fields) = object.as_object_mut()
        {
            fields.remove(field);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_not_shown() {
        let mut object = json!({ "kind": "Secret", "data": { "password": "c2VjcmV0" } });
        hide_secrets(&mut object);
        assert_eq!(object, json!({ "kind": "Secret", "data": { "password": "*** REDACTED ***" } }));
    }
}
