//! Manifests the process itself applies: the demo's.

use anyhow::{Context, Result};
use api::{Promotion, PromotionSpec};
use kube::Client;
use kube::api::{Api, ApiResource, DynamicObject, GroupVersionKind, Patch, PatchParams};
use kube::core::ObjectMeta;

/// Applies YAML documents in order, server-side.
pub(crate) async fn apply(client: &Client, text: &str) -> Result<()> {
    let documents: Vec<DynamicObject> =
        serde_saphyr::from_multiple(text).context("cannot read the demo's manifests")?;
    for object in documents {
        let types = object.types.clone().context("a manifest without apiVersion and kind")?;
        let kind =
            GroupVersionKind::try_from(&types).context("a manifest with a bad apiVersion")?;
        let resource = ApiResource::from_gvk(&kind);
        let name = object.metadata.name.clone().context("a manifest without a name")?;
        let api: Api<DynamicObject> = match &object.metadata.namespace {
            Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
            None => Api::all_with(client.clone(), &resource),
        };
        let applied =
            api.patch(&name, &PatchParams::apply("kargo").force(), &Patch::Apply(&object)).await;
        applied.with_context(|| format!("cannot apply {} {name}", kind.kind))?;
    }
    Ok(())
}

/// The least a Promotion must say; admission fills in the rest.
pub(crate) fn promotion(project: &str, stage: &str, freight: &str) -> Promotion {
    Promotion {
        metadata: ObjectMeta {
            namespace: Some(project.to_owned()),
            generate_name: Some(format!("{stage}-")),
            ..ObjectMeta::default()
        },
        spec: PromotionSpec {
            stage: stage.to_owned(),
            freight: Some(freight.to_owned()),
            ..PromotionSpec::default()
        },
        status: None,
    }
}
