//! `…/freight`: query, get by name or alias, watch, rename, approve and delete.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::{Value, json};

use api::rest::{FreightGroup, FreightGroups};
use api::{Freight, Stage, labels};
use rules::freight_availability::{self, Asking};

use crate::App;
use crate::authorization::demand;
use crate::error::{ApiError, Result};
use crate::kubernetes::{FREIGHT, Key, Kubernetes, STAGES, WatchTarget, decode, valid_name};
use crate::operation::{Operation, Query, operation};
use crate::request::{Caller, Parameters};
use crate::watch;

const GROUP: Query = Query::text("group", "Only the group of this repository; needs `groupBy`.");
const GROUP_BY: Query = Query::word(
    "groupBy",
    &["image_repo", "git_repo", "chart_repo"],
    "Group by repository; everything is in one group when absent.",
);
const NEW_ALIAS: Query = Query::text("newAlias", "The alias it gets.").required();
const ORDER_BY: Query = Query::word(
    "orderBy",
    &["first_seen", "tag"],
    "By age, or by the tag of the first image or the version of the first chart.",
);
const ORIGINS: Query = Query::list("origins", "Only Freight of one of these Warehouses.");
const REVERSE: Query = Query::flag("reverse", "Newest, or highest, first.");
const STAGE: Query = Query::text("stage", "Only Freight that may be promoted to this Stage now.");
const STAGE_TO_APPROVE: Query = Query::text("stage", "The Stage it is approved for.").required();

pub(crate) const APPROVE: Operation =
    operation("ApproveFreight", "Let Freight go to a Stage without what it would need upstream.")
        .query(&[STAGE_TO_APPROVE]);
pub(crate) const DELETE: Operation =
    operation("DeleteFreight", "Delete a piece of Freight.").answers_nothing();
pub(crate) const GET: Operation =
    operation("GetFreight", "A piece of Freight, by name or alias.").answers::<Freight>();
pub(crate) const QUERY: Operation = operation("QueryFreightsRest", "Freight of a Project.")
    .query(&[STAGE, ORIGINS, GROUP, GROUP_BY, ORDER_BY, REVERSE])
    .answers::<FreightGroups>()
    .watched::<Freight>();
pub(crate) const RENAME: Operation =
    operation("PatchFreightAlias", "Give Freight another alias.").query(&[NEW_ALIAS]);

pub(crate) async fn query(
    State(app): State<App>,
    caller: Caller,
    Path(project): Path<String>,
    parameters: Parameters,
) -> Result<Response> {
    let origins: Vec<String> = parameters.list(ORIGINS).into_iter().map(str::to_owned).collect();
    if parameters.watched() {
        let target = WatchTarget { resource: FREIGHT, namespace: Some(project), name: None };
        let filter: Option<watch::Filter> = if origins.is_empty() {
            None
        } else {
            Some(Box::new(move |freight| {
                let name = freight.pointer("/origin/name").and_then(Value::as_str);
                name.is_some_and(|name| origins.iter().any(|origin| origin == name))
            }))
        };
        return watch::stream(&app, caller.kube, target, &parameters, filter).await;
    }
    let grouping = Grouping::of(&parameters)?;
    let (mut freight, version) =
        caller.kube.read_all::<Freight>(&FREIGHT, Some(&project), None).await?;
    let mut resource_version = Some(version);
    if let Some(stage) = parameters.get(STAGE) {
        let available = available(&app, &caller.kube, &project, stage, freight).await?;
        freight = available;
        resource_version = None;
    } else if !origins.is_empty() {
        freight.retain(|piece| origins.contains(&piece.origin.name));
    }
    let groups = grouping.apply(freight);
    Ok(Json(FreightGroups { groups, resource_version }).into_response())
}

/// The pieces of Freight that may be promoted to a Stage now.
async fn available(
    app: &App,
    kube: &Kubernetes,
    project: &str,
    stage: &str,
    freight: Vec<Freight>,
) -> Result<Vec<Freight>> {
    let (stages, _) = kube.read_all::<Stage>(&STAGES, Some(project), None).await?;
    let found = stages.iter().find(|found| found.metadata.name.as_deref() == Some(stage));
    let found = found.ok_or_else(|| missing("Stage", stage, project))?;
    let control_flow = freight_availability::control_flow_names(&stages);
    let now = app.config.clock.now();
    let asking = Asking { stage: found, control_flow: &control_flow, now };
    let kept = freight_availability::available(asking, &freight).cloned().collect();
    Ok(kept)
}

pub(crate) fn missing(kind: &str, name: &str, project: &str) -> ApiError {
    ApiError::not_found(format!("{kind} {name:?} not found in project {project:?}"))
}

