//! What is served: health, version, groups and resources.
use crate::registry::Registry;
use crate::reply;
use crate::resource::{Resource, api_version};
use crate::server::Server;
use crate::status::Status;
use axum::response::Response;
use http::request::Parts;
use http::{HeaderValue, Method, header};
use serde_json::{Value, json};
use std::sync::Arc;

const VERBS: [&str; 8] =
    ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];
const AGGREGATED: &str = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
/// The Kubernetes minor version whose behaviour is offered.
const MINOR: &str = "33";

impl Server {
    /// Answers everything that is not about objects.
    pub(crate) fn describe(&self, registry: &Registry, parts: &Parts) -> Result<Response, Status> {
        if parts.method != Method::GET && parts.method != Method::HEAD {
            return Err(Status::no_such_resource());
        }
        let path = parts.uri.path().trim_end_matches('/');
        let accept = parts.headers.get(header::ACCEPT).and_then(|value| value.to_str().ok());
        let aggregated =
            accept.is_some_and(|accept| accept.contains("v=v2;as=APIGroupDiscoveryList"));
        let segments: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        match segments.as_slice() {
            ["healthz" | "livez" | "readyz"] => Ok(reply::text("ok")),
            ["version"] => Ok(reply::json(200, &version())),
            ["api"] if aggregated => Ok(groups_in_full(registry, true)),
            ["apis"] if aggregated => Ok(groups_in_full(registry, false)),
            ["api"] => Ok(reply::json(
                200,
                &json!({
                    "kind": "APIVersions", "versions": ["v1"], "serverAddressByClientCIDRs": [],
                }),
            )),
            ["apis"] => Ok(reply::json(200, &group_list(registry))),
            ["api", version] => resource_list(registry, "", version),
            ["apis", name] => group(registry, name)
                .map(|group| reply::json(200, &group))
                .ok_or_else(Status::no_such_resource),
            ["apis", group, version] => resource_list(registry, group, version),
            ["openapi", "v3", rest @ ..] => crate::openapi::answer(registry, rest),
            [""] => Ok(reply::json(
                200,
                &json!({"paths": [
                    "/api", "/api/v1", "/apis", "/healthz", "/livez", "/openapi/v3", "/readyz", "/version",
                ]}),
            )),
            _ => Err(Status::no_such_resource()),
        }
    }
}

fn version() -> Value {
    json!({
        "major": "1", "minor": MINOR,
        "gitVersion": format!("v1.{MINOR}.0+embedded-kube.{}", env!("CARGO_PKG_VERSION")),
        "gitCommit": "", "gitTreeState": "clean", "buildDate": "1970-01-01T00:00:00Z",
        "goVersion": "none", "compiler": "rustc",
        "platform": format!("{}/{}", std::env::consts::OS, std::env::consts::ARCH),
    })
}

/// Groups with their versions, in the order they are offered.
pub(crate) fn groups(registry: &Registry) -> Vec<(&str, Vec<&str>)> {
    let mut groups: Vec<(&str, Vec<&str>)> = Vec::new();
    for resource in registry.all() {
        let index = match groups.iter().position(|known| known.0 == resource.group) {
            Some(index) => index,
            None => {
                groups.push((&resource.group, Vec::new()));
                groups.len() - 1
            }
        };
        let versions = &mut groups[index].1;
        if !versions.contains(&resource.version.as_str()) {
            versions.push(&resource.version);
        }
    }
    for (_, versions) in &mut groups {
        versions.sort_by_key(|version| priority(version));
    }
    groups
}

/// Stable before beta before alpha, newer before older; other names last, by name.
fn priority(version: &str) -> (u8, std::cmp::Reverse<u32>, std::cmp::Reverse<u32>, String) {
    use std::cmp::Reverse;
    let parse = || -> Option<(u8, u32, u32)> {
        let rest = version.strip_prefix('v')?;
        let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        let major = rest[..end].parse().ok()?;
        match &rest[end..] {
            "" => Some((0, major, 0)),
            beta if beta.starts_with("beta") => Some((1, major, beta[4..].parse().ok()?)),
            alpha if alpha.starts_with("alpha") => Some((2, major, alpha[5..].parse().ok()?)),
            _ => None,
        }
    };
    match parse() {
        Some((stage, major, minor)) => (stage, Reverse(major), Reverse(minor), String::new()),
        None => (3, Reverse(0), Reverse(0), version.into()),
    }
}

fn resources_of<'a>(
    registry: &'a Registry,
    group: &'a str,
    version: &'a str,
) -> impl Iterator<Item = &'a Arc<Resource>> {
    registry.all().iter().filter(move |one| one.group == group && one.version == version)
}

fn verbs(resource: &Resource) -> Value {
    if resource.stored { json!(VERBS) } else { json!(["create"]) }
}

