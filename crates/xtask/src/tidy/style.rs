//! House rules that no compiler lint holds.

use super::Source;

const LONGEST_FILE: usize = 800;
const LONGEST_COMMENT: usize = 6;
const BANNED_NAMES: [&str; 5] = ["util", "utils", "helpers", "common", "manager"];
// This list, and the sample in the test below, are why the folder of tidy is not searched for them.
const BANNED_WORDS: [&str; 5] = ["TODO", "FIXME", "XXX", "unimplemented!(", "#[allow("];
const BANNED_CRATES: [&str; 3] = ["aws-lc-sys", "native-tls", "openssl-sys"];

pub(super) fn check(sources: &[Source]) -> Vec<String> {
    let mut found: Vec<String> =
        sources.iter().filter(|source| source.path.ends_with(".rs")).flat_map(rust).collect();
    found.extend(sources.iter().filter(|source| source.path == "Cargo.lock").flat_map(lock));
    found.extend(sources.iter().flat_map(trailing_space));
    found
}

fn rust(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    if !source.text.starts_with("//!") {
        found.push(format!("{}: does not begin with `//!` and what the file is for", source.path));
    }
    let name = source.path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
    if BANNED_NAMES.contains(&name) {
        found
            .push(format!("{}: a file is named after what a reader would search for", source.path));
    }
    let lines = source.code().count();
    if lines > LONGEST_FILE {
        found.push(format!("{}: {lines} lines of code, {LONGEST_FILE} are the most", source.path));
    }
    found.extend(words(source));
    found.extend(long_comments(source));
    found
}

fn words(source: &Source) -> Vec<String> {
    if source.path.starts_with("crates/xtask/src/tidy/") {
        return Vec::new();
    }
    let lines = source.text.lines().enumerate();
    lines
        .flat_map(|(index, line)| {
            let found = BANNED_WORDS.iter().filter(move |word| line.contains(**word));
            found.map(move |word| format!("{}:{}: {word}", source.path, index + 1))
        })
        .collect()
}

/// A comment that needs more lines is a module's documentation.
fn long_comments(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    let mut length = 0;
    for (number, line) in source.code() {
        let line = line.trim_start();
        let comment =
            line.starts_with("//") && !line.starts_with("///") && !line.starts_with("//!");
        length = if comment { length + 1 } else { 0 };
        if length == LONGEST_COMMENT + 1 {
            found.push(format!(
                "{}:{number}: a comment of more than {LONGEST_COMMENT} lines",
                source.path
            ));
        }
    }
    found
}

fn lock(source: &Source) -> Vec<String> {
    let banned =
        BANNED_CRATES.iter().filter(|name| source.text.contains(&format!("name = \"{name}\"")));
    banned.map(|name| format!("Cargo.lock: {name} is banned, see deny.toml")).collect()
}

fn trailing_space(source: &Source) -> Vec<String> {
    if source.path.ends_with(".snap") || source.path.ends_with(".lock") {
        return Vec::new();
    }
    let lines = source.text.lines().enumerate().filter(|(_, line)| line.ends_with([' ', '\t']));
    lines.map(|(index, _)| format!("{}:{}: trailing space", source.path, index + 1)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;

    #[test]
    fn each_house_rule_can_fail() {
        let long = format!("//! x\n{}", "fn f() {}\n".repeat(801));
        let found = check(&[
            source("crates/api/src/utils.rs", "fn f() {}\n"),
            source("crates/api/src/long.rs", &long),
            source("crates/api/src/words.rs", "//! x\n#[allow(dead_code)]\nfn f() {} \n"),
            source("crates/api/src/comment.rs", &format!("//! x\n{}", "// why\n".repeat(7))),
            source("Cargo.lock", "name = \"openssl-sys\"\n"),
        ]);
        assert_eq!(found.len(), 7, "{found:#?}");
    }
}
