//! # `delete`
//!
//! Removes files and directories from the work directory.
//!
//! A symbolic link is removed itself, never what it points to. Unless `strict` is set, what is
//! not there counts as removed; with it, nothing is removed when anything is missing.
//!
//! ```yaml
//! uses: delete
//! config:
//!   paths:
//!   - out/*.yaml
//!   - out/**/old
//!   pathsAreGlobs: true
//! ```

use cap_std::fs::Dir;
use globset::{GlobBuilder, GlobMatcher};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    relative_path::RelativePath,
    step::{Outcome, Step, StepContext, StepError},
    work_dir::{WorkDir, refused},
};

/// The step.
pub(crate) static STEP: Step = crate::step!("delete", "delete.rs", WorkDir, Config, run);

/// A work directory with more entries than this was not made by a promotion; it bounds a glob.
const MOST_ENTRIES: usize = 500_000;

/// Directories nested deeper than any sensible repository; it bounds the walk.
const DEEPEST: usize = 200;

/// Removes files and directories.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("oneOf" = [{ "required": ["path"] }, { "required": ["paths"] }]))]
struct Config {
    /// What to remove, relative to the work directory. Give either this or `paths`.
    #[serde(default)]
    #[schemars(with = "String", length(min = 1))]
    path: Option<String>,
    /// What to remove, relative to the work directory. Give either this or `path`.
    #[serde(default)]
    #[schemars(length(min = 1), inner(length(min = 1)))]
    paths: Vec<String>,
    /// Whether the paths are patterns: `*` and `?` within one name, `**` across directories,
    /// `[a-z]`, and `{a,b}`.
    #[serde(default)]
    paths_are_globs: bool,
    /// Whether it is a failure when a path does not exist or a pattern matches nothing.
    #[serde(default)]
    strict: bool,
}

async fn run(context: &StepContext<'_>, config: Config) -> Result<Outcome, StepError> {
    context
        .in_background(move |work_dir, stop| {
            // All are found before the first is removed: a strict miss leaves everything there.
            let mut targets = Vec::new();
            for text in config.path.iter().chain(&config.paths) {
                targets.extend(find(work_dir, text, config.paths_are_globs, config.strict)?);
            }
            for target in targets {
                if stop.is_cancelled() {
                    return Err(StepError::errored(format!("delete `{target}`"), "it was stopped"));
                }
                remove(work_dir, &target)?;
            }
            Ok(Outcome::done())
        })
        .await
}

/// What a path or a pattern means.
fn find(
    work_dir: &WorkDir,
    text: &str,
    is_glob: bool,
    strict: bool,
) -> Result<Vec<RelativePath>, StepError> {
    let mut targets =
        if is_glob { matches(work_dir, text)? } else { vec![RelativePath::parse(text)?] };
    for index in (0..targets.len()).rev() {
        if !is_there(work_dir, &targets[index])? {
            targets.remove(index);
        }
    }
    if strict && targets.is_empty() {
        let what = if is_glob { "nothing matches it" } else { "there is nothing" };
        return Err(StepError::errored(format!("delete `{text}`"), what));
    }
    Ok(targets)
}

fn is_there(work_dir: &WorkDir, path: &RelativePath) -> Result<bool, StepError> {
    if path.as_str() == "." {
        return Err(StepError::Failed("the work directory itself cannot be deleted".into()));
    }
    match work_dir.dir().symlink_metadata(path.as_str()) {
        Ok(_) => Ok(true),
        Err(error) if is_absent(&error) => Ok(false),
        Err(source) => Err(refused("delete", path, source)),
    }
}

/// Removes one thing; what went with a directory above it is fine.
fn remove(work_dir: &WorkDir, path: &RelativePath) -> Result<(), StepError> {
    let dir: &Dir = work_dir.dir();
    let removed = match dir.symlink_metadata(path.as_str()) {
        Ok(found) if found.is_dir() => dir.remove_dir_all(path.as_str()),
        Ok(_) => dir.remove_file(path.as_str()),
        Err(error) => Err(error),
    };
    match removed {
        Err(source) if !is_absent(&source) => Err(refused("delete", path, source)),
        _ => Ok(()),
    }
}

fn is_absent(error: &std::io::Error) -> bool {
    matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory)
}

