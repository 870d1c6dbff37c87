//! # `yaml-update`
//!
//! Sets values in a YAML file.
//!
//! Only the values change: comments, order, quotes, anchors and line ends stay byte for byte.
//!
//! A key must exist and lead to a single value; it may be empty, as in `tag:`. The parts of a key
//! are separated by dots. A number selects from a list, counted from 0. A dot or a colon that
//! belongs to a name is written `\.` or `\:`, as in `annotations.example\.com/team`. What lies
//! behind an alias (`*name`) or a merge (`<<`) is changed at its anchor (`&name`). A file of
//! several documents is changed in its first.
//!
//! A text that would read as a number, a boolean or null is put in quotes. A list or an object as
//! new value is written in one line. When any key cannot be set, the file stays as it was.
//!
//! ```yaml
//! uses: yaml-update
//! config:
//!   path: src/values.yaml
//!   updates:
//!   - key: image.tag
//!     value: v1.2.3
//!   - key: containers.0.replicas
//!     value: 3
//! ```
//!
//! ## Output
//!
//! `commitMessage`: what was changed, for `git-commit`.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{
    relative_path::RelativePath,
    step::{Outcome, Step, StepContext, StepError},
    yaml,
};

/// The step.
pub(crate) static STEP: Step = crate::step!("yaml-update", "yaml_update.rs", WorkDir, Config, run);

/// Sets values in a YAML file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Config {
    /// The file to change, relative to the work directory.
    path: RelativePath,
    /// What to set. Of several updates of one key the last counts.
    #[schemars(length(min = 1))]
    updates: Vec<Update>,
}

/// One value to set.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Update {
    /// Which value: names and indexes separated by dots.
    #[schemars(length(min = 1))]
    key: String,
    /// The new value: a text, a number, `true`, `false`, `null`, a list or an object.
    #[serde(deserialize_with = "Value::deserialize")]
    #[schemars(required)]
    value: Value,
}

async fn run(context: &StepContext<'_>, config: Config) -> Result<Outcome, StepError> {
    let message = message(&config);
    context
        .in_background(move |work_dir, _| {
            let path = &config.path;
            let text = work_dir.read_text(path)?;
            let updates: Vec<_> = config
                .updates
                .into_iter()
                .map(|Update { key, value }| yaml::Update { key, value })
                .collect();
            let edited = yaml::update(&text, &updates)
                .map_err(|problem| StepError::errored(format!("update `{path}`"), problem))?;
            if edited == text { Ok(()) } else { work_dir.write(path, edited.as_bytes()) }
        })
        .await?;
    Ok(Outcome::Done { output: json!({ "commitMessage": message }) })
}

fn message(config: &Config) -> String {
    let mut message = format!("Updated {}\n", config.path);
    for Update { key, value } in &config.updates {
        message.push_str(&format!("\n- {key}: {}", yaml::shown(value)));
    }
    message
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::STEP;
    use crate::{step::Outcome, testing::Bench};

    #[tokio::test]
    async fn updates_the_file_and_says_what_changed() {
        let bench = Bench::new();
        bench.write("src/values.yaml", "image:\n  tag: v1 # the tag\nreplicas: 1\n");
        let config = json!({"path": "./src/values.yaml", "updates": [
            {"key": "image.tag", "value": "1.10"}, {"key": "replicas", "value": 3}]});
        let outcome = bench.run(&STEP, config).await.unwrap();
        let message = "Updated ./src/values.yaml\n\n- image.tag: \"1.10\"\n- replicas: 3";
        assert_eq!(outcome, Outcome::Done { output: json!({ "commitMessage": message }) });
        assert_eq!(
            bench.text("src/values.yaml"),
            "image:\n  tag: \"1.10\" # the tag\nreplicas: 3\n"
        );
    }

    #[tokio::test]
    async fn nothing_is_written_when_one_of_several_fails() {
        let bench = Bench::new();
        bench.write("v.yaml", "a: 1\n");
        let updates = json!([{"key": "a", "value": 2}, {"key": "b", "value": 2}]);
        let error =
            bench.run(&STEP, json!({"path": "v.yaml", "updates": updates})).await.unwrap_err();
        assert!(error.chain().contains("there is no `b`"), "{}", error.chain());
        assert_eq!(bench.text("v.yaml"), "a: 1\n");
        for config in [
            json!({"path": "v.yaml", "updates": []}),
            json!({"path": "v.yaml", "updates": [{"key": "a"}]}),
            json!({"path": "v.yaml", "updates": [{"key": "", "value": 1}]}),
            json!({"path": "absent.yaml", "updates": [{"key": "a", "value": 1}]}),
        ] {
            bench.run(&STEP, config.clone()).await.expect_err(&config.to_string());
        }
    }
}
