//! Runs promotions: what a step is, the built-in steps, and the engine with its journal.

pub mod configuration;
pub mod engine;
pub mod manual;
pub mod relative_path;
pub mod services;
pub mod step;
pub mod steps;
pub mod work_dir;

mod ignore_rules;
mod yaml;

#[cfg(test)]
mod testing;

pub use engine::{Engine, Job, Journal, JournalError, Progress, Signals};
pub use services::Services;
pub use step::{Outcome, Reach, Step, StepContext, StepError};
pub use steps::STEPS;
