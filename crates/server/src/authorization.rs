//! Every route of the server with what it needs, in one sorted table. A path that is not here does not exist.

use std::convert::Infallible;

use api::{
    ClusterConfig, ClusterPromotionTask, Project, ProjectConfig, Promotion, PromotionTask, Stage,
    Warehouse,
};
use axum::Router;
use axum::extract::{DefaultBodyLimit, RawPathParams, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, patch, post, put};
use http::{Method, StatusCode};
use k8s_openapi::api::authorization::v1::ResourceAttributes;

use crate::error::{ApiError, Result};
use crate::operation::Operation;
use crate::request::Caller;
use crate::rest::*;
use crate::{App, rest, ui_files};

/// Seconds until a handler has to have answered; streams only have to have begun.
const ANSWER_WITHIN: std::time::Duration = std::time::Duration::from_secs(60);
const BODY_BYTES: usize = 1024 * 1024;
/// Manifests may be larger than other bodies.
const MANIFEST_BYTES: usize = 4 * 1024 * 1024;

/// The method of a route, in the order of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    Delete,
    Get,
    Patch,
    Post,
    Put,
}

impl Verb {
    fn of(method: &Method) -> Option<Self> {
        match method.as_str() {
            "DELETE" => Some(Self::Delete),
            "GET" | "HEAD" => Some(Self::Get),
            "PATCH" => Some(Self::Patch),
            "POST" => Some(Self::Post),
            "PUT" => Some(Self::Put),
            _ => None,
        }
    }

    /// The method as HTTP writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Get => "GET",
            Self::Patch => "PATCH",
            Self::Post => "POST",
            Self::Put => "PUT",
        }
    }
}

/// One permission in Kubernetes' terms. `name` is the path parameter that names the object, if one does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    pub group: &'static str,
    pub verb: &'static str,
    pub resource: &'static str,
    pub name: Option<&'static str>,
}

