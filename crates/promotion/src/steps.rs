//! Every built-in step, in alphabetical order. To add one: a file, a `mod` line, a table line.

use crate::step::Step;

mod compose_output;
mod copy;
mod delete;
mod fail;
mod file_write;
mod git;
mod git_clear;
mod git_clone;
mod git_commit;
mod git_push;
mod http;
mod kustomize_set_image;
mod set_metadata;
mod yaml_update;

/// The table.
pub static STEPS: &[&Step] = &[
    &compose_output::STEP,
    &copy::STEP,
    &delete::STEP,
    &fail::STEP,
    &file_write::STEP,
    &git_clear::STEP,
    &git_clone::STEP,
    &git_commit::STEP,
    &git_push::STEP,
    &http::STEP,
    &kustomize_set_image::STEP,
    &set_metadata::STEP,
    &yaml_update::STEP,
];

/// The step users call `name`.
pub fn find(name: &str) -> Option<&'static Step> {
    STEPS.binary_search_by(|step| step.name.cmp(name)).ok().map(|index| STEPS[index])
}

#[cfg(test)]
mod tests;
