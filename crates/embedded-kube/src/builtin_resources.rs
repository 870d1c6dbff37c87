//! The built-in kinds as served resources.
use crate::builtin::{KINDS, Kind};
use crate::resource::{Conversion, Resource, collection};
use crate::table::Columns;
use std::sync::{Arc, LazyLock};

static ALL: LazyLock<Vec<Arc<Resource>>> =
    LazyLock::new(|| KINDS.iter().map(|kind| Arc::new(resource(kind))).collect());

pub(crate) fn all() -> Vec<Arc<Resource>> {
    ALL.clone()
}

fn resource(kind: &'static Kind) -> Resource {
    let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
    // Both shapes of events share one store.
    let events = kind.group == "events.k8s.io";
    let group = if events { "" } else { kind.group };
    Resource {
        group: kind.group.into(),
        version: kind.version.into(),
        kind: kind.kind.into(),
        list_kind: format!("{}List", kind.kind),
        plural: kind.plural.into(),
        singular: kind.singular.into(),
        short_names: words(kind.short_names),
        categories: words(kind.categories),
        namespaced: kind.namespaced,
        stored: kind.stored,
        has_status: kind.has_status,
        has_generation: kind.has_generation,
        custom: None,
        builtin: Some(kind),
        columns: Columns::builtin(kind),
        collection: collection(group, kind.plural),
        storage_version: kind.version.into(),
        conversion: if events { Conversion::Events } else { Conversion::None },
        names: kind.names,
        selectable: words(kind.selectable),
    }
}
