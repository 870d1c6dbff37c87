//! Evaluates a step's `if`, variables and configuration against what the promotion knows,
//! fetching facts as the evaluation asks for them.

use api::{PromotionStep, StepExecutionMetadata};
use expressions::{Error, Functions, Lookup, Scope, template};
use serde_json::{Map, Value, json};

use super::{
    Engine, EngineError, Job, facts::FactsError, host_values, next::has_failures,
    redaction::Secrets,
};

/// One expression needs a handful of facts; a template that asks for more is a loop.
const MOST_FACTS: usize = 200;

/// What can be wrong with an expression.
#[derive(Debug)]
pub(crate) enum EvaluationError {
    /// The user's mistake, for people.
    Wrong(String),
    /// The engine cannot go on now.
    Engine(EngineError),
}

impl EvaluationError {
    /// Says where the user's mistake is.
    fn within(self, place: &str) -> Self {
        match self {
            Self::Wrong(problem) => Self::Wrong(format!("{place}: {problem}")),
            Self::Engine(error) => Self::Engine(error),
        }
    }
}

/// Evaluates for one step. Facts are fetched once per step.
pub(crate) struct Evaluator<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) job: &'a Job,
    pub(crate) step: &'a PromotionStep,
    pub(crate) alias: &'a str,
    /// What became of the steps before this one, and of this one.
    pub(crate) metadata: &'a [StepExecutionMetadata],
    /// Outputs so far.
    pub(crate) state: &'a Map<String, Value>,
    pub(crate) secrets: &'a Secrets,
    known: Vec<(Lookup, Result<expressions::Value, String>)>,
}

impl<'a> Evaluator<'a> {
    pub(crate) fn new(
        engine: &'a Engine,
        job: &'a Job,
        step: (&'a PromotionStep, &'a str),
        recorded: (&'a [StepExecutionMetadata], &'a Map<String, Value>),
        secrets: &'a Secrets,
    ) -> Self {
        let ((step, alias), (metadata, state)) = (step, recorded);
        Self { engine, job, step, alias, metadata, state, secrets, known: Vec::new() }
    }

