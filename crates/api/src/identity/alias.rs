//! Two-word names for Freight, which people can say and remember.

const ADJECTIVES: [&str; 128] = [
    "able", "agile", "airy", "alert", "amber", "ample", "azure", "balmy", "basic", "blithe",
    "bold", "bonny", "brave", "breezy", "brief", "bright", "brisk", "calm", "candid", "canny",
    "chief", "civic", "civil", "clean", "clear", "clever", "cosmic", "cozy", "crisp", "cubic",
    "daring", "dapper", "deft", "dewy", "direct", "docile", "eager", "early", "earnest", "easy",
    "elated", "even", "exact", "fair", "famous", "fancy", "fast", "fertile", "festive", "fine",
    "firm", "fleet", "fluent", "fond", "frank", "free", "fresh", "frosty", "gentle", "genuine",
    "giddy", "gifted", "glad", "golden", "good", "grand", "hale", "handy", "happy", "hardy",
    "honest", "humble", "ideal", "jolly", "jovial", "keen", "kind", "large", "lively", "loyal",
    "lucid", "lucky", "lunar", "mellow", "merry", "mighty", "mild", "modest", "neat", "nimble",
    "noble", "orderly", "patient", "placid", "plucky", "polite", "prime", "proud", "prudent",
    "pure", "quick", "quiet", "rapid", "ready", "regal", "robust", "rosy", "rustic", "serene",
    "sharp", "shiny", "silent", "simple", "sincere", "sleek", "smart", "solar", "solid", "spry",
    "stable", "steady", "sturdy", "sunny", "swift", "tidy", "vivid", "warm", "witty",
];

const ANIMALS: [&str; 128] = [
    "adder", "alpaca", "ant", "anteater", "antelope", "ape", "badger", "bat", "bear", "beaver",
    "bee", "beetle", "bison", "boar", "buffalo", "camel", "capybara", "caribou", "cat", "cheetah",
    "chicken", "cicada", "clam", "cobra", "cod", "condor", "coot", "cougar", "cow", "coyote",
    "crab", "crane", "cricket", "crow", "curlew", "deer", "dingo", "dog", "dolphin", "donkey",
    "dove", "duck", "eagle", "eel", "egret", "eland", "elk", "emu", "falcon", "ferret", "finch",
    "fish", "flamingo", "fox", "frog", "gazelle", "gecko", "gibbon", "giraffe", "gnu", "goat",
    "goose", "gopher", "grouse", "gull", "hamster", "hare", "hawk", "hedgehog", "heron", "horse",
    "ibex", "ibis", "iguana", "impala", "jackal", "jaguar", "jay", "kestrel", "koala", "kudu",
    "lark", "lemur", "leopard", "lion", "llama", "lobster", "lynx", "macaw", "magpie", "marmot",
    "marten", "meerkat", "mink", "mole", "moose", "mouse", "mule", "newt", "ocelot", "okapi",
    "orca", "osprey", "otter", "owl", "ox", "panda", "parrot", "pelican", "penguin", "pony",
    "puffin", "puma", "quail", "rabbit", "raven", "robin", "salmon", "seal", "shrew", "sloth",
    "stork", "swan", "tapir", "tern", "tiger", "toad", "wren",
];

/// A two-word name; the same seed gives the same name. Take another seed when the name is taken.
pub fn alias(seed: u64) -> String {
    let mixed = mix(seed);
    let adjective = ADJECTIVES[(mixed % 128) as usize];
    let animal = ANIMALS[(mixed / 128 % 128) as usize];
    format!("{adjective}-{animal}")
}

/// Spreads neighbouring seeds over all words (the finaliser of SplitMix64).
fn mix(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_stable_labels_and_spread() {
        assert_eq!(alias(7), alias(7));
        let names: BTreeSet<String> = (0..1000).map(alias).collect();
        assert!(names.len() > 950, "{} different names of 1000", names.len());
        for name in names {
            assert!(name.len() <= 63 && name.chars().all(|c| c.is_ascii_lowercase() || c == '-'));
        }
        for words in [ADJECTIVES, ANIMALS] {
            assert_eq!(words.iter().collect::<BTreeSet<_>>().len(), 128);
        }
    }
}
