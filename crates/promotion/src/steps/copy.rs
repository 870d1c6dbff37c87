//! # `copy`
//!
//! Copies a file or the contents of a directory within the work directory.
//!
//! A directory is merged into what is already at the destination; files of the same name are
//! replaced. Symbolic links and git's own directory are left out, and so is what `ignore` names.
//! `outPath` is the name of the copy itself, not of a directory to put it into.
//!
//! ```yaml
//! uses: copy
//! config:
//!   inPath: src/overlays/test
//!   outPath: out
//!   ignore: |
//!     *.md
//!     !README.md
//! ```

use cap_std::fs::MetadataExt as _;
use schemars::JsonSchema;
use serde::Deserialize;
use tokio_util::sync::CancellationToken;

use crate::{
    ignore_rules::IgnoreRules,
    relative_path::RelativePath,
    step::{Outcome, Step, StepContext, StepError},
    work_dir::{WorkDir, refused},
};

/// The step.
pub(crate) static STEP: Step = crate::step!("copy", "copy.rs", WorkDir, Config, run);

/// The most files one copy handles; a promotion that needs more copies the wrong directory.
const MOST_FILES: usize = 200_000;

/// The most bytes one copy writes, so that a promotion cannot fill the disk for all others.
const MOST_BYTES: u64 = 4 << 30;

/// Directories nested deeper than any sensible repository; it bounds the walk.
const DEEPEST: usize = 200;

/// Copies a file or the contents of a directory.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Config {
    /// The file or directory to copy, relative to the work directory.
    in_path: RelativePath,
    /// Where the copy goes, relative to the work directory.
    out_path: RelativePath,
    /// What to leave out, in the syntax of `.gitignore`, one pattern per line. Patterns with a `/`
    /// begin at `inPath`.
    #[serde(default)]
    #[schemars(with = "String", length(min = 1))]
    ignore: Option<String>,
}

async fn run(context: &StepContext<'_>, config: Config) -> Result<Outcome, StepError> {
    let rules =
        IgnoreRules::parse(config.ignore.as_deref().unwrap_or_default()).map_err(|problem| {
            StepError::Invalid { step: STEP.name, problem: format!("ignore: {problem}") }
        })?;
    context
        .in_background(move |work_dir, stop| {
            let copy = Copy { work_dir, stop, rules, files: 0, bytes: 0 };
            copy.all(&config.in_path, &config.out_path)
        })
        .await?;
    Ok(Outcome::done())
}

struct Copy<'a> {
    work_dir: &'a WorkDir,
    stop: &'a CancellationToken,
    rules: IgnoreRules,
    files: usize,
    bytes: u64,
}

