//! `…/images`: which tag of which image is, or was, in which Stage; the number says how many changes ago.

use std::collections::BTreeMap;

use api::Stage;
use api::rest::TagMap;
use axum::Json;
use axum::extract::Path;
use serde_json::{Value, json};

use crate::error::Result;
use crate::kubernetes::STAGES;
use crate::operation::{Operation, operation};
use crate::request::Caller;

pub(crate) const LIST: Operation =
    operation("ListImages", "Which tag of which image is, or was, in which Stage.")
        .answers::<BTreeMap<String, TagMap>>();

type Tags = BTreeMap<String, BTreeMap<String, usize>>;

pub(crate) async fn list(caller: Caller, Path(project): Path<String>) -> Result<Json<Value>> {
    let (stages, _) = caller.kube.read_all::<Stage>(&STAGES, Some(&project), None).await?;
    let mut images: BTreeMap<String, Tags> = BTreeMap::new();
    for stage in stages {
        let name = stage.metadata.name.unwrap_or_default();
        let history = stage.status.unwrap_or_default().freight_history;
        for (age, collection) in history.into_iter().enumerate() {
            let pieces = collection.freight.into_values();
            for image in pieces.flat_map(|piece| piece.images) {
                let tags = images.entry(image.repo_url.unwrap_or_default()).or_default();
                let places = tags.entry(image.tag.unwrap_or_default()).or_default();
                places.entry(name.clone()).or_insert(age);
            }
        }
    }
    let answer = images.into_iter().map(|(repository, tags)| {
        let tags = tags.into_iter().map(|(tag, stages)| (tag, json!({ "stages": stages })));
        (repository, json!({ "tags": tags.collect::<BTreeMap<_, _>>() }))
    });
    Ok(Json(answer.collect::<serde_json::Map<_, _>>().into()))
}
