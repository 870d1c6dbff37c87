//! Where Secrets and ConfigMaps of users live: in a Project, shared by all Projects, or in the system. The operations are
//! the same in each; only the namespace differs.

use std::collections::BTreeMap;

use axum::extract::{FromRequestParts, RawPathParams};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use http::StatusCode;
use http::request::Parts;
use serde_json::{Map, Value, json};

use api::annotations;
use api::rest::credentials::{PatchDataRequest, UpdateDataRequest};

use crate::App;
use crate::error::{ApiError, Result};
use crate::kubernetes::{Key, Kubernetes, Resource};

const REDACTED: &str = "*** REDACTED ***";

/// The namespace of the path, and the object's name if the path has one.
pub(crate) struct Scope {
    pub(crate) namespace: String,
    pub(crate) name: String,
}

impl Scope {
    pub(crate) fn key(&self) -> Key<'_> {
        Key { namespace: Some(&self.namespace), name: &self.name }
    }
}

impl FromRequestParts<App> for Scope {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self> {
        let parameters = RawPathParams::from_request_parts(parts, app).await;
        let parameters = parameters
            .map_err(|error| ApiError::internal("reading the path of a request", &error))?;
        let (mut project, mut name) = (None, String::new());
        for (key, value) in &parameters {
            match key {
                "project" => project = Some(value.to_owned()),
                _ => name = value.to_owned(),
            }
        }
        let namespaces = &app.config.namespaces;
        let namespace = match project {
            Some(project) => project,
            None if parts.uri.path().starts_with("/v1beta1/system/") => namespaces.system.clone(),
            None => namespaces.shared.clone(),
        };
        Ok(Self { namespace, name })
    }
}

/// Secrets can be managed here, or by nobody.
pub(crate) fn demand_secret_management(app: &App) -> Result<()> {
    if app.config.secret_management {
        return Ok(());
    }
    Err(ApiError::new(StatusCode::NOT_IMPLEMENTED, "secret management is not enabled"))
}

pub(crate) fn required(field: &str, text: &str) -> Result<()> {
    if text.is_empty() {
        return Err(ApiError::bad_request(format!("{field} should not be empty")));
    }
    Ok(())
}

/// The objects of a namespace by name, each made fit to be shown.
pub(crate) async fn list(
    kube: &Kubernetes,
    resource: &Resource,
    scope: &Scope,
    labels: Option<&str>,
    show: impl Fn(Value) -> Value,
) -> Result<Value> {
    let mut list = kube.list(resource, Some(&scope.namespace), labels).await?;
    if let Some(items) = list.get_mut("items").and_then(Value::as_array_mut) {
        items.sort_by_cached_key(|item| item["metadata"]["name"].to_string());
        items.iter_mut().for_each(|item| *item = show(item.take()));
    }
    Ok(list)
}

/// Sets an annotation, or removes it.
pub(crate) fn annotate(object: &mut Value, annotation: &str, value: Option<&str>) {
    let known = &mut object["metadata"]["annotations"];
    if !known.is_object() {
        *known = json!({});
    }
    if let Some(known) = known.as_object_mut() {
        match value {
            Some(value) => known.insert(annotation.to_owned(), value.into()),
            None => known.remove(annotation),
        };
    }
}

pub(crate) fn describe(object: &mut Value, description: &str) {
    let description = Some(description).filter(|text| !text.is_empty());
    annotate(object, annotations::DESCRIPTION, description);
}

/// How a value is written: as it is in a ConfigMap, in base64 in a Secret.
pub(crate) type Encode = fn(&str) -> String;

pub(crate) fn base64(text: &str) -> String {
    BASE64.encode(text)
}

/// Everything as the request says.
pub(crate) fn replace(object: &mut Value, request: &UpdateDataRequest, encode: Encode) {
    describe(object, &request.description);
    annotate(object, annotations::REPLICATE_TO, request.replicate.then_some("*"));
    object["data"] = encoded(&request.data, encode).into();
}

