//! What the fixes named in reasons are on the command line.

/// What the fix is about, as far as it is known.
#[derive(Clone, Copy, Default)]
pub(crate) struct About<'a> {
    pub(crate) project: Option<&'a str>,
    pub(crate) stage: Option<&'a str>,
    /// Alias of the Freight.
    pub(crate) freight: Option<&'a str>,
}

struct Fix {
    id: &'static str,
    advice: &'static str,
}

/// One row per fix, sorted. Names in capitals are filled in.
static FIXES: [Fix; 5] = [
    Fix {
        id: "abort-verification",
        advice: "the verification can be stopped: annotate stage STAGE with kargo.akuity.io/abort",
    },
    Fix {
        id: "approve",
        advice: "approving it lets it in anyway: kargo approve -p PROJECT --freight-alias FREIGHT --stage STAGE",
    },
    Fix {
        id: "promote",
        advice: "it can be promoted by hand: kargo promote -p PROJECT --freight-alias FREIGHT --stage STAGE",
    },
    Fix {
        id: "resume",
        advice: "promoting the newest freight by hand lets auto-promotion go on: kargo promote -p PROJECT --freight-alias FREIGHT --stage STAGE",
    },
    Fix {
        id: "reverify",
        advice: "it can be verified again: annotate stage STAGE with kargo.akuity.io/reverify",
    },
];

/// What a fix is in words; one that is not known is told as it is.
pub(crate) fn advice(id: &str, about: About<'_>) -> String {
    let Some(fix) = FIXES.iter().find(|fix| fix.id == id) else { return id.to_owned() };
    [("PROJECT", about.project), ("STAGE", about.stage), ("FREIGHT", about.freight)]
        .into_iter()
        .filter_map(|(word, value)| value.map(|value| (word, value)))
        .fold(fix.advice.to_owned(), |advice, (word, value)| advice.replace(word, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_filled_in() {
        assert!(FIXES.is_sorted_by_key(|fix| fix.id));
        let about = About { project: Some("shop"), stage: Some("uat"), freight: Some("calm-owl") };
        assert!(advice("approve", about).ends_with("-p shop --freight-alias calm-owl --stage uat"));
        assert!(advice("approve", About::default()).contains("--stage STAGE"));
        assert_eq!(advice("call somebody", about), "call somebody");
    }
}
