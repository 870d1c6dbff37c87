//! `/v1beta1/projects`: the Projects there are.

use api::Project;
use api::rest::ProjectList;
use axum::Json;
use serde_json::{Value, json};

use crate::error::{ApiError, Result};
use crate::kubernetes::{PROJECTS, Resource};
use crate::operation::{Operation, Query, operation};
use crate::request::{Caller, Parameters};
use crate::rest::objects::{Kind, Name};

impl Kind for Project {
    const RESOURCE: Resource = PROJECTS;
    const NAME: Name = Name::Parameter("project");
}

const FILTER: Query = Query::text("filter", "Only Projects whose name contains this.");
const MINE: Query = Query::flag("mine", "Accepted and ignored: every answer is what you may see.");
const PAGE: Query = Query::number("page", "Which page, from 0.");
const PAGE_SIZE: Query = Query::number("pageSize", "How many on a page; all when absent.");
const UID: Query = Query::list("uid", "Only Projects with one of these uids.");

pub(crate) const DELETE: Operation =
    operation("DeleteProject", "Delete a Project and everything in it.").answers_nothing();
pub(crate) const GET: Operation = operation("GetProject", "One Project.").answers::<Project>();
pub(crate) const LIST: Operation = operation("ListProjects", "The Projects there are, by name.")
    .query(&[MINE, FILTER, UID, PAGE_SIZE, PAGE])
    .answers::<ProjectList>();

pub(crate) async fn list(caller: Caller, parameters: Parameters) -> Result<Json<Value>> {
    let mut list = caller.kube.list(&PROJECTS, None, None).await?;
    let filter = parameters.get(FILTER).unwrap_or_default().to_lowercase();
    let uids = parameters.list(UID);
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
    let page = page(items, parameters.number(PAGE_SIZE)?, parameters.number(PAGE)?)?;
    Ok(Json(json!({ "items": page, "total": total })))
}

fn page(items: Vec<Value>, size: Option<usize>, number: Option<usize>) -> Result<Vec<Value>> {
    let Some(size) = size.filter(|size| *size > 0) else { return Ok(items) };
    let first = number.unwrap_or_default().checked_mul(size);
    let first = first.ok_or_else(|| ApiError::bad_request("page and pageSize are too large"))?;
    Ok(items.into_iter().skip(first).take(size).collect())
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
