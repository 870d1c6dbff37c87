//! `…/promotion-tasks` and `/v1beta1/shared/cluster-promotion-tasks`.

use axum::Json;
use axum::extract::Path;
use serde_json::Value;

use crate::error::Result;
use crate::kubernetes::{CLUSTER_PROMOTION_TASKS, Key, PROMOTION_TASKS};
use crate::request::Caller;

pub(crate) async fn list(caller: Caller, Path(project): Path<String>) -> Result<Json<Value>> {
    caller.kube.list(&PROMOTION_TASKS, Some(&project), None).await.map(Json)
}

pub(crate) async fn get(
    caller: Caller,
    Path((project, name)): Path<(String, String)>,
) -> Result<Json<Value>> {
    let key = Key { namespace: Some(&project), name: &name };
    caller.kube.get(&PROMOTION_TASKS, key).await.map(Json)
}

pub(crate) async fn list_cluster(caller: Caller) -> Result<Json<Value>> {
    caller.kube.list(&CLUSTER_PROMOTION_TASKS, None, None).await.map(Json)
}

pub(crate) async fn get_cluster(caller: Caller, Path(name): Path<String>) -> Result<Json<Value>> {
    let key = Key { namespace: None, name: &name };
    caller.kube.get(&CLUSTER_PROMOTION_TASKS, key).await.map(Json)
}
