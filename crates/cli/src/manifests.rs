//! Reading manifests: files, folders and standard input, with every document knowing where it stands.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::Value;

use crate::failure::{Failure, Result};

/// The largest amount of manifests that is read.
const LIMIT: u64 = 64 << 20;
/// How deep folders may lie in one another.
const DEPTH: usize = 32;

/// The flags that name manifests.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct Files {
    /// File, folder or - for standard input; may be given several times
    #[arg(short = 'f', long = "filename", value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// Also read the folders below
    #[arg(short = 'R', long)]
    pub(crate) recursive: bool,
}

/// One object as it was written.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Manifest {
    /// Where it stands, for people.
    pub(crate) origin: String,
    pub(crate) object: Value,
}

impl Files {
    /// Reads all manifests; Projects come first, as the others need them.
    pub(crate) fn read(&self) -> Result<Vec<Manifest>> {
        let mut budget = LIMIT;
        let mut manifests = Vec::new();
        for file in &self.files {
            if file.as_os_str() == "-" {
                let text = read_limited(std::io::stdin().lock(), &mut budget)
                    .map_err(|why| Failure::new(format!("cannot read standard input: {why}")))?;
                manifests.extend(parse("standard input", &text)?);
                continue;
            }
            for path in self.paths(file)? {
                let name = path.display().to_string();
                let text = fs::File::open(&path)
                    .map_err(|error| error.to_string())
                    .and_then(|file| read_limited(file, &mut budget))
                    .map_err(|why| Failure::new(format!("cannot read {name}: {why}")))?;
                manifests.extend(parse(&name, &text)?);
            }
        }
        if manifests.is_empty() {
            return Err(Failure::usage("no objects were found in what was given")
                .hint("a manifest has apiVersion, kind and metadata.name"));
        }
        manifests.sort_by_key(|manifest| manifest.object["kind"] != "Project");
        Ok(manifests)
    }

    fn paths(&self, path: &Path) -> Result<Vec<PathBuf>> {
        if !path.is_dir() {
            return Ok(vec![path.to_owned()]);
        }
        let mut found = Vec::new();
        self.collect(path, 0, &mut found)?;
        if found.is_empty() {
            let failure =
                Failure::usage(format!("{} has no .yaml, .yml or .json files", path.display()));
            return Err(if self.recursive {
                failure
            } else {
                failure.hint("add -R to read the folders below")
            });
        }
        found.sort();
        Ok(found)
    }

    fn collect(&self, folder: &Path, depth: usize, found: &mut Vec<PathBuf>) -> Result<()> {
        let failed = |error: std::io::Error| {
            Failure::new(format!("cannot read {}: {error}", folder.display()))
        };
        for entry in fs::read_dir(folder).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.is_dir() {
                if self.recursive && depth < DEPTH {
                    self.collect(&path, depth + 1, found)?;
                }
            } else if path.extension().is_some_and(|e| e == "yaml" || e == "yml" || e == "json") {
                found.push(path);
            }
        }
        Ok(())
    }
}

fn read_limited(
    reader: impl std::io::Read,
    budget: &mut u64,
) -> std::result::Result<String, String> {
    let mut text = String::new();
    let read =
        reader.take(*budget + 1).read_to_string(&mut text).map_err(|error| error.to_string())?;
    *budget =
        budget.checked_sub(read as u64).ok_or("the manifests are larger than 64 MiB together")?;
    Ok(text)
}

/// Takes a text apart into objects. Errors name the document and the line.
pub(crate) fn parse(name: &str, text: &str) -> Result<Vec<Manifest>> {
    let mut manifests = Vec::new();
    for (index, (line, document)) in documents(text).into_iter().enumerate() {
        let origin = format!("{name}, document {} (line {line})", index + 1);
        // Empty lines in front make the parser count lines of the whole file.
        let padded = format!("{}{document}", "\n".repeat(line - 1));
        let value: Value = serde_saphyr::from_str(&padded)
            .map_err(|error| Failure::usage(format!("{origin}: {error}")))?;
        flatten(&origin, value, &mut manifests)?;
    }
    Ok(manifests)
}