/// How a query wants its answer grouped and sorted.
struct Grouping {
    by: GroupBy,
    only: Option<String>,
    by_tag: bool,
    reverse: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum GroupBy {
    Nothing,
    Image,
    Git,
    Chart,
}

impl Grouping {
    fn of(parameters: &Parameters) -> Result<Self> {
        let by = match parameters.word(GROUP_BY)? {
            Some("image_repo") => GroupBy::Image,
            Some("git_repo") => GroupBy::Git,
            Some(_) => GroupBy::Chart,
            None => GroupBy::Nothing,
        };
        let only = parameters.get(GROUP).map(str::to_owned);
        if only.is_some() && by == GroupBy::Nothing {
            return Err(ApiError::bad_request("group needs groupBy"));
        }
        let by_tag = parameters.word(ORDER_BY)? == Some("tag");
        Ok(Self { by, only, by_tag, reverse: parameters.flag(REVERSE) })
    }

    fn apply(&self, freight: Vec<Freight>) -> BTreeMap<String, FreightGroup> {
        let mut groups: BTreeMap<String, FreightGroup> = BTreeMap::new();
        if self.by == GroupBy::Nothing {
            groups.insert(String::new(), FreightGroup { items: freight });
        } else {
            for piece in freight {
                for key in self.keys(&piece) {
                    if self.only.as_ref().is_none_or(|only| *only == key) {
                        groups.entry(key).or_default().items.push(piece.clone());
                    }
                }
            }
        }
        for group in groups.values_mut() {
            group.items.sort_by(|a, b| if self.by_tag { by_tag(a, b) } else { by_age(a, b) });
            if self.reverse {
                group.items.reverse();
            }
        }
        groups
    }

