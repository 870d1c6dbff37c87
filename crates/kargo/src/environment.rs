//! The only place that reads the process's environment.

use std::env;
use std::path::PathBuf;

use anyhow::{Context, Result};

/// What the process was started with.
#[derive(Clone, Debug)]
pub(crate) struct Environment {
    pub(crate) home: Option<PathBuf>,
    pub(crate) data_home: Option<PathBuf>,
    pub(crate) config_home: Option<PathBuf>,
    pub(crate) server: Option<String>,
    pub(crate) token: Option<String>,
    pub(crate) password: Option<String>,
    pub(crate) no_color: bool,
    pub(crate) log: Option<String>,
    pub(crate) admin_password: Option<String>,
    pub(crate) columns: Option<u16>,
}

impl Environment {
    pub(crate) fn read() -> Self {
        let text = |name: &str| env::var(name).ok().filter(|value| !value.is_empty());
        let path =
            |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        Self {
            home: path("HOME"),
            data_home: path("XDG_DATA_HOME"),
            config_home: path("XDG_CONFIG_HOME"),
            server: text("KARGO_SERVER").or_else(|| text("KARGO_API_ADDRESS")),
            token: text("KARGO_API_TOKEN"),
            password: text("KARGO_PASSWORD"),
            no_color: text("NO_COLOR").is_some(),
            log: text("KARGO_LOG"),
            admin_password: text("KARGO_ADMIN_PASSWORD"),
            columns: text("COLUMNS").and_then(|columns| columns.parse().ok()),
        }
    }

    /// Where `kargo up` keeps its store unless told otherwise.
    pub(crate) fn data_dir(&self) -> Result<PathBuf> {
        let base =
            self.data_home.clone().or_else(|| Some(self.home.as_ref()?.join(".local/share")));
        let base = base.context(
            "neither HOME nor XDG_DATA_HOME is set; say where to keep data with --data-dir",
        )?;
        Ok(base.join("kargo"))
    }

    /// Where `kargo login` remembers the server.
    pub(crate) fn config_dir(&self) -> Option<PathBuf> {
        let base =
            self.config_home.clone().or_else(|| Some(self.home.as_ref()?.join(".config")))?;
        Some(base.join("kargo"))
    }
}
