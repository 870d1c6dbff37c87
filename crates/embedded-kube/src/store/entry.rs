//! One stored object: its JSON bytes and the few facts the server needs without parsing them.
use bytes::Bytes;
use serde_json::{Map, Value};
use std::sync::Arc;

/// What the store remembers about an object beside its bytes.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) uid: Box<str>,
    pub(crate) labels: Box<[(Box<str>, Box<str>)]>,
    pub(crate) owners: Box<[Box<str>]>,
    pub(crate) deleting: bool,
}

impl Facts {
    pub(crate) fn of(object: &Value) -> Self {
        let metadata = &object["metadata"];
        let labels = metadata["labels"].as_object().into_iter().flatten();
        let owners = metadata["ownerReferences"].as_array().into_iter().flatten();
        Self {
            uid: metadata["uid"].as_str().unwrap_or_default().into(),
            labels: labels
                .filter_map(|(name, value)| Some((name.as_str().into(), value.as_str()?.into())))
                .collect(),
            owners: owners.filter_map(|owner| Some(owner["uid"].as_str()?.into())).collect(),
            deleting: metadata["deletionTimestamp"].is_string(),
        }
    }

    pub(crate) fn labels_map(&self) -> Map<String, Value> {
        self.labels.iter().map(|(name, value)| (name.to_string(), Value::from(&**value))).collect()
    }
}

/// An object at one revision.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) key: Arc<str>,
    pub(crate) revision: u64,
    pub(crate) bytes: Bytes,
    pub(crate) facts: Facts,
    /// Where the digits of `metadata.resourceVersion` begin in `bytes`.
    revision_at: u32,
}

impl Entry {
    /// Reads an entry back from what a backend kept.
    pub(crate) fn decode(key: Arc<str>, bytes: &[u8]) -> Result<Self, String> {
        let object: Value = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
        let revision = object["metadata"]["resourceVersion"]
            .as_str()
            .and_then(|text| text.parse().ok())
            .ok_or("it has no resourceVersion")?;
        Ok(Draft::new(&object)?.into_entry(key, revision))
    }

    pub(crate) fn value(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }

    /// The namespace part of the key; empty for cluster-scoped objects.
    pub(crate) fn namespace(&self) -> &str {
        self.key.rsplit('/').nth(1).unwrap_or_default()
    }

    pub(crate) fn name(&self) -> &str {
        self.key.rsplit('/').next().unwrap_or_default()
    }

    /// `/group/plural` of the key.
    pub(crate) fn collection(&self) -> &str {
        let mut parts = self.key.rsplitn(3, '/');
        parts.nth(2).unwrap_or_default()
    }

    /// The same object carrying another revision: what watchers see when it is deleted.
    pub(crate) fn at_revision(&self, revision: u64) -> Self {
        let start = self.revision_at as usize;
        let digits = self.bytes[start..].iter().take_while(|byte| byte.is_ascii_digit()).count();
        let draft = Draft {
            head: self.bytes[..start].to_vec(),
            tail: self.bytes[start + digits..].to_vec(),
            facts: self.facts.clone(),
        };
        draft.into_entry(self.key.clone(), revision)
    }
}

/// An object ready to be stored: serialised with sorted keys around the place of its revision.
#[derive(Debug)]
pub(crate) struct Draft {
    head: Vec<u8>,
    tail: Vec<u8>,
    facts: Facts,
}

impl Draft {
    pub(crate) fn new(object: &Value) -> Result<Self, String> {
        let facts = Facts::of(object);
        let (Some(top), Some(metadata)) = (object.as_object(), object["metadata"].as_object())
        else {
            return Err("an object needs metadata".into());
        };
        let mut head = Vec::with_capacity(1024);
        let mut tail = Vec::new();
        let mut names: Vec<&String> = top.keys().collect();
        names.sort_unstable();
        for (index, name) in names.into_iter().enumerate() {
            let out = if tail.is_empty() { &mut head } else { &mut tail };
            out.push(if index == 0 { b'{' } else { b',' });
            write_json(out, name)?;
            out.push(b':');
            if name == "metadata" {
                write_metadata(&mut head, &mut tail, metadata)?;
            } else {
                write_sorted(out, &top[name])?;
            }
        }
        tail.push(b'}');
        Ok(Self { head, tail, facts })
    }

