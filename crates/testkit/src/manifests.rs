//! Manifests as a user would write them, with placeholders for what each World makes anew.

use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams};

/// Kinds that live in no namespace; all others go into the Project's.
const CLUSTER_WIDE: [&str; 5] =
    ["ClusterConfig", "ClusterPromotionTask", "Namespace", "Project", "ClusterRole"];
/// Who applies; one name, so that a second apply of the same manifest takes back what it no longer says.
const FIELD_MANAGER: &str = "testkit";

/// Reads YAML documents and puts those without a namespace into `namespace`.
pub(crate) fn read(text: &str, namespace: &str) -> Vec<DynamicObject> {
    let objects: Vec<DynamicObject> = match serde_saphyr::from_multiple(text) {
        Ok(objects) => objects,
        Err(error) => panic!("the test's own manifest is no YAML: {error}\n{text}"),
    };
    let place = |mut object: DynamicObject| {
        let kind = object.types.as_ref().map(|types| types.kind.clone()).unwrap_or_default();
        if !CLUSTER_WIDE.contains(&kind.as_str()) && object.metadata.namespace.is_none() {
            object.metadata.namespace = Some(namespace.to_owned());
        }
        object
    };
    objects.into_iter().map(place).collect()
}

/// Applies server-side, as `kubectl apply --server-side` does.
pub(crate) async fn apply(client: &Client, object: &DynamicObject) -> kube::Result<DynamicObject> {
    let Some(kind) = object.types.as_ref().and_then(|types| GroupVersionKind::try_from(types).ok())
    else {
        panic!("a manifest without a usable apiVersion and kind: {object:?}");
    };
    let resource = ApiResource::from_gvk(&kind);
    let api: Api<DynamicObject> = match &object.metadata.namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
        None => Api::all_with(client.clone(), &resource),
    };
    let name = object.metadata.name.clone().unwrap_or_default();
    api.patch(&name, &PatchParams::apply(FIELD_MANAGER).force(), &Patch::Apply(object)).await
}
