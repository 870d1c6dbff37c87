//! Which crate may use which: only what stands to its left in docs/architecture.md.

use super::Source;

const ALLOWED: &[(&str, &[&str])] = &[
    ("api", &[]),
    ("cli", &["api"]),
    ("controllers", &["api", "expressions", "integrations", "promotion", "rules"]),
    ("embedded-kube", &[]),
    ("expressions", &[]),
    ("integrations", &["api"]),
    (
        "kargo",
        &[
            "api",
            "cli",
            "controllers",
            "embedded-kube",
            "expressions",
            "integrations",
            "promotion",
            "rules",
            "server",
        ],
    ),
    ("promotion", &["api", "expressions", "integrations", "rules"]),
    ("rules", &["api", "expressions"]),
    ("server", &["api", "expressions", "integrations", "promotion", "rules"]),
    (
        "testkit",
        &["api", "controllers", "embedded-kube", "integrations", "promotion", "rules", "server"],
    ),
    ("xtask", &["api", "cli", "expressions", "integrations", "promotion", "server", "testkit"]),
];

pub(super) fn check(sources: &[Source]) -> Vec<String> {
    let manifests = sources.iter().filter(|source| {
        source.path.starts_with("crates/") && source.path.ends_with("/Cargo.toml")
    });
    manifests.flat_map(complaints).collect()
}

fn complaints(manifest: &Source) -> Vec<String> {
    let name = manifest.crate_name();
    let Some((_, allowed)) = ALLOWED.iter().find(|(crate_name, _)| *crate_name == name) else {
        return vec![format!("{}: no row in {}", manifest.path, file!())];
    };
    let ours = |dependency: &str| ALLOWED.iter().any(|(crate_name, _)| *crate_name == dependency);
    let normal = manifest.text.split("[dev-dependencies]").next().unwrap_or_default();
    let dependencies = normal.lines().filter_map(dependency);
    dependencies
        .filter(|dependency| ours(dependency) && !allowed.contains(dependency))
        .map(|dependency| format!("{}: may not depend on {dependency}", manifest.path))
        .collect()
}

/// The name that a line of a manifest's dependency table declares.
pub(super) fn dependency(line: &str) -> Option<&str> {
    let (name, _) = line.split_once('=')?;
    let name = name.trim().trim_end_matches(".workspace");
    name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_').then_some(name)
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;

    #[test]
    fn a_dependency_to_the_right_is_found_and_a_test_dependency_is_not() {
        let text = "[dependencies]\napi.workspace = true\nembedded-kube = { workspace = true }\n[dev-dependencies]\ntestkit.workspace = true\n";
        assert_eq!(
            check(&[source("crates/controllers/Cargo.toml", text)]),
            ["crates/controllers/Cargo.toml: may not depend on embedded-kube"]
        );
    }

    #[test]
    fn the_table_is_sorted() {
        assert!(ALLOWED.is_sorted_by_key(|(name, _)| name));
    }
}
