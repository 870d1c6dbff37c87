//! What steps of a template or task must look like.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use api::PromotionStep;
use expressions::pattern::Pattern;

use super::Causes;

/// Names that are given to steps without an alias.
static RESERVED: LazyLock<Pattern> =
    LazyLock::new(|| Pattern::new(r"^(step|task)-\d+$").unwrap_or_default());

/// Aliases are unique and do not look like those given automatically.
pub(super) fn aliases(causes: &mut Causes, path: &str, steps: &[PromotionStep]) {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, step) in steps.iter().enumerate() {
        let alias = step.r#as.as_deref().map(str::trim).unwrap_or_default();
        if alias.is_empty() {
            continue;
        }
        let field = format!("{path}[{index}].as");
        match seen.get(alias) {
            Some(first) => causes.invalid(
                &field,
                alias,
                format!("step alias duplicates that of {path}[{first}]"),
            ),
            None => {
                seen.insert(alias, index);
            }
        }
        if RESERVED.is_match(alias.as_bytes()) {
            causes.invalid(
                &field,
                alias,
                "step alias is reserved; choose one that is not step-<number> or task-<number>",
            );
        }
    }
}

/// A step that refers to a task carries nothing that belongs to a step of its own.
pub(super) fn task_references(causes: &mut Causes, path: &str, steps: &[PromotionStep]) {
    for (index, step) in steps.iter().enumerate().filter(|(_, step)| step.task.is_some()) {
        let present = [
            ("if", step.r#if.as_deref().is_some_and(|condition| !condition.is_empty())),
            ("config", step.config.is_some()),
            ("retry", step.retry.is_some()),
            ("continueOnError", step.continue_on_error.is_some()),
        ];
        for (field, _) in present.iter().filter(|(_, present)| *present) {
            causes.forbidden(
                format!("{path}[{index}].{field}"),
                "a step that references a task cannot have this; set it on the steps of the task",
            );
        }
    }
}

/// Tasks do not nest.
pub(super) fn no_tasks(causes: &mut Causes, path: &str, steps: &[PromotionStep]) {
    for (index, _) in steps.iter().enumerate().filter(|(_, step)| step.task.is_some()) {
        causes.forbidden(
            format!("{path}[{index}].task"),
            "a task cannot reference another task; write its steps out",
        );
    }
}
