//! Stages: queue and grant Promotions, settle them into history, record where Freight runs, promote on their own.

use std::collections::BTreeSet;
use std::sync::Arc;

use api::{Freight, Promotion, PromotionRequest, Stage, StageStatus, Timestamp};
use kube::api::{DeleteParams, ListParams, Patch, PatchParams, PostParams};
use kube::{Api, ResourceExt};
use rules::Decision;
use rules::stage::{Seen, StageEffect};
use serde_json::{Value, json};

use crate::cache::{Cache, Change, ObjectKey};
use crate::context::{Context, stage_entry, warehouse_entry};
use crate::effects::{absent_is_done, patch_finalizer, present_is_done};
use crate::queue::Queue;
use crate::reconcile::{Error, Reconciler, api_of};

pub(crate) struct Stages {
    pub(crate) context: Arc<Context>,
    pub(crate) actor: String,
}

impl Reconciler for Stages {
    type Kind = Stage;
    type Seen = Seen;
    type Status = StageStatus;
    type Effect = StageEffect;

    fn cache(context: &Context) -> &Arc<Cache<Stage>> {
        &context.stages
    }

    fn subscribe(context: &Arc<Context>, queue: &Arc<Queue>) {
        let own = queue.clone();
        let stages = Arc::downgrade(context);
        context.stages.on_change(move |change: &Change<'_, Stage>| {
            let (Some(stage), Some(context)) = (change.object(), stages.upgrade()) else { return };
            own.add(ObjectKey::of(&**stage));
            // Freight soaks in a Stage without steps by another rule, which Stages below must learn.
            let steps =
                |stage: Option<&Arc<Stage>>| stage.map(|stage| stage.spec.is_control_flow());
            if steps(change.before) != steps(change.after) {
                let namespace = stage.namespace().unwrap_or_default();
                let below = context.stages.indexed(&namespace, &stage_entry(&stage.name_any()));
                below.iter().for_each(|stage| own.add(ObjectKey::of(&**stage)));
            }
        });
        let of_promotion = queue.clone();
        context.promotions.on_change(move |change: &Change<'_, Promotion>| {
            let Some(promotion) = change.object() else { return };
            of_promotion.add(ObjectKey::new(
                promotion.namespace().unwrap_or_default(),
                &promotion.spec.stage,
            ));
        });
        let (of_freight, stages) = (queue.clone(), Arc::downgrade(context));
        context.freight.on_change(move |change: &Change<'_, Freight>| {
            let (Some(freight), Some(context)) = (change.object(), stages.upgrade()) else {
                return;
            };
            let namespace = freight.namespace().unwrap_or_default();
            for stage in context.stages.indexed(&namespace, &warehouse_entry(&freight.origin.name))
            {
                let (before, after) = (change.before.map(|it| &**it), change.after.map(|it| &**it));
                if rules::stage::is_concerned(&stage, before, after) {
                    of_freight.add(ObjectKey::of(&*stage));
                }
            }
        });
        let (of_config, stages) = (queue.clone(), Arc::downgrade(context));
        context.project_configs.on_change(move |change| {
            let (Some(config), Some(context)) = (change.object(), stages.upgrade()) else { return };
            for stage in context.stages.in_namespace(&config.namespace().unwrap_or_default()) {
                of_config.add(ObjectKey::of(&*stage));
            }
        });
    }

    async fn observe(&self, stage: &Arc<Stage>) -> Result<Seen, Error> {
        let namespace = stage.namespace().unwrap_or_default();
        let context = &self.context;
        let requests = &stage.spec.requested_freight;
        let origins: BTreeSet<&str> =
            requests.iter().map(|request| request.origin.name.as_str()).collect();
        let of_origins = origins
            .iter()
            .flat_map(|name| context.freight.indexed(&namespace, &warehouse_entry(name)));
        // What names the Stage although it asks for that origin no longer must be told when it leaves.
        let named = context.freight.indexed(&namespace, &stage_entry(&stage.name_any()));
        let strangers =
            named.into_iter().filter(|freight| !origins.contains(freight.origin.name.as_str()));
        let upstream = requests.iter().flat_map(|request| &request.sources.stages);
        Ok(Seen {
            stage: stage.clone(),
            promotions: context.promotions.indexed(&namespace, &stage_entry(&stage.name_any())),
            freight: of_origins.chain(strangers).collect(),
            stages: upstream
                .filter_map(|name| context.stages.get(&ObjectKey::new(&namespace, name)))
                .collect(),
            project_config: context.project_configs.get(&ObjectKey::new(&namespace, &namespace)),
            actor: self.actor.clone(),
            ..Seen::default()
        })
    }

    fn next(seen: &Seen, now: Timestamp) -> Decision<StageStatus, StageEffect> {
        rules::stage::next(seen, now)
    }

    async fn act(&self, stage: &Arc<Stage>, effect: StageEffect) -> Result<(), Error> {
        let namespace = stage.namespace().unwrap_or_default();
        if let Some((freight, patch)) = effect.freight_status_patch() {
            return self.patch_freight(&namespace, freight, patch).await;
        }
        match effect {
            StageEffect::AddFinalizer => {
                patch_finalizer(&self.context.client, &**stage, true).await
            }
            StageEffect::RemoveFinalizer => {
                patch_finalizer(&self.context.client, &**stage, false).await
            }
            StageEffect::Annotate { annotations } => {
                let patch = Patch::Merge(json!({ "metadata": { "annotations": annotations } }));
                let api = api_of::<Stage>(&self.context.client, &namespace);
                let patched = api.patch(&stage.name_any(), &PatchParams::default(), &patch).await;
                absent_is_done(patched, || format!("annotate Stage {}", stage.name_any()))
            }
            StageEffect::DeleteAnalysisRuns { stage_label } => {
                self.delete_analysis_runs(&namespace, &stage_label).await
            }
            StageEffect::CreatePromotion { promotion, intention } => {
                tracing::info!(stage = %stage.name_any(), freight = %intention.freight, "{}", intention.message);
                self.create_promotion(&namespace, &promotion).await
            }
            StageEffect::CreatePromotionRequest { request } => {
                let api: Api<PromotionRequest> =
                    Api::namespaced(self.context.client.clone(), &namespace);
                let created = api.create(&PostParams::default(), &request).await;
                if let Err(kube::Error::Api(status)) = &created
                    && matches!(status.code, 403 | 422)
                {
                    tracing::warn!(stage = %stage.name_any(), message = %status.message, "request not admitted");
                    return Ok(());
                }
                present_is_done(created, || {
                    format!("create a PromotionRequest for Stage {}", stage.name_any())
                })
                .map(drop)
            }
            // Those that patch Freight were carried out above.
            StageEffect::EnterFreight { .. }
            | StageEffect::LeaveFreight { .. }
            | StageEffect::MarkVerified { .. }
            | StageEffect::ForgetStage { .. } => Ok(()),
        }
    }
}

