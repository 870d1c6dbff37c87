//! Invariants of the architecture, as checks over the text of the work tree. One file per subject.

mod layers;
mod newcomer;
mod printing;
mod purity;
mod registries;
mod single_rule;
mod style;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use walkdir::WalkDir;

/// A file of the work tree, by its path from the root.
pub(crate) struct Source {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl Source {
    /// The crate a path belongs to.
    pub(crate) fn crate_name(&self) -> &str {
        self.path.strip_prefix("crates/").and_then(|rest| rest.split('/').next()).unwrap_or("")
    }

    /// Lines outside `#[cfg(test)]`, numbered from one. Inline tests stand at the end of a file.
    pub(crate) fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let test_file = self.path.contains("/tests/")
            || self.path.ends_with("tests.rs")
            || self.path.contains("/benches/");
        let lines = self.text.lines().enumerate().map(|(index, line)| (index + 1, line));
        lines.take_while(move |(_, line)| !test_file && line.trim() != "#[cfg(test)]")
    }
}

type Check = fn(&[Source]) -> Vec<String>;

/// The six invariants in the order of docs/architecture.md, then the house rules.
static CHECKS: &[(&str, Check)] = &[
    ("rules and expressions are pure", purity::check),
    ("crates use only what stands to their left", layers::check),
    ("a rule exists once", single_rule::check),
    ("only cli, kargo and xtask print; only kargo reads the environment", printing::check),
    ("every registry is one sorted table", registries::check),
    ("a newcomer's change is one file and three lines", newcomer::check),
    ("house rules", style::check),
];

pub(crate) fn run(root: &Path) -> Result<()> {
    let sources = read(root)?;
    let mut complaints = 0;
    for (name, check) in CHECKS {
        let found = check(&sources);
        println!("{} {name}", if found.is_empty() { "ok  " } else { "FAIL" });
        for complaint in &found {
            println!("     {complaint}");
        }
        complaints += found.len();
    }
    if complaints > 0 {
        bail!("{complaints} complaints");
    }
    Ok(())
}

fn read(root: &Path) -> Result<Vec<Source>> {
    const SKIPPED: [&str; 6] =
        ["target", "node_modules", "dist", ".git", "generated", "test-results"];
    const READ: [&str; 8] = ["rs", "toml", "lock", "md", "ts", "tsx", "css", "snap"];
    let mut sources = Vec::new();
    let entries = WalkDir::new(root).sort_by_file_name().into_iter();
    for entry in entries.filter_entry(|entry| {
        !entry.file_name().to_str().is_some_and(|name| SKIPPED.contains(&name))
    }) {
        let entry = entry.context("cannot list the work tree")?;
        let path = entry.path();
        let wanted = path
            .extension()
            .and_then(|extension| extension.to_str())
            .is_some_and(|extension| READ.contains(&extension));
        if entry.file_type().is_file() && wanted {
            let text = fs::read_to_string(path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let path = path.strip_prefix(root).unwrap_or(path).to_string_lossy().into_owned();
            sources.push(Source { path, text });
        }
    }
    Ok(sources)
}

#[cfg(test)]
pub(crate) fn source(path: &str, text: &str) -> Source {
    Source { path: path.to_owned(), text: text.to_owned() }
}