/// The documents of a YAML text and the lines on which they begin. Ones without content are left out.
fn documents(text: &str) -> Vec<(usize, String)> {
    let mut documents: Vec<(usize, String)> = vec![(1, String::new())];
    for (index, line) in text.split_inclusive('\n').enumerate() {
        let is_marker = line
            .strip_prefix("---")
            .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']));
        match documents.last_mut() {
            Some((_, document)) if !is_marker => document.push_str(line),
            _ => {
                let rest = line.get(3..).unwrap_or_default();
                documents.push((index + 1, format!("   {rest}")));
            }
        }
    }
    documents.retain(|(_, document)| {
        let content = |line: &str| {
            !line.trim().is_empty() && !line.trim_start().starts_with('#') && line.trim() != "..."
        };
        document.lines().any(content)
    });
    documents
}

fn flatten(origin: &str, value: Value, manifests: &mut Vec<Manifest>) -> Result<()> {
    match value {
        Value::Null => Ok(()),
        Value::Array(items) => {
            items.into_iter().try_for_each(|item| flatten(origin, item, manifests))
        }
        Value::Object(mut object) => {
            let is_list =
                object.get("kind").and_then(Value::as_str).is_some_and(|k| k.ends_with("List"));
            if is_list && let Some(Value::Array(items)) = object.remove("items") {
                return items.into_iter().try_for_each(|item| flatten(origin, item, manifests));
            }
            let object = Value::Object(object);
            check(origin, &object)?;
            manifests.push(Manifest { origin: origin.to_owned(), object });
            Ok(())
        }
        other => Err(Failure::usage(format!("{origin}: an object was expected, not {other}"))),
    }
}

fn check(origin: &str, object: &Value) -> Result<()> {
    let missing = |pointer: &str| {
        let text = object.pointer(pointer).and_then(Value::as_str);
        text.is_none_or(str::is_empty)
    };
    for (pointer, field, hint) in [
        ("/apiVersion", "apiVersion", "Kargo's kinds have apiVersion: kargo.akuity.io/v1alpha1"),
        ("/kind", "kind", "for example kind: Stage"),
    ] {
        if missing(pointer) {
            return Err(Failure::usage(format!("{origin}: {field} is missing")).hint(hint));
        }
    }
    if missing("/metadata/name") && missing("/metadata/generateName") {
        let kind = object["kind"].as_str().unwrap_or_default();
        return Err(Failure::usage(format!("{origin}: {kind} has no metadata.name")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_lists_and_comments() {
        let text = "# first\n---\napiVersion: v1\nkind: A\nmetadata: {name: a}\n---\n# nothing\n--- \n\
                    apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: B, metadata: {name: b}}\n\
                    - {apiVersion: v1, kind: C, metadata: {generateName: c-}}\n";
        let manifests = parse("f", text).unwrap();
        let seen: Vec<(&str, &str)> = manifests
            .iter()
            .map(|m| (m.origin.as_str(), m.object["kind"].as_str().unwrap()))
            .collect();
        assert_eq!(
            seen,
            [
                ("f, document 1 (line 2)", "A"),
                ("f, document 2 (line 8)", "B"),
                ("f, document 2 (line 8)", "C")
            ]
        );
    }

    #[test]
    fn json_is_read_too() {
        let text = "{\"apiVersion\":\"v1\",\n\"kind\":\"A\",\"metadata\":{\"name\":\"a\"}}";
        assert_eq!(parse("f", text).unwrap().len(), 1);
    }

    #[test]
    fn errors_name_document_and_line() {
        let good = "apiVersion: v1\nkind: A\nmetadata: {name: a}\n";
        let text = format!("{good}---\nkind: B\n");
        let failure = parse("f.yaml", &text).unwrap_err();
        assert!(failure.to_string().contains("f.yaml, document 2 (line 4): apiVersion is missing"));
        assert_eq!(failure.code(), 2);
        let text = format!("{good}---\nkind: [B\nx: }}\n");
        let failure = parse("f.yaml", &text).unwrap_err().to_string();
        assert!(failure.contains("document 2 (line 4)"), "{failure}");
        assert!(failure.contains("line 6") || failure.contains("line 5"), "{failure}");
        let failure = parse("f.yaml", "apiVersion: v1\nkind: A\n").unwrap_err().to_string();
        assert!(failure.contains("A has no metadata.name"), "{failure}");
        assert!(
            parse("f.yaml", "just text")
                .unwrap_err()
                .to_string()
                .contains("an object was expected")
        );
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "(---|\\n|kind|: |- |[{\\[]|\\PC|&a|\\*a|#|\\|\\n|\t){0,40}") {
            if let Err(failure) = parse("f", &text) {
                assert!(failure.to_string().starts_with("f, document "), "{failure}");
            }
        }
    }
}