/// The subresources of a resource: name, group, version and kind of their objects, verbs.
fn subresources(resource: &Resource) -> Vec<(&'static str, [&str; 3], Value)> {
    let own = [resource.group.as_str(), &resource.version, &resource.kind];
    let mut found = Vec::new();
    if resource.collection == "/core/namespaces" {
        found.push(("finalize", own, json!(["update"])));
    }
    if resource.has_status {
        found.push(("status", own, json!(["get", "patch", "update"])));
    }
    if resource.collection == "/core/serviceaccounts" {
        let kind = ["authentication.k8s.io", "v1", "TokenRequest"];
        found.push(("token", kind, json!(["create"])));
    }
    found
}

fn groups_in_full(registry: &Registry, core: bool) -> Response {
    let chosen = groups(registry).into_iter().filter(|(group, _)| group.is_empty() == core);
    let items: Vec<Value> = chosen
        .map(|(group, versions)| {
            let versions: Vec<Value> = versions
                .into_iter()
                .map(|version| {
                    let resources: Vec<Value> = resources_of(registry, group, version)
                        .map(|resource| in_full(resource))
                        .collect();
                    json!({"version": version, "resources": resources, "freshness": "Current"})
                })
                .collect();
            json!({"metadata": {"name": group, "creationTimestamp": null}, "versions": versions})
        })
        .collect();
    let list = json!({
        "kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2",
        "metadata": {}, "items": items,
    });
    let mut response = reply::json(200, &list);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(AGGREGATED));
    headers.insert(header::VARY, HeaderValue::from_static("Accept"));
    response
}

fn in_full(resource: &Resource) -> Value {
    let kind = |[group, version, kind]: [&str; 3]| json!({"group": group, "version": version, "kind": kind});
    let mut value = json!({
        "resource": resource.plural,
        "responseKind": kind([&resource.group, &resource.version, &resource.kind]),
        "scope": if resource.namespaced { "Namespaced" } else { "Cluster" },
        "singularResource": resource.singular,
        "verbs": verbs(resource),
    });
    if !resource.short_names.is_empty() {
        value["shortNames"] = json!(resource.short_names);
    }
    if !resource.categories.is_empty() {
        value["categories"] = json!(resource.categories);
    }
    let subresources: Vec<Value> = subresources(resource)
        .into_iter()
        .map(|(name, of, verbs)| json!({"subresource": name, "responseKind": kind(of), "verbs": verbs}))
        .collect();
    if !subresources.is_empty() {
        value["subresources"] = subresources.into();
    }
    value
}

fn group_list(registry: &Registry) -> Value {
    let names = groups(registry);
    let groups: Vec<Value> = names
        .iter()
        .filter(|(name, _)| !name.is_empty())
        .filter_map(|(name, _)| {
            let mut group = group(registry, name)?;
            crate::ownership::remove(&mut group, "kind");
            crate::ownership::remove(&mut group, "apiVersion");
            Some(group)
        })
        .collect();
    json!({"kind": "APIGroupList", "apiVersion": "v1", "groups": groups})
}

fn group(registry: &Registry, name: &str) -> Option<Value> {
    let (_, versions) =
        groups(registry).into_iter().find(|(group, _)| *group == name && !name.is_empty())?;
    let versions: Vec<Value> = versions
        .into_iter()
        .map(|version| json!({"groupVersion": api_version(name, version), "version": version}))
        .collect();
    Some(json!({
        "kind": "APIGroup", "apiVersion": "v1", "name": name,
        "preferredVersion": versions.first(), "versions": versions,
    }))
}

fn resource_list(registry: &Registry, group: &str, version: &str) -> Result<Response, Status> {
    let mut resources = Vec::new();
    for resource in resources_of(registry, group, version) {
        let mut value = json!({
            "name": resource.plural, "singularName": resource.singular,
            "namespaced": resource.namespaced, "kind": resource.kind, "verbs": verbs(resource),
        });
        if !resource.short_names.is_empty() {
            value["shortNames"] = json!(resource.short_names);
        }
        if !resource.categories.is_empty() {
            value["categories"] = json!(resource.categories);
        }
        resources.push(value);
        for (name, [group, version, kind], verbs) in subresources(resource) {
            resources.push(json!({
                "name": format!("{}/{name}", resource.plural), "singularName": "",
                "namespaced": resource.namespaced, "group": group, "version": version,
                "kind": kind, "verbs": verbs,
            }));
        }
    }
    if resources.is_empty() {
        return Err(Status::no_such_resource());
    }
    let list = json!({
        "kind": "APIResourceList", "apiVersion": "v1",
        "groupVersion": api_version(group, version), "resources": resources,
    });
    Ok(reply::json(200, &list))
}

#[cfg(test)]
mod tests {
    #[test]
    fn versions_are_ordered_as_kubernetes_orders_them() {
        let mut versions = ["v1alpha1", "foo", "v2", "v1", "v1beta2", "v10", "v1beta1"];
        versions.sort_by_key(|version| super::priority(version));
        assert_eq!(versions, ["v10", "v2", "v1", "v1beta2", "v1beta1", "v1alpha1", "foo"]);
    }
}
