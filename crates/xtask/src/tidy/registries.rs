//! Every registry is one `static` table whose rows stand in order.

use super::Source;

/// A file that holds a registry, and the name of its table.
const REGISTRIES: [(&str, &str); 4] = [
    ("crates/embedded-kube/src/builtin/kinds.rs", "KINDS"),
    ("crates/expressions/src/functions.rs", "FUNCTIONS"),
    ("crates/promotion/src/steps.rs", "STEPS"),
    ("crates/server/src/authorization.rs", "ROUTES"),
];

pub(super) fn check(sources: &[Source]) -> Vec<String> {
    REGISTRIES.iter().flat_map(|(path, table)| complaints(sources, path, table)).collect()
}

fn complaints(sources: &[Source], path: &str, table: &str) -> Option<String> {
    let Some(source) = sources.iter().find(|source| source.path == path) else {
        return Some(format!("{path}: the file of the table {table} is missing"));
    };
    let declared =
        source.text.lines().filter(|line| line.contains(&format!("static {table}: &["))).count();
    if declared != 1 {
        return Some(format!("{path}: declares {declared} tables named {table}, not one"));
    }
    let of_crate = |other: &&Source| other.crate_name() == source.crate_name();
    let mut tests = sources.iter().filter(of_crate).flat_map(|other| other.text.lines());
    let names_the_order = |line: &str| {
        line.contains("fn the_table_is_sorted")
            || (line.contains(table) && line.contains("is_sorted"))
    };
    (!tests.any(names_the_order))
        .then(|| format!("{path}: no test `the_table_is_sorted…` holds {table} to its order"))
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;

    #[test]
    fn a_missing_table_or_an_untested_order_is_found() {
        let steps = |text| {
            complaints(
                &[source("crates/promotion/src/steps.rs", text)],
                "crates/promotion/src/steps.rs",
                "STEPS",
            )
        };
        assert!(steps("pub static STEPS: &[Step] = &[];").is_some());
        assert!(steps("fn is_sorted() {}").is_some());
        assert!(steps("pub static STEPS: &[Step] = &[]; fn f() { STEPS.is_sorted(); }").is_none());
    }
}
