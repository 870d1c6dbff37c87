//! `kargo backup`: the store as it is at one moment, also while a control plane runs on it.

use std::path::Path;

use anyhow::{Context, Result, bail};
use embedded_kube::EmbeddedKube;

use crate::arguments::Backup;
use crate::environment::Environment;
use crate::kubernetes::store_folder;
use crate::terminal::tell;

pub(crate) async fn run(backup: &Backup, environment: &Environment) -> Result<()> {
    let data_dir = match &backup.data_dir {
        Some(data_dir) => data_dir.clone(),
        None => environment.data_dir()?,
    };
    if backup.file.exists() {
        bail!("{} exists; a backup never replaces a file", backup.file.display());
    }
    let store = store_folder(&data_dir);
    if !store.is_dir() {
        bail!("{} holds no store of a control plane", data_dir.display());
    }
    if let Some(bytes) = from_running(&data_dir, &backup.file).await? {
        tell(format_args!(
            "wrote {} ({bytes} bytes) from the running control plane",
            backup.file.display()
        ));
        return Ok(());
    }
    let options = embedded_kube::Options::in_folder(store);
    let embedded = EmbeddedKube::open(options).await.context("cannot open the store")?;
    embedded
        .backup(&backup.file)
        .with_context(|| format!("cannot write {}", backup.file.display()))?;
    tell(format_args!("wrote {}", backup.file.display()));
    Ok(())
}

/// Asks the control plane that holds the store; `None` when none runs.
async fn from_running(data_dir: &Path, file: &Path) -> Result<Option<u64>> {
    crate::backup_socket::request(data_dir, file).await
}
