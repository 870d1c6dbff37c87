//! Manifests in a request body: YAML documents, JSON, a JSON array or a List.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::APIResourceList;
use serde_json::Value;

use crate::error::{ApiError, Result};
use crate::kubernetes::{KARGO, Kubernetes, Resource};

/// More objects than this in one request are a mistake.
const MOST: usize = 1000;

/// One object to create, update or delete.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Manifest {
    pub(crate) api_version: String,
    pub(crate) kind: String,
    pub(crate) namespace: Option<String>,
    pub(crate) name: Option<String>,
    pub(crate) object: Value,
}

/// Reads a body; Projects come first, because the rest may live in them.
pub(crate) fn parse(text: &str) -> Result<Vec<Manifest>> {
    let documents = documents(text)?;
    let mut found = Vec::new();
    for (index, document) in documents.into_iter().enumerate() {
        flatten(document, index, &mut found)?;
    }
    if found.is_empty() {
        return Err(ApiError::bad_request("no resources found in request body"));
    }
    let (mut projects, others): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|m| m.api_version == KARGO && m.kind == "Project");
    projects.extend(others);
    Ok(projects)
}

fn documents(text: &str) -> Result<Vec<Value>> {
    if text.trim_start().starts_with(['[', '{'])
        && let Ok(value) = serde_json::from_str(text)
    {
        return Ok(vec![value]);
    }
    serde_saphyr::from_multiple::<Value>(text)
        .map_err(|error| ApiError::bad_request(format!("error decoding manifest: {error}")))
}

/// Takes apart arrays and Lists.
fn flatten(document: Value, index: usize, found: &mut Vec<Manifest>) -> Result<()> {
    let mut waiting = vec![document];
    while let Some(value) = waiting.pop() {
        match value {
            Value::Null => {}
            Value::Array(items) => waiting.extend(items.into_iter().rev()),
            Value::Object(mut object) if is_list(&object) => {
                if let Some(Value::Array(items)) = object.remove("items") {
                    waiting.extend(items.into_iter().rev());
                }
            }
            Value::Object(object) => found.push(manifest(Value::Object(object), index)?),
            other => {
                let message =
                    format!("document {}: an object was expected, not {other}", index + 1);
                return Err(ApiError::bad_request(message));
            }
        }
        if found.len() > MOST {
            return Err(ApiError::bad_request(format!("more than {MOST} objects in one request")));
        }
    }
    Ok(())
}

fn is_list(object: &serde_json::Map<String, Value>) -> bool {
    object.get("kind").and_then(Value::as_str).is_some_and(|kind| kind.ends_with("List"))
        && object.get("items").is_some_and(Value::is_array)
}

fn manifest(object: Value, index: usize) -> Result<Manifest> {
    let text = |pointer: &str| {
        let text = object.pointer(pointer).and_then(Value::as_str);
        text.filter(|text| !text.is_empty()).map(str::to_owned)
    };
    let required = |pointer: &str, field: &str| {
        text(pointer).ok_or_else(|| {
            ApiError::bad_request(format!("document {}: {field} is missing", index + 1))
        })
    };
    let (api_version, kind) = (required("/apiVersion", "apiVersion")?, required("/kind", "kind")?);
    let name = text("/metadata/name");
    if name.is_none() && text("/metadata/generateName").is_none() {
        let message = format!("document {} ({kind}): metadata.name is missing", index + 1);
        return Err(ApiError::bad_request(message));
    }
    Ok(Manifest { api_version, kind, namespace: text("/metadata/namespace"), name, object })
}

/// One object that this program made itself.
pub(crate) fn one(object: Value) -> Result<Manifest> {
    manifest(object, 0)
}

/// Asks the Kubernetes API under which path a kind is served.
pub(crate) async fn locate(kube: &Kubernetes, manifest: &Manifest) -> Result<Resource> {
    let version = &manifest.api_version;
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '.' | '/');
    if !version.chars().all(allowed) || version.contains("..") || version.matches('/').count() > 1 {
        return Err(ApiError::bad_request(format!("apiVersion {version:?} is not a version")));
    }
    let known: std::result::Result<APIResourceList, kube::Error> = match version.contains('/') {
        true => kube.client().list_api_group_resources(version).await,
        false => kube.client().list_core_api_resources(version).await,
    };
    let unknown = || {
        let kind = &manifest.kind;
        ApiError::bad_request(format!("there is no kind {kind:?} in version {version:?}"))
    };
    let known = known.map_err(ApiError::from).map_err(|error| {
        if error.status == http::StatusCode::NOT_FOUND { unknown() } else { error }
    })?;
    let served = |resource: &&k8s_openapi::apimachinery::pkg::apis::meta::v1::APIResource| {
        resource.kind == manifest.kind && !resource.name.contains('/')
    };
    let found = known.resources.iter().find(served).ok_or_else(unknown)?;
    Ok(Resource {
        api_version: version.clone().into(),
        kind: manifest.kind.clone().into(),
        plural: found.name.clone().into(),
        namespaced: found.namespaced,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<String> {
        parse(text).unwrap().into_iter().map(|manifest| manifest.kind).collect()
    }

    #[test]
    fn documents_arrays_and_lists() {
        let stage = "apiVersion: kargo.akuity.io/v1alpha1\nkind: Stage\nmetadata: {name: a}\n";
        let project = "apiVersion: kargo.akuity.io/v1alpha1\nkind: Project\nmetadata: {name: p}\n";
        assert_eq!(kinds(&format!("{stage}---\n{project}---\n# nothing\n")), ["Project", "Stage"]);
        let json = r#"[{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}},
            {"apiVersion":"v1","kind":"ConfigMap","metadata":{"generateName":"a"}}]"#;
        assert_eq!(kinds(json), ["Secret", "ConfigMap"]);
        let list = r#"{"apiVersion":"v1","kind":"List","items":[
            {"apiVersion":"v1","kind":"Secret","metadata":{"name":"a"}}]}"#;
        assert_eq!(kinds(list), ["Secret"]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (text, expected) in [
            ("", "no resources"),
            ("kind: Stage\nmetadata: {name: a}", "apiVersion is missing"),
            ("apiVersion: v1\nkind: Secret", "metadata.name is missing"),
            ("just text", "an object was expected"),
            ("a: [", "error decoding manifest"),
        ] {
            let error = parse(text).unwrap_err();
            assert!(error.message.contains(expected), "{text:?}: {}", error.message);
            assert_eq!(error.status, http::StatusCode::BAD_REQUEST);
        }
    }
}
