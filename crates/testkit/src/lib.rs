//! A World for tests: the embedded API (or the cluster that `KUBECONFIG` names), a movable clock, a git server, an OCI
//! registry, the controllers, and short ways to say what a test does.

// The very adapters the binary uses: `kargo` has no library, and second copies would be second truths.
#[path = "../../kargo/src/admission.rs"]
mod admission;
#[path = "../../kargo/src/admitting_client.rs"]
mod admitting_client;

mod actions;
mod clock;
mod manifests;
mod patience;
mod world;

pub use clock::MovableClock;
pub use patience::{PATIENCE, eventually};
pub use world::World;
