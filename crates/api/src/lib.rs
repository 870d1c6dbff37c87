//! Every type that crosses a process boundary: kinds, REST bodies, labels, annotations and identity hashes. Data only.
#![warn(missing_docs)]

mod kind;
mod open_enum;
mod schema;

pub mod annotations;
pub mod argo;
pub mod condition;
pub mod crds;
pub mod identity;
pub mod labels;
pub mod rest;

mod artifact;
mod cluster_config;
mod discovery;
mod duration;
mod explain;
mod freight;
mod health;
mod navigation_link;
mod project;
mod project_config;
mod promotion;
mod promotion_request;
mod promotion_step;
mod promotion_task;
mod promotion_window;
mod reason;
mod stage;
mod subscription;
mod target;
mod verification;
mod warehouse;
mod webhook_receiver;

pub use artifact::*;
pub use cluster_config::*;
pub use condition::{Condition, ConditionStatus};
pub use crds::crds;
pub use discovery::*;
pub use duration::*;
pub use explain::*;
pub use freight::*;
pub use health::*;
pub use jiff::Timestamp;
pub use k8s_openapi::apimachinery::pkg::apis::meta::v1::{
    LabelSelector, LabelSelectorRequirement, ObjectMeta, OwnerReference, Time,
};
pub use kind::*;
pub use navigation_link::*;
pub use project::*;
pub use project_config::*;
pub use promotion::*;
pub use promotion_request::*;
pub use promotion_step::*;
pub use promotion_task::*;
pub use promotion_window::*;
pub use reason::*;
pub use schema::words_as_enum;
pub use stage::*;
pub use subscription::*;
pub use target::*;
pub use verification::*;
pub use warehouse::*;
pub use webhook_receiver::*;
