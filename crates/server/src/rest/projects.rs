//! `/v1beta1/projects`: the Projects there are.

use axum::Json;
use axum::extract::{Path, State};
use http::StatusCode;
use serde_json::{Value, json};

use crate::App;
use crate::error::{ApiError, Result};
use crate::kubernetes::{Key, PROJECTS};
use crate::request::{Caller, Parameters};
use crate::rest;

pub(crate) async fn list(
    State(_): State<App>,
    caller: Caller,
    parameters: Parameters,
) -> Result<Json<Value>> {
    let mut list = caller.kube.list(&PROJECTS, None, None).await?;
    let filter = parameters.get("filter").unwrap_or_default().to_lowercase();
    let uids = parameters.list("uid");
    let items = list.get_mut("items").and_then(Value::as_array_mut).map(std::mem::take);
    let mut items = items.unwrap_or_default();
    items.retain(|project| {
        let field = |name| project.pointer(name).and_then(Value::as_str).unwrap_or_default();
        let named = field("/metadata/name").to_lowercase().contains(&filter);
        named && (uids.is_empty() || uids.contains(&field("/metadata/uid")))
    });
    items.sort_by(|a, b| {
        let name = |project: &Value| project.pointer("/metadata/name").map(Value::to_string);
        name(a).cmp(&name(b))
    });
    let total = items.len();
    let page = page(items, parameters.number("pageSize")?, parameters.number("page")?)?;
    Ok(Json(json!({ "items": page, "total": total })))
}

fn page(items: Vec<Value>, size: Option<usize>, number: Option<usize>) -> Result<Vec<Value>> {
    let Some(size) = size.filter(|size| *size > 0) else { return Ok(items) };
    let first = number.unwrap_or_default().checked_mul(size);
    let first = first.ok_or_else(|| ApiError::bad_request("page and pageSize are too large"))?;
    Ok(items.into_iter().skip(first).take(size).collect())
}

pub(crate) async fn get(caller: Caller, Path(name): Path<String>) -> Result<Json<Value>> {
    caller.kube.get(&PROJECTS, Key { namespace: None, name: &name }).await.map(Json)
}

pub(crate) async fn delete(caller: Caller, Path(name): Path<String>) -> Result<StatusCode> {
    rest::delete(&caller.kube, &PROJECTS, Key { namespace: None, name: &name }).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages() {
        let items = || (0..5).map(Value::from).collect::<Vec<_>>();
        assert_eq!(page(items(), None, Some(3)).unwrap(), items());
        assert_eq!(page(items(), Some(2), None).unwrap(), [json!(0), json!(1)]);
        assert_eq!(page(items(), Some(2), Some(2)).unwrap(), [json!(4)]);
        assert!(page(items(), Some(2), Some(9)).unwrap().is_empty());
        assert!(page(items(), Some(usize::MAX), Some(2)).is_err());
    }
}
