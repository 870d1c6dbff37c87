//! `rules` and `expressions` decide; they see no runtime, client, file, clock or chance.

use super::Source;

const PURE: [&str; 2] = ["expressions", "rules"];
const CRATES: [&str; 9] =
    ["tokio", "reqwest", "hyper", "axum", "rand", "uuid", "integrations", "promotion", "tempfile"];
const WORDS: [&str; 9] = [
    "std::fs",
    "std::env",
    "std::net",
    "std::process",
    "SystemTime",
    "Instant::now",
    "Timestamp::now",
    "Zoned::now",
    "kube::Client",
];

pub(super) fn check(sources: &[Source]) -> Vec<String> {
    sources
        .iter()
        .filter(|source| PURE.contains(&source.crate_name()))
        .flat_map(complaints)
        .collect()
}

fn complaints(source: &Source) -> Vec<String> {
    if source.path.ends_with("Cargo.toml") {
        let normal = source.text.split("[dev-dependencies]").next().unwrap_or_default();
        let used = |name: &&&str| {
            normal.lines().any(|line| super::layers::dependency(line) == Some(**name))
        };
        return CRATES
            .iter()
            .filter(used)
            .map(|name| format!("{}: depends on {name}", source.path))
            .collect();
    }
    let lines = source.code().filter(|(_, line)| !line.trim_start().starts_with("//"));
    lines
        .flat_map(|(number, line)| {
            let found = WORDS.iter().filter(move |word| line.contains(**word));
            found.map(move |word| format!("{}:{number}: uses {word}", source.path))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;

    #[test]
    fn a_clock_or_a_runtime_in_rules_is_found() {
        let found = check(&[
            source(
                "crates/rules/Cargo.toml",
                "[dependencies]\ntokio.workspace = true\n[dev-dependencies]\ntempfile.workspace = true\n",
            ),
            source("crates/rules/src/stage.rs", "//! x\nlet now = Timestamp::now();\n"),
            source("crates/controllers/src/stage.rs", "//! x\nlet now = Timestamp::now();\n"),
        ]);
        assert_eq!(
            found,
            [
                "crates/rules/Cargo.toml: depends on tokio",
                "crates/rules/src/stage.rs:2: uses Timestamp::now"
            ]
        );
    }
}
