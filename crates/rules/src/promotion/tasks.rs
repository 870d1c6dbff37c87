//! Inlining tasks: a step that refers to a task becomes the steps of that task, with its variables settled.

use std::collections::BTreeMap;

use api::{
    ExpressionVariable, PromotionStep, PromotionTaskKind, PromotionTaskReference, PromotionTaskSpec,
};
use thiserror::Error;

/// Between the alias of a task and that of its step.
pub const SEPARATOR: &str = "::";

/// A task that cannot be inlined.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum InflateError {
    /// There is no such task.
    #[error("{kind} {name:?} does not exist{}", in_project(.kind))]
    Missing {
        /// `PromotionTask` or `ClusterPromotionTask`.
        kind: &'static str,
        /// Its name.
        name: String,
    },
    /// A variable without default that nobody set.
    #[error(
        "step {alias:?}: task {task:?} needs a value for its variable {variable:?}; set it in the step's vars"
    )]
    MissingVariable {
        /// The step that refers to the task.
        alias: String,
        /// The task.
        task: String,
        /// The variable.
        variable: String,
    },
}

fn in_project(kind: &str) -> &'static str {
    if kind == "PromotionTask" { " in this project" } else { "" }
}

/// The tasks that exist, by name.
#[derive(Clone, Debug, Default)]
pub struct Tasks<'a> {
    /// Of the project.
    pub project: BTreeMap<&'a str, &'a PromotionTaskSpec>,
    /// Of the cluster.
    pub cluster: BTreeMap<&'a str, &'a PromotionTaskSpec>,
}

impl<'a> Tasks<'a> {
    fn find(
        &self,
        reference: &PromotionTaskReference,
    ) -> Result<&'a PromotionTaskSpec, InflateError> {
        let (kind, known) = match reference.kind.unwrap_or_default() {
            PromotionTaskKind::PromotionTask => ("PromotionTask", &self.project),
            PromotionTaskKind::ClusterPromotionTask => ("ClusterPromotionTask", &self.cluster),
        };
        let found = known.get(reference.name.as_str()).copied();
        found.ok_or_else(|| InflateError::Missing { kind, name: reference.name.clone() })
    }
}

/// Every step with an alias, tasks replaced by their steps.
pub fn inflate(
    steps: &[PromotionStep],
    promotion_vars: &[ExpressionVariable],
    tasks: &Tasks<'_>,
) -> Result<Vec<PromotionStep>, InflateError> {
    let mut inflated = Vec::with_capacity(steps.len());
    for (index, step) in steps.iter().enumerate() {
        let alias = alias(step, index);
        let Some(reference) = &step.task else {
            inflated.push(PromotionStep { r#as: Some(alias), ..step.clone() });
            continue;
        };
        let task = tasks.find(reference)?;
        let vars = settle_vars(&task.vars, promotion_vars, &step.vars).map_err(|variable| {
            InflateError::MissingVariable {
                alias: alias.clone(),
                task: reference.name.clone(),
                variable,
            }
        })?;
        for (inner_index, inner) in task.steps.iter().enumerate() {
            let mut own = inner.clone();
            own.r#as = Some(format!("{alias}{SEPARATOR}{}", self::alias(inner, inner_index)));
            own.vars = vars.iter().chain(&inner.vars).cloned().collect();
            inflated.push(own);
        }
    }
    Ok(inflated)
}

/// The step's alias, or the one its position gives it.
#[must_use]
pub fn alias(step: &PromotionStep, index: usize) -> String {
    match step.r#as.as_deref() {
        Some(alias) if !alias.is_empty() => alias.to_owned(),
        _ if step.task.is_some() => format!("task-{}", index + 1),
        _ => format!("step-{}", index + 1),
    }
}

/// Defaults the Promotion does not set, then what the referring step sets. `Err` names a variable nobody sets.
fn settle_vars(
    task: &[ExpressionVariable],
    promotion: &[ExpressionVariable],
    step: &[ExpressionVariable],
) -> Result<Vec<ExpressionVariable>, String> {
    let has_value = |variable: &ExpressionVariable| {
        variable.value.as_deref().is_some_and(|value| !value.is_empty())
    };
    let sets = |vars: &[ExpressionVariable], name: &str| {
        vars.iter().any(|known| known.name == name && has_value(known))
    };
    let mut settled = Vec::new();
    for variable in task {
        if sets(promotion, &variable.name) {
            continue;
        }
        if has_value(variable) {
            settled.push(variable.clone());
        } else if !sets(step, &variable.name) {
            return Err(variable.name.clone());
        }
    }
    settled.extend_from_slice(step);
    Ok(settled)
}
