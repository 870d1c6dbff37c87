//! `…/generic-credentials`: Secrets that steps read by key, in a Project, shared, or in the system. Values go in, never out.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use k8s_openapi::api::core::v1::Secret;
use serde_json::{Value, json};

use api::labels::{self, CredentialType};
use api::rest::ObjectList;
use api::rest::credentials::{
    CreateGenericCredentialsRequest, PatchDataRequest, UpdateDataRequest,
};

use crate::App;
use crate::error::{ApiError, Result};
use crate::kubernetes::SECRETS;
use crate::operation::{Operation, operation};
use crate::request::{Body, Caller};
use crate::rest::scope::{self, Scope, base64, demand_secret_management, required};

pub(crate) const fn creates(id: &'static str) -> Operation {
    operation(id, "Create credentials that steps read by key.")
        .takes::<CreateGenericCredentialsRequest>()
        .creates::<Secret>()
}

pub(crate) const fn deletes(id: &'static str) -> Operation {
    operation(id, "Delete credentials.").answers_nothing()
}

pub(crate) const fn gets(id: &'static str) -> Operation {
    operation(id, "Credentials, without their values.").answers::<Secret>()
}

pub(crate) const fn lists(id: &'static str) -> Operation {
    operation(id, "Credentials that steps read by key, without their values.")
        .answers::<ObjectList<Secret>>()
}

pub(crate) const fn patches(id: &'static str) -> Operation {
    operation(id, "Change parts of credentials.").takes::<PatchDataRequest>().answers::<Secret>()
}

pub(crate) const fn updates(id: &'static str) -> Operation {
    operation(id, "Replace credentials.").takes::<UpdateDataRequest>().answers::<Secret>()
}

fn shown(secret: Value) -> Value {
    scope::redacted(secret, &[])
}

pub(crate) async fn list(caller: Caller, scope: Scope) -> Result<Json<Value>> {
    let selector = format!("{}={}", labels::CREDENTIAL_TYPE, CredentialType::Generic.as_str());
    scope::list(&caller.kube, &SECRETS, &scope, Some(&selector), shown).await.map(Json)
}

/// The Secret, if it holds generic credentials.
async fn find(caller: &Caller, scope: &Scope) -> Result<Value> {
    let secret = caller.kube.get(&SECRETS, scope.key()).await?;
    let (label, generic) = (labels::CREDENTIAL_TYPE, CredentialType::Generic.as_str());
    if secret["metadata"]["labels"][label] == generic {
        return Ok(secret);
    }
    let Scope { namespace, name } = scope;
    let message =
        format!("Secret {namespace}/{name} exists, but is not labelled with {label}={generic}");
    Err(ApiError::new(StatusCode::CONFLICT, message))
}

pub(crate) async fn get(caller: Caller, scope: Scope) -> Result<Json<Value>> {
    find(&caller, &scope).await.map(|secret| Json(shown(secret)))
}

pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    scope: Scope,
    Body(request): Body<CreateGenericCredentialsRequest>,
) -> Result<(StatusCode, Json<Value>)> {
    demand_secret_management(&app)?;
    required("name", &request.name)?;
    if request.content.data.is_empty() {
        return Err(ApiError::bad_request("cannot create empty secret"));
    }
    let generic = CredentialType::Generic.as_str();
    let mut secret = json!({
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {
            "name": request.name,
            "namespace": scope.namespace,
            "labels": { labels::CREDENTIAL_TYPE: generic },
        },
    });
    if !request.r#type.is_empty() {
        secret["type"] = request.r#type.into();
    }
    scope::replace(&mut secret, &request.content, base64);
    let created = caller.kube.create(&SECRETS, Some(&scope.namespace), &secret).await?;
    Ok((StatusCode::CREATED, Json(shown(created))))
}

pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    scope: Scope,
    Body(request): Body<UpdateDataRequest>,
) -> Result<Json<Value>> {
    demand_secret_management(&app)?;
    let mut secret = find(&caller, &scope).await?;
    scope::replace(&mut secret, &request, base64);
    store(&caller, &scope, &secret).await
}

pub(crate) async fn patch(
    State(app): State<App>,
    caller: Caller,
    scope: Scope,
    Body(request): Body<PatchDataRequest>,
) -> Result<Json<Value>> {
    demand_secret_management(&app)?;
    let mut secret = find(&caller, &scope).await?;
    scope::patch(&mut secret, &request, base64);
    store(&caller, &scope, &secret).await
}

async fn store(caller: &Caller, scope: &Scope, secret: &Value) -> Result<Json<Value>> {
    if secret["data"].as_object().is_none_or(serde_json::Map::is_empty) {
        return Err(ApiError::bad_request("cannot have empty secret"));
    }
    caller.kube.replace(&SECRETS, scope.key(), secret).await.map(|secret| Json(shown(secret)))
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
