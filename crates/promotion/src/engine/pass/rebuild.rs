//! Rebuilds a lost work directory.

use api::{PromotionStepStatus, Time};

use super::{
    super::{
        EngineError,
        evaluation::EvaluationError,
        next::{current, end},
    },
    Pass,
    carry_out::Ran,
};
use crate::{
    step::{Outcome, Reach, Severity},
    steps,
};

impl Pass<'_> {
    /// Repeats the steps whose effects lay in the lost work directory. Steps that write outside
    /// are never repeated; their outputs are recorded.
    pub(super) async fn rebuild_work_dir(&mut self) -> Result<(), EngineError> {
        let Some(ended) = current(&self.plan, &self.status) else { return Ok(()) };
        for index in 0..ended {
            let job = self.job;
            let spec = &job.promotion.spec.steps[index];
            let metadata = &self.status.step_execution_metadata[index];
            let Some(step) = steps::find(spec.uses.as_deref().unwrap_or_default()) else {
                continue;
            };
            let repeats = matches!(step.reach, Reach::WorkDir | Reach::Reads)
                && metadata.status == Some(PromotionStepStatus::Succeeded);
            if !repeats {
                continue;
            }
            let problem = match self.evaluator(index, spec).config().await {
                Ok(config) => match self.carry_out(index, step, config).await? {
                    Ran::Stopped => {
                        self.rebuild = true;
                        return Ok(());
                    }
                    Ran::Answered(Ok(outcome)) => {
                        self.keep_repeated(index, outcome);
                        continue;
                    }
                    Ran::Answered(Err(error)) => (error.severity(), error.chain()),
                },
                Err(EvaluationError::Engine(error)) => return Err(error),
                Err(EvaluationError::Wrong(problem)) => (Severity::Hopeless, problem),
            };
            let alias = self.plan[index].alias.clone();
            let message = self.presentable(&problem.1);
            if problem.0 == Severity::MayRetry {
                return Err(EngineError::Rebuild { alias, message });
            }
            self.enter(ended);
            let message =
                format!("the work directory was lost and `{alias}` cannot be repeated: {message}");
            let now = self.now();
            let metadata = &mut self.status.step_execution_metadata[ended];
            metadata.started_at.get_or_insert(Time(now));
            end(metadata, PromotionStepStatus::Errored, Some(message), now);
            return self.ended(ended);
        }
        self.workspace.settle(ended)
    }

    /// The repository may have moved since, and later steps should see what is there now.
    fn keep_repeated(&mut self, index: usize, outcome: Outcome) {
        if let Ok(Outcome::Done { output } | Outcome::Skipped { output, .. }) = self.accept(outcome)
            && !output.is_null()
        {
            self.state.insert(self.plan[index].alias.clone(), output);
            self.unrecorded = true;
        }
    }
}
