//! A project in memory: applies the effects of decisions until nothing is left to do.

use std::collections::BTreeMap;
use std::sync::Arc;

use api::{Freight, ProjectConfig, Promotion, PromotionPhase, Stage, Time, Timestamp};
use rules::admission::{self, Caller, Facts, Operation, Request};
use rules::promotion::PromotionEffect;
use rules::stage::StageEffect;
use rules::{Again, stage};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Second zero of every world.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + second).unwrap()
}

pub(crate) fn object<K: DeserializeOwned>(value: Value) -> K {
    serde_json::from_value(value).unwrap()
}

/// Freight of a Warehouse, discovered at a second; its name starts with the given letters.
pub(crate) fn freight(name: &str, warehouse: &str, discovered: i64) -> Freight {
    object(json!({
        "metadata": { "name": name, "namespace": "p" },
        "alias": name,
        "origin": { "kind": "Warehouse", "name": warehouse },
        "discoveredAt": Time(at(discovered)),
        "images": [{ "repoURL": "example/app", "tag": name, "digest": "sha256:0" }],
    }))
}

/// A Stage with one step; `requests` is its `requestedFreight`.
pub(crate) fn stage_named(name: &str, requests: Value) -> Stage {
    object(json!({
        "metadata": {
            "name": name, "namespace": "p", "uid": format!("uid-{name}"), "generation": 1,
            "finalizers": ["kargo.akuity.io/finalizer"],
        },
        "spec": {
            "requestedFreight": requests,
            "promotionTemplate": { "spec": { "steps": [{ "uses": "fail" }] } },
        },
    }))
}

/// Straight from a Warehouse.
pub(crate) fn direct(warehouse: &str) -> Value {
    json!({ "origin": { "kind": "Warehouse", "name": warehouse }, "sources": { "direct": true } })
}

/// From other Stages; `more` is merged into the sources.
pub(crate) fn from_stages(warehouse: &str, stages: &[&str], more: Value) -> Value {
    let mut sources = json!({ "stages": stages });
    for (key, value) in more.as_object().unwrap() {
        sources[key] = value.clone();
    }
    json!({ "origin": { "kind": "Warehouse", "name": warehouse }, "sources": sources })
}

/// Auto-promotion for every Stage.
pub(crate) fn promote_all() -> ProjectConfig {
    object(json!({
        "metadata": { "name": "p", "namespace": "p" },
        "spec": { "promotionPolicies": [{ "stageSelector": { "name": "glob:*" }, "autoPromotionEnabled": true }] },
    }))
}

pub(crate) fn name<K: kube_name::Named>(object: &K) -> String {
    object.metadata().name.clone().unwrap_or_default()
}

/// Every kind here has metadata; this saves naming them all.
pub(crate) mod kube_name {
    use api::ObjectMeta;

    pub(crate) trait Named {
        fn metadata(&self) -> &ObjectMeta;
    }

    macro_rules! named {
        ($($kind:ident),+) => { $(impl Named for api::$kind {
            fn metadata(&self) -> &ObjectMeta { &self.metadata }
        })+ };
    }
    named!(Freight, Promotion, Stage);
}

#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    pub(crate) now: i64,
    pub(crate) stages: BTreeMap<String, Stage>,
    pub(crate) freight: BTreeMap<String, Freight>,
    pub(crate) promotions: BTreeMap<String, Promotion>,
    pub(crate) config: Option<ProjectConfig>,
    /// How Promotions of a piece of Freight end; those not named succeed.
    pub(crate) fate: BTreeMap<String, PromotionPhase>,
    /// The most Promotions that ran at once in one Stage.
    pub(crate) most_running: usize,
    /// In which order Promotions started.
    pub(crate) started: Vec<String>,
    counter: u128,
}

