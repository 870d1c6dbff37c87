//! ProjectConfig: one per Project, with policies and receivers that can be read.

use std::collections::BTreeSet;

use api::ProjectConfig;

use super::{Causes, Denied, Facts, Request, in_project, receivers};
use crate::label_selector;
use crate::pattern::Pattern;
use crate::stage::policy_labels;

/// A ProjectConfig that is created or changed.
pub fn review(
    config: ProjectConfig,
    request: &Request,
    facts: &Facts,
) -> Result<ProjectConfig, Denied> {
    let mut causes = Causes::default();
    in_project(&mut causes, request, facts);
    let name = config.metadata.name.as_deref().unwrap_or_default();
    let namespace = config.metadata.namespace.as_deref().unwrap_or(&request.namespace);
    if name != namespace {
        causes.invalid(
            "metadata.name",
            name,
            format!("must be named like its Project: {namespace:?}"),
        );
    }
    if let Some(spec) = &config.spec {
        let mut stages = BTreeSet::new();
        for (index, policy) in spec.promotion_policies.iter().enumerate() {
            let path = format!("spec.promotionPolicies[{index}]");
            if let Some(stage) = policy.stage.as_deref().filter(|stage| !stages.insert(*stage)) {
                causes.duplicate(
                    format!("{path}.stage"),
                    stage,
                    "a policy for this Stage stands above; the first one wins",
                );
            }
            let Some(selector) = &policy.stage_selector else { continue };
            if let Some(pattern) = &selector.name
                && let Err(error) = Pattern::name(pattern)
            {
                causes.invalid(format!("{path}.stageSelector.name"), pattern, error.to_string());
            }
            if let Err(error) = label_selector::validate(&policy_labels(selector)) {
                causes.invalid(
                    format!("{path}.stageSelector.matchExpressions"),
                    "",
                    error.to_string(),
                );
            }
        }
        receivers::check(&mut causes, "spec.webhookReceivers", &spec.webhook_receivers);
    }
    causes.refuse("ProjectConfig", name)?;
    Ok(config)
}
