//! The file that `kargo login` writes: which server, with which token. Kargo's own command line reads and writes the
//! same file.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::failure::{Failure, Result};

/// What the file holds.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Config {
    /// How the token was got; only kept for Kargo's own command line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auth_method: Option<String>,
    /// URL of the server.
    #[serde(rename = "apiAddress", skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// Token for the server; for no other.
    #[serde(rename = "bearerToken", skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Whether certificates are not checked.
    #[serde(rename = "insecureSkipTLSVerify", skip_serializing_if = "std::ops::Not::not")]
    pub insecure_skip_tls_verify: bool,
    /// The Project that is meant when none is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
    /// What another program keeps in the file.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl std::fmt::Debug for Config {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let token = self.token.as_ref().map(|_| "(secret)");
        let mut text = formatter.debug_struct("Config");
        text.field("server", &self.server).field("token", &token).finish_non_exhaustive()
    }
}

/// The largest file that is read.
const LIMIT: u64 = 1 << 20;

impl Config {
    /// Path of the file in its folder.
    pub fn path(folder: &Path) -> PathBuf {
        folder.join("config")
    }

    /// Reads the file; an absent one holds nothing.
    pub fn read(folder: &Path) -> std::result::Result<Self, String> {
        let path = Self::path(folder);
        match fs::metadata(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Ok(Self::default());
            }
            Ok(found) if found.len() > LIMIT => {
                return Err(format!("{} is larger than a configuration can be", path.display()));
            }
            _ => {}
        }
        let text = fs::read_to_string(&path)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        serde_saphyr::from_str(&text)
            .map_err(|error| format!("cannot read {}: {error}", path.display()))
    }

    /// Replaces the file. Nobody else can read it, not even for a moment.
    pub fn write(&self, folder: &Path) -> std::result::Result<(), String> {
        let path = Self::path(folder);
        let wrong =
            |error: &dyn std::fmt::Display| format!("cannot write {}: {error}", path.display());
        let text = crate::output::yaml(self).map_err(|error| wrong(&error))?;
        fs::create_dir_all(folder).map_err(|error| wrong(&error))?;
        let draft = folder.join(format!("config.{}", std::process::id()));
        let result = write_private(&draft, &text).and_then(|()| fs::rename(&draft, &path));
        if result.is_err() {
            let _ = fs::remove_file(&draft);
        }
        result.map_err(|error| wrong(&error))
    }
}

#[cfg(unix)]
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt as _;
    let mut file =
        fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(not(unix))]
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = fs::File::create(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

/// The file's content, for commands.
pub(crate) fn read(folder: Option<&Path>) -> Result<Config> {
    match folder {
        Some(folder) => Config::read(folder).map_err(|error| {
            Failure::new(error).hint("remove the file and log in again with `kargo login`")
        }),
        None => Ok(Config::default()),
    }
}

/// Replaces the file, for commands.
pub(crate) fn write(folder: Option<&Path>, config: &Config) -> Result<()> {
    let folder = folder.ok_or_else(|| {
        Failure::new("there is no folder to remember the server in")
            .hint("set HOME or XDG_CONFIG_HOME")
    })?;
    config.write(folder).map_err(Failure::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_private_and_keeps_what_it_does_not_know() {
        let folder = std::env::temp_dir().join(format!("kargo-cli-config-{}", std::process::id()));
        assert_eq!(Config::read(&folder).unwrap(), Config::default());
        fs::create_dir_all(&folder).unwrap();
        fs::write(Config::path(&folder), "apiAddress: http://a\nrefreshToken: r\nproject: p\n")
            .unwrap();
        let mut config = Config::read(&folder).unwrap();
        assert_eq!(config.project.as_deref(), Some("p"));
        config.token = Some("secret".to_owned());
        config.write(&folder).unwrap();
        assert_eq!(Config::read(&folder).unwrap(), config);
        assert_eq!(config.other["refreshToken"], "r");
        assert!(!format!("{config:?}").contains("\"secret\""));
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = fs::metadata(Config::path(&folder)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600);
        }
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1);
        fs::remove_dir_all(&folder).unwrap();
    }
}
