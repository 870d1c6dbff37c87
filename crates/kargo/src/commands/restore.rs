//! `kargo restore`: a backup becomes the store of a data folder that has none.

use anyhow::{Context, Result};
use embedded_kube::EmbeddedKube;

use crate::arguments::Restore;
use crate::environment::Environment;
use crate::kubernetes::store_folder;
use crate::terminal::tell;

pub(crate) fn run(restore: &Restore, environment: &Environment) -> Result<()> {
    let data_dir = match &restore.data_dir {
        Some(data_dir) => data_dir.clone(),
        None => environment.data_dir()?,
    };
    crate::control_plane::prepare_folder(&data_dir)?;
    EmbeddedKube::restore(&restore.file, &store_folder(&data_dir)).with_context(|| {
        format!("cannot restore {} into {}", restore.file.display(), data_dir.display())
    })?;
    tell(format_args!("restored {} into {}", restore.file.display(), data_dir.display()));
    Ok(())
}
