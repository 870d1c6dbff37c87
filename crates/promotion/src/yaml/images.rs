//! The `images` list of a Kustomization file.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};
use yaml_edit::{Mapping, MappingBuilder, YamlNode};

use super::{YamlProblem, parse, scalar};

/// What to set for an image; an empty text leaves the field out, `*` keeps what is there.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct KustomizeImage {
    /// The name that takes the image's place.
    pub(crate) new_name: String,
    /// The tag.
    pub(crate) new_tag: String,
    /// The digest.
    pub(crate) digest: String,
}

impl KustomizeImage {
    fn fields(&self) -> [(&'static str, &str); 3] {
        [("newName", &self.new_name), ("newTag", &self.new_tag), ("digest", &self.digest)]
    }
}

/// Sets images by name. Entries that are there are changed in place, others are added.
pub(crate) fn set_images(
    text: &str,
    images: &BTreeMap<String, KustomizeImage>,
) -> Result<String, YamlProblem> {
    let file = parse(text)?;
    let Some(root) = file.document().and_then(|document| document.as_mapping()) else {
        return Err(lost("the file is not a mapping"));
    };
    let mut missing: BTreeMap<&String, &KustomizeImage> = images.iter().collect();
    let list = match root.get("images") {
        None => None,
        Some(YamlNode::Sequence(list)) => Some(list),
        Some(YamlNode::Scalar(scalar)) if scalar.is_null() => {
            root.remove("images");
            None
        }
        Some(_) => return Err(lost("`images` is not a list")),
    };
    for item in list.iter().flat_map(|list| list.values()) {
        let YamlNode::Mapping(entry) = &item else {
            return Err(lost("an entry of `images` is not a mapping"));
        };
        let Some(name) = entry.get("name").and_then(|name| Some(name.as_scalar()?.as_string()))
        else {
            continue;
        };
        if let Some(image) = images.get(&name) {
            missing.remove(&name);
            change(entry, image);
        }
    }
    let mut edited = match &list {
        Some(list) => {
            for (name, image) in &missing {
                let built = builder(name, image).build_document();
                if let Some(entry) = built.as_mapping() {
                    list.push(entry);
                }
            }
            missing.clear();
            file.to_string()
        }
        None => file.to_string(),
    };
    append(&mut edited, &missing);
    verify(text, &edited, images)?;
    Ok(edited)
}

fn change(entry: &Mapping, image: &KustomizeImage) {
    for (field, value) in image.fields() {
        match value {
            "*" => {}
            "" => {
                entry.remove(field);
            }
            value => {
                let same = entry
                    .get(field)
                    .and_then(|found| Some(found.as_scalar()?.as_string() == value))
                    .unwrap_or(false);
                if !same {
                    entry.set(field, value);
                }
            }
        }
    }
}

fn builder(name: &str, image: &KustomizeImage) -> MappingBuilder {
    let start = MappingBuilder::new().pair("name", name);
    image
        .fields()
        .into_iter()
        .filter(|(_, value)| !matches!(*value, "" | "*"))
        .fold(start, |builder, (field, value)| builder.pair(field, value))
}

/// A list that is not there yet goes to the end, in the style of generated files.
fn append(text: &mut String, images: &BTreeMap<&String, &KustomizeImage>) {
    if images.is_empty() {
        return;
    }
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    let write = |value: &str| scalar::render(&json!(value), "", false);
    text.push_str("images:\n");
    for (name, image) in images {
        text.push_str(&format!("- name: {}\n", write(name)));
        for (field, value) in
            image.fields().into_iter().filter(|(_, value)| !matches!(*value, "" | "*"))
        {
            text.push_str(&format!("  {field}: {}\n", write(value)));
        }
    }
}

/// Compares with what the file should say, read by another parser.
fn verify(
    before: &str,
    after: &str,
    images: &BTreeMap<String, KustomizeImage>,
) -> Result<(), YamlProblem> {
    let Some(mut expected) = super::values(before) else { return Ok(()) };
    let collateral = || YamlProblem::Collateral { key: "images".into() };
    let found = super::values(after).ok_or_else(collateral)?;
    let Some(Value::Object(root)) = expected.first_mut() else { return Err(collateral()) };
    let list = root.entry("images").or_insert(Value::Null);
    if list.is_null() {
        *list = json!([]);
    }
    let Some(list) = list.as_array_mut() else { return Err(collateral()) };
    for (name, image) in images {
        let position = list.iter().position(|entry| entry["name"] == name.as_str());
        let position = position.unwrap_or_else(|| {
            list.push(json!({ "name": name }));
            list.len() - 1
        });
        let Some(entry) = list[position].as_object_mut() else { return Err(collateral()) };
        expect(entry, image);
    }
    if super::same(&expected, &found) { Ok(()) } else { Err(collateral()) }
}

fn expect(entry: &mut Map<String, Value>, image: &KustomizeImage) {
    for (field, value) in image.fields() {
        match value {
            "*" => {}
            "" => {
                entry.remove(field);
            }
            value => {
                entry.insert(field.to_owned(), json!(value));
            }
        }
    }
}

fn lost(problem: &str) -> YamlProblem {
    YamlProblem::NotFound { key: "images".into(), problem: problem.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(text: &str, images: &[(&str, &str, &str, &str)]) -> Result<String, String> {
        let images = images
            .iter()
            .map(|&(name, new_name, new_tag, digest)| {
                let image = KustomizeImage {
                    new_name: new_name.into(),
                    new_tag: new_tag.into(),
                    digest: digest.into(),
                };
                (name.to_owned(), image)
            })
            .collect();
        set_images(text, &images).map_err(|problem| problem.to_string())
    }

    #[test]
    fn entries_are_changed_in_place() {
        for (before, images, after) in [
            (
                "# top\nimages: # all\n- name: a # first\n  newTag: v1 # tag\n- name: b\n  newTag: '1.0'\n\n# end\nx: 1\n",
                &[("a", "", "v2", "")][..],
                "# top\nimages: # all\n- name: a # first\n  newTag: v2 # tag\n- name: b\n  newTag: '1.0'\n\n# end\nx: 1\n",
            ),
            (
                "images:\n  - newTag: v1\n    name: a\nx: 1\n",
                &[("a", "n/a", "", "sha256:0"), ("c", "", "1.0", "")],
                "images:\n  - name: a\n    newName: n/a\n    digest: sha256:0\n  - name: c\n    newTag: '1.0'\nx: 1\n",
            ),
            (
                "images: [{name: a, newTag: v1}]\n",
                &[("a", "", "v2", "")],
                "images: [{name: a, newTag: v2}]\n",
            ),
            (
                "images:\n- name: a\n  newName: n\n  newTag: v1\n",
                &[("a", "*", "v2", "")],
                "images:\n- name: a\n  newName: n\n  newTag: v2\n",
            ),
            ("x: 1", &[("a", "*", "1.0", "")], "x: 1\nimages:\n- name: a\n  newTag: \"1.0\"\n"),
            (
                "images: []\nx: 1\n",
                &[("a", "", "v1", "")],
                "images: [{name: a, newTag: v1}]\nx: 1\n",
            ),
            ("images:\nx: 1\n", &[("a", "", "v1", "")], "x: 1\nimages:\n- name: a\n  newTag: v1\n"),
        ] {
            assert_eq!(set(before, images).as_deref(), Ok(after), "{before:?}");
        }
    }

    #[test]
    fn strange_files_are_left_alone() {
        for text in ["- a\n", "images: x\n", "images:\n- a\n", "images: [\n"] {
            set(text, &[("a", "", "v1", "")]).expect_err(text);
        }
    }
}
