//! Whether everything that can be done is done: for tests, and for a stop that waits for a quiet moment.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use kube::api::ListParams;
use kube::{Api, Client, Resource, ResourceExt};
use serde::de::DeserializeOwned;

use crate::Controllers;
use crate::cache::{Cache, ObjectKey};

impl Controllers {
    /// `None` while anything is due, under way or to be tried again, or while a cache is behind the API. Otherwise a
    /// mark that changes with every write to an object we watch. What waits for a time or a change is at rest.
    pub async fn rest(&self) -> Option<u64> {
        if !self.is_idle() {
            return None;
        }
        let context = &self.context;
        let client = &context.client;
        let mut mark = DefaultHasher::new();
        seen_all(client, &context.namespaces, &mut mark).await?;
        seen_all(client, &context.projects, &mut mark).await?;
        seen_all(client, &context.project_configs, &mut mark).await?;
        seen_all(client, &context.warehouses, &mut mark).await?;
        seen_all(client, &context.freight, &mut mark).await?;
        seen_all(client, &context.stages, &mut mark).await?;
        seen_all(client, &context.promotions, &mut mark).await?;
        self.is_idle().then(|| mark.finish())
    }

    fn is_idle(&self) -> bool {
        self.queues.iter().all(|queue| queue.is_idle())
            && !self.runs.is_working()
            && !self.discoveries.is_working()
    }
}

/// Whether the cache holds exactly what the API holds; adds that to the mark.
async fn seen_all<K>(client: &Client, cache: &Arc<Cache<K>>, mark: &mut impl Hasher) -> Option<()>
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + Sync + 'static,
{
    let stored = Api::<K>::all(client.clone()).list_metadata(&ListParams::default()).await.ok()?;
    let versions: BTreeMap<ObjectKey, Option<String>> = stored
        .items
        .iter()
        .map(|object| (ObjectKey::of(object), object.resource_version()))
        .collect();
    let cached = cache.all();
    let same = cached.len() == versions.len()
        && cached.iter().all(|object| {
            versions.get(&ObjectKey::of(&**object)) == Some(&object.resource_version())
        });
    versions.hash(mark);
    same.then_some(())
}
