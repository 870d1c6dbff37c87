//! `/v1beta1/system/cluster-config`: the one ClusterConfig, named `cluster`.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::Value;

use crate::App;
use crate::error::Result;
use crate::kubernetes::{CLUSTER_CONFIGS, Key, WatchTarget};
use crate::request::{Caller, Parameters};
use crate::{rest, watch};

const KEY: Key<'static> = Key { namespace: None, name: "cluster" };

pub(crate) async fn get(
    State(app): State<App>,
    caller: Caller,
    parameters: Parameters,
) -> Result<Response> {
    let object = caller.kube.get(&CLUSTER_CONFIGS, KEY).await?;
    if !watch::wanted(&parameters) {
        return Ok(Json(object).into_response());
    }
    let name = Some(KEY.name.to_owned());
    let target = WatchTarget { resource: CLUSTER_CONFIGS, namespace: None, name };
    watch::stream(&app, caller.kube, target, parameters.get("resourceVersion"), None).await
}

pub(crate) async fn delete(caller: Caller) -> Result<StatusCode> {
    rest::delete(&caller.kube, &CLUSTER_CONFIGS, KEY).await
}

pub(crate) async fn refresh(State(app): State<App>, caller: Caller) -> Result<Json<Value>> {
    rest::refresh(&app, &caller.kube, &CLUSTER_CONFIGS, KEY).await
}
