//! Which resources are served: the built-in ones and those of stored CustomResourceDefinitions.
use crate::resource::Resource;
use crate::store::Store;
use parking_lot::RwLock;
use std::collections::HashMap;
use std::sync::Arc;

/// The resources at one moment.
#[derive(Default)]
pub(crate) struct Registry {
    resources: Vec<Arc<Resource>>,
    by_name: HashMap<String, usize>,
    /// Changes with every change of the definitions.
    pub(crate) revision: u64,
}

impl Registry {
    pub(crate) fn new(resources: Vec<Arc<Resource>>, revision: u64) -> Self {
        let mut by_name = HashMap::new();
        for (index, resource) in resources.iter().enumerate() {
            by_name
                .entry(path_name(&resource.group, &resource.version, &resource.plural))
                .or_insert(index);
        }
        Self { resources, by_name, revision }
    }

    pub(crate) fn find(&self, group: &str, version: &str, plural: &str) -> Option<&Arc<Resource>> {
        self.by_name.get(&path_name(group, version, plural)).map(|index| &self.resources[*index])
    }

    pub(crate) fn all(&self) -> &[Arc<Resource>] {
        &self.resources
    }

    /// The resource that keeps objects under `collection`.
    pub(crate) fn of_collection(&self, collection: &str) -> Option<&Arc<Resource>> {
        let mut all = self.resources.iter().filter(|resource| resource.collection == collection);
        let first = all.next()?;
        if first.version == first.storage_version {
            return Some(first);
        }
        Some(all.find(|resource| resource.version == resource.storage_version).unwrap_or(first))
    }

    pub(crate) fn of_kind(&self, api_version: &str, kind: &str) -> Option<&Arc<Resource>> {
        let fits = |one: &&Arc<Resource>| one.kind == kind && one.api_version() == api_version;
        self.resources.iter().find(fits)
    }
}

fn path_name(group: &str, version: &str, plural: &str) -> String {
    let mut name = String::with_capacity(group.len() + version.len() + plural.len() + 2);
    for part in [group, "/", version, "/", plural] {
        name.push_str(part);
    }
    name
}

/// The current registry, exchanged as a whole when definitions change.
#[derive(Default)]
pub(crate) struct Registries {
    current: RwLock<Arc<Registry>>,
}

impl Registries {
    pub(crate) fn current(&self) -> Arc<Registry> {
        self.current.read().clone()
    }

    /// Reads the stored definitions anew; unchanged ones keep their compiled schema.
    pub(crate) fn refresh(&self, store: &Store) {
        let mut current = self.current.write();
        let mut resources = crate::builtin_resources::all();
        let definitions = store.list(&format!("{}/", crate::crd::COLLECTION));
        // A definition being deleted is served on, so that its objects can be removed.
        for entry in &definitions.entries {
            resources.extend(crate::crd::resources(entry, &current));
        }
        *current = Arc::new(Registry::new(resources, definitions.revision));
    }
}
