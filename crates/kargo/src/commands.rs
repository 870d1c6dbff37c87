//! The binary's own commands, one file each; those that talk to a server are in the crate `cli`.

pub(crate) mod backup;
pub(crate) mod crds;
pub(crate) mod expr;
pub(crate) mod restore;
pub(crate) mod up;
