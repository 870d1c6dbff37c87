//! Only `cli`, `kargo` and `xtask` print, and only `kargo` reads the environment.

use super::Source;

const PRINTERS: [&str; 3] = ["cli", "kargo", "xtask"];
const READERS: [&str; 1] = ["kargo"];

pub(super) fn check(sources: &[Source]) -> Vec<String> {
    let code = sources
        .iter()
        .filter(|source| source.path.ends_with(".rs") && source.path.contains("/src/"));
    // This file names the words that it looks for.
    let code = code.filter(|source| !source.path.ends_with("tidy/printing.rs"));
    code.flat_map(complaints).collect()
}

fn complaints(source: &Source) -> Vec<String> {
    let prints = |line: &str| {
        ["println!(", "print!(", "eprintln!(", "eprint!("].iter().any(|word| line.contains(word))
    };
    let reads = |line: &str| {
        ["env::var", "env::vars", "env::args", "env::home_dir"]
            .iter()
            .any(|word| line.contains(word))
    };
    let lines = source.code().filter(|(_, line)| !line.trim_start().starts_with("//"));
    lines
        .filter_map(|(number, line)| {
            let name = source.crate_name();
            let what = if prints(line) && !PRINTERS.contains(&name) {
                "prints"
            } else if reads(line) && !READERS.contains(&name) {
                "reads the environment"
            } else {
                return None;
            };
            Some(format!("{}:{number}: {what}", source.path))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;

    #[test]
    fn printing_and_reading_the_environment_are_found_outside_tests() {
        let text = "//! x\nlet home = std::env::var(\"HOME\");\n#[cfg(test)]\nmod tests { fn f() { eprintln!(\"skipped\"); } }\n";
        assert_eq!(
            check(&[source("crates/server/src/lib.rs", text)]),
            ["crates/server/src/lib.rs:2: reads the environment"]
        );
        assert_eq!(check(&[source("crates/kargo/src/main.rs", text)]), Vec::<String>::new());
    }
}
