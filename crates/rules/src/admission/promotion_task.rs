//! PromotionTask and ClusterPromotionTask: aliases, and no tasks inside tasks.

use api::{ClusterPromotionTask, PromotionTask, PromotionTaskSpec};

use super::{Causes, Denied, Facts, Request, in_project, steps};

/// A task of a project.
pub fn review(
    task: PromotionTask,
    request: &Request,
    facts: &Facts,
) -> Result<PromotionTask, Denied> {
    let mut causes = Causes::default();
    in_project(&mut causes, request, facts);
    spec(&mut causes, &task.spec);
    causes.refuse("PromotionTask", task.metadata.name.as_deref().unwrap_or_default())?;
    Ok(task)
}

/// A task of the cluster.
pub fn review_cluster(task: ClusterPromotionTask) -> Result<ClusterPromotionTask, Denied> {
    let mut causes = Causes::default();
    spec(&mut causes, &task.spec);
    causes.refuse("ClusterPromotionTask", task.metadata.name.as_deref().unwrap_or_default())?;
    Ok(task)
}

fn spec(causes: &mut Causes, spec: &PromotionTaskSpec) {
    steps::aliases(causes, "spec.steps", &spec.steps);
    steps::no_tasks(causes, "spec.steps", &spec.steps);
}
