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

/// Sets images by name. Entries that are there are changed in place, others are added. Where the
/// list is written in a way that cannot be edited in place, the list alone is written anew.
pub(crate) fn set_images(
    text: &str,
    images: &BTreeMap<String, KustomizeImage>,
) -> Result<String, YamlProblem> {
    let edited = in_place(text, images)?;
    match verify(text, &edited, images) {
        Ok(()) => Ok(edited),
        Err(problem) => match anew(text, images) {
            Some(edited) => verify(text, &edited, images).map(|()| edited),
            None => Err(problem),
        },
    }
}

fn in_place(text: &str, images: &BTreeMap<String, KustomizeImage>) -> Result<String, YamlProblem> {
    let text = replace_values(text, images);
    let file = parse(&text)?;
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
    if let Some(list) = &list {
        for (name, image) in std::mem::take(&mut missing) {
            let built = builder(name, image).build_document();
            if let Some(entry) = built.as_mapping() {
                list.push(entry);
            }
        }
    }
    let mut edited = file.to_string();
    append(&mut edited, &missing);
    Ok(edited)
}

/// Values that only become other values keep their quotes and everything around them.
fn replace_values(text: &str, images: &BTreeMap<String, KustomizeImage>) -> String {
    let documents = super::values(text).unwrap_or_default();
    let list = documents.first().and_then(|root| root["images"].as_array());
    let mut updates = Vec::new();
    for (index, entry) in list.into_iter().flatten().enumerate() {
        let Some(image) = entry["name"].as_str().and_then(|name| images.get(name)) else {
            continue;
        };
        for (field, value) in image.fields().into_iter().filter(|(_, value)| is_set(value)) {
            if entry[field].is_string() && entry[field] != value {
                let key = format!("images.{index}.{field}");
                updates.push(super::Update { key, value: json!(value) });
            }
        }
    }
    super::update(text, &updates).unwrap_or_else(|_| text.to_owned())
}

/// The file with its `images` written anew; none when it is not written as a block of its own.
fn anew(text: &str, images: &BTreeMap<String, KustomizeImage>) -> Option<String> {
    let documents = expected(super::values(text)?, images)?;
    let file = parse(text).ok()?;
    let root = file.document()?.as_mapping()?;
    let entry = root.entries().find(|entry| match entry.key_node() {
        Some(YamlNode::Scalar(key)) => key.as_string() == "images",
        _ => false,
    })?;
    let start = entry.key_node()?.byte_range().start as usize;
    if root.is_flow_style() || !(start == 0 || text[..start].ends_with('\n')) {
        return None;
    }
    let end = entry.value_node()?.byte_range().end as usize;
    let end = start + text[start..end].trim_end().len();
    let mut list = String::from("images:\n");
    for entry in documents.first()?["images"].as_array()? {
        for (index, (field, value)) in entry.as_object()?.iter().enumerate() {
            let mark = if index == 0 { "-" } else { " " };
            list.push_str(&format!("{mark} {field}: {}\n", scalar::render(value, "", false)));
        }
    }
    let list = with_line_ends_of(text, list.trim_end());
    Some(format!("{}{list}{}", &text[..start], &text[end..]))
}

fn with_line_ends_of(text: &str, lines: &str) -> String {
    if text.contains("\r\n") { lines.replace('\n', "\r\n") } else { lines.to_owned() }
}

fn is_set(value: &str) -> bool {
    !matches!(value, "" | "*")
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
                    .and_then(|found| Some(found.as_scalar()?.as_string() == value));
                if same != Some(true) {
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
        .filter(|(_, value)| is_set(value))
        .fold(start, |builder, (field, value)| builder.pair(field, value))
}

/// A list that is not there yet goes to the end, in the style of generated files.
fn append(text: &mut String, images: &BTreeMap<&String, &KustomizeImage>) {
    if images.is_empty() {
        return;
    }
    let mut list = String::new();
    if !text.is_empty() && !text.ends_with('\n') {
        list.push('\n');
    }
    let write = |value: &str| scalar::render(&json!(value), "", false);
    list.push_str("images:\n");
    for (name, image) in images {
        list.push_str(&format!("- name: {}\n", write(name)));
        for (field, value) in image.fields().into_iter().filter(|(_, value)| is_set(value)) {
            list.push_str(&format!("  {field}: {}\n", write(value)));
        }
    }
    text.push_str(&with_line_ends_of(text, &list));
}

/// Compares with what the file should say, read by another parser.
fn verify(
    before: &str,
    after: &str,
    images: &BTreeMap<String, KustomizeImage>,
) -> Result<(), YamlProblem> {
    let Some(documents) = super::values(before) else { return Ok(()) };
    let collateral = || YamlProblem::Collateral { key: "`images`".into() };
    let expected = expected(documents, images).ok_or_else(collateral)?;
    let found = super::values(after).ok_or_else(collateral)?;
    if super::verify::same(&expected, &found) { Ok(()) } else { Err(collateral()) }
}

/// The documents with the images set; none when they are no Kustomization.
fn expected(
    mut documents: Vec<Value>,
    images: &BTreeMap<String, KustomizeImage>,
) -> Option<Vec<Value>> {
    let list = documents.first_mut()?.as_object_mut()?.entry("images").or_insert(Value::Null);
    if list.is_null() {
        *list = json!([]);
    }
    let list = list.as_array_mut()?;
    for (name, image) in images {
        let is_it = |entry: &Value| entry["name"] == name.as_str();
        if !list.iter().any(is_it) {
            list.push(json!({ "name": name }));
        }
        for entry in list.iter_mut().filter(|entry| is_it(entry)) {
            expect(entry.as_object_mut()?, image);
        }
    }
    Some(documents)
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
            (
                "images:\n- name: a\n  newTag: \"1.0\" # c\n- name: b\n  digest: 'sha256:0'\n",
                &[("a", "", "1.1", ""), ("b", "", "", "sha256:1")],
                "images:\n- name: a\n  newTag: \"1.1\" # c\n- name: b\n  digest: 'sha256:1'\n",
            ),
            (
                "images:\n- name: a\n  newTag: v1\n- name: a\n  newTag: v3\n",
                &[("a", "", "v2", "")],
                "images:\n- name: a\n  newTag: v2\n- name: a\n  newTag: v2\n",
            ),
            (
                "x:\r\n- y\r\n",
                &[("a", "", "v1", "")],
                "x:\r\n- y\r\nimages:\r\n- name: a\r\n  newTag: v1\r\n",
            ),
            (
                "images:\n-   name: a\n    newTag: v1\n    tagSuffix: -x\nx: 1\n",
                &[("a", "nn", "v2", "")],
                "images:\n-   name: a\n    newTag: v2\n    tagSuffix: -x\n    newName: nn\nx: 1\n",
            ),
        ] {
            assert_eq!(set(before, images).as_deref(), Ok(after), "{before:?}");
        }
    }

    #[test]
    fn a_list_that_cannot_be_edited_in_place_is_written_anew_and_nothing_else_is() {
        for (before, images, after) in [
            (
                "# top\nimages:\n- # c\n  name: a\n  tagSuffix: -x\n\n# end\nx: 1 # one\n",
                &[("a", "n", "v2", "")][..],
                "# top\nimages:\n- name: a\n  tagSuffix: \"-x\"\n  newName: \"n\"\n  newTag: v2\n\n# end\nx: 1 # one\n",
            ),
            (
                "images: ~\nx: 1\n",
                &[("a", "", "v1", "")],
                "x: 1\nimages:\n- name: a\n  newTag: v1\n",
            ),
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
