//! Times at which Promotions may or may not start.

use crate::{LabelSelectorRequirement, schema::SUBDOMAIN};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A recurring time in which Promotions are allowed or denied.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PromotionWindow {
    /// Name of the window, unique in its list.
    #[schemars(length(min = 1, max = 253), extend("pattern" = SUBDOMAIN))]
    pub name: String,
    /// Whether the window allows or denies.
    pub kind: PromotionWindowKind,
    /// The Stages it applies to; all when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_selector: Option<NameSelector>,
    /// The Projects it applies to; all when absent. Only in the ClusterConfig.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub project_selector: Option<NameSelector>,
    /// How the window recurs, as an RFC 5545 RRULE; once when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rrule: Option<String>,
    /// Start of the first occurrence, as an iCalendar DTSTART with time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dtstart: Option<String>,
    /// End of the first occurrence, as an iCalendar DTEND with time zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dtend: Option<String>,
}

/// What a promotion window does.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub enum PromotionWindowKind {
    /// Promotions may start only inside windows of this kind.
    #[default]
    Allow,
    /// Promotions may not start inside windows of this kind.
    Deny,
}

/// Selects objects by name and by labels; everything given must match.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-map-type" = "atomic"))]
pub struct NameSelector {
    /// A name, `regex:` (or `regexp:`) with a regular expression, or `glob:` with a pattern.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Labels that must be present with exactly these values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub match_labels: BTreeMap<String, String>,
    /// Requirements on labels that must all hold.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        with = "Vec<crate::schema::RequirementSchema>",
        extend("x-kubernetes-list-type" = "atomic")
    )]
    pub match_expressions: Vec<LabelSelectorRequirement>,
}
