//! `…/configmaps`: settings that steps read by key, in a Project, shared, or in the system.

use axum::Json;
use http::StatusCode;
use k8s_openapi::api::core::v1::ConfigMap;
use serde_json::{Value, json};

use api::rest::ObjectList;
use api::rest::credentials::{CreateConfigMapRequest, PatchDataRequest, UpdateDataRequest};

use crate::error::{ApiError, Result};
use crate::kubernetes::CONFIG_MAPS;
use crate::operation::{Operation, operation};
use crate::request::{Body, Caller};
use crate::rest::scope::{self, Scope, required};

pub(crate) const fn creates(id: &'static str) -> Operation {
    operation(id, "Create a ConfigMap.").takes::<CreateConfigMapRequest>().creates::<ConfigMap>()
}

pub(crate) const fn deletes(id: &'static str) -> Operation {
    operation(id, "Delete a ConfigMap.").answers_nothing()
}

pub(crate) const fn gets(id: &'static str) -> Operation {
    operation(id, "One ConfigMap.").answers::<ConfigMap>()
}

pub(crate) const fn lists(id: &'static str) -> Operation {
    operation(id, "ConfigMaps, by name.").answers::<ObjectList<ConfigMap>>()
}

pub(crate) const fn patches(id: &'static str) -> Operation {
    operation(id, "Change parts of a ConfigMap.").takes::<PatchDataRequest>().answers::<ConfigMap>()
}

pub(crate) const fn updates(id: &'static str) -> Operation {
    operation(id, "Replace a ConfigMap.").takes::<UpdateDataRequest>().answers::<ConfigMap>()
}

pub(crate) async fn list(caller: Caller, scope: Scope) -> Result<Json<Value>> {
    scope::list(&caller.kube, &CONFIG_MAPS, &scope, None, |object| object).await.map(Json)
}

pub(crate) async fn get(caller: Caller, scope: Scope) -> Result<Json<Value>> {
    caller.kube.get(&CONFIG_MAPS, scope.key()).await.map(Json)
}

pub(crate) async fn create(
    caller: Caller,
    scope: Scope,
    Body(request): Body<CreateConfigMapRequest>,
) -> Result<(StatusCode, Json<Value>)> {
    required("name", &request.name)?;
    let mut object = json!({
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": { "name": request.name, "namespace": scope.namespace },
    });
    scope::replace(&mut object, &request.content, str::to_owned);
    demand_content(&object)?;
    let created = caller.kube.create(&CONFIG_MAPS, Some(&scope.namespace), &object).await?;
    Ok((StatusCode::CREATED, Json(created)))
}

pub(crate) async fn update(
    caller: Caller,
    scope: Scope,
    Body(request): Body<UpdateDataRequest>,
) -> Result<Json<Value>> {
    let mut object = caller.kube.get(&CONFIG_MAPS, scope.key()).await?;
    scope::replace(&mut object, &request, str::to_owned);
    demand_content(&object)?;
    caller.kube.replace(&CONFIG_MAPS, scope.key(), &object).await.map(Json)
}

pub(crate) async fn patch(
    caller: Caller,
    scope: Scope,
    Body(request): Body<PatchDataRequest>,
) -> Result<Json<Value>> {
    let mut object = caller.kube.get(&CONFIG_MAPS, scope.key()).await?;
    scope::patch(&mut object, &request, str::to_owned);
    demand_content(&object)?;
    caller.kube.replace(&CONFIG_MAPS, scope.key(), &object).await.map(Json)
}

pub(crate) async fn delete(caller: Caller, scope: Scope) -> Result<StatusCode> {
    caller.kube.delete(&CONFIG_MAPS, scope.key()).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn demand_content(object: &Value) -> Result<()> {
    if object["data"].as_object().is_none_or(serde_json::Map::is_empty) {
        return Err(ApiError::bad_request("ConfigMap data cannot be empty"));
    }
    Ok(())
}
