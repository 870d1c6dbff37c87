//! OpenAPI v3: what `kubectl explain`, `apply` and `create` ask for before they do anything.
use crate::builtin::{self, metadata_schema};
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
    let metadata = with_references(metadata_schema().clone(), &mut schemas);
    schemas.insert(OBJECT_META.into(), metadata);
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
    let schema = with_references(object_schema(resource, &gvk), schemas);
    schemas.insert(name.clone(), schema);
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
    for name in ["apiVersion", "kind"] {
        if resource.custom.is_some() || properties[name].is_null() {
            properties[name] = json!({"type": "string", "description": usual(name)});
        }
    }
    let own = properties["metadata"]["description"].clone();
    let is_told = resource.custom.is_none() && own.is_string();
    properties["metadata"] = json!({
        "description": if is_told { own } else { usual("metadata") }, "default": {},
        "allOf": [{"$ref": format!("#/components/schemas/{OBJECT_META}")}],
    });
    schema["x-kubernetes-group-version-kind"] = json!([gvk]);
    schema
}

/// What every kind says about a field that all kinds have.
fn usual(field: &str) -> Value {
    let kind = builtin::find_kind("", "ConfigMap").and_then(|kind| kind.schema());
    kind.map(|schema| schema.raw()["properties"][field]["description"].clone()).unwrap_or_default()
}

/// Gives inlined definitions their names back: `kubectl explain` shows them as types.
fn with_references(schema: Value, schemas: &mut Map<String, Value>) -> Value {
    match schema {
        Value::Object(fields) => {
            let mut fields: Map<String, Value> = fields
                .into_iter()
                .map(|(name, value)| (name, with_references(value, schemas)))
                .collect();
            let Some(definition) = fields.remove(builtin::DEFINITION) else {
                return Value::Object(fields);
            };
            let mut reference = json!({});
            if let Some(description) = fields.remove("description") {
                reference["description"] = description;
            }
            if definition["description"].is_string() {
                fields.insert("description".into(), definition["description"].clone());
            }
            let name = definition["name"].as_str().unwrap_or_default();
            reference["allOf"] = json!([{"$ref": format!("#/components/schemas/{name}")}]);
            schemas.entry(name).or_insert(Value::Object(fields));
            reference
        }
        Value::Array(items) => {
            items.into_iter().map(|item| with_references(item, schemas)).collect()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_built_in_kinds_have_names() {
        let mut schemas = Map::new();
        let kind = builtin::find_kind("rbac.authorization.k8s.io", "Role").unwrap();
        let schema = with_references(kind.schema().unwrap().raw().clone(), &mut schemas);
        let reference = &schema["properties"]["rules"]["items"]["allOf"][0]["$ref"];
        assert_eq!(reference, "#/components/schemas/io.k8s.api.rbac.v1.PolicyRule");
        let rule = &schemas["io.k8s.api.rbac.v1.PolicyRule"];
        assert!(rule["description"].as_str().unwrap().starts_with("PolicyRule"));
        assert_eq!(rule["properties"]["verbs"]["type"], "array");
        assert!(!Value::from(schemas).to_string().contains(builtin::DEFINITION));
    }
}