/// What a caller needs for a route.
#[derive(Clone, Copy, Debug)]
pub enum Access {
    /// Nothing, not even an identity.
    Public,
    /// An identity; the answer holds nothing about any object.
    Identified,
    /// The handler only acts through the caller's own client, so Kubernetes enforces these.
    AsCaller(&'static [Rule]),
    /// Asked of Kubernetes before the handler runs: the verb is ours, or the answer comes from shared watches.
    Reviewed(&'static [Rule]),
    /// The objects are in the body; everything about them is done as the caller.
    InBody,
}

/// One operation of the REST API.
pub struct Route {
    pub path: &'static str,
    pub verb: Verb,
    pub operation: Operation,
    pub access: Access,
    handler: fn() -> MethodRouter<App>,
}

const fn route(
    path: &'static str,
    verb: Verb,
    operation: Operation,
    access: Access,
    handler: fn() -> MethodRouter<App>,
) -> Route {
    Route { path, verb, operation, access, handler }
}

const fn rule(verb: &'static str, resource: &'static str) -> Rule {
    Rule { group: api::GROUP, verb, resource, name: None }
}

const fn on(verb: &'static str, resource: &'static str, name: &'static str) -> Rule {
    Rule { group: api::GROUP, verb, resource, name: Some(name) }
}

/// As [`rule`], on a kind of Kubernetes itself.
const fn core(verb: &'static str, resource: &'static str) -> Rule {
    Rule { group: "", verb, resource, name: None }
}

use Access::{AsCaller, Identified, InBody, Public, Reviewed};
use Verb::{Delete, Get, Patch, Post, Put};

/// What the Board and its stream are made of.
pub(crate) const BOARD: &[Rule] = &[
    rule("list", "freights"),
    rule("list", "promotions"),
    rule("list", "stages"),
    rule("list", "warehouses"),
];

/// Every route, sorted by path and method.
#[rustfmt::skip]
pub static ROUTES: &[Route] = &[
    route("/v1beta1/login", Post, login::LOGIN, Public, || post(login::login)),
    route("/v1beta1/openapi.json", Get, openapi::GET, Public, || get(openapi::get)),
    route("/v1beta1/projects", Get, projects::LIST, AsCaller(&[rule("list", "projects")]), || get(projects::list)),
    route("/v1beta1/projects/{project}", Delete, projects::DELETE, AsCaller(&[on("delete", "projects", "project")]), || delete(objects::delete::<Project>)),
    route("/v1beta1/projects/{project}", Get, projects::GET, AsCaller(&[on("get", "projects", "project")]), || get(objects::get::<Project>)),
    route("/v1beta1/projects/{project}/config", Delete, project_config::DELETE, AsCaller(&[rule("delete", "projectconfigs")]), || delete(objects::delete::<ProjectConfig>)),
    route("/v1beta1/projects/{project}/config", Get, project_config::GET, AsCaller(&[rule("get", "projectconfigs")]), || get(objects::get::<ProjectConfig>)),
    route("/v1beta1/projects/{project}/config/refresh", Post, project_config::REFRESH, AsCaller(&[rule("patch", "projectconfigs")]), || post(objects::refresh::<ProjectConfig>)),
    route("/v1beta1/projects/{project}/configmaps", Get, config_maps::lists("ListProjectConfigMaps"), AsCaller(&[core("list", "configmaps")]), || get(config_maps::list)),
    route("/v1beta1/projects/{project}/configmaps", Post, config_maps::creates("CreateProjectConfigMap"), AsCaller(&[core("create", "configmaps")]), || post(config_maps::create)),
    route("/v1beta1/projects/{project}/configmaps/{configmap}", Delete, config_maps::deletes("DeleteProjectConfigMap"), AsCaller(&[core("delete", "configmaps")]), || delete(config_maps::delete)),
    route("/v1beta1/projects/{project}/configmaps/{configmap}", Get, config_maps::gets("GetProjectConfigMap"), AsCaller(&[core("get", "configmaps")]), || get(config_maps::get)),
    route("/v1beta1/projects/{project}/configmaps/{configmap}", Patch, config_maps::patches("PatchProjectConfigMap"), AsCaller(&[core("get", "configmaps"), core("update", "configmaps")]), || patch(config_maps::patch)),
    route("/v1beta1/projects/{project}/configmaps/{configmap}", Put, config_maps::updates("UpdateProjectConfigMap"), AsCaller(&[core("get", "configmaps"), core("update", "configmaps")]), || put(config_maps::update)),
    route("/v1beta1/projects/{project}/events", Get, events::LIST, AsCaller(&[core("list", "events")]), || get(events::list)),
    route("/v1beta1/projects/{project}/freight", Get, freight::QUERY, AsCaller(&[rule("list", "freights"), rule("list", "stages")]), || get(freight::query)),
    route("/v1beta1/projects/{project}/freight/{freight-name-or-alias}", Delete, freight::DELETE, AsCaller(&[rule("get", "freights"), rule("list", "freights"), rule("delete", "freights")]), || delete(freight::delete)),
    route("/v1beta1/projects/{project}/freight/{freight-name-or-alias}", Get, freight::GET, AsCaller(&[rule("get", "freights"), rule("list", "freights")]), || get(freight::get)),
    route("/v1beta1/projects/{project}/freight/{freight-name-or-alias}/alias", Patch, freight::RENAME, AsCaller(&[rule("get", "freights"), rule("list", "freights"), rule("patch", "freights")]), || patch(freight::rename)),
    route("/v1beta1/projects/{project}/freight/{freight-name-or-alias}/approve", Post, freight::APPROVE, AsCaller(&[rule("get", "freights"), rule("list", "freights"), rule("get", "stages"), rule("promote", "stages"), rule("patch", "freights/status")]), || post(freight::approve)),
    route("/v1beta1/projects/{project}/generic-credentials", Get, generic_credentials::lists("ListProjectGenericCredentials"), AsCaller(&[core("list", "secrets")]), || get(generic_credentials::list)),
    route("/v1beta1/projects/{project}/generic-credentials", Post, generic_credentials::creates("CreateProjectGenericCredentials"), AsCaller(&[core("create", "secrets")]), || post(generic_credentials::create)),
    route("/v1beta1/projects/{project}/generic-credentials/{generic-credentials}", Delete, generic_credentials::deletes("DeleteProjectGenericCredentials"), AsCaller(&[core("get", "secrets"), core("delete", "secrets")]), || delete(generic_credentials::delete)),
    route("/v1beta1/projects/{project}/generic-credentials/{generic-credentials}", Get, generic_credentials::gets("GetProjectGenericCredentials"), AsCaller(&[core("get", "secrets")]), || get(generic_credentials::get)),
    route("/v1beta1/projects/{project}/generic-credentials/{generic-credentials}", Patch, generic_credentials::patches("PatchProjectGenericCredentials"), AsCaller(&[core("get", "secrets"), core("update", "secrets")]), || patch(generic_credentials::patch)),
    route("/v1beta1/projects/{project}/generic-credentials/{generic-credentials}", Put, generic_credentials::updates("UpdateProjectGenericCredentials"), AsCaller(&[core("get", "secrets"), core("update", "secrets")]), || put(generic_credentials::update)),
    route("/v1beta1/projects/{project}/images", Get, images::LIST, AsCaller(&[rule("list", "stages")]), || get(images::list)),
    route("/v1beta1/projects/{project}/promotion-tasks", Get, promotion_tasks::LIST, AsCaller(&[rule("list", "promotiontasks")]), || get(objects::list::<PromotionTask>)),
    route("/v1beta1/projects/{project}/promotion-tasks/{promotion-task}", Get, promotion_tasks::GET, AsCaller(&[on("get", "promotiontasks", "promotion-task")]), || get(objects::get::<PromotionTask>)),
    route("/v1beta1/projects/{project}/promotions", Get, promotions::LIST, AsCaller(&[rule("list", "promotions")]), || get(objects::list::<Promotion>)),
    route("/v1beta1/projects/{project}/promotions/{promotion}", Get, promotions::GET, AsCaller(&[on("get", "promotions", "promotion")]), || get(objects::get::<Promotion>)),
    route("/v1beta1/projects/{project}/promotions/{promotion}/abort", Post, promotions::ABORT_PROMOTION, AsCaller(&[on("get", "promotions", "promotion"), on("patch", "promotions", "promotion")]), || post(promotions::abort)),
    route("/v1beta1/projects/{project}/promotions/{promotion}/refresh", Post, promotions::REFRESH, AsCaller(&[on("patch", "promotions", "promotion")]), || post(objects::refresh::<Promotion>)),
    route("/v1beta1/projects/{project}/repo-credentials", Get, repo_credentials::lists("ListProjectRepoCredentials"), AsCaller(&[core("list", "secrets")]), || get(repo_credentials::list)),
    route("/v1beta1/projects/{project}/repo-credentials", Post, repo_credentials::creates("CreateProjectRepoCredentials"), AsCaller(&[core("create", "secrets")]), || post(repo_credentials::create)),
    route("/v1beta1/projects/{project}/repo-credentials/{repo-credentials}", Delete, repo_credentials::deletes("DeleteProjectRepoCredentials"), AsCaller(&[core("get", "secrets"), core("delete", "secrets")]), || delete(repo_credentials::delete)),
    route("/v1beta1/projects/{project}/repo-credentials/{repo-credentials}", Get, repo_credentials::gets("GetProjectRepoCredentials"), AsCaller(&[core("get", "secrets")]), || get(repo_credentials::get)),
    route("/v1beta1/projects/{project}/repo-credentials/{repo-credentials}", Patch, repo_credentials::patches("PatchProjectRepoCredentials"), AsCaller(&[core("get", "secrets"), core("update", "secrets")]), || patch(repo_credentials::patch)),
    route("/v1beta1/projects/{project}/repo-credentials/{repo-credentials}", Put, repo_credentials::updates("UpdateProjectRepoCredentials"), AsCaller(&[core("get", "secrets"), core("update", "secrets")]), || put(repo_credentials::update)),
    route("/v1beta1/projects/{project}/stages", Get, stages::LIST, AsCaller(&[rule("list", "stages")]), || get(objects::list::<Stage>)),
    route("/v1beta1/projects/{project}/stages/{stage}", Delete, stages::DELETE, AsCaller(&[on("delete", "stages", "stage")]), || delete(objects::delete::<Stage>)),
    route("/v1beta1/projects/{project}/stages/{stage}", Get, stages::GET, AsCaller(&[on("get", "stages", "stage")]), || get(objects::get::<Stage>)),
    route("/v1beta1/projects/{project}/stages/{stage}/explain", Get, explain::STAGE, AsCaller(&[rule("list", "freights"), rule("list", "promotions"), rule("list", "stages")]), || get(explain::stage)),
    route("/v1beta1/projects/{project}/stages/{stage}/promotions", Post, promote::TO_STAGE, AsCaller(&[rule("list", "stages"), on("promote", "stages", "stage"), rule("get", "freights"), rule("list", "freights"), rule("create", "promotions")]), || post(promote::to_stage)),
    route("/v1beta1/projects/{project}/stages/{stage}/promotions/downstream", Post, promote::DOWNSTREAM, AsCaller(&[rule("list", "stages"), rule("promote", "stages"), rule("get", "freights"), rule("list", "freights"), rule("create", "promotions")]), || post(promote::downstream)),
    route("/v1beta1/projects/{project}/stages/{stage}/refresh", Post, stages::REFRESH, AsCaller(&[on("patch", "stages", "stage")]), || post(objects::refresh::<Stage>)),
    route("/v1beta1/projects/{project}/stages/{stage}/verification", Post, stages::REVERIFY_STAGE, AsCaller(&[on("get", "stages", "stage"), on("patch", "stages", "stage")]), || post(stages::reverify)),
    route("/v1beta1/projects/{project}/stages/{stage}/verification/abort", Post, stages::ABORT_VERIFICATION, AsCaller(&[on("get", "stages", "stage"), on("patch", "stages", "stage")]), || post(stages::abort_verification)),
    route("/v1beta1/projects/{project}/ui/board", Get, board::BOARD_OF_PROJECT, Reviewed(BOARD), || get(board::board)),
    route("/v1beta1/projects/{project}/ui/eligibility", Get, board::ELIGIBILITY, AsCaller(&[rule("list", "freights"), rule("list", "stages")]), || get(board::eligibility)),
    route("/v1beta1/projects/{project}/ui/permissions", Get, board::PERMISSIONS, AsCaller(&[rule("list", "stages")]), || get(board::permissions)),
    route("/v1beta1/projects/{project}/ui/stream", Get, board::STREAM, Reviewed(BOARD), || get(board::stream)),
    route("/v1beta1/projects/{project}/warehouses", Get, warehouses::LIST, AsCaller(&[rule("list", "warehouses")]), || get(objects::list::<Warehouse>)),
    route("/v1beta1/projects/{project}/warehouses/{warehouse}", Delete, warehouses::DELETE, AsCaller(&[on("delete", "warehouses", "warehouse")]), || delete(objects::delete::<Warehouse>)),
    route("/v1beta1/projects/{project}/warehouses/{warehouse}", Get, warehouses::GET, AsCaller(&[on("get", "warehouses", "warehouse")]), || get(objects::get::<Warehouse>)),
    route("/v1beta1/projects/{project}/warehouses/{warehouse}/refresh", Post, warehouses::REFRESH, AsCaller(&[on("patch", "warehouses", "warehouse")]), || post(objects::refresh::<Warehouse>)),
    route("/v1beta1/resources", Delete, resources::DELETE, InBody, || delete(resources::delete)),
    route("/v1beta1/resources", Post, resources::CREATE, InBody, || post(resources::create)),
    route("/v1beta1/resources", Put, resources::UPDATE, InBody, || put(resources::update)),
    route("/v1beta1/shared/cluster-promotion-tasks", Get, promotion_tasks::LIST_CLUSTER, AsCaller(&[rule("list", "clusterpromotiontasks")]), || get(objects::list::<ClusterPromotionTask>)),
    route("/v1beta1/shared/cluster-promotion-tasks/{cluster-promotion-task}", Get, promotion_tasks::GET_CLUSTER, AsCaller(&[on("get", "clusterpromotiontasks", "cluster-promotion-task")]), || get(objects::get::<ClusterPromotionTask>)),
    route("/v1beta1/shared/configmaps", Get, config_maps::lists("ListSharedConfigMaps"), AsCaller(&[core("list", "configmaps")]), || get(config_maps::list)),
    route("/v1beta1/shared/configmaps", Post, config_maps::creates("CreateSharedConfigMap"), AsCaller(&[core("create", "configmaps")]), || post(config_maps::create)),
    route("/v1beta1/shared/configmaps/{configmap}", Delete, config_maps::deletes("DeleteSharedConfigMap"), AsCaller(&[core("delete", "configmaps")]), || delete(config_maps::delete)),
    route("/v1beta1/shared/configmaps/{configmap}", Get, config_maps::gets("GetSharedConfigMap"), AsCaller(&[core("get", "configmaps")]), || get(config_maps::get)),
    route("/v1beta1/shared/configmaps/{configmap}", Patch, config_maps::patches("PatchSharedConfigMap"), AsCaller(&[core("get", "configmaps"), core("update", "configmaps")]), || patch(config_maps::patch)),
    route("/v1beta1/shared/configmaps/{configmap}", Put, config_maps::updates("UpdateSharedConfigMap"), AsCaller(&[core("get", "configmaps"), core("update", "configmaps")]), || put(config_maps::update)),
    route("/v1beta1/shared/generic-credentials", Get, generic_credentials::lists("ListSharedGenericCredentials"), AsCaller(&[core("list", "secrets")]), || get(generic_credentials::list)),
    route("/v1beta1/shared/generic-credentials", Post, generic_credentials::creates("CreateSharedGenericCredentials"), AsCaller(&[core("create", "secrets")]), || post(generic_credentials::create)),
    route("/v1beta1/shared/generic-credentials/{generic-credentials}", Delete, generic_credentials::deletes("DeleteSharedGenericCredentials"), AsCaller(&[core("get", "secrets"), core("delete", "secrets")]), || delete(generic_credentials::delete)),
    route("/v1beta1/shared/generic-credentials/{generic-credentials}", Get, generic_credentials::gets("GetSharedGenericCredentials"), AsCaller(&[core("get", "secrets")]), || get(generic_credentials::get)),
    route("/v1beta1/shared/generic-credentials/{generic-credentials}", Patch, generic_credentials::patches("PatchSharedGenericCredentials"), AsCaller(&[core("get", "secrets"), core("update", "secrets")]), || patch(generic_credentials::patch)),
    route("/v1beta1/shared/generic-credentials/{generic-credentials}", Put, generic_credentials::updates("UpdateSharedGenericCredentials"), AsCaller(&[core("get", "secrets"), core("update", "secrets")]), || put(generic_credentials::update)),
    route("/v1beta1/shared/repo-credentials", Get, repo_credentials::lists("ListSharedRepoCredentials"), AsCaller(&[core("list", "secrets")]), || get(repo_credentials::list)),
    route("/v1beta1/shared/repo-credentials", Post, repo_credentials::creates("CreateSharedRepoCredentials"), AsCaller(&[core("create", "secrets")]), || post(repo_credentials::create)),
    route("/v1beta1/shared/repo-credentials/{repo-credentials}", Delete, repo_credentials::deletes("DeleteSharedRepoCredentials"), AsCaller(&[core("get", "secrets"), core("delete", "secrets")]), || delete(repo_credentials::delete)),
    route("/v1beta1/shared/repo-credentials/{repo-credentials}", Get, repo_credentials::gets("GetSharedRepoCredentials"), AsCaller(&[core("get", "secrets")]), || get(repo_credentials::get)),
    route("/v1beta1/shared/repo-credentials/{repo-credentials}", Patch, repo_credentials::patches("PatchSharedRepoCredentials"), AsCaller(&[core("get", "secrets"), core("update", "secrets")]), || patch(repo_credentials::patch)),
    route("/v1beta1/shared/repo-credentials/{repo-credentials}", Put, repo_credentials::updates("UpdateSharedRepoCredentials"), AsCaller(&[core("get", "secrets"), core("update", "secrets")]), || put(repo_credentials::update)),
    route("/v1beta1/system/cluster-config", Delete, cluster_config::DELETE, AsCaller(&[rule("delete", "clusterconfigs")]), || delete(objects::delete::<ClusterConfig>)),
    route("/v1beta1/system/cluster-config", Get, cluster_config::GET, AsCaller(&[rule("get", "clusterconfigs")]), || get(objects::get::<ClusterConfig>)),
    route("/v1beta1/system/cluster-config/refresh", Post, cluster_config::REFRESH, AsCaller(&[rule("patch", "clusterconfigs")]), || post(objects::refresh::<ClusterConfig>)),
    route("/v1beta1/system/configmaps", Get, config_maps::lists("ListSystemConfigMaps"), AsCaller(&[core("list", "configmaps")]), || get(config_maps::list)),
    route("/v1beta1/system/configmaps", Post, config_maps::creates("CreateSystemConfigMap"), AsCaller(&[core("create", "configmaps")]), || post(config_maps::create)),
    route("/v1beta1/system/configmaps/{configmap}", Delete, config_maps::deletes("DeleteSystemConfigMap"), AsCaller(&[core("delete", "configmaps")]), || delete(config_maps::delete)),
    route("/v1beta1/system/configmaps/{configmap}", Get, config_maps::gets("GetSystemConfigMap"), AsCaller(&[core("get", "configmaps")]), || get(config_maps::get)),
    route("/v1beta1/system/configmaps/{configmap}", Patch, config_maps::patches("PatchSystemConfigMap"), AsCaller(&[core("get", "configmaps"), core("update", "configmaps")]), || patch(config_maps::patch)),
    route("/v1beta1/system/configmaps/{configmap}", Put, config_maps::updates("UpdateSystemConfigMap"), AsCaller(&[core("get", "configmaps"), core("update", "configmaps")]), || put(config_maps::update)),
    route("/v1beta1/system/generic-credentials", Get, generic_credentials::lists("ListSystemGenericCredentials"), AsCaller(&[core("list", "secrets")]), || get(generic_credentials::list)),
    route("/v1beta1/system/generic-credentials", Post, generic_credentials::creates("CreateSystemGenericCredentials"), AsCaller(&[core("create", "secrets")]), || post(generic_credentials::create)),
    route("/v1beta1/system/generic-credentials/{generic-credentials}", Delete, generic_credentials::deletes("DeleteSystemGenericCredentials"), AsCaller(&[core("get", "secrets"), core("delete", "secrets")]), || delete(generic_credentials::delete)),
    route("/v1beta1/system/generic-credentials/{generic-credentials}", Get, generic_credentials::gets("GetSystemGenericCredentials"), AsCaller(&[core("get", "secrets")]), || get(generic_credentials::get)),
    route("/v1beta1/system/generic-credentials/{generic-credentials}", Patch, generic_credentials::patches("PatchSystemGenericCredentials"), AsCaller(&[core("get", "secrets"), core("update", "secrets")]), || patch(generic_credentials::patch)),
    route("/v1beta1/system/generic-credentials/{generic-credentials}", Put, generic_credentials::updates("UpdateSystemGenericCredentials"), AsCaller(&[core("get", "secrets"), core("update", "secrets")]), || put(generic_credentials::update)),
    route("/v1beta1/system/public-server-config", Get, system::PUBLIC_CONFIG, Public, || get(system::public_config)),
    route("/v1beta1/system/server-config", Get, system::CONFIG, Identified, || get(system::config)),
    route("/v1beta1/system/server-version", Get, system::VERSION, Identified, || get(system::version)),
    route("/v1beta1/ui/session", Delete, session::END, Public, || delete(session::end)),
    route("/v1beta1/ui/session", Get, session::CURRENT, Identified, || get(session::current)),
    route("/v1beta1/ui/session", Post, session::START, Public, || post(session::start)),
];

/// Whether a path may be asked without an identity. Public paths hold no parameters.
pub(crate) fn is_public(method: &Method, path: &str) -> bool {
    let verb = Verb::of(method);
    ROUTES.iter().any(|route| {
        matches!(route.access, Public) && route.path == path && Some(route.verb) == verb
    })
}

/// The router made of the table.
pub(crate) fn routes(app: &App) -> Router {
    let mut router = Router::new();
    for entry in ROUTES {
        let limit = if matches!(entry.access, InBody) { MANIFEST_BYTES } else { BODY_BYTES };
        let gate = middleware::from_fn_with_state((app.clone(), entry), pass);
        let limit = DefaultBodyLimit::max(limit);
        let handler = (entry.handler)().layer::<_, Infallible>(gate).layer::<_, Infallible>(limit);
        router = router.route(entry.path, handler);
    }
    router
        .method_not_allowed_fallback(method_not_allowed)
        .route("/healthz", get(rest::healthy))
        .fallback(ui_files::serve)
        .with_state(app.clone())
}

async fn method_not_allowed() -> ApiError {
    ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "this path has no such method")
}

/// Runs before each handler: asks for reviewed permissions, checks that the Project exists, bounds the time.
async fn pass(
    State((app, route)): State<(App, &'static Route)>,
    parameters: RawPathParams,
    request: Request,
    next: Next,
) -> Response {
    let answer = async move {
        let (mut parts, body) = request.into_parts();
        parts.extensions.insert(&route.operation);
        if !matches!(route.access, Public) {
            let caller = <Caller as axum::extract::FromRequestParts<App>>::from_request_parts(
                &mut parts, &app,
            )
            .await?;
            project_exists(&app, &parameters).await?;
            if let Reviewed(rules) = route.access {
                review(&caller, rules, &parameters).await?;
            }
        }
        Ok::<_, ApiError>(next.run(Request::from_parts(parts, body)).await)
    };
    match tokio::time::timeout(ANSWER_WITHIN, answer).await {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => error.into_response(),
        Err(_) => {
            let seconds = ANSWER_WITHIN.as_secs();
            let message = format!("no answer within {seconds} s; what was begun may still happen");
            ApiError::new(StatusCode::GATEWAY_TIMEOUT, message).into_response()
        }
    }
}

fn parameter<'a>(parameters: &'a RawPathParams, name: &str) -> Option<&'a str> {
    parameters.iter().find(|(key, _)| *key == name).map(|(_, value)| value)
}

