//! `…/repo-credentials`: Secrets with which repositories are reached, in a Project or shared. Passwords go in, never out.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use k8s_openapi::api::core::v1::Secret;
use serde_json::{Value, json};

use api::labels::{self, CredentialType};
use api::rest::ObjectList;
use api::rest::credentials::{
    CreateRepoCredentialsRequest, PatchRepoCredentialsRequest, UpdateRepoCredentialsRequest,
};

use crate::App;
use crate::error::{ApiError, Result};
use crate::kubernetes::SECRETS;
use crate::operation::{Operation, operation};
use crate::request::{Body, Caller};
use crate::rest::scope::{self, Scope, base64, demand_secret_management, describe, required};

const REPO_URL: &str = "repoURL";
const IS_REGEX: &str = "repoURLIsRegex";
const USERNAME: &str = "username";
const PASSWORD: &str = "password";

pub(crate) const fn creates(id: &'static str) -> Operation {
    operation(id, "Create credentials for a repository.")
        .takes::<CreateRepoCredentialsRequest>()
        .creates::<Secret>()
}

pub(crate) const fn deletes(id: &'static str) -> Operation {
    operation(id, "Delete credentials for a repository.").answers_nothing()
}

pub(crate) const fn gets(id: &'static str) -> Operation {
    operation(id, "Credentials for a repository, without the password.").answers::<Secret>()
}

pub(crate) const fn lists(id: &'static str) -> Operation {
    operation(id, "Credentials for repositories, without the passwords.")
        .answers::<ObjectList<Secret>>()
}

pub(crate) const fn patches(id: &'static str) -> Operation {
    operation(id, "Change parts of credentials for a repository.")
        .takes::<PatchRepoCredentialsRequest>()
        .answers::<Secret>()
}

pub(crate) const fn updates(id: &'static str) -> Operation {
    operation(id, "Replace credentials for a repository.")
        .takes::<UpdateRepoCredentialsRequest>()
        .answers::<Secret>()
}

fn shown(secret: Value) -> Value {
    scope::redacted(secret, &[REPO_URL, IS_REGEX, USERNAME])
}

pub(crate) async fn list(caller: Caller, scope: Scope) -> Result<Json<Value>> {
    let selector = format!("{} in (git,helm,image)", labels::CREDENTIAL_TYPE);
    scope::list(&caller.kube, &SECRETS, &scope, Some(&selector), shown).await.map(Json)
}

/// The Secret, if it holds credentials for a repository.
async fn find(caller: &Caller, scope: &Scope) -> Result<Value> {
    let secret = caller.kube.get(&SECRETS, scope.key()).await?;
    let label = secret["metadata"]["labels"][labels::CREDENTIAL_TYPE].as_str();
    let (namespace, name) = (&scope.namespace, &scope.name);
    let problem = match label.map(|label| (label, CredentialType::from_label(label))) {
        Some((_, Some(kind))) if kind != CredentialType::Generic => return Ok(secret),
        Some((label, _)) => format!("is labelled as {label:?}, not as git, helm or image"),
        None => format!("has no label {}", labels::CREDENTIAL_TYPE),
    };
    let message = format!("Secret {namespace}/{name} exists, but {problem}");
    Err(ApiError::new(StatusCode::CONFLICT, message))
}

pub(crate) async fn get(caller: Caller, scope: Scope) -> Result<Json<Value>> {
    find(&caller, &scope).await.map(|secret| Json(shown(secret)))
}

pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    scope: Scope,
    Body(request): Body<CreateRepoCredentialsRequest>,
) -> Result<(StatusCode, Json<Value>)> {
    demand_secret_management(&app)?;
    required("name", &request.name)?;
    let mut secret = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": { "name": request.name, "namespace": scope.namespace },
    });
    replace(&mut secret, &request.credentials)?;
    let created = caller.kube.create(&SECRETS, Some(&scope.namespace), &secret).await?;
    Ok((StatusCode::CREATED, Json(shown(created))))
}

pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    scope: Scope,
    Body(request): Body<UpdateRepoCredentialsRequest>,
) -> Result<Json<Value>> {
    demand_secret_management(&app)?;
    let mut secret = find(&caller, &scope).await?;
    replace(&mut secret, &request)?;
    caller.kube.replace(&SECRETS, scope.key(), &secret).await.map(|secret| Json(shown(secret)))
}

pub(crate) async fn patch(
    State(app): State<App>,
    caller: Caller,
    scope: Scope,
    Body(request): Body<PatchRepoCredentialsRequest>,
) -> Result<Json<Value>> {
    demand_secret_management(&app)?;
    let mut secret = find(&caller, &scope).await?;
    if let Some(description) = &request.description {
        describe(&mut secret, description);
    }
    if !request.r#type.is_empty() {
        label(&mut secret, &request.r#type)?;
    }
    let mut values = secret["data"].as_object().cloned().unwrap_or_default();
    let given = [
        (REPO_URL, &request.repo_url),
        (USERNAME, &request.username),
        (PASSWORD, &request.password),
    ];
    for (key, value) in given.into_iter().filter(|(_, value)| !value.is_empty()) {
        values.insert(key.to_owned(), base64(value).into());
    }
    if !request.repo_url.is_empty() {
        match request.repo_url_is_regex {
            true => values.insert(IS_REGEX.to_owned(), base64("true").into()),
            false => values.remove(IS_REGEX),
        };
    }
    secret["data"] = values.into();
    caller.kube.replace(&SECRETS, scope.key(), &secret).await.map(|secret| Json(shown(secret)))
}

pub(crate) async fn delete(
    State(app): State<App>,
    caller: Caller,
    scope: Scope,
) -> Result<StatusCode> {
    demand_secret_management(&app)?;
    find(&caller, &scope).await?;
    caller.kube.delete(&SECRETS, scope.key()).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn label(secret: &mut Value, kind: &str) -> Result<()> {
    match CredentialType::from_label(kind) {
        Some(known) if known != CredentialType::Generic => {
            secret["metadata"]["labels"][labels::CREDENTIAL_TYPE] = known.as_str().into();
            Ok(())
        }
        _ => Err(ApiError::bad_request("type should be one of git, helm, or image")),
    }
}

/// Everything as the request says.
fn replace(secret: &mut Value, request: &UpdateRepoCredentialsRequest) -> Result<()> {
    required("type", &request.r#type)?;
    label(secret, &request.r#type)?;
    required("repoUrl", &request.repo_url)?;
    required("username", &request.username)?;
    required("password", &request.password)?;
    describe(secret, &request.description);
    secret["data"] = json!({
        REPO_URL: base64(&request.repo_url),
        USERNAME: base64(&request.username),
        PASSWORD: base64(&request.password),
    });
    if request.repo_url_is_regex {
        secret["data"][IS_REGEX] = base64("true").into();
    }
    Ok(())
}
