//! Files that follow from the code: the manual of the steps, the OpenAPI document, its page, and the UI's types.
//! `--check` fails where one is out of date.

mod operations;
mod typescript;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use promotion::{STEPS, manual};

const STEP_PAGES: &str = "docs/reference/steps";

pub(crate) fn run(root: &Path, check: bool) -> Result<()> {
    let files = files()?;
    let is_stale = |name: &str, text: &str| {
        fs::read_to_string(root.join(name)).map_or(true, |written| written != text)
    };
    let stale: Vec<&(String, String)> =
        files.iter().filter(|(name, text)| is_stale(name, text)).collect();
    if check {
        if !stale.is_empty() {
            let names: Vec<&str> = stale.iter().map(|(name, _)| name.as_str()).collect();
            bail!("out of date: {}; run `cargo xtask codegen`", names.join(", "));
        }
        return Ok(());
    }
    for (name, text) in &stale {
        let path = root.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)
                .with_context(|| format!("cannot create {}", folder.display()))?;
        }
        fs::write(&path, text).with_context(|| format!("cannot write {name}"))?;
    }
    println!("{} files follow from the code, {} changed", files.len(), stale.len());
    Ok(())
}

/// Every file, with its path below the workspace.
fn files() -> Result<Vec<(String, String)>> {
    let mut files = vec![(format!("{STEP_PAGES}/README.md"), index())];
    files.extend(
        STEPS.iter().map(|step| (format!("{STEP_PAGES}/{}.md", step.name), manual::page(step))),
    );
    let document = server::openapi::document();
    let json = serde_json::to_string_pretty(&document).context("cannot write JSON")?;
    files.push(("docs/reference/openapi.json".into(), format!("{json}\n")));
    files.push(("docs/reference/rest-operations.md".into(), operations::page()));
    files.push(("ui/src/api/generated.ts".into(), typescript::declarations(&document)));
    Ok(files)
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
