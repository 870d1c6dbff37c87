//! The forms in which objects are printed.

use api::Timestamp;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::kinds::Kind;
use crate::table;

/// The output flag.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct Output {
    /// Print whole objects, or only their names
    #[arg(short, long, value_name = "FORM")]
    pub(crate) output: Option<Form>,
    /// Also print who manages which field
    #[arg(long, requires = "output")]
    pub(crate) show_managed_fields: bool,
}

/// How objects are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// JSON.
    Json,
    /// KIND.GROUP/NAME, one per line.
    Name,
    /// YAML.
    Yaml,
}

impl Output {
    /// Prints the objects of one kind; as a table unless another form was asked for.
    pub(crate) fn objects(
        self,
        console: &Console,
        kind: Kind,
        mut objects: Vec<Value>,
        one: bool,
        no_headers: bool,
    ) -> Result<()> {
        for object in &mut objects {
            complete(object, kind);
            self.tidy(object);
        }
        let Some(form) = self.output else {
            if objects.is_empty() {
                console.remark(&format!("There is no {} here.", kind.noun()));
                return Ok(());
            }
            let now = Timestamp::now();
            return console.say(&table::render(kind.columns(), &objects, no_headers, console, now));
        };
        match form {
            Form::Name => objects.iter().try_for_each(|object| console.say(&reference(object))),
            form if one && objects.len() == 1 => print(console, form, &objects.remove(0)),
            form => {
                let list = json!({ "apiVersion": "v1", "kind": "List", "items": objects });
                print(console, form, &list)
            }
        }
    }

    /// Prints what was done to an object: the object in the form asked for, or a line.
    pub(crate) fn done(self, console: &Console, object: &Value, what: &str) -> Result<()> {
        match self.output {
            None => console.say(&format!("{} {what}", reference(object))),
            Some(Form::Name) => console.say(&reference(object)),
            Some(form) => {
                let mut object = object.clone();
                self.tidy(&mut object);
                print(console, form, &object)
            }
        }
    }

    /// Takes away what hardly anybody wants to read.
    fn tidy(self, object: &mut Value) {
        if !self.show_managed_fields
            && let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut)
        {
            metadata.remove("managedFields");
        }
    }
}

/// Prints one value as JSON or YAML.
pub(crate) fn print(console: &Console, form: Form, value: &Value) -> Result<()> {
    let text = match form {
        Form::Json | Form::Name => {
            serde_json::to_string_pretty(value).map_err(|error| Failure::new(error.to_string()))?
        }
        Form::Yaml => {
            let text = yaml(value).map_err(Failure::new)?;
            // Documents are told apart when several are printed one after another.
            format!("---\n{text}")
        }
    };
    console.say(&text)
}

/// YAML that leaves long lines whole.
pub(crate) fn yaml<T: serde::Serialize>(value: &T) -> std::result::Result<String, String> {
    let options = serde_saphyr::ser_options! { folded_wrap_chars: usize::MAX };
    serde_saphyr::to_string_with_options(value, options).map_err(|error| error.to_string())
}

/// Objects in lists come without their kind.
fn complete(object: &mut Value, kind: Kind) {
    let Some(fields) = object.as_object_mut() else { return };
    if fields.contains_key("kind") {
        return;
    }
    let rest = std::mem::take(fields);
    fields.insert("apiVersion".to_owned(), json!(kind.api_version()));
    fields.insert("kind".to_owned(), json!(kind.object_kind()));
    fields.extend(rest);
}

/// `stage.kargo.akuity.io/test`, and `secret/name` for the group without a name.
pub(crate) fn reference(object: &Value) -> String {
    let kind = table::text(object, "/kind").to_lowercase();
    let name = table::text(object, "/metadata/name");
    match table::text(object, "/apiVersion").split_once('/') {
        Some((group, _)) => format!("{kind}.{group}/{name}"),
        None => format!("{kind}/{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yaml_keeps_texts_texts() {
        let words: Vec<&str> = vec![
            "yes",
            "on",
            "off",
            "true",
            "null",
            "~",
            "",
            "1",
            "1.0",
            "1e3",
            "012",
            "0x1f",
            "0o7",
            "2026-01-02",
            "a: b",
            "- x",
            " lead",
            "trail ",
            "#c",
            "a #b",
            "two\nlines\n",
            "é",
            "\"q\"",
            "'",
            "*a",
            "&a",
            "!t",
            "%x",
            "@x",
            "`x",
            "{",
            "[",
            "---",
            "...",
            "|",
            ">",
            "?",
            "1_000",
            "1:30",
            ".inf",
            "=",
            "<<",
            "\t",
            "\u{feff}x",
            "\u{7}",
        ];
        let long = ["long words ".repeat(20), "x".repeat(300)];
        let value =
            json!({ "words": words, "long": long, "number": 1, "flag": true, "nothing": null });
        let text = yaml(&value).unwrap();
        let back: Value = serde_saphyr::from_str(&text).unwrap();
        assert_eq!(back, value, "{text}");
        // Older parsers read these bare words as booleans.
        for word in ["yes", "on", "off"] {
            assert!(!text.contains(&format!("- {word}\n")), "{text}");
        }
    }

    #[test]
    fn references() {
        let mut object = json!({ "metadata": { "name": "test" } });
        complete(&mut object, Kind::Stage);
        assert_eq!(reference(&object), "stage.kargo.akuity.io/test");
        assert_eq!(object.as_object().unwrap().keys().next().unwrap(), "apiVersion");
        let mut object = json!({ "metadata": { "name": "git" } });
        complete(&mut object, Kind::RepoCredentials);
        assert_eq!(reference(&object), "secret/git");
    }
}
