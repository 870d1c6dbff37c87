//! PromotionRequest: a Stage with Targets, and Targets that exist, each once.

use std::collections::BTreeSet;

use api::PromotionRequest;

use super::{Causes, Denied, Facts, Request, in_project};

/// A PromotionRequest that is created or changed.
pub fn review(
    object: PromotionRequest,
    old: Option<PromotionRequest>,
    request: &Request,
    facts: &Facts,
) -> Result<PromotionRequest, Denied> {
    let mut causes = Causes::default();
    in_project(&mut causes, request, facts);
    if let Some(old) = &old {
        for (field, same) in [
            ("spec.stage", old.spec.stage == object.spec.stage),
            ("spec.freight", old.spec.freight == object.spec.freight),
        ] {
            if !same {
                causes.forbidden(field, "cannot change; create another PromotionRequest instead");
            }
        }
    } else {
        match facts.stage(&object.spec.stage) {
            None => causes.not_found(
                "spec.stage",
                &object.spec.stage,
                "there is no such Stage in this project",
            ),
            Some(stage) if !crate::stage::is_target_aware(stage) => {
                let message = "this Stage has no spec.targets; create a Promotion instead";
                causes.invalid("spec.stage", &object.spec.stage, message);
            }
            Some(_) => {}
        }
    }
    let known: BTreeSet<&str> =
        facts.targets.iter().filter_map(|target| target.metadata.name.as_deref()).collect();
    let before: BTreeSet<&str> =
        old.iter().flat_map(|old| &old.spec.targets).map(|target| target.name.as_str()).collect();
    let mut seen = BTreeSet::new();
    for (index, target) in object.spec.targets.iter().enumerate() {
        let field = format!("spec.targets[{index}].name");
        if !seen.insert(target.name.as_str()) {
            causes.duplicate(&field, &target.name, "name each Target once");
        } else if !known.contains(target.name.as_str()) && !before.contains(target.name.as_str()) {
            causes.not_found(&field, &target.name, "there is no such Target in this project");
        }
    }
    causes.refuse("PromotionRequest", object.metadata.name.as_deref().unwrap_or_default())?;
    Ok(object)
}
