//! Warehouses: discover when it is time, keep what was found, make Freight of the newest.

use std::sync::Arc;

use api::{Freight, Timestamp, Warehouse, WarehouseStatus};
use jiff::SignedDuration;
use kube::api::PostParams;
use kube::{Api, ResourceExt};
use rules::Decision;
use rules::warehouse::{Seen, WarehouseEffect};

use crate::cache::{Cache, Chain, Change, ObjectKey};
use crate::context::{Context, warehouse_entry};
use crate::discovery::Discoveries;
use crate::effects::present_is_done;
use crate::queue::Queue;
use crate::reconcile::{Error, Reconciler};

pub(crate) struct Warehouses {
    pub(crate) context: Arc<Context>,
    pub(crate) discoveries: Arc<Discoveries>,
    pub(crate) minimum_interval: SignedDuration,
}

impl Reconciler for Warehouses {
    type Kind = Warehouse;
    type Seen = Seen;
    type Status = WarehouseStatus;
    type Effect = WarehouseEffect;

    fn cache(context: &Context) -> &Arc<Cache<Warehouse>> {
        &context.warehouses
    }

    fn subscribe(context: &Arc<Context>, queue: &Arc<Queue>) {
        let own = queue.clone();
        context.warehouses.on_change(move |change: &Change<'_, Warehouse>| {
            change.object().into_iter().for_each(|warehouse| own.add(ObjectKey::of(&**warehouse)));
        });
    }

    async fn observe(&self, warehouse: &Arc<Warehouse>) -> Result<Seen, Error> {
        let namespace = warehouse.namespace().unwrap_or_default();
        let progress = self.discoveries.progress(&warehouse.uid().unwrap_or_default());
        let freight =
            self.context.freight.indexed(&namespace, &warehouse_entry(&warehouse.name_any()));
        Ok(Seen {
            warehouse: (**warehouse).clone(),
            minimum_interval: self.minimum_interval,
            discovering: progress.running,
            discovery: progress.outcome,
            failure: progress.failure,
            refused: progress.refused,
            freight,
        })
    }

    fn next(seen: &Seen, now: Timestamp) -> Decision<WarehouseStatus, WarehouseEffect> {
        rules::warehouse::next(seen, now)
    }

    async fn act(&self, warehouse: &Arc<Warehouse>, effect: WarehouseEffect) -> Result<(), Error> {
        match effect {
            WarehouseEffect::Discover(plan) => {
                self.discoveries.start(warehouse, plan);
                Ok(())
            }
            WarehouseEffect::CreateFreight(freight) => {
                let created = self.create_freight(&freight).await;
                let refused = created.as_ref().err().map(|error| Chain(error).to_string());
                self.discoveries.freight_creation(warehouse, refused);
                created
            }
        }
    }

    fn done(&self, warehouse: &Arc<Warehouse>, seen: &Seen) {
        if seen.discovery.is_some() {
            self.discoveries.recorded(&warehouse.uid().unwrap_or_default());
        }
    }
}

impl Warehouses {
    async fn create_freight(&self, freight: &Freight) -> Result<(), Error> {
        let namespace = freight.namespace().unwrap_or_default();
        let api: Api<Freight> = Api::namespaced(self.context.client.clone(), &namespace);
        let created = api.create(&PostParams::default(), freight).await;
        let operation = || format!("create Freight of Warehouse {}", freight.origin.name);
        if let Some(created) = present_is_done(created, operation)? {
            tracing::info!(project = %namespace, freight = %created.name_any(), alias = ?created.alias, "new Freight");
            self.context.freight.wrote(created);
        }
        Ok(())
    }
}
