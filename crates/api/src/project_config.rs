//! ProjectConfig: what a Project's administrators decide for all its Stages.

use crate::{
    Condition, NameSelector, NavigationLink, ObjectMeta, PromotionWindow, WebhookReceiverConfig,
    WebhookReceiverDetails,
    kind::{kind, spec},
    schema::SUBDOMAIN,
};
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Settings of one Project. There is at most one, and it has the Project's name.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
pub struct ProjectConfig {
    /// Standard object metadata.
    #[serde(default)]
    #[schemars(with = "crate::schema::MetadataSchema")]
    pub metadata: ObjectMeta,
    /// The settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec: Option<ProjectConfigSpec>,
    /// What was last seen of the settings.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<ProjectConfigStatus>,
}

kind!(ProjectConfig, NamespaceResourceScope, "projectconfigs", {
    "spec" => spec,
    "status" => status,
});
spec!(ProjectConfig, ProjectConfigSpec, optional);

/// Settings of one Project.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProjectConfigSpec {
    /// Which Stages promote by themselves. The first policy that selects a Stage counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub promotion_policies: Vec<PromotionPolicy>,
    /// Webhooks to accept for this Project.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub webhook_receivers: Vec<WebhookReceiverConfig>,
    /// Links shown with the Project's Freight.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub freight_links: Vec<NavigationLink>,
    /// Links shown with the Project's Stages.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stage_links: Vec<NavigationLink>,
    /// When Promotions may start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(transform = crate::schema::list_map_by_name)]
    pub promotion_windows: Vec<PromotionWindow>,
}

/// How the selected Stages promote.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(extend("x-kubernetes-validations" = [{
    "message": "PromotionPolicy must have exactly one of stage or stageSelector set",
    "rule": "has(self.stage) ? !has(self.stageSelector) : has(self.stageSelector)",
}]))]
pub struct PromotionPolicy {
    /// Name of one Stage. Older form of `stageSelector`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(extend("pattern" = SUBDOMAIN))]
    pub stage: Option<String>,
    /// The Stages meant, by name and by labels.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_selector: Option<NameSelector>,
    /// Whether new Freight is promoted without anybody asking.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_promotion_enabled: Option<bool>,
    /// When to go back to the Freight before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auto_rollback: Option<AutoRollbackOptions>,
}

/// When a Stage goes back to the Freight it had before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AutoRollbackOptions {
    /// Ends of a Promotion that cause it: Failed, Errored. None when absent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(transform = on_promotion)]
    pub on_promotion: Vec<String>,
    /// Ends of a verification that cause it: Failed, Error. Failed when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(transform = on_verification)]
    pub on_verification: Option<Vec<String>>,
}

fn on_promotion(schema: &mut Schema) {
    pair_of_words(schema, "onPromotion", "Failed", "Errored");
}

fn on_verification(schema: &mut Schema) {
    pair_of_words(schema, "onVerification", "Failed", "Error");
}

/// A set of at most two words, checked by CEL so that each has its own message.
fn pair_of_words(schema: &mut Schema, field: &str, first: &str, second: &str) {
    let rule = |index: usize| {
        let size = if index == 0 { "== 0".to_owned() } else { format!("<= {index}") };
        json!({
            "message": format!("{field}[{index}] must be {first} or {second}"),
            "rule": format!(
                "self.size() {size} || self[{index}] == '{first}' || self[{index}] == '{second}'"
            ),
        })
    };
    schema.insert("maxItems".to_owned(), json!(2));
    schema.insert("x-kubernetes-list-type".to_owned(), json!("set"));
    schema.insert("x-kubernetes-validations".to_owned(), json!([rule(0), rule(1)]));
}

/// What was last seen of a Project's settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ProjectConfigStatus {
    /// Conditions of the settings.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(
        with = "Vec<crate::schema::ConditionSchema>",
        transform = crate::schema::list_map_by_type
    )]
    pub conditions: Vec<Condition>,
    /// The generation that was last handled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub observed_generation: Option<i64>,
    /// The refresh request that was last handled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_handled_refresh: Option<String>,
    /// Where the configured receivers listen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub webhook_receivers: Vec<WebhookReceiverDetails>,
}