async fn project_exists(app: &App, parameters: &RawPathParams) -> Result<()> {
    let Some(name) = parameter(parameters, "project") else { return Ok(()) };
    let key = crate::kubernetes::Key { namespace: None, name };
    app.own.get(&crate::kubernetes::PROJECTS, key).await.map(|_| ())
}

async fn review(caller: &Caller, rules: &[Rule], parameters: &RawPathParams) -> Result<()> {
    for rule in rules {
        let name = rule.name.and_then(|name| parameter(parameters, name));
        demand(caller, rule.verb, rule.resource, parameter(parameters, "project"), name).await?;
    }
    Ok(())
}

/// Refuses unless the caller may use a verb on a Kargo resource.
pub(crate) async fn demand(
    caller: &Caller,
    verb: &str,
    resource: &str,
    namespace: Option<&str>,
    name: Option<&str>,
) -> Result<()> {
    let attributes = ResourceAttributes {
        group: Some("kargo.akuity.io".into()),
        version: Some("v1alpha1".into()),
        resource: Some(resource.to_owned()),
        verb: Some(verb.to_owned()),
        namespace: namespace.map(str::to_owned),
        name: name.map(str::to_owned),
        ..ResourceAttributes::default()
    };
    if caller.kube.may(attributes).await? {
        return Ok(());
    }
    let object = name.map(|name| format!(" {name:?}")).unwrap_or_default();
    let place = namespace.map(|name| format!(" in project {name:?}")).unwrap_or_default();
    let actor = caller.identity.actor();
    Err(ApiError::forbidden(format!("{actor:?} may not {verb} {resource}{object}{place}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_has_no_twins() {
        let keys: Vec<_> = ROUTES.iter().map(|route| (route.path, route.verb)).collect();
        let mut sorted = keys.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(keys, sorted);
    }

    #[test]
    fn rules_name_parameters_of_their_path() {
        for route in ROUTES {
            let (AsCaller(rules) | Reviewed(rules)) = route.access else { continue };
            assert!(!rules.is_empty(), "{}", route.path);
            for name in rules.iter().filter_map(|rule| rule.name) {
                assert!(route.path.contains(&format!("{{{name}}}")), "{} {name}", route.path);
            }
        }
    }

    #[test]
    fn public_paths_hold_no_parameters() {
        for route in ROUTES.iter().filter(|route| matches!(route.access, Public)) {
            assert!(!route.path.contains('{'), "{}", route.path);
        }
    }
}
