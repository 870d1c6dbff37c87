//! The Kubernetes API as the REST layer uses it: plain JSON objects, so that no field is lost on the way through.

use futures::Stream;
use k8s_openapi::api::authorization::v1::{
    ResourceAttributes, SelfSubjectAccessReview, SelfSubjectAccessReviewSpec,
};
use kube::api::{DeleteParams, GetParams, ListParams, Patch, PatchParams, PostParams, WatchParams};
use kube::core::{Request, WatchEvent};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::{ApiError, Result};

/// A resource of the Kubernetes API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resource {
    pub(crate) api_version: std::borrow::Cow<'static, str>,
    pub(crate) kind: std::borrow::Cow<'static, str>,
    pub(crate) plural: std::borrow::Cow<'static, str>,
    pub(crate) namespaced: bool,
}

const fn resource(
    api_version: &'static str,
    kind: &'static str,
    plural: &'static str,
    namespaced: bool,
) -> Resource {
    use std::borrow::Cow::Borrowed;
    Resource {
        api_version: Borrowed(api_version),
        kind: Borrowed(kind),
        plural: Borrowed(plural),
        namespaced,
    }
}

pub(crate) const KARGO: &str = "kargo.akuity.io/v1alpha1";
pub(crate) const CLUSTER_CONFIGS: Resource =
    resource(KARGO, "ClusterConfig", "clusterconfigs", false);
pub(crate) const CLUSTER_PROMOTION_TASKS: Resource =
    resource(KARGO, "ClusterPromotionTask", "clusterpromotiontasks", false);
pub(crate) const FREIGHT: Resource = resource(KARGO, "Freight", "freights", true);
pub(crate) const PROJECTS: Resource = resource(KARGO, "Project", "projects", false);
pub(crate) const PROJECT_CONFIGS: Resource =
    resource(KARGO, "ProjectConfig", "projectconfigs", true);
pub(crate) const PROMOTIONS: Resource = resource(KARGO, "Promotion", "promotions", true);
pub(crate) const PROMOTION_TASKS: Resource =
    resource(KARGO, "PromotionTask", "promotiontasks", true);
pub(crate) const STAGES: Resource = resource(KARGO, "Stage", "stages", true);
pub(crate) const WAREHOUSES: Resource = resource(KARGO, "Warehouse", "warehouses", true);
pub(crate) const TARGETS: Resource = resource(KARGO, "Target", "targets", true);
pub(crate) const CONFIG_MAPS: Resource = resource("v1", "ConfigMap", "configmaps", true);
pub(crate) const EVENTS: Resource = resource("v1", "Event", "events", true);
pub(crate) const NAMESPACES: Resource = resource("v1", "Namespace", "namespaces", false);
pub(crate) const SECRETS: Resource = resource("v1", "Secret", "secrets", true);

/// Where an object lives and what it is called.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Key<'a> {
    pub(crate) namespace: Option<&'a str>,
    pub(crate) name: &'a str,
}

/// What a watch follows.
#[derive(Clone, Debug)]
pub(crate) struct WatchTarget {
    pub(crate) resource: Resource,
    pub(crate) namespace: Option<String>,
    pub(crate) name: Option<String>,
}

/// A Kubernetes client with the few operations the REST layer needs.
#[derive(Clone)]
pub(crate) struct Kubernetes {
    client: kube::Client,
}

impl Kubernetes {
    pub(crate) fn new(client: kube::Client) -> Self {
        Self { client }
    }

    pub(crate) fn client(&self) -> &kube::Client {
        &self.client
    }

    pub(crate) async fn get(&self, resource: &Resource, key: Key<'_>) -> Result<Value> {
        let request = path(resource, key.namespace)?
            .get(valid_name(key.name)?, &GetParams::default())
            .map_err(|error| ApiError::internal("building a request", &error))?;
        Ok(self.client.request(request).await?)
    }