impl Stages {
    async fn patch_freight(
        &self,
        namespace: &str,
        freight: &str,
        patch: Value,
    ) -> Result<(), Error> {
        let api: Api<Freight> = Api::namespaced(self.context.client.clone(), namespace);
        let patch = Patch::Merge(json!({ "status": patch }));
        match api.patch_status(freight, &PatchParams::default(), &patch).await {
            Ok(written) => {
                self.context.freight.wrote(written);
                Ok(())
            }
            // Freight that is gone needs no record.
            Err(kube::Error::Api(status)) if status.code == 404 => Ok(()),
            Err(error) => {
                Err(Error::request(format!("record the Stage on Freight {freight}"))(error))
            }
        }
    }

    async fn create_promotion(&self, namespace: &str, promotion: &Promotion) -> Result<(), Error> {
        let api: Api<Promotion> = Api::namespaced(self.context.client.clone(), namespace);
        let created = api.create(&PostParams::default(), promotion).await;
        if let Err(kube::Error::Api(status)) = &created
            && matches!(status.code, 403 | 422)
        {
            // Admission says not now, or not like this; what it waits for wakes the Stage again.
            tracing::warn!(stage = %promotion.spec.stage, message = %status.message, "promotion not admitted");
            return Ok(());
        }
        let operation = || format!("create a Promotion to Stage {}", promotion.spec.stage);
        if let Some(created) = present_is_done(created, operation)? {
            self.context.promotions.wrote(created);
        }
        Ok(())
    }

    async fn delete_analysis_runs(&self, namespace: &str, stage_label: &str) -> Result<(), Error> {
        let api = api_of::<api::argo::AnalysisRun>(&self.context.client, namespace);
        let selector =
            ListParams::default().labels(&format!("{}={stage_label}", api::labels::STAGE));
        let deleted = api.delete_collection(&DeleteParams::default(), &selector).await;
        absent_is_done(deleted, || "delete the Stage's AnalysisRuns".to_owned())
    }
}