fn matches(work_dir: &WorkDir, pattern: &str) -> Result<Vec<RelativePath>, StepError> {
    let cleaned = RelativePath::parse(pattern)?;
    let matcher = GlobBuilder::new(cleaned.as_str())
        .literal_separator(true)
        .backslash_escape(true)
        .empty_alternates(true)
        .build()
        .map_err(|source| StepError::Hopeless {
            operation: format!("read the pattern `{pattern}`"),
            source: source.into(),
        })?
        .compile_matcher();
    let mut found = Vec::new();
    let mut seen = 0;
    walk(work_dir, &RelativePath::parse(".")?, &matcher, 0, &mut seen, &mut found)?;
    Ok(found)
}

fn walk(
    work_dir: &WorkDir,
    at: &RelativePath,
    matcher: &GlobMatcher,
    depth: usize,
    seen: &mut usize,
    found: &mut Vec<RelativePath>,
) -> Result<(), StepError> {
    let entries = work_dir.dir().read_dir(at.as_str()).map_err(|e| refused("list", at, e))?;
    for entry in entries {
        let entry = entry.map_err(|source| refused("list", at, source))?;
        *seen += 1;
        if *seen > MOST_ENTRIES || depth > DEEPEST {
            return Err(StepError::Failed(format!(
                "a pattern looks through at most {MOST_ENTRIES} entries, {DEEPEST} levels deep"
            )));
        }
        // A name that is not UTF-8 cannot be written in YAML, so no pattern means it.
        let Ok(name) = entry.file_name().into_string() else { continue };
        let path = at.join(&name)?;
        if matcher.is_match(path.as_str()) {
            found.push(path);
        } else if entry.file_type().map_err(|source| refused("list", at, source))?.is_dir() {
            walk(work_dir, &path, matcher, depth + 1, seen, found)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::STEP;
    use crate::testing::Bench;

    #[tokio::test]
    async fn removes_files_directories_and_links_but_not_their_targets() {
        let bench = Bench::new();
        for path in ["a/x", "a/b/y", "keep/z", "single"] {
            bench.write(path, "");
        }
        std::os::unix::fs::symlink("keep", bench.path("link")).unwrap();
        bench.run(&STEP, json!({"paths": ["a", "link", "absent"]})).await.unwrap();
        bench.run(&STEP, json!({"path": "./single"})).await.unwrap();
        assert_eq!(bench.files(), ["keep/z"]);
    }

    #[tokio::test]
    async fn strict_removes_all_or_nothing_and_counts_what_goes_with_its_directory() {
        let bench = Bench::new();
        for path in ["a/b/y", "c"] {
            bench.write(path, "");
        }
        let missing = json!({"paths": ["c", "absent"], "strict": true});
        bench.run(&STEP, missing).await.unwrap_err();
        assert_eq!(bench.files(), ["a/b/y", "c"]);
        bench.run(&STEP, json!({"paths": ["a", "a/b", "c"], "strict": true})).await.unwrap();
        assert_eq!(bench.files(), [""; 0]);
    }

    #[tokio::test]
    async fn patterns_match_within_a_name_or_across_directories() {
        let bench = Bench::new();
        for path in ["a.yaml", "b.txt", "d/c.yaml", "d/e/f.yaml"] {
            bench.write(path, "");
        }
        bench.run(&STEP, json!({"path": "*.yaml", "pathsAreGlobs": true})).await.unwrap();
        assert_eq!(bench.files(), ["b.txt", "d/c.yaml", "d/e/f.yaml"]);
        bench
            .run(&STEP, json!({"path": "./**/*.{yaml,yml}", "pathsAreGlobs": true}))
            .await
            .unwrap();
        assert_eq!(bench.files(), ["b.txt"]);
    }

    #[tokio::test]
    async fn strict_misses_and_paths_outside_are_refused() {
        let bench = Bench::new();
        std::os::unix::fs::symlink("/", bench.path("root")).unwrap();
        for config in [
            json!({"path": "absent", "strict": true}),
            json!({"path": "*.none", "strict": true, "pathsAreGlobs": true}),
            json!({"path": "[", "pathsAreGlobs": true}),
            json!({"path": "../x"}),
            json!({"path": "root/tmp"}),
            json!({"path": "."}),
            json!({}),
            json!({"path": "a", "paths": ["b"]}),
            json!({"paths": []}),
        ] {
            bench.run(&STEP, config.clone()).await.expect_err(&config.to_string());
        }
    }
}
