//! The key syntax of Kargo's update steps: dots separate, `\.` and `\:` are literal, and a colon
//! before a number says that it is a name rather than an index.

/// Splits a key into its parts.
pub(crate) fn split(key: &str) -> Result<Vec<String>, &'static str> {
    let key = key.trim();
    if key.is_empty() {
        return Err("it is empty");
    }
    let mut parts = Vec::new();
    let mut part = String::new();
    let mut characters = key.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => match characters.next() {
                Some(escaped @ ('.' | ':')) => part.push(escaped),
                _ => return Err("a backslash may only stand before a dot or a colon"),
            },
            '.' if part.is_empty() => return Err("a part is empty"),
            '.' => parts.push(std::mem::take(&mut part)),
            ':' if part.is_empty() => {}
            ':' => return Err("a colon inside a part must be written `\\:`"),
            other => part.push(other),
        }
    }
    if part.is_empty() {
        return Err("a part is empty");
    }
    parts.push(part);
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn parts_are_separated_by_unescaped_dots() {
        for (key, parts) in [
            ("a.b.c", &["a", "b", "c"][..]),
            (" a.0 ", &["a", "0"]),
            (r"a\.b.c\:d", &["a.b", "c:d"]),
            ("a.:2.b", &["a", "2", "b"]),
        ] {
            assert_eq!(split(key).unwrap(), parts, "{key}");
        }
        for key in ["", " ", ".a", "a.", "a..b", r"a\nb", "a:b", r"a\"] {
            split(key).expect_err(key);
        }
    }
}
