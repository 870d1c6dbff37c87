//! A newcomer's change is one new file and at most three lines elsewhere: whatever lies in a folder of features is
//! named in the table beside the folder, and nowhere else in the crates.

use super::Source;

/// Folders of features, and the file beside each that lists them.
const FAMILIES: [(&str, &str); 3] = [
    ("crates/cli/src/commands/", "crates/cli/src/commands.rs"),
    ("crates/promotion/src/steps/", "crates/promotion/src/steps.rs"),
    ("crates/server/src/rest/", "crates/server/src/rest.rs"),
];
const MOST_LINES: usize = 3;

pub(super) fn check(sources: &[Source]) -> Vec<String> {
    FAMILIES.iter().flat_map(|(folder, table)| family(sources, folder, table)).collect()
}

fn family(sources: &[Source], folder: &str, table: &str) -> Vec<String> {
    let Some(list) = sources.iter().find(|source| source.path == table) else {
        return vec![format!("{table}: missing")];
    };
    let members =
        sources.iter().filter_map(|source| source.path.strip_prefix(folder)?.strip_suffix(".rs"));
    members
        .filter(|member| !member.contains('/') && *member != "tests")
        .filter_map(|member| {
            let lines = list.code().filter(|(_, line)| names(line, member)).count();
            match lines {
                0 => Some(format!("{table}: does not name {member}")),
                lines if lines > MOST_LINES => Some(format!(
                    "{table}: names {member} on {lines} lines, {MOST_LINES} are enough"
                )),
                _ => None,
            }
        })
        .collect()
}

/// Whether a line names a module as a whole word.
fn names(line: &str, member: &str) -> bool {
    let mut words = line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.any(|word| word == member)
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;

    #[test]
    fn a_forgotten_file_and_one_that_needs_many_lines_are_found() {
        let sources = [
            source("crates/promotion/src/steps.rs", "mod copy;\ncopy::A\ncopy::B\ncopy::C\n"),
            source("crates/promotion/src/steps/copy.rs", ""),
            source("crates/promotion/src/steps/fail.rs", ""),
        ];
        let found =
            family(&sources, "crates/promotion/src/steps/", "crates/promotion/src/steps.rs");
        assert_eq!(found.len(), 2, "{found:?}");
    }
}
