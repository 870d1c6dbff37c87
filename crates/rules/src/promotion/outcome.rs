//! How the ends of single steps add up to the end of a Promotion.

use api::{PromotionPhase, PromotionStepStatus, StepExecutionMetadata};

/// The worst status over the steps whose failure counts.
#[must_use]
pub fn phase(steps: &[StepExecutionMetadata]) -> PromotionPhase {
    let worst = steps
        .iter()
        .filter(|step| step.continue_on_error != Some(true))
        .filter_map(|step| step.status.as_ref())
        .max_by_key(|status| severity(status));
    match worst {
        None | Some(PromotionStepStatus::Succeeded | PromotionStepStatus::Skipped) => {
            PromotionPhase::Succeeded
        }
        Some(PromotionStepStatus::Aborted) => PromotionPhase::Aborted,
        Some(PromotionStepStatus::Failed) => PromotionPhase::Failed,
        Some(PromotionStepStatus::Running | PromotionStepStatus::Pending) => {
            PromotionPhase::Running
        }
        Some(PromotionStepStatus::Errored | PromotionStepStatus::Other(_)) => {
            PromotionPhase::Errored
        }
    }
}

fn severity(status: &PromotionStepStatus) -> u8 {
    match status {
        PromotionStepStatus::Succeeded => 0,
        PromotionStepStatus::Skipped => 1,
        PromotionStepStatus::Pending | PromotionStepStatus::Running => 2,
        PromotionStepStatus::Aborted => 3,
        PromotionStepStatus::Failed => 4,
        PromotionStepStatus::Errored | PromotionStepStatus::Other(_) => 5,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(steps: &[(&str, bool)], expected: PromotionPhase) {
        let steps: Vec<_> = steps
            .iter()
            .map(|(status, continues)| StepExecutionMetadata {
                status: Some(PromotionStepStatus::from(*status)),
                continue_on_error: Some(*continues),
                ..StepExecutionMetadata::default()
            })
            .collect();
        assert_eq!(phase(&steps), expected);
    }

    #[test]
    fn the_worst_step_decides() {
        check(&[], PromotionPhase::Succeeded);
        check(&[("Succeeded", false), ("Skipped", false)], PromotionPhase::Succeeded);
        check(
            &[("Failed", false), ("Errored", false), ("Skipped", false)],
            PromotionPhase::Errored,
        );
        check(&[("Aborted", false), ("Succeeded", false)], PromotionPhase::Aborted);
        check(&[("Failed", true), ("Succeeded", false)], PromotionPhase::Succeeded);
        check(&[("Succeeded", false), ("Running", false)], PromotionPhase::Running);
    }
}
