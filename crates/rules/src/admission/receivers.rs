//! Receivers of external webhooks: unique names, one provider each, generic ones that select something.

use std::collections::BTreeSet;

use api::{GenericWebhookReceiverConfig, WebhookReceiverConfig};

use super::Causes;
use crate::label_selector;

pub(super) fn check(causes: &mut Causes, path: &str, receivers: &[WebhookReceiverConfig]) {
    let mut names = BTreeSet::new();
    for (index, receiver) in receivers.iter().enumerate() {
        let path = format!("{path}[{index}]");
        if !names.insert(receiver.name.as_str()) {
            causes.duplicate(
                format!("{path}.name"),
                &receiver.name,
                "each receiver needs a name of its own",
            );
        }
        let providers: Vec<&str> =
            providers(receiver).into_iter().filter_map(|(name, set)| set.then_some(name)).collect();
        match providers.as_slice() {
            [_] => {}
            [] => causes.required(&path, "name one provider, such as github or generic"),
            several => causes.invalid(&path, &several.join(", "), "name exactly one provider"),
        }
        if let Some(generic) = &receiver.generic {
            check_generic(causes, &format!("{path}.generic"), generic);
        }
    }
}

fn providers(receiver: &WebhookReceiverConfig) -> [(&'static str, bool); 10] {
    [
        ("artifactory", receiver.artifactory.is_some()),
        ("azure", receiver.azure.is_some()),
        ("bitbucket", receiver.bitbucket.is_some()),
        ("dockerhub", receiver.dockerhub.is_some()),
        ("generic", receiver.generic.is_some()),
        ("gitea", receiver.gitea.is_some()),
        ("github", receiver.github.is_some()),
        ("gitlab", receiver.gitlab.is_some()),
        ("harbor", receiver.harbor.is_some()),
        ("quay", receiver.quay.is_some()),
    ]
}

fn check_generic(causes: &mut Causes, path: &str, generic: &GenericWebhookReceiverConfig) {
    for (action_index, action) in generic.actions.iter().enumerate() {
        for (index, criteria) in action.target_selection_criteria.iter().enumerate() {
            let path = format!("{path}.actions[{action_index}].targetSelectionCriteria[{index}]");
            let by_name = criteria.name.as_deref().is_some_and(|name| !name.is_empty());
            let by_index = criteria
                .index_selector
                .as_ref()
                .is_some_and(|selector| !selector.match_indices.is_empty());
            if let Some(selector) = &criteria.label_selector
                && let Err(error) = label_selector::validate(selector)
            {
                causes.invalid(format!("{path}.labelSelector"), "", error.to_string());
            }
            let by_label = criteria.label_selector.as_ref().is_some_and(|selector| {
                selector.match_labels.as_ref().is_some_and(|all| !all.is_empty())
                    || selector.match_expressions.as_ref().is_some_and(|all| !all.is_empty())
            });
            if !by_name && !by_label && !by_index {
                causes.required(&path, "needs name, labelSelector or indexSelector; otherwise it would select everything");
            }
        }
    }
}