impl Copy<'_> {
    fn all(mut self, input: &RelativePath, output: &RelativePath) -> Result<(), StepError> {
        self.work_dir.check_writable(output)?;
        let (from, to) = (input.as_str(), output.as_str());
        let metadata =
            self.work_dir.dir().metadata(from).map_err(|source| refused("copy", input, source))?;
        if !metadata.is_dir() {
            let name = from.rsplit('/').next().unwrap_or(from);
            if self.rules.ignores(name, false) {
                return Ok(());
            }
            self.work_dir.make_parent(output)?;
            return self.file(input, output);
        }
        if to.starts_with(&format!("{from}/")) || (from == "." && to != ".") {
            return Err(StepError::Failed(format!(
                "`{output}` lies in `{input}`; a directory cannot be copied into itself"
            )));
        }
        self.directory(input, output, "", 0)
    }

    /// `below` is the path under the copied directory, which is what ignore rules speak of.
    fn directory(
        &mut self,
        from: &RelativePath,
        to: &RelativePath,
        below: &str,
        depth: usize,
    ) -> Result<(), StepError> {
        if depth > DEEPEST {
            return Err(StepError::Failed(format!("`{from}` is more than {DEEPEST} levels deep")));
        }
        let dir = self.work_dir.dir();
        if to.as_str() != "." {
            dir.create_dir_all(to.as_str()).map_err(|source| refused("create", to, source))?;
        }
        for entry in dir.read_dir(from.as_str()).map_err(|e| refused("list", from, e))? {
            let entry = entry.map_err(|source| refused("list", from, source))?;
            let kind = entry.file_type().map_err(|source| refused("list", from, source))?;
            let name = entry.file_name();
            let Some(name) = name.to_str() else {
                return Err(StepError::Failed(format!("a name in `{from}` is not UTF-8")));
            };
            let path = if below.is_empty() { name.to_owned() } else { format!("{below}/{name}") };
            if name == ".git" || kind.is_symlink() || self.rules.ignores(&path, kind.is_dir()) {
                continue;
            }
            let (from, to) = (from.join(name)?, to.join(name)?);
            if kind.is_dir() {
                self.directory(&from, &to, &path, depth + 1)?;
            } else if kind.is_file() {
                self.file(&from, &to)?;
            }
        }
        Ok(())
    }

    fn file(&mut self, from: &RelativePath, to: &RelativePath) -> Result<(), StepError> {
        let dir = self.work_dir.dir();
        let size = dir.metadata(from.as_str()).map_err(|e| refused("copy", from, e))?.len();
        if self.stop.is_cancelled() {
            return Err(refused("copy", from, std::io::ErrorKind::Interrupted.into()));
        }
        self.files += 1;
        self.bytes = self.bytes.saturating_add(size);
        if self.files > MOST_FILES || self.bytes > MOST_BYTES {
            return Err(StepError::Failed(format!(
                "one copy handles at most {MOST_FILES} files and {} GiB",
                MOST_BYTES >> 30
            )));
        }
        if self.is_same(from, to) {
            return Ok(());
        }
        dir.copy(from.as_str(), dir, to.as_str())
            .map(|_| ())
            .map_err(|source| refused("copy to", to, source))
    }

    /// Whether both paths lead to one file, which a copy would empty before it is read.
    fn is_same(&self, from: &RelativePath, to: &RelativePath) -> bool {
        let dir = self.work_dir.dir();
        match (dir.metadata(from.as_str()), dir.metadata(to.as_str())) {
            (Ok(from), Ok(to)) => (from.dev(), from.ino()) == (to.dev(), to.ino()),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::STEP;
    use crate::testing::Bench;

    #[tokio::test]
    async fn a_directory_is_merged_without_links_and_git() {
        let bench = Bench::new();
        for (path, text) in [
            ("in/a", "new"),
            ("in/d/b", "b"),
            ("in/.git/config", ""),
            ("out/a", "old"),
            ("out/c", "c"),
        ] {
            bench.write(path, text);
        }
        std::os::unix::fs::symlink("a", bench.path("in/link")).unwrap();
        bench.run(&STEP, json!({"inPath": "in", "outPath": "./out/"})).await.unwrap();
        assert_eq!(bench.text("out/a"), "new");
        let files: Vec<_> =
            bench.files().into_iter().filter(|path| path.starts_with("out")).collect();
        assert_eq!(files, ["out/a", "out/c", "out/d/b"]);
    }

    #[tokio::test]
    async fn ignore_follows_gitignore() {
        let bench = Bench::new();
        for path in ["in/a.md", "in/README.md", "in/d/b.md", "in/d/c", "in/tmp/x", "in/d/tmp"] {
            bench.write(path, "");
        }
        let ignore = "# notes\n*.md\n!README.md\ntmp/\n";
        bench
            .run(&STEP, json!({"inPath": "in", "outPath": "out", "ignore": ignore}))
            .await
            .unwrap();
        let files: Vec<_> =
            bench.files().into_iter().filter(|path| path.starts_with("out")).collect();
        assert_eq!(files, ["out/README.md", "out/d/c", "out/d/tmp"]);
    }

    #[tokio::test]
    async fn one_file_and_what_cannot_be_copied() {
        let bench = Bench::new();
        bench.write("a", "text");
        bench.run(&STEP, json!({"inPath": "a", "outPath": "x/y"})).await.unwrap();
        assert_eq!(bench.text("x/y"), "text");
        bench.run(&STEP, json!({"inPath": "x", "outPath": "x"})).await.unwrap();
        std::os::unix::fs::symlink("x", bench.path("link")).unwrap();
        bench.run(&STEP, json!({"inPath": "x/y", "outPath": "link/y"})).await.unwrap();
        assert_eq!(bench.text("x/y"), "text", "a file copied onto itself stays");
        bench.run(&STEP, json!({"inPath": "a", "outPath": "z", "ignore": "a"})).await.unwrap();
        assert!(!bench.path("z").exists());
        for config in [
            json!({"inPath": "absent", "outPath": "b"}),
            json!({"inPath": "x", "outPath": "x/z"}),
            json!({"inPath": ".", "outPath": "x/z"}),
            json!({"inPath": "a", "outPath": ".git/x"}),
            json!({"inPath": "../a", "outPath": "b"}),
            json!({"inPath": "a"}),
        ] {
            bench.run(&STEP, config.clone()).await.expect_err(&config.to_string());
        }
    }
}
