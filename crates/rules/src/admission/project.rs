//! Project: its namespace must be free or willing, and exists before the answer is given.

use api::{Project, labels};

use super::{Admitted, Denied, Facts, Operation, Request, read, write};

pub(super) fn review_any(request: &Request, facts: &Facts) -> Result<Admitted, Denied> {
    match request.operation {
        Operation::Delete => Ok(Admitted::default()),
        Operation::Update => Ok(Admitted { object: request.object.clone(), ensure: Vec::new() }),
        Operation::Create => create(read(request, request.object.as_ref())?, facts),
    }
}

/// A new Project, with what must exist together with it.
pub fn create(project: Project, facts: &Facts) -> Result<Admitted, Denied> {
    let name = project.metadata.name.as_deref().unwrap_or_default();
    if let Some(namespace) = &facts.namespace {
        if !facts.is_in_project() {
            return Err(Denied::conflict(format!(
                "namespace {name:?} exists and is not a Project's: label it {}={} to let the Project adopt it, or choose another name",
                labels::PROJECT,
                labels::TRUE
            )));
        }
        if namespace.metadata.deletion_timestamp.is_some() {
            return Err(Denied::conflict(format!(
                "namespace {name:?} is being deleted; wait until it is gone"
            )));
        }
    }
    let ensure = crate::project::first_objects(&project);
    Ok(Admitted { object: Some(write(&project)?), ensure })
}
