//! # `compose-output`
//!
//! Gathers values into one output.
//!
//! Every field of the configuration becomes a field of the step's output. Inside a
//! PromotionTask the fields are published under the task's alias as well, so that steps after
//! the task can read `outputs.<task alias>.<field>`.
//!
//! Outputs are stored in the Promotion, where everyone who may read it sees them. A value that
//! was read with `secret()` is replaced by `***`; call `secret()` where the value is needed.
//!
//! ```yaml
//! uses: compose-output
//! as: release
//! config:
//!   tag: v1.2.3
//!   notes: https://example.com/releases/v1.2.3
//! ```
//!
//! ## Output
//!
//! The configuration after its expressions were evaluated.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::step::{Outcome, Step, StepContext, StepError};

/// The step.
pub(crate) static STEP: Step =
    crate::step!("compose-output", "compose_output.rs", Pure, Config, run, task_output);

/// The values to return, by name.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(extend("minProperties" = 1))]
struct Config(Map<String, Value>);

async fn run(_: &StepContext<'_>, config: Config) -> Result<Outcome, StepError> {
    Ok(Outcome::Done { output: Value::Object(config.0) })
}
