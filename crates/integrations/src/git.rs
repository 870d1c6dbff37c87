//! Git, through the git command line, behind one door.
//!
//! [`Mirrors`] keeps one bare mirror per repository under the data directory; discovery reads it and promotions take
//! [`WorkTree`]s from it. Every process runs in a hermetic environment (no user or system configuration, no prompts, no
//! hooks, an allow-list of protocols), bounded in time and output, and dies with the future that waits for it.
//! Credentials travel in the environment of one process, never in arguments, URLs or files of a repository.

mod access;
mod checkout;
mod command;
mod commit_url;
mod error;
mod history;
mod integrate;
mod leftovers;
mod mirrors;
mod push;
mod references;
mod registering;
mod signing;
mod submodules;
mod tags;
mod using;
mod work_tree;

pub use access::Remote;
pub use checkout::{Checkout, CheckoutAt};
pub use command::GitSettings;
pub use commit_url::{Provider, commit_url};
pub use error::GitError;
pub use history::{Commit, CommitQuery, PathChanges, subject_of};
pub use mirrors::{MirrorSettings, Mirrors};
pub use push::{IntegrationPolicy, PushOutcome, PushRequest, PushTarget};
pub use references::RemoteReferences;
pub use signing::SigningKey;
pub use work_tree::{Author, CommitOutcome, CommitRequest, WorkTree};

pub(crate) use command::{GitCommand, set_environment};

/// The trailer that names the promotion step a commit was made by; pushes are recognised by it after a crash.
pub const STEP_TRAILER: &str = "Kargo-Step";
