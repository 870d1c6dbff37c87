//! # `file-write`
//!
//! Writes a text file into the work directory.
//!
//! Missing directories above the file are created. The file is written in full or not at all.
//! Git's own directory is refused, and so is a path that leads through a symbolic link.
//!
//! ```yaml
//! uses: file-write
//! config:
//!   path: out/version.txt
//!   contents: |
//!     v1.2.3
//!   permissions: "0644"
//!   overwrite: true
//! ```

use std::io::Write as _;

use cap_std::fs::{OpenOptions, OpenOptionsExt as _, Permissions, PermissionsExt as _};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    relative_path::RelativePath,
    step::{Outcome, Step, StepContext, StepError},
    work_dir::{WorkDir, refused},
};

/// The step.
pub(crate) static STEP: Step = crate::step!("file-write", "file_write.rs", WorkDir, Config, run);

/// Only the promotion itself reads the file unless asked otherwise.
const DEFAULT_MODE: u32 = 0o600;

/// Writes a text file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Config {
    /// The file to write, relative to the work directory.
    path: RelativePath,
    /// What to write, a text. What an expression gives is put into `quote()` when it could read as
    /// a number or as JSON, for example `${{ quote(outputs.version.build) }}`.
    contents: String,
    /// The file's mode, in octal, for example `0644`. Neither executable nor writable for
    /// everybody. The default is `0600`.
    #[serde(default)]
    #[schemars(with = "String", regex(pattern = "^0[0-7]{3}$"))]
    permissions: Option<String>,
    /// Whether an existing file may be replaced.
    #[serde(default)]
    overwrite: bool,
}

async fn run(context: &StepContext<'_>, config: Config) -> Result<Outcome, StepError> {
    let mode = mode(config.permissions.as_deref())?;
    let work_dir = context.work_dir;
    work_dir.check_writable(&config.path)?;
    if config.path.as_str() == "." {
        return Err(StepError::Failed("`path` must name a file, not the work directory".into()));
    }
    refuse_links(work_dir, &config.path)?;
    if work_dir.exists(&config.path)? && !config.overwrite {
        return Err(StepError::Failed(format!(
            "`{}` already exists; set `overwrite: true` to replace it",
            config.path
        )));
    }
    work_dir.make_parent(&config.path)?;
    let path = config.path.as_str();
    let fail = |source| refused("write", &config.path, source);
    if work_dir.dir().is_dir(path) {
        return Err(StepError::Failed(format!("`{}` is a directory", config.path)));
    }
    // A name nothing in a repository has, in the directory itself so that the rename is atomic.
    let partial = config.path.parent().unwrap_or_else(|| config.path.clone());
    let partial = partial.join(&format!(".{}.partial", context.key))?;
    let dir = work_dir.dir();
    let mut file = dir
        .open_with(
            partial.as_str(),
            OpenOptions::new().write(true).create(true).truncate(true).mode(mode),
        )
        .map_err(fail)?;
    file.write_all(config.contents.as_bytes()).map_err(fail)?;
    file.set_permissions(Permissions::from_mode(mode)).map_err(fail)?;
    dir.rename(partial.as_str(), dir, path).map_err(fail)?;
    Ok(Outcome::done())
}

fn mode(permissions: Option<&str>) -> Result<u32, StepError> {
    let Some(text) = permissions else { return Ok(DEFAULT_MODE) };
    let mode = u32::from_str_radix(text, 8).map_err(|_| StepError::Invalid {
        step: STEP.name,
        problem: format!("permissions: `{text}` is not an octal mode such as `0644`"),
    })?;
    for (bits, what) in [(0o111, "be executable"), (0o002, "be writable for everybody")] {
        if mode & bits != 0 {
            return Err(StepError::Failed(format!(
                "permissions `{text}`: the file must not {what}"
            )));
        }
    }
    Ok(mode)
}

/// A link would put the file somewhere else than the path says.
fn refuse_links(work_dir: &WorkDir, path: &RelativePath) -> Result<(), StepError> {
    let mut part = Some(path.clone());
    while let Some(candidate) = part {
        if work_dir.dir().symlink_metadata(candidate.as_str()).is_ok_and(|found| found.is_symlink())
        {
            return Err(StepError::Failed(format!(
                "`{path}` leads through the symbolic link `{}`",
                candidate.as_str()
            )));
        }
        part = candidate.parent();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use serde_json::json;

    use super::STEP;
    use crate::step::{Outcome, Severity};
    use crate::testing::Bench;

    #[tokio::test]
    async fn writes_with_the_mode_asked_for() {
        let bench = Bench::new();
        let config = json!({"path": "a/b.txt", "contents": "x", "permissions": "0644"});
        assert_eq!(bench.run(&STEP, config).await.unwrap(), Outcome::done());
        assert_eq!(bench.text("a/b.txt"), "x");
        let mode = std::fs::metadata(bench.path("a/b.txt")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o644);
    }

    #[tokio::test]
    async fn refuses_what_would_be_dangerous_or_lose_something() {
        let bench = Bench::new();
        bench.write("there", "old");
        std::os::unix::fs::symlink("there", bench.path("link")).unwrap();
        for (config, expected) in [
            (json!({"path": "there", "contents": "new"}), "already exists"),
            (json!({"path": "link", "contents": "", "overwrite": true}), "symbolic link"),
            (json!({"path": ".git/config", "contents": ""}), "git's own directory"),
            (json!({"path": "../x", "contents": ""}), "leads out"),
            (json!({"path": "x", "contents": "", "permissions": "0755"}), "executable"),
            (json!({"path": "x", "contents": "", "permissions": "0666"}), "everybody"),
            (json!({"path": "x", "contents": "", "permissions": "99"}), "permissions"),
            (json!({"path": "x", "contents": 5}), "contents"),
        ] {
            let error = bench.run(&STEP, config.clone()).await.unwrap_err();
            assert!(error.chain().contains(expected), "{config}: {}", error.chain());
            assert_eq!(error.severity(), Severity::Failed, "{config}");
        }
        assert_eq!(bench.text("there"), "old");
        let config = json!({"path": "there", "contents": "new", "overwrite": true});
        bench.run(&STEP, config).await.unwrap();
        assert_eq!(bench.text("there"), "new");
        bench.write("there.partial", "somebody's");
        let long = "n".repeat(250);
        for path in ["other", "there.yaml", &long] {
            bench.run(&STEP, json!({"path": path, "contents": "x"})).await.unwrap();
        }
        assert_eq!(bench.text("there.partial"), "somebody's");
        assert_eq!(bench.files(), [&long, "other", "there", "there.partial", "there.yaml"]);
    }
}
