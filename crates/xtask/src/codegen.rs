//! Reference pages that follow from the code: one per promotion step. `--check` fails where a page is out of date.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use promotion::{STEPS, manual};

const FOLDER: &str = "docs/reference/steps";

pub(crate) fn run(root: &Path, check: bool) -> Result<()> {
    let folder = root.join(FOLDER);
    let mut pages = vec![("README.md".to_owned(), index())];
    pages.extend(STEPS.iter().map(|step| (format!("{}.md", step.name), manual::page(step))));
    let stale: Vec<&str> = pages
        .iter()
        .filter(|(name, page)| fs::read_to_string(folder.join(name)).ok().as_ref() != Some(page))
        .map(|(name, _)| name.as_str())
        .collect();
    if check {
        if !stale.is_empty() {
            bail!("{FOLDER} is out of date ({}); run `cargo xtask codegen`", stale.join(", "));
        }
        return Ok(());
    }
    fs::create_dir_all(&folder).with_context(|| format!("cannot create {FOLDER}"))?;
    for (name, page) in &pages {
        fs::write(folder.join(name), page)
            .with_context(|| format!("cannot write {FOLDER}/{name}"))?;
    }
    println!("{} pages in {FOLDER}, {} changed", pages.len(), stale.len());
    Ok(())
}

fn index() -> String {
    let rows = manual::index()
        .into_iter()
        .map(|(name, summary)| format!("| [`{name}`]({name}.md) | {summary} |\n"));
    let rows: String = rows.collect();
    format!(
        "# Promotion steps\n\nEach page follows from the step's source; `cargo xtask codegen` writes them.\n\n| step | what it does |\n|---|---|\n{rows}"
    )
}
