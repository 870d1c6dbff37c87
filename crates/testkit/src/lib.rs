//! A World for tests: the embedded API, a movable clock, a git server, an OCI registry and builders.