    /// Like [`Self::get`], with `None` for an object that does not exist.
    pub(crate) async fn find(&self, resource: &Resource, key: Key<'_>) -> Result<Option<Value>> {
        match self.get(resource, key).await {
            Ok(object) => Ok(Some(object)),
            Err(error) if error.status == http::StatusCode::NOT_FOUND => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Gets one object as its type.
    pub(crate) async fn read<T: DeserializeOwned>(
        &self,
        resource: &Resource,
        key: Key<'_>,
    ) -> Result<T> {
        decode(self.get(resource, key).await?)
    }

    pub(crate) async fn list(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        labels: Option<&str>,
    ) -> Result<Value> {
        let parameters =
            ListParams { label_selector: labels.map(str::to_owned), ..ListParams::default() };
        let request = path(resource, namespace)?
            .list(&parameters)
            .map_err(|error| ApiError::internal("building a request", &error))?;
        Ok(self.client.request(request).await?)
    }

    /// Lists objects as their type, with the resourceVersion of the list.
    pub(crate) async fn read_all<T: DeserializeOwned>(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        labels: Option<&str>,
    ) -> Result<(Vec<T>, String)> {
        let mut list = self.list(resource, namespace, labels).await?;
        let version = list.pointer("/metadata/resourceVersion").and_then(Value::as_str);
        let version = version.unwrap_or_default().to_owned();
        let items = list.get_mut("items").map(Value::take).unwrap_or_default();
        let Value::Array(items) = items else { return Ok((Vec::new(), version)) };
        let items = items.into_iter().map(decode).collect::<Result<_>>()?;
        Ok((items, version))
    }

    pub(crate) async fn create<T: Serialize>(
        &self,
        resource: &Resource,
        namespace: Option<&str>,
        object: &T,
    ) -> Result<Value> {
        let body = serde_json::to_vec(object)
            .map_err(|error| ApiError::internal("writing an object", &error))?;
        let request = path(resource, namespace)?
            .create(&PostParams::default(), body)
            .map_err(|error| ApiError::internal("building a request", &error))?;
        Ok(self.client.request(strict(request)?).await?)
    }

    pub(crate) async fn replace(
        &self,
        resource: &Resource,
        key: Key<'_>,
        object: &Value,
    ) -> Result<Value> {
        let body = serde_json::to_vec(object)
            .map_err(|error| ApiError::internal("writing an object", &error))?;
        let request = path(resource, key.namespace)?
            .replace(valid_name(key.name)?, &PostParams::default(), body)
            .map_err(|error| ApiError::internal("building a request", &error))?;
        Ok(self.client.request(strict(request)?).await?)
    }

    /// Applies a merge patch to an object, or to one of its subresources.
    pub(crate) async fn merge(
        &self,
        resource: &Resource,
        key: Key<'_>,
        subresource: Option<&str>,
        patch: &Value,
    ) -> Result<Value> {
        let (path, name) = (path(resource, key.namespace)?, valid_name(key.name)?);
        let (parameters, patch) = (PatchParams::default(), Patch::Merge(patch));
        let request = match subresource {
            None => path.patch(name, &parameters, &patch),
            Some(part) => path.patch_subresource(part, name, &parameters, &patch),
        }
        .map_err(|error| ApiError::internal("building a request", &error))?;
        Ok(self.client.request(request).await?)
    }

    pub(crate) async fn delete(&self, resource: &Resource, key: Key<'_>) -> Result<()> {
        let request = path(resource, key.namespace)?
            .delete(valid_name(key.name)?, &DeleteParams::default())
            .map_err(|error| ApiError::internal("building a request", &error))?;
        self.client.request::<Value>(request).await?;
        Ok(())
    }

    /// Starts one watch. It ends after some minutes, as Kubernetes watches do.
    pub(crate) async fn watch(
        &self,
        target: &WatchTarget,
        version: &str,
    ) -> Result<
        impl Stream<Item = std::result::Result<WatchEvent<Value>, kube::Error>> + Send + use<>,
    > {
        let fields = target.name.as_ref().map(|name| format!("metadata.name={name}"));
        let parameters = WatchParams { field_selector: fields, ..WatchParams::default() };
        let request = path(&target.resource, target.namespace.as_deref())?
            .watch(&parameters, version)
            .map_err(|error| ApiError::internal("building a request", &error))?;
        Ok(self.client.request_events::<Value>(request).await?)
    }

    /// Whether whoever this client acts as may do something.
    pub(crate) async fn may(&self, attributes: ResourceAttributes) -> Result<bool> {
        let review = SelfSubjectAccessReview {
            spec: SelfSubjectAccessReviewSpec {
                resource_attributes: Some(attributes),
                ..SelfSubjectAccessReviewSpec::default()
            },
            ..SelfSubjectAccessReview::default()
        };
        let reviews = kube::Api::<SelfSubjectAccessReview>::all(self.client.clone());
        let answer = reviews.create(&PostParams::default(), &review).await?;
        Ok(answer.status.is_some_and(|status| status.allowed))
    }
}

/// A field that the kind does not have is refused instead of dropped without a word.
fn strict(mut request: http::Request<Vec<u8>>) -> Result<http::Request<Vec<u8>>> {
    let address = format!("{}?fieldValidation=Strict", request.uri().path());
    *request.uri_mut() =
        address.parse().map_err(|error| ApiError::internal("building a request", &error))?;
    Ok(request)
}

/// The collection URL of a resource.
fn path(resource: &Resource, namespace: Option<&str>) -> Result<Request> {
    let version = &resource.api_version;
    let root = if version.contains('/') { "/apis" } else { "/api" };
    let plural = &resource.plural;
    Ok(Request::new(match namespace.filter(|_| resource.namespaced) {
        Some(namespace) => {
            format!("{root}/{version}/namespaces/{}/{plural}", valid_name(namespace)?)
        }
        None => format!("{root}/{version}/{plural}"),
    }))
}

/// Names come from URLs and bodies of callers and become a URL again: nothing that changes its path may pass.
pub(crate) fn valid_name(name: &str) -> Result<&str> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':');
    if name.is_empty() || name.len() > 253 || !name.chars().all(allowed) || name.contains("..") {
        return Err(ApiError::bad_request(format!(
            "{name:?} is not a name: letters, digits, '-', '_', '.' and ':' only, at most 253"
        )));
    }
    Ok(name)
}

pub(crate) fn decode<T: DeserializeOwned>(object: Value) -> Result<T> {
    serde_json::from_value(object)
        .map_err(|error| ApiError::internal("reading a stored object", &error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls() {
        let text = |request: Result<Request>| request.unwrap().url_path;
        assert_eq!(
            text(path(&STAGES, Some("demo"))),
            "/apis/kargo.akuity.io/v1alpha1/namespaces/demo/stages"
        );
        assert_eq!(
            text(path(&PROJECTS, Some("ignored"))),
            "/apis/kargo.akuity.io/v1alpha1/projects"
        );
        assert_eq!(text(path(&NAMESPACES, None)), "/api/v1/namespaces");
    }

    #[test]
    fn names_cannot_change_a_path() {
        for bad in ["", "a/b", "..", "a%2fb", "a?b", "a b", "é", "x/../../y"] {
            assert!(valid_name(bad).is_err(), "{bad}");
        }
        for good in ["prod", "system:admin", "stage.01abc.1234567", "A_b"] {
            assert!(valid_name(good).is_ok(), "{good}");
        }
    }
}
