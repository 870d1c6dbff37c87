//! Which promotion policy of the ProjectConfig governs a Stage: the first that selects it.

use api::{LabelSelector, NameSelector, ObjectMeta, ProjectConfig, PromotionPolicy};
use thiserror::Error;

use crate::label_selector::{self, SelectorError};
use crate::pattern::{Pattern, PatternError};

/// A selector that cannot be evaluated.
#[derive(Debug, Error)]
pub enum PolicyError {
    /// Its name pattern.
    #[error("promotion policy {index} of the ProjectConfig: {source}")]
    Pattern {
        /// Position of the policy.
        index: usize,
        /// What is wrong.
        source: PatternError,
    },
    /// Its label selector.
    #[error("promotion policy {index} of the ProjectConfig: {source}")]
    Selector {
        /// Position of the policy.
        index: usize,
        /// What is wrong.
        source: SelectorError,
    },
}

/// The policy that governs a Stage with this metadata, if any.
pub fn auto_promotion_policy<'a>(
    config: Option<&'a ProjectConfig>,
    stage: &ObjectMeta,
) -> Result<Option<&'a PromotionPolicy>, PolicyError> {
    let policies = config
        .and_then(|config| config.spec.as_ref())
        .map(|spec| spec.promotion_policies.as_slice());
    for (index, policy) in policies.unwrap_or_default().iter().enumerate() {
        if selects(policy, index, stage)? {
            return Ok(Some(policy));
        }
    }
    Ok(None)
}

/// Whether the policy promotes on its own; off unless it says so.
pub(crate) fn enables(policy: &PromotionPolicy) -> bool {
    policy.auto_promotion_enabled == Some(true)
}

fn selects(
    policy: &PromotionPolicy,
    index: usize,
    stage: &ObjectMeta,
) -> Result<bool, PolicyError> {
    let name = stage.name.as_deref().unwrap_or_default();
    let Some(selector) = &policy.stage_selector else {
        return Ok(policy.stage.as_deref() == Some(name));
    };
    if let Some(pattern) = selector.name.as_deref().filter(|pattern| !pattern.is_empty()) {
        let pattern =
            Pattern::name(pattern).map_err(|source| PolicyError::Pattern { index, source })?;
        if !pattern.matches(name) {
            return Ok(false);
        }
    }
    label_selector::matches(&labels_of(selector), stage.labels.as_ref())
        .map_err(|source| PolicyError::Selector { index, source })
}

/// The label part of a name-and-label selector.
pub(crate) fn labels_of(selector: &NameSelector) -> LabelSelector {
    LabelSelector {
        match_labels: Some(selector.match_labels.clone()),
        match_expressions: Some(selector.match_expressions.clone()),
    }
}
