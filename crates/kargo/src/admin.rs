//! The administrator's account of a control plane on one machine: made at the first start, kept in the data folder.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::Rng as _;
use rand::distr::Alphanumeric;
use serde::{Deserialize, Serialize};

use crate::kubernetes::write_private;

const FILE: &str = "admin.json";
const PASSWORD_LENGTH: usize = 20;
const KEY_LENGTH: usize = 32;
/// bcrypt reads no more of a password, so a longer one would be weaker than it looks.
const LONGEST_PASSWORD: usize = 72;

/// What is kept: never the password itself.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Stored {
    password_hash: String,
    token_signing_key: String,
}

pub(crate) struct Account {
    pub(crate) password_hash: String,
    pub(crate) token_signing_key: Vec<u8>,
    /// Set at the first start only, to be shown once.
    pub(crate) generated_password: Option<String>,
}

/// Reads the account, or makes one. A password given by the operator replaces the one that is stored.
pub(crate) fn load_or_create(data_dir: &Path, given: Option<&str>) -> Result<Account> {
    let path = data_dir.join(FILE);
    let stored = read(&path)?;
    if let (Some(account), None) = (&stored, given) {
        return decode(account, &path);
    }
    if let Some(given) = given
        && (given.len() < 8 || given.len() > LONGEST_PASSWORD)
    {
        bail!(
            "KARGO_ADMIN_PASSWORD has {} bytes; it must have 8 to {LONGEST_PASSWORD}",
            given.len()
        );
    }
    let generated: Option<String> = given.is_none().then(|| {
        rand::rng().sample_iter(Alphanumeric).take(PASSWORD_LENGTH).map(char::from).collect()
    });
    let password = given.or(generated.as_deref()).unwrap_or_default();
    let password_hash =
        bcrypt::hash(password, bcrypt::DEFAULT_COST).context("cannot hash the admin password")?;
    let token_signing_key = match &stored {
        Some(account) => account.token_signing_key.clone(),
        None => STANDARD.encode(rand::rng().random::<[u8; KEY_LENGTH]>()),
    };
    let account = Stored { password_hash, token_signing_key };
    write(&path, &account)?;
    Ok(Account { generated_password: generated, ..decode(&account, &path)? })
}

fn read(path: &Path) -> Result<Option<Stored>> {
    match fs::read(path) {
        Ok(bytes) => {
            let stored = serde_json::from_slice(&bytes);
            stored.map(Some).with_context(|| {
                format!("{} is damaged; delete it to get a new admin password", path.display())
            })
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("cannot read {}", path.display())),
    }
}

fn decode(stored: &Stored, path: &Path) -> Result<Account> {
    let key = STANDARD.decode(&stored.token_signing_key).unwrap_or_default();
    if key.len() < KEY_LENGTH {
        bail!("{} is damaged; delete it to get a new admin password", path.display());
    }
    Ok(Account {
        password_hash: stored.password_hash.clone(),
        token_signing_key: key,
        generated_password: None,
    })
}

fn write(path: &Path, account: &Stored) -> Result<()> {
    let bytes = serde_json::to_vec_pretty(account)
        .with_context(|| format!("cannot write {}", path.display()))?;
    write_private(path, &bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_password_is_shown_once_and_stays_valid() {
        let dir = tempfile::tempdir().unwrap();
        let first = load_or_create(dir.path(), None).unwrap();
        let password = first.generated_password.unwrap();
        let second = load_or_create(dir.path(), None).unwrap();
        assert_eq!(second.generated_password, None);
        assert!(bcrypt::verify(&password, &second.password_hash).unwrap());
        assert_eq!(first.token_signing_key, second.token_signing_key);
        assert!(!fs::read_to_string(dir.path().join(FILE)).unwrap().contains(&password));
    }

    #[test]
    fn a_given_password_replaces_the_stored_one_and_keeps_the_key() {
        let dir = tempfile::tempdir().unwrap();
        let first = load_or_create(dir.path(), None).unwrap();
        let second = load_or_create(dir.path(), Some("correct horse")).unwrap();
        assert!(bcrypt::verify("correct horse", &second.password_hash).unwrap());
        assert_eq!(first.token_signing_key, second.token_signing_key);
        assert!(load_or_create(dir.path(), Some("short")).is_err());
    }

    #[test]
    fn a_damaged_file_is_refused_and_left_alone() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join(FILE), "{").unwrap();
        let error = load_or_create(dir.path(), None).err().unwrap().to_string();
        assert!(error.contains("damaged"), "{error}");
        assert_eq!(fs::read_to_string(dir.path().join(FILE)).unwrap(), "{");
    }
}
