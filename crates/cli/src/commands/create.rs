//! `kargo create`: objects from manifests, a Project, credentials, or a ConfigMap. What exists already is left alone.

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use reqwest::Method;
use serde_json::{Value, json};

use api::labels::CredentialType;
use api::rest::credentials::{
    CreateConfigMapRequest, CreateGenericCredentialsRequest, CreateRepoCredentialsRequest,
    UpdateDataRequest, UpdateRepoCredentialsRequest,
};

use super::apply;
use crate::client::Place;
use crate::connection::{Connection, InScope, Session};
use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::kinds::Kind;
use crate::manifests::Files;
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
    /// Create a ConfigMap that steps can read
    #[command(aliases = ["configmaps", "cm"])]
    Configmap(Values),
    /// Create a Secret that steps can read by key
    #[command(aliases = ["generic-credential", "generic-creds", "generic-cred"])]
    GenericCredentials(Values),
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
    scope: InScope,
    #[command(flatten)]
    output: Output,
    #[command(flatten)]
    connection: Connection,
}

#[derive(Args, Debug)]
struct Values {
    /// Name of the object
    name: String,
    /// A key and its value; `KEY=-` reads the value from standard input, where others cannot see it
    #[arg(long, value_name = "KEY=VALUE", required = true)]
    set: Vec<String>,
    /// What it is for, in a few words
    #[arg(long, value_name = "TEXT")]
    description: Option<String>,
    #[command(flatten)]
    scope: InScope,
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
            Some(What::Configmap(values)) => {
                values.run(Kind::ConfigMap, environment, console).await
            }
            Some(What::GenericCredentials(values)) => {
                values.run(Kind::GenericCredentials, environment, console).await
            }
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
        let kind = Kind::RepoCredentials;
        names::check(&kind.noun(), &self.name)?;
        super::login::refuse_password_argument(self.password.as_deref())?;
        let session = self.connection.open(environment)?;
        let home = session.scope(kind, &self.scope)?;
        let password =
            password::read("Password", self.password_stdin, environment.password.as_ref())?;
        let request = CreateRepoCredentialsRequest {
            name: self.name,
            credentials: UpdateRepoCredentialsRequest {
                description: self.description.unwrap_or_default(),
                r#type: self.kind.credential_type().as_str().to_owned(),
                repo_url: self.repo_url,
                repo_url_is_regex: self.regex,
                username: self.username,
                password,
            },
        };
        post(&session, kind.place(home.scope()), &request, self.output, console).await
    }
}

impl RepositoryKind {
    fn credential_type(&self) -> CredentialType {
        if self.git {
            CredentialType::Git
        } else if self.helm {
            CredentialType::Helm
        } else {
            CredentialType::Image
        }
    }
}

impl Values {
    async fn run(self, kind: Kind, environment: &Environment, console: &Console) -> Result<()> {
        names::check(&kind.noun(), &self.name)?;
        let data = values(&self.set)?;
        let session = self.connection.open(environment)?;
        let home = session.scope(kind, &self.scope)?;
        let description = self.description.unwrap_or_default();
        let content = UpdateDataRequest { description, data, replicate: false };
        let (name, place) = (self.name, kind.place(home.scope()));
        match kind {
            Kind::ConfigMap => {
                let request = CreateConfigMapRequest { name, content };
                post(&session, place, &request, self.output, console).await
            }
            _ => {
                let request =
                    CreateGenericCredentialsRequest { name, content, r#type: String::new() };
                post(&session, place, &request, self.output, console).await
            }
        }
    }
}

/// Takes `KEY=VALUE` apart; at most one value comes from standard input.
fn values(pairs: &[String]) -> Result<BTreeMap<String, String>> {
    let mut data = BTreeMap::new();
    let mut from_input = None;
    for pair in pairs {
        let (key, value) =
            pair.split_once('=').filter(|(key, _)| !key.is_empty()).ok_or_else(|| {
                Failure::usage(format!("{pair:?} is not KEY=VALUE"))
                    .hint("for example --set token=-")
            })?;
        let value = match value {
            "-" if from_input.is_some() => {
                return Err(Failure::usage("only one value can come from standard input"));
            }
            "-" => {
                from_input = Some(key);
                password::read("Value", true, None)?
            }
            value => value.to_owned(),
        };
        if data.insert(key.to_owned(), value).is_some() {
            return Err(Failure::usage(format!("{key:?} is set twice")));
        }
    }
    Ok(data)
}

/// Creates what a request describes; the answer holds no secret.
async fn post(
    session: &Session,
    place: Place<'_>,
    request: &impl serde::Serialize,
    output: Output,
    console: &Console,
) -> Result<()> {
    let request = serde_json::to_value(request).map_err(|error| Failure::new(error.to_string()))?;
    let created = session.client.post(&place, Some(&request)).await?;
    output.done(console, &created, "created")
}

/// Creates one object that was not written by hand, so a failure is the command's own.
async fn one(session: &Session, object: Value, output: Output, console: &Console) -> Result<()> {
    let place = Place::new(&["resources"]);
    let answer = session.client.manifest(Method::POST, &place, &object).await?;
    let result = &answer["results"][0];
    if let Some(error) = result["error"].as_str() {
        return Err(Failure::new(error));
    }
    let created = &result["createdResourceManifest"];
    output.done(console, if created.is_object() { created } else { &object }, "created")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_and_values() {
        let pairs =
            |texts: &[&str]| values(&texts.iter().map(ToString::to_string).collect::<Vec<_>>());
        let data = pairs(&["a=1", "b=x=y", "c="]).unwrap();
        assert_eq!((data["a"].as_str(), data["b"].as_str(), data["c"].as_str()), ("1", "x=y", ""));
        for wrong in [&["a"][..], &["=1"], &["a=1", "a=2"]] {
            assert_eq!(pairs(wrong).unwrap_err().code(), 2, "{wrong:?}");
        }
    }
}
