//! The REST API: one file per resource. Which path leads to which handler stands in `authorization`.

pub(crate) mod board;
pub(crate) mod cluster_config;
pub(crate) mod config_maps;
pub(crate) mod events;
pub(crate) mod explain;
pub(crate) mod freight;
pub(crate) mod generic_credentials;
pub(crate) mod images;
pub(crate) mod login;
pub(crate) mod objects;
pub(crate) mod openapi;
pub(crate) mod project_config;
pub(crate) mod projects;
pub(crate) mod promote;
pub(crate) mod promotion_tasks;
pub(crate) mod promotions;
pub(crate) mod repo_credentials;
pub(crate) mod resources;
pub(crate) mod scope;
pub(crate) mod session;
pub(crate) mod stages;
pub(crate) mod system;
pub(crate) mod warehouses;

use axum::Json;
use serde_json::{Value, json};

/// The process answers; whether the API behind it does is another question.
pub(crate) async fn healthy() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}
