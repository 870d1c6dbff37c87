//! A rule exists once: what availability hangs on is read by `rules` alone, and a property test holds the list
//! answer against the single answer.

use super::Source;

/// Fields whose meaning is decided in one place.
const DECIDED_IN_RULES: [&str; 2] = ["required_soak_time", "availability_strategy"];
const PROPERTY_TEST: &str = "fn the_list_and_the_single_answer_agree";

pub(super) fn check(sources: &[Source]) -> Vec<String> {
    let mut found: Vec<String> =
        sources.iter().filter(|source| is_outside(source)).flat_map(complaints).collect();
    let tested = sources
        .iter()
        .any(|source| source.crate_name() == "rules" && source.text.contains(PROPERTY_TEST));
    if !tested {
        found.push(format!("crates/rules: no test `{PROPERTY_TEST}`"));
    }
    found
}

fn is_outside(source: &Source) -> bool {
    source.path.ends_with(".rs")
        && !["api", "rules", "testkit", "xtask"].contains(&source.crate_name())
}

fn complaints(source: &Source) -> Vec<String> {
    let lines =
        source.code().filter(|(_, line)| DECIDED_IN_RULES.iter().any(|word| line.contains(word)));
    lines
        .map(|(number, _)| format!("{}:{number}: decides what crates/rules decides", source.path))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::source;
    use super::*;

    #[test]
    fn a_second_copy_of_the_rule_and_a_missing_property_are_found() {
        let copy = source(
            "crates/server/src/rest/stages.rs",
            "//! x\nif request.sources.required_soak_time.is_none() {}\n",
        );
        assert_eq!(check(&[copy]).len(), 2);
        let property =
            source("crates/rules/src/x.rs", "fn the_list_and_the_single_answer_agree() {}");
        assert_eq!(check(&[property]).len(), 0);
    }
}
