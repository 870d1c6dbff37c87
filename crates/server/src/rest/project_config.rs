//! `…/config`: the ProjectConfig, which has its Project's name.

use api::ProjectConfig;

use crate::kubernetes::{PROJECT_CONFIGS, Resource};
use crate::operation::{Operation, operation};
use crate::rest::objects::{Kind, Name};

impl Kind for ProjectConfig {
    const RESOURCE: Resource = PROJECT_CONFIGS;
    const NAME: Name = Name::Parameter("project");
}

pub(crate) const DELETE: Operation =
    operation("DeleteProjectConfig", "Delete the settings of a Project.").answers_nothing();
pub(crate) const GET: Operation = operation("GetProjectConfig", "The settings of a Project.")
    .answers::<ProjectConfig>()
    .watched::<ProjectConfig>();
pub(crate) const REFRESH: Operation =
    operation("RefreshProjectConfig", "Handle the settings now.").answers::<ProjectConfig>();
