//! ProjectConfig: one per Project, with policies and receivers that can be read.

use std::collections::BTreeMap;

use api::{ProjectConfig, PromotionPolicy};

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
        policies(&mut causes, &spec.promotion_policies);
        receivers::check(&mut causes, "spec.webhookReceivers", &spec.webhook_receivers);
    }
    causes.refuse("ProjectConfig", name)?;
    Ok(config)
}

/// Selectors that can be read, and each Stage named once: the first policy that matches wins.
fn policies(causes: &mut Causes, policies: &[PromotionPolicy]) {
    let mut named: BTreeMap<&str, usize> = BTreeMap::new();
    for (index, policy) in policies.iter().enumerate() {
        let path = format!("spec.promotionPolicies[{index}]");
        let (field, name) = match &policy.stage_selector {
            Some(selector) => (format!("{path}.stageSelector.name"), selector.name.as_deref()),
            None => (format!("{path}.stage"), policy.stage.as_deref()),
        };
        let name = name.unwrap_or_default();
        match (Pattern::name(name), name.split_once(':')) {
            (Err(error), _) => causes.invalid(&field, name, error.to_string()),
            (Ok(Pattern::Exact(_)), Some(_)) => {
                let message = "a pattern begins with glob:, regex: or regexp:";
                causes.invalid(&field, name, message);
            }
            (Ok(Pattern::Exact(_)), None) if !name.is_empty() => match named.get(name) {
                Some(first) => {
                    let message =
                        format!("spec.promotionPolicies[{first}] names this Stage already");
                    causes.duplicate(&field, name, message);
                }
                None => {
                    named.insert(name, index);
                }
            },
            _ => {}
        }
        if let Some(selector) = &policy.stage_selector
            && let Err(error) = label_selector::validate(&policy_labels(selector))
        {
            causes.invalid(format!("{path}.stageSelector.matchExpressions"), "", error.to_string());
        }
    }
}
