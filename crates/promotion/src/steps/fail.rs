//! # `fail`
//!
//! Ends the promotion as Failed.
//!
//! Meant to be guarded by `if`, to stop a promotion when something that an earlier step found
//! out is not as it should be. It is never retried.
//!
//! ```yaml
//! uses: fail
//! config:
//!   message: the image is not signed
//! ```

use schemars::JsonSchema;
use serde::Deserialize;

use crate::step::{Outcome, Step, StepContext, StepError};

/// The step.
pub(crate) static STEP: Step = crate::step!("fail", "fail.rs", Pure, Config, run);

/// Ends the promotion as Failed.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Config {
    /// What to tell whoever looks at the promotion.
    #[serde(default)]
    #[schemars(with = "String", length(min = 1))]
    message: Option<String>,
}

async fn run(_: &StepContext<'_>, config: Config) -> Result<Outcome, StepError> {
    Err(StepError::Failed(match config.message {
        Some(message) => format!("failed: {message}"),
        None => "failed".to_owned(),
    }))
}
