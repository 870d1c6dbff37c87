//! Freight: its name is its content, its alias is unique, and nothing but the alias ever changes. Who approves it is told
//! in an Event, since only admission sees who that is.

use std::collections::BTreeMap;

use api::annotations::CREATE_ACTOR;
use api::{Freight, SubscriptionSource, Time, Warehouse, identity, labels};
use serde_json::{Value, json};

use super::{Admitted, Causes, Denied, Facts, Operation, Request, in_project, read, write};
use crate::events;
use crate::freight::{current_in, name_of};

pub(super) fn review_any(request: &Request, facts: &Facts) -> Result<Admitted, Denied> {
    let object = match request.operation {
        Operation::Delete => {
            delete(&request.name, facts)?;
            return Ok(Admitted::default());
        }
        Operation::Create => create(read(request, request.object.as_ref())?, request, facts)?,
        Operation::Update => {
            let old = read(request, request.old.as_ref())?;
            update(read(request, request.object.as_ref())?, &old, request, facts)?
        }
    };
    Ok(Admitted { object: Some(write(&object)?), ensure: Vec::new() })
}

/// The Events that a write of the status owes because it approves Freight.
pub(super) fn approvals(request: &Request) -> Result<Vec<Value>, Denied> {
    let writes_status = request.subresource.as_deref() == Some("status");
    let (Some(object), Some(old)) = (&request.object, &request.old) else { return Ok(Vec::new()) };
    if request.kind != "Freight" || !writes_status || request.caller.control_plane {
        return Ok(Vec::new());
    }
    let (freight, old) = (read(request, Some(object))?, read(request, Some(old))?);
    Ok(events::of_approvals(&freight, &old, request.now(), &request.caller.actor()))
}

/// New Freight gets its name, an alias, and the time of its discovery.
pub fn create(mut freight: Freight, request: &Request, facts: &Facts) -> Result<Freight, Denied> {
    freight.metadata.name = Some(identity::freight_name(&freight));
    sign(&mut freight, request);
    freight.discovered_at = freight.discovered_at.or_else(|| Some(Time(request.now())));
    if freight.alias.as_deref().unwrap_or_default().is_empty() {
        freight.alias = Some(free_alias(facts));
    }
    label_alias(&mut freight);
    let mut causes = Causes::default();
    in_project(&mut causes, request, facts);
    let artifacts = freight.commits.len()
        + freight.images.len()
        + freight.charts.len()
        + freight.artifacts.len();
    if artifacts == 0 {
        causes.required(
            "commits",
            "Freight must contain at least one commit, image, chart or artifact",
        );
    }
    let alias = freight.alias.as_deref().unwrap_or_default();
    if let Some(taken) = owner_of_alias(alias, &freight, facts) {
        causes.invalid(
            "alias",
            alias,
            format!("already used by Freight {taken:?} of this project; choose another"),
        );
    }
    let origin = &freight.origin.name;
    match facts.warehouses.iter().find(|warehouse| warehouse.metadata.name.as_ref() == Some(origin))
    {
        None => {
            causes.not_found("origin.name", origin, "there is no such Warehouse in this project");
        }
        Some(warehouse) => matches_subscriptions(&mut causes, &freight, warehouse),
    }
    causes.refuse("Freight", name_of(&freight))?;
    Ok(freight)
}

/// Who made it by hand; what a Warehouse made carries no name.
fn sign(freight: &mut Freight, request: &Request) {
    let annotations = freight.metadata.annotations.get_or_insert_default();
    annotations.remove(CREATE_ACTOR);
    if !request.caller.control_plane {
        annotations.insert(CREATE_ACTOR.to_owned(), request.caller.actor());
    }
}

/// Only the alias may change.
pub fn update(
    mut freight: Freight,
    old: &Freight,
    request: &Request,
    facts: &Facts,
) -> Result<Freight, Denied> {
    if freight.discovered_at.is_none() {
        let created = freight.metadata.creation_timestamp.clone();
        freight.discovered_at = created.or_else(|| Some(Time(request.now())));
    }
    label_alias(&mut freight);
    let alias = freight.alias.as_deref().unwrap_or_default();
    if freight.alias != old.alias
        && let Some(taken) = owner_of_alias(alias, &freight, facts)
    {
        let message = format!(
            "alias {alias:?} is already used by Freight {taken:?} of this project; choose another"
        );
        return Err(Denied::conflict(message));
    }
    let mut causes = Causes::default();
    let unchanged = [
        ("origin", json!(freight.origin) == json!(old.origin)),
        ("commits", freight.commits == old.commits),
        ("images", freight.images == old.images),
        ("charts", freight.charts == old.charts),
        ("artifacts", freight.artifacts == old.artifacts),
    ];
    for (field, _) in unchanged.iter().filter(|(_, unchanged)| !unchanged) {
        causes.forbidden(*field, "Freight is immutable; create new Freight instead");
    }
    causes.refuse("Freight", name_of(&freight))?;
    Ok(freight)
}