    /// Whether the step should run.
    pub(crate) async fn condition(&mut self) -> Result<Condition, EvaluationError> {
        let Some(text) = self.step.r#if.as_deref().filter(|text| !text.is_empty()) else {
            let failed = has_failures(self.metadata);
            return Ok(if failed {
                Condition::Skip("an earlier step failed")
            } else {
                Condition::Run
            });
        };
        let mut scope = self.full_scope().await?;
        let value = self.template(text, &mut scope).await.map_err(|error| error.within("if"))?;
        match value {
            Value::Bool(true) => Ok(Condition::Run),
            Value::Bool(false) => Ok(Condition::Skip("its condition is false")),
            other => Err(EvaluationError::Wrong(format!(
                "`if` must give true or false, and `{text}` gives {}",
                described(&other)
            ))),
        }
    }

    /// The step's configuration with its expressions replaced by their values.
    pub(crate) async fn config(&mut self) -> Result<Value, EvaluationError> {
        let Some(config) = &self.step.config else { return Ok(json!({})) };
        if !config.is_object() {
            return Err(EvaluationError::Wrong(format!(
                "`config` must be an object, and is {}",
                described(config)
            )));
        }
        let mut scope = self.full_scope().await?;
        let value = self
            .evaluate("config", &mut scope, |scope| template::evaluate_json(config, scope))
            .await;
        value.map_err(|error| error.within(&culprit(config, "config", &scope)))
    }

    async fn full_scope(&mut self) -> Result<Scope, EvaluationError> {
        let vars = self.variables().await?;
        let mut scope = self.step_scope();
        scope.allow(&[Functions::Status]);
        scope.set_json("vars", &Value::Object(vars));
        Ok(scope)
    }

    /// The promotion's variables, which see only those before them, then the step's, which see
    /// outputs as well and win.
    async fn variables(&mut self) -> Result<Map<String, Value>, EvaluationError> {
        let mut vars = Map::new();
        let job = self.job;
        let step = self.step;
        let of_promotion = job.promotion.spec.vars.iter().map(|variable| (variable, false));
        let of_step = step.vars.iter().map(|variable| (variable, true));
        for (variable, sees_outputs) in of_promotion.chain(of_step) {
            let mut scope = if sees_outputs { self.step_scope() } else { self.promotion_scope() };
            scope.set_json("vars", &Value::Object(vars.clone()));
            let text = variable.value.as_deref().unwrap_or_default();
            let value = self.template(text, &mut scope).await;
            let value =
                value.map_err(|error| error.within(&format!("variable `{}`", variable.name)))?;
            vars.insert(variable.name.clone(), value);
        }
        Ok(vars)
    }

    /// What everything in a promotion sees.
    fn promotion_scope(&self) -> Scope {
        let job = self.job;
        let spec = &job.promotion.spec;
        let target = spec.freight.as_ref();
        let mut freight = job.freight.freight.values();
        let origin = freight
            .find(|freight| target.is_some() && freight.name.as_ref() == target)
            .and_then(|freight| freight.origin.as_ref())
            .map(|origin| origin.name.clone())
            .unwrap_or_default();
        let metadata = &job.promotion.metadata;
        let mut scope = Scope::new().with(&[
            Functions::Template,
            Functions::Data,
            Functions::Freight,
            Functions::Utility,
        ]);
        scope.set_now(self.engine.services.clock.now());
        scope.set_json(
            "ctx",
            &json!({
                "uiBaseUrl": self.engine.services.ui_base_url,
                "project": metadata.namespace.as_deref().unwrap_or_default(),
                "promotion": metadata.name.as_deref().unwrap_or_default(),
                "stage": spec.stage,
                "targetFreight": {
                    "name": spec.freight.as_deref().unwrap_or_default(),
                    "alias": job.target_freight_alias,
                    "origin": { "name": origin },
                },
                "meta": {
                    "promotion": { "actor": job.actor, "rollback": job.rollback },
                    "step": { "alias": self.alias },
                },
            }),
        );
        if let Some(target) = &job.target {
            scope.set_json("target", &json!({ "params": target.params, "labels": target.labels }));
        }
        scope
    }

    /// What a step sees beyond that.
    fn step_scope(&self) -> Scope {
        let mut scope = self.promotion_scope();
        scope.set_json("outputs", &Value::Object(self.state.clone()));
        if let Some((task, _)) = namespace(self.alias) {
            let outputs: Map<String, Value> = self
                .state
                .iter()
                .filter_map(|(alias, output)| match namespace(alias) {
                    Some((of, short)) if of == task => Some((short.to_owned(), output.clone())),
                    _ => None,
                })
                .collect();
            scope.set_json("task", &json!({ "outputs": outputs }));
        }
        scope.set("stepMetas", step_metas(self.metadata));
        scope
    }

    async fn template(&mut self, text: &str, scope: &mut Scope) -> Result<Value, EvaluationError> {
        self.evaluate(text, scope, |scope| template::evaluate(text, scope)).await
    }

    async fn evaluate(
        &mut self,
        what: &str,
        scope: &mut Scope,
        attempt: impl Fn(&Scope) -> Result<Value, Error>,
    ) -> Result<Value, EvaluationError> {
        for (lookup, answer) in &self.known {
            scope.provide(lookup, answer.clone());
        }
        for _ in 0..MOST_FACTS {
            match attempt(scope) {
                Ok(value) => return Ok(value),
                Err(Error::Missing(lookup)) => {
                    let answer = self.answer(&lookup).await?;
                    scope.provide(&lookup, answer.clone());
                    self.known.push((lookup, answer));
                }
                Err(error) => return Err(EvaluationError::Wrong(error.to_string())),
            }
        }
        Err(EvaluationError::Wrong(format!("`{what}` asks for more than {MOST_FACTS} facts")))
    }

    /// The answer to a function's question; an inner error becomes the function's error.
    async fn answer(
        &self,
        lookup: &Lookup,
    ) -> Result<Result<expressions::Value, String>, EvaluationError> {
        match self.look_up(lookup).await {
            Ok(value) => Ok(Ok(value)),
            Err(LookUpError::Wrong(problem)) => Ok(Err(problem)),
            Err(LookUpError::Facts(error @ FactsError::Denied { .. })) => {
                Ok(Err(error.to_string()))
            }
            Err(LookUpError::Facts(error)) => {
                Err(EvaluationError::Engine(EngineError::Facts(error)))
            }
        }
    }
}

/// The first field that cannot be evaluated; all facts it needs are in the scope already.
fn culprit(value: &Value, place: &str, scope: &Scope) -> String {
    let fails = |value: &Value| template::evaluate_json(value, scope).is_err();
    match value {
        Value::Array(items) => {
            let found = items.iter().enumerate().find(|(_, item)| fails(item));
            found.map(|(index, item)| culprit(item, &format!("{place}[{index}]"), scope))
        }
        Value::Object(fields) => fields
            .iter()
            .find(|(_, field)| fails(field))
            .map(|(name, field)| culprit(field, &format!("{place}.{name}"), scope)),
        _ => None,
    }
    .unwrap_or_else(|| place.to_owned())
}

/// What an `if` said.
#[derive(Debug)]
pub(crate) enum Condition {
    /// Run the step.
    Run,
    /// Leave it out, for this reason.
    Skip(&'static str),
}

/// Why a lookup has no answer.
#[derive(Debug)]
pub(crate) enum LookUpError {
    /// The function was called wrongly, or what it asks for is not there.
    Wrong(String),
    /// The control plane did not answer.
    Facts(FactsError),
}

/// The task part and the step part of an inflated step's alias.
pub(crate) fn namespace(alias: &str) -> Option<(&str, &str)> {
    let (task, step) = alias.split_once("::")?;
    (!step.contains("::")).then_some((task, step))
}

fn step_metas(metadata: &[StepExecutionMetadata]) -> expressions::Value {
    expressions::Value::map(metadata.iter().map(|step| {
        let alias = step.alias.clone().unwrap_or_default();
        (alias, host_values::STEP_METADATA.of(Some(step)))
    }))
}

fn described(value: &Value) -> String {
    match value {
        Value::Null => "nothing".to_owned(),
        Value::Bool(_) => "a boolean".to_owned(),
        Value::Number(number) => format!("the number {number}"),
        Value::String(_) => "a text".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}
