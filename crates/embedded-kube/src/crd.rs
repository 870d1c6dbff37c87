//! CustomResourceDefinitions: what they make the server serve, and their conditions.
use crate::names::NameRule;
use crate::registry::Registry;
use crate::resource::{Conversion, Custom, Resource, collection};
use crate::schema::Schema;
use crate::store::Entry;
use crate::table::Columns;
use serde_json::{Map, Value, json};
use std::sync::Arc;

pub(crate) const COLLECTION: &str = "/apiextensions.k8s.io/customresourcedefinitions";
/// Holds a definition until its objects are gone.
pub(crate) const CLEANUP: &str = "customresourcecleanup.apiextensions.k8s.io";

/// Where the objects of a definition are stored.
pub(crate) fn collection_of(definition: &Value) -> String {
    collection(text(&definition["spec"]["group"]), text(&definition["spec"]["names"]["plural"]))
}

/// The resources a stored definition stands for, one per served version.
pub(crate) fn resources(entry: &Entry, before: &Registry) -> Vec<Arc<Resource>> {
    let definition = entry.value();
    let versions = definition["spec"]["versions"].as_array().cloned().unwrap_or_default();
    let served = versions.iter().filter(|version| version["served"] == true);
    served.filter_map(|version| resource(&definition, version, &versions, before)).collect()
}

fn resource(
    definition: &Value,
    version: &Value,
    versions: &[Value],
    before: &Registry,
) -> Option<Arc<Resource>> {
    let spec = &definition["spec"];
    let names = &spec["names"];
    let name = text(&version["name"]);
    let metadata = &definition["metadata"];
    let identity =
        (text(&metadata["uid"]).to_owned(), metadata["generation"].as_i64().unwrap_or_default());
    if let Some(known) = before.find(text(&spec["group"]), name, text(&names["plural"]))
        && known.custom.as_ref().is_some_and(|custom| custom.identity == identity)
    {
        return Some(known.clone());
    }
    let schema = match Schema::compile(&version["schema"]["openAPIV3Schema"]) {
        Ok(schema) => schema,
        Err(error) => {
            tracing::warn!(definition = text(&metadata["name"]), %error, "a stored definition cannot be served");
            return None;
        }
    };
    let storage = versions.iter().find(|version| version["storage"] == true);
    let words = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().map(|word| text(word).to_owned()).collect()
    };
    let fields = version["selectableFields"].as_array().into_iter().flatten();
    Some(Arc::new(Resource {
        group: text(&spec["group"]).into(),
        version: name.into(),
        kind: text(&names["kind"]).into(),
        list_kind: list_kind(names),
        plural: text(&names["plural"]).into(),
        singular: singular(names),
        short_names: words(&names["shortNames"]),
        categories: words(&names["categories"]),
        namespaced: spec["scope"] == "Namespaced",
        stored: true,
        has_status: version["subresources"]["status"].is_object(),
        has_generation: true,
        custom: Some(Arc::new(Custom { identity, schema })),
        builtin: None,
        columns: Columns::custom(version.get("additionalPrinterColumns")),
        collection: collection_of(definition),
        storage_version: text(&storage.unwrap_or(version)["name"]).into(),
        conversion: if versions.len() > 1 { Conversion::Version } else { Conversion::None },
        names: NameRule::Subdomain,
        selectable: fields
            .map(|field| text(&field["jsonPath"]).trim_start_matches('.').to_owned())
            .collect(),
    }))
}

/// Removes what is no part of a schema, and adds where that was to `unknown`.
pub(crate) fn prune(definition: &mut Value, unknown: &mut Vec<String>) {
    let versions = definition.pointer_mut("/spec/versions").and_then(Value::as_array_mut);
    for (index, version) in versions.into_iter().flatten().enumerate() {
        if let Some(schema) = version.pointer_mut("/schema/openAPIV3Schema") {
            let path = format!("spec.versions[{index}].schema.openAPIV3Schema");
            crate::schema::structural::prune(schema, &path, 0, unknown);
        }
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn singular(names: &Value) -> String {
    match text(&names["singular"]) {
        "" => text(&names["kind"]).to_lowercase(),
        singular => singular.into(),
    }
}

fn list_kind(names: &Value) -> String {
    match text(&names["listKind"]) {
        "" => format!("{}List", text(&names["kind"])),
        kind => kind.into(),
    }
}

/// Fills in names, conversion and conditions of a definition being written.
pub(crate) fn complete(definition: &mut Value, current: Option<&Value>, now: &str) {
    let names = definition["spec"]["names"].clone();
    let spec = &mut definition["spec"];
    if spec.is_object() && names.is_object() {
        spec["names"]["singular"] = singular(&names).into();
        spec["names"]["listKind"] = list_kind(&names).into();
        if spec["conversion"].is_null() {
            spec["conversion"] = json!({"strategy": "None"});
        }
    }
    let accepted = definition["spec"]["names"].clone();
    let conditions = match current.map(|current| current["status"]["conditions"].clone()) {
        Some(Value::Array(conditions)) => Value::Array(conditions),
        _ => json!([
            {"lastTransitionTime": now, "message": "no conflicts found", "reason": "NoConflicts", "status": "True", "type": "NamesAccepted"},
            {"lastTransitionTime": now, "message": "the initial names have been accepted", "reason": "InitialNamesAccepted", "status": "True", "type": "Established"},
        ]),
    };
    let versions = definition["spec"]["versions"].as_array().into_iter().flatten();
    let storage = versions
        .filter(|version| version["storage"] == true)
        .map(|version| version["name"].clone());
    // Objects stay stored as they were written: a version that was once used is remembered.
    let mut stored = match &definition["status"]["storedVersions"] {
        Value::Array(stored) if current.is_some() => stored.clone(),
        _ => Vec::new(),
    };
    for version in storage {
        if !stored.contains(&version) {
            stored.push(version);
        }
    }
    let mut status = Map::new();
    status.insert("acceptedNames".into(), accepted);
    status.insert("conditions".into(), conditions);
    status.insert("storedVersions".into(), stored.into());
    definition["status"] = status.into();
}
