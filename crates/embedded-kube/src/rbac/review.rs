//! Rules as reviews show them.

use serde_json::{Map, Value, json};

use super::Rule;

impl Rule {
    fn to_json(&self) -> Value {
        let mut rule = Map::new();
        for (key, list) in [
            ("verbs", &self.verbs),
            ("apiGroups", &self.groups),
            ("resources", &self.resources),
            ("resourceNames", &self.names),
            ("nonResourceURLs", &self.paths),
        ] {
            if !list.is_empty() {
                rule.insert(key.to_string(), json!(list));
            }
        }
        Value::Object(rule)
    }
}

/// The rules as SelfSubjectRulesReview status: `resourceRules` and `nonResourceRules`.
pub fn rules_review(rules: &[Rule]) -> Value {
    let (paths, resources): (Vec<&Rule>, Vec<&Rule>) =
        rules.iter().partition(|rule| !rule.paths.is_empty());
    json!({
        "resourceRules": resources.iter().map(|rule| rule.to_json()).collect::<Vec<_>>(),
        "nonResourceRules": paths.iter().map(|rule| rule.to_json()).collect::<Vec<_>>(),
        "incomplete": false,
    })
}
