//! OpenAPI v3: what `kubectl explain`, `apply` and `create` ask for before they do anything.
use crate::builtin::metadata_schema;
use crate::discovery::groups;
use crate::registry::Registry;
use crate::reply;
use crate::resource::Resource;
use crate::status::Status;
use axum::response::Response;
use serde_json::{Map, Value, json};

const OBJECT_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

pub(crate) fn answer(registry: &Registry, rest: &[&str]) -> Result<Response, Status> {
    match rest {
        [] => Ok(reply::json(200, &index(registry))),
        ["api", version] => document(registry, "", version),
        ["apis", group, version] => document(registry, group, version),
        _ => Err(Status::no_such_resource()),
    }
}

fn index(registry: &Registry) -> Value {
    let mut paths = Map::new();
    for (group, versions) in groups(registry) {
        for version in versions {
            let path = base(group, version);
            let url = format!("/openapi/v3/{path}?hash={:x}", registry.revision);
            paths.insert(path, json!({"serverRelativeURL": url}));
        }
    }
    json!({"paths": paths})
}

fn base(group: &str, version: &str) -> String {
    if group.is_empty() { format!("api/{version}") } else { format!("apis/{group}/{version}") }
}

fn document(registry: &Registry, group: &str, version: &str) -> Result<Response, Status> {
    let all = registry.all().iter();
    let resources: Vec<_> =
        all.filter(|one| one.group == group && one.version == version).collect();
    if resources.is_empty() {
        return Err(Status::no_such_resource());
    }
    let mut paths = Map::new();
    let mut schemas = Map::new();
    schemas.insert(OBJECT_META.into(), metadata_schema().clone());
    for resource in resources {
        describe(resource, &mut paths, &mut schemas);
    }
    let document = json!({
        "openapi": "3.0.0",
        "info": {"title": "Kubernetes", "version": "v1"},
        "paths": paths,
        "components": {"schemas": schemas},
    });
    Ok(reply::json(200, &document))
}

fn describe(resource: &Resource, paths: &mut Map<String, Value>, schemas: &mut Map<String, Value>) {
    let name = schema_name(resource);
    let gvk = json!({"group": resource.group, "version": resource.version, "kind": resource.kind});
    schemas.insert(name.clone(), object_schema(resource, &gvk));
    let reference = json!({"$ref": format!("#/components/schemas/{name}")});
    let mut path = format!("/{}", base(&resource.group, &resource.version));
    if resource.namespaced {
        path.push_str("/namespaces/{namespace}");
    }
    path = format!("{path}/{}", resource.plural);
    let operation = |action: &str, code: &str, parameters: &[&str], body: bool| {
        let mut operation = json!({
            "x-kubernetes-action": action,
            "x-kubernetes-group-version-kind": gvk,
            "parameters": parameters.iter().map(|name| parameter(name)).collect::<Vec<_>>(),
            "responses": {code: {"description": "OK", "content": {"application/json": {"schema": reference}}}},
        });
        if body {
            operation["requestBody"] = json!({"content": {"*/*": {"schema": reference}}});
        }
        operation
    };
    let write = ["dryRun", "fieldManager", "fieldValidation"];
    let list = ["continue", "fieldSelector", "labelSelector", "limit", "resourceVersion", "watch"];
    let mut collection = json!({"post": operation("post", "201", &write, true)});
    if resource.stored {
        collection["get"] = operation("list", "200", &list, false);
        collection["delete"] = operation("deletecollection", "200", &list, false);
        let patch = ["dryRun", "fieldManager", "fieldValidation", "force"];
        let object = json!({
            "get": operation("get", "200", &[], false),
            "put": operation("put", "200", &write, true),
            "patch": operation("patch", "200", &patch, true),
            "delete": operation("delete", "200", &["dryRun", "propagationPolicy"], false),
        });
        if resource.has_status {
            let status = json!({
                "get": operation("get", "200", &[], false),
                "put": operation("put", "200", &write, true),
                "patch": operation("patch", "200", &patch, true),
            });
            paths.insert(format!("{path}/{{name}}/status"), status);
        }
        paths.insert(format!("{path}/{{name}}"), object);
    }
    paths.insert(path, collection);
}

fn parameter(name: &str) -> Value {
    let kind = match name {
        "limit" => "integer",
        "force" | "watch" => "boolean",
        _ => "string",
    };
    json!({"name": name, "in": "query", "schema": {"type": kind, "uniqueItems": true}})
}

/// `io.k8s.api.core.v1.Secret` for built-in kinds, the reversed group for custom ones.
fn schema_name(resource: &Resource) -> String {
    let (version, kind) = (&resource.version, &resource.kind);
    let package = match resource.group.as_str() {
        "" => "io.k8s.api.core".to_owned(),
        "apiextensions.k8s.io" => {
            "io.k8s.apiextensions-apiserver.pkg.apis.apiextensions".to_owned()
        }
        group if resource.builtin.is_some() => {
            format!("io.k8s.api.{}", group.split('.').next().unwrap_or_default())
        }
        group => group.rsplit('.').collect::<Vec<_>>().join("."),
    };
    format!("{package}.{version}.{kind}")
}

fn object_schema(resource: &Resource, gvk: &Value) -> Value {
    let mut schema = match resource.schema() {
        Some(schema) => schema.raw().clone(),
        None => json!({"type": "object"}),
    };
    if !schema["properties"].is_object() {
        schema["properties"] = json!({});
    }
    let properties = &mut schema["properties"];
    for (name, description) in [
        (
            "apiVersion",
            "APIVersion defines the versioned schema of this representation of an object.",
        ),
        ("kind", "Kind is a string value representing the REST resource this object represents."),
    ] {
        if properties[name].is_null() {
            properties[name] = json!({"type": "string", "description": description});
        }
    }
    properties["metadata"] = json!({
        "description": "Standard object's metadata.", "default": {},
        "allOf": [{"$ref": format!("#/components/schemas/{OBJECT_META}")}],
    });
    schema["x-kubernetes-group-version-kind"] = json!([gvk]);
    schema
}
