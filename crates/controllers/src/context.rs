//! What every controller shares: the client, the clock and one cache per kind.

use std::sync::Arc;

use api::{Freight, Project, ProjectConfig, Promotion, Stage, Warehouse};
use integrations::clock::Clock;
use k8s_openapi::api::core::v1::Namespace;
use kube::Client;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::cache::Cache;

pub struct Context {
    pub client: Client,
    pub clock: Arc<dyn Clock>,
    pub namespaces: Arc<Cache<Namespace>>,
    pub projects: Arc<Cache<Project>>,
    pub project_configs: Arc<Cache<ProjectConfig>>,
    pub warehouses: Arc<Cache<Warehouse>>,
    /// By origin Warehouse, and by each Stage that its status names.
    pub freight: Arc<Cache<Freight>>,
    /// By each Warehouse and each upstream Stage that it asks for Freight.
    pub stages: Arc<Cache<Stage>>,
    /// By Stage.
    pub promotions: Arc<Cache<Promotion>>,
}

/// Index entry of everything that comes from a Warehouse.
pub(crate) fn warehouse_entry(name: &str) -> String {
    format!("warehouse/{name}")
}

/// Index entry of everything that comes through a Stage.
pub(crate) fn stage_entry(name: &str) -> String {
    format!("stage/{name}")
}

impl Context {
    pub fn new(client: Client, clock: Arc<dyn Clock>) -> Arc<Self> {
        Arc::new(Self {
            client,
            clock,
            namespaces: Cache::new(|_| Vec::new()),
            projects: Cache::new(|_| Vec::new()),
            project_configs: Cache::new(|_| Vec::new()),
            warehouses: Cache::new(|_| Vec::new()),
            freight: Cache::new(origin_and_stages),
            stages: Cache::new(upstreams),
            promotions: Cache::new(|promotion: &Promotion| {
                vec![stage_entry(&promotion.spec.stage)]
            }),
        })
    }

    /// Starts the watches and waits until every cache holds its first complete list.
    pub async fn start(&self, tasks: &mut JoinSet<()>, cancel: &CancellationToken) {
        let client = || self.client.clone();
        tasks.spawn(self.namespaces.clone().run(client(), cancel.clone()));
        tasks.spawn(self.projects.clone().run(client(), cancel.clone()));
        tasks.spawn(self.project_configs.clone().run(client(), cancel.clone()));
        tasks.spawn(self.warehouses.clone().run(client(), cancel.clone()));
        tasks.spawn(self.freight.clone().run(client(), cancel.clone()));
        tasks.spawn(self.stages.clone().run(client(), cancel.clone()));
        tasks.spawn(self.promotions.clone().run(client(), cancel.clone()));
        tokio::join!(
            self.namespaces.ready(),
            self.projects.ready(),
            self.project_configs.ready(),
            self.warehouses.ready(),
            self.freight.ready(),
            self.stages.ready(),
            self.promotions.ready(),
        );
    }
}

fn origin_and_stages(freight: &Freight) -> Vec<String> {
    let mut entries = vec![warehouse_entry(&freight.origin.name)];
    if let Some(status) = &freight.status {
        let named = status.currently_in.keys().chain(status.verified_in.keys());
        entries.extend(named.chain(status.approved_for.keys()).map(|name| stage_entry(name)));
        entries.sort();
        entries.dedup();
    }
    entries
}

fn upstreams(stage: &Stage) -> Vec<String> {
    let requests = stage.spec.requested_freight.iter();
    requests
        .flat_map(|request| {
            let upstreams = request.sources.stages.iter().map(|name| stage_entry(name));
            upstreams.chain([warehouse_entry(&request.origin.name)])
        })
        .collect()
}
