//! A World for tests: the embedded API (or the cluster that `KUBECONFIG` names), a movable clock, a git server, an OCI
//! registry, the controllers, and short ways to say what a test does.

// The very adapter the binary uses: `kargo` has no library, and a second copy would be a second truth.
mod actions;
#[path = "../../kargo/src/admission.rs"]
mod admission;
mod clock;
mod manifests;
mod patience;
mod world;

pub use clock::MovableClock;
pub use patience::{PATIENCE, eventually};
pub use world::World;
