//! Links that user interfaces show next to Freight and Stages.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A link to a page elsewhere. Title, URL and description may hold expressions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct NavigationLink {
    /// Text of the link.
    #[schemars(length(min = 1))]
    pub title: String,
    /// Where the link leads.
    #[schemars(length(min = 1))]
    pub url: String,
    /// More about the link, shown on hover.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Expression that must be true for the link to be shown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub r#if: Option<String>,
}
