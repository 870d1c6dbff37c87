//! What the tests share: a kind of their own and opened servers.
use embedded_kube::{EmbeddedKube, Options};
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use kube::api::{Api, ObjectMeta};
use kube::core::{DynamicObject, GroupVersionKind};
use kube::discovery::ApiResource;
use kube::{Client, CustomResourceExt, KubeSchema};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A namespaced kind with a status.
#[derive(
    kube::CustomResource, KubeSchema, Clone, Debug, Default, PartialEq, Serialize, Deserialize,
)]
#[kube(
    group = "tests.example.com",
    version = "v1",
    kind = "Widget",
    namespaced,
    status = "WidgetStatus",
    shortname = "wd",
    derive = "PartialEq",
    printcolumn = r#"{"name":"Size","type":"integer","jsonPath":".spec.size"}"#
)]
#[serde(rename_all = "camelCase")]
#[x_kube(validation = Rule::new("self.size < 1000").message("size must be below 1000"))]
pub(crate) struct WidgetSpec {
    #[serde(default = "default_size")]
    pub(crate) size: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) color: Option<String>,
    #[serde(default, skip_serializing_if = "std::collections::BTreeMap::is_empty")]
    pub(crate) parts: std::collections::BTreeMap<String, String>,
}

fn default_size() -> i64 {
    3
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct WidgetStatus {
    #[serde(default)]
    pub(crate) ready: bool,
}

pub(crate) fn crds() -> Vec<CustomResourceDefinition> {
    vec![Widget::crd()]
}

pub(crate) async fn in_memory() -> EmbeddedKube {
    EmbeddedKube::open(Options::in_memory().with_crds(crds())).await.unwrap()
}

pub(crate) fn widget(name: &str, size: i64) -> Widget {
    Widget::new(name, WidgetSpec { size, ..WidgetSpec::default() })
}

pub(crate) fn widgets(client: &Client) -> Api<Widget> {
    Api::namespaced(client.clone(), "default")
}

pub(crate) fn dynamic(client: &Client, api_version: &str, kind: &str) -> Api<DynamicObject> {
    let (group, version) = api_version.split_once('/').unwrap_or(("", api_version));
    let resource = ApiResource::from_gvk(&GroupVersionKind::gvk(group, version, kind));
    Api::namespaced_with(client.clone(), "default", &resource)
}

pub(crate) fn named(name: &str) -> ObjectMeta {
    ObjectMeta { name: Some(name.into()), ..ObjectMeta::default() }
}

/// The code of a refusal.
pub(crate) fn code<T: std::fmt::Debug>(outcome: Result<T, kube::Error>) -> u16 {
    match outcome {
        Err(kube::Error::Api(status)) => status.code,
        other => panic!("expected a refusal, got {other:?}"),
    }
}

/// Waits until `holds` answers true; fails after a while.
pub(crate) async fn until<F: Future<Output = bool>>(what: &str, holds: impl Fn() -> F) {
    let deadline = tokio::time::Instant::now() + std::time::Duration::from_secs(20);
    while !holds().await {
        assert!(tokio::time::Instant::now() < deadline, "not in time: {what}");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}