    pub(crate) fn len(&self) -> usize {
        self.head.len() + self.tail.len()
    }

    pub(crate) fn into_entry(self, key: Arc<str>, revision: u64) -> Entry {
        let revision_at = self.head.len() as u32;
        let digits = revision.to_string();
        let mut bytes = Vec::with_capacity(self.head.len() + digits.len() + self.tail.len());
        bytes.extend_from_slice(&self.head);
        bytes.extend_from_slice(digits.as_bytes());
        bytes.extend_from_slice(&self.tail);
        Entry { key, revision, bytes: bytes.into(), facts: self.facts, revision_at }
    }
}

/// Writes `metadata`, leaving `head` right before the digits of the revision and `tail` after them.
fn write_metadata(
    head: &mut Vec<u8>,
    tail: &mut Vec<u8>,
    metadata: &Map<String, Value>,
) -> Result<(), String> {
    let mut names: Vec<&str> = metadata.keys().map(String::as_str).collect();
    if !metadata.contains_key("resourceVersion") {
        names.push("resourceVersion");
    }
    names.sort_unstable();
    for (index, name) in names.into_iter().enumerate() {
        let out = if tail.is_empty() { &mut *head } else { &mut *tail };
        out.push(if index == 0 { b'{' } else { b',' });
        write_json(out, name)?;
        out.push(b':');
        if name == "resourceVersion" {
            head.push(b'"');
            tail.push(b'"');
        } else {
            write_sorted(out, &metadata[name])?;
        }
    }
    tail.push(b'}');
    Ok(())
}

fn write_json<T: serde::Serialize + ?Sized>(out: &mut Vec<u8>, value: &T) -> Result<(), String> {
    serde_json::to_writer(out, value).map_err(|error| error.to_string())
}

/// Objects are stored with sorted keys: the order kubectl users know, and equal objects are equal bytes.
fn write_sorted(out: &mut Vec<u8>, value: &Value) -> Result<(), String> {
    match value {
        Value::Object(map) => {
            let mut fields: Vec<(&String, &Value)> = map.iter().collect();
            fields.sort_unstable_by_key(|field| field.0);
            out.push(b'{');
            for (index, (name, field)) in fields.into_iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_json(out, name)?;
                out.push(b':');
                write_sorted(out, field)?;
            }
            out.push(b'}');
            Ok(())
        }
        Value::Array(items) => {
            out.push(b'[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    out.push(b',');
                }
                write_sorted(out, item)?;
            }
            out.push(b']');
            Ok(())
        }
        plain => write_json(out, plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_revision_lands_in_its_place_and_keys_are_sorted() {
        let object = json!({"spec": {"b": 1, "a": "x"}, "kind": "K", "metadata": {"uid": "u", "name": "n", "labels": {"l": "v"}}});
        let entry = Draft::new(&object).unwrap().into_entry("/g/p/ns/n".into(), 42);
        assert_eq!(
            std::str::from_utf8(&entry.bytes).unwrap(),
            r#"{"kind":"K","metadata":{"labels":{"l":"v"},"name":"n","resourceVersion":"42","uid":"u"},"spec":{"a":"x","b":1}}"#
        );
        let later = entry.at_revision(1234);
        assert_eq!(later.value()["metadata"]["resourceVersion"], "1234");
        assert_eq!(later.value()["spec"], entry.value()["spec"]);
        assert_eq!((entry.namespace(), entry.name(), entry.collection()), ("ns", "n", "/g/p"));
        assert_eq!(Entry::decode("/g/p/ns/n".into(), &later.bytes).unwrap().facts, entry.facts);
    }
}
