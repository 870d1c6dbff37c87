//! Promotions: wait for the Stage's turn, run the steps, record how it ended.

use std::sync::Arc;

use api::{Promotion, PromotionStatus, Stage, Timestamp, annotations};
use kube::api::{Patch, PatchParams};
use kube::{Api, ResourceExt};
use promotion::Job;
use rules::promotion::{PromotionEffect, Seen as RuleSeen};
use rules::{Again, Decision};
use serde_json::json;

use crate::cache::{Cache, Change, ObjectKey};
use crate::context::Context;
use crate::effects::absent_is_done;
use crate::promotion_runs::{Activity, PromotionRuns};
use crate::queue::Queue;
use crate::reconcile::{Error, Reconciler};

pub(crate) struct Promotions {
    pub(crate) context: Arc<Context>,
    pub(crate) runs: Arc<PromotionRuns>,
}

/// What the rule sees, and whether the Promotion is being carried out here.
pub(crate) struct Seen {
    rule: RuleSeen,
    activity: Activity,
}

impl Reconciler for Promotions {
    type Kind = Promotion;
    type Seen = Seen;
    type Status = PromotionStatus;
    type Effect = PromotionEffect;

    fn cache(context: &Context) -> &Arc<Cache<Promotion>> {
        &context.promotions
    }

    fn subscribe(context: &Arc<Context>, queue: &Arc<Queue>) {
        let own = queue.clone();
        context.promotions.on_change(move |change: &Change<'_, Promotion>| {
            change.object().into_iter().for_each(|promotion| own.add(ObjectKey::of(&**promotion)));
        });
        let of_stage = queue.clone();
        context.stages.on_change(move |change: &Change<'_, Stage>| {
            let before = change.before.and_then(holder);
            let after = change.after.and_then(holder);
            if before != after {
                before.into_iter().chain(after).for_each(|key| of_stage.add(key));
            }
        });
    }

    async fn observe(&self, promotion: &Arc<Promotion>) -> Result<Seen, Error> {
        let namespace = promotion.namespace().unwrap_or_default();
        let key = |name: &str| ObjectKey::new(&namespace, name);
        let stage = self.context.stages.get(&key(&promotion.spec.stage));
        let freight =
            promotion.spec.freight.as_deref().and_then(|name| self.context.freight.get(&key(name)));
        let requests = stage.iter().flat_map(|stage| &stage.spec.requested_freight);
        let control_flow = requests
            .flat_map(|request| &request.sources.stages)
            .filter(|name| {
                self.context
                    .stages
                    .get(&key(name))
                    .is_some_and(|stage| stage.spec.is_control_flow())
            })
            .cloned()
            .collect();
        let rule = RuleSeen {
            promotion: (**promotion).clone(),
            stage: stage.map(Arc::unwrap_or_clone),
            freight: freight.map(Arc::unwrap_or_clone),
            control_flow,
        };
        Ok(Seen { rule, activity: self.runs.activity(&promotion.uid().unwrap_or_default()) })
    }

    fn next(seen: &Seen, now: Timestamp) -> Decision<PromotionStatus, PromotionEffect> {
        let mut decision = rules::promotion::next(&seen.rule, now);
        let is_run = |effect: &PromotionEffect| matches!(effect, PromotionEffect::Run { .. });
        match seen.activity {
            Activity::None => {}
            // The task owns the status; all it can be told is to stop, and then it records how it ended.
            Activity::Working => {
                decision.status = seen.rule.promotion.status.clone().unwrap_or_default();
                decision.effects.retain(|effect| *effect == PromotionEffect::Stop);
            }
            Activity::Waiting(until) if until > now => {
                decision.effects.retain(|effect| !is_run(effect));
                decision.again = Again::At(until);
            }
            Activity::Waiting(_) => {}
        }
        decision
    }

    async fn act(&self, promotion: &Arc<Promotion>, effect: PromotionEffect) -> Result<(), Error> {
        match effect {
            PromotionEffect::Stop => {
                let uid = promotion.uid().unwrap_or_default();
                if !self.runs.abort(&uid) {
                    self.runs.forget(&uid).await;
                }
                Ok(())
            }
            PromotionEffect::Run { collection } => {
                let key = ObjectKey::of(&**promotion);
                // What the pass just wrote is in the cache; the task starts from there.
                let current =
                    self.context.promotions.get(&key).unwrap_or_else(|| promotion.clone());
                // It ended while this pass looked at an older copy.
                if current.uid() != promotion.uid() || rules::promotion::is_terminal(&current) {
                    return Ok(());
                }
                let stage =
                    self.context.stages.get(&ObjectKey::new(&key.namespace, &promotion.spec.stage));
                let name = promotion.spec.freight.as_deref().unwrap_or_default();
                let freight = self.context.freight.get(&ObjectKey::new(&key.namespace, name));
                self.runs.start(Job {
                    actor: promotion
                        .annotations()
                        .get(annotations::CREATE_ACTOR)
                        .cloned()
                        .unwrap_or_default(),
                    rollback: promotion.annotations().contains_key(annotations::ROLLBACK),
                    requests: stage
                        .map(|stage| stage.spec.requested_freight.clone())
                        .unwrap_or_default(),
                    target_freight_alias: freight
                        .and_then(|freight| freight.alias.clone())
                        .unwrap_or_default(),
                    promotion: Arc::unwrap_or_clone(current),
                    freight: collection,
                    target: None,
                });
                Ok(())
            }
            PromotionEffect::Reverify { stage, id } => {
                let namespace = promotion.namespace().unwrap_or_default();
                let stages: Api<Stage> = Api::namespaced(self.context.client.clone(), &namespace);
                let patch = Patch::Merge(
                    json!({ "metadata": { "annotations": { annotations::REVERIFY: id } } }),
                );
                let patched = stages.patch(&stage, &PatchParams::default(), &patch).await;
                absent_is_done(patched, || format!("ask Stage {stage} to verify again"))
            }
        }
    }
}

/// The Promotion that a Stage lets run.
fn holder(stage: &Arc<Stage>) -> Option<ObjectKey> {
    let holder = stage.status.as_ref()?.current_promotion.as_ref()?;
    Some(ObjectKey::new(stage.namespace().unwrap_or_default(), &holder.name))
}