impl World {
    pub(crate) fn new(stages: Vec<Stage>, freight: Vec<Freight>) -> Self {
        Self {
            stages: stages.into_iter().map(|stage| (name(&stage), stage)).collect(),
            freight: freight.into_iter().map(|freight| (name(&freight), freight)).collect(),
            config: Some(promote_all()),
            ..Self::default()
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        at(self.now)
    }

    pub(crate) fn seen(&self, stage: &str) -> stage::Seen {
        stage::Seen {
            stage: Arc::new(self.stages[stage].clone()),
            promotions: self
                .promotions
                .values()
                .filter(|promotion| promotion.spec.stage == stage)
                .cloned()
                .map(Arc::new)
                .collect(),
            freight: self.freight.values().cloned().map(Arc::new).collect(),
            stages: self.stages.values().cloned().map(Arc::new).collect(),
            project_config: self.config.clone().map(Arc::new),
            ..stage::Seen::default()
        }
    }

    /// Creates a Promotion through admission, as a person or as Kargo.
    pub(crate) fn create(
        &mut self,
        promotion: &Promotion,
        control_plane: bool,
    ) -> Result<String, admission::Denied> {
        self.counter += 1;
        let facts = Facts {
            namespace: crate::admission::facts().namespace,
            stages: self.stages.values().cloned().collect(),
            freight: self.freight.values().cloned().collect(),
            project_config: self.config.clone(),
            may_promote: Some(true),
            random: self.counter,
            ..Facts::default()
        };
        let request = Request {
            kind: "Promotion".to_owned(),
            namespace: "p".to_owned(),
            operation: Operation::Create,
            caller: Caller { username: "someone".to_owned(), control_plane, ..Caller::default() },
            object: Some(serde_json::to_value(promotion).unwrap()),
            now: Some(self.now()),
            ..Request::default()
        };
        let mut promotion: Promotion = object(admission::review(&request, &facts)?.object.unwrap());
        promotion.metadata.creation_timestamp = Some(Time(self.now()));
        let name = name(&promotion);
        // A second one of the same name is the claim doing its work.
        self.promotions.entry(name.clone()).or_insert(promotion);
        Ok(name)
    }

    /// A person promotes.
    pub(crate) fn promote(&mut self, stage: &str, freight: &str) -> String {
        let promotion = rules::promotion::build::minimal(&self.stages[stage], freight);
        self.create(&promotion, false).unwrap()
    }

    /// One pass over everything; whether anything changed, and when to look again.
    pub(crate) fn pass(&mut self) -> (bool, Again) {
        let (mut changed, mut again) = (false, Again::OnChange);
        for stage in self.stages.keys().cloned().collect::<Vec<_>>() {
            let (moved, at) = self.pass_stage(&stage);
            changed |= moved;
            again = again.or_maybe_at(at.at());
        }
        for promotion in self.promotions.keys().cloned().collect::<Vec<_>>() {
            changed |= self.pass_promotion(&promotion);
        }
        (changed, again)
    }

    pub(crate) fn pass_stage(&mut self, stage: &str) -> (bool, Again) {
        let decision = rules::stage::next(&self.seen(stage), self.now());
        let mut changed = !decision.effects.is_empty();
        for effect in decision.effects {
            self.apply(stage, effect);
        }
        let Some(stage) = self.stages.get_mut(stage) else { return (true, decision.again) };
        changed |= stage.status.as_ref() != Some(&decision.status);
        stage.status = Some(decision.status);
        (changed, decision.again)
    }

    fn apply(&mut self, stage: &str, effect: StageEffect) {
        if let Some((freight, patch)) = effect.freight_status_patch() {
            let Some(freight) = self.freight.get_mut(freight) else { return };
            let mut status =
                serde_json::to_value(freight.status.clone().unwrap_or_default()).unwrap();
            merge(&mut status, &patch);
            freight.status = Some(object(status));
            return;
        }
        match effect {
            StageEffect::CreatePromotion { promotion, .. } => {
                self.create(&promotion, true).unwrap();
            }
            StageEffect::RemoveFinalizer => {
                self.stages.remove(stage);
            }
            StageEffect::AddFinalizer => {
                let finalizers = &mut self.stages.get_mut(stage).unwrap().metadata.finalizers;
                *finalizers = Some(vec!["kargo.akuity.io/finalizer".to_owned()]);
            }
            _ => {}
        }
    }

    fn pass_promotion(&mut self, name: &str) -> bool {
        let promotion = self.promotions[name].clone();
        let seen = rules::promotion::Seen {
            stage: self.stages.get(&promotion.spec.stage).cloned(),
            freight: promotion
                .spec
                .freight
                .as_ref()
                .and_then(|freight| self.freight.get(freight))
                .cloned(),
            control_flow: rules::freight_availability::control_flow_names(
                &self.stages.values().cloned().collect::<Vec<_>>(),
            ),
            promotion: promotion.clone(),
        };
        let decision = rules::promotion::next(&seen, self.now());
        let mut status = decision.status;
        if status.phase == Some(PromotionPhase::Running) {
            let stage = &promotion.spec.stage;
            let running = |known: &&Promotion| {
                &known.spec.stage == stage
                    && rules::promotion::phase(known) == PromotionPhase::Running
            };
            let others = self
                .promotions
                .values()
                .filter(running)
                .filter(|known| self::name(*known) != name)
                .count();
            self.most_running = self.most_running.max(others + 1);
            if rules::promotion::phase(&promotion) != PromotionPhase::Running {
                self.started.push(name.to_owned());
                self.promotions.get_mut(name).unwrap().status = Some(status);
                return true;
            }
            assert!(matches!(decision.effects.as_slice(), [PromotionEffect::Run { .. }]));
            let fate = promotion.spec.freight.as_ref().and_then(|freight| self.fate.get(freight));
            status.phase = Some(fate.cloned().unwrap_or(PromotionPhase::Succeeded));
            status.finished_at = Some(Time(self.now()));
        }
        let changed = promotion.status.as_ref() != Some(&status);
        self.promotions.get_mut(name).unwrap().status = Some(status);
        changed
    }

    /// Passes until nothing changes; how many it took.
    pub(crate) fn settle(&mut self) -> usize {
        for round in 0..60 {
            if !self.pass().0 {
                return round;
            }
        }
        panic!("the world does not come to rest: {:#?}", self.stages);
    }

    /// What a Stage runs, by origin.
    pub(crate) fn runs(&self, stage: &str) -> BTreeMap<String, String> {
        let status = self.stages[stage].status.clone().unwrap_or_default();
        let current = status.freight_history.into_iter().next().unwrap_or_default();
        current
            .freight
            .into_iter()
            .map(|(origin, piece)| (origin, piece.name.unwrap_or_default()))
            .collect()
    }

    pub(crate) fn status(&self, stage: &str) -> api::StageStatus {
        self.stages[stage].status.clone().unwrap_or_default()
    }

    /// `status/reason` of a condition.
    pub(crate) fn condition(&self, stage: &str, kind: &str) -> String {
        let status = self.status(stage);
        let found = api::condition::get(&status.conditions, kind);
        found.map_or("-".to_owned(), |found| format!("{}/{}", found.status, found.reason))
    }
}

pub(crate) fn merge(target: &mut Value, patch: &Value) {
    let Some(patch) = patch.as_object() else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    for (key, value) in patch {
        let map = target.as_object_mut().unwrap();
        if value.is_null() {
            map.remove(key);
        } else {
            merge(map.entry(key.clone()).or_insert(Value::Null), value);
        }
    }
}
