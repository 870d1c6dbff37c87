//! A Promotion as its Stage dictates it: name, variables, steps, labels and owner.

use std::collections::BTreeMap;

use api::{
    ExpressionVariable, ObjectMeta, OwnerReference, Promotion, PromotionSpec, Stage, annotations,
    labels,
};

use super::claim::Ulid;
use super::order;
use super::tasks::{InflateError, Tasks, inflate};

/// The least a Promotion must say; admission fills in the rest.
#[must_use]
pub fn minimal(stage: &Stage, freight: &str) -> Promotion {
    Promotion {
        metadata: ObjectMeta {
            generate_name: Some("promo-".to_owned()),
            namespace: stage.metadata.namespace.clone(),
            ..ObjectMeta::default()
        },
        spec: PromotionSpec {
            stage: stage.metadata.name.clone().unwrap_or_default(),
            freight: Some(freight.to_owned()),
            ..PromotionSpec::default()
        },
        status: None,
    }
}

/// The name of a new Promotion, sorting after everything the Stage has recorded whatever the clocks say.
#[must_use]
pub fn name(stage: &Stage, target: Option<&str>, freight: &str, proposed: Ulid) -> String {
    let status = stage.status.as_ref();
    let last = status
        .and_then(|status| status.last_promotion.as_ref())
        .and_then(|known| Ulid::of_promotion(&known.name));
    let current = status
        .and_then(|status| status.current_promotion.as_ref())
        .and_then(|known| Ulid::of_promotion(&known.name));
    let ulid = proposed.after(last.max(current));
    let stage = stage.metadata.name.as_deref().unwrap_or_default();
    match target {
        Some(target) => {
            api::identity::promotion_name(&format!("{stage}.{target}"), &ulid.to_string(), freight)
        }
        None => api::identity::promotion_name(stage, &ulid.to_string(), freight),
    }
}

/// Whether a name is one this Stage and Freight could have been given.
#[must_use]
pub fn is_claim(stage: &Stage, freight: &str, name: &str) -> bool {
    let stage = stage.metadata.name.as_deref().unwrap_or_default();
    Ulid::of_promotion(name).is_some_and(|ulid| {
        api::identity::promotion_name(stage, &ulid.to_string(), freight) == name
    })
}

/// Variables and steps, always those of the Stage.
pub fn follow_template(
    promotion: &mut Promotion,
    stage: &Stage,
    tasks: &Tasks<'_>,
) -> Result<(), InflateError> {
    let template = stage.spec.promotion_template.as_ref().map(|template| &template.spec);
    let vars: Vec<ExpressionVariable> = stage
        .spec
        .vars
        .iter()
        .chain(template.into_iter().flat_map(|template| &template.vars))
        .cloned()
        .collect();
    promotion.spec.steps = inflate(stage.spec.steps(), &vars, tasks)?;
    promotion.spec.vars = vars;
    Ok(())
}

/// Labels, annotation and owner that tie the Promotion to its Stage.
pub fn tie_to_stage(promotion: &mut Promotion, stage: &Stage) {
    let own = promotion.metadata.labels.get_or_insert_with(BTreeMap::new);
    match stage.spec.shard.as_deref().filter(|shard| !shard.is_empty()) {
        Some(shard) => own.insert(labels::SHARD.to_owned(), shard.to_owned()),
        None => own.remove(labels::SHARD),
    };
    own.insert(labels::STAGE.to_owned(), api::identity::shorten_label_value(&promotion.spec.stage));
    let own = promotion.metadata.annotations.get_or_insert_with(BTreeMap::new);
    own.insert(annotations::STAGE.to_owned(), promotion.spec.stage.clone());
    if !is_request_child(promotion) {
        promotion.metadata.owner_references = Some(vec![owner(stage)]);
    }
}

/// Whether a PromotionRequest made it, as one part of its fan-out.
#[must_use]
pub fn is_request_child(promotion: &Promotion) -> bool {
    let owners = promotion.metadata.owner_references.iter().flatten();
    let controller = owners.into_iter().find(|owner| owner.controller == Some(true));
    controller.is_some_and(|owner| {
        owner.api_version == api::API_VERSION && owner.kind == "PromotionRequest"
    })
}

fn owner(stage: &Stage) -> OwnerReference {
    OwnerReference {
        api_version: api::API_VERSION.to_owned(),
        kind: "Stage".to_owned(),
        name: stage.metadata.name.clone().unwrap_or_default(),
        uid: stage.metadata.uid.clone().unwrap_or_default(),
        controller: Some(true),
        block_owner_deletion: Some(true),
    }
}

/// The newest name among them, for whoever must sort after all.
#[must_use]
pub fn newest(promotions: &[Promotion]) -> Option<&str> {
    promotions.iter().map(order::name_of).max()
}
