//! Which changes of Freight a Stage must look at: those after which it could decide differently.

use std::collections::BTreeMap;

use api::{Freight, FreightStatus, Stage};

/// Whether the change of one piece of Freight of an origin the Stage asks for can make a difference to the Stage.
#[must_use]
pub fn is_concerned(stage: &Stage, before: Option<&Freight>, after: Option<&Freight>) -> bool {
    let (Some(before), Some(after)) = (before, after) else { return true };
    let same_but_status = before.metadata.uid == after.metadata.uid
        && before.origin == after.origin
        && before.discovered_at == after.discovered_at
        && before.alias == after.alias;
    if !same_but_status {
        return true;
    }
    let none = FreightStatus::default();
    let (before, after) =
        (before.status.as_ref().unwrap_or(&none), after.status.as_ref().unwrap_or(&none));
    let own = stage.metadata.name.as_deref().unwrap_or_default();
    let requests = stage.spec.requested_freight.iter();
    let upstream = requests.flat_map(|request| &request.sources.stages).map(String::as_str);
    std::iter::once(own).chain(upstream).any(|name| {
        differs(&before.currently_in, &after.currently_in, name)
            || differs(&before.verified_in, &after.verified_in, name)
            || differs(&before.approved_for, &after.approved_for, name)
    })
}

fn differs<T: PartialEq>(
    before: &BTreeMap<String, T>,
    after: &BTreeMap<String, T>,
    name: &str,
) -> bool {
    before.get(name) != after.get(name)
}
