//! What a promotion keeps of its steps' outputs.

use serde_json::{Map, Value, json};

use super::{
    super::{
        evaluation::namespace,
        next::{Failure, Settled},
    },
    Pass,
};
use crate::step::{Outcome, Reach, Severity, Step};

/// Outputs are stored in the Promotion, which etcd limits to about 1.5 MB, Freight included.
const LARGEST_STATE: usize = 1 << 20;

impl Pass<'_> {
    /// An outcome without secrets, if its output can be stored.
    pub(super) fn accept(&self, outcome: Outcome) -> Result<Outcome, Failure> {
        let output = match &outcome {
            Outcome::Done { output } | Outcome::Skipped { output, .. } => output,
            Outcome::NotYet { check_at, why } => {
                return Ok(Outcome::NotYet { check_at: *check_at, why: self.secrets.hide(why) });
            }
        };
        let kept: usize = self.state.values().map(|output| output.to_string().len()).sum();
        let size = kept + output.to_string().len();
        if size > LARGEST_STATE {
            return Err(Failure {
                severity: Severity::Hopeless,
                message: format!(
                    "with its output, all outputs have {size} bytes; at most {LARGEST_STATE} can be kept"
                ),
            });
        }
        let output = self.secrets.hide_in(output.clone());
        Ok(match outcome {
            Outcome::Skipped { why, .. } => {
                Outcome::Skipped { why: self.secrets.hide(&why), output }
            }
            _ => Outcome::Done { output },
        })
    }

    pub(super) fn keep_output(
        &mut self,
        index: usize,
        step: &Step,
        outcome: Option<Outcome>,
        settled: Settled,
    ) {
        let alias = self.plan[index].alias.clone();
        let output = match outcome {
            Some(Outcome::Done { output } | Outcome::Skipped { output, .. }) => output,
            // A poll is a new effect, which needs a new key; the count is its only trace.
            Some(Outcome::NotYet { .. }) if step.reach == Reach::Writes => {
                json!({ "attempt": attempt(self.state.get(&alias)) + 1 })
            }
            Some(Outcome::NotYet { .. }) => return,
            None if settled == Settled::Ended => Value::Null,
            None => return,
        };
        if step.task_output
            && let (Some((task, _)), Value::Object(fields)) = (namespace(&alias), &output)
        {
            let published = self.state.entry(task).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(published) = published {
                published.extend(fields.clone());
            }
        }
        self.state.insert(alias, output);
    }
}

/// Which poll of a waiting step this is.
pub(super) fn attempt(previous: Option<&Value>) -> u64 {
    previous.and_then(|output| output.get("attempt")).and_then(Value::as_u64).unwrap_or(1)
}
