//! Results of the Go engines, where they are at hand.

use std::io::Read as _;
use std::path::{Path, PathBuf};

use expressions::cases::{self, Environments};

fn directory() -> Option<PathBuf> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/conformance");
    if directory.is_dir() {
        return Some(directory);
    }
    eprintln!("skipped: there is no {}", directory.display());
    None
}

/// All cases of a file must pass.
fn check(name: &str) {
    let Some(directory) = directory() else { return };
    let environments = std::fs::read_to_string(directory.join("expression-environments.json"))
        .expect("environments");
    let environments = Environments::parse(&environments)
        .expect("environments")
        .at("2024-06-01T12:00:00Z".parse().expect("a timestamp"));
    let file = std::fs::File::open(directory.join(name)).expect("cases");
    let mut lines = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut lines).expect("cases");
    let mut differences = Vec::new();
    let summary = cases::run(&lines, &environments, |line, difference| {
        differences.push(format!("{line}: {difference}"));
    });
    eprintln!("{name}: {} passed, {} failed", summary.passed, summary.failed);
    differences.truncate(60);
    assert!(summary.failed == 0 && summary.passed > 0, "{summary:?}\n{}", differences.join("\n"));
}

#[test]
fn expressions() {
    check("expressions.jsonl.gz");
}

#[test]
fn templates() {
    check("templates.jsonl.gz");
}

#[test]
fn versions() {
    check("semver.jsonl.gz");
}