/// What the request names; the rest stays.
pub(crate) fn patch(object: &mut Value, request: &PatchDataRequest, encode: Encode) {
    if let Some(description) = &request.description {
        describe(object, description);
    }
    let mut values = object["data"].as_object().cloned().unwrap_or_default();
    for key in &request.remove_keys {
        values.remove(key);
    }
    values.extend(encoded(&request.data, encode));
    object["data"] = values.into();
}

fn encoded(data: &BTreeMap<String, String>, encode: Encode) -> Map<String, Value> {
    data.iter().map(|(key, value)| (key.clone(), encode(value).into())).collect()
}

/// A Secret fit to be shown: of its values only those under the given keys, of its annotations none that could hold a
/// copy of the rest, as the one that `kubectl apply` writes does.
pub(crate) fn redacted(mut secret: Value, plain: &[&str]) -> Value {
    let shown = |key: &str, value: &Value| {
        let decoded = value.as_str().and_then(|text| BASE64.decode(text).ok());
        let text = decoded.and_then(|bytes| String::from_utf8(bytes).ok());
        text.filter(|_| plain.contains(&key)).unwrap_or_else(|| REDACTED.to_owned())
    };
    let data = secret.as_object_mut().and_then(|secret| secret.remove("data"));
    let data = data.as_ref().and_then(Value::as_object);
    let values = data.into_iter().flatten().map(|(key, value)| (key.clone(), shown(key, value)));
    secret["stringData"] =
        values.map(|(key, value)| (key, value.into())).collect::<Map<_, _>>().into();
    // Asking by index would write a null where there is nothing.
    let annotations = secret.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut);
    if let Some(annotations) = annotations {
        for (key, value) in annotations {
            if ![annotations::DESCRIPTION, annotations::REPLICATE_TO].contains(&key.as_str()) {
                *value = REDACTED.into();
            }
        }
    }
    secret
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_secret_is_shown() {
        let secret = json!({
            "metadata": {
                "name": "s",
                "annotations": {
                    "kargo.akuity.io/description": "what for",
                    "kubectl.kubernetes.io/last-applied-configuration": "{\"password\":\"hidden\"}",
                },
            },
            "data": { "password": base64("hidden"), "repoURL": base64("https://example.com") },
        });
        let shown = redacted(secret.clone(), &["repoURL"]);
        assert!(!shown.to_string().contains("hidden"), "{shown}");
        assert!(!shown.to_string().contains(&base64("hidden")), "{shown}");
        assert_eq!(shown["stringData"]["repoURL"], "https://example.com");
        assert_eq!(shown["stringData"]["password"], REDACTED);
        assert_eq!(shown["metadata"]["annotations"]["kargo.akuity.io/description"], "what for");
        assert_eq!(redacted(secret, &[])["stringData"]["repoURL"], REDACTED);
        let bare = redacted(json!({ "metadata": { "name": "s" } }), &[]);
        assert_eq!(bare, json!({ "metadata": { "name": "s" }, "stringData": {} }));
    }

    #[test]
    fn a_patch_keeps_what_it_does_not_name() {
        let mut object = json!({ "metadata": {}, "data": { "a": "1", "b": "2" } });
        let request = PatchDataRequest {
            description: Some("x".into()),
            data: [("c".to_owned(), "3".to_owned())].into(),
            remove_keys: vec!["a".into()],
        };
        patch(&mut object, &request, str::to_owned);
        assert_eq!(object["data"], json!({ "b": "2", "c": "3" }));
        let request = PatchDataRequest { description: Some(String::new()), ..Default::default() };
        patch(&mut object, &request, str::to_owned);
        assert_eq!(object["metadata"]["annotations"], json!({}));
        assert_eq!(object["data"], json!({ "b": "2", "c": "3" }));
    }
}