/// What runs somewhere may not go.
pub fn delete(name: &str, facts: &Facts) -> Result<(), Denied> {
    let stages = current_in(&facts.stages, name);
    if stages.is_empty() {
        return Ok(());
    }
    let stages: Vec<String> = stages.iter().map(|stage| format!("{stage:?}")).collect();
    let message = format!(
        "Freight {name:?} is in use by Stages {}; promote other Freight there first",
        stages.join(", ")
    );
    Err(Denied::forbidden(message))
}

fn label_alias(freight: &mut Freight) {
    match freight.alias.clone().filter(|alias| !alias.is_empty()) {
        Some(alias) => {
            freight
                .metadata
                .labels
                .get_or_insert_with(BTreeMap::new)
                .insert(labels::ALIAS.to_owned(), alias);
        }
        None => {
            if let Some(own) = freight.metadata.labels.as_mut() {
                own.remove(labels::ALIAS);
            }
        }
    }
}

fn owner_of_alias<'a>(alias: &str, freight: &Freight, facts: &'a Facts) -> Option<&'a str> {
    let others = facts.freight.iter().filter(|other| other.metadata.name != freight.metadata.name);
    let taken =
        others.filter(|_| !alias.is_empty()).find(|other| other.alias.as_deref() == Some(alias));
    taken.map(name_of)
}

fn free_alias(facts: &Facts) -> String {
    let seed = u64::try_from(facts.random & u128::from(u64::MAX)).unwrap_or_default();
    let taken =
        |alias: &str| facts.freight.iter().any(|other| other.alias.as_deref() == Some(alias));
    let mut candidates = (0..1_000).map(|attempt| identity::alias(seed.wrapping_add(attempt)));
    let free = candidates.find(|alias| !taken(alias));
    // All two-word names are taken only in very large projects; a number keeps it unique there.
    free.unwrap_or_else(|| format!("{}-{}", identity::alias(seed), seed % 1_000_000))
}

/// Exactly one artifact per subscription, and none besides.
fn matches_subscriptions(causes: &mut Causes, freight: &Freight, warehouse: &Warehouse) {
    let mut wanted: BTreeMap<(&str, String), usize> = BTreeMap::new();
    for subscription in warehouse.spec.parse_subscriptions().unwrap_or_default() {
        let key = match &subscription.source {
            SubscriptionSource::Git(git) => ("commits", identity::normalize_git(&git.repo_url)),
            SubscriptionSource::Image(image) => ("images", image.repo_url.clone()),
            SubscriptionSource::Chart(chart) => {
                ("charts", chart_key(&chart.repo_url, chart.name.as_deref()))
            }
            SubscriptionSource::Other { .. } => continue,
        };
        wanted.insert(key, 0);
    }
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let commits = freight
        .commits
        .iter()
        .map(|commit| ("commits", identity::normalize_git(&text(&commit.repo_url))));
    let images = freight.images.iter().map(|image| ("images", text(&image.repo_url)));
    let charts = freight
        .charts
        .iter()
        .map(|chart| ("charts", chart_key(&text(&chart.repo_url), chart.name.as_deref())));
    let warehouse = warehouse.metadata.name.as_deref().unwrap_or_default();
    for key in commits.chain(images).chain(charts) {
        match wanted.get_mut(&key) {
            Some(count) => *count += 1,
            None => causes.invalid(
                key.0,
                &key.1,
                format!("Warehouse {warehouse:?} does not subscribe to this repository"),
            ),
        }
    }
    for ((field, repository), count) in wanted {
        if count != 1 {
            let message = format!(
                "needs exactly one artifact for this subscription of Warehouse {warehouse:?}, not {count}"
            );
            causes.invalid(field, &repository, message);
        }
    }
}

fn chart_key(url: &str, name: Option<&str>) -> String {
    let name = name.unwrap_or_default();
    let url = identity::normalize_chart(url);
    if name.is_empty() { url } else { format!("{}/{name}", url.trim_end_matches('/')) }
}