    /// The repositories a piece belongs to, each once.
    fn keys(&self, freight: &Freight) -> Vec<String> {
        let mut keys: Vec<String> = match self.by {
            GroupBy::Nothing => Vec::new(),
            GroupBy::Image => freight.images.iter().filter_map(|i| i.repo_url.clone()).collect(),
            GroupBy::Git => freight.commits.iter().filter_map(|c| c.repo_url.clone()).collect(),
            GroupBy::Chart => freight.charts.iter().map(chart_key).collect(),
        };
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

fn chart_key(chart: &api::Chart) -> String {
    let parts = [chart.repo_url.as_deref(), chart.name.as_deref()];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("/")
}

fn by_age(a: &Freight, b: &Freight) -> Ordering {
    let found = |freight: &Freight| {
        let time = freight.discovered_at.as_ref().or(freight.metadata.creation_timestamp.as_ref());
        time.map(|time| time.0)
    };
    found(a).cmp(&found(b)).then_with(|| a.metadata.name.cmp(&b.metadata.name))
}

/// By the tag of the first image, else the version of the first chart, where both are of the same repository.
fn by_tag(a: &Freight, b: &Freight) -> Ordering {
    let (left, right) = (first_tag(a), first_tag(b));
    match (left, right) {
        (Some((repository, left)), Some((other, right))) if repository == other => {
            match (semantic(&left), semantic(&right)) {
                (Some(left), Some(right)) => left.cmp(&right),
                _ => left.cmp(&right),
            }
        }
        _ => by_age(a, b),
    }
}

fn first_tag(freight: &Freight) -> Option<(String, String)> {
    let image = freight.images.first();
    let image = image.map(|i| (i.repo_url.clone().unwrap_or_default(), i.tag.clone()));
    let chart = || freight.charts.first().map(|chart| (chart_key(chart), chart.version.clone()));
    image.or_else(chart).map(|(repository, tag)| (repository, tag.unwrap_or_default()))
}

fn semantic(tag: &str) -> Option<expressions::semver::Version> {
    expressions::semver::Version::parse(tag).ok()
}

/// Finds Freight by its name, else by its alias.
pub(crate) async fn find(kube: &Kubernetes, project: &str, name: &str) -> Result<Value> {
    let key = Key { namespace: Some(project), name };
    if let Some(object) = kube.find(&FREIGHT, key).await? {
        return Ok(object);
    }
    find_by_alias(kube, project, name).await
}

pub(crate) async fn find_by_alias(kube: &Kubernetes, project: &str, alias: &str) -> Result<Value> {
    let selector = format!("{}={}", labels::ALIAS, valid_name(alias)?);
    let mut list = kube.list(&FREIGHT, Some(project), Some(&selector)).await?;
    let first = list.pointer_mut("/items/0").map(Value::take);
    first.ok_or_else(|| missing("Freight", alias, project))
}

pub(crate) async fn get(
    caller: Caller,
    Path((project, name)): Path<(String, String)>,
) -> Result<Json<Value>> {
    find(&caller.kube, &project, &name).await.map(Json)
}

pub(crate) async fn delete(
    caller: Caller,
    Path((project, name)): Path<(String, String)>,
) -> Result<StatusCode> {
    let freight: Freight = decode(find(&caller.kube, &project, &name).await?)?;
    let name = freight.metadata.name.unwrap_or_default();
    caller.kube.delete(&FREIGHT, Key { namespace: Some(&project), name: &name }).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Gives Freight another alias.
pub(crate) async fn rename(
    caller: Caller,
    Path((project, name)): Path<(String, String)>,
    parameters: Parameters,
) -> Result<StatusCode> {
    let alias = parameters.get(NEW_ALIAS);
    let alias = alias.ok_or_else(|| ApiError::bad_request("newAlias must be given"))?;
    let freight: Freight = decode(find(&caller.kube, &project, &name).await?)?;
    if let Ok(other) = find_by_alias(&caller.kube, &project, alias).await
        && decode::<Freight>(other)?.metadata.name != freight.metadata.name
    {
        let message = format!("alias {alias:?} is already used by another piece of Freight");
        return Err(ApiError::new(StatusCode::CONFLICT, message));
    }
    let name = freight.metadata.name.unwrap_or_default();
    let patch = json!({ "alias": alias, "metadata": { "labels": { labels::ALIAS: alias } } });
    let key = Key { namespace: Some(&project), name: &name };
    caller.kube.merge(&FREIGHT, key, None, &patch).await?;
    Ok(StatusCode::OK)
}

/// Lets Freight go to a Stage without verification and soaking upstream.
pub(crate) async fn approve(
    State(app): State<App>,
    caller: Caller,
    Path((project, name)): Path<(String, String)>,
    parameters: Parameters,
) -> Result<StatusCode> {
    let stage = parameters.get(STAGE_TO_APPROVE);
    let stage = stage.ok_or_else(|| ApiError::bad_request("stage query parameter is required"))?;
    let freight: Freight = decode(find(&caller.kube, &project, &name).await?)?;
    let key = Key { namespace: Some(&project), name: stage };
    let found: Stage = caller.kube.read(&STAGES, key).await?;
    demand(&caller, "promote", "stages", Some(&project), Some(stage)).await?;
    if freight_availability::request_for(&found, &freight).is_none() {
        let origin = &freight.origin;
        let message = format!("Stage {stage:?} does not request Freight from origin \"{origin}\"");
        return Err(ApiError::bad_request(message));
    }
    let approved = freight.status.as_ref().is_some_and(|s| s.approved_for.contains_key(stage));
    if approved {
        return Ok(StatusCode::OK);
    }
    let now = api::Time(app.config.clock.now());
    let patch = json!({ "status": { "approvedFor": { stage: { "approvedAt": now } } } });
    let name = freight.metadata.name.unwrap_or_default();
    let key = Key { namespace: Some(&project), name: &name };
    caller.kube.merge(&FREIGHT, key, Some("status"), &patch).await?;
    Ok(StatusCode::OK)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn freight(name: &str, repository: &str, tag: &str, second: i64) -> Freight {
        let image = api::Image {
            repo_url: Some(repository.into()),
            tag: Some(tag.into()),
            ..api::Image::default()
        };
        let mut freight = Freight { images: vec![image], ..Freight::default() };
        freight.metadata.name = Some(name.into());
        let found = jiff::Timestamp::from_second(second).unwrap();
        freight.discovered_at = Some(api::Time(found));
        freight
    }

    fn names(grouping: &Grouping, freight: Vec<Freight>) -> Vec<(String, Vec<String>)> {
        let groups = grouping.apply(freight).into_iter();
        groups
            .map(|(key, group)| {
                let names = group.items.into_iter().filter_map(|f| f.metadata.name).collect();
                (key, names)
            })
            .collect()
    }

    #[test]
    fn by_age_and_reversed() {
        let list = || vec![freight("b", "r", "2", 20), freight("a", "r", "1", 30)];
        let mut grouping =
            Grouping { by: GroupBy::Nothing, only: None, by_tag: false, reverse: false };
        assert_eq!(names(&grouping, list()), [(String::new(), vec!["b".into(), "a".into()])]);
        grouping.reverse = true;
        assert_eq!(names(&grouping, list()), [(String::new(), vec!["a".into(), "b".into()])]);
    }

    #[test]
    fn versions_sort_as_versions_within_their_repository() {
        let list = vec![
            freight("x", "one", "1.10.0", 1),
            freight("y", "one", "1.9.0", 2),
            freight("z", "two", "0.1.0", 3),
        ];
        let grouping = Grouping { by: GroupBy::Image, only: None, by_tag: true, reverse: false };
        let expected = [
            ("one".to_owned(), vec!["y".to_owned(), "x".to_owned()]),
            ("two".to_owned(), vec!["z".to_owned()]),
        ];
        assert_eq!(names(&grouping, list), expected);
    }
}
