//! Health of what a Stage runs, as its health checks report it.

use crate::open_enum::open_enum;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

open_enum! {
    /// How healthy something is.
    pub enum HealthState {
        /// All is well.
        Healthy,
        /// Something is wrong.
        Unhealthy,
        /// On its way, neither good nor bad yet.
        Progressing,
        /// It could not be found out.
        #[default]
        Unknown,
        /// There is nothing whose health could be asked.
        NotApplicable,
    }
}

impl HealthState {
    /// How bad the state is: the worst of several states wins.
    fn badness(&self) -> u8 {
        match self {
            Self::Healthy => 0,
            Self::NotApplicable => 1,
            Self::Progressing => 2,
            Self::Unknown | Self::Other(_) => 3,
            Self::Unhealthy => 4,
        }
    }

    /// The worse of two states.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        if other.badness() > self.badness() { other } else { self }
    }
}

/// Health of what a Stage runs.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Health {
    /// The worst state any check reported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<HealthState>,
    /// What is wrong, one sentence each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub issues: Vec<String>,
    /// What the checks were asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<Value>,
    /// What the checks answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<Value>,
}

/// One check of a Stage's health.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct HealthCheckStep {
    /// Name of the checker.
    #[schemars(length(min = 1))]
    pub uses: String,
    /// What the checker needs to know.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<Value>,
}
